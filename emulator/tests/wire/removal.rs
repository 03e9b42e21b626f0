//! What `RemoveSession` compares, and in which order it decides.

use std::time::Duration;

use nav_emulator::{Emulator, OnStop, Session, StoppedSession};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{UNIQUE_ID, anna};
use crate::http::{Answer, Client, eventually};
use crate::odata::{self, LIST, error};

const OTHER_ID: &str = "00000000-0000-0000-0000-000000000001";

fn call(client: &mut Client, id: i32, unique_id: &str, login: &str, comment: &str) -> Answer {
    let body = json!({
        "sessionId": id,
        "sessionUniqueId": unique_id,
        "loginDatetime": login,
        "comment": comment,
    });
    client.request("POST", odata::REMOVE, &body.to_string())
}

fn value(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    String::from(answer["value"].as_str().unwrap())
}

/// What `RemoveSession` answers on a server with these sessions.
fn outcome(sessions: &[Session], id: i32, unique_id: &str, login: &str) -> String {
    let emulator = with(sessions);
    value(&call(
        &mut odata::client(&emulator),
        id,
        unique_id,
        login,
        "",
    ))
}

fn with(sessions: &[Session]) -> Emulator {
    Emulator::builder()
        .with_sessions(sessions.iter().cloned())
        .start()
        .unwrap()
}

#[test]
fn an_id_without_a_session_is_not_found() {
    assert_eq!(outcome(&[anna()], 12, "", ""), "NotFound");
    assert_eq!(outcome(&[anna()], 12, OTHER_ID, ""), "NotFound");
}

#[test]
fn a_blank_text_is_not_compared() {
    assert_eq!(outcome(&[anna()], 11, "", ""), "Removed");
}

#[test]
fn a_unique_id_is_compared_whatever_its_braces_and_casing() {
    for same in [
        "6f9619ff-8b86-d011-b42d-00c04fc964ff",
        "6F9619FF-8B86-D011-B42D-00C04FC964FF",
        "{6F9619FF-8b86-d011-b42d-00c04fc964ff}",
    ] {
        assert_eq!(outcome(&[anna()], 11, same, ""), "Removed", "{same}");
    }
    assert_eq!(outcome(&[anna()], 11, OTHER_ID, ""), "Changed");
}

#[test]
fn login_times_are_the_same_up_to_and_including_a_second_apart() {
    for same in [
        "2026-11-22T08:17:17.123Z",
        "2026-11-22T08:17:17Z",
        "2026-11-22T08:17:17.1230000Z",
        "2026-11-22T08:17:18.123Z",
        "2026-11-22T08:17:16.123Z",
    ] {
        assert_eq!(outcome(&[anna()], 11, "", same), "Removed", "{same}");
    }
    for other in [
        "2026-11-22T08:17:18.1230001Z",
        "2026-11-22T08:17:16.1229999Z",
        "2026-11-23T08:17:17.123Z",
    ] {
        assert_eq!(outcome(&[anna()], 11, "", other), "Changed", "{other}");
    }
}

#[test]
fn both_must_hold_where_both_are_sent() {
    let (id, time) = (UNIQUE_ID.to_string(), "2026-11-22T08:17:17Z");
    assert_eq!(outcome(&[anna()], 11, &id, time), "Removed");
    assert_eq!(outcome(&[anna()], 11, OTHER_ID, time), "Changed");
    let earlier = "2026-11-22T08:00:00Z";
    assert_eq!(outcome(&[anna()], 11, &id, earlier), "Changed");
}

#[test]
fn a_text_that_is_no_guid_or_no_xml_date_and_time_in_utc_is_an_error() {
    let emulator = with(&[anna()]);
    let mut client = odata::client(&emulator);
    for text in [
        "eleven",
        "6f9619ff8b86d011b42d00c04fc964ff",
        "{6f9619ff-8b86-d011-b42d-00c04fc964ff",
        "urn:uuid:6f9619ff-8b86-d011-b42d-00c04fc964ff",
        " ",
    ] {
        // An unknown id makes no difference: the texts are read first.
        for id in [11, 12] {
            let answer = call(&mut client, id, text, "", "");
            assert_eq!(answer.status, 400, "{text}");
            assert_eq!(error(&answer).0, "Application_InvalidGUID");
        }
    }
    for text in [
        "2026-11-22T08:17:17",
        "2026-11-22T08:17:17+00:00",
        "2026-11-22 08:17:17Z",
        "2026-11-22T08:17:17.Z",
        "2026-11-22T08:17:17.12345678Z",
        "2026-11-22T08:17:61Z",
        "2026-02-30T08:17:17Z",
        "22.11.2026 08:17",
        "+026-11-22T08:17:17Z",
    ] {
        let answer = call(&mut client, 11, "", text, "");
        assert_eq!(answer.status, 400, "{text}");
        assert_eq!(error(&answer).0, "Application_DialogException");
    }
    assert!(emulator.session("default", 11).is_some());
}

