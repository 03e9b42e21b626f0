//! Everything that can go wrong, one kind for each thing a person can act on.

use std::fmt;

/// Why a call failed, in a sentence for an administrator, with what to do about it.
///
/// `Display` is that sentence: the server's own words first where it said something. It is one line, of 1000 characters
/// at most, and without control characters, whoever's words are in it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", .0.message)]
pub struct Error(Box<Details>);

#[derive(Clone, Debug)]
struct Details {
    kind: ErrorKind,
    message: String,
    advice: Option<String>,
    http_status: Option<u16>,
    /// Whether it came about while signing in, whatever its kind.
    is_of_sign_in: bool,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Details {
            kind,
            message: presentable(message.into()),
            advice: None,
            http_status: None,
            is_of_sign_in: false,
        }))
    }

    /// Marks an error that came about while signing in.
    #[must_use]
    pub(crate) fn of_sign_in(mut self) -> Self {
        self.0.is_of_sign_in = true;
        self
    }

    pub(crate) fn is_of_sign_in(&self) -> bool {
        self.0.is_of_sign_in
    }

    /// Replaces the advice of the kind by one that fits the case.
    #[must_use]
    pub(crate) fn with_advice(mut self, advice: impl Into<String>) -> Self {
        self.0.advice = Some(presentable(advice.into()));
        self
    }

    /// Changes the message, and the advice where it is not that of the kind.
    #[must_use]
    pub(crate) fn map_texts(mut self, change: impl Fn(String) -> String) -> Self {
        self.0.message = presentable(change(self.0.message));
        self.0.advice = self.0.advice.map(|advice| presentable(change(advice)));
        self
    }

    /// Adds a sentence to the message.
    #[must_use]
    pub(crate) fn and(mut self, sentence: &str) -> Self {
        self.0.message = presentable(format!("{} {sentence}", self.0.message));
        self
    }

    #[must_use]
    pub(crate) fn with_http_status(mut self, status: u16) -> Self {
        self.0.http_status = Some(status);
        self
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What to do about it, in a sentence.
    #[must_use]
    pub fn recommended_action(&self) -> &str {
        self.0
            .advice
            .as_deref()
            .unwrap_or(self.kind().recommended_action())
    }

    /// The HTTP status of the answer that said so, if an answer did.
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }
}

/// Longest text of an error, in characters.
const LONGEST: usize = 1000;

