//! A session of a server, and what identifies one.

use std::fmt;

use time::{Duration, UtcDateTime};
use uuid::Uuid;

use crate::wildcard::WildcardPattern;

/// A session as the server lists it: a row of table 2000000110 Active Session.
///
/// A text or value that the server left out or left blank is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// Number of the server instance that carries the session.
    pub server_instance_id: i32,
    /// Id of the session: unique only within its server instance, can be negative, and is used again later.
    pub session_id: i32,
    /// Security id of the user: a GUID of table User, or a Windows SID.
    pub user_sid: Option<String>,
    /// The server's own word for the instance that carries the session.
    pub server_instance_name: Option<String>,
    /// Computer the server runs on.
    pub server_computer_name: Option<String>,
    /// Name the user signed in with, such as `CRONUS\ANNA`.
    pub user_id: Option<String>,
    /// What kind of client holds the session.
    pub client_type: Option<ClientType>,
    /// Computer the client runs on.
    pub client_computer_name: Option<String>,
    /// When the session began.
    pub login_datetime: Option<UtcDateTime>,
    /// How long ago that was when the server listed it, by the server's clock: by the whole second that its answer tells
    /// (HTTP `Date`), and by this computer's clock where the answer tells none. Never less than nothing.
    pub age: Option<std::time::Duration>,
    /// The database the session works on.
    pub database_name: Option<String>,
    /// Identifies the session for ever; `None` from servers whose version has no such field.
    pub session_unique_id: Option<Uuid>,
    /// Whether this is the session that carried the list call itself.
    pub own_session: bool,
    /// What began the session's work. This and the following are told by the Admin Center API alone.
    pub entry_point_operation: Option<String>,
    /// Name of the object the session's work began in.
    pub entry_point_object_name: Option<String>,
    /// Id of that object.
    pub entry_point_object_id: Option<String>,
    /// Type of that object, such as `Page`.
    pub entry_point_object_type: Option<String>,
    /// Name of the object that runs now.
    pub current_object_name: Option<String>,
    /// Id of that object.
    pub current_object_id: Option<i64>,
    /// Type of that object, such as `CodeUnit`.
    pub current_object_type: Option<String>,
    /// How long the current operation has been running, in the server's unit, which is not documented.
    pub current_operation_duration: Option<i64>,
}

/// What kind of client holds a session, as scripts compare it: `WebClient`, `WindowsClient`, `NAS`, `Background`, ….
///
/// The server's captions come with spaces or their escapes (`Web Client`, `Web_Client`, `Web_x0020_Client`); these are
/// dropped and everything else is passed through, so that a kind that a later version adds arrives as it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientType(String);

impl ClientType {
    /// Takes the server's text; `None` for a blank one.
    #[must_use]
    pub fn from_server_text(text: &str) -> Option<Self> {
        let name: String = text
            .replace("_x0020_", "")
            .chars()
            .filter(|c| !matches!(c, ' ' | '_'))
            .collect();
        (!name.is_empty()).then_some(Self(name))
    }

    /// The kind as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which session is meant: its id, and what must still be true of the session that has it.
///
/// Ids are used again, so a key taken from a list should carry what the list said: with
/// [`From<&Session>`](#impl-From<%26Session>-for-SessionKey) the server compares before it ends anything, and answers
/// [`Outcome::Changed`](crate::Outcome::Changed) when the id belongs to another session by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionKey {
    /// The session's id.
    pub session_id: i32,
    /// The unique id it must have; `None` is not compared.
    pub session_unique_id: Option<Uuid>,
    /// When it must have begun, to the second; `None` is not compared.
    pub login_datetime: Option<UtcDateTime>,
}

impl SessionKey {
    /// The session that has this id now, whichever it is.
    #[must_use]
    pub fn new(session_id: i32) -> Self {
        Self {
            session_id,
            session_unique_id: None,
            login_datetime: None,
        }
    }

    /// Whether something is compared beside the id.
    pub(crate) fn is_compared(&self) -> bool {
        self.session_unique_id.is_some() || self.login_datetime.is_some()
    }

    /// Whether `session` is the one meant, by the companion's rules: what either side does not know is not compared, and
    /// login times up to and including one second apart are equal.
    pub(crate) fn matches(&self, session: &Session) -> bool {
        let same_unique_id = match (self.session_unique_id, session.session_unique_id) {
            (Some(wanted), Some(found)) => wanted == found,
            _ => true,
        };
        let same_login = match (self.login_datetime, session.login_datetime) {
            (Some(wanted), Some(found)) => (wanted - found).abs() <= Duration::SECOND,
            _ => true,
        };
        self.session_id == session.session_id && same_unique_id && same_login
    }
}

impl From<&Session> for SessionKey {
    fn from(session: &Session) -> Self {
        Self {
            session_id: session.session_id,
            session_unique_id: session.session_unique_id,
            login_datetime: session.login_datetime,
        }
    }
}

