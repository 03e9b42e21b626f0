//! What stands before the emulator and spoils its answers, byte by byte.

use std::collections::HashMap;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use nav_session::Service;
use socket2::SockRef;

use crate::bodies;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    List,
    Remove,
}

/// A request as it arrived.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) service: Service,
    pub(crate) operation: Operation,
    /// The session it names.
    pub(crate) session_id: Option<i32>,
    bytes: Vec<u8>,
}

impl Request {
    pub(crate) fn is_removal(&self) -> bool {
        self.operation == Operation::Remove
    }
}

/// A whole answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = match content_type {
            "" => Vec::new(),
            kind => vec![("Content-Type".to_owned(), kind.to_owned())],
        };
        Self {
            status,
            headers,
            body: body.into(),
        }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Its status and header lines but for the length, without the blank line that ends them.
    pub(crate) fn head(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} Said\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.into_bytes()
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head();
        if self.status != 204 {
            bytes.extend(format!("Content-Length: {}\r\n", self.body.len()).bytes());
        }
        bytes.extend(b"\r\n");
        bytes.extend(&self.body);
        bytes
    }
}

/// A piece of what the stage does instead of passing an answer on.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Bytes(Vec<u8>),
    /// Again and again, until the client has had enough.
    Endless(Vec<u8>),
    /// A byte now and then, until the client has had enough.
    Drip(u8),
    /// Nothing more, until the client has had enough.
    Silence,
    /// The connection is reset. Where no piece says how it ends, it is closed.
    Reset,
    /// The connection waits for the next request.
    Keep,
}

/// What is done instead of passing an answer on.
pub(crate) type Spoil = Arc<dyn Fn(&Request, &Answer) -> Vec<Piece> + Send + Sync>;

/// Which requests meet a fault, and what it is.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) spoil: Spoil,
    /// The sessions whose requests meet it.
    pub(crate) session_ids: Vec<i32>,
    pub(crate) lists: bool,
    pub(crate) removals: bool,
    /// How often, for each session.
    pub(crate) times: usize,
    /// Whether the server does what a removal asks before its answer is spoiled.
    pub(crate) is_done: bool,
}

pub(crate) struct Relay {
    port: u16,
    state: Arc<State>,
}

struct State {
    upstream: SocketAddr,
    plan: Plan,
    met: Mutex<HashMap<i32, usize>>,
    streams: Mutex<Vec<TcpStream>>,
    ended: AtomicBool,
    spoiled_bytes: AtomicU64,
    sent: AtomicU64,
}

impl Relay {
    pub(crate) fn before(upstream: SocketAddr, plan: Plan) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State {
            upstream,
            plan,
            met: Mutex::default(),
            streams: Mutex::default(),
            ended: AtomicBool::new(false),
            spoiled_bytes: AtomicU64::new(0),
            sent: AtomicU64::new(0),
        });
        let accepting = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if accepting.ended.load(Ordering::SeqCst) {
                    return;
                }
                let state = Arc::clone(&accepting);
                let kept = client.try_clone().unwrap();
                state.streams.lock().unwrap().push(kept);
                // An error is the client's end of the connection.
                thread::spawn(move || drop(state.serve(client)));
            }
        });
        Self { port, state }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// How many bytes were sent in the place of real answers.
    pub(crate) fn spoiled_bytes(&self) -> u64 {
        self.state.spoiled_bytes.load(Ordering::SeqCst)
    }

    /// Waits until so many faults have been sent to their end.
    pub(crate) fn wait_until_sent(&self, faults: u64) {
        while self.state.sent.load(Ordering::SeqCst) < faults {
            thread::yield_now();
        }
    }

    /// How many requests met the fault.
    pub(crate) fn met(&self) -> usize {
        self.state.met.lock().unwrap().values().sum()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.state.ended.store(true, Ordering::SeqCst);
        for stream in self.state.streams.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        // The listener looks once more.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

impl State {
    fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        client.set_nodelay(true)?;
        let mut upstream = TcpStream::connect(self.upstream)?;
        upstream.set_nodelay(true)?;
        while let Some(request) = read_request(&mut client)? {
            if !self.meets(&request) {
                let answer = ask(&mut upstream, &request)?;
                client.write_all(&answer.bytes())?;
                continue;
            }
            // A list changes nothing, so it is always asked for.
            let answer = if self.plan.is_done || request.operation == Operation::List {
                ask(&mut upstream, &request)?
            } else {
                removed(&request)
            };
            let mut keeps = false;
            for piece in (self.plan.spoil)(&request, &answer) {
                match piece {
                    Piece::Keep => keeps = true,
                    piece => self.send(&mut client, piece)?,
                }
            }
            self.sent.fetch_add(1, Ordering::SeqCst);
            if !keeps {
                // Everything was read, so this is no reset.
                return client.shutdown(Shutdown::Both);
            }
        }
        Ok(())
    }

    fn meets(&self, request: &Request) -> bool {
        let plan = &self.plan;
        let is_asked_for = match request.operation {
            Operation::List => plan.lists,
            Operation::Remove => plan.removals,
        };
        // One list for several is that of the removals that meet it.
        let is_about = request
            .session_id
            .is_none_or(|id| plan.session_ids.contains(&id));
        if !is_asked_for || !is_about {
            return false;
        }
        let mut met = self.met.lock().unwrap();
        let times = met.entry(request.session_id.unwrap_or(0)).or_default();
        *times += 1;
        *times <= plan.times
    }

    fn send(&self, client: &mut TcpStream, piece: Piece) -> io::Result<()> {
        let mut write = |bytes: &[u8]| {
            self.spoiled_bytes
                .fetch_add(bytes.len() as u64, Ordering::SeqCst);
            client.write_all(bytes)
        };
        match piece {
            Piece::Bytes(bytes) => write(&bytes),
            Piece::Endless(bytes) => {
                // Not faster than a network, as other tests want to run beside it.
                let many = bytes.repeat(1 + (256 << 10) / bytes.len());
                loop {
                    write(&many)?;
                    thread::sleep(Duration::from_millis(2));
                }
            }
            Piece::Drip(byte) => loop {
                write(&[byte])?;
                thread::sleep(Duration::from_millis(200));
            },
            Piece::Silence => {
                // The client's end of the connection ends it.
                let mut rest = [0; 1];
                client.read(&mut rest).map(drop)
            }
            Piece::Reset => {
                SockRef::from(&*client).set_linger(Some(Duration::ZERO))?;
                // Whoever else holds it would keep it open.
                self.streams
                    .lock()
                    .unwrap()
                    .retain(|stream| stream.peer_addr().ok() != client.peer_addr().ok());
                Err(io::ErrorKind::ConnectionReset.into())
            }
            Piece::Keep => Ok(()),
        }
    }
}

