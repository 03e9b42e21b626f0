use std::time::Duration;

use time::OffsetDateTime;
use uuid::Uuid;

/// A row of table 2000000110 Active Session, and how the session takes being stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Server Instance ID: with [`Session::session_id`] the table's key. 0 until the session is
    /// added to an emulator, which then puts its own server instance here.
    pub server_instance_id: i32,
    /// Session ID. Real servers hand out negative numbers too.
    pub session_id: i32,
    /// User SID; nil until the session is added to an emulator, which derives one from the user.
    pub user_sid: Uuid,
    /// Server Instance Name; blank until the session is added to an emulator.
    pub server_instance_name: String,
    /// Server Computer Name; blank until the session is added to an emulator.
    pub server_computer_name: String,
    /// User ID, such as `CRONUS\ANNA`.
    pub user_id: String,
    /// Client Type, as the option's text in the table: `Web Client`, `Windows Client`, `NAS` …
    pub client_type: String,
    /// Client Computer Name.
    pub client_computer_name: String,
    /// Login Datetime. The interfaces give it in UTC, with up to seven fraction digits.
    pub login_datetime: OffsetDateTime,
    /// Database Name; blank until the session is added to an emulator.
    pub database_name: String,
    /// Session Unique ID; nil until the session is added to an emulator, which gives it one.
    pub session_unique_id: Uuid,
    /// What it is doing, as the Admin Center API tells it.
    pub activity: Activity,
    /// What STOPSESSION does to this session.
    pub on_stop: OnStop,
}

/// What a session is doing, as the Admin Center API tells it: SOAP and OData have none of it.
///
/// `None` and a blank text are `null` there. All is `None` or 0 if not said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// `entryPointOperation`.
    pub entry_point_operation: Option<String>,
    /// `entryPointObjectName`.
    pub entry_point_object_name: Option<String>,
    /// `entryPointObjectId`, which is a text.
    pub entry_point_object_id: Option<String>,
    /// `entryPointObjectType`.
    pub entry_point_object_type: Option<String>,
    /// `currentObjectName`.
    pub current_object_name: Option<String>,
    /// `currentObjectId`, which is a number.
    pub current_object_id: i32,
    /// `currentObjectType`.
    pub current_object_type: Option<String>,
    /// `currentOperationDuration`. Its unit is documented nowhere.
    pub current_operation_duration: i64,
}

/// What STOPSESSION does to a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnStop {
    /// It ends at once.
    #[default]
    Ends,
    /// It is stopped, and stays in the list for this long.
    EndsAfter(Duration),
    /// STOPSESSION accepts, and the session never ends: its code does not touch the connection.
    Stays,
    /// STOPSESSION says no.
    Refused,
}

impl Session {
    /// A Web Client session of `CRONUS\ANNA` on `PC042` that has just signed in.
    ///
    /// What is left blank is filled in when the session is added to an [`Emulator`](crate::Emulator).
    #[must_use]
    pub fn new(session_id: i32) -> Self {
        Self {
            server_instance_id: 0,
            session_id,
            user_sid: Uuid::nil(),
            server_instance_name: String::new(),
            server_computer_name: String::new(),
            user_id: String::from(r"CRONUS\ANNA"),
            client_type: String::from("Web Client"),
            client_computer_name: String::from("PC042"),
            login_datetime: to_milliseconds(OffsetDateTime::now_utc()),
            database_name: String::new(),
            session_unique_id: Uuid::nil(),
            activity: Activity::default(),
            on_stop: OnStop::Ends,
        }
    }

    /// The same session for another user.
    #[must_use]
    pub fn user_id(mut self, user_id: impl Into<String>) -> Self {
        self.user_id = user_id.into();
        self
    }

    /// The same session with another client type.
    #[must_use]
    pub fn client_type(mut self, option_text: impl Into<String>) -> Self {
        self.client_type = option_text.into();
        self
    }

    /// The same session from another computer.
    #[must_use]
    pub fn client_computer_name(mut self, computer: impl Into<String>) -> Self {
        self.client_computer_name = computer.into();
        self
    }

    /// The same session, signed in at another time.
    #[must_use]
    pub fn login_datetime(mut self, at: OffsetDateTime) -> Self {
        self.login_datetime = at;
        self
    }

    /// The same session with another Session Unique ID.
    #[must_use]
    pub fn session_unique_id(mut self, id: Uuid) -> Self {
        self.session_unique_id = id;
        self
    }

    /// The same session on another server instance of the same database.
    #[must_use]
    pub fn server_instance(mut self, id: i32, name: impl Into<String>) -> Self {
        self.server_instance_id = id;
        self.server_instance_name = name.into();
        self
    }

    /// The same session, doing something.
    #[must_use]
    pub fn activity(mut self, activity: Activity) -> Self {
        self.activity = activity;
        self
    }

    /// The same session, taking STOPSESSION another way.
    #[must_use]
    pub fn on_stop(mut self, on_stop: OnStop) -> Self {
        self.on_stop = on_stop;
        self
    }
}

/// AL's `DateTime` has milliseconds.
pub(crate) fn to_milliseconds(at: OffsetDateTime) -> OffsetDateTime {
    at - Duration::from_nanos(u64::from(at.nanosecond() % 1_000_000))
}
