//! How soon a list fails where no server serves, and whether the error says that it looks stopped or as if it was starting.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{self, Read};
#[cfg(target_os = "linux")]
use std::net::SocketAddr;
use std::net::TcpListener;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use nav_emulator::{Emulator, Fault, Operation};
use nav_session::{
    Cancel, Client, ClientBuilder, Credential, CredentialType, Endpoint, Error, ErrorKind, Retry,
    RetryMode, Secret, ServerInstance, Service, Session, SessionFilter,
};
#[cfg(target_os = "linux")]
use socket2::{Domain, Socket, Type};

const COMPANY: &str = "CRONUS International Ltd.";
const STOPPED: &str = "The server instance looks stopped.";
const STARTING: &str = "The server instance looks as if it was starting.";
/// Long before the 100 s that a request may take, and with room for a busy computer.
const SOON: Duration = Duration::from_secs(10);

fn endpoint(service: Service, uri: &str, credential_type: CredentialType) -> Endpoint {
    let mut endpoint = Endpoint::new(service, uri, COMPANY, credential_type);
    if service == Service::AdminCenter {
        endpoint.company = None;
        endpoint.environment = Some("Production".to_owned());
    }
    endpoint
}

fn builder(service: Service, uri: &str) -> ClientBuilder {
    let endpoint = endpoint(service, uri, CredentialType::None);
    Client::builder(ServerInstance::parse("NAV").unwrap(), endpoint)
}

fn list(client: &Client) -> Result<Vec<Session>, Error> {
    client
        .sessions(SessionFilter::default(), &Cancel::new())
        .collect()
}

fn failure(builder: ClientBuilder) -> Error {
    let begun = Instant::now();
    let error = list(&builder.open().unwrap()).unwrap_err();
    assert!(begun.elapsed() < SOON, "{error}: {:?}", begun.elapsed());
    error
}

/// A server that takes connections, reads what comes and answers nothing.
struct SilentServer {
    uri: String,
    /// A message for each connection whose first bytes came.
    asked: Receiver<()>,
    /// A message for each connection that ended.
    ended: Receiver<()>,
}

impl SilentServer {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let uri = format!("http://{}/NAV", listener.local_addr().unwrap());
        let (ask, asked) = mpsc::channel();
        let (end, ended) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, ask, end) = (stream.unwrap(), ask.clone(), end.clone());
                thread::spawn(move || {
                    if stream.read(&mut [0]).is_ok() {
                        let _ = ask.send(());
                    }
                    let _ = io::copy(&mut stream, &mut io::sink());
                    let _ = end.send(());
                });
            }
        });
        Self { uri, asked, ended }
    }
}

#[test]
fn a_server_that_nobody_listens_for_looks_stopped() {
    for service in [Service::Soap, Service::OData] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let uri = format!("http://{}/NAV", listener.local_addr().unwrap());
        drop(listener);
        let error = failure(builder(service, &uri));
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        assert!(error.to_string().ends_with(STOPPED), "{error}");
    }
}

#[test]
fn a_reserved_address_that_nobody_serves_looks_stopped_and_a_server_that_is_not_ready_starting() {
    let of_windows = Fault::Answer {
        status: 503,
        content_type: "text/html; charset=us-ascii".to_owned(),
        headers: vec![("Server".to_owned(), "Microsoft-HTTPAPI/2.0".to_owned())],
        body: "<!DOCTYPE HTML><HTML><HEAD><TITLE>Service Unavailable</TITLE></HEAD><BODY><h2>Service Unavailable</h2>\
               <hr><p>HTTP Error 503. The service is unavailable.</p></BODY></HTML>"
            .to_owned(),
    };
    let not_ready = "Microsoft Dynamics 365 Business Central Server is currently not ready to serve requests. Try again \
                     later, or contact your system administrator.";
    for (fault, look) in [
        (of_windows, STOPPED),
        (Fault::html(503, "Service Unavailable"), STARTING),
        (Fault::soap_fault("ServerFault", not_ready), STARTING),
    ] {
        let emulator = Emulator::builder().start().unwrap();
        emulator.inject(fault.clone());
        let error = failure(builder(Service::Soap, &emulator.soap_uri()));
        assert_eq!(error.kind(), ErrorKind::ServerNotReady, "{fault:?}");
        assert!(error.to_string().ends_with(look), "{error}");
    }
}

