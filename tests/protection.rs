//! Files that say where passwords go and whom to trust are used only where nobody else can change them.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::PathBuf;
use std::process::Command;

use nav_session::{
    Cancel, Client, CredentialType, Endpoint, Endpoints, Error, ErrorKind, Scope, ServerInstance,
    Service, SessionFilter,
};
use tempfile::TempDir;

const TEXT: &str = r#"{"version":1,"endpoints":{"A":{"service":"Soap","uri":"http://a:7047/N","company":"C","credentialType":"None"}}}"#;
/// A user that is neither root nor whoever runs the tests.
const SOMEBODY: u32 = 4_000_001;

fn name() -> ServerInstance {
    ServerInstance::parse("A").unwrap()
}

/// `…/outer/inner/endpoints.json`, which nobody else can write.
struct Place {
    _folder: TempDir,
    root: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        let place = Self {
            _folder: folder,
            root,
        };
        fs::create_dir_all(place.at("outer/inner")).unwrap();
        fs::write(place.at("outer/inner/endpoints.json"), TEXT).unwrap();
        for path in ["outer", "outer/inner"] {
            place.mode(path, 0o755);
        }
        place.mode("outer/inner/endpoints.json", 0o644);
        place
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    fn mode(&self, path: &str, mode: u32) {
        fs::set_permissions(self.at(path), Permissions::from_mode(mode)).unwrap();
    }

    fn endpoints(&self, path: &str) -> Endpoints {
        Endpoints::at(Some(self.at(path)), None)
    }
}

/// What each way to use the file says.
fn refusals(endpoints: &Endpoints) -> Vec<Error> {
    let file = endpoints.file(Scope::User).unwrap();
    let endpoint = Endpoint::new(Service::Soap, "http://b:7047/N", "C", CredentialType::None);
    vec![
        endpoints.find(&name()).unwrap_err(),
        endpoints.list().unwrap_err(),
        file.register(&name(), endpoint, true).unwrap_err(),
        file.unregister(&name()).unwrap_err(),
    ]
}