/// Which sessions a list is to hold: those that all of it admits. The default holds all.
///
/// The server picks out what its interface can: one id, and the texts of `user_id` and `client_computer_name`. All rows are
/// looked at once more here. Several ids and patterns are looked at here alone, as no interface is known to have them, or
/// to disregard casing. An empty list of ids or patterns admits no session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionFilter {
    /// Only the session that this key means, by the companion's rules.
    pub key: Option<SessionKey>,
    /// Only sessions with one of these ids. There can be none.
    pub session_ids: Option<Vec<i32>>,
    /// Only sessions of this user, such as `CRONUS\ANNA`, in this casing.
    pub user_id: Option<String>,
    /// Only sessions from this computer, in this casing.
    pub client_computer_name: Option<String>,
    /// Only sessions of users that match one of these. One without a user is as if its name were empty.
    pub user_id_patterns: Option<Vec<WildcardPattern>>,
    /// Only sessions whose kind of client, as [`ClientType`] has it, matches one of these.
    pub client_type_patterns: Option<Vec<WildcardPattern>>,
    /// Only sessions from computers that match one of these. One without a computer is as if its name were empty.
    pub client_computer_name_patterns: Option<Vec<WildcardPattern>>,
    /// Only sessions whose [age](Session::age) is known and greater than this.
    pub older_than: Option<std::time::Duration>,
    /// Not the session that carries the list call itself.
    pub exclude_own_session: bool,
}

impl SessionFilter {
    /// The session with this id.
    #[must_use]
    pub fn of_session(session_id: i32) -> Self {
        Self {
            session_ids: Some(vec![session_id]),
            ..Self::default()
        }
    }

    /// The one id that every session it admits has.
    pub(crate) fn only_id(&self) -> Option<i32> {
        match (&self.key, self.session_ids.as_deref()) {
            (Some(key), _) => Some(key.session_id),
            (None, Some([id])) => Some(*id),
            _ => None,
        }
    }

    pub(crate) fn admits(&self, session: &Session) -> bool {
        let is = |wanted: &Option<String>, found: &Option<String>| {
            wanted.is_none() || wanted.as_deref() == Some(found.as_deref().unwrap_or_default())
        };
        let matches = |patterns: &Option<Vec<WildcardPattern>>, found: Option<&str>| {
            patterns.as_ref().is_none_or(|patterns| {
                let found = found.unwrap_or_default();
                patterns.iter().any(|pattern| pattern.matches(found))
            })
        };
        let Self {
            key,
            session_ids,
            user_id,
            client_computer_name,
            user_id_patterns,
            client_type_patterns,
            client_computer_name_patterns,
            older_than,
            exclude_own_session,
        } = self;
        let computer = &session.client_computer_name;
        key.as_ref().is_none_or(|key| key.matches(session))
            && session_ids
                .as_ref()
                .is_none_or(|ids| ids.contains(&session.session_id))
            && is(user_id, &session.user_id)
            && is(client_computer_name, computer)
            && matches(user_id_patterns, session.user_id.as_deref())
            && matches(
                client_type_patterns,
                session.client_type.as_ref().map(ClientType::as_str),
            )
            && matches(client_computer_name_patterns, computer.as_deref())
            && older_than.is_none_or(|least| session.age.is_some_and(|age| age > least))
            && !(*exclude_own_session && session.own_session)
    }

    /// The fields of table Active Session that the server filters on, by the names of the companion's page, with their
    /// texts.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("User_ID", &self.user_id),
            ("Client_Computer_Name", &self.client_computer_name),
        ]
        .into_iter()
        .filter_map(|(field, text)| Some((field, text.as_deref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_types_lose_spaces_and_their_escapes_and_nothing_else() {
        for (text, name) in [
            ("Web Client", "WebClient"),
            ("Web_Client", "WebClient"),
            ("Web_x0020_Client", "WebClient"),
            ("ODataV4", "ODataV4"),
            ("Web-Dienst", "Web-Dienst"),
        ] {
            assert_eq!(ClientType::from_server_text(text).unwrap().as_str(), name);
        }
        assert_eq!(ClientType::from_server_text(" "), None);
    }

    #[test]
    fn a_key_matches_what_it_knows_and_a_login_time_to_the_second() {
        let login = UtcDateTime::from_unix_timestamp(1_795_335_437).unwrap();
        let session = Session {
            session_id: 11,
            session_unique_id: Some(Uuid::from_u128(1)),
            login_datetime: Some(login),
            ..Session::default()
        };
        assert!(SessionKey::new(11).matches(&session));
        assert!(!SessionKey::new(12).matches(&session));
        assert!(SessionKey::from(&session).matches(&session));
        let at = |offset| SessionKey {
            login_datetime: Some(login + offset),
            ..SessionKey::new(11)
        };
        assert!(at(Duration::SECOND).matches(&session));
        assert!(at(-Duration::SECOND).matches(&session));
        assert!(!at(Duration::milliseconds(1001)).matches(&session));
        let other = SessionKey {
            session_unique_id: Some(Uuid::from_u128(2)),
            ..(&session).into()
        };
        assert!(!other.matches(&session));
    }
}