#[test]
fn a_server_that_takes_connections_and_says_nothing_looks_as_if_it_was_starting() {
    for service in [Service::Soap, Service::OData] {
        let server = SilentServer::start();
        let client = builder(service, &server.uri).open().unwrap();
        let begun = Instant::now();
        let error = list(&client).unwrap_err();
        assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
        assert_eq!(error.kind(), ErrorKind::ServerNotReady, "{error}");
        assert!(error.to_string().ends_with(STARTING), "{error}");
        assert!(error.recommended_action().contains("-NetworkTimeout"));
        // Neither the list nor what was asked besides is left on its way, although the client lives on.
        for _ in 0..2 {
            server.ended.recv_timeout(SOON).unwrap();
        }
        drop(client);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_computer_that_does_not_take_the_connection_is_told_of_soon() {
    // Linux queues one more than was asked for, and the next ones get no answer.
    let (address, _sockets) = full_queue();
    let uri = format!("http://{address}/NAV");
    let error = failure(builder(Service::Soap, &uri));
    assert_eq!(error.kind(), ErrorKind::ConnectTimeout);
    assert!(
        error.to_string().contains("or its computer looks stopped"),
        "{error}"
    );
}

#[cfg(target_os = "linux")]
fn full_queue() -> (SocketAddr, Vec<Socket>) {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let free: SocketAddr = "127.0.0.1:0".parse().unwrap();
    listener.bind(&free.into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut sockets = vec![listener];
    for _ in 0..3 {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_nonblocking(true).unwrap();
        // It says that it goes on in the background.
        let _ = socket.connect(&address);
        sockets.push(socket);
    }
    (address.as_socket().unwrap(), sockets)
}

#[test]
fn a_slow_server_that_answers_anything_else_is_waited_for() {
    for service in [Service::Soap, Service::OData] {
        let emulator = Emulator::builder()
            .credentials("admin", "a password")
            .start()
            .unwrap();
        let uri = match service {
            Service::Soap => emulator.soap_uri(),
            _ => emulator.odata_uri(),
        };
        let slow = Fault::Delay(Duration::from_secs(3));
        emulator.inject_into(Operation::ListSessions, slow);
        let endpoint = endpoint(service, &uri, CredentialType::NavUserPassword);
        let client = Client::builder(ServerInstance::parse("NAV").unwrap(), endpoint)
            .credential(Credential::new("admin", Secret::from("a password")))
            .open()
            .unwrap();

        assert_eq!(list(&client).unwrap().len(), 13);

        let requests = emulator.requests();
        assert_eq!(requests.len(), 2, "{requests:?}");
        let sign_of_life = requests.iter().find(|request| request.method == "HEAD");
        let names = sign_of_life.unwrap().headers.iter().map(|(name, _)| name);
        assert!(!names.into_iter().any(|name| name == "authorization"));
    }
}

#[test]
fn a_time_that_is_given_is_given_to_a_silent_server_too() {
    let server = SilentServer::start();
    let patient = builder(Service::OData, &server.uri).network_timeout(Duration::from_millis(2500));
    let begun = Instant::now();
    let error = failure(patient);
    assert_eq!(error.kind(), ErrorKind::AnswerTimeout);
    assert!(begun.elapsed() >= Duration::from_millis(2500));
}

#[test]
fn a_silent_server_is_asked_again_as_often_as_said() {
    let server = SilentServer::start();
    let retry = Retry {
        mode: RetryMode::Fixed,
        max_retries: Some(1),
        delay: Duration::from_millis(1),
    };
    let error = failure(builder(Service::Soap, &server.uri).retry(retry));
    assert_eq!(error.kind(), ErrorKind::ServerNotReady);
    for _ in 0..4 {
        server.ended.recv_timeout(SOON).unwrap();
    }
}

#[test]
fn a_list_that_is_silent_ends_at_once_when_it_is_cancelled() {
    for builder in [
        |uri: &str| builder(Service::Soap, uri),
        |uri: &str| builder(Service::Soap, uri).network_timeout(Duration::from_secs(60)),
    ] {
        let server = SilentServer::start();
        let client = builder(&server.uri).open().unwrap();
        let cancel = Cancel::new();
        let canceller = cancel.clone();
        let listing =
            thread::spawn(move || client.sessions(SessionFilter::default(), &cancel).next());
        server.asked.recv_timeout(SOON).unwrap();
        canceller.request();
        let error = listing.join().unwrap().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
    }
}
