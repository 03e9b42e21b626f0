//! What became of a removal.

use super::Client;
use crate::error::{Error, ErrorKind};
use crate::session::SessionKey;

/// What became of a removal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The server stopped the session. It may be listed until its next statement that touches the server.
    Removed,
    /// There is no such session now.
    NotFound,
    /// The id belongs to another session than the key says. Nothing was removed.
    Changed,
    /// It is the session that carries the call, which cannot stop itself.
    OwnSession,
    /// The session lives on another server instance of the same database. Nothing was removed.
    OtherInstance {
        /// That instance's name, in the server's words.
        server_instance_name: String,
    },
    /// The server's `StopSession` said no.
    Refused,
    /// The server accepted, and the session was still listed when the wait ended.
    StillPresent,
    /// The request went out, no answer came back, and the list could not tell what happened.
    Unknown {
        /// What broke, in a sentence.
        cause: String,
    },
}

impl Outcome {
    /// The outcome as an error for a person who wanted the session removed; `None` for [`Outcome::Removed`].
    #[must_use]
    pub fn to_error(&self, key: &SessionKey, client: &Client) -> Option<Error> {
        let id = key.session_id;
        let place = client.place();
        let (kind, message) = match self {
            Self::Removed => return None,
            Self::NotFound => (
                ErrorKind::SessionNotFound,
                format!("There is no session {id} on {place}."),
            ),
            Self::Changed => (
                ErrorKind::SessionChanged,
                format!(
                    "Session {id} on {place} is another one by now: its unique id or login time is not the one given. \
                     It was not removed."
                ),
            ),
            Self::OwnSession => (
                ErrorKind::OwnSession,
                format!("Session {id} on {place} carries this very call and was not removed."),
            ),
            Self::OtherInstance {
                server_instance_name,
            } => (
                ErrorKind::OtherServerInstance,
                format!(
                    "Session {id} is not one of {place}: it lives on server instance '{server_instance_name}' of the \
                     same database. It was not removed."
                ),
            ),
            Self::Refused => (
                ErrorKind::RemovalRefused,
                format!("The server refused to stop session {id} on {place}."),
            ),
            Self::StillPresent => (
                ErrorKind::SessionStillPresent,
                format!("Session {id} on {place} was told to stop and is still listed."),
            ),
            Self::Unknown { cause } => (
                ErrorKind::RemovalUnknown,
                format!("Whether session {id} on {place} was removed is not known: {cause}"),
            ),
        };
        Some(client.without_echo(Error::new(kind, message)))
    }
}
