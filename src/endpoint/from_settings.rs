//! From a server instance's settings to the endpoint by which it is reached.

use std::net::Ipv6Addr;

use url::Url;

use super::custom_settings::{
    CustomSettings, DEFAULT_COMPANY, ODATA_ENABLED, ODATA_V4_ENABLED, PUBLIC_ODATA_URL,
    PUBLIC_SOAP_URL, SERVER_INSTANCE, SOAP_ENABLED,
};
use super::{CredentialType, Endpoint, Service};
use crate::error::{Error, ErrorKind};
use crate::instance::ServerInstance;

/// What a caller knows better than a settings file. Nothing of it has to be given.
#[derive(Clone, Copy, Debug, Default)]
pub struct EndpointChoices<'a> {
    /// The name to know the server instance by, in place of the setting `ServerInstance`.
    pub instance: Option<&'a ServerInstance>,
    /// The interface: SOAP or OData.
    pub service: Option<Service>,
    /// Name or IP address of the computer the server instance runs on, in place of the public address in the settings.
    pub host: Option<&'a str>,
    /// The company, in place of the setting `ServicesDefaultCompany`.
    pub company: Option<&'a str>,
}

impl CustomSettings {
    /// The endpoint of the server instance these settings are of, and the name it is known by.
    ///
    /// - Interface: the one chosen; else SOAP where `SOAPServicesEnabled` is true, else OData where `ODataServicesEnabled`
    ///   is true and `ODataServicesV4EndpointEnabled` is not false. What an absent `…Enabled` means is not documented, so
    ///   such an interface is taken where it is chosen, and never by itself.
    /// - Address: at the host chosen; else `PublicSOAPBaseUrl` or `PublicODataBaseUrl`; else at this computer, on Windows
    ///   only, by `localhost`, or by the computer's name with SSL, as certificates are for that one.
    /// - Sign-in: Windows where `ClientServicesCredentialType` is absent: it is the one by which a wrong guess shows
    ///   nobody a password.
    /// - An absent `…SSLEnabled`, `Multitenant` or `ServicesUseNTLMAuthentication` is taken as false. Where that is wrong,
    ///   the first call says so.
    ///
    /// # Errors
    /// [`ErrorKind::ServiceDisabled`] with the settings that switch the interface off and how to switch it on;
    /// [`ErrorKind::CustomSettingsInvalid`] for a value that a setting cannot have; [`ErrorKind::InvalidEndpoint`] where
    /// neither settings nor choices say the instance's name, its host or the company;
    /// [`ErrorKind::InvalidArgument`] for a choice that cannot be.
    pub fn endpoint(
        &self,
        choices: &EndpointChoices<'_>,
    ) -> Result<(ServerInstance, Endpoint), Error> {
        let computer = if cfg!(windows) {
            std::env::var("COMPUTERNAME").ok()
        } else {
            None
        };
        self.endpoint_seen_from(computer.as_deref(), choices)
    }

    /// As [`CustomSettings::endpoint`]. `computer` is the name of this computer where the server may run on it.
    pub(super) fn endpoint_seen_from(
        &self,
        computer: Option<&str>,
        choices: &EndpointChoices<'_>,
    ) -> Result<(ServerInstance, Endpoint), Error> {
        let own_name = self.server_instance()?;
        let Some(name) = choices.instance.or(own_name.as_ref()) else {
            return Err(Error::new(
                ErrorKind::InvalidEndpoint,
                format!(
                    "{} does not name its server instance: {SERVER_INSTANCE} is absent.",
                    self.path().display()
                ),
            )
            .with_advice("Name the server instance with -ServerInstance."));
        };
        // The server answers by its own name, whatever it is known by here.
        let name_there = own_name.as_ref().unwrap_or(name);
        let service = self.service(name_there, choices.service)?;
        let credential_type = self
            .client_services_credential_type()?
            .unwrap_or(CredentialType::Windows);
        let uri = self.address(service, name_there, computer, choices.host)?;
        let company = choices
            .company
            .map(str::trim)
            .filter(|company| !company.is_empty())
            .or(self.services_default_company())
            .ok_or_else(|| self.without_company(name))?;
        let endpoint = Endpoint {
            multitenant: self.multitenant()?.unwrap_or(false),
            ntlm: credential_type == CredentialType::Windows
                && self.services_use_ntlm_authentication()?.unwrap_or(false),
            ..Endpoint::new(service, uri, company, credential_type)
        };
        Ok((name.clone(), endpoint))
    }

