//! The Admin Center API.

use std::time::{Duration, Instant};

use nav_emulator::{
    Activity, Builder, Emulator, Fault, OnStop, Operation, Session, StoppedSession,
};

use crate::entra::{self, json};
use crate::fixture::anna;
use crate::http::{Answer, Client, eventually};

const SESSIONS: &str = "/admin/v2.29/applications/BusinessCentral/environments/Production/sessions";

fn start(builder: Builder) -> Emulator {
    builder.access_token("t0k3n").start().unwrap()
}

fn with(sessions: impl IntoIterator<Item = Session>) -> Emulator {
    start(Emulator::builder().with_sessions(sessions))
}

fn client(emulator: &Emulator) -> Client {
    with_token(emulator, "t0k3n")
}

fn with_token(emulator: &Emulator, token: &str) -> Client {
    Client::connect(&emulator.admin_center_uri())
        .header("Authorization", &format!("Bearer {token}"))
}

fn get(emulator: &Emulator, path: &str) -> Answer {
    client(emulator).get(path)
}

fn delete(emulator: &Emulator, id: &str) -> Answer {
    client(emulator).request("DELETE", &format!("{SESSIONS}/{id}"), "")
}

fn ids(answer: &Answer) -> Vec<i64> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    json(answer)["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["sessionId"].as_i64().unwrap())
        .collect()
}

/// Status, code and target of an error, which has a message.
fn error(answer: &Answer) -> (u16, String, Option<String>) {
    let json = json(answer);
    assert!(!json["message"].as_str().unwrap().is_empty());
    (
        answer.status,
        String::from(json["code"].as_str().unwrap()),
        json["target"].as_str().map(String::from),
    )
}

const ANNA: &str = concat!(
    r#"{"environmentName":"Production","applicationFamily":"BusinessCentral","sessionId":11,"#,
    r#""userId":"CRONUS\\ANNA","clientType":"WebClient","logOnDate":"2026-11-22T08:17:17.123Z","#,
    r#""entryPointOperation":"OpenForm","entryPointObjectName":"Customer List","#,
    r#""entryPointObjectId":"22","entryPointObjectType":"Page","#,
    r#""currentObjectName":"Sales-Post","currentObjectId":80,"currentObjectType":"CodeUnit","#,
    r#""currentOperationDuration":5000000000}"#
);

fn at_work() -> Activity {
    let text = |text: &str| Some(String::from(text));
    Activity {
        entry_point_operation: text("OpenForm"),
        entry_point_object_name: text("Customer List"),
        entry_point_object_id: text("22"),
        entry_point_object_type: text("Page"),
        current_object_name: text("Sales-Post"),
        current_object_id: 80,
        current_object_type: text("CodeUnit"),
        current_operation_duration: 5_000_000_000,
    }
}

