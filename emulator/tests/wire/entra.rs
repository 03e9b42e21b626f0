//! The token endpoint.

use std::time::Duration;

use nav_emulator::{Builder, Emulator, Fault, Operation};
use serde_json::Value;

use crate::http::{Answer, Client};

pub(crate) const TOKEN: &str = "/cronus.onmicrosoft.com/oauth2/v2.0/token";
pub(crate) const FORM: &str = "grant_type=client_credentials&client_id=app-1&client_secret=s3cr%2Bt\
                               &scope=https%3A%2F%2Fapi.businesscentral.dynamics.com%2F.default";

/// An emulator that knows the application of [`FORM`].
pub(crate) fn builder() -> Builder {
    Emulator::builder().application("app-1", "s3cr+t")
}

pub(crate) fn client(emulator: &Emulator) -> Client {
    Client::connect(&emulator.authority())
        .header("Content-Type", "application/x-www-form-urlencoded")
}

/// A new token.
pub(crate) fn token(emulator: &Emulator) -> String {
    let answer = client(emulator).request("POST", TOKEN, FORM);
    assert_eq!(answer.status, 200, "{}", answer.body);
    String::from(json(&answer)["access_token"].as_str().unwrap())
}

pub(crate) fn json(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap()
}

#[test]
fn an_application_gets_a_token_for_its_secret() {
    let emulator = builder()
        .token_lifetime(Duration::from_secs(120))
        .start()
        .unwrap();
    let answer = client(&emulator).request("POST", TOKEN, FORM);

    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=utf-8")
    );
    assert_eq!(answer.header("cache-control"), Some("no-store, no-cache"));
    let json = json(&answer);
    assert_eq!(json["token_type"], "Bearer");
    assert_eq!(json["expires_in"], 120);
    assert_eq!(json["ext_expires_in"], 120);
    assert!(json["access_token"].as_str().unwrap().len() > 32);
    assert_eq!(emulator.token_requests(), 1);

    assert_ne!(token(&emulator), token(&emulator));
    assert_eq!(emulator.token_requests(), 3);
}

#[test]
fn tokens_live_an_hour_less_a_second_if_not_said() {
    let emulator = builder().start().unwrap();
    let answer = client(&emulator).request("POST", TOKEN, FORM);
    assert_eq!(json(&answer)["expires_in"], 3599);
}

#[test]
fn a_request_without_a_token_has_an_error_of_entra() {
    let emulator = builder().entra_tenant("contoso").start().unwrap();
    let ask = |body: &str| client(&emulator).request("POST", "/contoso/oauth2/v2.0/token", body);
    let without = |name: &str| {
        let pairs = FORM.split('&').filter(|pair| !pair.starts_with(name));
        pairs.collect::<Vec<_>>().join("&")
    };
    for (body, status, error, code) in [
        (String::new(), 400, "invalid_request", 900_144),
        (without("grant_type"), 400, "invalid_request", 900_144),
        (without("client_id"), 400, "invalid_request", 900_144),
        (without("scope"), 400, "invalid_request", 900_144),
        (without("client_secret"), 401, "invalid_client", 7_000_216),
        (
            format!("{FORM}&client_id=app-1"),
            400,
            "invalid_request",
            9_000_411,
        ),
        (
            FORM.replace("client_credentials", "password"),
            400,
            "unsupported_grant_type",
            70003,
        ),
        (
            FORM.replace("app-1", "app-2"),
            400,
            "unauthorized_client",
            700_016,
        ),
        (
            FORM.replace(".default", "user_impersonation"),
            400,
            "invalid_scope",
            70011,
        ),
        // A plus sign that is not escaped is a space.
        (FORM.replace("%2B", "+"), 401, "invalid_client", 7_000_215),
    ] {
        let answer = ask(&body);
        let json = json(&answer);
        let told = (answer.status, json["error"].as_str().unwrap());
        assert_eq!(told, (status, error), "{body}");
        assert_eq!(json["error_codes"], serde_json::json!([code]), "{body}");
        let description = json["error_description"].as_str().unwrap();
        assert!(description.starts_with(&format!("AADSTS{code}: ")));
        for id in ["Trace ID: ", "Correlation ID: "] {
            let (_, rest) = description.split_once(id).unwrap();
            uuid::Uuid::try_parse(&rest[..36]).unwrap();
        }
    }
    assert_eq!(emulator.token_requests(), 0);
    assert_eq!(ask(FORM).status, 200);

    // The default tenant is there only where none is said.
    let answer = client(&emulator).request("POST", TOKEN, FORM);
    assert_eq!(answer.status, 400);
    let json = json(&answer);
    assert_eq!(json["error"], "invalid_request");
    let description = json["error_description"].as_str().unwrap();
    assert!(
        description.starts_with("AADSTS90002: Tenant 'cronus.onmicrosoft.com' not found."),
        "{description}"
    );
}

#[test]
fn parameters_that_are_no_form_are_not_read() {
    let emulator = builder().start().unwrap();
    let mut client = Client::connect(&emulator.authority()).header("Content-Type", "text/plain");
    let answer = client.request("POST", TOKEN, FORM);
    assert_eq!(answer.status, 400);
    assert_eq!(json(&answer)["error"], "invalid_request");
}

#[test]
fn the_scope_can_be_another_one() {
    let emulator = builder().scope("api://bc/.default").start().unwrap();
    let mut client = client(&emulator);
    assert_eq!(client.request("POST", TOKEN, FORM).status, 400);
    let (form, _) = FORM.rsplit_once('=').unwrap();
    let form = format!("{form}=api%3A%2F%2Fbc%2F.default");
    assert_eq!(client.request("POST", TOKEN, &form).status, 200);
}

#[test]
fn a_fault_can_wait_for_a_request_for_a_token() {
    let emulator = builder().access_token("t").start().unwrap();
    emulator.inject_into(Operation::Token, Fault::html(503, "Busy"));
    let sessions = "/admin/v2.29/applications/BusinessCentral/environments/Production/sessions";
    let answer = Client::connect(&emulator.admin_center_uri())
        .header("Authorization", "Bearer t")
        .get(sessions);
    assert_eq!(answer.status, 200);

    let answer = client(&emulator).request("POST", TOKEN, FORM);
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("<title>Busy</title>"));
    assert_eq!(emulator.token_requests(), 0);
    assert_eq!(client(&emulator).request("POST", TOKEN, FORM).status, 200);
}

#[test]
fn no_secret_of_a_request_for_a_token_is_recorded() {
    let emulator = builder().start().unwrap();
    let mut client = client(&emulator).header("Authorization", "s3cr+t");
    client.request("POST", TOKEN, FORM);
    // Neither at a wrong address, in a wrong form nor in the query.
    client.request(
        "POST",
        &format!("/x/token?client_secret=s3cr%2Bt&{FORM}"),
        FORM,
    );
    client.request("POST", TOKEN, r#"{"client_secret":"s3cr%2Bt=="}"#);
    client.request(
        "POST",
        TOKEN,
        &FORM.replace("client_secret", "Client_Secret"),
    );

    let requests = emulator.requests();
    assert_eq!(
        requests[0].text(),
        FORM.replace("s3cr%2Bt", "[redacted]"),
        "{requests:?}"
    );
    assert_eq!(requests.len(), 4);
    for request in requests {
        let fields = format!(
            "{} {} {:?}",
            request.target,
            request.text(),
            request.headers
        );
        assert!(!fields.contains("s3cr"), "{fields}");
        assert!(!format!("{request:?}").contains("s3cr"));
    }
}
