//! A client of the Admin Center API of Business Central online, over real HTTP.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use nav_emulator::{
    Activity, Builder, Emulator, Fault, OnStop, Operation, Session as ServerSession,
};
use nav_session::{
    Cancel, Client, ClientBuilder, Credential, CredentialType, Endpoint, Error, ErrorKind,
    LogLevel, Outcome, Secret, ServerInstance, Service, Session, SessionFilter, SessionKey,
    TenantId,
};

const ENVIRONMENT: &str = "Production";
const APP: &str = "11111111-2222-3333-4444-555555555555";
const APP_SECRET: &str = "s3cret+&=ö-mark";
const ENTRA_TENANT: &str = "cronus.onmicrosoft.com";
const TOKEN: &str = "token-mark";

/// Ends the wait for a session that stays, which is half a minute unless said otherwise.
const SHORT: Duration = Duration::from_millis(250);

fn server() -> Builder {
    Emulator::builder()
        .application(APP, APP_SECRET)
        .access_token(TOKEN)
}

fn endpoint(emulator: &Emulator) -> Endpoint {
    Endpoint {
        uri: emulator.admin_center_uri(),
        authority: Some(emulator.authority()),
        entra_tenant: Some(ENTRA_TENANT.to_owned()),
        ..Endpoint::admin_center(ENVIRONMENT)
    }
}

fn builder(endpoint: Endpoint) -> ClientBuilder {
    Client::builder(ServerInstance::parse("Contoso").unwrap(), endpoint)
}

fn with_secret(builder: ClientBuilder) -> ClientBuilder {
    builder.credential(Credential::new(APP, Secret::from(APP_SECRET)))
}

/// A client with a token of its own, so that only what it asks the API is counted.
fn client(emulator: &Emulator) -> Client {
    builder(endpoint(emulator))
        .access_token(Secret::from(TOKEN))
        .open()
        .unwrap()
}

fn list(client: &Client) -> Result<Vec<Session>, Error> {
    client
        .sessions(SessionFilter::default(), &Cancel::new())
        .collect()
}

fn remove(client: &Client, key: &SessionKey) -> Result<Outcome, Error> {
    client.remove_session(key, &Cancel::new())
}

fn methods(emulator: &Emulator) -> Vec<String> {
    let methods = emulator.requests().into_iter().map(|r| r.method);
    methods.collect()
}

#[test]
fn the_sessions_of_an_environment_are_listed_with_what_they_work_on() {
    let text = |text: &str| Some(text.to_owned());
    let activity = Activity {
        entry_point_operation: text("OpenForm"),
        entry_point_object_name: text("Customer List"),
        entry_point_object_id: text("22"),
        entry_point_object_type: text("Page"),
        current_object_name: text("Sales-Post"),
        current_object_id: 80,
        current_object_type: text("CodeUnit"),
        current_operation_duration: 5_000_000_000,
    };
    let anna = ServerSession::new(11)
        .user_id("CRONUS\\ANNA")
        .client_type("Web Client")
        .activity(activity);
    let emulator = server()
        .with_sessions([anna, ServerSession::new(-7).user_id("")])
        .start()
        .unwrap();
    let rows = list(&client(&emulator)).unwrap();
    let row = rows.iter().find(|row| row.session_id == 11).unwrap();
    let login = emulator.session(ENVIRONMENT, 11).unwrap().login_datetime;
    assert_eq!(
        row.login_datetime.unwrap().unix_timestamp_nanos() / 1_000_000,
        login.unix_timestamp_nanos() / 1_000_000
    );
    assert_eq!(
        *row,
        Session {
            session_id: 11,
            server_instance_name: text(ENVIRONMENT),
            user_id: text("CRONUS\\ANNA"),
            client_type: nav_session::ClientType::from_server_text("WebClient"),
            login_datetime: row.login_datetime,
            age: row.age,
            entry_point_operation: text("OpenForm"),
            entry_point_object_name: text("Customer List"),
            entry_point_object_id: text("22"),
            entry_point_object_type: text("Page"),
            current_object_name: text("Sales-Post"),
            current_object_id: Some(80),
            current_object_type: text("CodeUnit"),
            current_operation_duration: Some(5_000_000_000),
            ..Session::default()
        }
    );
    let other = rows.iter().find(|row| row.session_id == -7).unwrap();
    assert_eq!(other.user_id, None);
}

