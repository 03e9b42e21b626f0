//! What joins endpoint, channel and HTTP: one server instance, its sessions, and their removal.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use once_cell::sync::OnceCell;
use url::{Host, Url};

use crate::channel::{Channel, Page};
use crate::endpoint::{CredentialType, Endpoint};
use crate::error::{Error, ErrorKind};
use crate::http::{
    Authorization, Cancel, Engine, Failure, Method, Reason, Request, Response, Settings,
};
use crate::instance::ServerInstance;
use crate::secret::Secret;
use crate::session::{Session, SessionFilter, SessionKey};
use crate::tenant::TenantId;

/// The comment a removal carries unless another is given. Business Central's telemetry (RT0029) records the same one for
/// Microsoft's cmdlet, so that alerts on it keep matching.
pub const DEFAULT_COMMENT: &str = "Stopped by management PowerShell cmdlet.";

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(100);
/// Bytes of one answer. A page of a list takes about 1 MB.
const BODY_LIMIT: usize = 256 << 20;
/// How often one removal is sent when the connection breaks each time.
const SENDS: u32 = 3;

/// What became of a removal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The server stopped the session. It may be listed until its next statement that touches the server.
    Removed,
    /// There is no such session now.
    NotFound,
    /// The id belongs to another session than the key says. Nothing was removed.
    Changed,
    /// It is the session that carries the call, which cannot stop itself.
    OwnSession,
    /// The session lives on another server instance of the same database. Nothing was removed.
    OtherInstance {
        /// That instance's name, in the server's words.
        server_instance_name: String,
    },
    /// The server's `StopSession` said no.
    Refused,
    /// The server accepted, and the session was still listed when the wait ended.
    StillPresent,
    /// The request went out, no answer came back, and the list could not tell what happened.
    Unknown {
        /// What broke, in a sentence.
        cause: String,
    },
}

impl Outcome {
    /// The outcome as an error for a person who wanted the session removed; `None` for [`Outcome::Removed`].
    #[must_use]
    pub fn to_error(&self, key: &SessionKey, client: &Client) -> Option<Error> {
        let id = key.session_id;
        let place = client.place();
        let (kind, message) = match self {
            Self::Removed => return None,
            Self::NotFound => (
                ErrorKind::SessionNotFound,
                format!("There is no session {id} on {place}."),
            ),
            Self::Changed => (
                ErrorKind::SessionChanged,
                format!(
                    "Session {id} on {place} is another one by now: its unique id or login time is not the one given. \
                     It was not removed."
                ),
            ),
            Self::OwnSession => (
                ErrorKind::OwnSession,
                format!("Session {id} on {place} carries this very call and was not removed."),
            ),
            Self::OtherInstance {
                server_instance_name,
            } => (
                ErrorKind::OtherServerInstance,
                format!(
                    "Session {id} is not one of {place}: it lives on server instance '{server_instance_name}' of the \
                     same database. It was not removed."
                ),
            ),
            Self::Refused => (
                ErrorKind::RemovalRefused,
                format!("The server refused to stop session {id} on {place}."),
            ),
            Self::StillPresent => (
                ErrorKind::SessionStillPresent,
                format!("Session {id} on {place} was told to stop and is still listed."),
            ),
            Self::Unknown { cause } => (
                ErrorKind::RemovalUnknown,
                format!("Whether session {id} on {place} was removed is not known: {cause}"),
            ),
        };
        Some(Error::new(kind, message))
    }
}

/// A user name and what proves it: the password or web-service access key.
#[derive(Clone, Debug)]
pub struct Credential {
    user_name: String,
    password: Secret,
}

impl Credential {
    /// A credential for an endpoint of type [`CredentialType::NavUserPassword`].
    #[must_use]
    pub fn new(user_name: impl Into<String>, password: Secret) -> Self {
        Self {
            user_name: user_name.into(),
            password,
        }
    }
}

/// How much a line of the log matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// What is being done.
    Verbose,
    /// The requests that do it, without secrets.
    Debug,
}

