//! What is sent again, and what is not, over real HTTP.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nav_emulator::{Emulator, Fault, OnStop, Operation, Session as ServerSession};
use nav_session::{
    Cancel, Client, ClientBuilder, CredentialType, Endpoint, Error, ErrorKind, Outcome, Removals,
    Retry, RetryMode, ServerInstance, Service, Session, SessionFilter, SessionKey,
};

const COMPANY: &str = "CRONUS International Ltd.";
const SERVICES: [Service; 2] = [Service::Soap, Service::OData];

fn builder(emulator: &Emulator, service: Service) -> ClientBuilder {
    let uri = match service {
        Service::Soap => emulator.soap_uri(),
        _ => emulator.odata_uri(),
    };
    let endpoint = Endpoint::new(service, uri, COMPANY, CredentialType::None);
    Client::builder(ServerInstance::parse("NAV").unwrap(), endpoint)
}

/// Retries that tests need not wait for.
fn soon(max_retries: Option<u32>) -> Retry {
    Retry {
        mode: RetryMode::Fixed,
        max_retries,
        delay: Duration::from_millis(1),
    }
}

fn client(emulator: &Emulator, service: Service, max_retries: Option<u32>) -> Client {
    builder(emulator, service)
        .retry(soon(max_retries))
        .open()
        .unwrap()
}

fn answer(status: u16, headers: &[(&str, &str)]) -> Fault {
    Fault::Answer {
        status,
        content_type: String::new(),
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: String::new(),
    }
}

fn list(client: &Client) -> Result<Vec<Session>, Error> {
    client
        .sessions(SessionFilter::default(), &Cancel::new())
        .collect()
}

fn remove(client: &Client, id: i32) -> Result<Outcome, Error> {
    client.remove_session(&SessionKey::new(id), &Cancel::new())
}

fn removals(emulator: &Emulator) -> usize {
    let requests = emulator.requests();
    let removals = requests
        .iter()
        .filter(|request| request.target.contains("SessionControl"));
    removals.count()
}

#[test]
fn what_the_server_asks_to_have_sent_again_is_sent_again_unless_told_otherwise() {
    for service in SERVICES {
        let emulator = Emulator::builder().start().unwrap();
        let unsaid = client(&emulator, service, None);
        for _ in 0..3 {
            emulator.inject(answer(429, &[]));
        }
        assert!(!list(&unsaid).unwrap().is_empty());
        for _ in 0..3 {
            emulator.inject(answer(429, &[]));
        }
        assert_eq!(remove(&unsaid, 11).unwrap(), Outcome::Removed);
        assert_eq!(emulator.stopped_sessions().len(), 1);

        for _ in 0..4 {
            emulator.inject(answer(429, &[]));
        }
        let error = list(&unsaid).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooManyRequests);
        assert_eq!(emulator.waiting_faults(), 0);

        emulator.inject(answer(429, &[]));
        let error = list(&client(&emulator, service, Some(0))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooManyRequests);
    }
}

#[test]
fn a_server_that_is_not_ready_is_told_of_at_once_and_waited_for_when_asked_to() {
    for service in SERVICES {
        let emulator = Emulator::builder().start().unwrap();
        emulator.inject(answer(503, &[]));
        let error = list(&client(&emulator, service, None)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ServerNotReady);

        let patient = client(&emulator, service, Some(2));
        emulator.inject(answer(503, &[]));
        emulator.inject(answer(503, &[]));
        assert_eq!(remove(&patient, 11).unwrap(), Outcome::Removed);
        for _ in 0..3 {
            emulator.inject(answer(503, &[]));
        }
        let error = remove(&patient, 12).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ServerNotReady);
        assert_eq!(emulator.waiting_faults(), 0);
    }
}

#[test]
fn a_gateway_that_lost_the_answer_is_asked_again_for_a_list_and_never_for_a_removal() {
    for service in SERVICES {
        let emulator = Emulator::builder().start().unwrap();
        let patient = client(&emulator, service, Some(3));
        emulator.inject(answer(504, &[]));
        assert!(!list(&patient).unwrap().is_empty());

        emulator.clear_records();
        emulator.inject_into(Operation::RemoveSession, Fault::CloseAfterDoing);
        assert_eq!(remove(&patient, 11).unwrap(), Outcome::Removed);
        // The second one asks whether the session is anywhere, and compares what no session has.
        assert_eq!(removals(&emulator), 2);
        let requests = emulator.requests();
        let last = requests.last().unwrap().text();
        assert!(
            last.contains("ffffffff-ffff-ffff-ffff-ffffffffffff"),
            "{last}"
        );
    }
}

