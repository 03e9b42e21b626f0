//! Many removals at once, and connections that calls share, over real HTTP.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use nav_emulator::{Builder, Emulator, Fault, OnStop, Operation, Session as ServerSession};
use nav_session::{
    Cancel, Client, ClientBuilder, Credential, CredentialType, Endpoint, ErrorKind, Outcome,
    Removals, Removed, Secret, ServerInstance, Service, SessionFilter, SessionKey,
    close_connections,
};

const COMPANY: &str = "CRONUS International Ltd.";
const SERVICES: [Service; 2] = [Service::Soap, Service::OData];

/// Closing what nobody uses also closes what a test beside has just let go.
static CONNECTIONS: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    CONNECTIONS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn endpoint(emulator: &Emulator, service: Service) -> Endpoint {
    let uri = match service {
        Service::Soap => emulator.soap_uri(),
        _ => emulator.odata_uri(),
    };
    Endpoint::new(service, uri, COMPANY, CredentialType::None)
}

fn builder(endpoint: Endpoint) -> ClientBuilder {
    Client::builder(ServerInstance::parse("NAV").unwrap(), endpoint)
}

fn client(emulator: &Emulator, service: Service) -> Client {
    builder(endpoint(emulator, service)).open().unwrap()
}

/// Sessions 1 to `number`.
fn numbered(number: i32, on_stop: OnStop) -> Builder {
    Emulator::builder()
        .with_sessions((1..=number).map(|id| ServerSession::new(id).on_stop(on_stop)))
}

fn all(removals: &mut Removals) -> Vec<Removed> {
    std::iter::from_fn(|| removals.next()).collect()
}

fn outcomes(ended: Vec<Removed>) -> BTreeMap<u64, Outcome> {
    let mut outcomes = BTreeMap::new();
    for removed in ended {
        let earlier = outcomes.insert(removed.number, removed.result.unwrap());
        assert_eq!(earlier, None, "number {} ended twice", removed.number);
    }
    outcomes
}

fn requests(emulator: &Emulator, part: &str) -> usize {
    let requests = emulator.requests();
    requests.iter().filter(|r| r.target.contains(part)).count()
}

fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..2000 {
        if holds() {
            return;
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("never: {what}");
}

#[test]
fn each_of_many_removals_ends_in_one_outcome_over_as_many_connections_as_allowed() {
    for service in SERVICES {
        let emulator = numbered(300, OnStop::Ends).start().unwrap();
        let client = client(&emulator, service);
        let mut removals = Removals::new(4, &Cancel::new());
        let mut ended = Vec::new();
        for id in 1..=310 {
            removals.add(&client, SessionKey::new(id), id.unsigned_abs().into());
            ended.extend(std::iter::from_fn(|| removals.try_next()));
            assert!(removals.in_flight() <= 4);
        }
        ended.extend(all(&mut removals));
        let outcomes = outcomes(ended);
        assert_eq!(outcomes.len(), 310);
        for (number, outcome) in outcomes {
            let expected = match number {
                1..=300 => Outcome::Removed,
                _ => Outcome::NotFound,
            };
            assert_eq!(outcome, expected, "{number}");
        }
        assert_eq!(emulator.stopped_sessions().len(), 300);
        assert!(emulator.connections() <= 4, "{}", emulator.connections());
        assert_eq!(removals.in_flight(), 0);
        assert!(removals.next().is_none());
    }
}

#[test]
fn the_first_request_is_on_its_way_before_the_second_is_added() {
    let emulator = numbered(2, OnStop::Ends).start().unwrap();
    let client = client(&emulator, Service::OData);
    let mut removals = Removals::new(8, &Cancel::new());
    removals.add(&client, SessionKey::new(1), 1);
    eventually("the first session is stopped", || {
        emulator.session("default", 1).is_none()
    });
    removals.add(&client, SessionKey::new(2), 2);
    assert_eq!(all(&mut removals).len(), 2);
}

#[test]
fn removals_of_several_servers_are_in_flight_together_and_told_apart() {
    let first = numbered(3, OnStop::Ends).start().unwrap();
    let second = numbered(1, OnStop::Refused).start().unwrap();
    let clients = [
        client(&first, Service::Soap),
        client(&second, Service::OData),
    ];
    let mut removals = Removals::new(8, &Cancel::new());
    removals.add(&clients[0], SessionKey::new(1), 10);
    removals.add(&clients[1], SessionKey::new(1), 20);
    removals.add(&clients[0], SessionKey::new(4711), 30);
    let outcomes = outcomes(all(&mut removals));
    assert_eq!(
        outcomes.into_iter().collect::<Vec<_>>(),
        [
            (10, Outcome::Removed),
            (20, Outcome::Refused),
            (30, Outcome::NotFound),
        ]
    );
}

#[test]
fn one_list_answers_for_all_that_wait_until_their_session_is_gone() {
    for service in SERVICES {
        let end = OnStop::EndsAfter(Duration::from_millis(300));
        let emulator = numbered(60, end).start().unwrap();
        let waiting = builder(endpoint(&emulator, service))
            .wait(Duration::from_secs(30))
            .open()
            .unwrap();
        let mut removals = Removals::new(8, &Cancel::new());
        for id in 1..=60 {
            removals.add(&waiting, SessionKey::new(id), id.unsigned_abs().into());
        }
        let outcomes = outcomes(all(&mut removals));
        assert_eq!(outcomes.len(), 60);
        assert!(
            outcomes
                .values()
                .all(|outcome| *outcome == Outcome::Removed)
        );
        let lists = requests(&emulator, "ActiveSessions");
        assert!((1..40).contains(&lists), "{lists} lists");
    }
}

#[test]
fn removals_whose_answers_are_lost_are_settled_by_the_list() {
    for service in SERVICES {
        let emulator = numbered(12, OnStop::Ends).start().unwrap();
        let client = client(&emulator, service);
        for _ in 0..6 {
            emulator.inject_into(Operation::RemoveSession, Fault::CloseAfterDoing);
        }
        let mut removals = Removals::new(6, &Cancel::new());
        for id in 1..=12 {
            removals.add(&client, SessionKey::new(id), id.unsigned_abs().into());
        }
        let outcomes = outcomes(all(&mut removals));
        assert_eq!(outcomes.len(), 12);
        assert!(
            outcomes
                .values()
                .all(|outcome| *outcome == Outcome::Removed)
        );
        assert_eq!(emulator.stopped_sessions().len(), 12, "{service:?}");
        assert!(requests(&emulator, "ActiveSessions") >= 1);
    }
}

#[test]
fn one_that_fails_harms_no_other() {
    let emulator = numbered(10, OnStop::Ends).start().unwrap();
    let client = client(&emulator, Service::OData);
    emulator.inject_into(
        Operation::RemoveSession,
        Fault::odata_error(403, "Authorization_RequestDenied", "No."),
    );
    let mut removals = Removals::new(3, &Cancel::new());
    for id in 1..=10 {
        removals.add(&client, SessionKey::new(id), id.unsigned_abs().into());
    }
    let (failed, done): (Vec<_>, Vec<_>) = all(&mut removals)
        .into_iter()
        .partition(|removed| removed.result.is_err());
    assert_eq!((failed.len(), done.len()), (1, 9));
    let error = failed[0].result.as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    let left = i32::try_from(failed[0].number).unwrap();
    assert!(emulator.session("default", left).is_some());
}

#[test]
fn cancelling_ends_all_that_is_in_flight_each_in_one_outcome() {
    for service in SERVICES {
        let emulator = numbered(20, OnStop::Ends).start().unwrap();
        let client = client(&emulator, service);
        for _ in 0..8 {
            emulator.inject_into(Operation::RemoveSession, Fault::Silence);
        }
        let cancel = Cancel::new();
        let mut removals = Removals::new(8, &cancel);
        for id in 1..=8 {
            removals.add(&client, SessionKey::new(id), id.unsigned_abs().into());
        }
        eventually("all are with the server", || emulator.requests().len() == 8);
        cancel.request();
        removals.add(&client, SessionKey::new(9), 9);
        let mut numbers = Vec::new();
        for removed in all(&mut removals) {
            match removed.number {
                9 => assert_eq!(removed.result.unwrap_err().kind(), ErrorKind::Cancelled),
                _ => assert!(matches!(removed.result.unwrap(), Outcome::Unknown { .. })),
            }
            numbers.push(removed.number);
        }
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=9).collect::<Vec<_>>(), "{service:?}");
        assert!(emulator.stopped_sessions().is_empty());
    }
}

#[test]
fn waiting_for_room_or_for_an_outcome_ends_when_its_time_is_over() {
    for service in SERVICES {
        let emulator = numbered(3, OnStop::Ends).start().unwrap();
        let client = client(&emulator, service);
        emulator.inject_into(Operation::RemoveSession, Fault::Silence);
        let cancel = Cancel::new();
        let mut removals = Removals::new(1, &cancel);
        assert!(removals.has_room_within(Duration::ZERO));
        assert!(removals.next_within(Duration::MAX).is_none());
        removals.add(&client, SessionKey::new(1), 1);
        let short = Duration::from_millis(20);
        assert!(!removals.has_room_within(short));
        assert!(removals.next_within(short).is_none());
        assert_eq!(removals.in_flight(), 1, "{service:?}");
        cancel.request();
        assert!(removals.has_room_within(Duration::MAX));
        assert_eq!(removals.next_within(Duration::MAX).unwrap().number, 1);
    }
}

