//! What goes wrong on a server, on both interfaces.

use std::time::{Duration, Instant};

use nav_emulator::{Builder, Emulator, Fault, Operation};

use crate::http::{Answer, Client, eventually};
use crate::odata::{self, ELEVEN, LIST, REMOVE, error};
use crate::soap::{self, CRONUS};

const SOAP_ELEVEN: &str = "<sessionId>11</sessionId><sessionUniqueId/><loginDatetime/><comment/>";

fn start(builder: Builder) -> Emulator {
    builder.start().unwrap()
}

fn soap_remove(emulator: &Emulator) -> Answer {
    let body = soap::method("codeunit/SessionControl", "RemoveSession", SOAP_ELEVEN);
    let path = format!("/WS/{CRONUS}/Codeunit/SessionControl");
    soap::codeunit(emulator).request("POST", &path, &body)
}

fn soap_list(emulator: &Emulator) -> Answer {
    soap::read_multiple(&mut soap::page(emulator), "")
}

fn odata_remove(emulator: &Emulator) -> Answer {
    odata::client(emulator).request("POST", REMOVE, ELEVEN)
}

fn odata_list(emulator: &Emulator) -> Answer {
    odata::client(emulator).get(LIST)
}

/// A fault's code and text.
fn fault(answer: &Answer) -> (&str, &str) {
    assert_eq!(answer.status, 500);
    let (_, code) = answer.body.split_once("<faultcode").unwrap();
    let (_, code) = code.split_once('>').unwrap();
    let (_, text) = answer
        .body
        .split_once("<faultstring xml:lang=\"en-US\">")
        .unwrap();
    (
        code.split_once('<').unwrap().0,
        text.split_once('<').unwrap().0,
    )
}

#[test]
fn a_multitenant_server_wants_to_know_the_tenant() {
    let text = "A tenant was not specified, but is needed because the system has multiple \
                tenants. Contact your system administrator.";
    for builder in [
        Emulator::builder().tenant("a").tenant("b"),
        Emulator::builder().multitenant(true),
    ] {
        let emulator = start(builder);
        assert_eq!(fault(&soap_list(&emulator)).1, text);
        let answer = odata_remove(&emulator);
        assert_eq!(answer.status, 400);
        assert_eq!(error(&answer).1, text);
    }
}

#[test]
fn a_tenant_that_is_not_there_is_named() {
    let emulator = start(Emulator::builder());
    let answer = odata::client(&emulator).get(&format!("{LIST}?tenant=x"));
    assert_eq!(answer.status, 404);
    let (code, message) = error(&answer);
    assert_eq!(code, "Internal_TenantUnavailable");
    assert_eq!(message, "The tenant 'x' is not mounted or does not exist.");
    // A server with one tenant knows it as default.
    let answer = odata::client(&emulator).get(&format!("{LIST}?tenant=default"));
    assert_eq!(answer.status, 200);
}

#[test]
fn a_service_that_is_not_published_is_not_there() {
    let emulator = start(Emulator::builder());
    emulator.publish_codeunit(false);
    let text = "The web service &quot;SessionControl&quot; is not published.";
    assert_eq!(fault(&soap_remove(&emulator)), ("s:Client", text));
    let answer = odata_remove(&emulator);
    assert_eq!(answer.status, 404);
    assert_eq!(error(&answer).0, "BadRequest_NotFound");
    assert_eq!(soap_list(&emulator).status, 200);
    assert_eq!(odata_list(&emulator).status, 200);

    emulator.publish_codeunit(true);
    emulator.publish_page(false);
    let text = "The web service &quot;ActiveSessions&quot; is not published.";
    assert_eq!(fault(&soap_list(&emulator)), ("s:Client", text));
    assert_eq!(odata_list(&emulator).status, 404);
    assert_eq!(odata_remove(&emulator).status, 200);
}

