//! The endpoints files, as a person finds and leaves them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::PathBuf;
use std::thread;

use nav_session::{CredentialType, Endpoint, Endpoints, ErrorKind, Scope, ServerInstance, Service};
use tempfile::TempDir;

fn name(name: &str) -> ServerInstance {
    ServerInstance::parse(name).unwrap()
}

fn endpoint(host: &str) -> Endpoint {
    let uri = format!("http://{host}:7047/DynamicsNAV");
    Endpoint::new(
        Service::Soap,
        uri,
        "CRONUS International Ltd.",
        CredentialType::Windows,
    )
}

fn folder() -> (TempDir, PathBuf, Endpoints) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deeper").join("endpoints.json");
    let endpoints = Endpoints::at(Some(path.clone()), None);
    (folder, path, endpoints)
}

fn written(text: &str) -> (TempDir, PathBuf, Endpoints) {
    let (folder, path, endpoints) = folder();
    fs::create_dir(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    (folder, path, endpoints)
}

#[test]
fn what_is_registered_is_found_by_full_and_short_name_in_any_casing() {
    let (_folder, path, endpoints) = folder();
    let file = endpoints.file(Scope::User).unwrap();
    file.register(&name("DynamicsNAV"), endpoint("a"), false)
        .unwrap();
    for wanted in ["dynamicsnav", "MicrosoftDynamicsNavServer$DYNAMICSNAV"] {
        let found = endpoints.find(&name(wanted)).unwrap();
        assert_eq!(found.endpoint, endpoint("a"));
        assert_eq!(found.instance.short_name(), "DynamicsNAV");
        assert_eq!(found.source.path(), path);
    }
    let text = fs::read_to_string(&path).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        json,
        serde_json::json!({"version": 1, "endpoints": {"DynamicsNAV": {
            "service": "Soap",
            "uri": "http://a:7047/DynamicsNAV",
            "company": "CRONUS International Ltd.",
            "credentialType": "Windows",
            "multitenant": false,
        }}})
    );
}

#[test]
fn an_endpoint_is_replaced_only_when_that_is_asked_for() {
    let (_folder, _, endpoints) = folder();
    let file = endpoints.file(Scope::User).unwrap();
    file.register(&name("A"), endpoint("a"), false).unwrap();
    file.register(&name("B"), endpoint("b"), false).unwrap();
    let error = file.register(&name("a"), endpoint("c"), false).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::EndpointExists);
    assert_eq!(endpoints.find(&name("A")).unwrap().endpoint, endpoint("a"));
    file.register(&name("a"), endpoint("c"), true).unwrap();
    let all: Vec<_> = endpoints.list().unwrap();
    let all: Vec<_> = all
        .iter()
        .map(|row| (row.instance.short_name(), row.endpoint.uri.as_str()))
        .collect();
    assert_eq!(
        all,
        [
            ("a", "http://c:7047/DynamicsNAV"),
            ("B", "http://b:7047/DynamicsNAV")
        ]
    );
}

#[test]
fn what_is_unregistered_is_gone_and_nothing_else() {
    let (_folder, path, endpoints) = folder();
    let file = endpoints.file(Scope::User).unwrap();
    let missing = file.unregister(&name("A")).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::EndpointNotFound);
    assert!(!path.exists());
    file.register(&name("A"), endpoint("a"), false).unwrap();
    file.register(&name("B"), endpoint("b"), false).unwrap();
    file.unregister(&name("microsoftdynamicsnavserver$a"))
        .unwrap();
    assert_eq!(endpoints.list().unwrap().len(), 1);
    assert_eq!(
        file.unregister(&name("A")).unwrap_err().kind(),
        ErrorKind::EndpointNotFound
    );
}

#[test]
fn the_users_endpoint_comes_before_the_computers() {
    let folder = tempfile::tempdir().unwrap();
    let at = |file: &str| Some(folder.path().join(file));
    let endpoints = Endpoints::at(at("user.json"), at("machine.json"));
    let machine = endpoints.file(Scope::Machine).unwrap();
    machine
        .register(&name("A"), endpoint("machine"), false)
        .unwrap();
    machine
        .register(&name("B"), endpoint("machine"), false)
        .unwrap();
    endpoints
        .file(Scope::User)
        .unwrap()
        .register(&name("a"), endpoint("user"), false)
        .unwrap();
    assert_eq!(
        endpoints.find(&name("A")).unwrap().endpoint,
        endpoint("user")
    );
    assert_eq!(
        endpoints.find(&name("B")).unwrap().endpoint,
        endpoint("machine")
    );
    let scopes: Vec<_> = endpoints
        .list()
        .unwrap()
        .iter()
        .map(|row| row.source.file().unwrap().scope())
        .collect();
    assert_eq!(scopes, [Scope::User, Scope::Machine, Scope::Machine]);
}

#[test]
fn an_unknown_instance_is_told_with_the_places_and_the_command_to_register() {
    let (_folder, path, endpoints) = folder();
    let error = endpoints.find(&name("Nowhere")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::EndpointNotFound);
    assert_eq!(
        error.to_string(),
        format!(
            "No endpoint is known for server instance 'Nowhere'. Looked in: {} (no such file).",
            path.display()
        )
    );
    let advice = error.recommended_action();
    assert!(
        advice.contains("Register-NAVServerEndpoint -ServerInstance 'Nowhere'"),
        "{advice}"
    );
}

