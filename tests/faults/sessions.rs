//! What sessions and servers do by themselves: stay, come back, live elsewhere, and begin anew.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use nav_emulator::{Emulator, OnStop, Session as ServerSession};
use nav_session::{Cancel, ErrorKind, Outcome, Service, SessionFilter, SessionKey};
use time::OffsetDateTime;

use crate::relay::{Piece, Plan, Relay};
use crate::stage::{
    IDS, SERVICES, TOKEN, address, client, remove_all, row, server, tenant, was_removed,
};

/// Loses the answers to the first removals of a session.
fn lost(session_id: i32, times: usize, is_done: bool) -> Plan {
    Plan {
        spoil: Arc::new(|_, _| vec![Piece::Reset]),
        session_ids: vec![session_id],
        lists: false,
        removals: true,
        times,
        is_done,
    }
}

#[test]
fn sessions_that_stay_end_late_or_refuse_each_have_their_own_outcome_beside_those_that_end() {
    for service in SERVICES {
        let emulator = server().start().unwrap();
        let tenant = tenant(service);
        emulator.set_on_stop(tenant, 11, OnStop::Stays);
        emulator.set_on_stop(tenant, 14, OnStop::EndsAfter(Duration::from_millis(300)));
        emulator.set_on_stop(tenant, -7, OnStop::Refused);
        let builder = client(address(&emulator, service).port(), service);
        let client = builder.wait(Duration::from_secs(3)).open().unwrap();
        let keys = IDS.map(|id| row(&emulator, service, id));
        for (id, result) in IDS.iter().zip(remove_all(&client, &keys)) {
            match (id, service) {
                (11, _) => assert_eq!(result.unwrap(), Outcome::StillPresent),
                (-7, Service::AdminCenter) => assert!(result.is_err(), "{result:?}"),
                (-7, _) => assert_eq!(result.unwrap(), Outcome::Refused),
                _ => assert_eq!(result.unwrap(), Outcome::Removed, "{service:?} {id}"),
            }
        }
        assert!(emulator.session(tenant, 11).is_some());
        assert!(emulator.session(tenant, -7).is_some());
        assert!(emulator.session(tenant, 14).is_none());
    }
}

#[test]
fn an_id_that_is_anothers_by_the_time_of_the_removal_is_changed_and_nobody_is_removed() {
    for service in SERVICES {
        let emulator = server().start().unwrap();
        let keys = IDS.map(|id| row(&emulator, service, id));
        for id in [11, 14] {
            emulator.replace_session(tenant(service), ServerSession::new(id));
        }
        let client = client(address(&emulator, service).port(), service);
        let results = remove_all(&client.open().unwrap(), &keys);
        for (id, result) in IDS.iter().zip(results) {
            let is_replaced = [11, 14].contains(id);
            let expected = match is_replaced {
                true => Outcome::Changed,
                false => Outcome::Removed,
            };
            assert_eq!(result.unwrap(), expected, "{service:?} {id}");
            assert_eq!(was_removed(&emulator, service, *id), !is_replaced);
        }
    }
}

#[test]
fn an_id_that_is_used_again_after_the_answer_was_lost_is_left_alone() {
    for service in SERVICES {
        for is_row in [true, false] {
            let emulator = Arc::new(server().start().unwrap());
            let again = Arc::clone(&emulator);
            let plan = Plan {
                // Somebody signs in with the id before the connection breaks.
                spoil: Arc::new(move |_, _| {
                    again.add_session(tenant(service), ServerSession::new(11));
                    vec![Piece::Reset]
                }),
                ..lost(11, 1, true)
            };
            let relay = Relay::before(address(&emulator, service), plan);
            let client = client(relay.port(), service).open().unwrap();
            let key = match is_row {
                true => row(&emulator, service, 11),
                false => SessionKey::new(11),
            };
            let outcome = client.remove_session(&key, &Cancel::new()).unwrap();
            match is_row {
                true => assert_eq!(outcome, Outcome::Removed),
                false => assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}"),
            }
            assert!(emulator.session(tenant(service), 11).is_some());
            assert_eq!(emulator.stopped_sessions().len(), 1);
        }
    }
}

#[test]
fn a_session_of_another_server_instance_is_not_taken_for_removed_when_an_answer_is_lost() {
    let elsewhere = ServerSession::new(77).server_instance(2, "NAV2");
    for service in [Service::Soap, Service::OData] {
        for times in [0, 1] {
            let emulator = Emulator::builder()
                .with_sessions([elsewhere.clone()])
                .start()
                .unwrap();
            let plan = lost(77, times, true);
            let relay = Relay::before(address(&emulator, service), plan);
            let client = client(relay.port(), service).open().unwrap();
            let there = emulator
                .sessions("default")
                .into_iter()
                .find(|s| s.session_id == 77);
            let key = SessionKey {
                session_unique_id: Some(there.unwrap().session_unique_id),
                ..SessionKey::new(77)
            };
            let outcome = client.remove_session(&key, &Cancel::new()).unwrap();
            let server_instance_name = "NAV2".to_owned();
            assert_eq!(
                outcome,
                Outcome::OtherInstance {
                    server_instance_name
                }
            );
        }
        let emulator = Emulator::builder()
            .with_sessions([elsewhere.clone()])
            .start()
            .unwrap();
        let relay = Relay::before(address(&emulator, service), lost(77, 1, true));
        let client = client(relay.port(), service).open().unwrap();
        let outcome = client
            .remove_session(&SessionKey::new(77), &Cancel::new())
            .unwrap();
        assert!(
            matches!(&outcome, Outcome::Unknown { cause } if cause.contains("another server instance")),
            "{service:?} {outcome:?}"
        );
        assert!(emulator.stopped_sessions().is_empty());
    }
}

#[test]
fn a_server_that_begins_anew_with_the_same_ids_loses_no_session_to_a_row_of_before() {
    for service in SERVICES {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .unwrap()
            .port();
        let start = |login: OffsetDateTime| {
            let builder = Emulator::builder()
                .access_token(TOKEN)
                .with_sessions(IDS.map(|id| ServerSession::new(id).login_datetime(login)));
            let builder = match service {
                Service::Soap => builder.soap_port(port),
                Service::OData => builder.odata_port(port),
                Service::AdminCenter => builder.admin_center_port(port),
            };
            // The port of the one before may take a moment to be free.
            for _ in 0..100 {
                if let Ok(emulator) = builder.clone().start() {
                    return emulator;
                }
                thread::sleep(Duration::from_millis(20));
            }
            panic!("port {port} is taken");
        };
        let now = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap();
        let before = start(now - Duration::from_secs(3600));
        let keys = IDS.map(|id| row(&before, service, id));
        let client = client(port, service).open().unwrap();
        let listed = client.sessions(SessionFilter::default(), &Cancel::new());
        assert!(listed.map(Result::unwrap).count() >= IDS.len());
        let first = remove_all(&client, &keys[..2]);
        assert!(
            first
                .into_iter()
                .all(|result| result.unwrap() == Outcome::Removed)
        );
        drop(before);
        for result in remove_all(&client, &keys[2..4]) {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::ConnectionRefused);
        }
        let after = start(now);
        for result in remove_all(&client, &keys) {
            assert_eq!(result.unwrap(), Outcome::Changed, "{service:?}");
        }
        assert!(after.stopped_sessions().is_empty());
        // An id alone is whoever has it now.
        let outcome = client.remove_session(&SessionKey::new(23), &Cancel::new());
        assert_eq!(outcome.unwrap(), Outcome::Removed);
    }
}