#[test]
fn an_environment_lists_its_sessions() {
    let idle = Session::new(-7)
        .user_id("")
        .client_type("")
        .login_datetime(anna().login_datetime);
    let emulator = with([anna().activity(at_work()), idle]);
    let answer = get(&emulator, SESSIONS);

    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=utf-8")
    );
    let idle = concat!(
        r#"{"environmentName":"Production","applicationFamily":"BusinessCentral","sessionId":-7,"#,
        r#""userId":null,"clientType":null,"logOnDate":"2026-11-22T08:17:17.123Z","#,
        r#""entryPointOperation":null,"entryPointObjectName":null,"entryPointObjectId":null,"#,
        r#""entryPointObjectType":null,"currentObjectName":null,"currentObjectId":0,"#,
        r#""currentObjectType":null,"currentOperationDuration":0}"#
    );
    assert_eq!(answer.body, format!(r#"{{"value":[{idle},{ANNA}]}}"#));
}

#[test]
fn a_session_is_answered_by_its_id() {
    let emulator = with([anna().activity(at_work()), Session::new(-7)]);
    let answer = get(&emulator, &format!("{SESSIONS}/11"));
    assert_eq!((answer.status, answer.body.as_str()), (200, ANNA));
    assert_eq!(
        json(&get(&emulator, &format!("{SESSIONS}/-7")))["sessionId"],
        -7
    );
    assert_eq!(
        error(&get(&emulator, &format!("{SESSIONS}/12"))),
        (
            404,
            String::from("ResourceNotFound"),
            Some(String::from("sessionId"))
        )
    );
    for id in ["eleven", "2147483648", "11.0"] {
        let answer = get(&emulator, &format!("{SESSIONS}/{id}"));
        assert_eq!(error(&answer).0, 400, "{id}");
    }
}

#[test]
fn generated_sessions_have_null_texts_and_a_duration_beyond_32_bits_among_them() {
    let emulator = start(Emulator::builder());
    let json = json(&get(&emulator, SESSIONS));
    let rows = json["value"].as_array().unwrap();
    assert_eq!(rows.len(), 12);
    assert!(rows.iter().any(|row| row["currentObjectName"].is_null()));
    assert!(rows.iter().any(|row| row["currentObjectName"].is_string()));
    let longest = rows
        .iter()
        .map(|row| row["currentOperationDuration"].as_i64().unwrap());
    assert!(longest.max().unwrap() > i64::from(i32::MAX));
    let of_11 = rows.iter().find(|row| row["sessionId"] == 11).unwrap();
    assert_eq!(of_11["clientType"], "WebClient");
}

#[test]
fn a_session_that_is_deleted_is_accepted_without_a_body() {
    let emulator = with([anna(), Session::new(12)]);
    let answer = delete(&emulator, "11");
    assert_eq!((answer.status, answer.body.as_str()), (202, ""));
    assert_eq!(ids(&get(&emulator, SESSIONS)), [12]);
    assert_eq!(
        emulator.stopped_sessions(),
        [StoppedSession {
            tenant: String::from("Production"),
            session_id: 11,
            comment: String::from("Stopped by management PowerShell cmdlet."),
        }]
    );

    assert_eq!(
        error(&delete(&emulator, "11")),
        (
            404,
            String::from("ResourceNotFound"),
            Some(String::from("sessionId"))
        )
    );
    assert_eq!(error(&delete(&emulator, "x")).0, 400);
    assert_eq!(emulator.stopped_sessions().len(), 1);
    // The tenant of SOAP and OData has sessions of its own.
    assert!(emulator.session("default", 11).is_some());
}

#[test]
fn what_is_accepted_need_not_be_gone() {
    let emulator = with([
        Session::new(1).on_stop(OnStop::Stays),
        Session::new(2).on_stop(OnStop::EndsAfter(Duration::from_secs(3600))),
        Session::new(3).on_stop(OnStop::EndsAfter(Duration::from_millis(50))),
    ]);
    let begin = Instant::now();
    for id in ["3", "2", "2", "1", "1"] {
        assert_eq!(delete(&emulator, id).status, 202, "{id}");
    }
    eventually("the end of session 3", || {
        ids(&get(&emulator, SESSIONS)) == [1, 2]
    });
    assert!(begin.elapsed() >= Duration::from_millis(50));
}

#[test]
fn a_session_that_cannot_be_stopped_is_an_error_and_stays() {
    let emulator = with([anna().on_stop(OnStop::Refused)]);
    let (status, code, target) = error(&delete(&emulator, "11"));
    assert_eq!((status, code.as_str()), (400, "BadRequest"));
    assert_eq!(target.as_deref(), Some("sessionId"));
    assert_eq!(ids(&get(&emulator, SESSIONS)), [11]);
    assert_eq!(emulator.stopped_sessions(), []);
}

#[test]
fn environments_have_names_and_sessions_of_their_own() {
    let emulator = start(
        Emulator::builder()
            .environment("Prod & Büro 1")
            .environment("Sandbox")
            .application_family("Contoso"),
    );
    emulator.end_session("Sandbox", 11);
    emulator.add_session("Sandbox", Session::new(4711));
    let path = |family: &str, name: &str| {
        format!("/admin/v2.29/applications/{family}/environments/{name}/sessions")
    };

    let answer = get(&emulator, &path("Contoso", "Prod%20%26%20B%C3%BCro%201"));
    assert_eq!(
        json(&answer)["value"][0]["environmentName"],
        "Prod & Büro 1"
    );
    assert_eq!(json(&answer)["value"][0]["applicationFamily"], "Contoso");
    assert!(ids(&answer).contains(&11));
    let sandbox = ids(&get(&emulator, &path("Contoso", "Sandbox")));
    assert!(!sandbox.contains(&11));
    assert!(sandbox.contains(&4711));
    assert_eq!(emulator.session("Prod & Büro 1", 4711), None);

    for (family, name) in [
        ("Contoso", "Production"),
        ("Contoso", "sandbox"),
        ("BusinessCentral", "Sandbox"),
    ] {
        assert_eq!(
            error(&get(&emulator, &path(family, name))),
            (
                404,
                String::from("EnvironmentNotFound"),
                Some(String::from("environmentName"))
            ),
            "{family} {name}"
        );
    }
}

#[test]
fn a_tenant_and_an_environment_of_one_name_cannot_be_told_apart() {
    let error = Emulator::builder()
        .tenant("production")
        .start()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "a tenant and an environment are both called Production"
    );
}