type Log = Arc<dyn Fn(LogLevel, &str) + Send + Sync>;

/// What a [`Client`] is opened with.
#[must_use = "a builder does nothing until it is opened"]
pub struct ClientBuilder {
    instance: ServerInstance,
    endpoint: Endpoint,
    tenant: Option<TenantId>,
    credential: Option<Credential>,
    comment: Option<String>,
    allow_unencrypted_authentication: bool,
    log: Option<Log>,
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("instance", &self.instance)
            .field("endpoint", &self.endpoint)
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}

impl ClientBuilder {
    /// The tenant whose sessions are meant. Needed on a multitenant server only.
    pub fn tenant(mut self, tenant: TenantId) -> Self {
        self.tenant = Some(tenant);
        self
    }

    /// Whom to sign in as.
    pub fn credential(mut self, credential: Credential) -> Self {
        self.credential = Some(credential);
        self
    }

    /// What the server records as the reason of a removal. [`DEFAULT_COMMENT`] unless given.
    pub fn comment(mut self, comment: impl Into<String>) -> Self {
        self.comment = Some(comment.into());
        self
    }

    /// Lets a password go over plain http to another computer, readable by anybody on the way.
    pub fn allow_unencrypted_authentication(mut self, allow: bool) -> Self {
        self.allow_unencrypted_authentication = allow;
        self
    }

    /// Is told what happens, on the thread that makes the call.
    pub fn on_log(mut self, log: impl Fn(LogLevel, &str) + Send + Sync + 'static) -> Self {
        self.log = Some(Arc::new(log));
        self
    }

    /// Makes the client. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidEndpoint`], [`ErrorKind::TenantRequired`], [`ErrorKind::CredentialRequired`],
    /// [`ErrorKind::CredentialNotAccepted`], [`ErrorKind::UnencryptedAuthentication`], [`ErrorKind::NotSupported`].
    pub fn open(self) -> Result<Client, Error> {
        let address = self.endpoint.address()?;
        let channel = Channel::new(&self.endpoint, self.tenant.clone())?;
        let authorization = authorization(
            &self.endpoint,
            &address,
            self.credential,
            self.allow_unencrypted_authentication,
        )?;
        Ok(Client {
            shared: Arc::new(Shared {
                instance: self.instance,
                tenant: self.tenant,
                channel,
                comment: self.comment.unwrap_or_else(|| DEFAULT_COMMENT.to_owned()),
                settings: Arc::new(Settings {
                    authorization,
                    // What a proxy calls its own loopback is another computer.
                    direct: is_loopback(&address),
                    connect_timeout: CONNECT_TIMEOUT,
                    timeout: TIMEOUT,
                    body_limit: BODY_LIMIT,
                }),
                address,
                engine: OnceCell::new(),
                log: self.log,
            }),
        })
    }
}

fn authorization(
    endpoint: &Endpoint,
    address: &Url,
    credential: Option<Credential>,
    allow_unencrypted: bool,
) -> Result<Authorization, Error> {
    match (endpoint.credential_type, credential) {
        (CredentialType::None, None) => Ok(Authorization::None),
        (CredentialType::None, Some(_)) => Err(Error::new(
            ErrorKind::CredentialNotAccepted,
            "A credential was given, and the endpoint's credential type is None, which sends none.",
        )),
        (CredentialType::NavUserPassword, None) => Err(Error::new(
            ErrorKind::CredentialRequired,
            "The endpoint's credential type is NavUserPassword, and no credential was given.",
        )),
        (CredentialType::NavUserPassword, Some(Credential { user_name, password })) => {
            if address.scheme() == "http" && !is_loopback(address) && !allow_unencrypted {
                return Err(Error::new(
                    ErrorKind::UnencryptedAuthentication,
                    format!("The password would go to {address} unencrypted, so nothing was sent."),
                ));
            }
            Ok(Authorization::Basic { user_name, password })
        }
        (CredentialType::Windows | CredentialType::OAuth, _) => Err(Error::new(
            ErrorKind::NotSupported,
            format!(
                "The endpoint's credential type is {:?}, which this version cannot sign in with.",
                endpoint.credential_type
            ),
        )
        .with_advice(
            "Register an endpoint with credential type NavUserPassword or None, where the server or a proxy before it \
             offers that.",
        )),
    }
}

