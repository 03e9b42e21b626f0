//! Lists of sessions.

use std::mem::offset_of;
use std::time::Duration;

use libc::size_t;

use super::boundary::{
    Growing, GrowingOut, Handle, Out, borrow, enter, free, invalid, read_array, read_growing, take,
};
use super::cancel::{given, nav_cancel};
use super::client::{NAV_NO_DATETIME, PER_SECOND, nav_client, nav_session_key, read_key};
use super::error::nav_error;
use super::status::nav_status;
use super::text::nav_text;
use crate::client::Sessions;
use crate::error::Error;
use crate::session::{ClientType, Session, SessionFilter};
use crate::wildcard::WildcardPattern;

/// A number that is absent.
pub const NAV_NO_NUMBER: i64 = i64::MIN;

/// A list of sessions being read. One thread at a time; may outlive its client; ends with `nav_sessions_free`.
#[derive(Debug)]
pub struct nav_sessions {
    sessions: Sessions,
    row: Session,
    unique_id: Option<String>,
}

impl Handle for nav_sessions {
    const NAME: &'static str = "nav_sessions";
}

/// Which sessions a list is to hold: those that all of it admits. Zeroed but for its size, it holds all. An array that is
/// NULL admits any session, one with a count of 0 none, wherever it points. An array has 16777216 values at most. Everything
/// is read before the function returns.
///
/// Patterns have wildcards as PowerShell's, and disregard casing: `*` any text, `?` one character (of UTF-16), `[a-c]` one
/// of a range, `[abc]` one of a set; a backtick takes the next character as it is. A text that a session does not have is
/// empty to them.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct nav_session_filter {
    /// `sizeof(nav_session_filter)`.
    pub size: size_t,
    /// 1: only the session whose id is `session_id`. Otherwise 0.
    pub has_session_id: u8,
    /// A session's id; looked at only if `has_session_id` is 1.
    pub session_id: i32,
    /// Only sessions of this user, in this casing; absent: of any.
    pub user_id: nav_text,
    /// Only sessions from this computer, in this casing; absent: from any.
    pub client_computer_name: nav_text,
    /// Only sessions with one of these ids. There can be none. One id alone is picked out by the server.
    pub session_ids: *const i32,
    /// How many ids.
    pub session_id_count: size_t,
    /// Only sessions of users that match one of these patterns.
    pub user_id_patterns: *const nav_text,
    /// How many patterns.
    pub user_id_pattern_count: size_t,
    /// Only sessions whose kind of client, as `nav_session` has it, matches one of these patterns.
    pub client_type_patterns: *const nav_text,
    /// How many patterns.
    pub client_type_pattern_count: size_t,
    /// Only sessions from computers that match one of these patterns.
    pub client_computer_name_patterns: *const nav_text,
    /// How many patterns.
    pub client_computer_name_pattern_count: size_t,
    /// Only sessions whose `age` is known and greater than this, in units of 100 ns; 0: of any age. Never negative.
    pub older_than: i64,
    /// 1: not the session that carries the list call itself. Otherwise 0.
    pub exclude_own_session: u8,
    /// Only the session that this key means, which is how a row from an earlier list is looked up again; NULL: any.
    pub key: *const nav_session_key,
}

// SAFETY: `repr(C)`, begins with `size`, and zero is a value of integers and of pointers.
unsafe impl Growing for nav_session_filter {
    const FIRST_SIZE: usize = offset_of!(Self, user_id);
}

/// A session as the server lists it. A text that the server left out or blank is absent. Texts are borrowed from the list
/// until its next call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct nav_session {
    /// `sizeof(nav_session)`, set by the caller.
    pub size: size_t,
    /// Number of the server instance that carries the session.
    pub server_instance_id: i32,
    /// Unique only within the server instance; can be negative; used again later.
    pub session_id: i32,
    /// Security id of the user.
    pub user_sid: nav_text,
    /// The server's own word for the instance that carries the session.
    pub server_instance_name: nav_text,
    /// Computer the server runs on.
    pub server_computer_name: nav_text,
    /// Name the user signed in with.
    pub user_id: nav_text,
    /// Kind of client, without spaces: `WebClient`, `WindowsClient`, `NAS`, ….
    pub client_type: nav_text,
    /// Computer the client runs on.
    pub client_computer_name: nav_text,
    /// When the session began, in units of 100 ns since 1970-01-01T00:00:00Z; `NAV_NO_DATETIME` when the server did not
    /// say, or said it without a zone.
    pub login_datetime: i64,
    /// The database the session works on.
    pub database_name: nav_text,
    /// GUID in lower case without braces; absent from servers whose version has none.
    pub session_unique_id: nav_text,
    /// 1: this is the session that carried the list call itself. Otherwise 0.
    pub own_session: u8,
    /// What began the session's work. This and the following come from the Admin Center API alone.
    pub entry_point_operation: nav_text,
    /// Name of the object the session's work began in.
    pub entry_point_object_name: nav_text,
    /// Id of that object.
    pub entry_point_object_id: nav_text,
    /// Type of that object.
    pub entry_point_object_type: nav_text,
    /// Name of the object that runs now.
    pub current_object_name: nav_text,
    /// Id of that object, or `NAV_NO_NUMBER`.
    pub current_object_id: i64,
    /// Type of that object.
    pub current_object_type: nav_text,
    /// How long the current operation has been running, in the server's unit, which is not documented; or
    /// `NAV_NO_NUMBER`.
    pub current_operation_duration: i64,
    /// How long ago the session began when the server listed it, in units of 100 ns: by the whole second that the server's
    /// answer tells (HTTP `Date`), or by this computer's clock where it tells none. Never negative; `NAV_NO_NUMBER` without
    /// `login_datetime`.
    pub age: i64,
}