#[test]
fn a_file_that_is_not_one_is_told_with_the_place_and_left_as_it_is() {
    let good = r#""service":"Soap","uri":"http://a:7047/N","company":"C","credentialType":"None""#;
    for (text, fault) in [
        ("", "EOF while parsing"),
        ("not json", "expected ident at line 1 column 2"),
        ("{\"version\":1}", "missing field `endpoints`"),
        (
            "{\"version\":2,\"endpoints\":{},\"new\":1}",
            "it has version 2",
        ),
        (
            "{\"version\":1,\"endpoints\":[]}",
            "endpoints: invalid type: sequence",
        ),
        ("{\"version\":1,\"endpoints\":{}} x", "trailing characters"),
        (
            &format!("{{\"version\":1,\"endpoints\":{{\"A\":{{{good},\"compani\":1}}}}}}"),
            "unknown field `compani`",
        ),
        (
            "{\"version\":1,\"endpoints\":{\"A\":{\"service\":\"Rest\"}}}",
            "endpoints.A.service: unknown variant `Rest`, expected one of `Soap`, `OData`, `AdminCenter`",
        ),
        (
            &format!("{{\"version\":1,\"endpoints\":{{\"A\":{{{good}}},\"a\":{{{good}}}}}}}"),
            "server instance 'a' stands in it twice",
        ),
        (
            &format!("{{\"version\":1,\"endpoints\":{{\"a/b\":{{{good}}}}}}}"),
            "is not the name of a server instance",
        ),
    ] {
        let (_folder, path, endpoints) = written(text);
        let file = endpoints.file(Scope::User).unwrap();
        for error in [
            endpoints.find(&name("A")).unwrap_err(),
            endpoints.list().unwrap_err(),
            file.register(&name("Z"), endpoint("z"), true).unwrap_err(),
            file.unregister(&name("A")).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::EndpointsFileInvalid, "{text}");
            assert!(error.to_string().contains(fault), "{text}: {error}");
            assert!(
                error.to_string().contains(path.to_str().unwrap()),
                "{error}"
            );
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn a_byte_order_mark_is_no_fault() {
    let (_folder, _, endpoints) = written("\u{FEFF}{\"version\":1,\"endpoints\":{}}");
    assert_eq!(endpoints.list().unwrap(), []);
}

#[test]
fn an_endpoint_that_cannot_be_right_is_not_registered_and_a_password_is_not_repeated() {
    let (_folder, path, endpoints) = folder();
    let file = endpoints.file(Scope::User).unwrap();
    let with_uri = |uri: &str| Endpoint {
        uri: uri.to_owned(),
        ..endpoint("a")
    };
    let with_service = |name: &str| Endpoint {
        session_control_service: Some(name.to_owned()),
        ..endpoint("a")
    };
    for (endpoint, fault) in [
        (with_uri("nav01"), "is not one"),
        (with_uri("ftp://nav01/NAV"), "begins with ftp:"),
        (
            with_uri("http://anna:geheim@nav01/NAV"),
            "user name or password",
        ),
        (with_uri("http://anna:geheim@:nav01/NAV"), "is not one"),
        (with_uri("http://nav01/NAV?tenant=x"), "a part behind ?"),
        (
            Endpoint {
                company: None,
                ..endpoint("a")
            },
            "names no company",
        ),
        (
            with_service("Session/Control"),
            "is not the name of a web service",
        ),
    ] {
        let error = file.register(&name("A"), endpoint, false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidEndpoint);
        assert!(error.to_string().contains(fault), "{error}");
        assert!(!format!("{error:?}").contains("geheim"), "{error:?}");
    }
    assert!(!path.exists());
}

#[test]
fn many_registrations_at_once_lose_none() {
    let (_folder, path, endpoints) = folder();
    thread::scope(|scope| {
        for number in 0..16 {
            let endpoints = Endpoints::at(Some(path.clone()), None);
            scope.spawn(move || {
                let file = endpoints.file(Scope::User).unwrap();
                file.register(&name(&format!("N{number}")), endpoint("a"), false)
                    .unwrap();
            });
        }
    });
    assert_eq!(endpoints.list().unwrap().len(), 16);
}

#[cfg(unix)]
#[test]
fn the_users_file_is_nobody_elses_to_read_and_a_link_to_it_stays_a_link() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let (_folder, path, endpoints) = written("{\"version\":1,\"endpoints\":{}}");
    let link = path.with_file_name("link.json");
    symlink(&path, &link).unwrap();
    let linked = Endpoints::at(Some(link.clone()), None);
    linked
        .file(Scope::User)
        .unwrap()
        .register(&name("A"), endpoint("a"), false)
        .unwrap();
    assert!(link.is_symlink());
    assert_eq!(endpoints.list().unwrap().len(), 1);
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn an_endpoint_reads_from_json_alone() {
    let read = Endpoint::from_json(
        r#"{"service":"OData","uri":"https://h:7048/BC","company":"C","credentialType":"None","multitenant":true}"#,
    )
    .unwrap();
    assert_eq!((read.service, read.multitenant), (Service::OData, true));
    assert_eq!(
        (read.session_control(), read.active_sessions()),
        ("SessionControl", "ActiveSessions")
    );
    let error = Endpoint::from_json("{\"service\":\"Soap\"}").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidEndpoint);
    assert!(error.to_string().contains("missing field `uri`"), "{error}");
}