fn assert_refused(place: &Place, file: &str, exposed: &str, words: &str) {
    let path = place.at("outer/inner/endpoints.json");
    let before = fs::read_to_string(&path).unwrap();
    for error in refusals(&place.endpoints(file)) {
        assert_eq!(error.kind(), ErrorKind::EndpointsFileNotProtected);
        let message = error.to_string();
        assert!(
            message.contains(place.at(file).to_str().unwrap()),
            "{message}"
        );
        let fault = format!("{} {words}", place.at(exposed).display());
        assert!(message.contains(&fault), "{message}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), before);
}

/// Runs the command at the end of the advice.
fn mend(error: &Error) {
    let (_, command) = error.recommended_action().split_once("Then: ").unwrap();
    let command = command.strip_prefix("sudo ").unwrap_or(command);
    let done = Command::new("sh").args(["-c", command]).status().unwrap();
    assert!(done.success(), "{command}");
}

#[test]
fn a_file_or_folder_that_others_can_write_is_refused_until_the_advised_command_is_run() {
    for (exposed, mode, words) in [
        (
            "outer/inner/endpoints.json",
            0o664,
            "can be written by its group (mode 0664)",
        ),
        (
            "outer/inner/endpoints.json",
            0o646,
            "can be written by everybody (mode 0646)",
        ),
        (
            "outer/inner/endpoints.json",
            0o622,
            "can be written by its group and everybody else (mode 0622)",
        ),
        (
            "outer/inner",
            0o775,
            "can be written by its group (mode 0775)",
        ),
        ("outer", 0o757, "can be written by everybody (mode 0757)"),
    ] {
        let place = Place::new();
        let file = "outer/inner/endpoints.json";
        place.mode(exposed, mode);
        assert_refused(&place, file, exposed, words);
        mend(&place.endpoints(file).list().unwrap_err());
        assert_eq!(place.endpoints(file).list().unwrap().len(), 1);
    }
}

#[test]
fn a_folder_in_which_everybody_keeps_what_is_his_own_is_no_fault() {
    let place = Place::new();
    place.mode("outer", 0o1777);
    assert_eq!(
        place
            .endpoints("outer/inner/endpoints.json")
            .list()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn behind_a_link_both_its_folder_and_its_target_count() {
    let place = Place::new();
    fs::create_dir(place.at("links")).unwrap();
    symlink("../outer/inner/endpoints.json", place.at("links/file.json")).unwrap();
    symlink(place.at("outer/inner"), place.at("links/folder")).unwrap();
    for link in ["links/file.json", "links/folder/endpoints.json"] {
        place.mode("links", 0o755);
        assert_eq!(place.endpoints(link).list().unwrap().len(), 1);
        place.mode("outer/inner/endpoints.json", 0o666);
        assert_refused(
            &place,
            link,
            "outer/inner/endpoints.json",
            "can be written by",
        );
        place.mode("outer/inner/endpoints.json", 0o644);
        place.mode("links", 0o777);
        assert_refused(&place, link, "links", "can be written by");
    }
}

#[test]
fn a_folder_that_others_can_write_is_given_no_file() {
    let place = Place::new();
    fs::create_dir(place.at("shared")).unwrap();
    place.mode("shared", 0o770);
    let endpoints = place.endpoints("shared/new/endpoints.json");
    let file = endpoints.file(Scope::User).unwrap();
    let endpoint = Endpoint::new(Service::Soap, "http://b:7047/N", "C", CredentialType::None);
    let error = file.register(&name(), endpoint, false).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::EndpointsFileNotProtected);
    assert!(!file.path().exists());
    assert!(!place.at("shared/new/endpoints.json.lock").exists());
}

#[test]
fn what_is_registered_for_a_user_is_nobody_elses_and_what_for_the_computer_everybodys_to_read() {
    let place = Place::new();
    let mode = |path: PathBuf| fs::metadata(path).unwrap().mode() & 0o777;
    let endpoint = || Endpoint::new(Service::Soap, "http://b:7047/N", "C", CredentialType::None);
    let endpoints = Endpoints::at(
        Some(place.at("user/nav-session/endpoints.json")),
        Some(place.at("machine/nav-session/endpoints.json")),
    );
    for (scope, folder, file) in [(Scope::User, 0o700, 0o600), (Scope::Machine, 0o755, 0o644)] {
        let target = endpoints.file(scope).unwrap();
        target.register(&name(), endpoint(), false).unwrap();
        let path = target.path();
        assert_eq!(mode(path.to_owned()), file);
        assert_eq!(mode(path.with_file_name("endpoints.json.lock")), 0o600);
        assert_eq!(mode(path.parent().unwrap().to_owned()), folder);
        assert_eq!(
            mode(path.parent().unwrap().parent().unwrap().to_owned()),
            folder
        );
    }
}

#[test]
fn trusted_certificates_that_others_can_change_are_not_trusted() {
    let place = Place::new();
    fs::write(place.at("outer/ca.pem"), "").unwrap();
    place.mode("outer/ca.pem", 0o666);
    let endpoint = Endpoint {
        ca_file: Some(place.at("outer/ca.pem").to_str().unwrap().to_owned()),
        ..Endpoint::new(
            Service::Soap,
            "https://127.0.0.1:9/N",
            "C",
            CredentialType::None,
        )
    };
    let client = Client::builder(name(), endpoint).open().unwrap();
    let refused = || {
        let listed = client
            .sessions(SessionFilter::default(), &Cancel::new())
            .next();
        listed.unwrap().unwrap_err()
    };
    let error = refused();
    assert_eq!(error.kind(), ErrorKind::CertificateFileUnusable, "{error}");
    let command = format!("chmod go-w '{}'", place.at("outer/ca.pem").display());
    assert!(error.to_string().contains("mode 0666"), "{error}");
    assert!(error.to_string().contains(&command), "{error}");
    place.mode("outer/ca.pem", 0o644);
    assert_eq!(refused().kind(), ErrorKind::ConnectionRefused);
}

/// Needs root, who alone can give files away.
#[test]
fn given_away_a_file_folder_or_link_of_another_user_is_refused_and_one_of_root_is_not() {
    let file = "outer/inner/endpoints.json";
    for path in [file, "outer/inner", "outer"] {
        let place = Place::new();
        chown(place.at(path), Some(SOMEBODY), None).unwrap();
        assert_refused(&place, file, path, "belongs to another user (uid 4000001)");
        mend(&place.endpoints(file).list().unwrap_err());
        assert_eq!(place.endpoints(file).list().unwrap().len(), 1);
    }
    let place = Place::new();
    place.mode("outer", 0o1777);
    symlink(place.at("outer/inner"), place.at("outer/link")).unwrap();
    std::os::unix::fs::lchown(place.at("outer/link"), Some(SOMEBODY), None).unwrap();
    assert_refused(
        &place,
        "outer/link/endpoints.json",
        "outer/link",
        "belongs to another user",
    );
    mend(
        &place
            .endpoints("outer/link/endpoints.json")
            .list()
            .unwrap_err(),
    );
    assert_eq!(
        place
            .endpoints("outer/link/endpoints.json")
            .list()
            .unwrap()
            .len(),
        1
    );
}