// SAFETY: `repr(C)`, begins with `size`, and zero is a value of integers and of pointers.
unsafe impl Growing for nav_session {
    const FIRST_SIZE: usize = offset_of!(Self, entry_point_operation);
}

/// Opens a list of the sessions that `filter` admits; NULL admits all. Pages are fetched by `nav_sessions_next` as they
/// are needed, so errors of the call come from there. `cancel` may be NULL, and may be freed once the list is.
///
/// Errors: `NAV_STATUS_INVALID_ARGUMENT`, `NAV_STATUS_INVALID_PATTERN`.
///
/// # Safety
/// `client` is NULL or live; `filter` is NULL or as large as its `size` says, with readable texts, arrays and key; `cancel`
/// is NULL or live; `sessions` is NULL or valid for one write; `error` is NULL or valid for one write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_list_sessions(
    client: *const nav_client,
    filter: *const nav_session_filter,
    cancel: *const nav_cancel,
    sessions: *mut *mut nav_sessions,
    error: *mut *mut nav_error,
) -> nav_status {
    let body = || {
        // SAFETY: the caller's promise.
        let client = &unsafe { borrow(client, "client") }?.client;
        let filter = if filter.is_null() {
            SessionFilter::default()
        } else {
            // SAFETY: the caller's promise.
            let filter = unsafe { read_growing(filter, "filter") }?;
            // SAFETY: the caller's promise.
            unsafe { read_filter(&filter) }?
        };
        // SAFETY: the caller's promise.
        let cancel = unsafe { given(cancel) }?;
        let out = Out::new(sessions, "sessions")?;
        let list = nav_sessions {
            sessions: client.sessions(filter, &cancel),
            row: Session::default(),
            unique_id: None,
        };
        // SAFETY: the caller's promise.
        unsafe { out.give(list) };
        Ok(nav_status::NAV_STATUS_OK)
    };
    // SAFETY: the caller's promise.
    unsafe { enter(error, body) }
}

/// # Safety
/// Texts, arrays and key are readable.
unsafe fn read_filter(filter: &nav_session_filter) -> Result<SessionFilter, Error> {
    // SAFETY: the caller's promise.
    let user_id = unsafe { filter.user_id.read("user_id") }?;
    // SAFETY: the caller's promise.
    let computer = unsafe { filter.client_computer_name.read("client_computer_name") }?;
    // SAFETY: the caller's promise.
    let ids = unsafe { read_array(filter.session_ids, filter.session_id_count, "session_ids") }?;
    let only = (filter.has_session_id != 0).then_some(filter.session_id);
    let patterns = |texts, count, name| {
        // SAFETY: the caller's promise.
        unsafe { read_patterns(texts, count, name) }
    };
    let key = if filter.key.is_null() {
        None
    } else {
        // SAFETY: the caller's promise.
        let key = unsafe { read_growing(filter.key, "key") }?;
        // SAFETY: the caller's promise.
        Some(unsafe { read_key(&key) }?)
    };
    let older_than = u64::try_from(filter.older_than).map_err(|_| {
        invalid(format!(
            "older_than is {}, which is negative.",
            filter.older_than
        ))
    })?;
    Ok(SessionFilter {
        key,
        session_ids: match (only, ids) {
            (None, ids) => ids.map(<[i32]>::to_vec),
            (Some(only), None) => Some(vec![only]),
            (Some(only), Some(ids)) => Some(ids.iter().copied().filter(|id| *id == only).collect()),
        },
        user_id: user_id.map(str::to_owned),
        client_computer_name: computer.map(str::to_owned),
        user_id_patterns: patterns(
            filter.user_id_patterns,
            filter.user_id_pattern_count,
            "user_id_patterns",
        )?,
        client_type_patterns: patterns(
            filter.client_type_patterns,
            filter.client_type_pattern_count,
            "client_type_patterns",
        )?,
        client_computer_name_patterns: patterns(
            filter.client_computer_name_patterns,
            filter.client_computer_name_pattern_count,
            "client_computer_name_patterns",
        )?,
        older_than: (older_than > 0).then(|| Duration::from_nanos(older_than.saturating_mul(100))),
        exclude_own_session: filter.exclude_own_session != 0,
    })
}

