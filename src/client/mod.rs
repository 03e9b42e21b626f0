//! What joins endpoint, channel and HTTP: one server instance, its sessions, and their removal.

mod check;
mod echo;
mod exchange;
mod failure;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod life;
mod outcome;
mod removal;
mod removals;
mod retry;
mod sessions;
mod sign_in;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use url::Url;

use crate::channel::Channel;
use crate::endpoint::{Endpoint, Service, is_loopback};
use crate::error::{Error, on_one_line};
use crate::http::{Authorization, Line, Settings};
use crate::instance::ServerInstance;
use crate::secret::Secret;
use crate::tenant::TenantId;

use sign_in::{Given, SignIn};

pub use check::{Check, CheckedStep, Step, Verdict};
pub use outcome::Outcome;
pub use removals::{Removals, Removed};
pub use retry::{Retry, RetryMode};
pub use sessions::Sessions;
pub use sign_in::Credential;

/// The comment a removal carries unless another is given. Business Central's telemetry (RT0029) records the same one for
/// Microsoft's cmdlet, so that alerts on it keep matching.
pub const DEFAULT_COMMENT: &str = "Stopped by management PowerShell cmdlet.";

/// What a clock can be set ahead by, whatever it is.
const LONGEST_WAIT: Duration = Duration::from_secs(u32::MAX as u64);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(100);
/// Bytes of one answer. A page of a list takes about 1 MB, and the Admin Center API's one page 500 bytes a session.
const BODY_LIMIT: usize = 64 << 20;

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
    given: Given,
    comment: Option<String>,
    skip_certificate_check: bool,
    wait: Option<Duration>,
    retry: Retry,
    network_timeout: Option<Duration>,
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

    /// Whom to sign in as. Without one, an endpoint of type Windows signs in as the user who is logged on.
    pub fn credential(mut self, credential: Credential) -> Self {
        self.given.credential = Some(credential);
        self
    }

    /// An OAuth 2 bearer token to sign in with, for an endpoint of type OAuth.
    pub fn access_token(mut self, token: Secret) -> Self {
        self.given.access_token = Some(token);
        self
    }

    /// What the server records as the reason of a removal. [`DEFAULT_COMMENT`] unless given.
    pub fn comment(mut self, comment: impl Into<String>) -> Self {
        self.comment = Some(comment.into());
        self
    }

    /// Waits after each removal until the session is gone from the list, this long at most: one that is still listed
    /// then is [`Outcome::StillPresent`]. Without it, what the server says is believed; the Admin Center API only says
    /// that it accepted, and is given 30 seconds.
    pub fn wait(mut self, at_most: Duration) -> Self {
        self.wait = Some(at_most.min(LONGEST_WAIT));
        self
    }

    /// How often, and after what time, a request that came to nothing is sent again.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// How long one request may take, from its beginning to the end of its answer; 100 s unless given. And unless given,
    /// a list ends within two seconds where its server takes no connection, or answers nothing at all on a second one.
    pub fn network_timeout(mut self, at_most: Duration) -> Self {
        self.network_timeout = Some(at_most.clamp(Duration::from_millis(1), LONGEST_WAIT));
        self
    }

    /// Lets a password or token go over plain http to another computer, readable by anybody on the way.
    pub fn allow_unencrypted_authentication(mut self, allow: bool) -> Self {
        self.given.allow_unencrypted = allow;
        self
    }

    /// Accepts any certificate of the server, also that of somebody in between. Not of the host that gives tokens.
    pub fn skip_certificate_check(mut self, skip: bool) -> Self {
        self.skip_certificate_check = skip;
        self
    }

    /// Is told what happens, on the thread that makes the call. No lock is held meanwhile, so it may make calls of its own.
    /// A panic of it comes out of the call, and what became of what was asked for is not told; the client can be used on.
    pub fn on_log(mut self, log: impl Fn(LogLevel, &str) + Send + Sync + 'static) -> Self {
        self.log = Some(Arc::new(log));
        self
    }

    /// Makes the client. Nothing is sent yet.
    ///
    /// # Errors
    /// `InvalidEndpoint`, `TenantRequired`, `CredentialRequired`, `CredentialNotAccepted`, `UnencryptedAuthentication`,
    /// `SignInNotAvailable`, all of [`ErrorKind`](crate::ErrorKind).
    pub fn open(self) -> Result<Client, Error> {
        let address = self.endpoint.address()?;
        let channel = Channel::new(&self.endpoint, self.tenant.clone())?;
        let settings = self.settings(&address);
        let SignIn {
            authorization,
            bearer,
        } = SignIn::new(
            &self.endpoint,
            &address,
            self.tenant.as_ref(),
            self.given,
            settings.timeout,
        )?;
        let settings = Settings {
            authorization,
            ..settings
        };
        Ok(Client {
            shared: Arc::new(Shared {
                instance: self.instance,
                tenant: self.tenant,
                channel,
                comment: self.comment.unwrap_or_else(|| DEFAULT_COMMENT.to_owned()),
                wait: self.wait,
                retry: self.retry,
                is_patient: self.network_timeout.is_some(),
                line: Line::to(address.origin().ascii_serialization(), settings, bearer),
                announced: AtomicBool::new(false),
                environment: match self.endpoint.service {
                    Service::AdminCenter => self.endpoint.environment,
                    Service::Soap | Service::OData => None,
                },
                address,
                log: self.log,
            }),
        })
    }

    /// The settings for calls to the endpoint's server, without a sign-in.
    fn settings(&self, address: &Url) -> Settings {
        let timeout = self.network_timeout.unwrap_or(TIMEOUT);
        Settings {
            verify_certificate: !self.skip_certificate_check,
            ca_file: self.endpoint.ca_file.clone().map(Into::into),
            connect_timeout: CONNECT_TIMEOUT.min(timeout),
            timeout,
            ..settings(address)
        }
    }
}

