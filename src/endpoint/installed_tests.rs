//! Server instances on a computer that is made of literals: what a registry and its settings files hold.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::path::Path;

use super::installed::{Computer, Installation, InstalledInstance, WindowsService, examine, names};
use super::{CredentialType, Endpoint, EndpointSource, Endpoints, Scope, Service};
use crate::error::{Error, ErrorKind};
use crate::instance::ServerInstance;

#[derive(Default)]
struct Literal {
    services: Vec<(&'static str, WindowsService)>,
    installations: Vec<Installation>,
    files: HashMap<String, Vec<u8>>,
    unreadable: Vec<String>,
    is_closed: bool,
    /// What was asked of it, in this order.
    asked: RefCell<Vec<String>>,
}

impl Computer for Literal {
    fn services(&self) -> Result<Vec<String>, String> {
        self.asked.borrow_mut().push("services".to_owned());
        if self.is_closed {
            return Err("Access is denied".to_owned());
        }
        Ok(self
            .services
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .collect())
    }

    fn service(&self, name: &str) -> WindowsService {
        let mut services = self.services.iter();
        let found = services.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found
            .map(|(_, service)| service.clone())
            .unwrap_or_default()
    }

    fn installations(&self) -> Vec<Installation> {
        self.installations.clone()
    }

    fn variable(&self, name: &str) -> Option<String> {
        match name {
            "COMPUTERNAME" => Some("NAV01".to_owned()),
            "ProgramFiles" => Some(r"C:\Program Files".to_owned()),
            _ => None,
        }
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let path = path.to_str().unwrap();
        self.asked.borrow_mut().push(path.to_owned());
        if self.unreadable.iter().any(|known| known == path) {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "Access is denied",
            ));
        }
        self.files
            .get(path)
            .cloned()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Literal {
    fn service(mut self, name: &'static str, command: &str) -> Self {
        let service = WindowsService {
            command: Some(command.to_owned()),
            disabled: false,
        };
        self.services.push((name, service));
        self
    }

    fn disabled(mut self) -> Self {
        self.services.last_mut().unwrap().1.disabled = true;
        self
    }

    fn installation(mut self, version: &str, folder: &str) -> Self {
        self.installations.push(Installation {
            version: version.to_owned(),
            folder: folder.to_owned(),
        });
        self
    }

    fn file(mut self, path: &str, contents: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.to_owned(), contents.into());
        self
    }

    fn unreadable(mut self, path: &str) -> Self {
        self.unreadable.push(path.to_owned());
        self
    }

    fn examine(&self, name: &str) -> InstalledInstance {
        examine(self, ServerInstance::parse(name).unwrap())
    }

    fn find(&self, endpoints: &Endpoints, name: &str) -> Result<super::RegisteredEndpoint, Error> {
        endpoints.find_also_on(Some(self), &ServerInstance::parse(name).unwrap())
    }
}

fn shipped(version: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/settings");
    std::fs::read(folder.join(format!("{version}.config"))).unwrap()
}

fn command(folder: &str, name: &str, config_folder: &str) -> String {
    format!(
        r#""{folder}\Microsoft.Dynamics.Nav.Server.exe" ${name} /config "{config_folder}\Microsoft.Dynamics.Nav.Server.exe.config""#
    )
}

fn settings(name: &str) -> String {
    format!(
        r#"<appSettings>
             <add key="ServerInstance" value="{name}"/>
             <add key="SOAPServicesEnabled" value="true"/>
             <add key="ServicesDefaultCompany" value="CRONUS"/>
           </appSettings>"#
    )
}

const NAV70: &str = r"C:\Program Files\Microsoft Dynamics NAV\70\Service";
const NAV110: &str = r"C:\Program Files\Microsoft Dynamics NAV\110\Service";
const BC140: &str = r"C:\Program Files\Microsoft Dynamics 365 Business Central\140\Service";
const BC230: &str = r"D:\BC\230\Service";
const PROD: &str = r"C:\Program Files\Microsoft Dynamics NAV\110\Service\Instances\Prod";