/// # Safety
/// `texts` is NULL or valid for reads of `count` texts, which are readable.
unsafe fn read_patterns(
    texts: *const nav_text,
    count: size_t,
    name: &str,
) -> Result<Option<Vec<WildcardPattern>>, Error> {
    // SAFETY: the caller's promise.
    let Some(texts) = unsafe { read_array(texts, count, name) }? else {
        return Ok(None);
    };
    let pattern = |text: &nav_text| {
        // SAFETY: the caller's promise.
        WildcardPattern::parse(unsafe { text.required(name) }?)
    };
    texts
        .iter()
        .map(pattern)
        .collect::<Result<_, _>>()
        .map(Some)
}

/// Gives the next session, or `NAV_STATUS_END` when there is none left. After an error the list has ended.
///
/// Errors: `NAV_STATUS_INVALID_ARGUMENT`, the blocks 300 and 400, `NAV_STATUS_CANCELLED`.
///
/// # Safety
/// `sessions` is NULL, or live and used by this thread alone; `session` is NULL or as large as its `size` says; `error` is
/// NULL or valid for one write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_sessions_next(
    sessions: *mut nav_sessions,
    session: *mut nav_session,
    error: *mut *mut nav_error,
) -> nav_status {
    let body = || {
        // SAFETY: the caller's promise.
        let mut list = unsafe { take(sessions, "sessions") }?;
        // A struct that cannot be filled must not cost a row.
        // SAFETY: the caller's promise.
        let out = unsafe { GrowingOut::new(session, "session") }?;
        let Some(next) = list.sessions.next() else {
            return Ok(nav_status::NAV_STATUS_END);
        };
        list.row = next?;
        list.unique_id = list.row.session_unique_id.map(|id| id.to_string());
        let filled = row(&list.row, list.unique_id.as_deref());
        // SAFETY: the caller's promise.
        unsafe { out.fill(&filled) };
        Ok(nav_status::NAV_STATUS_OK)
    };
    // SAFETY: the caller's promise.
    unsafe { enter(error, body) }
}

/// Frees a list, read to its end or not. NULL does nothing.
///
/// # Safety
/// `sessions` is NULL, or live and not used by another thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_sessions_free(sessions: *mut nav_sessions) {
    // SAFETY: the caller's promise.
    unsafe { free(sessions) };
}

fn row(session: &Session, unique_id: Option<&str>) -> nav_session {
    let text = |text: &Option<String>| nav_text::of_option(text.as_deref());
    nav_session {
        size: 0,
        server_instance_id: session.server_instance_id,
        session_id: session.session_id,
        user_sid: text(&session.user_sid),
        server_instance_name: text(&session.server_instance_name),
        server_computer_name: text(&session.server_computer_name),
        user_id: text(&session.user_id),
        client_type: nav_text::of_option(session.client_type.as_ref().map(ClientType::as_str)),
        client_computer_name: text(&session.client_computer_name),
        login_datetime: session
            .login_datetime
            .and_then(|login| {
                let ticks = login.unix_timestamp_nanos() * PER_SECOND / 1_000_000_000;
                i64::try_from(ticks).ok()
            })
            .unwrap_or(NAV_NO_DATETIME),
        database_name: text(&session.database_name),
        session_unique_id: nav_text::of_option(unique_id),
        own_session: session.own_session.into(),
        entry_point_operation: text(&session.entry_point_operation),
        entry_point_object_name: text(&session.entry_point_object_name),
        entry_point_object_id: text(&session.entry_point_object_id),
        entry_point_object_type: text(&session.entry_point_object_type),
        current_object_name: text(&session.current_object_name),
        current_object_id: session.current_object_id.unwrap_or(NAV_NO_NUMBER),
        current_object_type: text(&session.current_object_type),
        current_operation_duration: session.current_operation_duration.unwrap_or(NAV_NO_NUMBER),
        age: session
            .age
            .and_then(|age| i64::try_from(age.as_nanos() / 100).ok())
            .unwrap_or(NAV_NO_NUMBER),
    }
}
