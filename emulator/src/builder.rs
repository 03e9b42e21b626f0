use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::chance::{ChanceFault, Odds};
use crate::emulator::Emulator;
use crate::entra::Application;
use crate::event::Event;
use crate::server::{Credentials, Observer, Server, Settings, SignIn, Tenant};
use crate::session::{OnStop, Session};
use crate::tokens::Tokens;
use crate::{admin_center, connection, odata, sample, soap};

const OTHER_INSTANCE_ID: i32 = 2;

/// What an [`Emulator`] is to be.
#[derive(Clone)]
#[must_use = "a builder does nothing until it is started"]
pub struct Builder {
    settings: Settings,
    bind: IpAddr,
    soap_port: u16,
    odata_port: u16,
    admin_center: bool,
    admin_center_port: u16,
    tenants: Vec<String>,
    environments: Vec<String>,
    access_tokens: Vec<String>,
    token_lifetime: Duration,
    generated: usize,
    given: Option<Vec<Session>>,
    on_stop: OnStop,
    start: Option<OffsetDateTime>,
    recorded: usize,
    odds: Option<Odds>,
    observer: Option<Observer>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            settings: Settings {
                server_instance: String::from("DynamicsNAV"),
                server_computer: String::from("NAVSERVER01"),
                multitenant: false,
                companies: Vec::new(),
                sign_in: SignIn::None,
                application_family: String::from("BusinessCentral"),
                entra_tenants: Vec::new(),
                applications: Vec::new(),
                scope: String::from("https://api.businesscentral.dynamics.com/.default"),
                codeunit_service: String::from("SessionControl"),
                page_service: String::from("ActiveSessions"),
                page_size: 20_000,
                latency: Duration::ZERO,
                has_session_unique_id: true,
            },
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            soap_port: 0,
            odata_port: 0,
            admin_center: true,
            admin_center_port: 0,
            tenants: Vec::new(),
            environments: Vec::new(),
            access_tokens: Vec::new(),
            token_lifetime: Duration::from_secs(3599),
            generated: 12,
            given: None,
            on_stop: OnStop::Ends,
            start: None,
            recorded: 1_000,
            odds: None,
            observer: None,
        }
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("server_instance", &self.settings.server_instance)
            .field("tenants", &self.tenants)
            .field("environments", &self.environments)
            .finish_non_exhaustive()
    }
}

impl Builder {
    /// The server instance's name; `DynamicsNAV` if not said.
    pub fn server_instance(mut self, name: impl Into<String>) -> Self {
        self.settings.server_instance = name.into();
        self
    }

    /// A tenant; `default` if none is said. With a second one the server is multitenant.
    pub fn tenant(mut self, id: impl Into<String>) -> Self {
        self.tenants.push(id.into());
        self
    }

    /// Whether each call must say its tenant, also where there is only one.
    pub fn multitenant(mut self, multitenant: bool) -> Self {
        self.settings.multitenant = multitenant;
        self
    }

    /// A company, in every tenant; `CRONUS International Ltd.` if none is said.
    pub fn company(mut self, name: impl Into<String>) -> Self {
        self.settings.companies.push(name.into());
        self
    }

    /// The user and password that every call of SOAP and OData must come with, as Basic
    /// authentication; instead of [`Builder::bearer`], as a server has one credential type.
    pub fn credentials(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.settings.sign_in = SignIn::Basic(Credentials {
            user: user.into(),
            password: password.into(),
        });
        self
    }

    /// Every call of SOAP and OData must come with an access token: one that the token endpoint
    /// gave, or one of [`Builder::access_token`]. Instead of [`Builder::credentials`].
    pub fn bearer(mut self) -> Self {
        self.settings.sign_in = SignIn::Bearer;
        self
    }

    /// An access token that is accepted without the token endpoint, and for ever; may be repeated.
    pub fn access_token(mut self, token: impl Into<String>) -> Self {
        self.access_tokens.push(token.into());
        self
    }

    /// An application that the token endpoint knows, and its secret; may be repeated. It knows none
    /// if none is said.
    pub fn application(
        mut self,
        client_id: impl Into<String>,
        client_secret: impl Into<String>,
    ) -> Self {
        self.settings.applications.push(Application {
            client_id: client_id.into(),
            client_secret: client_secret.into(),
        });
        self
    }

    /// A Microsoft Entra tenant that the token endpoint knows, by id or domain; may be repeated.
    /// `cronus.onmicrosoft.com` if none is said.
    pub fn entra_tenant(mut self, id: impl Into<String>) -> Self {
        self.settings.entra_tenants.push(id.into());
        self
    }