#[test]
fn there_is_room_again_while_outcomes_are_not_taken() {
    let emulator = numbered(3, OnStop::Ends).start().unwrap();
    let client = client(&emulator, Service::OData);
    let mut removals = Removals::new(1, &Cancel::new());
    for id in 1..=3 {
        assert!(removals.has_room_within(Duration::MAX));
        removals.add(&client, SessionKey::new(id), id.unsigned_abs().into());
    }
    assert_eq!(all(&mut removals).len(), 3);
}

#[test]
fn dropping_the_set_ends_its_requests() {
    let emulator = numbered(1, OnStop::Ends).start().unwrap();
    let client = client(&emulator, Service::OData);
    emulator.inject_into(Operation::RemoveSession, Fault::Silence);
    let mut removals = Removals::new(8, &Cancel::new());
    removals.add(&client, SessionKey::new(1), 1);
    eventually("it is with the server", || emulator.requests().len() == 1);
    drop(removals);
    eventually("its connection is closed", || {
        emulator.open_connections() == 0
    });
}

#[test]
fn clients_that_sign_in_the_same_way_share_a_connection_also_one_after_the_other() {
    let _alone = alone();
    for service in SERVICES {
        let emulator = Emulator::builder()
            .credentials("admin", "right")
            .start()
            .unwrap();
        let open = |password: &str| {
            let endpoint = Endpoint {
                credential_type: CredentialType::NavUserPassword,
                ..endpoint(&emulator, service)
            };
            builder(endpoint)
                .credential(Credential::new("admin", Secret::from(password)))
                .open()
                .unwrap()
        };
        let list = |client: &Client| {
            client
                .sessions(SessionFilter::default(), &Cancel::new())
                .collect::<Result<Vec<_>, _>>()
                .map(|rows| rows.len())
        };
        for _ in 0..5 {
            list(&open("right")).unwrap();
        }
        assert_eq!(emulator.connections(), 1, "{service:?}");
        // Another password is another identity, and gets no connection that a right one signed in.
        let error = list(&open("wrong")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthorized);
        assert_eq!(emulator.connections(), 2);
        list(&open("right")).unwrap();
        assert_eq!(emulator.connections(), 2);
    }
}

#[test]
fn clients_with_other_tokens_share_nothing_and_those_of_one_app_share_its_token() {
    let _alone = alone();
    let emulator = Emulator::builder()
        .bearer()
        .application("app", "s3cret")
        .access_token("one")
        .access_token("two")
        .start()
        .unwrap();
    let oauth = || Endpoint {
        credential_type: CredentialType::OAuth,
        authority: Some(emulator.authority()),
        entra_tenant: Some("cronus.onmicrosoft.com".to_owned()),
        token_scope: Some("https://api.businesscentral.dynamics.com/.default".to_owned()),
        ..endpoint(&emulator, Service::OData)
    };
    let call = |builder: ClientBuilder| {
        let client = builder.open().unwrap();
        let removed = client.remove_session(&SessionKey::new(4711), &Cancel::new());
        assert_eq!(removed.unwrap(), Outcome::NotFound);
    };
    for token in ["one", "two", "one"] {
        call(builder(oauth()).access_token(Secret::from(token)));
    }
    assert_eq!(emulator.connections(), 2);
    for _ in 0..3 {
        let app = Credential::new("app", Secret::from("s3cret"));
        call(builder(oauth()).credential(app));
    }
    assert_eq!(emulator.token_requests(), 1);
}

#[test]
fn connections_that_nobody_uses_are_closed_when_asked_for() {
    let _alone = alone();
    let emulator = Emulator::builder().start().unwrap();
    let client = client(&emulator, Service::Soap);
    client
        .remove_session(&SessionKey::new(11), &Cancel::new())
        .unwrap();
    close_connections();
    // It is held by the client.
    client
        .remove_session(&SessionKey::new(14), &Cancel::new())
        .unwrap();
    assert_eq!(emulator.connections(), 1);
    drop(client);
    assert_eq!(emulator.open_connections(), 1);
    close_connections();
    eventually("the connection is closed", || {
        emulator.open_connections() == 0
    });
}
