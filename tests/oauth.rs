//! Bearer tokens at servers of one's own, by SOAP and OData over real HTTP.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::{Arc, OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use nav_emulator::{Builder, Emulator};
use nav_session::{
    Cancel, Client, ClientBuilder, Credential, CredentialType, Endpoint, Error, ErrorKind, Outcome,
    Secret, ServerInstance, Service, SessionFilter, SessionKey,
};

const COMPANY: &str = "CRONUS International Ltd.";
const APP: &str = "nav-app";
const APP_SECRET: &str = "s3cret-mark";
const ENTRA_TENANT: &str = "cronus.onmicrosoft.com";
const SCOPE: &str = "api://bc-on-premises/.default";

fn server() -> Builder {
    Emulator::builder()
        .bearer()
        .application(APP, APP_SECRET)
        .scope(SCOPE)
        .access_token("given-mark")
}

fn endpoint(emulator: &Emulator, service: Service) -> Endpoint {
    let uri = match service {
        Service::Soap => emulator.soap_uri(),
        _ => emulator.odata_uri(),
    };
    Endpoint {
        authority: Some(emulator.authority()),
        entra_tenant: Some(ENTRA_TENANT.to_owned()),
        token_scope: Some(SCOPE.to_owned()),
        ..Endpoint::new(service, uri, COMPANY, CredentialType::OAuth)
    }
}

fn builder(endpoint: Endpoint) -> ClientBuilder {
    Client::builder(ServerInstance::parse("BC").unwrap(), endpoint)
}

fn count(client: &Client) -> Result<usize, Error> {
    let mut count = 0;
    for row in client.sessions(SessionFilter::default(), &Cancel::new()) {
        row?;
        count += 1;
    }
    Ok(count)
}

#[test]
fn a_given_token_lists_and_removes_and_another_is_refused_without_being_shown() {
    for service in [Service::Soap, Service::OData] {
        let emulator = server().start().unwrap();
        let client = builder(endpoint(&emulator, service))
            .access_token(Secret::from("given-mark"))
            .open()
            .unwrap();
        assert!(count(&client).unwrap() > 10);
        let outcome = client.remove_session(&SessionKey::new(11), &Cancel::new());
        assert_eq!(outcome.unwrap(), Outcome::Removed);

        let client = builder(endpoint(&emulator, service))
            .access_token(Secret::from("other-mark"))
            .open()
            .unwrap();
        let error = count(&client).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthorized, "{error}");
        assert!(error.recommended_action().contains("access token"));
        let said = format!("{error} {error:?} {client:?}");
        assert!(!said.contains("mark"), "{said}");
    }
}

#[test]
fn a_token_that_can_be_none_is_refused_and_one_that_has_ended_is_told_in_the_servers_words() {
    let emulator = server().start().unwrap();
    for wrong in [
        "",
        "given-mark\n",
        "Bearer given-mark",
        "given-mark\r\nX-Header: mark",
        "gïven",
    ] {
        let error = builder(endpoint(&emulator, Service::OData))
            .access_token(Secret::from(wrong))
            .open()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CredentialNotAccepted);
        assert!(!error.to_string().contains("mark"), "{error}");
    }
    assert!(emulator.requests().is_empty());

    let client = builder(endpoint(&emulator, Service::OData))
        .access_token(Secret::from("ended"))
        .open()
        .unwrap();
    let error = count(&client).unwrap_err();
    assert!(error.to_string().contains(" It says: "), "{error}");
}

#[test]
fn an_apps_secret_gets_a_token_for_the_scope_of_the_endpoint_once() {
    for service in [Service::Soap, Service::OData] {
        let emulator = server().start().unwrap();
        let client = builder(endpoint(&emulator, service))
            .credential(Credential::new(APP, Secret::from(APP_SECRET)))
            .open()
            .unwrap();
        for id in [11, 2, -6574] {
            let outcome = client.remove_session(&SessionKey::new(id), &Cancel::new());
            assert_eq!(outcome.unwrap(), Outcome::Removed, "{service:?}");
        }
        assert_eq!(emulator.token_requests(), 1);
        let asked = emulator
            .requests()
            .into_iter()
            .find(|request| request.target.ends_with("/oauth2/v2.0/token"))
            .unwrap();
        assert!(asked.target.starts_with(&format!("/{ENTRA_TENANT}/")));
        let form: Vec<_> = url::form_urlencoded::parse(&asked.body).collect();
        let value = |name: &str| {
            let (_, value) = form.iter().find(|(n, _)| n == name).unwrap();
            value.to_string()
        };
        assert_eq!(value("grant_type"), "client_credentials");
        assert_eq!(value("client_id"), APP);
        assert_eq!(value("scope"), SCOPE);
    }
}

#[test]
fn a_server_that_asks_for_another_sign_in_is_told_with_the_one_to_register() {
    let emulator = Emulator::builder()
        .credentials("admin", "pass-mark")
        .start()
        .unwrap();
    let token = builder(endpoint(&emulator, Service::OData))
        .access_token(Secret::from("given-mark"))
        .open()
        .unwrap();
    let error = count(&token).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(error.to_string().contains("takes Basic"), "{error}");

    let emulator = server().start().unwrap();
    let nobody = Endpoint {
        credential_type: CredentialType::None,
        ..endpoint(&emulator, Service::OData)
    };
    let error = count(&builder(nobody).open().unwrap()).unwrap_err();
    assert!(error.to_string().contains("takes Bearer"), "{error}");
    assert!(error.recommended_action().contains("OAuth"));
}

#[test]
fn an_endpoint_that_does_not_say_where_or_what_for_a_token_is_asked_is_refused() {
    let emulator = server().start().unwrap();
    let whole = endpoint(&emulator, Service::Soap);
    for (lacking, advice) in [
        (
            Endpoint {
                entra_tenant: None,
                ..whole.clone()
            },
            "-EntraTenant",
        ),
        (
            Endpoint {
                token_scope: None,
                ..whole.clone()
            },
            "-TokenScope",
        ),
    ] {
        let error = builder(lacking)
            .credential(Credential::new(APP, Secret::from(APP_SECRET)))
            .open()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidEndpoint);
        assert!(error.recommended_action().contains(advice));
    }
    // Business Central online's own services have its scope by themselves.
    let online = Endpoint {
        uri: "https://api.businesscentral.dynamics.com/v2.0/cronus.onmicrosoft.com/Production"
            .to_owned(),
        token_scope: None,
        ..whole
    };
    builder(online)
        .credential(Credential::new(APP, Secret::from(APP_SECRET)))
        .open()
        .unwrap();
}

#[test]
fn a_log_that_is_told_of_a_new_token_can_make_calls_with_it() {
    let emulator = server().start().unwrap();
    let (own, counted) = (Arc::new(OnceLock::new()), mpsc::channel());
    let (given, sender) = (Arc::clone(&own), counted.0);
    let client = builder(endpoint(&emulator, Service::OData))
        .credential(Credential::new(APP, Secret::from(APP_SECRET)))
        .on_log(move |_, line| {
            if line.starts_with("Got a token") {
                let client = given.get().expect("it was set before the call");
                sender.send(count(client).unwrap()).unwrap();
            }
        })
        .open()
        .unwrap();
    own.set(client.clone()).expect("it is set once");
    let caller = thread::spawn(move || count(&client).unwrap());
    let inside = counted.1.recv_timeout(Duration::from_secs(20));
    assert!(inside.expect("it waits for itself") > 10);
    assert!(caller.join().unwrap() > 10);
    assert_eq!(emulator.token_requests(), 1);
}
