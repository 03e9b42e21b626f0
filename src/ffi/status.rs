//! The numbers of the ABI. None is ever given to another meaning.

use crate::client::{Outcome, Step, Verdict};
use crate::endpoint::{CredentialType, Scope, Service};
use crate::error::{Error, ErrorKind};

/// What a function returns: 0 when it did what it is for. Numbers are never changed; new ones may come, in the blocks
/// 100 (the caller's arguments), 200 (endpoints and sign-in on this side), 300 (the way to the server), 400 (the server's
/// answer), 500 (this library) and 600 (what an outcome other than Removed is called when it is described as an error).
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum nav_status {
    /// Done.
    NAV_STATUS_OK = 0,
    /// No more rows. Not an error: nothing is stored in `*error`.
    NAV_STATUS_END = 1,

    /// An argument is NULL, not UTF-8, or out of its range.
    NAV_STATUS_INVALID_ARGUMENT = 100,
    /// A text is not the name of a server instance.
    NAV_STATUS_INVALID_SERVER_INSTANCE = 101,
    /// A text is not a tenant's id.
    NAV_STATUS_INVALID_TENANT = 102,
    /// An endpoint lacks something or contradicts itself.
    NAV_STATUS_INVALID_ENDPOINT = 103,
    /// A text is not a pattern with wildcards.
    NAV_STATUS_INVALID_PATTERN = 104,

    /// No endpoint is known for the server instance.
    NAV_STATUS_ENDPOINT_NOT_FOUND = 200,
    /// An endpoint of that name is registered already.
    NAV_STATUS_ENDPOINT_EXISTS = 201,
    /// An endpoints file is not what an endpoints file has to be.
    NAV_STATUS_ENDPOINTS_FILE_INVALID = 202,
    /// An endpoints file could not be read or written.
    NAV_STATUS_ENDPOINTS_FILE_UNAVAILABLE = 203,
    /// A server instance's settings file is not one, or a setting in it has a value it cannot have.
    NAV_STATUS_CUSTOM_SETTINGS_INVALID = 204,
    /// A server instance's settings file could not be read, or there is none.
    NAV_STATUS_CUSTOM_SETTINGS_UNAVAILABLE = 205,
    /// Others than the user and root can change an endpoints file. Not looked at on Windows.
    NAV_STATUS_ENDPOINTS_FILE_NOT_PROTECTED = 206,
    /// The endpoint asks for a sign-in and no credential was given.
    NAV_STATUS_CREDENTIAL_REQUIRED = 210,
    /// A credential was given and the endpoint takes none.
    NAV_STATUS_CREDENTIAL_NOT_ACCEPTED = 211,
    /// The password would go over the network unencrypted.
    NAV_STATUS_UNENCRYPTED_AUTHENTICATION = 212,
    /// This version, or the interface, cannot do what is asked for.
    NAV_STATUS_NOT_SUPPORTED = 213,
    /// The HTTP library of this computer cannot sign in as the endpoint asks.
    NAV_STATUS_SIGN_IN_NOT_AVAILABLE = 214,

    /// The host's name is unknown.
    NAV_STATUS_HOST_NOT_FOUND = 300,
    /// Nothing listens at the address, or no route leads to it.
    NAV_STATUS_CONNECTION_REFUSED = 301,
    /// The host did not take the connection in time.
    NAV_STATUS_CONNECT_TIMEOUT = 302,
    /// The encrypted connection could not be made.
    NAV_STATUS_TLS_FAILED = 303,
    /// The connection ended before the answer did.
    NAV_STATUS_CONNECTION_BROKEN = 304,
    /// The server took the request and did not answer in time.
    NAV_STATUS_ANSWER_TIMEOUT = 305,
    /// The answer is larger than any real one.
    NAV_STATUS_ANSWER_TOO_LARGE = 306,
    /// The transfer failed for another reason.
    NAV_STATUS_TRANSFER_FAILED = 307,
    /// The server's certificate is not trusted, not valid now, or for another name.
    NAV_STATUS_CERTIFICATE_NOT_TRUSTED = 308,
    /// The endpoint's file of trusted certificates cannot be used.
    NAV_STATUS_CERTIFICATE_FILE_UNUSABLE = 309,

    /// The server did not accept the sign-in.
    NAV_STATUS_UNAUTHORIZED = 400,
    /// The user may not do this.
    NAV_STATUS_PERMISSION_DENIED = 401,
    /// The server is multitenant and no tenant was named.
    NAV_STATUS_TENANT_REQUIRED = 402,
    /// The server knows no such tenant.
    NAV_STATUS_TENANT_NOT_FOUND = 403,
    /// The tenant is there and cannot be used now.
    NAV_STATUS_TENANT_UNAVAILABLE = 404,
    /// There is no such company.
    NAV_STATUS_COMPANY_NOT_FOUND = 405,
    /// The companion's web service is not published.
    NAV_STATUS_COMPANION_NOT_FOUND = 406,
    /// The web-service interface is switched off.
    NAV_STATUS_SERVICE_DISABLED = 407,
    /// The server is starting or stopping.
    NAV_STATUS_SERVER_NOT_READY = 408,
    /// The server limits how many calls it takes.
    NAV_STATUS_TOO_MANY_REQUESTS = 409,
    /// The server stopped the session that carried the call.
    NAV_STATUS_CALL_STOPPED = 410,
    /// The server said no, in its own words.
    NAV_STATUS_SERVER_FAULT = 411,
    /// What came back is not the answer of such a server.
    NAV_STATUS_UNEXPECTED_ANSWER = 412,
    /// The server points elsewhere.
    NAV_STATUS_REDIRECTED = 413,
    /// The token endpoint gave no token.
    NAV_STATUS_TOKEN_REFUSED = 414,
    /// There is no such environment of Business Central online.
    NAV_STATUS_ENVIRONMENT_NOT_FOUND = 415,

    /// The caller cancelled the call.
    NAV_STATUS_CANCELLED = 500,
    /// A defect of this library.
    NAV_STATUS_INTERNAL = 501,
    /// A defect of this library: it panicked. The handles of the call should be freed and not used again.
    NAV_STATUS_PANIC = 502,
    /// The HTTP library of this machine cannot be used.
    NAV_STATUS_HTTP_UNAVAILABLE = 503,

    /// Describes `NAV_OUTCOME_NOT_FOUND`.
    NAV_STATUS_SESSION_NOT_FOUND = 602,
    /// Describes `NAV_OUTCOME_CHANGED`.
    NAV_STATUS_SESSION_CHANGED = 603,
    /// Describes `NAV_OUTCOME_OWN_SESSION`.
    NAV_STATUS_OWN_SESSION = 604,
    /// Describes `NAV_OUTCOME_OTHER_INSTANCE`.
    NAV_STATUS_OTHER_SERVER_INSTANCE = 605,
    /// Describes `NAV_OUTCOME_REFUSED`.
    NAV_STATUS_REMOVAL_REFUSED = 606,
    /// Describes `NAV_OUTCOME_STILL_PRESENT`.
    NAV_STATUS_SESSION_STILL_PRESENT = 607,
    /// Describes `NAV_OUTCOME_UNKNOWN`.
    NAV_STATUS_REMOVAL_UNKNOWN = 608,
}