fn is_loopback(address: &Url) -> bool {
    match address.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// One server instance, as one user sees it.
///
/// Clones share their connections. May be used from several threads at once; each call blocks its thread. One thread of
/// its own does the transfers, from the first call until the last clone and list is dropped.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    instance: ServerInstance,
    tenant: Option<TenantId>,
    address: Url,
    channel: Channel,
    comment: String,
    settings: Arc<Settings>,
    /// Started by the first call.
    engine: OnceCell<Engine>,
    log: Option<Log>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("instance", &self.shared.instance)
            .field("address", &self.shared.address.as_str())
            .field("tenant", &self.shared.tenant)
            .finish_non_exhaustive()
    }
}

/// What is known after a broken connection.
enum Settled {
    Gone,
    /// Still the session that was meant; what identifies it now.
    Present(SessionKey),
    Open(String),
}

impl Client {
    /// A client of `instance`, reached as `endpoint` says.
    pub fn builder(instance: ServerInstance, endpoint: Endpoint) -> ClientBuilder {
        ClientBuilder {
            instance,
            endpoint,
            tenant: None,
            credential: None,
            comment: None,
            allow_unencrypted_authentication: false,
            log: None,
        }
    }

    /// The server instance.
    #[must_use]
    pub fn instance(&self) -> &ServerInstance {
        &self.shared.instance
    }

    /// The sessions that `filter` admits. Pages are fetched as they are needed, the first one by the first `next`.
    ///
    /// Each item can be an error of the call; after one the list ends.
    #[must_use]
    pub fn sessions(&self, filter: SessionFilter, cancel: &Cancel) -> Sessions {
        let next = Some(self.shared.channel.list(&filter));
        Sessions {
            client: self.clone(),
            filter,
            cancel: cancel.clone(),
            next,
            page: VecDeque::new(),
        }
    }

    /// Removes the session that `key` means.
    ///
    /// A connection that breaks after the request went out settles nothing, so the list is asked: a session that is gone
    /// is [`Outcome::Removed`], one that is certainly still there is asked for again, and where the list cannot tell
    /// it is [`Outcome::Unknown`]. So is a removal that is cancelled after its request went out.
    ///
    /// # Errors
    /// When no request went out, or the server said why it did nothing.
    pub fn remove_session(&self, key: &SessionKey, cancel: &Cancel) -> Result<Outcome, Error> {
        let outcome = self.settled_removal(key, cancel)?;
        if outcome == Outcome::Removed {
            self.log(LogLevel::Verbose, || {
                format!("Removed session {} from {}.", key.session_id, self.place())
            });
        }
        Ok(outcome)
    }

    fn settled_removal(&self, key: &SessionKey, cancel: &Cancel) -> Result<Outcome, Error> {
        let began = Instant::now();
        let mut wanted = key.clone();
        let mut broken = None;
        for _ in 0..SENDS {
            let request = self.shared.channel.remove(&wanted, &self.shared.comment);
            let cause = match self.exchange(request, cancel) {
                Ok(response) => match self.shared.channel.removed(&response) {
                    // The request before this one did it, and only its answer was lost.
                    Ok(Outcome::NotFound | Outcome::Changed) if broken.is_some() => {
                        return Ok(Outcome::Removed);
                    }
                    Ok(outcome) => return Ok(outcome),
                    Err(error) if leaves_open(&response, &error) => error.to_string(),
                    Err(error) => return broken_or(broken, error),
                },
                Err(failure) if failure.request_sent => self.failed(&failure).to_string(),
                Err(failure) => return broken_or(broken, self.failed(&failure)),
            };
            self.log(LogLevel::Verbose, || {
                format!(
                    "{cause} Looking in the list what became of session {}.",
                    key.session_id
                )
            });
            match self.settle(&wanted, began, cancel) {
                Settled::Gone => return Ok(Outcome::Removed),
                Settled::Present(found) => wanted = found,
                Settled::Open(reason) => {
                    return Ok(Outcome::Unknown {
                        cause: format!("{cause} {reason}"),
                    });
                }
            }
            broken = Some(cause);
        }
        Ok(Outcome::Unknown {
            cause: format!(
                "{} It was still listed after {SENDS} attempts.",
                broken.unwrap_or_default()
            ),
        })
    }

