//! The companion: a codeunit that removes a session, and a list page over Active Session.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::datetime;
use crate::failure::Failure;
use crate::session::Session;
use crate::table::ActiveSessions;

/// The method of the codeunit.
pub(crate) const REMOVE_SESSION: &str = "RemoveSession";
/// Its parameters, in order.
pub(crate) const PARAMETERS: [&str; 4] =
    ["sessionId", "sessionUniqueId", "loginDatetime", "comment"];

/// What the caller of `RemoveSession` sent. A blank text is not compared.
#[derive(Debug)]
pub(crate) struct RemoveSession {
    pub(crate) session_id: i32,
    pub(crate) session_unique_id: String,
    pub(crate) login_datetime: String,
    pub(crate) comment: String,
}

/// What must still be true of the session.
struct Expected {
    unique_id: Option<Uuid>,
    login: Option<OffsetDateTime>,
}

impl Expected {
    fn holds(&self, session: &Session) -> bool {
        let same_id = self
            .unique_id
            .is_none_or(|expected| session.session_unique_id == expected);
        let same_login = self
            .login
            .is_none_or(|expected| (session.login_datetime - expected).abs() <= Duration::SECOND);
        same_id && same_login
    }
}

/// The server instance and session that `RemoveSession` runs in, and what they allow.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) server_instance_id: i32,
    pub(crate) session_id: i32,
    pub(crate) has_session_unique_id: bool,
    pub(crate) may_stop_sessions: bool,
}

impl RemoveSession {
    /// Compares and stops; the table's lock is held over both, so nothing changes in between.
    pub(crate) fn run(
        &self,
        caller: &Caller,
        table: &mut ActiveSessions,
    ) -> Result<String, Failure> {
        let expected = self.expected(caller)?;
        let instance = caller.server_instance_id;
        if let Some(session) = table.get(instance, self.session_id) {
            if self.session_id == caller.session_id {
                return Ok(String::from("OwnSession"));
            }
            if !expected.holds(session) {
                return Ok(String::from("Changed"));
            }
            if !caller.may_stop_sessions {
                return Err(Failure::NoPermission);
            }
            let stopped = table.stop(instance, self.session_id);
            return Ok(String::from(if stopped { "Removed" } else { "Refused" }));
        }
        let mut elsewhere = table.elsewhere(instance, self.session_id).peekable();
        if elsewhere.peek().is_none() {
            return Ok(String::from("NotFound"));
        }
        Ok(match elsewhere.find(|session| expected.holds(session)) {
            Some(session) => format!("OtherInstance:{}", session.server_instance_name),
            None => String::from("Changed"),
        })
    }

    fn expected(&self, caller: &Caller) -> Result<Expected, Failure> {
        let unique_id = match self.session_unique_id.as_str() {
            "" => None,
            text => Some(parse_guid(text).ok_or_else(|| Failure::InvalidGuid(String::from(text)))?),
        };
        let login = match self.login_datetime.as_str() {
            "" => None,
            text => Some(
                datetime::parse(text)
                    .ok_or_else(|| Failure::InvalidDateTime(String::from(text)))?,
            ),
        };
        Ok(Expected {
            // Inferred: a companion for a version without the field reads the text and has
            // nothing to compare it with.
            unique_id: unique_id.filter(|_| caller.has_session_unique_id),
            login,
        })
    }
}

/// A Guid with or without braces, in any casing; not the other spellings the crate reads.
fn parse_guid(text: &str) -> Option<Uuid> {
    let bare = match text.strip_prefix('{') {
        Some(rest) => rest.strip_suffix('}')?,
        None => text,
    };
    if bare.len() != 36 {
        return None;
    }
    Uuid::try_parse(bare).ok()
}

/// A control of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control {
    ServerInstanceId,
    SessionId,
    UserSid,
    ServerInstanceName,
    ServerComputerName,
    UserId,
    ClientType,
    ClientComputerName,
    LoginDatetime,
    DatabaseName,
    SessionUniqueId,
    OwnSession,
}

impl Control {
    const ALL: [Self; 12] = [
        Self::ServerInstanceId,
        Self::SessionId,
        Self::UserSid,
        Self::ServerInstanceName,
        Self::ServerComputerName,
        Self::UserId,
        Self::ClientType,
        Self::ClientComputerName,
        Self::LoginDatetime,
        Self::DatabaseName,
        Self::SessionUniqueId,
        Self::OwnSession,
    ];

    /// The controls of the page, in order.
    pub(crate) fn of_page(has_session_unique_id: bool) -> Vec<Self> {
        let mut controls = Vec::from(Self::ALL);
        controls.retain(|control| has_session_unique_id || *control != Self::SessionUniqueId);
        controls
    }

    /// The name on the interfaces: the control's, with `_` for spaces.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ServerInstanceId => "Server_Instance_ID",
            Self::SessionId => "Session_ID",
            Self::UserSid => "User_SID",
            Self::ServerInstanceName => "Server_Instance_Name",
            Self::ServerComputerName => "Server_Computer_Name",
            Self::UserId => "User_ID",
            Self::ClientType => "Client_Type",
            Self::ClientComputerName => "Client_Computer_Name",
            Self::LoginDatetime => "Login_Datetime",
            Self::DatabaseName => "Database_Name",
            Self::SessionUniqueId => "Session_Unique_ID",
            Self::OwnSession => "Own_Session",
        }
    }
}

/// What a caller may filter the page by at the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    criteria: Vec<Criterion>,
}

/// One field's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Criterion {
    SessionId(i32),
    UserId(String),
    ClientComputerName(String),
}

impl Filter {
    pub(crate) fn and(&mut self, criterion: Criterion) {
        self.criteria.push(criterion);
    }

    pub(crate) fn admits(&self, session: &Session) -> bool {
        self.criteria.iter().all(|criterion| match criterion {
            Criterion::SessionId(id) => session.session_id == *id,
            Criterion::UserId(user) => session.user_id == *user,
            Criterion::ClientComputerName(name) => session.client_computer_name == *name,
        })
    }

    /// The Session ID a row must have, where one is asked for.
    pub(crate) fn session_id(&self) -> Option<i32> {
        self.criteria.iter().find_map(|criterion| match criterion {
            Criterion::SessionId(id) => Some(*id),
            Criterion::UserId(_) | Criterion::ClientComputerName(_) => None,
        })
    }
}
