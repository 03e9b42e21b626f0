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

use super::cancel::{Cancel, Registration};
use super::failure::{Failure, Reason};
use super::lookup::Names;
use super::message::{Head, Request, Response};
use super::sign_in::Authorization;
use super::signal::block_sigpipe;
use super::transfer::{self, Collector, Purpose, configure, failure, request_sent, words};
use super::wake::Wake;
use crate::protection::exposure;
use crate::secret::Secret;

/// How long the thread of the transfers may take to obey. It obeys in a millisecond, unless it is inside Kerberos, which
/// waits for servers of its own and cannot be interrupted.
const OBEDIENCE: Duration = Duration::from_millis(500);
/// How many connections are kept.
const CONNECTIONS: usize = 256;
/// How soon a caller notices that the thread does not obey.
pub(crate) const LOOK: Duration = Duration::from_millis(100);

/// What holds for every request of an engine.
#[derive(Debug, PartialEq, Eq)]
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

/// After what time without a request something is called.
pub(crate) type Idle = (Duration, Box<dyn Fn() + Send>);

struct Job {
    request: Request,
    bearer: Option<Secret>,
    /// Where the host of the request is, as libcurl's table of names has it.
    name: Option<Arc<str>>,
    purpose: Purpose,
    cancel: Cancel,
    reply: Reply,
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
    /// Starts the thread. Where `idle` is given, its function is called when nothing was asked for that long, on the
    /// thread itself, and may drop the engine.
    pub(crate) fn start(settings: Arc<Settings>, idle: Option<Idle>) -> Result<Self, Failure> {
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
                block_sigpipe();
                Transfers::new(settings, wake).run(&incoming, idle.as_ref());
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

    /// Begins a request, with `bearer` as its token. The answer goes to `reply`, whatever becomes of it; `cancel` ends it
    /// once somebody wakes the engine, as [`wake_on`](Self::wake_on) does.
    pub(crate) fn begin(
        &self,
        request: Request,
        bearer: Option<Secret>,
        cancel: &Cancel,
        reply: Reply,
    ) {
        self.transfer(request, bearer, Purpose::Answer, cancel, reply);
    }

    /// From now until the guard goes, a request of `cancel` wakes the engine.
    pub(crate) fn wake_on(&self, cancel: &Cancel) -> Registration {
        let wake = Arc::clone(&self.wake);
        cancel.on_request(move || wake.wake())
    }

    /// Sends one request, with `bearer` as its token, and waits for the whole answer.
    pub(crate) fn send(
        &self,
        request: Request,
        bearer: Option<Secret>,
        cancel: &Cancel,
    ) -> Result<Response, Failure> {
        self.finish(request, bearer, Purpose::Answer, cancel)
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
        let request = Request::get(url.to_owned(), Vec::new());
        self.finish(request, None, Purpose::Connection, cancel)
            .map(drop)
    }

    /// Asks the server for anything at all, over a connection of its own and without a sign-in. Any answer is `Ok`.
    pub(crate) fn ask_for_life(&self, url: &str, at_most: Duration, cancel: &Cancel, reply: Reply) {
        let request = Request::get(url.to_owned(), Vec::new());
        self.transfer(
            request,
            None,
            Purpose::SignOfLife { at_most },
            cancel,
            reply,
        );
    }

    fn finish(
        &self,
        request: Request,
        bearer: Option<Secret>,
        purpose: Purpose,
        cancel: &Cancel,
    ) -> Result<Response, Failure> {
        let (sender, answers) = mpsc::channel();
        let _registration = self.wake_on(cancel);
        self.transfer(request, bearer, purpose, cancel, Reply::new(sender, 0));
        answer(&answers, &mut Patience::new(self.settings.timeout), cancel)
    }

    fn transfer(
        &self,
        request: Request,
        bearer: Option<Secret>,
        purpose: Purpose,
        cancel: &Cancel,
        reply: Reply,
    ) {
        let Settings {
            direct,
            connect_timeout,
            ref ca_file,
            ..
        } = *self.settings;
        let name = match self
            .names
            .entry(&request.url, direct, connect_timeout, cancel)
        {
            Ok(_) if cancel.is_requested() => {
                return reply.send(Err(Failure::unsent(Reason::Cancelled, "cancelled")));
            }
            Ok(name) => name,
            Err(failure) => return reply.send(Err(failure)),
        };
        // Whoever changes the file decides whose certificates are trusted, and so who gets the password.
        if let Some(exposure) = ca_file.as_deref().and_then(exposure) {
            let detail = format!(
                "others than you can change it: {exposure}; {}",
                exposure.command()
            );
            return reply.send(Err(Failure::unsent(Reason::CaFileUnusable, detail)));
        }
        let job = Job {
            request,
            bearer,
            name,
            purpose,
            cancel: cancel.clone(),
            reply,
        };
        // Where the thread has ended, the job is dropped, and its reply says so.
        if self
            .jobs
            .as_ref()
            .is_some_and(|jobs| jobs.send(job).is_ok())
        {
            self.wake.wake();
        }
    }
}

/// The answer to a request, and which one it was.
#[derive(Debug)]
pub(crate) struct Completion {
    pub(crate) tag: u64,
    pub(crate) result: Result<Response, Failure>,
}

/// Where an answer goes. One that is dropped says that the thread ended: what it had done is not known.
#[derive(Debug)]
pub(crate) struct Reply {
    sender: Option<Sender<Completion>>,
    tag: u64,
}

impl Reply {
    pub(crate) fn new(sender: Sender<Completion>, tag: u64) -> Self {
        Self {
            sender: Some(sender),
            tag,
        }
    }

