//! Registered endpoints.

use std::mem::offset_of;
use std::path::{Path, PathBuf};

use libc::size_t;

use super::boundary::{Growing, GrowingOut, Handle, Out, enter, free, read_growing, take};
use super::error::nav_error;
use super::status::{nav_credential_type, nav_scope, nav_service, nav_status};
use super::text::nav_text;
use crate::endpoint::{
    BUSINESS_CENTRAL_ONLINE, CustomSettings, Endpoint, EndpointChoices, EndpointSource, Endpoints,
    RegisteredEndpoint, Service,
};
use crate::error::Error;
use crate::instance::ServerInstance;

/// A list of endpoints. One thread at a time; ends with `nav_endpoints_free`.
#[derive(Debug)]
pub struct nav_endpoints {
    rest: std::vec::IntoIter<RegisteredEndpoint>,
    row: Option<RegisteredEndpoint>,
    path: String,
}

impl Handle for nav_endpoints {
    const NAME: &'static str = "nav_endpoints";
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
    /// Base address, such as `http://host:7047/DynamicsNAV`. As an argument for the Admin Center API, absent is
    /// `https://api.businesscentral.dynamics.com`.
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
    /// The endpoints file or settings file it stands in. Not looked at as an argument.
    pub path: nav_text,
    /// Environment of Business Central online. For the Admin Center API, as are the next and `api_version`.
    pub environment: nav_text,
    /// Application family. As an argument, absent is `BusinessCentral`.
    pub application_family: nav_text,
    /// Version segment of the API, such as `v2.29`. As an argument, absent is the newest known.
    pub api_version: nav_text,
    /// Microsoft Entra tenant, by its id or a domain of it. For OAuth, as are the next three.
    pub entra_tenant: nav_text,
    /// Id of the app registration that signs in.
    pub client_id: nav_text,
    /// Address that tokens are asked for at. As an argument, absent is `https://login.microsoftonline.com`.
    pub authority: nav_text,
    /// Scope that a token is asked for. As an argument, absent is that of Business Central online.
    pub token_scope: nav_text,
    /// Absolute path of a PEM file of certificates that are trusted for this endpoint; absent: what the platform trusts.
    pub ca_file: nav_text,
    /// 1: the server offers NTLM alone. Otherwise 0.
    pub ntlm: u8,
}

