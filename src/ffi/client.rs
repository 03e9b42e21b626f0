//! Opening a client, and removing a session.

use std::ffi::c_void;
use std::mem::offset_of;
use std::time::Duration;

use libc::size_t;
use time::UtcDateTime;
use uuid::Uuid;

use super::boundary::{
    Growing, Handle, Out, borrow, enter, free, invalid, read_growing, store_error,
};
use super::cancel::{given, nav_cancel};
use super::endpoints::files;
use super::error::nav_error;
use super::status::{nav_log_level, nav_outcome, nav_retry_mode, nav_status};
use super::text::nav_text;
use crate::client::{Client, ClientBuilder, Credential, LogLevel, Retry, RetryMode};
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::instance::ServerInstance;
use crate::secret::Secret;
use crate::session::SessionKey;
use crate::tenant::TenantId;

/// A date and time that is absent.
pub const NAV_NO_DATETIME: i64 = i64::MIN;

/// Units of a date and time in a second: 100 ns.
pub(super) const PER_SECOND: i128 = 10_000_000;

/// One server instance, as one user sees it. May be used from several threads at once; ends with `nav_client_free`.
#[derive(Debug)]
pub struct nav_client {
    pub(super) client: Client,
    name: String,
}

impl Handle for nav_client {
    const NAME: &'static str = "nav_client";
}

/// Is told what happens, a line at a time. `text` is UTF-8 of `length` bytes, without a NUL, and lives until the function
/// returns. It is called on the thread that makes the call, which goes on when it has returned.
///
/// The library holds no lock meanwhile, so it may make calls of its own, also with the client it belongs to, and may free
/// that client. The list, check or set of removals whose call it is inside it cannot use, which is
/// `NAV_STATUS_INVALID_ARGUMENT`; if it frees that, it ends with the call, and so do the texts that the call gives.
///
/// It must not jump out of the call. An exception of C++ that comes out of it ends the process.
pub type nav_log_callback = Option<
    unsafe extern "C-unwind" fn(context: *mut c_void, level: i32, text: *const u8, length: size_t),
>;

/// What a client is opened with. Zero everything, then set `size` and what is wanted.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct nav_client_options {
    /// `sizeof(nav_client_options)`.
    pub size: size_t,
    /// Full or short name of the server instance, in any casing. Required.
    pub server_instance: nav_text,
    /// An endpoint as the JSON object that stands in an endpoints file; absent: `server_instance` is looked up in the
    /// endpoints files.
    pub endpoint_json: nav_text,
    /// The endpoints file to look in; absent or empty: those that the environment says, as for `nav_list_endpoints`.
    pub endpoints_file: nav_text,
    /// Id of the tenant; absent: none is named, which a multitenant server refuses.
    pub tenant: nav_text,
    /// User to sign in as, or the client id of an app registration; absent: the user who is logged on where the endpoint
    /// asks for a Windows sign-in, else nobody.
    pub user_name: nav_text,
    /// The user's password or web-service access key, or the app's client secret. The library keeps its own copy, zeroed when the client and the
    /// lists opened from it are freed.
    pub password: nav_text,
    /// What the server records as the reason of a removal; absent: `Stopped by management PowerShell cmdlet.`
    pub comment: nav_text,
    /// 1: lets a password or token go over plain http to another computer, readable by anybody on the way. Otherwise 0.
    pub allow_unencrypted_authentication: u8,
    /// Is told what happens; may be NULL.
    pub log: nav_log_callback,
    /// Passed to `log`. It and `log` must stay valid, and usable from any thread that makes a call, until the client and
    /// the lists opened from it are freed.
    pub log_context: *mut c_void,
    /// OAuth 2 bearer token to sign in with; absent: none. Kept and zeroed like `password`.
    pub access_token: nav_text,
    /// How long a removal waits until the session is gone from the list, in milliseconds: one that is still listed then is
    /// `NAV_OUTCOME_STILL_PRESENT`. 0: what the server says is believed, and the Admin Center API, which only says that it
    /// accepted, is given 30 seconds.
    pub wait_milliseconds: u32,
    /// 1: accepts any certificate of the server, also that of somebody in between. Otherwise 0.
    pub skip_certificate_check: u8,
    /// A `nav_retry_mode`: how the pauses between retries grow.
    pub retry_mode: i32,
    /// 1: a request that came to nothing is sent again `max_retries` times at most, if it is safe to repeat: it certainly did
    /// nothing (no connection was made, or HTTP 429 or 503), or it changes nothing. 0: three times after HTTP 429, which
    /// asks for it, and never otherwise. A removal whose answer is lost is never sent again blindly: the list decides.
    pub has_max_retries: u8,
    /// How often a request is sent again at most, with `has_max_retries`.
    pub max_retries: u32,
    /// 1: `retry_delay_milliseconds` counts. 0: the first pause is 800 ms.
    pub has_retry_delay: u8,
    /// The first pause between retries, in milliseconds, with `has_retry_delay`. The server's `Retry-After` counts where
    /// it is longer. No pause is longer than a minute; where the server asks for more, its answer is told at once.
    pub retry_delay_milliseconds: u32,
    /// How long one request may take, from its beginning to the end of its answer, in milliseconds. 0: 100 seconds, and a list
    /// ends within two where its server takes no connection, or answers nothing at all on a second one
    /// (`NAV_STATUS_SERVER_NOT_READY`).
    pub network_timeout_milliseconds: u32,
}