#[test]
fn sessions_are_there_since_version_2_1() {
    let emulator = with([anna()]);
    for (version, status) in [
        ("v2.1", 200),
        ("v2.19", 200),
        ("v2.29", 200),
        ("v2.0", 404),
        ("v2.30", 404),
        ("v2.01", 404),
        ("v1.1", 404),
        ("V2.29", 404),
    ] {
        let path = SESSIONS.replace("v2.29", version);
        assert_eq!(get(&emulator, &path).status, status, "{version}");
    }
    assert_eq!(client(&emulator).request("POST", SESSIONS, "").status, 405);
}

#[test]
fn every_call_needs_a_token_that_was_given() {
    let emulator = entra::builder().start().unwrap();
    let token = entra::token(&emulator);
    assert_eq!(with_token(&emulator, &token).get(SESSIONS).status, 200);
    for (authorization, challenge) in [
        (String::new(), "Bearer"),
        (format!("Basic {token}"), "Bearer"),
        (token.clone(), "Bearer"),
        (format!("Bearer {token}x"), "Bearer error=\"invalid_token\""),
    ] {
        for (method, path) in [
            ("GET", String::from(SESSIONS)),
            ("GET", format!("{SESSIONS}/11")),
            ("DELETE", format!("{SESSIONS}/11")),
        ] {
            let answer = Client::connect(&emulator.admin_center_uri())
                .header("Authorization", &authorization)
                .request(method, &path, "");
            assert_eq!(answer.status, 401, "{authorization} {method} {path}");
            let told = answer.header("www-authenticate").unwrap();
            assert_eq!(told.split(',').next(), Some(challenge));
        }
    }
    assert!(emulator.session("Production", 11).is_some());
    // One of another emulator is none of this one.
    let other = entra::token(&entra::builder().start().unwrap());
    assert_eq!(with_token(&emulator, &other).get(SESSIONS).status, 401);

    emulator.revoke_tokens();
    assert_eq!(with_token(&emulator, &token).get(SESSIONS).status, 401);
    let token = entra::token(&emulator);
    assert_eq!(with_token(&emulator, &token).get(SESSIONS).status, 200);
}

#[test]
fn a_token_ends_after_its_lifetime() {
    let lifetime = Duration::from_millis(200);
    let emulator = entra::builder().token_lifetime(lifetime).start().unwrap();
    let begin = Instant::now();
    let mut client = with_token(&emulator, &entra::token(&emulator));
    eventually("the end of the token", || {
        client.get(SESSIONS).status == 401
    });
    assert!(begin.elapsed() >= lifetime);
}

#[test]
fn an_application_without_the_right_administers_nothing() {
    let emulator = with([anna()]);
    emulator.allow_administration(false);
    assert_eq!(error(&get(&emulator, SESSIONS)).0, 403);
    assert_eq!(error(&delete(&emulator, "11")).0, 403);
    assert!(emulator.session("Production", 11).is_some());
    emulator.allow_administration(true);
    assert_eq!(delete(&emulator, "11").status, 202);
}

#[test]
fn faults_latency_connections_and_records_are_as_for_the_other_interfaces() {
    let latency = Duration::from_millis(30);
    let emulator = start(Emulator::builder().latency(latency));
    emulator.inject_into(Operation::RemoveSession, Fault::CloseAfterDoing);
    emulator.inject_into(Operation::GetSession, Fault::html(503, "Busy"));
    emulator.inject_into(Operation::ListSessions, Fault::CloseBeforeDoing);

    let eleven = format!("{SESSIONS}/11");
    let mut http = client(&emulator);
    assert_eq!(http.get(&eleven).status, 503);
    http.send("DELETE", &eleven, "").unwrap();
    assert!(http.is_closed());
    assert_eq!(emulator.session("Production", 11), None);
    let mut http = client(&emulator);
    http.send("GET", SESSIONS, "").unwrap();
    assert!(http.is_closed());
    assert_eq!(emulator.waiting_faults(), 0);

    let begin = Instant::now();
    assert_eq!(client(&emulator).get(SESSIONS).status, 200);
    assert!(begin.elapsed() >= latency);
    assert_eq!(emulator.connections(), 3);
    let requests = emulator.requests();
    assert_eq!(
        (requests[1].method.as_str(), requests[1].target.as_str()),
        ("DELETE", eleven.as_str())
    );
    assert_eq!(requests[1].connection, 1);
    assert_eq!(
        requests[1].header("authorization"),
        Some("Bearer [redacted]")
    );
    assert!(!format!("{requests:?}").contains("t0k3n"));
    // A call is no session of the environment.
    assert_eq!(emulator.sessions("Production").len(), 11);
}

#[test]
#[should_panic = "the emulator was started with an Admin Center API"]
fn an_admin_center_that_was_left_out_has_no_address() {
    let emulator = Emulator::builder()
        .tenant("Production")
        .admin_center(false)
        .start()
        .unwrap();
    let _ = emulator.admin_center_uri();
}