/// Four versions on one computer, as nobody has them but many have one of each.
fn many() -> Literal {
    Literal::default()
        .service("Spooler", r"C:\Windows\System32\spoolsv.exe")
        .service(
            "MicrosoftDynamicsNavServer$Prod",
            &command(NAV110, "Prod", PROD),
        )
        .service(
            "MicrosoftDynamicsNAVServer$BC140",
            &command(BC140, "BC140", BC140),
        )
        .service(
            "MicrosoftDynamicsNavServer$BC230",
            &command(BC230, "BC230", BC230),
        )
        .service(
            "MicrosoftDynamicsNavServer$DynamicsNAV70",
            &command(NAV70, "DynamicsNAV70", NAV70).replace(r"C:\Program Files", "%ProgramFiles%"),
        )
        .service("MicrosoftDynamicsNavServer$", "")
        .installation("70", &format!(r"{NAV70}\"))
        .installation("110", &NAV110.to_uppercase())
        .installation("140", BC140)
        .file(
            &format!(r"{NAV70}\CustomSettings.config"),
            shipped("nav2013"),
        )
        .file(
            &format!(r"{PROD}\CustomSettings.config"),
            shipped("nav2018"),
        )
        .file(&format!(r"{BC140}\CustomSettings.config"), shipped("bc14"))
        .file(&format!(r"{BC230}\CustomSettings.config"), shipped("bc23"))
}

#[test]
fn each_installed_version_has_its_endpoint_and_its_settings_file() {
    let computer = many();
    let found = names(&computer).unwrap();
    let found: Vec<_> = found.iter().map(ServerInstance::short_name).collect();
    assert_eq!(found, ["BC140", "BC230", "DynamicsNAV70", "Prod"]);

    let nav70 = computer.examine("dynamicsnav70");
    assert_eq!(nav70.version.as_deref(), Some("70"));
    assert_eq!(
        nav70.settings.unwrap().to_str().unwrap(),
        format!(r"{NAV70}\CustomSettings.config")
    );
    assert_eq!(
        nav70.endpoint.unwrap(),
        Endpoint::new(
            Service::Soap,
            "http://localhost:7047/DynamicsNAV70",
            "CRONUS International Ltd.",
            CredentialType::Windows
        )
    );

    let prod = computer.examine("Prod");
    assert_eq!(prod.version.as_deref(), Some("110"));
    assert_eq!(
        prod.settings.unwrap().to_str().unwrap(),
        format!(r"{PROD}\CustomSettings.config")
    );
    let endpoint = prod.endpoint.unwrap();
    assert_eq!(endpoint.uri, "https://nav.cronus.example:7147/Prod");
    assert!(endpoint.ntlm);

    let bc140 = computer.examine("BC140");
    assert_eq!(bc140.version.as_deref(), Some("140"));
    let endpoint = bc140.endpoint.unwrap();
    // A certificate is for the computer's name and hardly ever for localhost.
    assert_eq!(endpoint.uri, "https://nav01:7048/BC140");
    assert_eq!(
        (endpoint.service, endpoint.multitenant),
        (Service::OData, true)
    );

    let bc230 = computer.examine("BC230");
    assert_eq!(bc230.version, None);
    assert!(bc230.settings.is_some());
    let error = bc230.endpoint.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidEndpoint);
    assert_eq!(
        error.recommended_action(),
        format!(
            r"Name the company: Register-NAVServerEndpoint -CustomSettings '{BC230}\CustomSettings.config' -Company NAME"
        )
    );
}

#[test]
fn the_settings_are_those_that_name_the_instance_wherever_they_are() {
    let custom = |folder: &str| format!(r"{folder}\CustomSettings.config");
    let own = format!(r"{NAV110}\Instances\Test");
    let computer = || {
        Literal::default().service(
            "MicrosoftDynamicsNavServer$Test",
            &command(NAV110, "Test", PROD),
        )
    };
    let settings_of = |computer: &Literal| {
        let settings = computer.examine("Test").settings.unwrap();
        settings.to_str().unwrap().to_owned()
    };
    // Beside the file behind /config.
    let all = computer()
        .file(&custom(PROD), settings("TEST"))
        .file(&custom(&own), settings("Test"))
        .file(&custom(NAV110), settings("Test"));
    assert_eq!(settings_of(&all), custom(PROD));
    // In the instance's folder, as that one is another's.
    let second = computer()
        .file(&custom(PROD), settings("Prod"))
        .file(&custom(&own), settings("Test"));
    assert_eq!(settings_of(&second), custom(&own));
    // Of the default instance.
    let third = computer()
        .file(&custom(PROD), "damaged")
        .file(&custom(NAV110), settings("Test"));
    assert_eq!(settings_of(&third), custom(NAV110));
    // Where the registry says.
    let fourth = computer()
        .installation("70", NAV70)
        .installation("140", &format!(r"{BC140}\"))
        .file(&custom(NAV70), settings("Other"))
        .file(
            &format!(r"{BC140}\Instances\Test\CustomSettings.config"),
            settings("Test"),
        );
    assert_eq!(
        settings_of(&fourth),
        format!(r"{BC140}\Instances\Test\CustomSettings.config")
    );
    // At the instance's own place, where the file names none.
    let nameless = settings("");
    let fifth = computer()
        .file(&custom(PROD), &*nameless)
        .file(&custom(NAV110), settings("Prod"));
    assert_eq!(settings_of(&fifth), custom(PROD));
    assert_eq!(
        fifth.examine("Test").endpoint.unwrap().uri,
        "http://localhost:7047/Test"
    );
    // Not at a place that may be another's.
    let sixth = computer().file(&custom(NAV110), &*nameless);
    let error = sixth.examine("Test").endpoint.unwrap_err();
    assert!(
        error
            .to_string()
            .contains(&format!("{} names no server instance", custom(NAV110))),
        "{error}"
    );
}

#[test]
fn a_service_of_which_nothing_can_be_read_is_found_by_the_registry() {
    let mut computer = Literal::default().installation("110", NAV110).file(
        &format!(r"{PROD}\CustomSettings.config"),
        shipped("nav2018"),
    );
    computer
        .services
        .push(("MicrosoftDynamicsNavServer$Prod", WindowsService::default()));
    let prod = computer.examine("Prod");
    assert_eq!(
        prod.endpoint.unwrap().uri,
        "https://nav.cronus.example:7147/Prod"
    );
    assert_eq!(prod.version, None);
}

#[test]
fn settings_that_are_not_there_or_not_to_be_read_are_told_with_the_place() {
    let service = "MicrosoftDynamicsNavServer$Prod";
    let path = format!(r"{PROD}\CustomSettings.config");
    let installed = || Literal::default().service(service, &command(NAV110, "Prod", PROD));

    let none = installed().file(
        &format!(r"{NAV110}\CustomSettings.config"),
        settings("Other"),
    );
    let error = none.examine("Prod").endpoint.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CustomSettingsUnavailable);
    assert_eq!(
        error.to_string(),
        format!(
            r"The settings of server instance 'Prod' were not found: {path} does not exist, {NAV110}\CustomSettings.config is that of server instance 'Other'."
        )
    );

    let nowhere = Literal::default().service(service, "server");
    let error = nowhere.examine("Prod").endpoint.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("neither its Windows service nor the registry says"),
        "{error}"
    );

    let closed = installed().unreadable(&path);
    let row = closed.examine("Prod");
    assert_eq!(row.settings, None);
    let error = row.endpoint.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CustomSettingsUnavailable);
    assert_eq!(
        error.to_string(),
        format!("{path} could not be read: Access is denied.")
    );
    assert!(
        error.recommended_action().contains("an administrator"),
        "{error}"
    );

    let damaged = installed().file(&path, "<appSettings>");
    let error = damaged.examine("Prod").endpoint.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CustomSettingsInvalid);
    assert!(error.to_string().starts_with(&path), "{error}");

    let wrong = installed().file(&path, settings("a/b"));
    let error = wrong.examine("Prod").endpoint.unwrap_err();
    assert!(
        error.to_string().starts_with("ServerInstance is \"a/b\""),
        "{error}"
    );
}

