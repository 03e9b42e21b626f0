//! Servers that no connection can be made to, and connections that end before a request is read.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use nav_session::{Cancel, Error, ErrorKind, Outcome, Service, SessionFilter, SessionKey};
use socket2::{Domain, SockRef, Socket, Type};

use crate::figures;
use crate::stage::{IDS, SERVICES, client_at, remove_all};

/// What the client gives one request: more than it gives a connection, so that the two are told apart.
const TIMEOUT: Duration = Duration::from_secs(7);
/// When something hangs: the most connections that can follow each other, and ten seconds.
const LIMIT: Duration = Duration::from_secs(50);

/// What becomes of a list, and of removals: one, one that is waited for, and eight.
fn everything(origin: &str, service: Service) -> (Error, Vec<Result<Outcome, Error>>) {
    let began = Instant::now();
    // The trusted certificates would be read for each connection, and none gets as far as to be compared.
    let builder = || {
        client_at(origin, service)
            .network_timeout(TIMEOUT)
            .skip_certificate_check(true)
    };
    let client = builder().open().unwrap();
    let waiting = builder().wait(TIMEOUT).open().unwrap();
    let one = [SessionKey::new(11)];
    let found = thread::scope(|scope| {
        let removed = [
            scope.spawn(|| remove_all(&client, &one)),
            scope.spawn(|| remove_all(&waiting, &one)),
            scope.spawn(|| remove_all(&client, &IDS.map(SessionKey::new))),
        ];
        let listed = client
            .sessions(SessionFilter::default(), &Cancel::new())
            .collect::<Result<Vec<_>, _>>()
            .unwrap_err();
        let removed = removed
            .into_iter()
            .flat_map(|removed| removed.join().unwrap());
        (listed, removed.collect())
    });
    assert!(began.elapsed() < LIMIT, "{origin} {service:?}");
    figures::count("Calls to servers that no connection lasts to", 11);
    found
}

/// That nothing goes out, and everything says why.
fn nothing_goes_out(origin: &str, kind: ErrorKind) {
    thread::scope(|scope| {
        for service in SERVICES {
            scope.spawn(move || {
                let (listed, results) = everything(origin, service);
                assert_eq!(listed.kind(), kind, "{service:?} {listed}");
                for result in results {
                    let error = result.unwrap_err();
                    assert_eq!(error.kind(), kind, "{service:?} {error}");
                }
            });
        }
    });
}

#[test]
fn a_host_that_does_not_exist_is_told_of() {
    nothing_goes_out("https://no-such-host.invalid:7047", ErrorKind::HostNotFound);
}

#[test]
fn a_port_that_nothing_listens_on_is_told_of() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    nothing_goes_out(&format!("http://{address}"), ErrorKind::ConnectionRefused);
}

#[test]
#[cfg_attr(
    not(target_os = "linux"),
    ignore = "elsewhere a full queue refuses connections"
)]
fn a_server_whose_queue_of_connections_is_full_is_told_of() {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    listener
        .bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())
        .unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
        waiting.push(stream);
    }
    nothing_goes_out(&format!("http://{address}"), ErrorKind::ConnectTimeout);
}

#[test]
fn a_server_that_is_silent_in_the_handshake_of_tls_is_told_of() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming() {
            held.push(stream);
        }
    });
    nothing_goes_out(&format!("https://{address}"), ErrorKind::ConnectTimeout);
}

#[test]
fn a_server_that_speaks_no_tls_is_told_of() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
                let _ = stream.read(&mut [0; 4096]);
            });
        }
    });
    nothing_goes_out(&format!("https://{address}"), ErrorKind::TlsFailed);
}

#[test]
fn a_connection_that_ends_before_the_request_is_read_leaves_it_open_what_became_of_it() {
    for is_reset in [true, false] {
        for read in [0, 20] {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            let origin = format!("http://{}", listener.local_addr().unwrap());
            thread::spawn(move || {
                for mut stream in listener.incoming().map_while(Result::ok) {
                    if is_reset {
                        SockRef::from(&stream)
                            .set_linger(Some(Duration::ZERO))
                            .unwrap();
                    }
                    let _ = stream.read_exact(&mut vec![0; read]);
                }
            });
            // A reset at once can come before the connection is seen as one.
            let is_broken = |error: &Error| {
                error.kind() == ErrorKind::ConnectionBroken
                    || read == 0 && error.kind() == ErrorKind::ConnectionRefused
            };
            for service in SERVICES {
                let (listed, results) = everything(&origin, service);
                assert!(is_broken(&listed), "{listed}");
                for result in results {
                    match result {
                        Ok(Outcome::Unknown { .. }) => {}
                        // It may have been gone before anything was sent.
                        Err(error) if read == 0 => assert!(is_broken(&error), "{error}"),
                        other => panic!("{service:?} {other:?}"),
                    }
                }
            }
        }
    }
}