// SAFETY: `repr(C)`, begins with `size`, and zero is a value of integers, pointers and optional functions.
unsafe impl Growing for nav_client_options {
    const FIRST_SIZE: usize = offset_of!(Self, access_token);
}

/// A callback and its context.
struct Log {
    callback: unsafe extern "C-unwind" fn(*mut c_void, i32, *const u8, size_t),
    context: *mut c_void,
}

// SAFETY: the header asks the caller for a context usable from any thread that makes a call.
unsafe impl Send for Log {}
// SAFETY: as above.
unsafe impl Sync for Log {}

impl Log {
    fn write(&self, level: LogLevel, text: &str) {
        let level = match level {
            LogLevel::Verbose => nav_log_level::NAV_LOG_LEVEL_VERBOSE,
            LogLevel::Debug => nav_log_level::NAV_LOG_LEVEL_DEBUG,
        };
        self.call(level as i32, nav_text::of(text));
    }

    /// What unwinds out of the callback would meet frames that it knows nothing of: it ends here, and the process with it.
    extern "C" fn call(&self, level: i32, text: nav_text) {
        // SAFETY: the header asks the caller for a function and context that live as long as the client.
        unsafe { (self.callback)(self.context, level, text.data, text.length) };
    }
}

/// Opens a client. Reads the endpoints files unless `endpoint_json` is given; sends nothing yet.
///
/// Errors: `NAV_STATUS_INVALID_*`, the block 200.
///
/// # Safety
/// `options` is NULL or as large as its `size` says, with readable texts; `client` is NULL or valid for one write; `error`
/// is NULL or valid for one write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_client_open(
    options: *const nav_client_options,
    client: *mut *mut nav_client,
    error: *mut *mut nav_error,
) -> nav_status {
    let body = || {
        // SAFETY: the caller's promise.
        let options = unsafe { read_growing(options, "options") }?;
        let out = Out::new(client, "client")?;
        // SAFETY: the caller's promise.
        let (instance, found) = unsafe { find(&options) }?;
        // SAFETY: the caller's promise.
        let builder = unsafe { builder(&options, instance, found?.endpoint) }?;
        let client = builder.open()?;
        // SAFETY: the caller's promise.
        unsafe {
            out.give(nav_client {
                name: client.name(),
                client,
            });
        }
        Ok(nav_status::NAV_STATUS_OK)
    };
    // SAFETY: the caller's promise.
    unsafe { enter(error, body) }
}

/// An endpoint, and where it was found.
pub(super) struct Found {
    pub(super) endpoint: Endpoint,
    pub(super) place: String,
}

/// The server instance that the options name, and its endpoint as far as one can be found.
///
/// # Safety
/// The texts are readable.
pub(super) unsafe fn find(
    options: &nav_client_options,
) -> Result<(ServerInstance, Result<Found, Error>), Error> {
    // SAFETY: the caller's promise.
    let instance = unsafe { options.server_instance.required("server_instance") }?;
    let instance = ServerInstance::parse(instance)?;
    // SAFETY: the caller's promise.
    let json = unsafe { options.endpoint_json.read("endpoint_json") }?;
    // SAFETY: the caller's promise.
    let files = unsafe { files(options.endpoints_file) }?;
    let found = match json {
        Some(json) => Endpoint::from_json(json).map(|endpoint| Found {
            endpoint,
            place: "the caller".to_owned(),
        }),
        None => files.find(&instance).map(|found| Found {
            endpoint: found.endpoint,
            place: found.source.path().display().to_string(),
        }),
    };
    Ok((instance, found))
}