#[test]
fn calls_sign_in_where_credentials_are_set() {
    let emulator = start(Emulator::builder().credentials("admin", "secret"));
    // admin:secret, admin:Secret, admin:secret as another scheme, and nothing.
    for (authorization, status) in [
        ("Basic YWRtaW46c2VjcmV0", 200),
        ("basic YWRtaW46c2VjcmV0", 200),
        ("Basic YWRtaW46U2VjcmV0", 401),
        ("Bearer YWRtaW46c2VjcmV0", 401),
        ("Basic ?", 401),
        ("", 401),
    ] {
        for (uri, path) in [
            (emulator.odata_uri(), String::from(LIST)),
            (
                emulator.soap_uri(),
                format!("/WS/{CRONUS}/Page/ActiveSessions"),
            ),
        ] {
            let soap = path.contains("/WS/");
            let mut client = Client::connect(&uri)
                .header("Authorization", authorization)
                .header("Content-Type", "text/xml; charset=utf-8")
                .header(
                    "SOAPAction",
                    "\"urn:microsoft-dynamics-schemas/page/activesessions:ReadMultiple\"",
                );
            let answer = if soap {
                soap::read_multiple(&mut client, "")
            } else {
                client.get(&path)
            };
            assert_eq!(answer.status, status, "{authorization} {path}");
            if status == 401 {
                assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"\""));
                let text = "The server has rejected the client credentials.";
                assert!(answer.body.contains(text));
            }
        }
    }
    let (code, _) = error(&odata_list(&emulator));
    assert_eq!(code, "Authentication_InvalidCredentials");
}

#[test]
fn a_server_that_is_not_ready_says_so_until_it_is() {
    let emulator = start(Emulator::builder());
    emulator.set_ready(false);
    let text = "Microsoft Dynamics 365 Business Central Server is currently not ready to serve \
                requests. Try again later, or contact your system administrator.";
    assert_eq!(fault(&soap_list(&emulator)), ("s:Server", text));
    let answer = odata_list(&emulator);
    assert_eq!(answer.status, 503);
    assert_eq!(error(&answer).1, text);

    emulator.set_ready(true);
    assert_eq!(soap_list(&emulator).status, 200);
}

#[test]
fn a_caller_without_the_permission_stops_nothing() {
    let emulator = start(Emulator::builder());
    emulator.allow_stop_session(false);
    let answer = soap_remove(&emulator);
    assert_eq!(
        fault(&answer).0,
        "a:Microsoft.Dynamics.Nav.Types.Exceptions.NavPermissionException"
    );
    let answer = odata_remove(&emulator);
    assert_eq!(answer.status, 403);
    assert!(error(&answer).0.starts_with("Authorization_"));
    assert!(emulator.session("default", 11).is_some());

    emulator.allow_stop_session(true);
    assert_eq!(soap_remove(&emulator).status, 200);
}

#[test]
fn a_unique_id_that_is_no_guid_is_a_fault_of_the_companion() {
    let emulator = start(Emulator::builder());
    let inner = SOAP_ELEVEN.replace("<sessionUniqueId/>", "<sessionUniqueId>x</sessionUniqueId>");
    let body = soap::method("codeunit/SessionControl", "RemoveSession", &inner);
    let path = format!("/WS/{CRONUS}/Codeunit/SessionControl");
    let answer = soap::codeunit(&emulator).request("POST", &path, &body);
    assert_eq!(
        fault(&answer),
        (
            "a:Microsoft.Dynamics.Nav.Types.Exceptions.NavNCLDialogException",
            "The session unique ID &quot;x&quot; is not a Guid."
        )
    );
}

#[test]
fn a_connection_can_break_before_anything_was_done() {
    let emulator = start(Emulator::builder());
    emulator.inject(Fault::CloseBeforeDoing);
    let mut client = odata::client(&emulator);
    client.send("POST", REMOVE, ELEVEN).unwrap();
    assert!(client.is_closed());
    assert!(emulator.session("default", 11).is_some());
    assert_eq!(emulator.waiting_faults(), 0);
    assert_eq!(odata_remove(&emulator).status, 200);
}

#[test]
fn a_connection_can_break_after_all_was_done() {
    let emulator = start(Emulator::builder());
    emulator.inject(Fault::CloseAfterDoing);
    let mut client = odata::client(&emulator);
    client.send("POST", REMOVE, ELEVEN).unwrap();
    assert!(client.is_closed());
    assert_eq!(emulator.session("default", 11), None);
}

