//! Transfers over libcurl, with their connections kept.

use std::fmt;
use std::io::{self, SeekFrom};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use curl::MultiError;
use curl::easy::{Auth, Easy2, Handler, HttpVersion, List, ReadError, SeekResult, WriteError};
use curl::multi::{Easy2Handle, Multi};
use once_cell::sync::OnceCell;

use super::cancel::{Cancel, Registration};
use super::failure::{Failure, Reason};
use super::lookup::Names;
use super::message::{Method, Request, Response};
use super::wake::Wake;
use crate::secret::Secret;

/// How a connection signs in.
#[derive(Debug)]
pub(crate) enum Authorization {
    None,
    Basic { user_name: String, password: Secret },
}

/// What holds for every request of an engine.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) authorization: Authorization,
    /// Whether the proxy of the environment (`http_proxy` and the like) is passed by.
    pub(crate) direct: bool,
    /// For the look-up of the host's name, and again for connection and TLS together.
    pub(crate) connect_timeout: Duration,
    /// For the whole request.
    pub(crate) timeout: Duration,
    /// Bytes of a decoded body.
    pub(crate) body_limit: usize,
}

/// Does requests on a thread of its own, all over one libcurl multi handle with its kept connections, for one identity.
///
/// libcurl's multi handle must stay on one thread, and the calls of a client come from any.
pub(crate) struct Engine {
    /// `None` once it is being dropped.
    jobs: Option<Sender<Job>>,
    wake: Arc<Wake>,
    thread: Option<JoinHandle<()>>,
    names: Names,
    settings: Arc<Settings>,
}

struct Job {
    request: Request,
    /// Where the host of the request is, as libcurl's table of names has it.
    name: Option<String>,
    cancel: Cancel,
    reply: Sender<Result<Response, Failure>>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

/// Checked once in a process; another libcurl is not loaded later.
static LIBCURL: OnceCell<()> = OnceCell::new();

fn libcurl_is_usable() -> Result<(), Failure> {
    LIBCURL
        .get_or_try_init(|| {
            curl::init();
            let version = curl::Version::get();
            // The name of a proxy is left to libcurl, and a look-up that blocks the thread could not be cancelled.
            if version.feature_async_dns() {
                Ok(())
            } else {
                Err(Failure::unsent(
                    Reason::Unavailable,
                    format!(
                        "libcurl {} of this machine looks up names without a time limit",
                        version.version()
                    ),
                ))
            }
        })
        .copied()
}

impl Engine {
    pub(crate) fn start(settings: Arc<Settings>) -> Result<Self, Failure> {
        libcurl_is_usable()?;
        let unavailable = |what: &str, error: io::Error| {
            Failure::unsent(Reason::Unavailable, format!("{what} can be had: {error}"))
        };
        let wake = Arc::new(Wake::new().map_err(|error| unavailable("no local socket", error))?);
        let (jobs, incoming) = mpsc::channel();
        let run = {
            let (settings, wake) = (Arc::clone(&settings), Arc::clone(&wake));
            move || Transfers::new(settings, wake).run(&incoming)
        };
        let thread = thread::Builder::new()
            .name("nav-session".to_owned())
            .spawn(run)
            .map_err(|error| unavailable("no thread", error))?;
        Ok(Self {
            jobs: Some(jobs),
            wake,
            thread: Some(thread),
            names: Names::default(),
            settings,
        })
    }

    /// Sends one request and waits for the whole answer.
    pub(crate) fn send(&self, request: Request, cancel: &Cancel) -> Result<Response, Failure> {
        let Settings {
            direct,
            connect_timeout,
            ..
        } = *self.settings;
        let name = self
            .names
            .entry(&request.url, direct, connect_timeout, cancel)?;
        let (reply, answer) = mpsc::channel();
        let job = Job {
            request,
            name,
            cancel: cancel.clone(),
            reply,
        };
        let accepted = self
            .jobs
            .as_ref()
            .is_some_and(|jobs| jobs.send(job).is_ok());
        self.wake.wake();
        answer.recv().unwrap_or_else(|_| {
            // The thread ended by a panic: what it had done is not known.
            Err(Failure {
                reason: Reason::Other,
                request_sent: accepted,
                detail: "the thread of the connection ended".to_owned(),
            })
        })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.jobs = None;
        self.wake.wake();
        if let Some(thread) = self.thread.take() {
            // A panic of it was reported by the call it was doing.
            let _ = thread.join();
        }
    }
}

/// The transfers in flight, on the thread of an [`Engine`].
struct Transfers {
    settings: Arc<Settings>,
    wake: Arc<Wake>,
    multi: Multi,
    in_flight: Vec<Transfer>,
    next_token: usize,
    /// A handle that no transfer uses, to be used again.
    idle: Option<Easy2<Collector>>,
}

struct Transfer {
    token: usize,
    handle: Easy2Handle<Collector>,
    cancel: Cancel,
    reply: Sender<Result<Response, Failure>>,
    _registration: Registration,
}

impl Transfers {
    fn new(settings: Arc<Settings>, wake: Arc<Wake>) -> Self {
        Self {
            settings,
            wake,
            multi: Multi::new(),
            in_flight: Vec::new(),
            next_token: 0,
            idle: None,
        }
    }