    /// The scope that a token is to be asked for;
    /// `https://api.businesscentral.dynamics.com/.default` if not said.
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.settings.scope = scope.into();
        self
    }

    /// How long a token of the token endpoint is accepted; 3,599 seconds if not said. The endpoint
    /// says it in whole seconds.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = lifetime;
        self
    }

    /// An environment of Business Central online, which the Admin Center API serves; may be
    /// repeated. `Production` if none is said. Each has sessions of its own, as a tenant has.
    pub fn environment(mut self, name: impl Into<String>) -> Self {
        self.environments.push(name.into());
        self
    }

    /// The application family that the environments belong to; `BusinessCentral` if not said.
    pub fn application_family(mut self, family: impl Into<String>) -> Self {
        self.settings.application_family = family.into();
        self
    }

    /// How many sessions each tenant and environment begins with; 12 if not said. Number 11 is the first of them.
    pub fn sessions(mut self, number: usize) -> Self {
        self.generated = number;
        self.given = None;
        self
    }

    /// The sessions each tenant and environment begins with, instead of generated ones.
    pub fn with_sessions(mut self, sessions: impl IntoIterator<Item = Session>) -> Self {
        self.given = Some(sessions.into_iter().collect());
        self
    }

    /// What STOPSESSION does to generated sessions; they end at once if not said.
    pub fn on_stop(mut self, on_stop: OnStop) -> Self {
        self.on_stop = on_stop;
        self
    }

    /// The time that generated sessions count back from; now if not said.
    pub fn start_time(mut self, start: OffsetDateTime) -> Self {
        self.start = Some(start);
        self
    }

    /// How many rows an OData answer holds at most; 20,000 if not said.
    pub fn page_size(mut self, rows: usize) -> Self {
        self.settings.page_size = rows.max(1);
        self
    }

    /// How long a call that was let in takes at least.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.settings.latency = latency;
        self
    }

    /// Whether the version has Session Unique ID; it does if not said.
    pub fn session_unique_id(mut self, present: bool) -> Self {
        self.settings.has_session_unique_id = present;
        self
    }

    /// The name the codeunit is published under; `SessionControl` if not said.
    pub fn codeunit_service(mut self, name: impl Into<String>) -> Self {
        self.settings.codeunit_service = name.into();
        self
    }

    /// The name the page is published under; `ActiveSessions` if not said.
    pub fn page_service(mut self, name: impl Into<String>) -> Self {
        self.settings.page_service = name.into();
        self
    }

    /// How many of the latest requests and stopped sessions are kept; 1,000 if not said.
    pub fn record(mut self, latest: usize) -> Self {
        self.recorded = latest;
        self
    }

    /// Lets a share of the requests, from 0 to 1, meet one of these faults: which requests and which fault follows from the
    /// seed and the number of the request. Where a kind cannot meet the request that it falls to, there is none. No request
    /// meets one by chance if not said.
    pub fn chance_faults(
        mut self,
        seed: u64,
        share: f64,
        kinds: impl IntoIterator<Item = ChanceFault>,
    ) -> Self {
        self.odds = Some(Odds {
            seed,
            share,
            kinds: kinds.into_iter().collect(),
        });
        self
    }

    /// Who is told what happens, before the answer to the request that it happens in. It is called on the threads of the
    /// emulator, which wait for it, and must not call the emulator.
    pub fn observer(mut self, observer: impl Fn(Event) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Whether there is the port of the Admin Center API and the token endpoint, and with it the
    /// environments; there is if not said.
    pub fn admin_center(mut self, served: bool) -> Self {
        self.admin_center = served;
        self
    }

    /// The port of the Admin Center API and the token endpoint; a free one if 0 or not said.
    pub fn admin_center_port(mut self, port: u16) -> Self {
        self.admin_center_port = port;
        self
    }

    /// The address to listen on; 127.0.0.1 if not said.
    pub fn bind(mut self, address: IpAddr) -> Self {
        self.bind = address;
        self
    }

    /// The port of SOAP; a free one if 0 or not said.
    pub fn soap_port(mut self, port: u16) -> Self {
        self.soap_port = port;
        self
    }

    /// The port of OData; a free one if 0 or not said.
    pub fn odata_port(mut self, port: u16) -> Self {
        self.odata_port = port;
        self
    }

    /// Starts to listen, and to serve on threads of its own.
    ///
    /// # Errors
    /// If a port cannot be listened on, or a tenant and an environment have the same name; the text
    /// says which.
    pub fn start(self) -> io::Result<Emulator> {
        let Self {
            bind, admin_center, ..
        } = self;
        let ports = [self.soap_port, self.odata_port, self.admin_center_port];
        let number = if admin_center { 3 } else { 2 };
        let mut listeners = Vec::with_capacity(number);
        for port in &ports[..number] {
            listeners.push(listen(SocketAddr::new(bind, *port))?);
        }
        let addresses = listeners
            .iter()
            .map(TcpListener::local_addr)
            .collect::<io::Result<Vec<_>>>()?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("nav-emulator")
            .enable_all()
            .build()?;
        let server = Arc::new(self.server()?);
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&server);
        let thread = std::thread::Builder::new()
            .name(String::from("nav-emulator"))
            .spawn(move || serve(&runtime, &serving, listeners, stopped))?;
        Ok(Emulator {
            server,
            soap: addresses[0],
            odata: addresses[1],
            admin_center: addresses.get(2).copied(),
            thread: Some((stop, thread)),
        })
    }

    fn server(self) -> io::Result<Server> {
        let Self {
            mut settings,
            mut tenants,
            mut environments,
            ..
        } = self;
        or_default(&mut tenants, "default");
        or_default(&mut settings.companies, "CRONUS International Ltd.");
        or_default(&mut settings.entra_tenants, "cronus.onmicrosoft.com");
        if self.admin_center {
            or_default(&mut environments, "Production");
        } else {
            environments.clear();
        }
        for name in &environments {
            if tenants.iter().any(|id| id.eq_ignore_ascii_case(name)) {
                let reason = format!("a tenant and an environment are both called {name}");
                return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
            }
        }
        settings.multitenant |= tenants.len() > 1;
        let multitenant = settings.multitenant;
        let tenants = tenants.into_iter().map(|id| Tenant {
            database: if multitenant {
                format!("Tenant {id}")
            } else {
                String::from("Demo Database NAV")
            },
            id,
            table: RwLock::default(),
        });
        let environments = environments.into_iter().map(|name| Tenant {
            database: name.clone(),
            id: name,
            table: RwLock::default(),
        });
        let other_instance = format!("{}2", settings.server_instance);
        let server = Server::new(
            settings,
            tenants.collect(),
            environments.collect(),
            Tokens::new(self.access_tokens, self.token_lifetime),
            self.recorded,
            self.odds,
            self.observer,
        );
        let start = self.start.unwrap_or_else(OffsetDateTime::now_utc);
        let generated =
            || sample::sessions(self.generated, start).map(|session| session.on_stop(self.on_stop));
        for tenant in &server.tenants {
            if let Some(given) = &self.given {
                insert(&server, tenant, given.iter().cloned());
            } else {
                let elsewhere = sample::elsewhere(OTHER_INSTANCE_ID, &other_instance, start);
                insert(&server, tenant, generated().chain(elsewhere));
            }
        }
        for environment in &server.environments {
            if let Some(given) = &self.given {
                insert(&server, environment, given.iter().cloned());
            } else {
                let sessions = generated().map(|session| {
                    let activity = sample::activity(&session);
                    session.activity(activity)
                });
                insert(&server, environment, sessions);
            }
        }
        Ok(server)
    }
}

