//! Against a server whose NTLM is impacket's.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use nav_emulator::Emulator;
use nav_session::{Client, ClientBuilder, ErrorKind, Outcome, Service};

use super::peers::log::{Entry, Step};
use super::peers::ntlm::{DOMAIN, NtlmFront, PASSWORD, USER};
use super::peers::relay::Relay;
use super::{
    SERVICES, address, builder, calls_in_parallel, connections, credential, endpoint, list,
    lists_and_removes, long_comment, remove, sign_ins,
};

fn user() -> String {
    format!(r"{DOMAIN}\{USER}")
}

/// A client that gives the user's name and password to the server at `uri`.
fn signing_in(service: Service, uri: &str) -> ClientBuilder {
    builder(endpoint(service, uri)).credential(credential(&user(), PASSWORD))
}

/// Runs the test by both interfaces, each against a server of its own, with the user's name and password.
fn by_each_interface(test: impl Fn(&Emulator, &NtlmFront, &Client)) {
    for service in SERVICES {
        let emulator = Emulator::builder().start().unwrap();
        let front = NtlmFront::before(&address(&emulator, service));
        let client = signing_in(service, &front.uri()).open().unwrap();
        test(&emulator, &front, &client);
    }
}

/// The steps and statuses of the requests.
fn steps(entries: &[Entry]) -> Vec<(Step, u16)> {
    entries
        .iter()
        .map(|entry| (entry.step, entry.status))
        .collect()
}

#[test]
fn a_user_with_a_password_lists_the_sessions_and_removes_one() {
    by_each_interface(|emulator, front, client| {
        lists_and_removes(client, emulator);
        let entries = front.log().entries();
        assert_eq!(
            steps(&entries),
            [
                (Step::Negotiate, 401),
                (Step::Authenticate, 200),
                (Step::Bare, 200),
                (Step::Bare, 200)
            ]
        );
        let users: Vec<_> = entries.into_iter().filter_map(|entry| entry.user).collect();
        assert_eq!(users, [user(), user(), user()]);
    });
}

#[test]
fn a_connection_signs_in_once_for_many_calls() {
    by_each_interface(|_, front, client| {
        for _ in 0..25 {
            list(client).unwrap();
            assert_eq!(remove(client, 4711).unwrap(), Outcome::NotFound);
        }
        let entries = front.log().entries();
        assert_eq!(connections(&entries).len(), 1);
        assert_eq!(sign_ins(&entries), 1);
        assert_eq!(entries.len(), 51);
    });
}

#[test]
fn an_endpoint_with_ntlm_alone_and_a_server_with_more_to_offer_sign_in_as_well() {
    for service in SERVICES {
        for ntlm in [false, true] {
            let emulator = Emulator::builder().start().unwrap();
            let front = NtlmFront::offering(&address(&emulator, service), &["Negotiate", "NTLM"]);
            let mut endpoint = endpoint(service, &front.uri());
            endpoint.ntlm = ntlm;
            let client = builder(endpoint)
                .credential(credential(&user(), PASSWORD))
                .open()
                .unwrap();
            lists_and_removes(&client, &emulator);
            assert_eq!(sign_ins(&front.log().entries()), 1);
        }
    }
}

#[test]
fn the_user_may_be_named_in_either_way_and_any_casing() {
    for service in SERVICES {
        for name in [r"CRONUS\anna", r"cronus\ANNA", "anna@CRONUS", "ANNA@cronus"] {
            let emulator = Emulator::builder().start().unwrap();
            let front = NtlmFront::before(&address(&emulator, service));
            let client = builder(endpoint(service, &front.uri()))
                .credential(credential(name, PASSWORD))
                .open()
                .unwrap();
            list(&client).unwrap();
            let entries = front.log().entries();
            assert_eq!(entries[1].user.as_deref(), Some(name));
        }
    }
}

#[test]
fn a_wrong_password_is_tried_once_for_each_call() {
    for service in SERVICES {
        for name in [user(), r"CRONUS\nobody".to_owned()] {
            let emulator = Emulator::builder().start().unwrap();
            let front = NtlmFront::before(&address(&emulator, service));
            let client = builder(endpoint(service, &front.uri()))
                .credential(credential(&name, "ein anderes"))
                .open()
                .unwrap();
            let error = list(&client).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unauthorized, "{error}");
            assert_eq!(error.http_status(), Some(401));
            let advice = error.recommended_action();
            assert!(advice.contains("password"), "{advice}");
            assert!(!format!("{error:?}").contains("ein anderes"));
            let tried = [(Step::Negotiate, 401), (Step::Authenticate, 401)];
            assert_eq!(steps(&front.log().entries()), tried);

            let error = remove(&client, 11).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unauthorized, "{error}");
            assert_eq!(sign_ins(&front.log().entries()), 2);
            assert!(emulator.requests().is_empty());
        }
    }
}