/// # Safety
/// The texts are readable, and the log is as the header asks.
pub(super) unsafe fn builder(
    options: &nav_client_options,
    instance: ServerInstance,
    endpoint: Endpoint,
) -> Result<ClientBuilder, Error> {
    let mut builder = Client::builder(instance, endpoint)
        .allow_unencrypted_authentication(options.allow_unencrypted_authentication != 0)
        .skip_certificate_check(options.skip_certificate_check != 0);
    if options.wait_milliseconds != 0 {
        builder = builder.wait(Duration::from_millis(options.wait_milliseconds.into()));
    }
    let mut retry = Retry {
        mode: retry_mode(options.retry_mode)?,
        ..Retry::default()
    };
    if options.has_max_retries != 0 {
        retry.max_retries = Some(options.max_retries);
    }
    if options.has_retry_delay != 0 {
        retry.delay = Duration::from_millis(options.retry_delay_milliseconds.into());
    }
    builder = builder.retry(retry);
    if options.network_timeout_milliseconds != 0 {
        let timeout = Duration::from_millis(options.network_timeout_milliseconds.into());
        builder = builder.network_timeout(timeout);
    }
    // SAFETY: the caller's promise.
    if let Some(token) = unsafe { options.access_token.read("access_token") }? {
        builder = builder.access_token(Secret::from(token));
    }
    // SAFETY: the caller's promise.
    if let Some(tenant) = unsafe { options.tenant.read("tenant") }? {
        builder = builder.tenant(TenantId::parse(tenant)?);
    }
    // SAFETY: the caller's promise.
    let user_name = unsafe { options.user_name.read("user_name") }?;
    // SAFETY: the caller's promise.
    let password = unsafe { options.password.read("password") }?;
    match (user_name, password) {
        (None, None) => {}
        (Some(user_name), password) => {
            let password = Secret::from(password.unwrap_or_default());
            builder = builder.credential(Credential::new(user_name, password));
        }
        (None, Some(_)) => {
            return Err(invalid(
                "password is given, and user_name is not.".to_owned(),
            ));
        }
    }
    // SAFETY: the caller's promise.
    if let Some(comment) = unsafe { options.comment.read("comment") }? {
        builder = builder.comment(comment);
    }
    if let Some(callback) = options.log {
        let log = Log {
            callback,
            context: options.log_context,
        };
        builder = builder.on_log(move |level, text| log.write(level, text));
    }
    Ok(builder)
}

fn retry_mode(mode: i32) -> Result<RetryMode, Error> {
    const FIXED: i32 = nav_retry_mode::NAV_RETRY_MODE_FIXED as i32;
    const DEFAULT: i32 = nav_retry_mode::NAV_RETRY_MODE_DEFAULT as i32;
    const EXPONENTIAL: i32 = nav_retry_mode::NAV_RETRY_MODE_EXPONENTIAL as i32;
    match mode {
        FIXED => Ok(RetryMode::Fixed),
        DEFAULT | EXPONENTIAL => Ok(RetryMode::Exponential),
        _ => Err(invalid(format!("retry_mode {mode} is no nav_retry_mode."))),
    }
}

/// Gives the name by which messages know the server instance: `MicrosoftDynamicsNavServer$NAME`, or
/// `NAME, environment ENVIRONMENT` for Business Central online. It is borrowed from the client until that is freed.
///
/// Errors: `NAV_STATUS_INVALID_ARGUMENT`.
///
/// # Safety
/// `client` is NULL or live; `name` is NULL or valid for one write; `error` is NULL or valid for one write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_client_name(
    client: *const nav_client,
    name: *mut nav_text,
    error: *mut *mut nav_error,
) -> nav_status {
    let body = || {
        // SAFETY: the caller's promise.
        let client = unsafe { borrow(client, "client") }?;
        let out = Out::new(name, "name")?;
        // SAFETY: the caller's promise.
        unsafe { out.set(nav_text::of(&client.name)) };
        Ok(nav_status::NAV_STATUS_OK)
    };
    // SAFETY: the caller's promise.
    unsafe { enter(error, body) }
}

/// Frees a client. Lists opened from it stay usable, and its connections are kept for half a minute for the next client of
/// the same server and sign-in. NULL does nothing.
///
/// # Safety
/// `client` is NULL, or live and not used by another thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_client_free(client: *mut nav_client) {
    // SAFETY: the caller's promise.
    unsafe { free(client) };
}