#[test]
fn a_disabled_service_is_told_with_the_reason_and_does_not_hide_an_endpoint() {
    let path = format!(r"{PROD}\CustomSettings.config");
    let installed = || {
        Literal::default()
            .service(
                "MicrosoftDynamicsNavServer$Prod",
                &command(NAV110, "Prod", PROD),
            )
            .disabled()
    };
    let off = r#"<appSettings><add key="SOAPServicesEnabled" value="false"/></appSettings>"#;
    let row = installed().file(&path, off).examine("Prod");
    assert!(row.disabled);
    let error = row.endpoint.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ServiceDisabled);
    let message = error.to_string();
    assert!(
        message.contains("SOAPServicesEnabled is false"),
        "{message}"
    );
    assert!(
        message.ends_with(" Its Windows service is disabled."),
        "{message}"
    );
    let advice = error.recommended_action();
    assert!(advice.contains("-KeyName SOAPServicesEnabled"), "{advice}");
    let start = "Set-Service -Name 'MicrosoftDynamicsNavServer$Prod' -StartupType Automatic. ";
    assert!(advice.contains(start), "{advice}");
    // It runs on until it is stopped, and its sessions can be removed until then.
    let row = installed().file(&path, settings("Prod")).examine("Prod");
    assert!(row.disabled);
    assert!(row.endpoint.is_ok());
}