impl From<ErrorKind> for nav_status {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::InvalidArgument => Self::NAV_STATUS_INVALID_ARGUMENT,
            ErrorKind::InvalidServerInstance => Self::NAV_STATUS_INVALID_SERVER_INSTANCE,
            ErrorKind::InvalidTenant => Self::NAV_STATUS_INVALID_TENANT,
            ErrorKind::InvalidEndpoint => Self::NAV_STATUS_INVALID_ENDPOINT,
            ErrorKind::InvalidPattern => Self::NAV_STATUS_INVALID_PATTERN,
            ErrorKind::EndpointNotFound => Self::NAV_STATUS_ENDPOINT_NOT_FOUND,
            ErrorKind::EndpointExists => Self::NAV_STATUS_ENDPOINT_EXISTS,
            ErrorKind::EndpointsFileInvalid => Self::NAV_STATUS_ENDPOINTS_FILE_INVALID,
            ErrorKind::EndpointsFileUnavailable => Self::NAV_STATUS_ENDPOINTS_FILE_UNAVAILABLE,
            ErrorKind::EndpointsFileNotProtected => Self::NAV_STATUS_ENDPOINTS_FILE_NOT_PROTECTED,
            ErrorKind::CredentialRequired => Self::NAV_STATUS_CREDENTIAL_REQUIRED,
            ErrorKind::CredentialNotAccepted => Self::NAV_STATUS_CREDENTIAL_NOT_ACCEPTED,
            ErrorKind::UnencryptedAuthentication => Self::NAV_STATUS_UNENCRYPTED_AUTHENTICATION,
            ErrorKind::NotSupported => Self::NAV_STATUS_NOT_SUPPORTED,
            ErrorKind::SignInNotAvailable => Self::NAV_STATUS_SIGN_IN_NOT_AVAILABLE,
            ErrorKind::HostNotFound => Self::NAV_STATUS_HOST_NOT_FOUND,
            ErrorKind::ConnectionRefused => Self::NAV_STATUS_CONNECTION_REFUSED,
            ErrorKind::ConnectTimeout => Self::NAV_STATUS_CONNECT_TIMEOUT,
            ErrorKind::TlsFailed => Self::NAV_STATUS_TLS_FAILED,
            ErrorKind::CertificateNotTrusted => Self::NAV_STATUS_CERTIFICATE_NOT_TRUSTED,
            ErrorKind::CertificateFileUnusable => Self::NAV_STATUS_CERTIFICATE_FILE_UNUSABLE,
            ErrorKind::ConnectionBroken => Self::NAV_STATUS_CONNECTION_BROKEN,
            ErrorKind::AnswerTimeout => Self::NAV_STATUS_ANSWER_TIMEOUT,
            ErrorKind::AnswerTooLarge => Self::NAV_STATUS_ANSWER_TOO_LARGE,
            ErrorKind::TransferFailed => Self::NAV_STATUS_TRANSFER_FAILED,
            ErrorKind::Unauthorized => Self::NAV_STATUS_UNAUTHORIZED,
            ErrorKind::TokenRefused => Self::NAV_STATUS_TOKEN_REFUSED,
            ErrorKind::PermissionDenied => Self::NAV_STATUS_PERMISSION_DENIED,
            ErrorKind::TenantRequired => Self::NAV_STATUS_TENANT_REQUIRED,
            ErrorKind::TenantNotFound => Self::NAV_STATUS_TENANT_NOT_FOUND,
            ErrorKind::TenantUnavailable => Self::NAV_STATUS_TENANT_UNAVAILABLE,
            ErrorKind::EnvironmentNotFound => Self::NAV_STATUS_ENVIRONMENT_NOT_FOUND,
            ErrorKind::CompanyNotFound => Self::NAV_STATUS_COMPANY_NOT_FOUND,
            ErrorKind::CompanionNotFound => Self::NAV_STATUS_COMPANION_NOT_FOUND,
            ErrorKind::ServiceDisabled => Self::NAV_STATUS_SERVICE_DISABLED,
            ErrorKind::ServerNotReady => Self::NAV_STATUS_SERVER_NOT_READY,
            ErrorKind::TooManyRequests => Self::NAV_STATUS_TOO_MANY_REQUESTS,
            ErrorKind::CallStopped => Self::NAV_STATUS_CALL_STOPPED,
            ErrorKind::ServerFault => Self::NAV_STATUS_SERVER_FAULT,
            ErrorKind::UnexpectedAnswer => Self::NAV_STATUS_UNEXPECTED_ANSWER,
            ErrorKind::Redirected => Self::NAV_STATUS_REDIRECTED,
            ErrorKind::Cancelled => Self::NAV_STATUS_CANCELLED,
            ErrorKind::HttpUnavailable => Self::NAV_STATUS_HTTP_UNAVAILABLE,
            ErrorKind::Internal => Self::NAV_STATUS_INTERNAL,
            ErrorKind::SessionNotFound => Self::NAV_STATUS_SESSION_NOT_FOUND,
            ErrorKind::SessionChanged => Self::NAV_STATUS_SESSION_CHANGED,
            ErrorKind::OwnSession => Self::NAV_STATUS_OWN_SESSION,
            ErrorKind::OtherServerInstance => Self::NAV_STATUS_OTHER_SERVER_INSTANCE,
            ErrorKind::RemovalRefused => Self::NAV_STATUS_REMOVAL_REFUSED,
            ErrorKind::SessionStillPresent => Self::NAV_STATUS_SESSION_STILL_PRESENT,
            ErrorKind::RemovalUnknown => Self::NAV_STATUS_REMOVAL_UNKNOWN,
            ErrorKind::CustomSettingsInvalid => Self::NAV_STATUS_CUSTOM_SETTINGS_INVALID,
            ErrorKind::CustomSettingsUnavailable => Self::NAV_STATUS_CUSTOM_SETTINGS_UNAVAILABLE,
        }
    }
}