#[test]
fn one_session_is_asked_for_alone_and_can_be_missing() {
    let emulator = server().start().unwrap();
    let client = client(&emulator);
    let only = |id| -> Vec<i32> {
        client
            .sessions(SessionFilter::of_session(id), &Cancel::new())
            .map(|row| row.unwrap().session_id)
            .collect()
    };
    assert_eq!(only(11), [11]);
    assert!(only(4711).is_empty());
    assert!(
        emulator
            .requests()
            .iter()
            .all(|request| request.target.ends_with("/11") || request.target.ends_with("/4711"))
    );
}

#[test]
fn a_session_is_removed_when_it_is_gone_and_not_when_the_server_accepts() {
    let emulator = server()
        .on_stop(OnStop::EndsAfter(Duration::from_millis(300)))
        .start()
        .unwrap();
    let client = client(&emulator);
    assert_eq!(
        remove(&client, &SessionKey::new(11)).unwrap(),
        Outcome::Removed
    );
    assert!(emulator.session(ENVIRONMENT, 11).is_none());
    let methods = methods(&emulator);
    assert_eq!(methods[0], "DELETE");
    assert!(methods.len() > 2, "{methods:?}");
    assert!(methods[1..].iter().all(|method| method == "GET"));
    assert_eq!(
        remove(&client, &SessionKey::new(11)).unwrap(),
        Outcome::NotFound
    );
}

#[test]
fn a_session_that_stays_is_told_as_still_present() {
    let emulator = server().on_stop(OnStop::Stays).start().unwrap();
    let client = builder(endpoint(&emulator))
        .access_token(Secret::from(TOKEN))
        .wait(SHORT)
        .open()
        .unwrap();
    let outcome = remove(&client, &SessionKey::new(11)).unwrap();
    assert_eq!(outcome, Outcome::StillPresent);
    let error = outcome.to_error(&SessionKey::new(11), &client).unwrap();
    assert_eq!(
        error.to_string(),
        "Session 11 on Contoso, environment Production was told to stop and is still listed."
    );
}

#[test]
fn a_row_is_compared_before_its_session_is_removed() {
    let emulator = server().start().unwrap();
    let client = client(&emulator);
    let rows = list(&client).unwrap();
    let key = SessionKey::from(rows.iter().find(|row| row.session_id == 11).unwrap());
    emulator.clear_records();

    emulator.replace_session(ENVIRONMENT, ServerSession::new(11).user_id("CRONUS\\SUSAN"));
    assert_eq!(remove(&client, &key).unwrap(), Outcome::Changed);
    assert_eq!(methods(&emulator), ["GET"]);
    assert!(emulator.session(ENVIRONMENT, 11).is_some());

    let rows = list(&client).unwrap();
    let key = SessionKey::from(rows.iter().find(|row| row.session_id == 11).unwrap());
    assert_eq!(remove(&client, &key).unwrap(), Outcome::Removed);
    assert_eq!(remove(&client, &key).unwrap(), Outcome::NotFound);
}

#[test]
fn a_key_with_a_unique_id_alone_cannot_be_compared_and_removes_nothing() {
    let emulator = server().start().unwrap();
    let key = SessionKey {
        session_unique_id: Some(uuid::Uuid::from_u128(1)),
        ..SessionKey::new(11)
    };
    let error = remove(&client(&emulator), &key).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotSupported);
    assert!(emulator.session(ENVIRONMENT, 11).is_some());
}

#[test]
fn a_removal_whose_answer_is_lost_is_settled_by_looking() {
    let emulator = server().start().unwrap();
    let client = client(&emulator);
    emulator.inject_into(Operation::RemoveSession, Fault::CloseAfterDoing);
    assert_eq!(
        remove(&client, &SessionKey::new(11)).unwrap(),
        Outcome::Removed
    );
    emulator.inject_into(Operation::RemoveSession, Fault::CloseBeforeDoing);
    assert_eq!(
        remove(&client, &SessionKey::new(14)).unwrap(),
        Outcome::Removed
    );
    assert!(emulator.session(ENVIRONMENT, 14).is_none());
}

