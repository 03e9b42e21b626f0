//! Faults that requests meet by chance, and what an observer is told.

use std::sync::mpsc::{self, Receiver};

use nav_emulator::{ChanceFault, Emulator, Event};

use crate::http::Client;
use crate::odata::{self, ELEVEN, LIST, REMOVE};

/// An emulator whose requests meet faults, and what its observer is told.
fn start(seed: u64, share: f64, kinds: &[ChanceFault]) -> (Emulator, Receiver<Event>) {
    let (sender, events) = mpsc::channel();
    let emulator = Emulator::builder()
        .chance_faults(seed, share, kinds.iter().copied())
        .observer(move |event| {
            let _ = sender.send(event);
        })
        .start()
        .unwrap();
    (emulator, events)
}

fn always(kind: ChanceFault) -> (Emulator, Receiver<Event>) {
    start(1, 1.0, &[kind])
}

/// What became of session 11 so far: `stopped`, `ended` and `began`.
fn of_eleven(events: &Receiver<Event>) -> Vec<&'static str> {
    let told = |event| match event {
        Event::SessionStopped(session) => Some(("stopped", session)),
        Event::SessionEnded(session) => Some(("ended", session)),
        Event::SessionBegan(session) => Some(("began", session)),
        _ => None,
    };
    events
        .try_iter()
        .filter_map(told)
        .map(|(what, session)| {
            assert_eq!(
                (session.tenant.as_str(), session.session_id),
                ("default", 11)
            );
            what
        })
        .collect()
}

fn statuses(seed: u64) -> Vec<u16> {
    let kinds = [ChanceFault::NotReady, ChanceFault::TooManyRequests];
    let (emulator, events) = start(seed, 0.3, &kinds);
    let mut client = odata::client(&emulator);
    let statuses: Vec<_> = (0..200).map(|_| client.get(LIST).status).collect();
    let told = events
        .try_iter()
        .filter(|event| matches!(event, Event::Fault(_)))
        .count();
    let met = statuses.iter().filter(|status| **status != 200).count();
    assert_eq!(told, met);
    assert!((30..=90).contains(&met), "{met} of 200");
    statuses
}

#[test]
fn the_same_seed_gives_the_same_faults_to_the_same_requests() {
    let first = statuses(7);
    assert!(first.contains(&429) && first.contains(&503), "{first:?}");
    assert_eq!(first, statuses(7));
    assert_ne!(first, statuses(8));
}

#[test]
fn an_answer_can_break_off_after_all_was_done() {
    let (emulator, events) = always(ChanceFault::Truncated);
    let mut client = odata::client(&emulator);
    client.send("POST", REMOVE, ELEVEN).unwrap();
    assert!(client.receive().is_err());
    assert_eq!(of_eleven(&events), ["stopped"]);
}

#[test]
fn a_gateway_can_lose_an_answer_after_all_was_done() {
    let (emulator, events) = always(ChanceFault::BadGateway);
    let answer = odata::client(&emulator).request("POST", REMOVE, ELEVEN);
    assert_eq!(answer.status, 502);
    assert_eq!(of_eleven(&events), ["stopped"]);
}

#[test]
fn a_session_can_end_by_itself_before_it_is_removed() {
    let (emulator, events) = always(ChanceFault::SessionEnds);
    let answer = odata::client(&emulator).request("POST", REMOVE, ELEVEN);
    assert!(answer.body.contains("NotFound"), "{answer:?}");
    assert_eq!(of_eleven(&events), ["ended"]);
}

#[test]
fn an_id_can_go_to_another_session_before_it_is_removed() {
    let (emulator, events) = always(ChanceFault::IdReused);
    let unique_id = emulator.session("default", 11).unwrap().session_unique_id;
    let body = ELEVEN.replace(
        "\"sessionUniqueId\":\"\"",
        &format!("\"sessionUniqueId\":\"{unique_id}\""),
    );
    assert_ne!(body, ELEVEN);
    let answer = odata::client(&emulator).request("POST", REMOVE, &body);
    assert!(answer.body.contains("Changed"), "{answer:?}");
    assert_eq!(of_eleven(&events), ["ended", "began"]);
    let now = emulator.session("default", 11).unwrap();
    assert_ne!(now.session_unique_id, unique_id);
}

#[test]
fn an_id_can_go_to_another_session_while_the_answer_is_lost() {
    let (emulator, events) = always(ChanceFault::IdReusedUnanswered);
    let before = emulator.session("default", 11).unwrap();
    let mut client = odata::client(&emulator);
    client.send("POST", REMOVE, ELEVEN).unwrap();
    assert!(client.is_closed());
    assert_eq!(of_eleven(&events), ["stopped", "began"]);
    let now = emulator.session("default", 11).unwrap();
    assert_ne!(now.session_unique_id, before.session_unique_id);
}

#[test]
fn what_happens_to_a_session_falls_to_removals_alone() {
    let (emulator, events) = always(ChanceFault::IdReusedUnanswered);
    assert_eq!(odata::client(&emulator).get(LIST).status, 200);
    let faults = |event| matches!(event, Event::Fault(_));
    assert!(!events.try_iter().any(faults));
}

#[test]
fn connections_are_told_of() {
    let (emulator, events) = start(1, 0.0, &[]);
    let told = || events.recv_timeout(std::time::Duration::from_secs(10));
    let client = Client::connect(&emulator.odata_uri());
    assert_eq!(told(), Ok(Event::ConnectionOpened));
    drop(client);
    assert_eq!(told(), Ok(Event::ConnectionClosed));
}
