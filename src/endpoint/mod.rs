//! Where and how a server instance is reached.

mod app_settings;
mod custom_settings;
mod file;
mod from_settings;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod installed;
#[cfg(test)]
mod installed_tests;
mod places;
#[cfg(windows)]
mod registry;
mod service_command;

use std::path::Path;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

pub use custom_settings::CustomSettings;
pub use file::EndpointsFile;
pub use from_settings::EndpointChoices;
pub use installed::InstalledInstance;
pub use places::{EndpointSource, Endpoints, RegisteredEndpoint, Scope};

use crate::error::{Error, ErrorKind};
use crate::json::fault;

/// Name of the companion's codeunit when it is published as documented.
const SESSION_CONTROL: &str = "SessionControl";
/// Name of the companion's page when it is published as documented.
const ACTIVE_SESSIONS: &str = "ActiveSessions";

/// Base address of the Admin Center API and of the web services of Business Central online.
pub(crate) const BUSINESS_CENTRAL_ONLINE: &str = "https://api.businesscentral.dynamics.com";
/// The newest version of the Admin Center API that is known; session routes exist since v2.1.
const API_VERSION: &str = "v2.29";
const APPLICATION_FAMILY: &str = "BusinessCentral";
/// Where Microsoft Entra gives tokens, but for its national clouds.
const LOGIN: &str = "https://login.microsoftonline.com";

/// The interface a server instance is reached by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Service {
    /// SOAP web services: NAV 2013 and later.
    Soap,
    /// OData V4 web services: Business Central.
    OData,
    /// The Admin Center API of Business Central online.
    AdminCenter,
}

/// How a server instance asks its callers to sign in: its setting `ClientServicesCredentialType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CredentialType {
    /// Negotiate: Kerberos or NTLM.
    Windows,
    /// User name and password or web-service access key.
    NavUserPassword,
    /// OAuth 2 bearer token of Microsoft Entra.
    OAuth,
    /// No sign-in, as behind a proxy that signs in.
    None,
}

/// How one server instance is reached: an entry of the endpoints file. It never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Endpoint {
    /// The interface.
    pub service: Service,
    /// Base address: `http://host:7047/DynamicsNAV` for SOAP, `https://host:7048/BC` for OData,
    /// `https://api.businesscentral.dynamics.com` for the Admin Center API.
    pub uri: String,
    /// Company whose web services are called, written as on the server. For SOAP and OData.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// How to sign in.
    pub credential_type: CredentialType,
    /// Whether the server is multitenant: a tenant must then be named.
    #[serde(default)]
    pub multitenant: bool,
    /// Name the companion's codeunit is published by; `None` is `SessionControl`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_control_service: Option<String>,
    /// Name the companion's page is published by; `None` is `ActiveSessions`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_sessions_service: Option<String>,
    /// Environment of Business Central online. For the Admin Center API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Application family; `None` is `BusinessCentral`. For the Admin Center API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_family: Option<String>,
    /// Microsoft Entra tenant, by its id or a domain of it. For credential type OAuth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entra_tenant: Option<String>,
    /// Application (client) id that signs in. For credential type OAuth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Version segment of the Admin Center API; `None` is `v2.29`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// Whether the server offers NTLM alone: its setting `ServicesUseNTLMAuthentication`. For credential type Windows.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ntlm: bool,
    /// Absolute path of a PEM file of certificates that are trusted for this endpoint; `None`: what the platform trusts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<String>,
    /// Address that tokens are asked for at; `None` is `https://login.microsoftonline.com`. For credential type OAuth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// Scope that a token is asked for; `None` is that of Business Central online. For credential type OAuth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_scope: Option<String>,
}

fn is_false(value: &bool) -> bool {
    !value
}

impl Endpoint {
    /// An endpoint of the SOAP or OData services of `company`, with the companion published as documented.
    #[must_use]
    pub fn new(
        service: Service,
        uri: impl Into<String>,
        company: impl Into<String>,
        credential_type: CredentialType,
    ) -> Self {
        Self {
            service,
            uri: uri.into(),
            company: Some(company.into()),
            credential_type,
            multitenant: false,
            session_control_service: None,
            active_sessions_service: None,
            environment: None,
            application_family: None,
            entra_tenant: None,
            client_id: None,
            api_version: None,
            ntlm: false,
            ca_file: None,
            authority: None,
            token_scope: None,
        }
    }

    /// An endpoint of the Admin Center API of Business Central online for `environment`, such as `Production`.
    #[must_use]
    pub fn admin_center(environment: impl Into<String>) -> Self {
        Self {
            company: None,
            environment: Some(environment.into()),
            ..Self::new(
                Service::AdminCenter,
                BUSINESS_CENTRAL_ONLINE,
                String::new(),
                CredentialType::OAuth,
            )
        }
    }