#[test]
fn a_version_without_unique_ids_compares_only_login_times() {
    let emulator = Emulator::builder()
        .session_unique_id(false)
        .with_sessions([anna()])
        .start()
        .unwrap();
    let mut client = odata::client(&emulator);
    let other_time = call(&mut client, 11, OTHER_ID, "2026-11-22T09:00:00Z", "");
    assert_eq!(value(&other_time), "Changed");
    assert_eq!(value(&call(&mut client, 11, OTHER_ID, "", "")), "Removed");
}

#[test]
fn a_matching_session_of_another_server_instance_is_named() {
    let there = [
        anna().server_instance(2, "NAV2"),
        anna()
            .server_instance(3, "NAV3")
            .session_unique_id(Uuid::max()),
    ];
    let third = Uuid::max().to_string();
    assert_eq!(outcome(&there, 11, "", ""), "OtherInstance:NAV2");
    assert_eq!(outcome(&there, 11, &third, ""), "OtherInstance:NAV3");
    assert_eq!(outcome(&there, 11, OTHER_ID, ""), "Changed");
}

#[test]
fn the_session_of_this_server_instance_decides_first() {
    let there = anna().server_instance(2, "NAV2");
    let here = anna().session_unique_id(Uuid::max());
    let both = [there, here];
    assert_eq!(outcome(&both, 11, "", ""), "Removed");
    // It matches the other instance's session, and still must not say so.
    let id = UNIQUE_ID.to_string();
    assert_eq!(outcome(&both, 11, &id, ""), "Changed");
}

#[test]
fn the_page_shows_this_server_instance_only() {
    let emulator = Emulator::builder().start().unwrap();
    assert_eq!(emulator.sessions("default").len(), 14);
    let answer = odata::client(&emulator).get(LIST);
    let ids = odata::ids(&answer);
    // The caller's own session is the thirteenth.
    assert_eq!(ids.len(), 13, "{ids:?}");
    assert!(!ids.contains(&42));

    let answer = call(&mut odata::client(&emulator), 42, "", "", "");
    assert_eq!(value(&answer), "OtherInstance:DynamicsNAV2");
}

#[test]
fn a_refused_stop_comes_after_the_comparison() {
    let session = [anna().on_stop(OnStop::Refused)];
    assert_eq!(outcome(&session, 11, "", ""), "Refused");
    assert_eq!(outcome(&session, 11, OTHER_ID, ""), "Changed");
}

#[test]
fn a_session_that_never_ends_is_removed_again_and_again() {
    let emulator = with(&[anna().on_stop(OnStop::Stays)]);
    let mut client = odata::client(&emulator);
    for _ in 0..2 {
        assert_eq!(value(&call(&mut client, 11, "", "", "")), "Removed");
        assert!(emulator.session("default", 11).is_some());
    }
}

#[test]
fn a_session_may_stay_in_the_list_for_a_time() {
    let hour = OnStop::EndsAfter(Duration::from_secs(3600));
    let moment = OnStop::EndsAfter(Duration::from_millis(1));
    let emulator = with(&[anna().on_stop(hour), Session::new(12).on_stop(moment)]);
    let mut client = odata::client(&emulator);
    assert_eq!(value(&call(&mut client, 11, "", "", "")), "Removed");
    assert_eq!(value(&call(&mut client, 12, "", "", "")), "Removed");

    eventually("the end of session 12", || {
        emulator.session("default", 12).is_none()
    });
    let listed = odata::ids(&client.get(LIST));
    assert!(listed.contains(&11) && !listed.contains(&12), "{listed:?}");
    assert_eq!(value(&call(&mut client, 12, "", "", "")), "NotFound");
    assert!(emulator.session("default", 11).is_some());
    assert_eq!(value(&call(&mut client, 11, "", "", "")), "Removed");
    assert_eq!(emulator.sessions("default").len(), 2);
}

#[test]
fn an_id_that_was_reused_is_another_session() {
    let emulator = with(&[anna()]);
    let id = UNIQUE_ID.to_string();
    emulator.replace_session("default", Session::new(11).user_id(r"CRONUS\SUSAN"));
    let mut client = odata::client(&emulator);
    assert_eq!(value(&call(&mut client, 11, &id, "", "")), "Changed");
    let susan = emulator.session("default", 11).unwrap();
    assert_eq!(susan.user_id, r"CRONUS\SUSAN");
    let id = susan.session_unique_id.to_string();
    assert_eq!(value(&call(&mut client, 11, &id, "", "")), "Removed");
}

#[test]
fn the_comment_arrives_with_the_stop() {
    let emulator = with(&[anna(), Session::new(12).on_stop(OnStop::Refused)]);
    let mut client = odata::client(&emulator);
    for id in [11, 12, 13] {
        call(
            &mut client,
            id,
            "",
            "",
            "Stopped by management PowerShell cmdlet.",
        );
    }
    assert_eq!(
        emulator.stopped_sessions(),
        [StoppedSession {
            tenant: String::from("default"),
            session_id: 11,
            comment: String::from("Stopped by management PowerShell cmdlet."),
        }]
    );
}
