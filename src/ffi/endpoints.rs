//! Registered endpoints.

use libc::size_t;

use super::boundary::{Growing, Out, borrow_mut, enter, free, read_growing, write_growing};
use super::error::nav_error;
use super::status::{nav_credential_type, nav_scope, nav_service, nav_status};
use super::text::nav_text;
use crate::endpoint::{Endpoint, Endpoints, RegisteredEndpoint};
use crate::error::Error;
use crate::instance::ServerInstance;

/// A list of the registered endpoints. One thread at a time; ends with `nav_endpoints_free`.
#[derive(Debug)]
pub struct nav_endpoints {
    rest: std::vec::IntoIter<RegisteredEndpoint>,
    row: Option<RegisteredEndpoint>,
    path: String,
}

/// How one server instance is reached. As a result, texts are borrowed from the list until its next call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct nav_endpoint {
    /// `sizeof(nav_endpoint)`, set by the caller.
    pub size: size_t,
    /// Name of the server instance; as a result the short one.
    pub server_instance: nav_text,
    /// A `nav_service`.
    pub service: i32,
    /// Base address, such as `http://host:7047/DynamicsNAV`.
    pub uri: nav_text,
    /// Company whose web services are called, written as on the server.
    pub company: nav_text,
    /// A `nav_credential_type`.
    pub credential_type: i32,
    /// 1: the server is multitenant. Otherwise 0.
    pub multitenant: u8,
    /// Name the companion's codeunit is published by. As an argument, absent is `SessionControl`.
    pub session_control: nav_text,
    /// Name the companion's page is published by. As an argument, absent is `ActiveSessions`.
    pub active_sessions: nav_text,
    /// A `nav_scope`: whose file it stands in.
    pub scope: i32,
    /// The file it stands in. Not looked at as an argument.
    pub path: nav_text,
}

// SAFETY: `repr(C)`, begins with `size`, and zero is a value of integers and of pointers.
unsafe impl Growing for nav_endpoint {
    const FIRST_SIZE: usize = size_of::<Self>();
}

/// Reads the endpoints: the user's, then this computer's. Where both have one of a name, the first is the one that is used.
///
/// `endpoints_file` NULL or empty is the files that the environment says: the one that `NAV_SESSION_ENDPOINTS` names, or
/// those of the user and of the computer. Otherwise this file stands for both.
///
/// Errors: `NAV_STATUS_ENDPOINTS_FILE_INVALID`, `NAV_STATUS_ENDPOINTS_FILE_UNAVAILABLE`.
///
/// # Safety
/// `endpoints_file` is NULL or readable for `endpoints_file_length` bytes; `endpoints` is NULL or valid for one write;
/// `error` is NULL or valid for one write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_list_endpoints(
    endpoints_file: *const u8,
    endpoints_file_length: size_t,
    endpoints: *mut *mut nav_endpoints,
    error: *mut *mut nav_error,
) -> nav_status {
    let body = || {
        let file = nav_text {
            data: endpoints_file,
            length: endpoints_file_length,
        };
        let out = Out::new(endpoints, "endpoints")?;
        // SAFETY: the caller's promise.
        let all = unsafe { files(file) }?.list()?;
        let list = nav_endpoints {
            rest: all.into_iter(),
            row: None,
            path: String::new(),
        };
        // SAFETY: the caller's promise.
        unsafe { out.give(list) };
        Ok(nav_status::NAV_STATUS_OK)
    };
    // SAFETY: the caller's promise.
    unsafe { enter(error, body) }
}

/// Gives the next endpoint, or `NAV_STATUS_END` when there is none left.
///
/// Errors: `NAV_STATUS_INVALID_ARGUMENT`.
///
/// # Safety
/// `endpoints` is NULL, or live and used by this thread alone; `endpoint` is NULL or as large as its `size` says; `error`
/// is NULL or valid for one write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_endpoints_next(
    endpoints: *mut nav_endpoints,
    endpoint: *mut nav_endpoint,
    error: *mut *mut nav_error,
) -> nav_status {
    let body = || {
        // SAFETY: the caller's promise.
        let list = unsafe { borrow_mut(endpoints, "endpoints") }?;
        list.row = list.rest.next();
        let Some(row) = &list.row else {
            return Ok(nav_status::NAV_STATUS_END);
        };
        list.path = row.file.path().to_string_lossy().into_owned();
        let filled = nav_endpoint {
            size: 0,
            server_instance: nav_text::of(row.instance.short_name()),
            service: nav_service::from(row.endpoint.service) as i32,
            uri: nav_text::of(&row.endpoint.uri),
            company: nav_text::of_option(row.endpoint.company.as_deref()),
            credential_type: nav_credential_type::from(row.endpoint.credential_type) as i32,
            multitenant: row.endpoint.multitenant.into(),
            session_control: nav_text::of(row.endpoint.session_control()),
            active_sessions: nav_text::of(row.endpoint.active_sessions()),
            scope: nav_scope::from(row.file.scope()) as i32,
            path: nav_text::of(&list.path),
        };
        // SAFETY: the caller's promise.
        unsafe { write_growing(endpoint, &filled, "endpoint") }?;
        Ok(nav_status::NAV_STATUS_OK)
    };
    // SAFETY: the caller's promise.
    unsafe { enter(error, body) }
}

