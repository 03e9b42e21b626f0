//! A server instance's settings file: `<appSettings><add key="…" value="…"/></appSettings>`.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::{CredentialType, app_settings};
use crate::error::{Error, ErrorKind};
use crate::instance::ServerInstance;

/// The largest file that is read, in bytes: hundreds of times the size of a real one.
const LARGEST: usize = 16 * 1024 * 1024;

pub(super) const SERVER_INSTANCE: &str = "ServerInstance";
const MULTITENANT: &str = "Multitenant";
pub(super) const SOAP_ENABLED: &str = "SOAPServicesEnabled";
const SOAP_PORT: &str = "SOAPServicesPort";
const SOAP_SSL_ENABLED: &str = "SOAPServicesSSLEnabled";
pub(super) const ODATA_ENABLED: &str = "ODataServicesEnabled";
const ODATA_PORT: &str = "ODataServicesPort";
const ODATA_SSL_ENABLED: &str = "ODataServicesSSLEnabled";
pub(super) const ODATA_V4_ENABLED: &str = "ODataServicesV4EndpointEnabled";
const CREDENTIAL_TYPE: &str = "ClientServicesCredentialType";
const USE_NTLM: &str = "ServicesUseNTLMAuthentication";
pub(super) const PUBLIC_SOAP_URL: &str = "PublicSOAPBaseUrl";
pub(super) const PUBLIC_ODATA_URL: &str = "PublicODataBaseUrl";
pub(super) const DEFAULT_COMPANY: &str = "ServicesDefaultCompany";
const MANAGEMENT_PORT: &str = "ManagementServicesPort";
const MANAGEMENT_API_PORT: &str = "ManagementApiServicesPort";
const DATABASE_SERVER: &str = "DatabaseServer";
const DATABASE_NAME: &str = "DatabaseName";

/// The settings that are kept. A settings file may hold passwords under other keys, and those are dropped at once.
const KEYS: [&str; 18] = [
    SERVER_INSTANCE,
    MULTITENANT,
    SOAP_ENABLED,
    SOAP_PORT,
    SOAP_SSL_ENABLED,
    ODATA_ENABLED,
    ODATA_PORT,
    ODATA_SSL_ENABLED,
    ODATA_V4_ENABLED,
    CREDENTIAL_TYPE,
    USE_NTLM,
    PUBLIC_SOAP_URL,
    PUBLIC_ODATA_URL,
    DEFAULT_COMPANY,
    MANAGEMENT_PORT,
    MANAGEMENT_API_PORT,
    DATABASE_SERVER,
    DATABASE_NAME,
];

/// The settings of a server instance, from its `CustomSettings.config`.
///
/// It is read as .NET reads application settings: a key counts in any casing, the last of two equal keys wins, `<clear/>`
/// and `<remove key="…"/>` take back what stands before them. A setting that is absent or blank says nothing, and each
/// getter says what then holds. Values are looked at when they are asked for, so a wrong one harms nobody who does not
/// need it. Passwords in the file are not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomSettings {
    path: PathBuf,
    values: Vec<(&'static str, String)>,
}