    fn send(mut self, result: Result<Response, Failure>) {
        self.give(result);
    }

    fn give(&mut self, result: Result<Response, Failure>) {
        if let Some(sender) = self.sender.take() {
            let tag = self.tag;
            // Nobody waits any more if it cannot be sent.
            let _ = sender.send(Completion { tag, result });
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        self.give(Err(Failure::new(Reason::Other, true, THREAD_ENDED)));
    }
}

/// How long a caller waits for a thread that may be inside Kerberos.
#[derive(Debug)]
pub(crate) struct Patience {
    deadline: Instant,
    cancelled: bool,
}

impl Patience {
    /// For a request that may take as long as `timeout`, from now.
    pub(crate) fn new(timeout: Duration) -> Self {
        Self {
            deadline: Instant::now() + timeout + OBEDIENCE,
            cancelled: false,
        }
    }

    /// Why the answer is not waited for any longer, if so. To be looked at every [`LOOK`].
    pub(crate) fn ended(&mut self, cancel: &Cancel) -> Option<Reason> {
        if Instant::now() > self.deadline {
            return Some(if self.cancelled {
                Reason::Cancelled
            } else {
                Reason::AnswerTimeout
            });
        }
        if !self.cancelled && cancel.is_requested() {
            self.cancelled = true;
            self.deadline = Instant::now() + OBEDIENCE;
        }
        None
    }
}

/// Waits for the one answer that comes.
pub(crate) fn answer(
    answers: &Receiver<Completion>,
    patience: &mut Patience,
    cancel: &Cancel,
) -> Result<Response, Failure> {
    loop {
        if let Ok(Completion { result, .. }) = answers.recv_timeout(LOOK) {
            return result;
        }
        if let Some(reason) = patience.ended(cancel) {
            return Err(disobeyed(reason));
        }
    }
}

/// The failure of a request whose answer is not waited for any longer.
pub(crate) fn disobeyed(reason: Reason) -> Failure {
    Failure::new(reason, true, "no sign-in came about")
}

const THREAD_ENDED: &str = "the thread of the connection ended";

impl Drop for Engine {
    fn drop(&mut self) {
        self.jobs = None;
        self.wake.wake();
        let is_own = |thread: &JoinHandle<()>| thread.thread().id() == thread::current().id();
        if self.thread.as_ref().is_none_or(is_own) {
            return;
        }
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
    /// Handles that no transfer uses, to be used again.
    idle: Vec<Easy2<Collector>>,
}

struct Transfer {
    token: usize,
    handle: Easy2Handle<Collector>,
    head: Arc<Head>,
    name: Option<Arc<str>>,
    purpose: Purpose,
    cancel: Cancel,
    reply: Reply,
}

impl Transfers {
    fn new(settings: Arc<Settings>, wake: Arc<Wake>) -> Self {
        let mut multi = Multi::new();
        // Without it libcurl keeps four connections for each transfer in flight, and so closes those of a pause. It only
        // fails for a libcurl without connections.
        let _ = multi.set_max_connects(CONNECTIONS);
        Self {
            settings,
            wake,
            multi,
            in_flight: Vec::new(),
            next_token: 0,
            idle: Vec::new(),
        }
    }

