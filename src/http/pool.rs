//! Connections that several clients share: those of one process with the same server, sign-in and token.
//!
//! Scripts call a command for each session, and each call opens a client of its own. What costs is the connection and its
//! sign-in, so both are kept for a while.

use std::env;
use std::ffi::OsString;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use once_cell::sync::OnceCell;

use super::engine::{Engine, Settings};
use super::failure::Failure;
use super::token::Bearer;

/// How long connections are kept that nobody uses, and with them what they signed in with.
const KEPT: Duration = Duration::from_secs(30);

/// Where Kerberos finds the user who is logged on: another place may be another user.
const KERBEROS: [&str; 3] = ["KRB5CCNAME", "KRB5_CONFIG", "KRB5_CLIENT_KTNAME"];

/// The lines whose connections are kept.
static LINES: Mutex<Vec<Arc<Line>>> = Mutex::new(Vec::new());

/// The way to one server as one identity: its connections, and the token of its requests.
#[derive(Debug)]
pub(crate) struct Line {
    origin: String,
    settings: Arc<Settings>,
    bearer: Bearer,
    logged_on: [Option<OsString>; KERBEROS.len()],
    /// Started by the first request.
    engine: OnceCell<Engine>,
}

impl Line {
    /// The line that is there for this server and identity, else a new one. Nothing is sent, and no thread started.
    pub(crate) fn to(origin: String, settings: Settings, bearer: Bearer) -> Arc<Self> {
        let line = Self {
            origin,
            settings: Arc::new(settings),
            bearer,
            logged_on: KERBEROS.map(env::var_os),
            engine: OnceCell::new(),
        };
        let kept = lines().iter().find(|kept| kept.is(&line)).cloned();
        kept.unwrap_or_else(|| Arc::new(line))
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn bearer(&self) -> &Bearer {
        &self.bearer
    }

    pub(crate) fn engine(self: &Arc<Self>) -> Result<&Engine, Failure> {
        self.engine.get_or_try_init(|| {
            let line = Arc::downgrade(self);
            let retire = Box::new(move || retire(&line));
            let engine = Engine::start(Arc::clone(&self.settings), Some((KEPT, retire)))?;
            lines().push(Arc::clone(self));
            Ok(engine)
        })
    }

    fn is(&self, other: &Self) -> bool {
        self.origin == other.origin
            && self.settings == other.settings
            && self.bearer == other.bearer
            && self.logged_on == other.logged_on
    }
}

/// Closes the connections that are kept for later clients, ends their threads, and forgets what they signed in with. Those
/// that a client or list still holds stay. Without it they go by themselves, half a minute after their last use.
pub fn close_connections() {
    let mut unused = Vec::new();
    {
        let mut lines = lines();
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            if Arc::strong_count(line) == 1 {
                unused.push(lines.swap_remove(at));
            } else {
                at += 1;
            }
        }
    }
    drop(unused);
}

/// Lets go of a line that nobody has used for a while, on the thread of its engine.
fn retire(line: &Weak<Line>) {
    let mut lines = lines();
    let at = lines
        .iter()
        .position(|kept| Arc::as_ptr(kept) == line.as_ptr());
    // Whoever takes it up does so under the lock, so one that only the list holds stays unused.
    if let Some(at) = at
        && lines
            .get(at)
            .is_some_and(|kept| Arc::strong_count(kept) == 1)
    {
        let unused = lines.swap_remove(at);
        drop(lines);
        drop(unused);
    }
}

fn lines() -> MutexGuard<'static, Vec<Arc<Line>>> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner)
}