/// A text for a person, whoever's words are in it: what would end the line is a blank, and what would act on a terminal is
/// shown as �.
pub(crate) fn on_one_line(text: String) -> String {
    let ends_line = |c| matches!(c, '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
    if !text.contains(|c: char| c.is_control() || ends_line(c)) {
        return text;
    }
    let shown = |c: char| match c {
        _ if ends_line(c) => ' ',
        _ if c.is_control() => char::REPLACEMENT_CHARACTER,
        _ => c,
    };
    text.chars().map(shown).collect()
}

/// As much of a text as an error may hold, on one line.
fn presentable(text: String) -> String {
    let mut text = on_one_line(text);
    if text.chars().count() > LONGEST {
        text = text.chars().take(LONGEST - 1).collect();
        text.push('…');
    }
    text
}

/// One kind for each thing a person can act on. Kinds may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument is out of its range.
    InvalidArgument,
    /// A text is not the name of a server instance.
    InvalidServerInstance,
    /// A text is not a tenant's id.
    InvalidTenant,
    /// An endpoint lacks something or contradicts itself.
    InvalidEndpoint,
    /// A text is not a pattern with wildcards.
    InvalidPattern,
    /// No endpoint is known for the server instance.
    EndpointNotFound,
    /// An endpoint of that name is registered already.
    EndpointExists,
    /// An endpoints file is not what an endpoints file has to be.
    EndpointsFileInvalid,
    /// An endpoints file could not be read or written.
    EndpointsFileUnavailable,
    /// Others than the user and root can change an endpoints file.
    EndpointsFileNotProtected,
    /// The endpoint asks for a sign-in and no credential was given.
    CredentialRequired,
    /// A credential was given and the endpoint takes none.
    CredentialNotAccepted,
    /// The password would go over the network unencrypted.
    UnencryptedAuthentication,
    /// This version, or the interface, cannot do what is asked for.
    NotSupported,
    /// The HTTP library of this computer cannot sign in as the endpoint asks.
    SignInNotAvailable,
    /// The host's name is unknown.
    HostNotFound,
    /// The host answered and nothing listens on the port, or no route leads to it.
    ConnectionRefused,
    /// The host did not take the connection in time.
    ConnectTimeout,
    /// The encrypted connection could not be made.
    TlsFailed,
    /// The server's certificate is not trusted, not valid now, or for another name.
    CertificateNotTrusted,
    /// The endpoint's file of trusted certificates cannot be used.
    CertificateFileUnusable,
    /// The connection ended before the answer did.
    ConnectionBroken,
    /// The server took the request and did not answer in time.
    AnswerTimeout,
    /// The answer is larger than any real one.
    AnswerTooLarge,
    /// The transfer failed for another reason.
    TransferFailed,
    /// The server did not accept the sign-in.
    Unauthorized,
    /// The token endpoint gave no token.
    TokenRefused,
    /// The user may not do this.
    PermissionDenied,
    /// The server is multitenant and no tenant was named.
    TenantRequired,
    /// The server knows no such tenant.
    TenantNotFound,
    /// The tenant is there and cannot be used now.
    TenantUnavailable,
    /// There is no such environment of Business Central online.
    EnvironmentNotFound,
    /// There is no such company.
    CompanyNotFound,
    /// The companion's web service is not published.
    CompanionNotFound,
    /// The web-service interface is switched off.
    ServiceDisabled,
    /// The server is starting or stopping.
    ServerNotReady,
    /// The server limits how many calls it takes.
    TooManyRequests,
    /// The server stopped the session that carried the call.
    CallStopped,
    /// The server said no, in its own words.
    ServerFault,
    /// What came back is not the answer of such a server.
    UnexpectedAnswer,
    /// The server points elsewhere.
    Redirected,
    /// The caller cancelled the call.
    Cancelled,
    /// The HTTP library of this machine cannot be used.
    HttpUnavailable,
    /// A defect of this library.
    Internal,
    /// There is no such session now.
    SessionNotFound,
    /// The id belongs to another session by now.
    SessionChanged,
    /// It is the session that carries the call.
    OwnSession,
    /// The session lives on another server instance of the same database.
    OtherServerInstance,
    /// The server's `StopSession` said no.
    RemovalRefused,
    /// The server accepted, and the session is still listed.
    SessionStillPresent,
    /// Whether the session was removed could not be found out.
    RemovalUnknown,
    /// A server instance's settings file is not one, or a setting in it has a value it cannot have.
    CustomSettingsInvalid,
    /// A server instance's settings file could not be read, or there is none.
    CustomSettingsUnavailable,
}

/// The category of an error, by the names of PowerShell's `ErrorCategory`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "the names are PowerShell's and documented there"
)]
pub enum Category {
    AuthenticationError,
    ConnectionError,
    InvalidArgument,
    InvalidData,
    InvalidOperation,
    InvalidResult,
    LimitsExceeded,
    NotEnabled,
    NotImplemented,
    NotInstalled,
    NotSpecified,
    ObjectNotFound,
    OpenError,
    OperationStopped,
    OperationTimeout,
    PermissionDenied,
    ProtocolError,
    ResourceExists,
    ResourceUnavailable,
    SecurityError,
}