#[test]
fn a_pause_of_more_than_a_minute_is_told_instead_of_waited_for() {
    let emulator = Emulator::builder().start().unwrap();
    let patient = client(&emulator, Service::OData, Some(3));
    emulator.inject(answer(429, &[("Retry-After", "61")]));
    let error = list(&patient).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooManyRequests);
    assert_eq!(emulator.requests().len(), 1);
}

#[test]
fn a_server_that_begins_to_answer_is_reached_by_a_retry() {
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap()
        .port();
    let uri = format!("http://127.0.0.1:{port}/DynamicsNAV");
    let endpoint = Endpoint::new(Service::OData, uri, COMPANY, CredentialType::None);
    let retry = Retry {
        delay: Duration::from_millis(20),
        ..soon(Some(100))
    };
    let builder = |endpoint| Client::builder(ServerInstance::parse("NAV").unwrap(), endpoint);
    let impatient = builder(endpoint.clone()).open().unwrap();
    let error = list(&impatient).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    let tried = std::sync::Arc::new(std::sync::Barrier::new(2));
    let seen = std::sync::Arc::clone(&tried);
    let once = std::sync::Once::new();
    let patient = builder(endpoint)
        .retry(retry)
        .on_log(move |_, text| {
            if text.contains("Asking again") {
                once.call_once(|| {
                    seen.wait();
                });
            }
        })
        .open()
        .unwrap();
    let _emulator = thread::scope(|scope| {
        let rows = scope.spawn(|| list(&patient).unwrap());
        // Only after the first try came to nothing.
        tried.wait();
        let emulator = Emulator::builder().odata_port(port).start().unwrap();
        assert!(!rows.join().unwrap().is_empty());
        emulator
    });
}

#[test]
fn a_pause_ends_at_once_when_the_call_is_cancelled() {
    let emulator = Emulator::builder().start().unwrap();
    let hour = Retry {
        delay: Duration::from_secs(3600),
        ..soon(Some(1))
    };
    let (paused, pauses) = mpsc::channel();
    let patient = builder(&emulator, Service::OData)
        .retry(hour)
        .on_log(move |_, text| {
            if text.contains("Asking again") {
                paused.send(()).unwrap();
            }
        })
        .open()
        .unwrap();
    let cancelled = |call: &(dyn Fn(&Cancel) -> Error + Sync)| {
        emulator.inject(answer(503, &[]));
        let cancel = Cancel::new();
        thread::scope(|scope| {
            let call = scope.spawn(|| call(&cancel));
            pauses.recv().unwrap();
            cancel.request();
            assert_eq!(call.join().unwrap().kind(), ErrorKind::Cancelled);
        });
    };
    cancelled(&|cancel| {
        let mut rows = patient.sessions(SessionFilter::default(), cancel);
        rows.next().unwrap().unwrap_err()
    });
    cancelled(&|cancel| {
        patient
            .remove_session(&SessionKey::new(11), cancel)
            .unwrap_err()
    });
}

#[test]
fn of_many_removals_those_that_are_refused_come_again_and_no_other_is_harmed() {
    for service in SERVICES {
        let emulator = Emulator::builder()
            .with_sessions((1..=200).map(|id| ServerSession::new(id).on_stop(OnStop::Ends)))
            .start()
            .unwrap();
        let patient = client(&emulator, service, Some(40));
        for _ in 0..40 {
            emulator.inject_into(Operation::RemoveSession, answer(503, &[]));
        }
        let mut set = Removals::new(8, &Cancel::new());
        for id in 1..=200 {
            set.add(&patient, SessionKey::new(id), u64::from(id.unsigned_abs()));
        }
        let mut ended = Vec::new();
        while let Some(removed) = set.next() {
            assert_eq!(removed.result.unwrap(), Outcome::Removed);
            ended.push(removed.number);
        }
        ended.sort_unstable();
        assert_eq!(ended, (1..=200).collect::<Vec<_>>());
        assert_eq!(emulator.stopped_sessions().len(), 200);
        assert_eq!(removals(&emulator), 240);
        assert_eq!(emulator.waiting_faults(), 0);
    }
}