/// What became of a removal. Every removal asked for ends in one of these, or in an error of the call.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum nav_outcome {
    /// The server stopped the session.
    NAV_OUTCOME_REMOVED = 1,
    /// There is no such session now.
    NAV_OUTCOME_NOT_FOUND = 2,
    /// The id belongs to another session than the key says. Nothing was removed.
    NAV_OUTCOME_CHANGED = 3,
    /// It is the session that carries the call, which cannot stop itself.
    NAV_OUTCOME_OWN_SESSION = 4,
    /// The session lives on another server instance of the same database. Nothing was removed.
    NAV_OUTCOME_OTHER_INSTANCE = 5,
    /// The server's `StopSession` said no.
    NAV_OUTCOME_REFUSED = 6,
    /// The server accepted, and the session was still listed when the wait ended.
    NAV_OUTCOME_STILL_PRESENT = 7,
    /// The request went out, no answer came back, and the list could not tell what happened.
    NAV_OUTCOME_UNKNOWN = 8,
}

impl From<&Outcome> for nav_outcome {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Removed => Self::NAV_OUTCOME_REMOVED,
            Outcome::NotFound => Self::NAV_OUTCOME_NOT_FOUND,
            Outcome::Changed => Self::NAV_OUTCOME_CHANGED,
            Outcome::OwnSession => Self::NAV_OUTCOME_OWN_SESSION,
            Outcome::OtherInstance { .. } => Self::NAV_OUTCOME_OTHER_INSTANCE,
            Outcome::Refused => Self::NAV_OUTCOME_REFUSED,
            Outcome::StillPresent => Self::NAV_OUTCOME_STILL_PRESENT,
            Outcome::Unknown { .. } => Self::NAV_OUTCOME_UNKNOWN,
        }
    }
}