    /// Asks the list what became of a removal that got no answer.
    fn settle(&self, key: &SessionKey, began: Instant, cancel: &Cancel) -> Settled {
        let filter = SessionFilter {
            session_id: Some(key.session_id),
        };
        let mut sessions = self.sessions(filter, cancel);
        let mut asked_at = None;
        loop {
            match sessions.next_with_date(&mut asked_at) {
                Some(Ok(session)) if key.matches(&session) => {
                    // Ids are used again. Without anything to compare, it is the same session only if it began, by the
                    // server's own clock, before the first request went out.
                    let certain = key.is_compared()
                        || session
                            .login_datetime
                            .zip(asked_at)
                            .is_some_and(|(login, now)| {
                                let age = now - login;
                                age > began.elapsed() + Duration::from_secs(2)
                            });
                    return if certain {
                        Settled::Present(SessionKey::from(&session))
                    } else {
                        Settled::Open(format!(
                            "A session {} is listed, and it may be the same or a new one.",
                            key.session_id
                        ))
                    };
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    return Settled::Open(format!("The list could not be read either: {error}"));
                }
                None => return Settled::Gone,
            }
        }
    }

    /// `MicrosoftDynamicsNavServer$NAME, tenant ID`, as messages name it.
    fn place(&self) -> String {
        let instance = self.shared.instance.full_name();
        match &self.shared.tenant {
            Some(tenant) => format!("{instance}, tenant {tenant}"),
            None => instance,
        }
    }

    fn exchange(&self, request: Request, cancel: &Cancel) -> Result<Response, Failure> {
        let engine = self.shared.engine.get_or_try_init(|| {
            self.log(LogLevel::Verbose, || {
                format!(
                    "Opening a connection to ServerInstance '{}' at {}.",
                    self.shared.instance.full_name(),
                    self.shared.address
                )
            });
            Engine::start(Arc::clone(&self.shared.settings))
        })?;
        if self.shared.log.is_none() {
            return engine.send(request, cancel);
        }
        let called = match request.method {
            Method::Get => format!("GET {}", request.url),
            Method::Post => format!("POST {}", request.url),
        };
        let began = Instant::now();
        let result = engine.send(request, cancel);
        let took = began.elapsed().as_millis();
        self.log(LogLevel::Debug, || match &result {
            Ok(response) => format!(
                "{called}: HTTP {}, {} bytes, {took} ms",
                response.status,
                response.body.len()
            ),
            Err(failure) => format!("{called}: {}, {took} ms", failure.detail),
        });
        result
    }