    fn service(&self, name: &ServerInstance, chosen: Option<Service>) -> Result<Service, Error> {
        let soap = Obstacle::among(&[(SOAP_ENABLED, self.soap_services_enabled()?)]);
        let v4 = self.odata_services_v4_endpoint_enabled()?;
        let odata = Obstacle::among(&[
            (ODATA_ENABLED, self.odata_services_enabled()?),
            // Only a version that has this switch can have it off.
            (ODATA_V4_ENABLED, v4.or(Some(true))),
        ]);
        let (service, interface, obstacles) = match chosen {
            None if soap.is_empty() => return Ok(Service::Soap),
            None if odata.is_empty() => return Ok(Service::OData),
            None => return Err(self.no_service(name, soap, odata)),
            Some(Service::Soap) => (Service::Soap, "SOAP", soap),
            Some(Service::OData) => (Service::OData, "OData V4", odata),
            Some(Service::AdminCenter) => {
                return Err(Error::new(
                    ErrorKind::InvalidArgument,
                    "The Admin Center API is that of Business Central online; a server instance with a settings file \
                     has SOAP and OData services.",
                ));
            }
        };
        let off: Vec<_> = obstacles.into_iter().filter(|key| key.is_false).collect();
        if off.is_empty() {
            return Ok(service);
        }
        Err(self.disabled(
            &format!("The {interface} services of server instance '{name}' are switched off"),
            &off,
            switch_on(name, off.iter().map(|obstacle| obstacle.key)),
        ))
    }

    fn no_service(
        &self,
        name: &ServerInstance,
        soap: Vec<Obstacle>,
        odata: Vec<Obstacle>,
    ) -> Error {
        let mut advice = switch_on(name, [SOAP_ENABLED]);
        let all: Vec<_> = soap.into_iter().chain(odata).collect();
        if all.iter().any(|obstacle| !obstacle.is_false) {
            advice.push_str(&format!(
                " If services whose setting is absent are on all the same, choose them: Register-NAVServerEndpoint \
                 -CustomSettings {} -Service Soap",
                quoted(&self.path().display().to_string())
            ));
        }
        let fault = format!("No web services of server instance '{name}' are switched on");
        self.disabled(&fault, &all, advice)
    }

    fn disabled(&self, fault: &str, obstacles: &[Obstacle], advice: String) -> Error {
        let reasons: Vec<_> = obstacles
            .iter()
            .map(|Obstacle { key, is_false }| {
                format!("{key} is {}", if *is_false { "false" } else { "absent" })
            })
            .collect();
        Error::new(
            ErrorKind::ServiceDisabled,
            format!(
                "{fault} in {}: {}.",
                self.path().display(),
                reasons.join(", ")
            ),
        )
        .with_advice(advice)
    }

    fn address(
        &self,
        service: Service,
        name: &ServerInstance,
        computer: Option<&str>,
        host: Option<&str>,
    ) -> Result<String, Error> {
        let (key, public, tails, port, ssl) = match service {
            Service::OData => (
                PUBLIC_ODATA_URL,
                self.public_odata_base_url(),
                ["OData", "ODataV4"].as_slice(),
                self.odata_services_port()?,
                self.odata_services_ssl_enabled()?,
            ),
            _ => (
                PUBLIC_SOAP_URL,
                self.public_soap_base_url(),
                ["WS"].as_slice(),
                self.soap_services_port()?,
                self.soap_services_ssl_enabled()?,
            ),
        };
        let ssl = ssl.unwrap_or(false);
        let host = match (host, public, computer) {
            (Some(host), _, _) => host,
            (None, Some(public), _) => return self.public_address(key, public, tails),
            (None, None, Some(computer)) if ssl => computer,
            (None, None, Some(_)) => "localhost",
            (None, None, None) => {
                return Err(Error::new(
                    ErrorKind::InvalidEndpoint,
                    format!(
                        "{} does not say which computer server instance '{name}' runs on: {key} is absent or blank.",
                        self.path().display()
                    ),
                )
                .with_advice("Name the computer that the server instance runs on with -ComputerName."));
            }
        };
        let scheme = if ssl { "https" } else { "http" };
        direct_address(scheme, host, port, name)
    }