    fn run(mut self, incoming: &Receiver<Job>) {
        loop {
            if self.in_flight.is_empty() {
                match incoming.recv() {
                    Ok(job) => self.begin(job),
                    Err(_) => return,
                }
            }
            while let Ok(job) = incoming.try_recv() {
                self.begin(job);
            }
            self.end_cancelled();
            if let Err(error) = self.step() {
                for transfer in std::mem::take(&mut self.in_flight) {
                    self.end(transfer, Err(error.clone()));
                }
            }
        }
    }

    fn begin(&mut self, job: Job) {
        let Job {
            mut request,
            name,
            cancel,
            reply,
        } = job;
        let mut easy = self
            .idle
            .take()
            .unwrap_or_else(|| Easy2::new(Collector::default()));
        *easy.get_mut() = Collector::new(&mut request, self.settings.body_limit);
        let token = self.next_token;
        self.next_token = token.wrapping_add(1);
        let added = configure(&mut easy, &request, name.as_deref(), &self.settings)
            .map_err(|error| words(&error))
            .and_then(|()| self.multi.add2(easy).map_err(|error| error.to_string()))
            .and_then(|mut handle| {
                handle
                    .set_token(token)
                    .map_err(|error| words(&error))
                    .map(|()| handle)
            });
        match added {
            Ok(handle) => {
                let wake = Arc::clone(&self.wake);
                let _registration = cancel.on_request(move || wake.wake());
                self.in_flight.push(Transfer {
                    token,
                    handle,
                    cancel,
                    reply,
                    _registration,
                });
            }
            // Nobody waits any more if the reply cannot be sent.
            Err(detail) => drop(reply.send(Err(Failure::unsent(Reason::Other, detail)))),
        }
    }

    fn end_cancelled(&mut self) {
        let mut at = 0;
        while let Some(transfer) = self.in_flight.get(at) {
            if transfer.cancel.is_requested() {
                let transfer = self.in_flight.swap_remove(at);
                let cancelled = Failure::unsent(Reason::Cancelled, "cancelled");
                self.end(transfer, Err(Ended::Here(cancelled)));
            } else {
                at += 1;
            }
        }
    }

    /// Moves every transfer on, ends those that are done, and waits until there is more to do.
    fn step(&mut self) -> Result<(), Ended> {
        let broken =
            |error: MultiError| Ended::Here(Failure::unsent(Reason::Other, error.to_string()));
        self.multi.perform().map_err(broken)?;
        let mut done = Vec::new();
        self.multi.messages(|message| {
            if let (Ok(token), Some(result)) = (message.token(), message.result()) {
                done.push((token, result));
            }
        });
        if done.is_empty() && !self.in_flight.is_empty() {
            // libcurl wakes by itself for its own timers; the limit only bounds what it might forget.
            self.multi
                .wait(&mut [self.wake.wait_fd()], Duration::from_secs(10))
                .map_err(broken)?;
            self.wake.drain();
        }
        for (token, result) in done {
            if let Some(at) = self.in_flight.iter().position(|t| t.token == token) {
                let transfer = self.in_flight.swap_remove(at);
                self.end(transfer, result.map_err(Ended::ByCurl));
            }
        }
        Ok(())
    }

