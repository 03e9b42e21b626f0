//! What a server says of the requests it answered: one line each of connection, step, user and status.

use std::fs;
use std::path::{Path, PathBuf};

use super::server::wait_for;

/// What a request said of signing in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing: the connection is signed in, or is to be asked.
    Bare,
    /// It asked for a challenge (NTLM).
    Negotiate,
    /// It brought the proof: Kerberos's token, or NTLM's answer to the challenge.
    Authenticate,
}

/// A request that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Tells connections apart.
    pub(crate) connection: u32,
    pub(crate) step: Step,
    /// Who signed in, or tried to.
    pub(crate) user: Option<String>,
    /// The HTTP status of the answer.
    pub(crate) status: u16,
}

#[derive(Debug)]
pub(crate) struct Log(PathBuf);

impl Log {
    pub(crate) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Everything so far, and at least as many entries of requests that were let in.
    ///
    /// Apache writes an entry only after its answer went out, but before it reads the next request of the connection: so
    /// the refusals that came before are there, too.
    pub(crate) fn with_let_in(&self, requests: usize) -> Vec<Entry> {
        wait_for("the log's entries", || {
            let entries = self.entries();
            let let_in = entries.iter().filter(|entry| entry.status != 401).count();
            (let_in >= requests).then_some(entries)
        })
    }

    /// Everything so far.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let text = fs::read_to_string(&self.0).unwrap_or_default();
        // The last line may be half written.
        let (whole, _) = text.rsplit_once('\n').unwrap_or_default();
        whole.lines().map(Entry::parse).collect()
    }
}

impl Entry {
    fn parse(line: &str) -> Self {
        let fields: Vec<&str> = line.split('\t').collect();
        let [connection, step, user, status] = fields[..] else {
            panic!("{line:?} is no entry");
        };
        Self {
            connection: connection.parse().unwrap(),
            step: match step {
                "bare" => Step::Bare,
                "negotiate" => Step::Negotiate,
                "authenticate" => Step::Authenticate,
                _ => panic!("{line:?} has no known step"),
            },
            user: (user != "-").then(|| user.to_owned()),
            status: status.parse().unwrap(),
        }
    }
}
