//! Lists of sessions.

use std::mem::offset_of;

use libc::size_t;

use super::boundary::{Growing, Out, borrow, borrow_mut, enter, free, read_growing, write_growing};
use super::cancel::{given, nav_cancel};
use super::client::{NAV_NO_DATETIME, PER_SECOND, nav_client};
use super::error::nav_error;
use super::status::nav_status;
use super::text::nav_text;
use crate::client::Sessions;
use crate::session::{ClientType, Session, SessionFilter};

/// A number that is absent.
pub const NAV_NO_NUMBER: i64 = i64::MIN;

/// A list of sessions being read. One thread at a time; may outlive its client; ends with `nav_sessions_free`.
#[derive(Debug)]
pub struct nav_sessions {
    sessions: Sessions,
    row: Session,
    unique_id: Option<String>,
}

/// Which sessions a list is to hold. Zeroed but for its size, it holds all.
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
}

// SAFETY: `repr(C)`, begins with `size`, and zero is a value of integers and of pointers.
unsafe impl Growing for nav_session {
    const FIRST_SIZE: usize = offset_of!(Self, entry_point_operation);
}

/// Opens a list of the sessions that `filter` admits; NULL admits all. Pages are fetched by `nav_sessions_next` as they
/// are needed, so errors of the call come from there. `cancel` may be NULL, and may be freed once the list is.
///
/// Errors: `NAV_STATUS_INVALID_ARGUMENT`.
///
/// # Safety
/// `client` is NULL or live; `filter` is NULL or as large as its `size` says, with readable texts; `cancel` is NULL or live; `sessions` is NULL
/// or valid for one write; `error` is NULL or valid for one write.
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
            let user_id = unsafe { filter.user_id.read("user_id") }?;
            // SAFETY: the caller's promise.
            let computer = unsafe { filter.client_computer_name.read("client_computer_name") }?;
            SessionFilter {
                session_id: (filter.has_session_id != 0).then_some(filter.session_id),
                user_id: user_id.map(str::to_owned),
                client_computer_name: computer.map(str::to_owned),
            }
        };
        // SAFETY: the caller's promise.
        let cancel = unsafe { given(cancel) };
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
        let list = unsafe { borrow_mut(sessions, "sessions") }?;
        // A struct that cannot be filled must not cost a row.
        // SAFETY: the caller's promise.
        unsafe { write_growing(session, &row(&Session::default(), None), "session") }?;
        let Some(next) = list.sessions.next() else {
            return Ok(nav_status::NAV_STATUS_END);
        };
        list.row = next?;
        list.unique_id = list.row.session_unique_id.map(|id| id.to_string());
        let filled = row(&list.row, list.unique_id.as_deref());
        // SAFETY: the caller's promise.
        unsafe { write_growing(session, &filled, "session") }?;
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
    }
}