    fn end(&mut self, transfer: Transfer, result: Result<(), Ended>) {
        let Transfer { handle, reply, .. } = transfer;
        let answer = match self.multi.remove2(handle) {
            Ok(mut easy) => {
                let answer = match result {
                    Ok(()) => Ok(answer(&mut easy)),
                    Err(Ended::ByCurl(mut error)) => {
                        if let Some(extra) = easy.take_error_buf() {
                            error.set_extra(extra);
                        }
                        Err(failure(&easy, &error))
                    }
                    Err(Ended::Here(failure)) => Err(Failure {
                        request_sent: request_sent(&easy),
                        ..failure
                    }),
                };
                // What the handle still holds of the request and its sign-in must not outlive the call.
                easy.reset();
                *easy.get_mut() = Collector::default();
                self.idle = Some(easy);
                answer
            }
            Err(error) => Err(Failure {
                reason: Reason::Other,
                request_sent: true,
                detail: error.to_string(),
            }),
        };
        // Nobody waits any more if the reply cannot be sent.
        let _ = reply.send(answer);
    }
}

/// Why a transfer ended without an answer: libcurl's reason, or one from here.
#[derive(Clone)]
enum Ended {
    ByCurl(curl::Error),
    Here(Failure),
}

fn answer(easy: &mut Easy2<Collector>) -> Response {
    let status = easy
        .response_code()
        .ok()
        .and_then(|status| u16::try_from(status).ok());
    Response {
        status: status.unwrap_or(0),
        ..std::mem::take(&mut easy.get_mut().response)
    }
}

fn configure(
    easy: &mut Easy2<Collector>,
    request: &Request,
    name: Option<&str>,
    settings: &Settings,
) -> Result<(), curl::Error> {
    easy.url(&request.url)?;
    if let Some(name) = name {
        let mut names = List::new();
        names.append(name)?;
        easy.resolve(names)?;
    }
    match request.method {
        Method::Get => easy.get(true)?,
        Method::Post => {
            easy.post(true)?;
            easy.post_field_size(easy.get_ref().body.len() as u64)?;
        }
    }
    let mut headers = List::new();
    for (name, value) in &request.headers {
        headers.append(&format!("{name}: {value}"))?;
    }
    // Otherwise libcurl asks before it sends a larger body, and waits a second for servers that do not answer that.
    headers.append("Expect:")?;
    easy.http_headers(headers)?;
    easy.useragent(concat!("nav-session/", env!("CARGO_PKG_VERSION")))?;
    easy.accept_encoding("")?;
    easy.follow_location(false)?;
    // Windows sign-in belongs to a connection, which HTTP/2 would share between requests.
    easy.http_version(HttpVersion::V11)?;
    easy.tcp_keepalive(true)?;
    if settings.direct {
        easy.noproxy("*")?;
    }
    easy.connect_timeout(settings.connect_timeout)?;
    easy.timeout(settings.timeout)?;
    match &settings.authorization {
        Authorization::None => {}
        Authorization::Basic {
            user_name,
            password,
        } => {
            let mut auth = Auth::new();
            auth.basic(true);
            easy.http_auth(&auth)?;
            easy.username(user_name)?;
            easy.password(password.expose())?;
        }
    }
    Ok(())
}

fn request_sent(easy: &Easy2<Collector>) -> bool {
    easy.request_size().unwrap_or(0) > 0
}

fn words(error: &curl::Error) -> String {
    let text = error
        .extra_description()
        .unwrap_or_else(|| error.description());
    text.trim().trim_end_matches('.').to_owned()
}

fn failure(easy: &Easy2<Collector>, error: &curl::Error) -> Failure {
    let connected = easy.pretransfer_time().is_ok_and(|time| !time.is_zero());
    let reason = if error.is_couldnt_resolve_host() || error.is_couldnt_resolve_proxy() {
        Reason::HostNotFound
    } else if error.is_couldnt_connect() {
        Reason::ConnectionRefused
    } else if error.is_operation_timedout() {
        if connected {
            Reason::AnswerTimeout
        } else {
            Reason::ConnectTimeout
        }
    } else if error.is_ssl_connect_error()
        || error.is_peer_failed_verification()
        || error.is_ssl_certproblem()
        || error.is_ssl_cipher()
        || error.is_ssl_cacert()
        || error.is_ssl_cacert_badfile()
        || error.is_ssl_issuer_error()
    {
        Reason::TlsFailed
    } else if error.is_write_error() && easy.get_ref().over_limit {
        Reason::AnswerTooLarge
    } else if error.is_recv_error()
        || error.is_send_error()
        || error.is_got_nothing()
        || error.is_partial_file()
        || error.is_send_fail_rewind()
    {
        Reason::ConnectionBroken
    } else {
        Reason::Other
    };
    Failure {
        reason,
        request_sent: request_sent(easy),
        detail: words(error),
    }
}

/// Hands libcurl the body of a request, and collects the answer as it comes.
#[derive(Debug, Default)]
struct Collector {
    body: Vec<u8>,
    sent: usize,
    /// Whether an answer came since the body was begun.
    answered: bool,
    repeatable: bool,
    response: Response,
    limit: usize,
    over_limit: bool,
}

impl Collector {
    fn new(request: &mut Request, limit: usize) -> Self {
        Self {
            body: std::mem::take(&mut request.body),
            repeatable: request.repeatable,
            limit,
            ..Self::default()
        }
    }
}

impl Handler for Collector {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ReadError> {
        let rest = &self.body[self.sent..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.sent += length;
        self.answered = false;
        Ok(length)
    }

    /// libcurl begins the body again when the server asked for a sign-in, and on its own when a kept connection ended
    /// without an answer. The server may have done then what was asked, so whether to ask again is not libcurl's to decide.
    fn seek(&mut self, whence: SeekFrom) -> SeekResult {
        match whence {
            SeekFrom::Start(0) if self.answered || self.repeatable => {
                self.sent = 0;
                SeekResult::Ok
            }
            _ => SeekResult::Fail,
        }
    }

    fn write(&mut self, data: &[u8]) -> Result<usize, WriteError> {
        if self.response.body.len() + data.len() > self.limit {
            self.over_limit = true;
            // Any count but that of the data ends the transfer.
            return Ok(0);
        }
        self.response.body.extend_from_slice(data);
        Ok(data.len())
    }

    fn header(&mut self, line: &[u8]) -> bool {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end();
        if line.starts_with("HTTP/") {
            self.answered = true;
            self.response.headers.clear();
            self.response.body.clear();
        } else if let Some((name, value)) = line.split_once(':') {
            self.response
                .headers
                .push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
        true
    }
}