/// How the pauses between retries grow.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum nav_retry_mode {
    /// As `NAV_RETRY_MODE_EXPONENTIAL`.
    NAV_RETRY_MODE_DEFAULT = 0,
    /// Each is as long as the first.
    NAV_RETRY_MODE_FIXED = 1,
    /// Each is twice as long as the one before, give or take a fifth.
    NAV_RETRY_MODE_EXPONENTIAL = 2,
}

/// The interface a server instance is reached by.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum nav_service {
    /// SOAP web services: NAV 2013 and later.
    NAV_SERVICE_SOAP = 1,
    /// OData V4 web services: Business Central.
    NAV_SERVICE_ODATA = 2,
    /// The Admin Center API of Business Central online.
    NAV_SERVICE_ADMIN_CENTER = 3,
}

/// How a server instance asks its callers to sign in.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum nav_credential_type {
    /// Negotiate: Kerberos or NTLM.
    NAV_CREDENTIAL_TYPE_WINDOWS = 1,
    /// User name and password or web-service access key.
    NAV_CREDENTIAL_TYPE_NAV_USER_PASSWORD = 2,
    /// OAuth 2 bearer token of Microsoft Entra.
    NAV_CREDENTIAL_TYPE_OAUTH = 3,
    /// No sign-in.
    NAV_CREDENTIAL_TYPE_NONE = 4,
}

/// Whose endpoints a file holds.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum nav_scope {
    /// The user's own, looked up first.
    NAV_SCOPE_USER = 1,
    /// Those of everybody on this computer.
    NAV_SCOPE_MACHINE = 2,
}