    /// Reads one endpoint's JSON object, as it stands in an endpoints file.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidEndpoint`] for a text that is not one, with the place.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        serde_json::from_str(json).map_err(|error| {
            Error::new(
                ErrorKind::InvalidEndpoint,
                format!("The text is not an endpoint: {}.", fault(&error)),
            )
        })
    }

    /// Name of the companion's codeunit service.
    #[must_use]
    pub fn session_control(&self) -> &str {
        self.session_control_service
            .as_deref()
            .unwrap_or(SESSION_CONTROL)
    }

    /// Name of the companion's page service.
    #[must_use]
    pub fn active_sessions(&self) -> &str {
        self.active_sessions_service
            .as_deref()
            .unwrap_or(ACTIVE_SESSIONS)
    }

    /// Version segment of the Admin Center API.
    pub(crate) fn api_version(&self) -> &str {
        self.api_version.as_deref().unwrap_or(API_VERSION)
    }

    /// Application family of the Admin Center API.
    pub(crate) fn application_family(&self) -> &str {
        self.application_family
            .as_deref()
            .unwrap_or(APPLICATION_FAMILY)
    }

    /// Checks that the endpoint has all its interface needs.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidEndpoint`] with what is missing or wrong.
    pub fn validate(&self) -> Result<(), Error> {
        self.address()?;
        self.authority()?;
        let invalid = |fault: String| Err(Error::new(ErrorKind::InvalidEndpoint, fault));
        match self.service {
            Service::Soap | Service::OData => {
                if self
                    .company
                    .as_ref()
                    .is_none_or(|company| company.trim().is_empty())
                {
                    return invalid(
                        "The endpoint names no company, and the SOAP and OData services are those of a company."
                            .to_owned(),
                    );
                }
                for name in [self.session_control(), self.active_sessions()] {
                    let usable = |c: char| c.is_alphanumeric() || c == '_';
                    if name.is_empty() || !name.chars().all(usable) {
                        return invalid(format!(
                            "{name:?} is not the name of a web service: it may hold letters, digits and _."
                        ));
                    }
                }
            }
            Service::AdminCenter => {
                if self
                    .environment
                    .as_ref()
                    .is_none_or(|name| name.trim().is_empty())
                {
                    return invalid("The endpoint names no environment.".to_owned());
                }
                if self.credential_type != CredentialType::OAuth {
                    return invalid(format!(
                        "The endpoint's credential type is {:?}, and the Admin Center API takes OAuth alone.",
                        self.credential_type
                    ));
                }
                let version = self.api_version();
                let is_version = version
                    .strip_prefix('v')
                    .and_then(|numbers| numbers.split_once('.'))
                    .is_some_and(|(major, minor)| {
                        major.parse::<u16>().is_ok() && minor.parse::<u16>().is_ok()
                    });
                if !is_version {
                    return invalid(format!(
                        "{version:?} is not a version of the Admin Center API; it looks like {API_VERSION}."
                    ));
                }
            }
        }
        if let Some(path) = &self.ca_file
            && !Path::new(path).is_absolute()
        {
            return invalid(format!(
                "The endpoint's file of trusted certificates is {path:?}, which another current folder would make another \
                 file: it has to be an absolute path."
            ));
        }
        if self.ntlm && self.credential_type != CredentialType::Windows {
            return invalid(format!(
                "The endpoint's credential type is {:?}, and NTLM belongs to Windows.",
                self.credential_type
            ));
        }
        Ok(())
    }

    /// The base address, parsed and without a slash at its end.
    pub(crate) fn address(&self) -> Result<Url, Error> {
        parse_address(&self.uri, "address", "http://HOST:7047/INSTANCE")
    }

    /// The address that tokens are asked for at, parsed and without a slash at its end.
    pub(crate) fn authority(&self) -> Result<Url, Error> {
        let authority = self.authority.as_deref().unwrap_or(LOGIN);
        let url = parse_address(authority, "authority", LOGIN)?;
        if url.scheme() != "https" && !is_loopback(&url) {
            return Err(Error::new(
                ErrorKind::InvalidEndpoint,
                format!(
                    "The endpoint's authority is {url}, and a secret is sent there: it has to be https."
                ),
            ));
        }
        Ok(url)
    }
}

/// Whether an address is one of this computer's own, which nothing on the way can read.
pub(crate) fn is_loopback(address: &Url) -> bool {
    match address.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

fn parse_address(text: &str, what: &str, example: &str) -> Result<Url, Error> {
    let invalid = |fault: String| Err(Error::new(ErrorKind::InvalidEndpoint, fault));
    let mut url = match Url::parse(text.trim()) {
        Ok(url) => url,
        Err(error) => {
            // The text is not repeated: it may hold a password.
            return invalid(format!(
                "The endpoint's {what} is not one ({error}); it looks like {example}."
            ));
        }
    };
    if !url.username().is_empty() || url.password().is_some() {
        return invalid(format!(
            "The endpoint's {what} holds a user name or password, which would be written to a file; give them with \
             -Credential instead."
        ));
    }
    if !matches!(url.scheme(), "http" | "https") {
        return invalid(format!(
            "The endpoint's {what} begins with {}:, and the services are reached by http: or https:.",
            url.scheme()
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return invalid(format!(
            "The endpoint's {what} has a part behind ? or #; it looks like {example}."
        ));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}