/// Which session is meant: its id, and what must still be true of the session that has it. Ids are used again, so a key
/// taken from a list should carry what the list said: the server compares before it ends anything.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct nav_session_key {
    /// `sizeof(nav_session_key)`.
    pub size: size_t,
    /// The session's id; can be negative.
    pub session_id: i32,
    /// The unique id it must have, a GUID with or without braces in any casing; absent, empty or all zero: not compared.
    pub session_unique_id: nav_text,
    /// When it must have begun, to the second, in units of 100 ns since 1970-01-01T00:00:00Z; `NAV_NO_DATETIME`: not
    /// compared.
    pub login_datetime: i64,
}

// SAFETY: `repr(C)`, begins with `size`, and zero is a value of integers and of pointers.
unsafe impl Growing for nav_session_key {
    const FIRST_SIZE: usize = size_of::<Self>();
}

/// # Safety
/// The key's text is readable.
pub(super) unsafe fn read_key(key: &nav_session_key) -> Result<SessionKey, Error> {
    // SAFETY: the caller's promise.
    let unique_id = unsafe { key.session_unique_id.read("session_unique_id") }?;
    let session_unique_id = match unique_id.map(str::trim).filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => match Uuid::try_parse(text) {
            Ok(id) => Some(id).filter(|id| !id.is_nil()),
            Err(_) => {
                return Err(invalid(format!(
                    "{:?} is not a session's unique id, which is a GUID.",
                    text.chars().take(80).collect::<String>()
                )));
            }
        },
    };
    let login_datetime = match key.login_datetime {
        NAV_NO_DATETIME => None,
        ticks => Some(
            UtcDateTime::from_unix_timestamp_nanos(i128::from(ticks) * 100).map_err(|_| {
                invalid(format!(
                    "login_datetime {ticks} is outside the years that there are."
                ))
            })?,
        ),
    };
    Ok(SessionKey {
        session_id: key.session_id,
        session_unique_id,
        login_datetime,
    })
}

/// Removes one session, and says exactly what became of it.
///
/// Returns `NAV_STATUS_OK` whenever there is an outcome, and stores it as a `nav_outcome`. For every outcome but
/// `NAV_OUTCOME_REMOVED`, `*error` describes it in words although the status is `NAV_STATUS_OK`: free it in any case.
///
/// A connection that breaks after the request went out settles nothing, so the list is asked: a session that is gone is
/// `NAV_OUTCOME_REMOVED`, one that is certainly still there is asked for again, and where the list cannot tell it is
/// `NAV_OUTCOME_UNKNOWN`. So is a removal that is cancelled after its request went out.
///
/// With `wait_milliseconds`, and always with the Admin Center API, it returns when the session is gone from the list, or
/// the time has run out.
///
/// Errors: `NAV_STATUS_INVALID_ARGUMENT`, the blocks 300 and 400, `NAV_STATUS_CANCELLED`. After an error nothing was
/// removed.
///
/// # Safety
/// `client` is NULL or live; `key` is NULL or as large as its `size` says, with a readable text; `cancel` is NULL or live;
/// `outcome` is NULL or valid for one write; `error` is NULL or valid for one write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_remove_session(
    client: *const nav_client,
    key: *const nav_session_key,
    cancel: *const nav_cancel,
    outcome: *mut i32,
    error: *mut *mut nav_error,
) -> nav_status {
    let mut description = None;
    let body = || {
        // Its log may free the caller's handle.
        // SAFETY: the caller's promise.
        let client = unsafe { borrow(client, "client") }?.client.clone();
        // SAFETY: the caller's promise.
        let key = unsafe { read_growing(key, "key") }?;
        // SAFETY: the caller's promise.
        let key = unsafe { read_key(&key) }?;
        // SAFETY: the caller's promise.
        let cancel = unsafe { given(cancel) }?;
        let out = Out::new(outcome, "outcome")?;
        let outcome = client.remove_session(&key, &cancel)?;
        description = outcome.to_error(&key, &client);
        // SAFETY: the caller's promise.
        unsafe { out.set(nav_outcome::from(&outcome) as i32) };
        Ok(nav_status::NAV_STATUS_OK)
    };
    // SAFETY: the caller's promise.
    let status = unsafe { enter(error, body) };
    if let Some(description) = description {
        // SAFETY: the caller's promise.
        unsafe { store_error(error, description.into()) };
    }
    status
}