impl Category {
    /// The name, as PowerShell writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AuthenticationError => "AuthenticationError",
            Self::ConnectionError => "ConnectionError",
            Self::InvalidArgument => "InvalidArgument",
            Self::InvalidData => "InvalidData",
            Self::InvalidOperation => "InvalidOperation",
            Self::InvalidResult => "InvalidResult",
            Self::LimitsExceeded => "LimitsExceeded",
            Self::NotEnabled => "NotEnabled",
            Self::NotImplemented => "NotImplemented",
            Self::NotInstalled => "NotInstalled",
            Self::NotSpecified => "NotSpecified",
            Self::ObjectNotFound => "ObjectNotFound",
            Self::OpenError => "OpenError",
            Self::OperationStopped => "OperationStopped",
            Self::OperationTimeout => "OperationTimeout",
            Self::PermissionDenied => "PermissionDenied",
            Self::ProtocolError => "ProtocolError",
            Self::ResourceExists => "ResourceExists",
            Self::ResourceUnavailable => "ResourceUnavailable",
            Self::SecurityError => "SecurityError",
        }
    }
}

impl ErrorKind {
    /// The stable id by which scripts know the kind, in `PascalCase`: PowerShell's `FullyQualifiedErrorId` starts with it.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.row().0
    }

    /// The category PowerShell files it under.
    #[must_use]
    pub fn category(self) -> Category {
        self.row().1
    }

    /// What to do about an error of this kind, when nothing more fitting is known.
    #[must_use]
    pub fn recommended_action(self) -> &'static str {
        self.row().2
    }

    const fn row(self) -> (&'static str, Category, &'static str) {
        match self {
            Self::InvalidArgument => (
                "InvalidArgument",
                Category::InvalidArgument,
                "Correct the argument that the message names.",
            ),
            Self::InvalidServerInstance => (
                "InvalidServerInstance",
                Category::InvalidArgument,
                "Give the instance's short name, such as DynamicsNAV, or the full name of its Windows service, such as \
                 MicrosoftDynamicsNavServer$DynamicsNAV.",
            ),
            Self::InvalidTenant => (
                "InvalidTenant",
                Category::InvalidArgument,
                "Give the tenant's id as Get-NAVTenant shows it, or leave -Tenant out on a server that is not \
                 multitenant.",
            ),
            Self::InvalidEndpoint => (
                "InvalidEndpoint",
                Category::InvalidArgument,
                "Correct what the message names; Get-Help Register-NAVServerEndpoint shows each part of an endpoint.",
            ),
            Self::InvalidPattern => (
                "InvalidPattern",
                Category::InvalidArgument,
                "Put a backtick before a [ that is meant as it is, such as 'A`[1`]'.",
            ),
            Self::EndpointNotFound => (
                "EndpointNotFound",
                Category::ObjectNotFound,
                "Register the endpoint of the instance with Register-NAVServerEndpoint.",
            ),
            Self::EndpointExists => (
                "EndpointExists",
                Category::ResourceExists,
                "Use -Force to replace it, or look at it with Get-NAVServerEndpoint.",
            ),
            Self::EndpointsFileInvalid => (
                "EndpointsFileInvalid",
                Category::InvalidData,
                "Correct the file at the place the message names, or move it away and register the endpoints again. \
                 Nothing was changed in it.",
            ),
            Self::EndpointsFileUnavailable => (
                "EndpointsFileUnavailable",
                Category::OpenError,
                "Check that the file and its folder exist and that you may read, and to register also write, them.",
            ),
            Self::EndpointsFileNotProtected => (
                "EndpointsFileNotProtected",
                Category::SecurityError,
                "Look whether anybody changed the file, and let nobody but its owner write it and its folders: \
                 chmod go-w.",
            ),
            Self::CredentialRequired => (
                "CredentialRequired",
                Category::AuthenticationError,
                "Give -Credential with the user name and the password or web-service access key, each command of a pipeline \
                 its own.",
            ),
            Self::CredentialNotAccepted => (
                "CredentialNotAccepted",
                Category::AuthenticationError,
                "Leave -Credential out, or register the endpoint again with the credential type its server asks for.",
            ),
            Self::UnencryptedAuthentication => (
                "UnencryptedAuthentication",
                Category::SecurityError,
                "Use an https address, or give -AllowUnencryptedAuthentication to send the password readable by \
                 anybody on the way.",
            ),
            Self::NotSupported => (
                "NotSupported",
                Category::NotImplemented,
                "Use what the message says is supported.",
            ),
            Self::SignInNotAvailable => (
                "SignInNotAvailable",
                Category::NotInstalled,
                "Sign in another way, or install a libcurl that can.",
            ),
            Self::HostNotFound => (
                "HostNotFound",
                Category::ConnectionError,
                "Check the host's name in the endpoint (Get-NAVServerEndpoint) and that this computer can resolve it.",
            ),
            Self::ConnectionRefused => (
                "ConnectionRefused",
                Category::ConnectionError,
                "Check that the server instance is running, that its web services are switched on, and that host and \
                 port of the endpoint (Get-NAVServerEndpoint) are right.",
            ),
            Self::ConnectTimeout => (
                "ConnectTimeout",
                Category::OperationTimeout,
                "Check that the host is up and that no firewall drops the port.",
            ),
            Self::TlsFailed => (
                "TlsFailed",
                Category::SecurityError,
                "Check that the endpoint's address is the name in the server's certificate and that this computer \
                 trusts its issuer; a server without SSL is reached by http.",
            ),
            Self::CertificateNotTrusted => (
                "CertificateNotTrusted",
                Category::SecurityError,
                "Let this computer trust the issuer of the certificate, or register the endpoint with its file.",
            ),
            Self::CertificateFileUnusable => (
                "CertificateFileUnusable",
                Category::OpenError,
                "Check that the file is there, that you may read it, and that it holds certificates in PEM form.",
            ),
            Self::ConnectionBroken => (
                "ConnectionBroken",
                Category::ConnectionError,
                "Check whether the server instance was restarted, and try again.",
            ),
            Self::AnswerTimeout => (
                "AnswerTimeout",
                Category::OperationTimeout,
                "Check how busy the server is, and try again.",
            ),
            Self::AnswerTooLarge => (
                "AnswerTooLarge",
                Category::LimitsExceeded,
                "Check that the endpoint's address is that of a Dynamics NAV or Business Central server.",
            ),
            Self::TransferFailed => (
                "TransferFailed",
                Category::ConnectionError,
                "Check the endpoint's address, proxy settings and the network, and try again.",
            ),
            Self::Unauthorized => (
                "Unauthorized",
                Category::AuthenticationError,
                "Check the user name and the password or web-service access key, and that the endpoint's credential \
                 type is the one the server asks for.",
            ),
            Self::TokenRefused => (
                "TokenRefused",
                Category::AuthenticationError,
                "Check the Microsoft Entra tenant, the client id and the client secret.",
            ),
            Self::PermissionDenied => (
                "PermissionDenied",
                Category::PermissionDenied,
                "Give the user the permission set that comes with the companion.",
            ),
            Self::TenantRequired => (
                "TenantRequired",
                Category::InvalidArgument,
                "Name the tenant with -Tenant; Get-NAVTenant lists the tenants of an instance.",
            ),
            Self::TenantNotFound => (
                "TenantNotFound",
                Category::ObjectNotFound,
                "Check the tenant's id; Get-NAVTenant lists the tenants of an instance.",
            ),
            Self::TenantUnavailable => (
                "TenantUnavailable",
                Category::ResourceUnavailable,
                "Check the tenant's state with Get-NAVTenant, and try again when it is operational.",
            ),
            Self::EnvironmentNotFound => (
                "EnvironmentNotFound",
                Category::ObjectNotFound,
                "Check the environment of the endpoint against the Business Central admin center.",
            ),
            Self::CompanyNotFound => (
                "CompanyNotFound",
                Category::ObjectNotFound,
                "Register the endpoint again with the name of a company that is there, written as on the server.",
            ),
            Self::CompanionNotFound => (
                "CompanionNotFound",
                Category::NotInstalled,
                "Publish the companion's codeunit and page as web services, or register the endpoint again with the \
                 names they are published by.",
            ),
            Self::ServiceDisabled => (
                "ServiceDisabled",
                Category::NotEnabled,
                "Switch the SOAP or OData services on in the server instance's settings, or register the endpoint with \
                 the interface that is on.",
            ),
            Self::ServerNotReady => (
                "ServerNotReady",
                Category::ResourceUnavailable,
                "Wait until the server instance has started, and try again.",
            ),
            Self::TooManyRequests => (
                "TooManyRequests",
                Category::LimitsExceeded,
                "Wait a while and try again with fewer calls at once.",
            ),
            Self::CallStopped => (
                "CallStopped",
                Category::OperationStopped,
                "Somebody removed the session of this very call: try again.",
            ),
            Self::ServerFault => (
                "ServerFault",
                Category::InvalidOperation,
                "Act on the server's own words; the event log of the server may say more.",
            ),
            Self::UnexpectedAnswer => (
                "UnexpectedAnswer",
                Category::ProtocolError,
                "Check that the endpoint's address, service and companion names are those of the server \
                 (Get-NAVServerEndpoint).",
            ),
            Self::Redirected => (
                "Redirected",
                Category::ProtocolError,
                "Register the endpoint with the address the server itself answers at; credentials are never carried to \
                 another one.",
            ),
            Self::Cancelled => (
                "Cancelled",
                Category::OperationStopped,
                "Run the command again for what was not done.",
            ),
            Self::HttpUnavailable => (
                "HttpUnavailable",
                Category::NotInstalled,
                "Install the libcurl package of this system.",
            ),
            Self::Internal => (
                "InternalError",
                Category::NotSpecified,
                "This is a defect of the module: please report it with the message.",
            ),
            Self::SessionNotFound => (
                "SessionNotFound",
                Category::ObjectNotFound,
                "Look at the sessions there are with Get-NAVServerSession; it may have ended already.",
            ),
            Self::SessionChanged => (
                "SessionChanged",
                Category::InvalidOperation,
                "Look at the sessions there are with Get-NAVServerSession and choose again. Nothing was removed.",
            ),
            Self::OwnSession => (
                "OwnSession",
                Category::InvalidOperation,
                "Nothing needs to be done: it ends with the call.",
            ),
            Self::OtherServerInstance => (
                "OtherServerInstance",
                Category::InvalidOperation,
                "Run the command with the -ServerInstance that carries the session.",
            ),
            Self::RemovalRefused => (
                "RemovalRefused",
                Category::InvalidOperation,
                "Try again; a session whose code does not touch the server connection cannot be stopped until it does.",
            ),
            Self::SessionStillPresent => (
                "SessionStillPresent",
                Category::OperationTimeout,
                "Wait longer or look again later: a session ends at its next statement that touches the server.",
            ),
            Self::RemovalUnknown => (
                "RemovalUnknown",
                Category::InvalidResult,
                "Look with Get-NAVServerSession whether the session is still there.",
            ),
            Self::CustomSettingsInvalid => (
                "CustomSettingsInvalid",
                Category::InvalidData,
                "Give the CustomSettings.config of the server instance, and correct in it what the message names.",
            ),
            Self::CustomSettingsUnavailable => (
                "CustomSettingsUnavailable",
                Category::OpenError,
                "Check that the CustomSettings.config of the server instance is there and that you may read it; \
                 Register-NAVServerEndpoint registers the endpoint without it.",
            ),
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line_that_does_nothing_to_a_terminal_and_fits_on_it() {
        let words = "Locked\r\nby \u{1b}[2JANNA\u{2028}.";
        let error = Error::new(ErrorKind::ServerFault, words).with_advice(words);
        assert_eq!(error.to_string(), "Locked  by �[2JANNA .");
        assert_eq!(error.recommended_action(), error.to_string());
        let long = Error::new(ErrorKind::ServerFault, "ü".repeat(5000)).to_string();
        assert_eq!(long.chars().count(), LONGEST);
        assert!(long.ends_with('…'));
        let long = Error::new(ErrorKind::ServerFault, "ü".repeat(995)).and("And more.");
        assert_eq!(long.to_string().chars().count(), LONGEST);
        let long = long.map_texts(|text| text.replace('ü', "[secret]"));
        assert_eq!(long.to_string().chars().count(), LONGEST);
    }
}