#[test]
fn a_removal_whose_kept_connection_ended_without_an_answer_is_removed_and_not_missing() {
    let emulator = server().start().unwrap();
    let client = client(&emulator);
    // From here on there is a connection that libcurl may send a request over again after it broke.
    list(&client).unwrap();
    emulator.inject_into(Operation::RemoveSession, Fault::CloseAfterDoing);
    assert_eq!(
        remove(&client, &SessionKey::new(11)).unwrap(),
        Outcome::Removed
    );
    assert_eq!(emulator.stopped_sessions().len(), 1);
}

#[test]
fn a_lost_answer_to_the_comparison_is_an_error_as_nothing_was_removed() {
    let emulator = server().start().unwrap();
    let client = client(&emulator);
    let rows = list(&client).unwrap();
    let key = SessionKey::from(rows.iter().find(|row| row.session_id == 11).unwrap());
    // Once for the request, and once for its repetition by libcurl.
    emulator.inject_into(Operation::GetSession, Fault::CloseBeforeDoing);
    emulator.inject_into(Operation::GetSession, Fault::CloseBeforeDoing);
    let error = remove(&client, &key).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionBroken);
    assert!(emulator.session(ENVIRONMENT, 11).is_some());
}

#[test]
fn a_token_is_asked_for_once_and_used_for_all_calls() {
    let emulator = server().start().unwrap();
    let client = with_secret(builder(endpoint(&emulator))).open().unwrap();
    assert_eq!(emulator.token_requests(), 0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5 {
                    list(&client).unwrap();
                }
            });
        }
    });
    assert_eq!(
        remove(&client, &SessionKey::new(11)).unwrap(),
        Outcome::Removed
    );
    assert_eq!(emulator.token_requests(), 1);
}

#[test]
fn a_token_is_renewed_before_it_ends() {
    // Renewed when half of so short a life is over.
    let lifetime = Duration::from_secs(1);
    let emulator = server().token_lifetime(lifetime).start().unwrap();
    let answers = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&answers);
    let client = with_secret(builder(endpoint(&emulator)))
        .on_log(move |level, text| {
            if level == LogLevel::Debug && text.starts_with("GET ") {
                log.lock().unwrap().push(text.to_owned());
            }
        })
        .open()
        .unwrap();
    while emulator.token_requests() < 3 {
        list(&client).unwrap();
    }
    let answers = answers.lock().unwrap();
    assert!(answers.len() >= 3);
    assert!(
        answers.iter().all(|text| text.contains("HTTP 200")),
        "{answers:?}"
    );
}

#[test]
fn a_token_that_was_taken_back_is_replaced_and_the_call_made_again() {
    let emulator = server().start().unwrap();
    let client = with_secret(builder(endpoint(&emulator))).open().unwrap();
    list(&client).unwrap();
    emulator.revoke_tokens();
    assert_eq!(
        remove(&client, &SessionKey::new(11)).unwrap(),
        Outcome::Removed
    );
    assert_eq!(emulator.token_requests(), 2);
    assert_eq!(emulator.stopped_sessions().len(), 1);
}

#[test]
fn a_given_token_that_is_not_accepted_is_told_with_what_to_do() {
    let emulator = server().start().unwrap();
    let client = builder(endpoint(&emulator))
        .access_token(Secret::from("ended"))
        .open()
        .unwrap();
    let error = list(&client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(error.to_string().contains("HTTP 401"), "{error}");
    assert!(
        error.recommended_action().contains("new access token"),
        "{}",
        error.recommended_action()
    );
}

#[test]
fn what_the_token_endpoint_refuses_is_told_in_its_words() {
    let emulator = server().start().unwrap();
    let refused = |endpoint, user: &str, secret: &str| {
        let client = builder(endpoint)
            .credential(Credential::new(user, Secret::from(secret)))
            .open()
            .unwrap();
        let error = list(&client).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TokenRefused, "{error}");
        assert!(!format!("{error:?}").contains("mark"), "{error:?}");
        (error.to_string(), error.recommended_action().to_owned())
    };
    let (said, advice) = refused(endpoint(&emulator), APP, "wrong-mark");
    assert!(said.contains("AADSTS7000215"), "{said}");
    assert!(said.contains("(invalid_client)"), "{said}");
    assert!(advice.contains("client secret"), "{advice}");

    let (said, _) = refused(endpoint(&emulator), "nobody", APP_SECRET);
    assert!(said.contains("AADSTS700016"), "{said}");

    let elsewhere = Endpoint {
        entra_tenant: Some("else.example".to_owned()),
        ..endpoint(&emulator)
    };
    let (said, advice) = refused(elsewhere, APP, APP_SECRET);
    assert!(said.contains("AADSTS90002"), "{said}");
    assert!(advice.contains("Entra tenant"), "{advice}");

    let scope = Endpoint {
        token_scope: Some("api://other/.default".to_owned()),
        ..endpoint(&emulator)
    };
    let (_, advice) = refused(scope, APP, APP_SECRET);
    assert!(advice.contains("scope"), "{advice}");
}

