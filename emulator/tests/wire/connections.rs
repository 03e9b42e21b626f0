//! A connection is a session of the server, from its first call to its end.

use std::time::Duration;

use nav_emulator::{Emulator, Request};

use crate::http::{Client, eventually};
use crate::odata::{self, LIST, error};
use crate::soap;

fn web_services(emulator: &Emulator) -> Vec<i32> {
    emulator
        .sessions("default")
        .iter()
        .filter(|session| session.user_id == r"CRONUS\SERVICE")
        .map(|session| session.session_id)
        .collect()
}

fn remove(id: &str) -> String {
    odata::ELEVEN.replace("11", id)
}

#[test]
fn the_callers_own_session_is_listed_and_cannot_be_removed() {
    let emulator = Emulator::builder().start().unwrap();
    assert_eq!(web_services(&emulator), [0_i32; 0]);
    let mut client = odata::client(&emulator);
    let answer = client.get(&format!(
        "{LIST}?$select=Session_ID,Client_Type,Own_Session"
    ));
    let own = web_services(&emulator);
    let [own] = own.as_slice() else {
        panic!("one connection, but {own:?}");
    };
    let row =
        format!(r#""Session_ID":{own},"Client_Type":"Web_x0020_Service","Own_Session":true}}"#);
    assert!(answer.body.contains(&row), "{}", answer.body);
    assert_eq!(answer.body.matches(r#""Own_Session":true"#).count(), 1);

    // It comes before the comparison.
    let body = remove(&own.to_string()).replace(
        r#""sessionUniqueId":"""#,
        r#""sessionUniqueId":"00000000-0000-0000-0000-000000000001""#,
    );
    let answer = client.request("POST", odata::REMOVE, &body);
    assert!(answer.body.ends_with(r#""value":"OwnSession"}"#));
    assert_eq!(web_services(&emulator), [*own]);
}

#[test]
fn soap_calls_have_a_session_of_their_own_too() {
    let emulator = Emulator::builder().start().unwrap();
    let answer = soap::read_multiple(&mut soap::page(&emulator), "");
    let own = soap::texts(&answer, "Own_Session");
    assert_eq!(own.iter().filter(|text| **text == "true").count(), 1);
    assert_eq!(own.iter().filter(|text| **text == "false").count(), 12);
}

#[test]
fn calls_on_one_connection_share_a_session_that_ends_with_it() {
    let emulator = Emulator::builder().start().unwrap();
    let mut first = odata::client(&emulator);
    first.get(LIST);
    first.get(LIST);
    assert_eq!(web_services(&emulator).len(), 1);
    let mut second = odata::client(&emulator);
    second.get(LIST);
    assert_eq!(web_services(&emulator).len(), 2);
    assert_eq!(
        (emulator.connections(), emulator.open_connections()),
        (2, 2)
    );

    drop(first);
    eventually("the end of the first session", || {
        web_services(&emulator).len() == 1
    });
    eventually("the end of the first connection", || {
        emulator.open_connections() == 1
    });
    assert_eq!(emulator.connections(), 2);
}

#[test]
fn a_connection_whose_session_was_removed_goes_on_as_another() {
    let emulator = Emulator::builder().start().unwrap();
    let (mut one, mut two) = (odata::client(&emulator), odata::client(&emulator));
    one.get(LIST);
    let first = web_services(&emulator)[0];
    two.request("POST", odata::REMOVE, &remove(&first.to_string()));
    assert!(!web_services(&emulator).contains(&first));

    assert_eq!(one.get(LIST).status, 200);
    assert!(!web_services(&emulator).contains(&first));
    assert_eq!(web_services(&emulator).len(), 2);
}

#[test]
fn a_call_whose_session_is_stopped_meanwhile_times_out() {
    let emulator = Emulator::builder()
        .latency(Duration::from_secs(1))
        .start()
        .unwrap();
    let mut client = odata::client(&emulator);
    client.send("GET", LIST, "").unwrap();
    let mut ids = Vec::new();
    eventually("the session of the call", || {
        ids = web_services(&emulator);
        !ids.is_empty()
    });
    emulator.end_session("default", ids[0]);

    let answer = client.receive().unwrap();
    assert_eq!(answer.status, 408);
    let (_, message) = error(&answer);
    assert_eq!(
        message,
        format!(
            "The server stopped the session (ID: {}) because of a stop session request.",
            ids[0]
        )
    );
}

#[test]
fn calls_that_are_not_let_in_are_no_sessions() {
    let emulator = Emulator::builder()
        .credentials("admin", "secret")
        .start()
        .unwrap();
    assert_eq!(odata::client(&emulator).get(LIST).status, 401);
    assert_eq!(emulator.sessions("default").len(), 14);
}

#[test]
fn the_session_of_a_call_is_that_of_the_user_who_signed_in() {
    let emulator = Emulator::builder()
        .credentials("admin", "p:w")
        .start()
        .unwrap();
    let mut client = odata::client(&emulator).header("Authorization", "Basic YWRtaW46cDp3");
    assert_eq!(client.get(LIST).status, 200);
    let users: Vec<_> = emulator
        .sessions("default")
        .into_iter()
        .map(|session| session.user_id)
        .collect();
    assert!(users.contains(&String::from("admin")), "{users:?}");
}

#[test]
fn requests_are_recorded_with_the_connection_they_came_on() {
    let emulator = Emulator::builder().record(2).start().unwrap();
    let mut first = odata::client(&emulator);
    first.get(LIST);
    first.get(&format!("{LIST}?$top=1"));
    odata::client(&emulator).request("POST", odata::REMOVE, odata::ELEVEN);

    let requests = emulator.requests();
    let [get, post] = requests.as_slice() else {
        panic!("the two latest, but {requests:?}");
    };
    assert_eq!((get.connection, post.connection), (1, 2));
    assert_eq!(get.method, "GET");
    assert_eq!(get.target, format!("/DynamicsNAV{LIST}?$top=1"));
    assert_eq!(post.method, "POST");
    assert_eq!(post.target, format!("/DynamicsNAV{}", odata::REMOVE));
    assert_eq!(post.text(), odata::ELEVEN);
    assert_eq!(post.header("content-type"), Some("application/json"));

    emulator.clear_records();
    assert_eq!(emulator.requests(), [] as [Request; 0]);
}

#[test]
fn a_recorded_request_shows_no_credentials() {
    let emulator = Emulator::builder().start().unwrap();
    odata::client(&emulator)
        .header("Authorization", "Basic YWRtaW46c2VjcmV0")
        .get(LIST);
    let [request] = &emulator.requests()[..] else {
        panic!("one request");
    };
    assert_eq!(request.header("Authorization"), Some("Basic [redacted]"));
    assert!(!format!("{request:?}").contains("YWRtaW46c2VjcmV0"));
}

#[test]
fn a_dropped_emulator_closes_its_connections_and_ports() {
    let emulator = Emulator::builder().start().unwrap();
    let uri = emulator.odata_uri();
    let mut client = Client::connect(&uri);
    client.get(LIST);
    drop(emulator);

    assert!(client.is_closed());
    let host = uri.trim_start_matches("http://");
    let host = host.split('/').next().unwrap();
    assert!(std::net::TcpStream::connect(host).is_err());
}