impl CustomSettings {
    /// Reads a settings file.
    ///
    /// # Errors
    /// [`ErrorKind::CustomSettingsUnavailable`], [`ErrorKind::CustomSettingsInvalid`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        let bytes = read_file(path).map_err(|error| unavailable(path, &error))?;
        Self::parse(&bytes, path)
    }

    /// Reads the contents of a settings file: UTF-8 or UTF-16, with or without a byte order mark. `path` is what errors
    /// call it; nothing is opened.
    ///
    /// # Errors
    /// [`ErrorKind::CustomSettingsInvalid`] with the line.
    pub fn parse(contents: &[u8], path: &Path) -> Result<Self, Error> {
        let invalid = |fault: String| {
            Error::new(
                ErrorKind::CustomSettingsInvalid,
                format!("{} is not a settings file: {fault}.", path.display()),
            )
        };
        if contents.len() > LARGEST {
            return Err(invalid(format!(
                "it is larger than {} MiB",
                LARGEST / 1024 / 1024
            )));
        }
        let values = app_settings::parse(contents, &KEYS).map_err(invalid)?;
        Ok(Self {
            path: path.to_owned(),
            values,
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `ServerInstance`: the name of the server instance.
    ///
    /// # Errors
    /// [`ErrorKind::CustomSettingsInvalid`] for a text that is no such name.
    pub fn server_instance(&self) -> Result<Option<ServerInstance>, Error> {
        self.text(SERVER_INSTANCE)
            .map(|name| {
                ServerInstance::parse(name)
                    .map_err(|_| self.bad(SERVER_INSTANCE, name, "the name of a server instance"))
            })
            .transpose()
    }

    /// `Multitenant`: whether callers must name a tenant.
    ///
    /// # Errors
    /// [`ErrorKind::CustomSettingsInvalid`].
    pub fn multitenant(&self) -> Result<Option<bool>, Error> {
        self.boolean(MULTITENANT)
    }

    /// `SOAPServicesEnabled`: whether the SOAP web services are on. What holds where it is absent is not documented.
    ///
    /// # Errors
    /// [`ErrorKind::CustomSettingsInvalid`].
    pub fn soap_services_enabled(&self) -> Result<Option<bool>, Error> {
        self.boolean(SOAP_ENABLED)
    }

    /// `SOAPServicesPort`; 7047 where it is absent.
    ///
    /// # Errors
    /// [`ErrorKind::CustomSettingsInvalid`].
    pub fn soap_services_port(&self) -> Result<u16, Error> {
        self.port(SOAP_PORT, 7047)
    }

    /// `SOAPServicesSSLEnabled`: whether SOAP is reached by https.
    ///
    /// # Errors
    /// [`ErrorKind::CustomSettingsInvalid`].
    pub fn soap_services_ssl_enabled(&self) -> Result<Option<bool>, Error> {
        self.boolean(SOAP_SSL_ENABLED)
    }

    /// `ODataServicesEnabled`: whether the OData web services are on. What holds where it is absent is not documented.
    ///
    /// # Errors
    /// [`ErrorKind::CustomSettingsInvalid`].
    pub fn odata_services_enabled(&self) -> Result<Option<bool>, Error> {
        self.boolean(ODATA_ENABLED)
    }

    /// `ODataServicesPort`; 7048 where it is absent.
    ///
    /// # Errors
    /// [`ErrorKind::CustomSettingsInvalid`].
    pub fn odata_services_port(&self) -> Result<u16, Error> {
        self.port(ODATA_PORT, 7048)
    }

    /// `ODataServicesSSLEnabled`: whether OData is reached by https.
    ///
    /// # Errors
    /// [`ErrorKind::CustomSettingsInvalid`].
    pub fn odata_services_ssl_enabled(&self) -> Result<Option<bool>, Error> {
        self.boolean(ODATA_SSL_ENABLED)
    }

    /// `ODataServicesV4EndpointEnabled`: whether OData V4 is among the OData services that are on.
    ///
    /// # Errors
    /// [`ErrorKind::CustomSettingsInvalid`].
    pub fn odata_services_v4_endpoint_enabled(&self) -> Result<Option<bool>, Error> {
        self.boolean(ODATA_V4_ENABLED)
    }

    /// `ClientServicesCredentialType`, as what it asks of a caller of web services: `AccessControlService` is
    /// [`CredentialType::OAuth`]. `UserName`, the user name and password of a Windows account, is
    /// [`CredentialType::NavUserPassword`], as it is sent the same way (inferred).
    ///
    /// # Errors
    /// [`ErrorKind::CustomSettingsInvalid`] for a type that is not known.
    pub fn client_services_credential_type(&self) -> Result<Option<CredentialType>, Error> {
        let Some(text) = self.text(CREDENTIAL_TYPE) else {
            return Ok(None);
        };
        let known = [
            ("Windows", CredentialType::Windows),
            ("UserName", CredentialType::NavUserPassword),
            ("NavUserPassword", CredentialType::NavUserPassword),
            ("AccessControlService", CredentialType::OAuth),
        ];
        match known
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(text))
        {
            Some((_, credential_type)) => Ok(Some(*credential_type)),
            None => Err(self.bad(
                CREDENTIAL_TYPE,
                text,
                "Windows, UserName, NavUserPassword or AccessControlService",
            )),
        }
    }

    /// `ServicesUseNTLMAuthentication`: whether the web services offer NTLM alone to Windows accounts.
    ///
    /// # Errors
    /// [`ErrorKind::CustomSettingsInvalid`].
    pub fn services_use_ntlm_authentication(&self) -> Result<Option<bool>, Error> {
        self.boolean(USE_NTLM)
    }

    /// `PublicSOAPBaseUrl`: the address by which others reach SOAP, such as `https://nav.example.com:7047/NAV/WS/`.
    #[must_use]
    pub fn public_soap_base_url(&self) -> Option<&str> {
        self.text(PUBLIC_SOAP_URL)
    }

    /// `PublicODataBaseUrl`: the address by which others reach OData, such as `https://nav.example.com:7048/BC/ODataV4/`.
    #[must_use]
    pub fn public_odata_base_url(&self) -> Option<&str> {
        self.text(PUBLIC_ODATA_URL)
    }

    /// `ServicesDefaultCompany`: the company of web services that name none.
    #[must_use]
    pub fn services_default_company(&self) -> Option<&str> {
        self.text(DEFAULT_COMPANY)
    }

    /// `ManagementServicesPort`; 7045 where it is absent.
    ///
    /// # Errors
    /// [`ErrorKind::CustomSettingsInvalid`].
    pub fn management_services_port(&self) -> Result<u16, Error> {
        self.port(MANAGEMENT_PORT, 7045)
    }

    /// `ManagementApiServicesPort`; 7086 where it is absent.
    ///
    /// # Errors
    /// [`ErrorKind::CustomSettingsInvalid`].
    pub fn management_api_services_port(&self) -> Result<u16, Error> {
        self.port(MANAGEMENT_API_PORT, 7086)
    }

    /// `DatabaseServer`: the computer of the database.
    #[must_use]
    pub fn database_server(&self) -> Option<&str> {
        self.text(DATABASE_SERVER)
    }

    /// `DatabaseName`.
    #[must_use]
    pub fn database_name(&self) -> Option<&str> {
        self.text(DATABASE_NAME)
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.values
            .iter()
            .find(|(known, _)| *known == key)
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    fn boolean(&self, key: &str) -> Result<Option<bool>, Error> {
        match self.text(key) {
            None => Ok(None),
            // A number is not documented, and could mean nothing else.
            Some(text) if text.eq_ignore_ascii_case("true") || text == "1" => Ok(Some(true)),
            Some(text) if text.eq_ignore_ascii_case("false") || text == "0" => Ok(Some(false)),
            Some(text) => Err(self.bad(key, text, "true or false")),
        }
    }

    fn port(&self, key: &str, default: u16) -> Result<u16, Error> {
        match self.text(key) {
            None => Ok(default),
            Some(text) => text
                .parse()
                .ok()
                .filter(|port| *port != 0)
                .ok_or_else(|| self.bad(key, text, "a number from 1 to 65535")),
        }
    }

    pub(super) fn bad(&self, key: &str, value: &str, what_it_may_be: &str) -> Error {
        let mut shown: String = value.chars().take(80).collect();
        if shown.len() < value.len() {
            shown.push('…');
        }
        Error::new(
            ErrorKind::CustomSettingsInvalid,
            format!(
                "{key} is {shown:?} in {}, and it may be {what_it_may_be}.",
                self.path.display()
            ),
        )
    }
}

/// The contents of a file, of one that is too large only as much as shows it.
pub(super) fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(LARGEST as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub(super) fn unavailable(path: &Path, error: &io::Error) -> Error {
    Error::new(
        ErrorKind::CustomSettingsUnavailable,
        format!("{} could not be read: {error}.", path.display()),
    )
}
