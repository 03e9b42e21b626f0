//! The way to a server, which can break.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// Passes on what it gets, both ways, for each connection that is made to it.
#[derive(Debug)]
pub(crate) struct Relay {
    port: u16,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    streams: Mutex<Vec<TcpStream>>,
    cuts_at_next_request: AtomicBool,
    ended: AtomicBool,
}

impl Relay {
    /// One before the server on this port of the loopback address.
    pub(crate) fn before(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let relay = Self {
            port: listener.local_addr().unwrap().port(),
            state: Arc::default(),
        };
        let state = Arc::clone(&relay.state);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if state.ended.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else {
                    return;
                };
                state.pass_on(&client, &server);
            }
        });
        relay
    }

    /// The base address of the server instance `DynamicsNAV` behind it.
    pub(crate) fn uri(&self) -> String {
        format!("http://localhost:{}/DynamicsNAV", self.port)
    }

    /// Ends all connections there are.
    pub(crate) fn cut(&self) {
        self.state.cut();
    }

    /// Ends all connections there are when the next request comes, which the server does not see.
    pub(crate) fn cut_at_next_request(&self) {
        self.state
            .cuts_at_next_request
            .store(true, Ordering::SeqCst);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.state.ended.store(true, Ordering::SeqCst);
        self.state.cut();
        // The thread that accepts looks only when somebody comes.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

impl State {
    fn cut(&self) {
        for stream in self.streams.lock().unwrap().drain(..) {
            // It fails where the other side was faster.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn pass_on(self: &Arc<Self>, client: &TcpStream, server: &TcpStream) {
        for stream in [client, server] {
            stream.set_nodelay(true).unwrap();
            let kept = stream.try_clone().unwrap();
            self.streams.lock().unwrap().push(kept);
        }
        let ways = [(client, server, true), (server, client, false)];
        for (from, to, is_request) in ways {
            let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
            let state = Arc::clone(self);
            thread::spawn(move || {
                // However it ends, both sides are to see it.
                let _ = state.copy(&mut from, &mut to, is_request);
                let _ = to.shutdown(Shutdown::Write);
            });
        }
    }

    fn copy(&self, from: &mut TcpStream, to: &mut TcpStream, is_request: bool) -> io::Result<()> {
        let mut buffer = [0; 16 << 10];
        loop {
            let length = from.read(&mut buffer)?;
            if length == 0 {
                return Ok(());
            }
            if is_request && self.cuts_at_next_request.swap(false, Ordering::SeqCst) {
                self.cut();
                return Ok(());
            }
            to.write_all(&buffer[..length])?;
        }
    }
}
