//! Server instances that are installed on a Windows computer, found by its own registry. What the tests write into it is of
//! names of their own and taken out again, and still they are left out unless they are asked for:
//! `cargo xtask test windows` has a registry for them.

#![cfg(windows)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nav_emulator::Emulator;
use nav_session::{
    Cancel, Client, Credential, CredentialType, Endpoint, EndpointSource, Endpoints, ErrorKind,
    InstalledInstance, Outcome, Secret, ServerInstance, Service, SessionFilter, SessionKey,
};
use tempfile::TempDir;

const VERSIONS: &str = r"HKLM\SOFTWARE\Microsoft\Microsoft Dynamics NAV";
const SERVICES: &str = r"HKLM\SYSTEM\CurrentControlSet\Services";

/// Keys of the registry as long as they are needed.
struct Keys(Vec<String>);

impl Keys {
    fn set(&mut self, key: &str, name: &str, kind: &str, value: &str) {
        self.0.push(key.to_owned());
        reg(&["add", key, "/v", name, "/t", kind, "/d", value, "/f"]);
    }

    fn service(&mut self, instance: &str, command: &str, start: &str) {
        let key = format!(r"{SERVICES}\MicrosoftDynamicsNavServer${instance}");
        self.set(&key, "ImagePath", "REG_EXPAND_SZ", command);
        self.set(&key, "Start", "REG_DWORD", start);
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        for key in &self.0 {
            // All but the first of a key's values find it gone.
            let _ = Command::new("reg").args(["delete", key, "/f"]).output();
        }
    }
}

fn reg(arguments: &[&str]) {
    let output = Command::new("reg").args(arguments).output().unwrap();
    assert!(output.status.success(), "reg {arguments:?}: {output:?}");
}

/// A folder as a server's setup leaves it, and the registry that knows it.
struct Computer {
    folder: TempDir,
    keys: Keys,
}

impl Computer {
    fn new(version: &str) -> Self {
        let mut computer = Self {
            folder: tempfile::tempdir().unwrap(),
            keys: Keys(Vec::new()),
        };
        let key = format!(r"{VERSIONS}\{version}\Service");
        let folder = computer.program_folder().display().to_string();
        computer.keys.set(&key, "Path", "REG_SZ", &folder);
        computer.keys.set(&key, "Installed", "REG_DWORD", "1");
        computer
    }

    fn program_folder(&self) -> PathBuf {
        self.folder.path().join("Service")
    }

    /// An instance of a name that no other test has, by settings that follow these.
    fn install(
        &mut self,
        instance: &str,
        own_folder: &str,
        start: &str,
        settings: &str,
    ) -> PathBuf {
        let program = self
            .program_folder()
            .join("Microsoft.Dynamics.Nav.Server.exe");
        let folder = self.program_folder().join(own_folder);
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("CustomSettings.config");
        let text = format!(
            "<appSettings><add key=\"ServerInstance\" value=\"{instance}\"/>{settings}</appSettings>"
        );
        fs::write(&path, text).unwrap();
        let command = format!(
            r#""{}" ${instance} /config "{}""#,
            program.display(),
            folder
                .join("Microsoft.Dynamics.Nav.Server.exe.config")
                .display()
        );
        self.keys.service(instance, &command, start);
        path
    }

    /// Endpoints of nobody but this computer.
    fn endpoints(&self) -> Endpoints {
        Endpoints::discover_beside(self.folder.path().join("endpoints.json"))
    }

    fn installed(&self, name: &str) -> InstalledInstance {
        let mut all = self.endpoints().list_installed().unwrap().into_iter();
        all.find(|row| row.instance.short_name() == name).unwrap()
    }
}

fn soap(port: u16) -> String {
    format!(
        "<add key=\"SOAPServicesEnabled\" value=\"true\"/><add key=\"SOAPServicesPort\" value=\"{port}\"/>\
         <add key=\"ServicesDefaultCompany\" value=\"CRONUS International Ltd.\"/>\
         <add key=\"ClientServicesCredentialType\" value=\"NavUserPassword\"/>"
    )
}

