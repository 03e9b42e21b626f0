//! Looking up host names within a time limit, and under cancellation.
//!
//! libcurl would do it on a thread of its own, but a transfer that ends during that waits until the system's look-up has
//! ended, however long it takes, and with it all other transfers of the multi handle.

use std::collections::HashMap;
use std::env;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use url::{Host, Url};

use super::cancel::Cancel;
use super::failure::{Failure, Reason};
use super::signal::block_sigpipe;

/// How long an answer is used again; libcurl's own time.
const KEPT: Duration = Duration::from_secs(60);

/// The names looked up so far.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: Mutex<HashMap<String, Known>>,
}

#[derive(Debug)]
struct Known {
    since: Instant,
    entry: Option<Arc<str>>,
}

enum Event {
    Found(io::Result<Vec<IpAddr>>),
    Cancelled,
}

impl Names {
    /// The entry for libcurl's table of names; `None` where there is nothing to look up, or a proxy looks it up.
    pub(super) fn entry(
        &self,
        url: &str,
        direct: bool,
        limit: Duration,
        cancel: &Cancel,
    ) -> Result<Option<Arc<str>>, Failure> {
        let origin = origin(url);
        if let Some(known) = self.known().get(origin)
            && known.since.elapsed() < KEPT
        {
            return Ok(known.entry.clone());
        }
        let entry = entry(url, direct, limit, cancel)?;
        let known = Known {
            since: Instant::now(),
            entry: entry.clone(),
        };
        self.known().insert(origin.to_owned(), known);
        Ok(entry)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Scheme, host and port of an address, as they stand there.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..].find(['/', '?', '#']);
    end.map_or(url, |at| &url[..host + at])
}

fn entry(
    url: &str,
    direct: bool,
    limit: Duration,
    cancel: &Cancel,
) -> Result<Option<Arc<str>>, Failure> {
    let Ok(url) = Url::parse(url) else {
        return Ok(None);
    };
    let (Some(Host::Domain(host)), Some(port)) = (url.host(), url.port_or_known_default()) else {
        return Ok(None);
    };
    if !direct && proxy_is_set() {
        return Ok(None);
    }
    let addresses = look_up(host, port, limit, cancel)?;
    let addresses: Vec<_> = addresses.iter().map(IpAddr::to_string).collect();
    Ok(Some(
        format!("{host}:{port}:{}", addresses.join(",")).into(),
    ))
}

fn look_up(
    host: &str,
    port: u16,
    limit: Duration,
    cancel: &Cancel,
) -> Result<Vec<IpAddr>, Failure> {
    let (events, received) = mpsc::channel();
    let looked_up = events.clone();
    let name = host.to_owned();
    // It is left alone when nobody waits any more: the system's look-up cannot be ended.
    thread::Builder::new()
        .name("nav-session-name".to_owned())
        .spawn(move || {
            block_sigpipe();
            let found = (name.as_str(), port)
                .to_socket_addrs()
                .map(|found| found.map(|address| address.ip()).collect());
            // Nobody waits any more if it cannot be sent.
            let _ = looked_up.send(Event::Found(found));
        })
        .map_err(|error| {
            let detail = format!("no thread can be had: {error}");
            Failure::unsent(Reason::Unavailable, detail)
        })?;
    let _registration = cancel.on_request(move || {
        let _ = events.send(Event::Cancelled);
    });
    if cancel.is_requested() {
        return Err(Failure::unsent(Reason::Cancelled, "cancelled"));
    }
    match received.recv_timeout(limit) {
        Ok(Event::Found(Ok(addresses))) if !addresses.is_empty() => Ok(addresses),
        Ok(Event::Found(Ok(_))) => {
            let detail = format!("{host} has no address");
            Err(Failure::unsent(Reason::HostNotFound, detail))
        }
        Ok(Event::Found(Err(error))) => {
            Err(Failure::unsent(Reason::HostNotFound, error.to_string()))
        }
        Ok(Event::Cancelled) => Err(Failure::unsent(Reason::Cancelled, "cancelled")),
        Err(_) => {
            let detail = format!("looking up {host} takes too long");
            Err(Failure::unsent(Reason::LookupTimeout, detail))
        }
    }
}

/// Whether libcurl would go through a proxy, which then looks the name up itself. What `no_proxy` exempts is left to
/// libcurl as well.
fn proxy_is_set() -> bool {
    [
        "http_proxy",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ]
    .into_iter()
    .any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
}