/// The settings for calls to a server, without a sign-in.
fn settings(address: &Url) -> Settings {
    Settings {
        authorization: Authorization::None,
        verify_certificate: true,
        ca_file: None,
        // What a proxy calls its own loopback is another computer.
        direct: is_loopback(address),
        connect_timeout: CONNECT_TIMEOUT,
        timeout: TIMEOUT,
        body_limit: BODY_LIMIT,
    }
}

/// One server instance, as one user sees it.
///
/// Clients of one process share their connections with those that have the same server and sign in the same way, and a
/// connection is kept for half a minute after the last of them is dropped. May be used from several threads at once; each
/// call blocks its thread. The transfers are done by one thread of the shared connections.
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
    wait: Option<Duration>,
    retry: Retry,
    /// Whether a silent server is given all the time there is, also for a list.
    is_patient: bool,
    line: Arc<Line>,
    /// Whether the log was told that a connection is opened.
    announced: AtomicBool,
    /// The environment of Business Central online, for an endpoint of the Admin Center API.
    environment: Option<String>,
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

impl Client {
    /// A client of `instance`, reached as `endpoint` says.
    pub fn builder(instance: ServerInstance, endpoint: Endpoint) -> ClientBuilder {
        ClientBuilder {
            instance,
            endpoint,
            tenant: None,
            given: Given::default(),
            comment: None,
            skip_certificate_check: false,
            wait: None,
            retry: Retry::default(),
            network_timeout: None,
            log: None,
        }
    }

    /// The server instance.
    #[must_use]
    pub fn instance(&self) -> &ServerInstance {
        &self.shared.instance
    }

    /// How messages name the server instance: `MicrosoftDynamicsNavServer$NAME`, or `NAME, environment ENVIRONMENT` for
    /// Business Central online, which has no such Windows service.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.shared.environment {
            Some(environment) => format!("{}, environment {environment}", self.shared.instance),
            None => self.shared.instance.full_name(),
        }
    }

    /// The server instance and the tenant, as messages name them.
    fn place(&self) -> String {
        match &self.shared.tenant {
            Some(tenant) => format!("{}, tenant {tenant}", self.name()),
            None => self.name(),
        }
    }

    /// Whether it is a clone of the other.
    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    fn shares_connections(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared.line, &other.shared.line)
    }

    fn log(&self, level: LogLevel, text: impl FnOnce() -> String) {
        if let Some(log) = &self.shared.log {
            log(level, &on_one_line(self.redacted(text())));
        }
    }
}