#[test]
fn a_token_endpoint_that_is_none_or_does_not_answer_is_told_as_such() {
    let emulator = server().start().unwrap();
    let open = |endpoint| with_secret(builder(endpoint)).open().unwrap();
    emulator.inject_into(Operation::Token, Fault::html(200, "Sign in"));
    let error = list(&open(endpoint(&emulator))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
    assert!(error.to_string().contains("oauth2/v2.0/token"), "{error}");

    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let authority = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let away = Endpoint {
        authority: Some(authority.clone()),
        ..endpoint(&emulator)
    };
    let error = list(&open(away)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    assert!(error.to_string().contains(&authority), "{error}");
}

#[test]
fn the_tenant_names_the_entra_tenant_and_default_is_the_registered_one() {
    let emulator = server().start().unwrap();
    let open = |tenant: &str| {
        let elsewhere = Endpoint {
            entra_tenant: Some("else.example".to_owned()),
            ..endpoint(&emulator)
        };
        let client = with_secret(builder(elsewhere))
            .tenant(TenantId::parse(tenant).unwrap())
            .open()
            .unwrap();
        list(&client)
    };
    assert!(open(ENTRA_TENANT).is_ok());
    assert_eq!(
        open("third.example").unwrap_err().kind(),
        ErrorKind::TokenRefused
    );
    let client = with_secret(builder(endpoint(&emulator)))
        .tenant(TenantId::parse("default").unwrap())
        .open()
        .unwrap();
    list(&client).unwrap();
}

#[test]
fn a_wait_goes_on_while_the_server_is_busy() {
    let emulator = server()
        .on_stop(OnStop::EndsAfter(Duration::from_millis(150)))
        .start()
        .unwrap();
    emulator.inject_into(
        Operation::GetSession,
        Fault::Answer {
            status: 429,
            content_type: String::new(),
            headers: Vec::new(),
            body: String::new(),
        },
    );
    assert_eq!(
        remove(&client(&emulator), &SessionKey::new(11)).unwrap(),
        Outcome::Removed
    );
    assert_eq!(emulator.waiting_faults(), 0);
}

#[test]
fn an_environment_that_is_not_there_is_told_and_not_taken_for_a_session_that_is_gone() {
    let emulator = server().start().unwrap();
    let nowhere = Endpoint {
        environment: Some("Sandbox 1".to_owned()),
        ..endpoint(&emulator)
    };
    let client = builder(nowhere)
        .access_token(Secret::from(TOKEN))
        .open()
        .unwrap();
    let listed = list(&client).unwrap_err();
    let removed = remove(&client, &SessionKey::new(11)).unwrap_err();
    for error in [listed, removed] {
        assert_eq!(error.kind(), ErrorKind::EnvironmentNotFound, "{error}");
        assert!(error.recommended_action().contains("'Sandbox 1'"));
        assert_eq!(error.http_status(), Some(404));
    }
    // A page of a proxy is no answer about a session either.
    emulator.inject_into(Operation::RemoveSession, Fault::html(404, "Not Found"));
    let error = remove(&crate::client(&emulator), &SessionKey::new(11)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::EnvironmentNotFound);
}

#[test]
fn an_app_that_may_not_administer_is_told_what_it_lacks() {
    let emulator = server().start().unwrap();
    emulator.allow_administration(false);
    let error = remove(&client(&emulator), &SessionKey::new(11)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(
        error
            .recommended_action()
            .contains("AdminCenter.ReadWrite.All")
    );
}

#[test]
fn a_server_that_is_busy_says_so_and_is_not_asked_again() {
    let emulator = server().start().unwrap();
    for (status, kind) in [
        (429, ErrorKind::TooManyRequests),
        (503, ErrorKind::ServerNotReady),
    ] {
        emulator.clear_records();
        emulator.inject(Fault::Answer {
            status,
            content_type: "application/json".to_owned(),
            headers: vec![("Retry-After".to_owned(), "120".to_owned())],
            body: r#"{"code":"Unknown","message":"Slow down"}"#.to_owned(),
        });
        let error = list(&client(&emulator)).unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(error.to_string().starts_with("Slow down."), "{error}");
        assert_eq!(emulator.requests().len(), 1);
    }
}

#[test]
fn an_endpoint_that_cannot_be_one_of_the_api_is_refused() {
    let whole = Endpoint::admin_center(ENVIRONMENT);
    for wrong in [
        Endpoint {
            environment: None,
            ..whole.clone()
        },
        Endpoint {
            credential_type: CredentialType::Windows,
            ..whole.clone()
        },
        Endpoint {
            api_version: Some("2.29".to_owned()),
            ..whole.clone()
        },
        Endpoint {
            authority: Some("http://login.example.com".to_owned()),
            ..whole.clone()
        },
        Endpoint {
            authority: Some("https://user:mark@login.example.com".to_owned()),
            ..whole.clone()
        },
        Endpoint {
            ntlm: true,
            ..whole.clone()
        },
        Endpoint {
            ca_file: Some("ca.pem".to_owned()),
            ..whole.clone()
        },
    ] {
        let error = wrong.validate().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidEndpoint);
        assert!(!error.to_string().contains("mark"), "{error}");
    }
    assert_eq!(whole.service, Service::AdminCenter);
    whole.validate().unwrap();
    // The default is the newest version that is known, and another can be said.
    let emulator = server().start().unwrap();
    let older = Endpoint {
        api_version: Some("v2.1".to_owned()),
        ..endpoint(&emulator)
    };
    for (endpoint, version) in [(endpoint(&emulator), "/v2.29/"), (older, "/v2.1/")] {
        let client = builder(endpoint)
            .access_token(Secret::from(TOKEN))
            .open()
            .unwrap();
        list(&client).unwrap();
        let target = emulator.requests().last().unwrap().target.clone();
        assert!(target.contains(version), "{target}");
    }
}

#[test]
fn neither_token_nor_secret_goes_out_unencrypted_to_another_computer() {
    let elsewhere = Endpoint {
        uri: "http://api.example.com".to_owned(),
        entra_tenant: Some(ENTRA_TENANT.to_owned()),
        ..Endpoint::admin_center(ENVIRONMENT)
    };
    let error = builder(elsewhere.clone())
        .access_token(Secret::from(TOKEN))
        .open()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnencryptedAuthentication);
    assert!(error.to_string().contains("access token"), "{error}");
    let error = with_secret(builder(elsewhere.clone())).open().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnencryptedAuthentication);
    builder(elsewhere)
        .access_token(Secret::from(TOKEN))
        .allow_unencrypted_authentication(true)
        .open()
        .unwrap();
}