#[test]
fn a_fault_can_wait_for_a_kind_of_request() {
    let emulator = start(Emulator::builder());
    emulator.inject_into(Operation::RemoveSession, Fault::CloseBeforeDoing);
    emulator.inject_into(Operation::ListSessions, Fault::CloseBeforeDoing);
    assert_eq!(emulator.waiting_faults(), 2);

    let mut client = soap::page(&emulator);
    let path = format!("/WS/{CRONUS}/Page/ActiveSessions");
    client.send("POST", &path, "").unwrap();
    assert!(client.is_closed());
    assert_eq!(odata_list(&emulator).status, 200);
    assert_eq!(emulator.waiting_faults(), 1);

    let mut client = odata::client(&emulator);
    client.send("POST", REMOVE, ELEVEN).unwrap();
    assert!(client.is_closed());
    assert_eq!(soap_remove(&emulator).status, 200);
}

#[test]
fn an_answer_can_be_anything_http_allows() {
    let emulator = start(Emulator::builder());
    emulator.inject(Fault::Answer {
        status: 429,
        content_type: String::from("text/html"),
        headers: vec![(String::from("Retry-After"), String::from("7"))],
        body: String::from("<html>busy</html>"),
    });
    let answer = odata_remove(&emulator);
    assert_eq!(answer.status, 429);
    assert_eq!(answer.header("retry-after"), Some("7"));
    assert_eq!(answer.header("content-type"), Some("text/html"));
    assert_eq!(answer.body, "<html>busy</html>");
    assert!(emulator.session("default", 11).is_some());
}

#[test]
fn an_answer_can_be_an_error_a_server_gives_in_other_states() {
    let emulator = start(Emulator::builder());
    let class = "NavCSideRecordNotFoundException";
    emulator.inject(Fault::soap_fault(class, "There is no <Company>."));
    let answer = soap_remove(&emulator);
    assert_eq!(
        answer.header("content-type"),
        Some("text/xml; charset=utf-8")
    );
    assert_eq!(
        fault(&answer),
        (
            format!("a:Microsoft.Dynamics.Nav.Types.Exceptions.{class}").as_str(),
            "There is no &lt;Company&gt;."
        )
    );

    let text = "Tenant 'x' is not accessible";
    emulator.inject(Fault::odata_error(405, "Internal_TenantUnavailable", text));
    let answer = odata_list(&emulator);
    assert_eq!(answer.status, 405);
    assert_eq!(
        error(&answer),
        (
            String::from("Internal_TenantUnavailable"),
            String::from(text)
        )
    );

    emulator.inject(Fault::html(200, "Sign in"));
    let answer = odata_list(&emulator);
    assert_eq!(
        answer.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert!(answer.body.contains("<h1>Sign in</h1>"));
    assert_eq!(odata_list(&emulator).status, 200);
}

#[test]
#[should_panic = "an injected answer has a status from 100 to 999"]
fn an_answer_http_does_not_allow_fails_where_it_is_asked_for() {
    start(Emulator::builder()).inject(Fault::Answer {
        status: 42,
        content_type: String::new(),
        headers: Vec::new(),
        body: String::new(),
    });
}

#[test]
fn a_request_can_be_delayed() {
    let emulator = start(Emulator::builder());
    let delay = Duration::from_millis(50);
    emulator.inject(Fault::Delay(delay));
    let begin = Instant::now();
    assert_eq!(odata_remove(&emulator).status, 200);
    assert!(begin.elapsed() >= delay);
}

#[test]
fn a_silent_server_neither_answers_nor_acts() {
    let emulator = start(Emulator::builder());
    emulator.inject(Fault::Silence);
    let mut silent = odata::client(&emulator);
    silent.send("POST", REMOVE, ELEVEN).unwrap();
    eventually("the request's arrival", || emulator.waiting_faults() == 0);
    // Another request is served meanwhile, so this one is not merely late.
    assert_eq!(odata_list(&emulator).status, 200);
    assert!(emulator.session("default", 11).is_some());
    drop(silent);
    eventually("the end of the connections", || {
        emulator.open_connections() == 0
    });
    assert!(emulator.session("default", 11).is_some());
}

#[test]
fn a_body_beyond_all_measure_is_not_read() {
    let emulator = start(Emulator::builder());
    let body = " ".repeat((4 << 20) + 1);
    let mut client = odata::client(&emulator);
    // The server may close before it has taken all of it.
    let _ = client.send("POST", REMOVE, &body);
    if let Ok(answer) = client.receive() {
        assert_eq!(answer.status, 413);
    }
    assert!(emulator.session("default", 11).is_some());
}