    fn failed(&self, failure: &Failure) -> Error {
        let base = self.shared.address.as_str().trim_end_matches('/');
        let host = self.shared.address.host_str().unwrap_or_default();
        let port = self
            .shared
            .address
            .port_or_known_default()
            .unwrap_or_default();
        let detail = &failure.detail;
        let (kind, message) = match failure.reason {
            Reason::HostNotFound => (
                ErrorKind::HostNotFound,
                format!("The host of {base} is not known ({detail})."),
            ),
            Reason::ConnectionRefused => (
                ErrorKind::ConnectionRefused,
                format!("Nothing answers at {host} port {port}, the address of {base} ({detail})."),
            ),
            Reason::LookupTimeout => (
                ErrorKind::HostNotFound,
                format!(
                    "The host of {base} could not be looked up within {} s.",
                    self.shared.settings.connect_timeout.as_secs()
                ),
            ),
            Reason::ConnectTimeout => (
                ErrorKind::ConnectTimeout,
                format!(
                    "{host} port {port} did not take the connection within {} s, the address of {base}.",
                    self.shared.settings.connect_timeout.as_secs()
                ),
            ),
            Reason::TlsFailed => (
                ErrorKind::TlsFailed,
                format!("No encrypted connection to {base} could be made ({detail})."),
            ),
            Reason::ConnectionBroken => (
                ErrorKind::ConnectionBroken,
                format!("The connection to {base} ended before the answer did ({detail})."),
            ),
            Reason::AnswerTimeout => (
                ErrorKind::AnswerTimeout,
                format!(
                    "{base} did not answer within {} s.",
                    self.shared.settings.timeout.as_secs()
                ),
            ),
            Reason::AnswerTooLarge => (
                ErrorKind::AnswerTooLarge,
                format!(
                    "{base} sent more than {} MiB in one answer.",
                    self.shared.settings.body_limit >> 20
                ),
            ),
            Reason::Cancelled => (
                ErrorKind::Cancelled,
                format!("The call to {base} was cancelled."),
            ),
            Reason::Unavailable => (
                ErrorKind::HttpUnavailable,
                format!("No call can be made: {detail}."),
            ),
            Reason::Other => (
                ErrorKind::TransferFailed,
                format!("The call to {base} failed: {detail}."),
            ),
        };
        Error::new(kind, message)
    }

    fn log(&self, level: LogLevel, text: impl FnOnce() -> String) {
        if let Some(log) = &self.shared.log {
            log(level, &text());
        }
    }
}

/// Whether an answer to a removal leaves open what the server did: one that cannot be read, or of a gateway that lost
/// the server's own.
fn leaves_open(response: &Response, error: &Error) -> bool {
    error.kind() == ErrorKind::UnexpectedAnswer && (200..=299).contains(&response.status)
        || matches!(response.status, 408 | 502 | 504)
}

/// A failure that settles a removal by itself, unless an earlier request of the same removal got no answer.
fn broken_or(broken: Option<String>, error: Error) -> Result<Outcome, Error> {
    match broken {
        None => Err(error),
        Some(cause) => Ok(Outcome::Unknown {
            cause: format!("{cause} Then: {error}"),
        }),
    }
}

/// A list of sessions being read; see [`Client::sessions`].
#[derive(Debug)]
pub struct Sessions {
    client: Client,
    filter: SessionFilter,
    cancel: Cancel,
    next: Option<Request>,
    page: VecDeque<Session>,
}

impl Sessions {
    /// The next session; `date` becomes the server's time when a page was fetched and says so.
    fn next_with_date(
        &mut self,
        date: &mut Option<time::UtcDateTime>,
    ) -> Option<Result<Session, Error>> {
        loop {
            while let Some(session) = self.page.pop_front() {
                if self.filter.admits(&session) {
                    return Some(Ok(session));
                }
            }
            let request = self.next.take()?;
            match self.fetch(request, date) {
                Ok(page) => {
                    self.page = page.sessions.into();
                    self.next = page.next;
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }

    fn fetch(&self, request: Request, date: &mut Option<time::UtcDateTime>) -> Result<Page, Error> {
        let client = &self.client;
        let response = client
            .exchange(request.clone(), &self.cancel)
            .map_err(|failure| client.failed(&failure))?;
        *date = response.header("date").and_then(server_time);
        let page = client.shared.channel.page(&self.filter, &response)?;
        if page.next == Some(request) {
            return Err(Error::new(
                ErrorKind::UnexpectedAnswer,
                format!(
                    "{} sends the same page of the list again and again.",
                    client.shared.address
                ),
            ));
        }
        Ok(page)
    }
}

impl Iterator for Sessions {
    type Item = Result<Session, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_with_date(&mut None)
    }
}

fn server_time(date: &str) -> Option<time::UtcDateTime> {
    httpdate::parse_http_date(date)
        .ok()
        .map(time::UtcDateTime::from)
}
