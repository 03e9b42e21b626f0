//! Against MIT's Kerberos and Apache's `mod_auth_gssapi`.

use std::thread;
use std::time::{Duration, Instant};

use nav_emulator::Emulator;
use nav_session::{Cancel, Client, ErrorKind, Outcome, Service, SessionFilter};

use super::peers::apache::{Apache, PersistentAuth};
use super::peers::kerberos::{PRINCIPAL, REALM, Realm, in_a_realm};
use super::peers::relay::Relay;
use super::peers::server::wait_for;
use super::{
    SERVICES, address, builder, calls_in_parallel, connections, endpoint, list, lists_and_removes,
    long_comment, remove, sign_ins,
};

/// Apache before the emulator, as a server that says that its connections stay signed in.
fn apache(realm: &Realm, emulator: &Emulator, service: Service) -> Apache {
    Apache::before(&address(emulator, service))
        .kerberos(&realm.keytab(), PersistentAuth::Said)
        .start()
}

/// Runs the test by both interfaces, each against a server of its own, as the user who is logged on.
fn by_each_interface(realm: &Realm, test: impl Fn(&Emulator, &Apache, &Client)) {
    for service in SERVICES {
        let emulator = Emulator::builder().start().unwrap();
        let apache = apache(realm, &emulator, service);
        let endpoint = endpoint(service, &apache.uri("localhost"));
        test(&emulator, &apache, &builder(endpoint).open().unwrap());
    }
}

/// The error of a list, which is one of the sign-in: its sentence and the advice. Nothing reached the server behind.
fn refused(client: &Client, emulator: &Emulator) -> (String, String) {
    let error = list(client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized, "{error}");
    assert_eq!(error.http_status(), Some(401));
    assert!(emulator.requests().is_empty());
    (error.to_string(), error.recommended_action().to_owned())
}

#[test]
fn the_user_who_is_logged_on_lists_the_sessions_and_removes_one() {
    in_a_realm(|realm| {
        realm.log_on();
        by_each_interface(realm, |emulator, apache, client| {
            lists_and_removes(client, emulator);
            for entry in apache.log().with_let_in(3) {
                let expected = (entry.status != 401).then_some(PRINCIPAL);
                assert_eq!(entry.user.as_deref(), expected);
            }
        });
    });
}

#[test]
fn a_connection_signs_in_once_for_many_calls() {
    in_a_realm(|realm| {
        realm.log_on();
        by_each_interface(realm, |_, apache, client| {
            for _ in 0..25 {
                list(client).unwrap();
                assert_eq!(remove(client, 4711).unwrap(), Outcome::NotFound);
            }
            let entries = apache.log().with_let_in(50);
            assert_eq!(connections(&entries).len(), 1);
            assert_eq!(sign_ins(&entries), 1);
        });
    });
}

#[test]
fn a_connection_signs_in_once_also_where_the_server_does_not_say_that_it_lasts() {
    in_a_realm(|realm| {
        realm.log_on();
        for service in SERVICES {
            let emulator = Emulator::builder().start().unwrap();
            let apache = Apache::before(&address(&emulator, service))
                .kerberos(&realm.keytab(), PersistentAuth::Unsaid)
                .start();
            let endpoint = endpoint(service, &apache.uri("localhost"));
            let client = builder(endpoint).open().unwrap();
            for _ in 0..10 {
                list(&client).unwrap();
            }
            let entries = apache.log().with_let_in(10);
            assert_eq!(connections(&entries).len(), 1);
            assert_eq!(sign_ins(&entries), 1);
        }
    });
}

#[test]
fn the_body_of_a_removal_arrives_whole() {
    in_a_realm(|realm| {
        realm.log_on();
        for service in SERVICES {
            let emulator = Emulator::builder().start().unwrap();
            let apache = apache(realm, &emulator, service);
            let client = builder(endpoint(service, &apache.uri("localhost")))
                .comment(long_comment())
                .open()
                .unwrap();
            assert_eq!(remove(&client, 11).unwrap(), Outcome::Removed);
            let stopped = emulator.stopped_sessions();
            assert_eq!(stopped.len(), 1);
            assert!(stopped[0].comment == long_comment());
        }
    });
}

#[test]
fn a_company_whose_name_has_to_be_escaped_is_reached_through_a_proxy() {
    const NAMES: [&str; 3] = ["Müller / Söhne & Co.", "100% d'Or", "A+B #1?"];
    in_a_realm(|realm| {
        realm.log_on();
        for service in SERVICES {
            for name in NAMES {
                let emulator = Emulator::builder().company(name).start().unwrap();
                let apache = apache(realm, &emulator, service);
                let mut endpoint = endpoint(service, &apache.uri("localhost"));
                endpoint.company = Some(name.to_owned());
                let client = builder(endpoint).open().unwrap();
                lists_and_removes(&client, &emulator);
            }
        }
    });
}