#[test]
fn a_password_that_libcurl_would_garble_is_not_sent() {
    for service in SERVICES {
        for (name, password) in [(r"CRONUS\anna", "Schlüssel"), (r"CRONUS\jörg", PASSWORD)] {
            let emulator = Emulator::builder().start().unwrap();
            let front = NtlmFront::before(&address(&emulator, service));
            let opened = builder(endpoint(service, &front.uri()))
                .credential(credential(name, password))
                .open();
            let error = opened.and_then(|client| list(&client)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::SignInNotAvailable, "{error}");
            assert!(error.recommended_action().contains("kinit"));
            assert!(!error.to_string().contains(password));
            assert!(front.log().entries().is_empty());
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_credential_is_of_no_use_on_linux_where_no_ntlm_is_offered() {
    for service in SERVICES {
        let emulator = Emulator::builder().start().unwrap();
        let front = NtlmFront::offering(&address(&emulator, service), &["Negotiate"]);
        let client = signing_in(service, &front.uri()).open().unwrap();
        let error = list(&client).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthorized, "{error}");
        let sentence = error.to_string();
        assert!(
            sentence.contains("The server takes Negotiate."),
            "{sentence}"
        );
        let advice = error.recommended_action();
        assert!(
            advice.contains("NTLM, which the server does not offer"),
            "{advice}"
        );
        assert!(advice.contains("kinit"), "{advice}");
        assert!(emulator.requests().is_empty());
    }
}

#[test]
fn the_body_of_a_removal_arrives_whole_after_the_challenge() {
    for service in SERVICES {
        let emulator = Emulator::builder().start().unwrap();
        let front = NtlmFront::before(&address(&emulator, service));
        let client = signing_in(service, &front.uri())
            .comment(long_comment())
            .open()
            .unwrap();
        assert_eq!(remove(&client, 11).unwrap(), Outcome::Removed);
        assert_eq!(
            steps(&front.log().entries()),
            [(Step::Negotiate, 401), (Step::Authenticate, 200)]
        );
        let stopped = emulator.stopped_sessions();
        assert_eq!(stopped.len(), 1);
        assert!(stopped[0].comment == long_comment());
    }
}

#[test]
fn a_connection_that_was_dropped_between_calls_is_signed_in_again() {
    for service in SERVICES {
        let emulator = Emulator::builder().start().unwrap();
        let front = NtlmFront::before(&address(&emulator, service));
        let relay = Relay::before(front.port());
        let client = signing_in(service, &relay.uri()).open().unwrap();
        list(&client).unwrap();
        relay.cut();
        lists_and_removes(&client, &emulator);
        let entries = front.log().entries();
        assert_eq!(connections(&entries).len(), 2);
        assert_eq!(sign_ins(&entries), 2);
    }
}

#[test]
fn a_removal_whose_signed_in_connection_breaks_is_settled_on_another() {
    for service in SERVICES {
        let emulator = Emulator::builder().start().unwrap();
        let front = NtlmFront::before(&address(&emulator, service));
        let relay = Relay::before(front.port());
        let client = signing_in(service, &relay.uri()).open().unwrap();
        list(&client).unwrap();
        relay.cut_at_next_request();
        assert_eq!(remove(&client, 11).unwrap(), Outcome::Removed);
        assert!(emulator.session("default", 11).is_none());
        assert_eq!(emulator.stopped_sessions().len(), 1);
        assert_eq!(sign_ins(&front.log().entries()), 2);
    }
}

#[test]
fn calls_from_several_threads_sign_in_once_on_each_of_their_connections() {
    for service in SERVICES {
        let emulator = Emulator::builder()
            .latency(Duration::from_millis(50))
            .start()
            .unwrap();
        let front = NtlmFront::before(&address(&emulator, service));
        calls_in_parallel(&signing_in(service, &front.uri()).open().unwrap());
        let entries = front.log().entries();
        let connections = connections(&entries).len();
        assert!(connections > 1, "{entries:?}");
        assert_eq!(sign_ins(&entries), connections);
    }
}

#[test]
fn nothing_that_signs_in_is_logged() {
    for service in SERVICES {
        let emulator = Emulator::builder().start().unwrap();
        let front = NtlmFront::before(&address(&emulator, service));
        let lines = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&lines);
        let client = signing_in(service, &front.uri())
            .on_log(move |_, line| seen.lock().unwrap().push(line.to_owned()))
            .open()
            .unwrap();
        lists_and_removes(&client, &emulator);
        let lines = lines.lock().unwrap();
        assert!(
            lines.iter().any(|line| line.contains("HTTP 200")),
            "{lines:?}"
        );
        // How each message of NTLM begins, in base 64.
        for secret in [PASSWORD, "TlRMTVNTUA"] {
            assert!(lines.iter().all(|line| !line.contains(secret)));
            assert!(!format!("{client:?}").contains(secret));
        }
    }
}