// SAFETY: `repr(C)`, begins with `size`, and zero is a value of integers and of pointers.
unsafe impl Growing for nav_endpoint {
    const FIRST_SIZE: usize = offset_of!(Self, environment);
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

/// Reads the endpoints of the server instances that are installed on this computer, registered or not: those whose
/// settings say how they are reached. Their `path` is the settings file, their `scope` 0. On another system than Windows
/// there are none.
///
/// Errors: `NAV_STATUS_CUSTOM_SETTINGS_UNAVAILABLE` where Windows does not list its services.
///
/// # Safety
/// `endpoints` is NULL or valid for one write; `error` is NULL or valid for one write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_list_installed_endpoints(
    endpoints: *mut *mut nav_endpoints,
    error: *mut *mut nav_error,
) -> nav_status {
    let body = || {
        let out = Out::new(endpoints, "endpoints")?;
        let found: Vec<_> = Endpoints::discover()
            .list_installed()?
            .into_iter()
            .filter_map(|installed| installed.into_endpoint().ok())
            .collect();
        let list = nav_endpoints {
            rest: found.into_iter(),
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
        let mut list = unsafe { take(endpoints, "endpoints") }?;
        let list = &mut *list;
        // A struct that cannot be filled must not cost an endpoint.
        // SAFETY: the caller's promise.
        let out = unsafe { GrowingOut::new(endpoint, "endpoint") }?;
        list.row = list.rest.next();
        let Some(row) = &list.row else {
            return Ok(nav_status::NAV_STATUS_END);
        };
        list.path = row.source.path().to_string_lossy().into_owned();
        let text = |text: &Option<String>| nav_text::of_option(text.as_deref());
        let either = |applies: bool, text| nav_text::of_option(applies.then_some(text));
        let online = row.endpoint.service == Service::AdminCenter;
        let filled = nav_endpoint {
            size: 0,
            server_instance: nav_text::of(row.instance.short_name()),
            service: nav_service::from(row.endpoint.service) as i32,
            uri: nav_text::of(&row.endpoint.uri),
            company: nav_text::of_option(row.endpoint.company.as_deref()),
            credential_type: nav_credential_type::from(row.endpoint.credential_type) as i32,
            multitenant: row.endpoint.multitenant.into(),
            session_control: either(!online, row.endpoint.session_control()),
            active_sessions: either(!online, row.endpoint.active_sessions()),
            scope: row
                .source
                .file()
                .map_or(0, |file| nav_scope::from(file.scope()) as i32),
            path: nav_text::of(&list.path),
            environment: text(&row.endpoint.environment),
            application_family: either(online, row.endpoint.application_family()),
            api_version: either(online, row.endpoint.api_version()),
            entra_tenant: text(&row.endpoint.entra_tenant),
            client_id: text(&row.endpoint.client_id),
            authority: text(&row.endpoint.authority),
            token_scope: text(&row.endpoint.token_scope),
            ca_file: text(&row.endpoint.ca_file),
            ntlm: row.endpoint.ntlm.into(),
        };
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
/// `endpoints` is NULL, or live and not used by another thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_endpoints_free(endpoints: *mut nav_endpoints) {
    // SAFETY: the caller's promise.
    unsafe { free(endpoints) };
}

/// Says whether an endpoint has all that its interface needs, as `nav_register_endpoint` would. Nothing is read or written.
///
/// Errors: `NAV_STATUS_INVALID_*`.
///
/// # Safety
/// `endpoint` is NULL or as large as its `size` says, with readable texts; `error` is NULL or valid for one write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_validate_endpoint(
    endpoint: *const nav_endpoint,
    error: *mut *mut nav_error,
) -> nav_status {
    let body = || {
        // SAFETY: the caller's promise.
        let given = unsafe { read_growing(endpoint, "endpoint") }?;
        // SAFETY: the caller's promise.
        ServerInstance::parse(unsafe { given.server_instance.required("server_instance") }?)?;
        // SAFETY: the caller's promise.
        unsafe { read_endpoint(&given) }?.validate()?;
        Ok(nav_status::NAV_STATUS_OK)
    };
    // SAFETY: the caller's promise.
    unsafe { enter(error, body) }
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
        let endpoint = unsafe { read_endpoint(&given) }?;
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

/// What a caller knows better than a settings file. Zeroed but for its size, it knows nothing.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct nav_settings_choices {
    /// `sizeof(nav_settings_choices)`.
    pub size: size_t,
    /// Name to know the server instance by; absent: the setting `ServerInstance`.
    pub server_instance: nav_text,
    /// `NAV_SERVICE_SOAP` or `NAV_SERVICE_ODATA`; 0: the one that is switched on, SOAP first.
    pub service: i32,
    /// Name or IP address of the computer the server instance runs on; absent: the public address in the settings, and on
    /// Windows without one this computer.
    pub host: nav_text,
    /// Company whose web services are called; absent: the setting `ServicesDefaultCompany`.
    pub company: nav_text,
}

// SAFETY: `repr(C)`, begins with `size`, and zero is a value of integers and of pointers.
unsafe impl Growing for nav_settings_choices {
    const FIRST_SIZE: usize = size_of::<Self>();
}

/// Reads the endpoint out of a server instance's `CustomSettings.config`, as a list of one. It is not registered; its
/// `path` is the settings file, its `scope` 0. `choices` may be NULL.
///
/// Errors: `NAV_STATUS_INVALID_*`, `NAV_STATUS_CUSTOM_SETTINGS_INVALID`, `NAV_STATUS_CUSTOM_SETTINGS_UNAVAILABLE`, and
/// `NAV_STATUS_SERVICE_DISABLED` where the settings switch the service off.
///
/// # Safety
/// `settings_file` is NULL or readable for `settings_file_length` bytes; `choices` is NULL or as large as its `size` says,
/// with readable texts; `endpoints` is NULL or valid for one write; `error` is NULL or valid for one write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_read_custom_settings(
    settings_file: *const u8,
    settings_file_length: size_t,
    choices: *const nav_settings_choices,
    endpoints: *mut *mut nav_endpoints,
    error: *mut *mut nav_error,
) -> nav_status {
    let body = || {
        let file = nav_text {
            data: settings_file,
            length: settings_file_length,
        };
        let out = Out::new(endpoints, "endpoints")?;
        // SAFETY: the caller's promise.
        let path = PathBuf::from(unsafe { file.required("settings_file") }?);
        // SAFETY: the caller's promise.
        let (instance, endpoint) = unsafe { from_settings(&path, choices) }?;
        let row = RegisteredEndpoint {
            instance,
            endpoint,
            source: EndpointSource::Installed { settings: path },
        };
        let list = nav_endpoints {
            rest: vec![row].into_iter(),
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

/// # Safety
/// `choices` is NULL or as large as its `size` says, with readable texts.
unsafe fn from_settings(
    path: &Path,
    choices: *const nav_settings_choices,
) -> Result<(ServerInstance, Endpoint), Error> {
    let settings = CustomSettings::read(path)?;
    if choices.is_null() {
        return settings.endpoint(&EndpointChoices::default());
    }
    // SAFETY: the caller's promise.
    let given = unsafe { read_growing(choices, "choices") }?;
    // SAFETY: the caller's promise.
    let instance = unsafe { given.server_instance.read("server_instance") }?
        .map(ServerInstance::parse)
        .transpose()?;
    let service = match given.service {
        0 => None,
        number => Some(nav_service::read(number)?),
    };
    settings.endpoint(&EndpointChoices {
        instance: instance.as_ref(),
        service,
        // SAFETY: the caller's promise.
        host: unsafe { given.host.read("host") }?,
        // SAFETY: the caller's promise.
        company: unsafe { given.company.read("company") }?,
    })
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
        Some(path) => Endpoints::discover_beside(path.into()),
        None => Endpoints::discover(),
    })
}

/// The endpoint that a caller describes. A text that is absent or blank is not given.
///
/// # Safety
/// The texts are readable.
unsafe fn read_endpoint(given: &nav_endpoint) -> Result<Endpoint, Error> {
    let text = |text: nav_text, name: &str| -> Result<Option<String>, Error> {
        // SAFETY: the caller's promise.
        let text = unsafe { text.read(name) }?;
        Ok(text.filter(|text| !text.is_empty()).map(str::to_owned))
    };
    let service = nav_service::read(given.service)?;
    let uri = match text(given.uri, "uri")? {
        None if service == Service::AdminCenter => BUSINESS_CENTRAL_ONLINE.to_owned(),
        // SAFETY: the caller's promise.
        _ => unsafe { given.uri.required("uri") }?.to_owned(),
    };
    Ok(Endpoint {
        company: text(given.company, "company")?,
        multitenant: given.multitenant != 0,
        session_control_service: text(given.session_control, "session_control")?,
        active_sessions_service: text(given.active_sessions, "active_sessions")?,
        environment: text(given.environment, "environment")?,
        application_family: text(given.application_family, "application_family")?,
        api_version: text(given.api_version, "api_version")?,
        entra_tenant: text(given.entra_tenant, "entra_tenant")?,
        client_id: text(given.client_id, "client_id")?,
        authority: text(given.authority, "authority")?,
        token_scope: text(given.token_scope, "token_scope")?,
        ca_file: text(given.ca_file, "ca_file")?,
        ntlm: given.ntlm != 0,
        ..Endpoint::new(
            service,
            uri,
            String::new(),
            nav_credential_type::read(given.credential_type)?,
        )
    })
}