#[test]
fn without_a_ticket_kerberos_and_kinit_are_named() {
    in_a_realm(|realm| {
        by_each_interface(realm, |emulator, _, client| {
            let (sentence, advice) = refused(client, emulator);
            assert!(
                sentence.contains("No Kerberos ticket could be had"),
                "{sentence}"
            );
            assert!(
                sentence.contains("No credentials were supplied"),
                "{sentence}"
            );
            assert!(advice.contains("kinit"), "{advice}");
            let removal = remove(client, 11).unwrap_err();
            assert_eq!(removal.kind(), ErrorKind::Unauthorized);
            assert!(emulator.session("default", 11).is_some());
        });
    });
}

#[test]
fn a_ticket_that_has_ended_is_said_to_have() {
    in_a_realm(|realm| {
        realm.log_on_until_the_ticket_ended();
        by_each_interface(realm, |emulator, _, client| {
            let (sentence, advice) = refused(client, emulator);
            assert!(sentence.contains("expired"), "{sentence}");
            assert!(advice.contains("kinit"), "{advice}");
        });
    });
}

#[test]
fn a_ticket_that_is_got_meanwhile_is_used_by_the_same_client() {
    in_a_realm(|realm| {
        by_each_interface(realm, |emulator, _, client| {
            realm.log_off();
            refused(client, emulator);
            realm.log_on();
            lists_and_removes(client, emulator);
        });
    });
}

#[test]
fn a_service_that_the_realm_does_not_know_is_named_in_kerberos_own_words() {
    in_a_realm(|realm| {
        realm.log_on();
        for service in SERVICES {
            let emulator = Emulator::builder().start().unwrap();
            let apache = apache(realm, &emulator, service);
            let endpoint = endpoint(service, &apache.uri("127.0.0.1"));
            let (sentence, advice) = refused(&builder(endpoint).open().unwrap(), &emulator);
            let words = format!("Server HTTP/127.0.0.1@{REALM} not found in Kerberos database");
            assert!(sentence.contains(&words), "{sentence}");
            assert!(advice.contains("setspn -S HTTP/127.0.0.1"), "{advice}");
        }
    });
}

#[test]
fn a_server_in_a_realm_that_nobody_knows_is_told_in_kerberos_own_words() {
    in_a_realm(|realm| {
        realm.log_on();
        realm.move_server_to("OTHER.EXAMPLE");
        by_each_interface(realm, |emulator, _, client| {
            let (sentence, _) = refused(client, emulator);
            let words =
                format!("Server krbtgt/OTHER.EXAMPLE@{REALM} not found in Kerberos database");
            assert!(sentence.contains(&words), "{sentence}");
        });
    });
}

#[test]
fn a_ticket_that_the_server_cannot_read_is_said_to_be_refused() {
    in_a_realm(|realm| {
        realm.change_key_of_service();
        realm.log_on();
        by_each_interface(realm, |emulator, apache, client| {
            let (sentence, advice) = refused(client, emulator);
            assert!(
                sentence.contains("Key version is not available"),
                "{sentence}"
            );
            assert!(sentence.contains("sent and not accepted"), "{sentence}");
            assert!(advice.contains("HTTP/localhost"), "{advice}");
            // Apache writes it after its answer.
            wait_for("the refusal", || {
                (sign_ins(&apache.log().entries()) > 0).then_some(())
            });
        });
    });
}

#[test]
fn a_domain_controller_that_is_not_there_is_told_of() {
    in_a_realm(|realm| {
        realm.log_on();
        realm.shut_down();
        by_each_interface(realm, |emulator, _, client| {
            let (sentence, advice) = refused(client, emulator);
            let words = format!("Cannot contact any KDC for realm '{REALM}'");
            assert!(sentence.contains(&words), "{sentence}");
            assert!(advice.contains("domain controller"), "{advice}");
        });
    });
}

#[test]
fn a_call_that_waits_for_a_silent_domain_controller_ends_when_it_is_cancelled() {
    in_a_realm(|realm| {
        realm.log_on();
        let kdc = realm.fall_silent();
        by_each_interface(realm, |emulator, _, client| {
            let cancel = Cancel::new();
            thread::scope(|scope| {
                let call = scope.spawn(|| {
                    let mut rows = client.sessions(SessionFilter::default(), &cancel);
                    let error = rows.next().unwrap().unwrap_err();
                    (error, Instant::now())
                });
                kdc.wait_until_asked();
                let cancelled_at = Instant::now();
                cancel.request();
                let (error, ended_at) = call.join().unwrap();
                assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
                // It takes half a second, and Kerberos alone would take half a minute.
                assert!(ended_at - cancelled_at < Duration::from_secs(10));
            });
            assert!(emulator.requests().is_empty());
        });
    });
}