    /// The part of a public address that all interfaces' paths are put behind.
    fn public_address(&self, key: &str, value: &str, tails: &[&str]) -> Result<String, Error> {
        let example = format!(
            "an address such as https://HOST:PORT/INSTANCE/{}/",
            tails[0]
        );
        if value.contains('@') {
            // Not repeated: it may be a password.
            return Err(Error::new(
                ErrorKind::CustomSettingsInvalid,
                format!(
                    "{key} in {} holds a user name or password, and it may be {example}.",
                    self.path().display()
                ),
            ));
        }
        let url = Url::parse(value).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.query().is_none()
                && url.fragment().is_none()
        });
        let Some(mut url) = url else {
            return Err(self.bad(key, value, &example));
        };
        let segments: Vec<_> = url
            .path()
            .split('/')
            .filter(|segment| !segment.is_empty())
            .collect();
        let end = segments
            .iter()
            .rposition(|segment| tails.iter().any(|tail| tail.eq_ignore_ascii_case(segment)))
            .unwrap_or(segments.len());
        let path = segments[..end].join("/");
        url.set_path(&path);
        Ok(url.as_str().trim_end_matches('/').to_owned())
    }

    fn without_company(&self, name: &ServerInstance) -> Error {
        let path = self.path().display().to_string();
        Error::new(
            ErrorKind::InvalidEndpoint,
            format!(
                "The settings of server instance '{name}' name no company, and web services are those of a company: \
                 {DEFAULT_COMPANY} is absent or blank in {path}."
            ),
        )
        .with_advice(format!(
            "Name the company: Register-NAVServerEndpoint -CustomSettings {} -Company NAME",
            quoted(&path)
        ))
    }
}

/// A setting that is not true and would have to be.
struct Obstacle {
    key: &'static str,
    /// Otherwise it is absent.
    is_false: bool,
}

impl Obstacle {
    fn among(settings: &[(&'static str, Option<bool>)]) -> Vec<Self> {
        settings
            .iter()
            .filter(|(_, value)| *value != Some(true))
            .map(|(key, value)| Self {
                key,
                is_false: value.is_some(),
            })
            .collect()
    }
}

fn direct_address(
    scheme: &str,
    host: &str,
    port: u16,
    name: &ServerInstance,
) -> Result<String, Error> {
    let host = host.trim();
    let host = match host.parse::<Ipv6Addr>() {
        Ok(ip) => format!("[{ip}]"),
        Err(_) => host.to_owned(),
    };
    let has_more = |c: char| c.is_whitespace() || "/\\?#@".contains(c);
    let url = Url::parse(&format!("{scheme}://{host}:{port}/")).ok();
    let (Some(mut url), false) = (url, host.is_empty() || host.contains(has_more)) else {
        return Err(Error::new(
            ErrorKind::InvalidArgument,
            format!(
                "{host:?} is not the name or IP address of a computer; the port is in the settings."
            ),
        ));
    };
    if let Ok(mut path) = url.path_segments_mut() {
        path.clear().push(name.short_name());
    }
    Ok(url.into())
}

/// What a person enters to switch settings on.
pub(super) fn switch_on(
    name: &ServerInstance,
    keys: impl IntoIterator<Item = &'static str>,
) -> String {
    let name = quoted(name.short_name());
    let mut advice = "Switch it on and restart the server instance: ".to_owned();
    for key in keys {
        advice.push_str(&format!(
            "Set-NAVServerConfiguration -ServerInstance {name} -KeyName {key} -KeyValue true; "
        ));
    }
    advice.push_str(&format!(
        "Restart-NAVServerInstance -ServerInstance {name}."
    ));
    advice
}

/// A text as PowerShell takes it literally.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