#[test]
fn odata_alone_is_not_enough_before_business_central() {
    let text = String::from_utf8(shipped("bc14"))
        .unwrap()
        .replace("BC140", "Prod");
    let installed = |version| {
        Literal::default()
            .service(
                "MicrosoftDynamicsNavServer$Prod",
                &command(NAV110, "Prod", PROD),
            )
            .installation(version, NAV110)
            .file(&format!(r"{PROD}\CustomSettings.config"), &*text)
            .examine("Prod")
            .endpoint
    };
    let error = installed("110").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ServiceDisabled);
    assert!(
        error.to_string().ends_with("this is version 110."),
        "{error}"
    );
    assert!(
        error
            .recommended_action()
            .contains("-KeyName SOAPServicesEnabled"),
        "{error}"
    );
    assert_eq!(installed("130").unwrap().service, Service::OData);
}

#[test]
fn what_is_registered_comes_before_what_is_installed_and_then_nothing_else_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| Some(folder.path().join(name));
    let endpoints = Endpoints::at(at("user.json"), at("machine.json"));
    let computer = many();

    let found = computer
        .find(&endpoints, "MicrosoftDynamicsNavServer$PROD")
        .unwrap();
    assert_eq!(found.instance.short_name(), "Prod");
    assert_eq!(found.endpoint.uri, "https://nav.cronus.example:7147/Prod");
    let settings = format!(r"{PROD}\CustomSettings.config").into();
    assert_eq!(found.source, EndpointSource::Installed { settings });
    assert_eq!(found.source.file(), None);
    // Of the other instances, no file was read.
    let asked = computer.asked.take();
    assert_eq!(asked, ["services", found.source.path().to_str().unwrap()]);

    let file = endpoints.file(Scope::Machine).unwrap();
    let registered = Endpoint::new(
        Service::Soap,
        "http://h:7047/Prod",
        "C",
        CredentialType::None,
    );
    file.register(&found.instance, registered.clone(), false)
        .unwrap();
    let found = computer.find(&endpoints, "Prod").unwrap();
    assert_eq!(found.endpoint, registered);
    assert_eq!(found.source, EndpointSource::File(file.clone()));
    assert!(computer.asked.take().is_empty());
}

#[test]
fn an_installed_instance_that_cannot_be_reached_is_told_with_its_reason() {
    let computer = many();
    let error = computer
        .find(&Endpoints::at(None, None), "BC230")
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidEndpoint);
    assert!(
        error
            .to_string()
            .contains("ServicesDefaultCompany is absent or blank"),
        "{error}"
    );
}

#[test]
fn an_unknown_instance_is_told_with_the_installed_ones() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("endpoints.json");
    let endpoints = Endpoints::at(Some(path.clone()), None);
    let closed = Literal {
        is_closed: true,
        ..Literal::default()
    };
    for (computer, installed) in [
        (many(), "BC140, BC230, DynamicsNAV70, Prod"),
        (Literal::default(), "there is none"),
        (closed, "which could not be listed: Access is denied"),
    ] {
        let error = computer.find(&endpoints, "Nowhere").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::EndpointNotFound);
        assert_eq!(
            error.to_string(),
            format!(
                "No endpoint is known for server instance 'Nowhere'. Looked in: {} (no such file), the server instances \
                 installed on this computer ({installed}).",
                path.display()
            )
        );
    }
}
