//! A socket that interrupts libcurl's wait.
//!
//! `curl_multi_wakeup` would do it without one, but came with libcurl 7.68, and Red Hat Enterprise Linux 8 has 7.61.

use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use curl::multi::WaitFd;

#[cfg(unix)]
type Stream = std::os::unix::net::UnixStream;
#[cfg(windows)]
type Stream = std::net::TcpStream;

/// Two connected sockets: a byte written to one ends a wait for the other.
#[derive(Debug)]
pub(super) struct Wake {
    writer: Stream,
    reader: Stream,
    /// Whether a byte is on its way that ends a wait, so that many wakes cost one.
    pending: AtomicBool,
}

impl Wake {
    pub(super) fn new() -> io::Result<Self> {
        let (writer, reader) = pair()?;
        writer.set_nonblocking(true)?;
        reader.set_nonblocking(true)?;
        Ok(Self {
            writer,
            reader,
            pending: AtomicBool::new(false),
        })
    }

    /// Ends the wait in progress or, if there is none, the next one.
    pub(super) fn wake(&self) {
        if !self.pending.swap(true, Ordering::SeqCst) {
            // A full buffer already holds what wakes.
            let _ = (&self.writer).write(&[1]);
        }
    }

    /// Forgets the wakes so far, once the wait said that there were some. What they were for is to be looked at after this.
    pub(super) fn drain(&self) {
        let mut buffer = [0; 64];
        while (&self.reader).read(&mut buffer).is_ok_and(|read| read > 0) {}
        // Behind the reading: a wake before this has its reason in place, and one after this writes again.
        self.pending.store(false, Ordering::SeqCst);
    }

    pub(super) fn wait_fd(&self) -> WaitFd {
        let mut fd = WaitFd::new();
        fd.set_fd(raw(&self.reader));
        fd.poll_on_read(true);
        fd
    }
}

#[cfg(unix)]
fn pair() -> io::Result<(Stream, Stream)> {
    Stream::pair()
}

#[cfg(unix)]
fn raw(stream: &Stream) -> curl::multi::Socket {
    std::os::fd::AsRawFd::as_raw_fd(stream)
}

#[cfg(windows)]
fn pair() -> io::Result<(Stream, Stream)> {
    let listener = std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0))?;
    let writer = Stream::connect(listener.local_addr()?)?;
    // Otherwise a byte waits until the one before it is acknowledged, which the other side may put off.
    writer.set_nodelay(true)?;
    loop {
        let (reader, peer) = listener.accept()?;
        // Another process may have connected to the port first.
        if peer == writer.local_addr()? {
            return Ok((writer, reader));
        }
    }
}

#[cfg(windows)]
fn raw(stream: &Stream) -> curl::multi::Socket {
    std::os::windows::io::AsRawSocket::as_raw_socket(stream) as curl::multi::Socket
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(wake: &Wake) -> usize {
        let mut buffer = [0; 64];
        (&wake.reader).read(&mut buffer).unwrap_or(0)
    }

    #[test]
    fn many_wakes_cost_one_byte_and_one_after_the_drain_is_not_lost() {
        let wake = Wake::new().expect("a pair of sockets");
        wake.wake();
        wake.wake();
        assert_eq!(waiting(&wake), 1);

        // Between the reading and the end of a drain: the reason is in place, and is looked for behind it.
        wake.wake();
        wake.drain();
        assert_eq!(waiting(&wake), 0);

        wake.wake();
        assert_eq!(waiting(&wake), 1);
    }
}