#[test]
fn a_credential_for_another_app_than_the_endpoints_is_refused() {
    let emulator = server().start().unwrap();
    let registered = Endpoint {
        client_id: Some(APP.to_uppercase()),
        ..endpoint(&emulator)
    };
    let client = with_secret(builder(registered.clone())).open().unwrap();
    list(&client).unwrap();
    let error = builder(registered)
        .credential(Credential::new("other", Secret::from(APP_SECRET)))
        .open()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CredentialNotAccepted);
    assert_eq!(emulator.token_requests(), 1);
}

#[test]
fn the_log_tells_the_requests_and_neither_token_nor_secret() {
    let emulator = server().start().unwrap();
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&lines);
    let client = with_secret(builder(endpoint(&emulator)))
        .on_log(move |level, text| log.lock().unwrap().push((level, text.to_owned())))
        .open()
        .unwrap();
    remove(&client, &SessionKey::new(11)).unwrap();
    let lines = lines.lock().unwrap();
    assert!(lines.iter().any(|(level, text)| {
        *level == LogLevel::Debug && text.starts_with("DELETE ") && text.contains("HTTP 202")
    }));
    assert!(
        !lines
            .iter()
            .any(|(_, text)| text.contains("mark") || text.contains("Bearer")),
        "{lines:?}"
    );
}