/// A step of checking an endpoint, in the order they are taken.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum nav_step {
    /// An endpoint is known for the server instance, and it is complete.
    NAV_STEP_ENDPOINT = 1,
    /// The host's name has an address.
    NAV_STEP_ADDRESS = 2,
    /// The port takes connections.
    NAV_STEP_PORT = 3,
    /// The encrypted connection comes about, and the certificate is accepted.
    NAV_STEP_TLS = 4,
    /// Something answers that can be such a server, and is ready.
    NAV_STEP_SERVICE = 5,
    /// The sign-in is accepted.
    NAV_STEP_SIGN_IN = 6,
    /// The tenant is known. For SOAP and OData.
    NAV_STEP_TENANT = 7,
    /// The company is there. For SOAP and OData.
    NAV_STEP_COMPANY = 8,
    /// The environment is there. For the Admin Center API.
    NAV_STEP_ENVIRONMENT = 9,
    /// The companion's page answers. For SOAP and OData.
    NAV_STEP_PAGE = 10,
    /// The companion's codeunit answers. For SOAP and OData.
    NAV_STEP_CODEUNIT = 11,
}

impl From<Step> for nav_step {
    fn from(step: Step) -> Self {
        match step {
            Step::Endpoint => Self::NAV_STEP_ENDPOINT,
            Step::Address => Self::NAV_STEP_ADDRESS,
            Step::Port => Self::NAV_STEP_PORT,
            Step::Tls => Self::NAV_STEP_TLS,
            Step::Service => Self::NAV_STEP_SERVICE,
            Step::SignIn => Self::NAV_STEP_SIGN_IN,
            Step::Tenant => Self::NAV_STEP_TENANT,
            Step::Company => Self::NAV_STEP_COMPANY,
            Step::Environment => Self::NAV_STEP_ENVIRONMENT,
            Step::Page => Self::NAV_STEP_PAGE,
            Step::Codeunit => Self::NAV_STEP_CODEUNIT,
        }
    }
}

/// What a step of a check came to.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum nav_verdict {
    /// It works.
    NAV_VERDICT_PASSED = 1,
    /// It does not.
    NAV_VERDICT_FAILED = 2,
    /// It was not looked at, because a step before it failed or there is nothing to look at.
    NAV_VERDICT_SKIPPED = 3,
}

impl From<Verdict> for nav_verdict {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Passed => Self::NAV_VERDICT_PASSED,
            Verdict::Failed => Self::NAV_VERDICT_FAILED,
            Verdict::Skipped => Self::NAV_VERDICT_SKIPPED,
        }
    }
}

/// How much a line of the log matters.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum nav_log_level {
    /// What is being done.
    NAV_LOG_LEVEL_VERBOSE = 1,
    /// The requests that do it, without secrets.
    NAV_LOG_LEVEL_DEBUG = 2,
}

/// An enum of the ABI that arrives as a number, beside what it stands for.
macro_rules! numbered {
    ($abi:ident, $rust:ident, $what:literal, { $($number:ident = $variant:ident),+ $(,)? }) => {
        impl From<$rust> for $abi {
            fn from(value: $rust) -> Self {
                match value {
                    $($rust::$variant => Self::$number,)+
                }
            }
        }

        impl $abi {
            pub(super) fn read(number: i32) -> Result<$rust, Error> {
                $(if number == Self::$number as i32 {
                    return Ok($rust::$variant);
                })+
                Err(Error::new(
                    ErrorKind::InvalidArgument,
                    format!(concat!("There is no ", $what, " with the number {}."), number),
                ))
            }
        }
    };
}

numbered!(nav_service, Service, "service", {
    NAV_SERVICE_SOAP = Soap,
    NAV_SERVICE_ODATA = OData,
    NAV_SERVICE_ADMIN_CENTER = AdminCenter,
});
numbered!(nav_credential_type, CredentialType, "credential type", {
    NAV_CREDENTIAL_TYPE_WINDOWS = Windows,
    NAV_CREDENTIAL_TYPE_NAV_USER_PASSWORD = NavUserPassword,
    NAV_CREDENTIAL_TYPE_OAUTH = OAuth,
    NAV_CREDENTIAL_TYPE_NONE = None,
});
numbered!(nav_scope, Scope, "scope", {
    NAV_SCOPE_USER = User,
    NAV_SCOPE_MACHINE = Machine,
});