/// What the server would answer if it had removed the session.
fn removed(request: &Request) -> Answer {
    match request.service {
        Service::Soap => Answer::new(
            200,
            "text/xml; charset=utf-8",
            bodies::soap_removed("Removed"),
        ),
        Service::OData => Answer::new(200, "application/json", bodies::odata_removed("Removed")),
        Service::AdminCenter => Answer::new(204, "", ""),
    }
}

fn ask(upstream: &mut TcpStream, request: &Request) -> io::Result<Answer> {
    upstream.write_all(&request.bytes)?;
    read_answer(upstream)
}

/// Reads the lines of a head, and what came behind it.
fn read_head(stream: &mut TcpStream) -> io::Result<Option<(String, Vec<u8>)>> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let rest = bytes.split_off(end + 4);
            return Ok(Some((String::from_utf8_lossy(&bytes).into_owned(), rest)));
        }
        match stream.read(&mut buffer)? {
            0 => return Ok(None),
            read => bytes.extend(&buffer[..read]),
        }
    }
}

fn length(head: &str) -> usize {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.trim().parse().unwrap())
}

fn read_rest(stream: &mut TcpStream, mut rest: Vec<u8>, length: usize) -> io::Result<Vec<u8>> {
    let had = rest.len();
    rest.resize(length, 0);
    stream.read_exact(&mut rest[had..])?;
    Ok(rest)
}

pub(crate) fn read_request(stream: &mut TcpStream) -> io::Result<Option<Request>> {
    let Some((head, rest)) = read_head(stream)? else {
        return Ok(None);
    };
    let body = read_rest(stream, rest, length(&head))?;
    let mut bytes = head.clone().into_bytes();
    bytes.extend(&body);
    let body = String::from_utf8_lossy(&body);
    let target = head.split(' ').nth(1).unwrap_or_default();
    let is_removal = head.starts_with("DELETE") || target.contains("SessionControl");
    let operation = if is_removal {
        Operation::Remove
    } else {
        Operation::List
    };
    let service = if target.starts_with("/admin/") {
        Service::AdminCenter
    } else if target.contains("/ODataV4/") {
        Service::OData
    } else {
        Service::Soap
    };
    let last = target.rsplit('/').next().unwrap_or_default();
    let session_id = last
        .parse()
        .ok()
        .or_else(|| number_after(&body, "<sessionId>"))
        .or_else(|| number_after(&body, "\"sessionId\":"))
        .or_else(|| number_after(&body, "<Criteria>'"))
        .or_else(|| number_after(last, "Session_ID%20eq%20"));
    Ok(Some(Request {
        service,
        operation,
        session_id,
        bytes,
    }))
}

fn number_after(text: &str, mark: &str) -> Option<i32> {
    let (_, rest) = text.split_once(mark)?;
    let is_digit = |c: char| c.is_ascii_digit() || c == '-';
    let end = rest.find(|c| !is_digit(c)).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

fn read_answer(stream: &mut TcpStream) -> io::Result<Answer> {
    let Some((head, rest)) = read_head(stream)? else {
        return Err(io::ErrorKind::UnexpectedEof.into());
    };
    assert!(
        !head.to_ascii_lowercase().contains("transfer-encoding"),
        "the emulator says how long its answers are"
    );
    let body = read_rest(stream, rest, length(&head))?;
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let headers = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, _)| !name.eq_ignore_ascii_case("content-length"))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
    Ok(Answer {
        status,
        headers: headers.collect(),
        body,
    })
}