fn same_file(one: &Path, other: &Path) -> bool {
    let plain = |path: &Path| path.display().to_string().replace('/', r"\").to_lowercase();
    plain(one) == plain(other)
}

#[test]
#[ignore = "writes into the registry of this computer"]
fn instances_are_found_by_their_services_with_version_and_settings() {
    let mut computer = Computer::new("110");
    let default = computer.install("TestDefault", "", "2", &soap(7047));
    let second = computer.install("TestSecond", r"Instances\TestSecond", "4", &soap(8047));
    reg(&["add", &format!(r"{SERVICES}\NoServerOfNavs"), "/f"]);
    computer.keys.0.push(format!(r"{SERVICES}\NoServerOfNavs"));

    for (name, settings, port, disabled) in [
        ("TestDefault", default, 7047, false),
        ("TestSecond", second, 8047, true),
    ] {
        let row = computer.installed(name);
        assert_eq!(row.version.as_deref(), Some("110"), "{name}");
        assert!(
            same_file(row.settings.as_ref().unwrap(), &settings),
            "{row:?}"
        );
        assert_eq!(row.disabled, disabled, "{name}");
        let expected = Endpoint::new(
            Service::Soap,
            format!("http://localhost:{port}/{name}"),
            "CRONUS International Ltd.",
            CredentialType::NavUserPassword,
        );
        assert_eq!(row.endpoint.unwrap(), expected);
    }
}

#[test]
#[ignore = "writes into the registry of this computer"]
fn a_session_of_an_instance_installed_here_is_removed_without_registering_anything() {
    let emulator = Emulator::builder()
        .server_instance("TestReached")
        .credentials("admin", "geheim")
        .start()
        .unwrap();
    let port = emulator.soap_uri();
    let port = port
        .split([':', '/'])
        .find_map(|part| part.parse().ok())
        .unwrap();
    let mut computer = Computer::new("100");
    let settings = computer.install("TestReached", "", "2", &soap(port));

    let instance = ServerInstance::parse("MicrosoftDynamicsNavServer$testreached").unwrap();
    let found = computer.endpoints().find(&instance).unwrap();
    let EndpointSource::Installed { settings: read } = &found.source else {
        panic!("{found:?}");
    };
    assert!(same_file(read, &settings), "{found:?}");
    let client = Client::builder(found.instance, found.endpoint)
        .credential(Credential::new("admin", Secret::from("geheim")))
        .open()
        .unwrap();
    let outcome = client.remove_session(&SessionKey::new(11), &Cancel::new());
    assert_eq!(outcome.unwrap(), Outcome::Removed);
    let left: Vec<_> = client
        .sessions(SessionFilter::default(), &Cancel::new())
        .map(|row| row.unwrap().session_id)
        .collect();
    assert!(left.len() > 1 && !left.contains(&11), "{left:?}");
}

#[test]
#[ignore = "writes into the registry of this computer"]
fn a_registered_endpoint_goes_before_the_instance_installed_here() {
    let mut computer = Computer::new("90");
    computer.install("TestRegistered", "", "2", &soap(7047));
    let endpoints = computer.endpoints();
    let instance = ServerInstance::parse("TestRegistered").unwrap();
    let registered = Endpoint::new(
        Service::Soap,
        "http://nav01:7047/Elsewhere",
        "CRONUS",
        CredentialType::Windows,
    );
    let file = endpoints.file(nav_session::Scope::User).unwrap();
    file.register(&instance, registered.clone(), false).unwrap();
    assert_eq!(endpoints.find(&instance).unwrap().endpoint, registered);

    let unknown = endpoints.find(&ServerInstance::parse("TestUnknown").unwrap());
    let error = unknown.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::EndpointNotFound);
    assert!(error.to_string().contains("TestRegistered"), "{error}");
}
