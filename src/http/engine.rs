//! Transfers over libcurl, with their connections kept.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use curl::MultiError;
use curl::easy::Easy2;
use curl::multi::{Easy2Handle, Multi};
use once_cell::sync::OnceCell;

use super::cancel::Cancel;
use super::failure::{Failure, Reason};
use super::lookup::Names;
use super::message::{Method, Request, Response};
use super::sign_in::Authorization;
use super::transfer::{Collector, Purpose, answer, configure, failure, request_sent, words};
use super::wake::Wake;
use crate::secret::Secret;

/// How long the thread of the transfers may take to obey. It obeys in a millisecond, unless it is inside Kerberos, which
/// waits for servers of its own and cannot be interrupted.
const OBEDIENCE: Duration = Duration::from_millis(500);
/// How soon a caller notices that the thread does not obey.
const LOOK: Duration = Duration::from_millis(100);

/// What holds for every request of an engine.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) authorization: Authorization,
    pub(crate) verify_certificate: bool,
    /// PEM file of certificates that are trusted.
    pub(crate) ca_file: Option<PathBuf>,
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
    /// Disconnected when the thread has ended.
    ended: Mutex<Receiver<()>>,
    names: Names,
    settings: Arc<Settings>,
}

struct Job {
    request: Request,
    bearer: Option<Secret>,
    /// Where the host of the request is, as libcurl's table of names has it.
    name: Option<String>,
    purpose: Purpose,
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
        let (end, ended) = mpsc::channel();
        let run = {
            let (settings, wake) = (Arc::clone(&settings), Arc::clone(&wake));
            move || {
                let _end = end;
                Transfers::new(settings, wake).run(&incoming);
            }
        };
        let thread = thread::Builder::new()
            .name("nav-session".to_owned())
            .spawn(run)
            .map_err(|error| unavailable("no thread", error))?;
        Ok(Self {
            jobs: Some(jobs),
            wake,
            thread: Some(thread),
            ended: Mutex::new(ended),
            names: Names::default(),
            settings,
        })
    }

    /// Sends one request, with `bearer` as its token, and waits for the whole answer.
    pub(crate) fn send(
        &self,
        request: Request,
        bearer: Option<Secret>,
        cancel: &Cancel,
    ) -> Result<Response, Failure> {
        self.transfer(request, bearer, Purpose::Answer, cancel)
    }

    /// The addresses of the host of `url`; none where a proxy looks them up, or it is one itself.
    pub(crate) fn look_up(&self, url: &str, cancel: &Cancel) -> Result<Vec<String>, Failure> {
        let Settings {
            direct,
            connect_timeout,
            ..
        } = *self.settings;
        let entry = self.names.entry(url, direct, connect_timeout, cancel)?;
        // HOST:PORT:ADDRESS,ADDRESS
        Ok(entry
            .as_deref()
            .and_then(|entry| entry.splitn(3, ':').nth(2))
            .map(|addresses| addresses.split(',').map(str::to_owned).collect())
            .unwrap_or_default())
    }

    /// Makes a connection to the host of `url`, encrypted where it is one of https, and sends nothing.
    pub(crate) fn connect(&self, url: &str, cancel: &Cancel) -> Result<(), Failure> {
        let request = Request {
            method: Method::Get,
            url: url.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            repeatable: true,
        };
        self.transfer(request, None, Purpose::Connection, cancel)
            .map(drop)
    }

    fn transfer(
        &self,
        request: Request,
        bearer: Option<Secret>,
        purpose: Purpose,
        cancel: &Cancel,
    ) -> Result<Response, Failure> {
        let Settings {
            direct,
            connect_timeout,
            timeout,
            ..
        } = *self.settings;
        let name = self
            .names
            .entry(&request.url, direct, connect_timeout, cancel)?;
        if cancel.is_requested() {
            return Err(Failure::unsent(Reason::Cancelled, "cancelled"));
        }
        let (reply, answer) = mpsc::channel();
        let wake = Arc::clone(&self.wake);
        let _registration = cancel.on_request(move || wake.wake());
        let job = Job {
            request,
            bearer,
            name,
            purpose,
            cancel: cancel.clone(),
            reply,
        };
        let lost = |reason, detail: &str| Failure::new(reason, true, detail);
        if self
            .jobs
            .as_ref()
            .is_none_or(|jobs| jobs.send(job).is_err())
        {
            return Err(Failure::unsent(Reason::Other, THREAD_ENDED));
        }
        self.wake.wake();
        let mut deadline = Instant::now() + timeout + OBEDIENCE;
        let mut reason = Reason::AnswerTimeout;
        loop {
            match answer.recv_timeout(LOOK) {
                Ok(result) => return result,
                // It ended by a panic: what it had done is not known.
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(lost(Reason::Other, THREAD_ENDED));
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() > deadline => {
                    return Err(lost(reason, "no sign-in came about"));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if reason != Reason::Cancelled && cancel.is_requested() {
                reason = Reason::Cancelled;
                deadline = Instant::now() + OBEDIENCE;
            }
        }
    }
}

const THREAD_ENDED: &str = "the thread of the connection ended";

impl Drop for Engine {
    fn drop(&mut self) {
        self.jobs = None;
        self.wake.wake();
        // A thread that is inside Kerberos is left to end by itself; it shares nothing with anybody.
        let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner);
        if ended.recv_timeout(OBEDIENCE) == Err(RecvTimeoutError::Disconnected)
            && let Some(thread) = self.thread.take()
        {
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
    url: String,
    name: Option<String>,
    purpose: Purpose,
    cancel: Cancel,
    reply: Sender<Result<Response, Failure>>,
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
            bearer,
            name,
            purpose,
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
        let added = configure(
            &mut easy,
            &request,
            bearer.as_ref(),
            name.as_deref(),
            &self.settings,
            &purpose,
        )
        .map_err(|error| words(&error))
        .and_then(|()| self.multi.add2(easy).map_err(|error| error.to_string()))
        .and_then(|mut handle| {
            handle
                .set_token(token)
                .map_err(|error| words(&error))
                .map(|()| handle)
        });
        match added {
            Ok(handle) => self.in_flight.push(Transfer {
                token,
                handle,
                url: request.url,
                name,
                purpose,
                cancel,
                reply,
            }),
            Err(detail) => tell(&reply, Err(Failure::unsent(Reason::Other, detail))),
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
        let Transfer {
            handle,
            url,
            name,
            purpose,
            cancel,
            reply,
            ..
        } = transfer;
        let mut easy = match self.multi.remove2(handle) {
            Ok(easy) => easy,
            Err(error) => {
                let broken = Failure::new(Reason::Other, true, error.to_string());
                return tell(&reply, Err(broken));
            }
        };
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
        let certificate = easy.get_ref().certificate();
        // What the handle still holds of the request and its sign-in must not outlive the call. One that only made a
        // connection holds that as well.
        if matches!(purpose, Purpose::Answer) {
            easy.reset();
            *easy.get_mut() = Collector::default();
            self.idle = Some(easy);
        } else {
            drop(easy);
        }
        match (purpose, answer) {
            (Purpose::Certificate(refused), _) => tell(
                &reply,
                Err(Failure {
                    certificate,
                    ..refused
                }),
            ),
            // Refused during the handshake, it is not told of: a second one that takes any certificate shows it.
            (_, Err(refused))
                if refused.reason == Reason::CertificateRefused
                    && refused.certificate.is_none() =>
            {
                let request = Request {
                    method: Method::Get,
                    url,
                    headers: Vec::new(),
                    body: Vec::new(),
                    repeatable: true,
                };
                self.begin(Job {
                    request,
                    bearer: None,
                    name,
                    purpose: Purpose::Certificate(refused),
                    cancel,
                    reply,
                });
            }
            (_, answer) => tell(&reply, answer),
        }
    }
}

fn tell(reply: &Sender<Result<Response, Failure>>, answer: Result<Response, Failure>) {
    // Nobody waits any more if it cannot be sent.
    let _ = reply.send(answer);
}

/// Why a transfer ended without an answer: libcurl's reason, or one from here.
#[derive(Clone)]
enum Ended {
    ByCurl(curl::Error),
    Here(Failure),
}