#[test]
fn a_connection_that_was_dropped_between_calls_is_signed_in_again() {
    in_a_realm(|realm| {
        realm.log_on();
        for service in SERVICES {
            let emulator = Emulator::builder().start().unwrap();
            let apache = apache(realm, &emulator, service);
            let relay = Relay::before(apache.port());
            let client = builder(endpoint(service, &relay.uri())).open().unwrap();
            list(&client).unwrap();
            relay.cut();
            lists_and_removes(&client, &emulator);
            let entries = apache.log().with_let_in(4);
            assert_eq!(connections(&entries).len(), 2);
            assert_eq!(sign_ins(&entries), 2);
        }
    });
}

#[test]
fn a_removal_whose_signed_in_connection_breaks_is_settled_on_another() {
    in_a_realm(|realm| {
        realm.log_on();
        for service in SERVICES {
            let emulator = Emulator::builder().start().unwrap();
            let apache = apache(realm, &emulator, service);
            let relay = Relay::before(apache.port());
            let client = builder(endpoint(service, &relay.uri())).open().unwrap();
            list(&client).unwrap();
            relay.cut_at_next_request();
            assert_eq!(remove(&client, 11).unwrap(), Outcome::Removed);
            assert!(emulator.session("default", 11).is_none());
            assert_eq!(emulator.stopped_sessions().len(), 1);
            assert_eq!(sign_ins(&apache.log().with_let_in(3)), 2);
        }
    });
}

#[test]
fn calls_from_several_threads_sign_in_once_on_each_of_their_connections() {
    in_a_realm(|realm| {
        realm.log_on();
        for service in SERVICES {
            let emulator = Emulator::builder()
                .latency(Duration::from_millis(50))
                .start()
                .unwrap();
            let apache = apache(realm, &emulator, service);
            let endpoint = endpoint(service, &apache.uri("localhost"));
            calls_in_parallel(&builder(endpoint).open().unwrap());
            let entries = apache.log().with_let_in(20);
            let connections = connections(&entries).len();
            assert!(connections > 1, "{entries:?}");
            assert_eq!(sign_ins(&entries), connections);
        }
    });
}

#[test]
fn a_redirection_takes_no_ticket_elsewhere() {
    in_a_realm(|realm| {
        realm.log_on();
        for service in SERVICES {
            let other = Emulator::builder().start().unwrap();
            let elsewhere = address(&other, service);
            let origin = elsewhere.trim_end_matches("/DynamicsNAV");
            let apache = Apache::redirecting(307, origin).start();
            let endpoint = endpoint(service, &apache.uri("localhost"));
            let error = list(&builder(endpoint).open().unwrap()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Redirected, "{error}");
            assert_eq!(other.connections(), 0);
        }
    });
}

/// These need `libfaketime`, too.
mod faketime {
    use super::*;

    #[test]
    fn clocks_that_differ_too_much_are_named() {
        in_a_realm(|realm| {
            realm.log_on();
            realm.set_clock_ahead();
            by_each_interface(realm, |emulator, _, client| {
                let (sentence, advice) = refused(client, emulator);
                assert!(sentence.contains("Clock skew too great"), "{sentence}");
                assert!(advice.contains("clock of this computer"), "{advice}");
            });
        });
    }
}

/// These need a server with encryption, too.
mod tls_peer {
    use std::fs;

    use super::super::peers::certificates::Authority;
    use super::*;

    #[test]
    fn the_user_who_is_logged_on_signs_in_once_on_an_encrypted_connection() {
        in_a_realm(|realm| {
            realm.log_on();
            let authority = Authority::new("Peers Test Authority");
            let identity = authority.issue(&["localhost"]);
            let folder = tempfile::tempdir().unwrap();
            let ca_file = folder.path().join("ca.pem");
            fs::write(&ca_file, &authority.certificate).unwrap();
            for service in SERVICES {
                let emulator = Emulator::builder().start().unwrap();
                let apache = Apache::before(&address(&emulator, service))
                    .kerberos(&realm.keytab(), PersistentAuth::Said)
                    .tls(&identity)
                    .start();
                let mut endpoint = endpoint(service, &apache.uri("localhost"));
                endpoint.ca_file = Some(ca_file.to_str().unwrap().to_owned());
                lists_and_removes(&builder(endpoint).open().unwrap(), &emulator);
                let entries = apache.log().with_let_in(3);
                assert_eq!(connections(&entries).len(), 1);
                assert_eq!(sign_ins(&entries), 1);
            }
        });
    }
}

/// These need a server with NTLM, too.
mod ntlm_peer {
    use super::super::peers::ntlm::NtlmFront;
    use super::*;

    #[test]
    fn a_server_that_offers_ntlm_alone_asks_the_logged_on_user_for_a_credential() {
        in_a_realm(|realm| {
            realm.log_on();
            for service in SERVICES {
                let emulator = Emulator::builder().start().unwrap();
                let front = NtlmFront::before(&address(&emulator, service));
                let client = builder(endpoint(service, &front.uri())).open().unwrap();
                let (sentence, advice) = refused(&client, &emulator);
                assert!(sentence.contains("The server takes NTLM."), "{sentence}");
                assert!(advice.contains("-Credential"), "{advice}");
            }
        });
    }
}
