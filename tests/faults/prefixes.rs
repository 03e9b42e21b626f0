//! Real answers that break off at each byte, with a length that says they are whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use nav_emulator::{Emulator, Session as ServerSession};
use nav_session::{Cancel, Client, ErrorKind, Outcome, Service, SessionFilter, SessionKey};

use crate::figures;
use crate::relay::{Operation, Piece, Plan, Relay};
use crate::stage::{SERVICES, TOKEN, address, client, was_removed};

/// A server whose answers to lists and removals of session 11 are cut at what `length` says; the real length comes back.
struct Cut {
    emulator: Emulator,
    client: Client,
    length: Arc<AtomicUsize>,
    whole: Arc<AtomicUsize>,
    _relay: Relay,
}

fn cut(service: Service, operation: Operation) -> Cut {
    let rows = [
        ServerSession::new(11).user_id("CRONUS\\ÄNNA & <Co>"),
        ServerSession::new(14),
    ];
    let builder = Emulator::builder().access_token(TOKEN).with_sessions(rows);
    let emulator = builder.start().unwrap();
    let length = Arc::new(AtomicUsize::new(0));
    let whole = Arc::new(AtomicUsize::new(usize::MAX));
    let (cut_at, seen) = (Arc::clone(&length), Arc::clone(&whole));
    let plan = Plan {
        spoil: Arc::new(move |_, answer| {
            seen.store(answer.body.len(), Ordering::SeqCst);
            let length = cut_at.load(Ordering::SeqCst).min(answer.body.len());
            let answer = answer.clone().with_body(&answer.body[..length]);
            vec![Piece::Bytes(answer.bytes()), Piece::Keep]
        }),
        session_ids: vec![11],
        lists: operation == Operation::List,
        removals: operation == Operation::Remove,
        times: usize::MAX,
        is_done: false,
    };
    let relay = Relay::before(address(&emulator, service), plan);
    Cut {
        client: client(relay.port(), service).open().unwrap(),
        emulator,
        length,
        whole,
        _relay: relay,
    }
}

#[test]
fn a_list_that_breaks_off_at_any_byte_is_no_list() {
    thread::scope(|scope| {
        for service in SERVICES {
            // All of them, and one, which the Admin Center API answers in another form.
            for filter in [SessionFilter::default(), SessionFilter::of_session(11)] {
                scope.spawn(move || {
                    let cut = cut(service, Operation::List);
                    let mut length = 0;
                    while length < cut.whole.load(Ordering::SeqCst) {
                        cut.length.store(length, Ordering::SeqCst);
                        let rows = cut.client.sessions(filter.clone(), &Cancel::new());
                        let rows: Result<Vec<_>, _> = rows.collect();
                        let error = rows.expect_err(&format!("{service:?} cut at {length}"));
                        assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer, "{error}");
                        length += 1;
                    }
                    cut.length.store(usize::MAX, Ordering::SeqCst);
                    let rows = cut.client.sessions(filter, &Cancel::new());
                    assert!(rows.map(Result::unwrap).any(|row| row.session_id == 11));
                    figures::count("Prefixes of answers", length as u64);
                });
            }
        }
    });
}

#[test]
fn an_answer_to_a_removal_that_breaks_off_at_any_byte_is_never_taken_for_a_removal() {
    thread::scope(|scope| {
        // What a DELETE is answered with has no body.
        for service in [Service::Soap, Service::OData] {
            scope.spawn(move || {
                let cut = cut(service, Operation::Remove);
                // Of a row, which the list shows again for certain.
                let rows = cut
                    .client
                    .sessions(SessionFilter::of_session(14), &Cancel::new());
                assert_eq!(rows.count(), 1);
                let session = cut.emulator.session("default", 11).unwrap();
                let key = SessionKey {
                    session_unique_id: Some(session.session_unique_id),
                    ..SessionKey::new(11)
                };
                let mut length = 0;
                while length < cut.whole.load(Ordering::SeqCst) {
                    cut.length.store(length, Ordering::SeqCst);
                    let outcome = cut.client.remove_session(&key, &Cancel::new()).unwrap();
                    assert!(
                        matches!(outcome, Outcome::Unknown { .. }),
                        "{service:?} cut at {length}: {outcome:?}"
                    );
                    length += 1;
                }
                assert!(!was_removed(&cut.emulator, service, 11));
                figures::count("Prefixes of answers", length as u64);
            });
        }
    });
}