fn or_default(names: &mut Vec<String>, default: &str) {
    if names.is_empty() {
        names.push(String::from(default));
    }
}

fn insert(server: &Server, tenant: &Tenant, sessions: impl Iterator<Item = Session>) {
    for session in sessions {
        server.insert(tenant, session);
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address).map_err(|error| {
        let reason = match error.kind() {
            io::ErrorKind::AddrInUse => String::from("the port is in use"),
            _ => error.to_string(),
        };
        io::Error::new(
            error.kind(),
            format!("cannot listen on {address}: {reason}"),
        )
    })?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn serve(
    runtime: &Runtime,
    server: &Arc<Server>,
    listeners: Vec<TcpListener>,
    stopped: oneshot::Receiver<()>,
) {
    runtime.block_on(async {
        let interfaces = [
            soap::interface(Arc::clone(server)),
            odata::interface(Arc::clone(server)),
            admin_center::interface(Arc::clone(server)),
        ];
        for (listener, interface) in listeners.into_iter().zip(interfaces) {
            let listener = tokio::net::TcpListener::from_std(listener)
                .expect("the runtime has I/O, and the listener does not block");
            tokio::spawn(connection::accept(listener, Arc::clone(server), interface));
        }
        // Also the end of the sender is the end.
        let _ = stopped.await;
    });
}