/// Frees a list, read to its end or not. NULL does nothing.
///
/// # Safety
/// `endpoints` is NULL, or live and not used by another thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_endpoints_free(endpoints: *mut nav_endpoints) {
    // SAFETY: the caller's promise.
    unsafe { free(endpoints) };
}

/// Writes an endpoint into the file of its scope. `replace` 1 replaces the one of that name, 0 leaves it and fails with
/// `NAV_STATUS_ENDPOINT_EXISTS`. Other entries of the file stay as they are, also when the call fails. `endpoints_file` is
/// as for `nav_list_endpoints`; the one file has the scope `NAV_SCOPE_USER`.
///
/// Errors: `NAV_STATUS_INVALID_*`, `NAV_STATUS_ENDPOINT_EXISTS`, `NAV_STATUS_ENDPOINTS_FILE_INVALID`,
/// `NAV_STATUS_ENDPOINTS_FILE_UNAVAILABLE`.
///
/// # Safety
/// `endpoints_file` is NULL or readable for `endpoints_file_length` bytes; `endpoint` is NULL or as large as its `size`
/// says, with readable texts; `error` is NULL or valid for one write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_register_endpoint(
    endpoints_file: *const u8,
    endpoints_file_length: size_t,
    endpoint: *const nav_endpoint,
    replace: u8,
    error: *mut *mut nav_error,
) -> nav_status {
    let body = || {
        // SAFETY: the caller's promise.
        let given = unsafe { read_growing(endpoint, "endpoint") }?;
        // SAFETY: the caller's promise.
        let instance = unsafe { given.server_instance.required("server_instance") }?;
        let instance = ServerInstance::parse(instance)?;
        // SAFETY: the caller's promise.
        let uri = unsafe { given.uri.required("uri") }?;
        // SAFETY: the caller's promise.
        let company = unsafe { given.company.read("company") }?;
        // SAFETY: the caller's promise.
        let session_control = unsafe { given.session_control.read("session_control") }?;
        // SAFETY: the caller's promise.
        let active_sessions = unsafe { given.active_sessions.read("active_sessions") }?;
        let endpoint = Endpoint {
            company: company.map(str::to_owned),
            multitenant: given.multitenant != 0,
            session_control_service: session_control.map(str::to_owned),
            active_sessions_service: active_sessions.map(str::to_owned),
            ..Endpoint::new(
                nav_service::read(given.service)?,
                uri,
                String::new(),
                nav_credential_type::read(given.credential_type)?,
            )
        };
        let file = nav_text {
            data: endpoints_file,
            length: endpoints_file_length,
        };
        // SAFETY: the caller's promise.
        let endpoints = unsafe { files(file) }?;
        endpoints.file(nav_scope::read(given.scope)?)?.register(
            &instance,
            endpoint,
            replace != 0,
        )?;
        Ok(nav_status::NAV_STATUS_OK)
    };
    // SAFETY: the caller's promise.
    unsafe { enter(error, body) }
}

/// Takes an endpoint out of the file of `scope`, a `nav_scope`. Other entries stay as they are. `endpoints_file` is as for
/// `nav_register_endpoint`.
///
/// Errors: `NAV_STATUS_INVALID_*`, `NAV_STATUS_ENDPOINT_NOT_FOUND`, `NAV_STATUS_ENDPOINTS_FILE_INVALID`,
/// `NAV_STATUS_ENDPOINTS_FILE_UNAVAILABLE`.
///
/// # Safety
/// `endpoints_file` is NULL or readable for `endpoints_file_length` bytes, and `name` for `name_length`; `error` is NULL or
/// valid for one write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_unregister_endpoint(
    endpoints_file: *const u8,
    endpoints_file_length: size_t,
    name: *const u8,
    name_length: size_t,
    scope: i32,
    error: *mut *mut nav_error,
) -> nav_status {
    let body = || {
        let name = nav_text {
            data: name,
            length: name_length,
        };
        // SAFETY: the caller's promise.
        let instance = ServerInstance::parse(unsafe { name.required("name") }?)?;
        let file = nav_text {
            data: endpoints_file,
            length: endpoints_file_length,
        };
        // SAFETY: the caller's promise.
        let endpoints = unsafe { files(file) }?;
        endpoints
            .file(nav_scope::read(scope)?)?
            .unregister(&instance)?;
        Ok(nav_status::NAV_STATUS_OK)
    };
    // SAFETY: the caller's promise.
    unsafe { enter(error, body) }
}

/// The endpoints files that a caller means.
///
/// # Safety
/// The text is readable.
pub(super) unsafe fn files(endpoints_file: nav_text) -> Result<Endpoints, Error> {
    // SAFETY: the caller's promise.
    let path = unsafe { endpoints_file.read("endpoints_file") }?;
    Ok(match path.filter(|path| !path.is_empty()) {
        Some(path) => Endpoints::at(Some(path.into()), None),
        None => Endpoints::discover(),
    })
}