    fn run(mut self, incoming: &Receiver<Job>, idle: Option<&Idle>) {
        loop {
            if self.in_flight.is_empty() {
                let job = match idle {
                    None => incoming.recv().map_err(RecvTimeoutError::from),
                    Some((after, _)) => incoming.recv_timeout(*after),
                };
                match (job, idle) {
                    (Ok(job), _) => self.begin(job),
                    (Err(RecvTimeoutError::Timeout), Some((_, call))) => {
                        call();
                        continue;
                    }
                    (Err(_), _) => return,
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
        let is_fitting = |easy: &Easy2<Collector>| easy.get_ref().is_for(&request.head);
        let mut easy = match self.idle.iter().rposition(is_fitting) {
            Some(at) => self.idle.swap_remove(at),
            None => self
                .idle
                .pop()
                .unwrap_or_else(|| Easy2::new(Collector::default())),
        };
        easy.get_mut().begin(&mut request, self.settings.body_limit);
        let token = self.next_token;
        self.next_token = token.wrapping_add(1);
        let added = configure(
            &mut easy,
            &request,
            bearer.as_ref(),
            name.as_ref(),
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
                head: request.head,
                name,
                purpose,
                cancel,
                reply,
            }),
            Err(detail) => reply.send(Err(Failure::unsent(Reason::Other, detail))),
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
            let mut wakes = [self.wake.wait_fd()];
            self.multi
                .wait(&mut wakes, Duration::from_secs(10))
                .map_err(broken)?;
            if wakes[0].received_read() {
                self.wake.drain();
            }
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
            head,
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
                return reply.send(Err(broken));
            }
        };
        let answer = match result {
            Ok(()) if matches!(purpose, Purpose::Answer) => transfer::answer(&mut easy),
            // Nothing was sent.
            Ok(()) => Ok(Response::default()),
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
        easy.get_mut().end();
        // One that only made a connection, or whose transfer broke, holds more than it was set up for.
        if matches!(purpose, Purpose::Answer) && answer.is_ok() {
            self.idle.push(easy);
        } else {
            drop(easy);
        }
        match (purpose, answer) {
            (Purpose::Certificate(refused), _) => reply.send(Err(Failure {
                certificate,
                ..refused
            })),
            // Refused during the handshake, it is not told of: a second one that takes any certificate shows it.
            (_, Err(refused))
                if refused.reason == Reason::CertificateRefused
                    && refused.certificate.is_none() =>
            {
                let request = Request::get(head.url.clone(), Vec::new());
                self.begin(Job {
                    request,
                    bearer: None,
                    name,
                    purpose: Purpose::Certificate(refused),
                    cancel,
                    reply,
                });
            }
            (_, answer) => reply.send(answer),
        }
    }
}

/// Why a transfer ended without an answer: libcurl's reason, or one from here.
#[derive(Clone)]
enum Ended {
    ByCurl(curl::Error),
    Here(Failure),
}
