//! Bytes that no request asked for.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use nav_session::{Cancel, Outcome, Service, SessionKey};

use crate::bodies;
use crate::relay::{Answer, Piece, Plan, Relay, Request};
use crate::stage::{SERVICES, address, client, server, was_removed};

/// An answer that says of any removal that it was done.
fn done(service: Service) -> Answer {
    match service {
        Service::Soap => Answer::new(
            200,
            "text/xml; charset=utf-8",
            bodies::soap_removed("Removed"),
        ),
        Service::OData => Answer::new(200, "application/json", bodies::odata_removed("Removed")),
        // It says of a look that there is no such session.
        Service::AdminCenter => Answer::new(404, "", ""),
    }
}

/// The first removal of session 11, which is done, is answered with these pieces.
fn said_besides(pieces: impl Fn(&Request, &Answer) -> Vec<Piece> + Send + Sync + 'static) -> Plan {
    Plan {
        spoil: Arc::new(pieces),
        session_ids: vec![11],
        lists: false,
        removals: true,
        times: 1,
        is_done: true,
    }
}

/// libcurl looks at a kept connection before it uses it again, and leaves one with bytes on it alone, since 8.0.
const LOOKS: u32 = 0x08_00_00;

#[test]
fn an_answer_behind_an_answer_is_not_taken_for_that_of_the_next_request() {
    for service in SERVICES {
        for comes_with_it in [true, false] {
            if !comes_with_it && curl::Version::get().version_num() < LOOKS {
                continue;
            }
            let emulator = server().start().unwrap();
            let plan = said_besides(move |request: &Request, answer: &Answer| {
                let surplus = Piece::Bytes(done(request.service).bytes());
                let answer = answer.bytes();
                match comes_with_it {
                    true => {
                        let mut both = answer;
                        both.extend(done(request.service).bytes());
                        vec![Piece::Bytes(both), Piece::Keep]
                    }
                    false => vec![Piece::Bytes(answer), surplus, Piece::Keep],
                }
            });
            let relay = Relay::before(address(&emulator, service), plan);
            let client = client(relay.port(), service).open().unwrap();
            let remove = |id| client.remove_session(&SessionKey::new(id), &Cancel::new());
            assert_eq!(remove(11).unwrap(), Outcome::Removed);
            // What comes only after the next request went out, nobody can tell from its answer.
            relay.wait_until_sent(1);
            // Its own answer says that there is none.
            assert_eq!(remove(4711).unwrap(), Outcome::NotFound, "{service:?}");
            assert_eq!(remove(14).unwrap(), Outcome::Removed);
            assert!(was_removed(&emulator, service, 14), "{service:?}");
        }
    }
}

#[test]
fn what_a_server_says_on_a_kept_connection_before_it_closes_it_is_no_answer() {
    for service in SERVICES {
        let emulator = server().start().unwrap();
        // As servers and proxies do with a connection that was idle for too long.
        let plan = said_besides(|_: &Request, answer: &Answer| {
            let late = Answer::new(408, "text/html", "Request Timeout").with("Connection", "close");
            vec![Piece::Bytes(answer.bytes()), Piece::Bytes(late.bytes())]
        });
        let relay = Relay::before(address(&emulator, service), plan);
        let client = client(relay.port(), service).open().unwrap();
        for id in [11, 14] {
            let outcome = client.remove_session(&SessionKey::new(id), &Cancel::new());
            assert_eq!(outcome.unwrap(), Outcome::Removed, "{service:?}");
            assert!(was_removed(&emulator, service, id));
        }
    }
}

#[test]
fn a_refusal_that_comes_before_the_request_was_sent_is_one() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let busy = Answer::new(503, "text/html", "Busy").with("Connection", "close");
            let _ = stream.write_all(&busy.bytes());
            // What was not read would be answered by a reset, which takes the answer along.
            let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
            let _ = stream.read(&mut [0; 4096]);
        }
    });
    for service in SERVICES {
        let client = client(port, service).open().unwrap();
        let error = client
            .remove_session(&SessionKey::new(11), &Cancel::new())
            .unwrap_err();
        assert_eq!(
            error.kind(),
            nav_session::ErrorKind::ServerNotReady,
            "{error}"
        );
    }
}
