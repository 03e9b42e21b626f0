use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use time::OffsetDateTime;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::connection;
use crate::fault::{Fault, Operation};
use crate::request::Request;
use crate::server::{Credentials, SERVER_INSTANCE_ID, Server, Settings, Tenant};
use crate::session::{OnStop, Session};
use crate::{odata, read, sample, soap, write};

const OTHER_INSTANCE_ID: i32 = 2;

/// A session that `RemoveSession` answered `Removed` for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoppedSession {
    /// The tenant whose session it was.
    pub tenant: String,
    /// Its Session ID.
    pub session_id: i32,
    /// The comment that came with the call.
    pub comment: String,
}

/// A running server instance. Dropping it closes its ports and connections.
pub struct Emulator {
    server: Arc<Server>,
    soap: SocketAddr,
    odata: SocketAddr,
    thread: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

/// What an [`Emulator`] is to be.
#[derive(Clone)]
#[must_use = "a builder does nothing until it is started"]
pub struct Builder {
    settings: Settings,
    bind: IpAddr,
    soap_port: u16,
    odata_port: u16,
    tenants: Vec<String>,
    generated: usize,
    given: Option<Vec<Session>>,
    on_stop: OnStop,
    start: Option<OffsetDateTime>,
    recorded: usize,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            settings: Settings {
                server_instance: String::from("DynamicsNAV"),
                server_computer: String::from("NAVSERVER01"),
                multitenant: false,
                companies: Vec::new(),
                credentials: None,
                codeunit_service: String::from("SessionControl"),
                page_service: String::from("ActiveSessions"),
                page_size: 20_000,
                latency: Duration::ZERO,
                has_session_unique_id: true,
            },
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            soap_port: 0,
            odata_port: 0,
            tenants: Vec::new(),
            generated: 12,
            given: None,
            on_stop: OnStop::Ends,
            start: None,
            recorded: 1_000,
        }
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("server_instance", &self.settings.server_instance)
            .field("tenants", &self.tenants)
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

    /// The user and password that every call must come with, as Basic authentication.
    pub fn credentials(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.settings.credentials = Some(Credentials {
            user: user.into(),
            password: password.into(),
        });
        self
    }

    /// How many sessions each tenant begins with; 12 if not said. Number 11 is the first of them.
    pub fn sessions(mut self, number: usize) -> Self {
        self.generated = number;
        self.given = None;
        self
    }

    /// The sessions each tenant begins with, instead of generated ones.
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
    /// If a port cannot be listened on; the text says which.
    pub fn start(self) -> io::Result<Emulator> {
        let soap = listen(SocketAddr::new(self.bind, self.soap_port))?;
        let odata = listen(SocketAddr::new(self.bind, self.odata_port))?;
        let addresses = (soap.local_addr()?, odata.local_addr()?);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("nav-emulator")
            .enable_all()
            .build()?;
        let server = Arc::new(self.server());
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&server);
        let thread = std::thread::Builder::new()
            .name(String::from("nav-emulator"))
            .spawn(move || serve(&runtime, &serving, soap, odata, stopped))?;
        Ok(Emulator {
            server,
            soap: addresses.0,
            odata: addresses.1,
            thread: Some((stop, thread)),
        })
    }

    fn server(self) -> Server {
        let Self {
            mut settings,
            mut tenants,
            ..
        } = self;
        if tenants.is_empty() {
            tenants.push(String::from("default"));
        }
        if settings.companies.is_empty() {
            settings
                .companies
                .push(String::from("CRONUS International Ltd."));
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
            table: std::sync::RwLock::default(),
        });
        let other_instance = format!("{}2", settings.server_instance);
        let server = Server::new(settings, tenants.collect(), self.recorded);
        let start = self.start.unwrap_or_else(OffsetDateTime::now_utc);
        for tenant in &server.tenants {
            if let Some(given) = &self.given {
                for session in given {
                    server.insert(tenant, session.clone());
                }
                continue;
            }
            let here = sample::sessions(self.generated, start)
                .map(|session| session.on_stop(self.on_stop));
            let elsewhere = sample::elsewhere(OTHER_INSTANCE_ID, &other_instance, start);
            for session in here.chain(elsewhere) {
                server.insert(tenant, session);
            }
        }
        server
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
    soap: TcpListener,
    odata: TcpListener,
    stopped: oneshot::Receiver<()>,
) {
    runtime.block_on(async {
        let interfaces = [
            (soap, soap::interface(Arc::clone(server))),
            (odata, odata::interface(Arc::clone(server))),
        ];
        for (listener, interface) in interfaces {
            let listener = tokio::net::TcpListener::from_std(listener)
                .expect("the runtime has I/O, and the listener does not block");
            tokio::spawn(connection::accept(listener, Arc::clone(server), interface));
        }
        // Also the end of the sender is the end.
        let _ = stopped.await;
    });
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator")
            .field("soap", &self.soap)
            .field("odata", &self.odata)
            .finish_non_exhaustive()
    }
}

impl Emulator {
    /// An emulator with the defaults of the program, on free ports.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The base address of SOAP: `http://127.0.0.1:PORT/INSTANCE`.
    #[must_use]
    pub fn soap_uri(&self) -> String {
        self.uri(self.soap)
    }

    /// The base address of OData: `http://127.0.0.1:PORT/INSTANCE`.
    #[must_use]
    pub fn odata_uri(&self) -> String {
        self.uri(self.odata)
    }

    fn uri(&self, mut address: SocketAddr) -> String {
        if address.ip().is_unspecified() {
            address.set_ip(Ipv4Addr::LOCALHOST.into());
        }
        let instance = &self.server.settings.server_instance;
        let instance = utf8_percent_encode(instance, NON_ALPHANUMERIC);
        format!("http://{address}/{instance}")
    }

    /// The sessions in a tenant's Active Session table now, those of web-service calls and of other
    /// server instances among them.
    ///
    /// # Panics
    /// If there is no such tenant.
    #[must_use]
    pub fn sessions(&self, tenant: &str) -> Vec<Session> {
        let table = read(&self.tenant(tenant).table);
        table.all().map(|session| Session::clone(session)).collect()
    }

    /// The session of this id on this server instance, if there is one now.
    ///
    /// # Panics
    /// If there is no such tenant.
    #[must_use]
    pub fn session(&self, tenant: &str, session_id: i32) -> Option<Session> {
        let table = read(&self.tenant(tenant).table);
        table
            .get(SERVER_INSTANCE_ID, session_id)
            .map(|session| Session::clone(session))
    }

    /// Signs a session in.
    ///
    /// # Panics
    /// If there is no such tenant, or the id is another session's.
    pub fn add_session(&self, tenant: &str, session: Session) {
        let id = session.session_id;
        let replaced = self.server.insert(self.tenant(tenant), session);
        assert!(replaced.is_none(), "session {id} is there already");
    }

    /// Ends the session of this id and gives the id to another one, as servers do.
    ///
    /// # Panics
    /// If there is no such tenant or no session of this id.
    pub fn replace_session(&self, tenant: &str, session: Session) {
        let id = session.session_id;
        let replaced = self.server.insert(self.tenant(tenant), session);
        assert!(replaced.is_some(), "there is no session {id} to replace");
    }

    /// Ends a session of this server instance, as its user would, and returns it.
    ///
    /// # Panics
    /// If there is no such tenant.
    pub fn end_session(&self, tenant: &str, session_id: i32) -> Option<Session> {
        let mut table = write(&self.tenant(tenant).table);
        table
            .remove(SERVER_INSTANCE_ID, session_id)
            .map(|session| Session::clone(&session))
    }

    /// Changes what STOPSESSION does to a session of this server instance.
    ///
    /// # Panics
    /// If there is no such tenant or no such session.
    pub fn set_on_stop(&self, tenant: &str, session_id: i32, on_stop: OnStop) {
        let tenant = self.tenant(tenant);
        let mut table = write(&tenant.table);
        let session = table
            .get(SERVER_INSTANCE_ID, session_id)
            .unwrap_or_else(|| panic!("there is no session {session_id}"));
        let session = Session::clone(session).on_stop(on_stop);
        table.insert(session);
    }

    /// Lets the next request meet a fault. Faults wait in a queue, one for each request.
    pub fn inject(&self, fault: Fault) {
        self.push_fault(None, fault);
    }

    /// Lets the next request of a kind meet a fault.
    pub fn inject_into(&self, operation: Operation, fault: Fault) {
        self.push_fault(Some(operation), fault);
    }

    fn push_fault(&self, operation: Option<Operation>, fault: Fault) {
        connection::check(&fault);
        self.server.faults.push(operation, fault);
    }

    /// How many faults still wait for a request.
    #[must_use]
    pub fn waiting_faults(&self) -> usize {
        self.server.faults.len()
    }

    /// Whether callers have the permission for STOPSESSION.
    pub fn allow_stop_session(&self, allowed: bool) {
        self.server
            .may_stop_sessions
            .store(allowed, Ordering::Relaxed);
    }

    /// Whether the companion's codeunit is published.
    pub fn publish_codeunit(&self, published: bool) {
        self.server
            .codeunit_published
            .store(published, Ordering::Relaxed);
    }

    /// Whether the companion's page is published.
    pub fn publish_page(&self, published: bool) {
        self.server
            .page_published
            .store(published, Ordering::Relaxed);
    }

    /// Whether the server is ready to serve requests.
    pub fn set_ready(&self, ready: bool) {
        self.server.ready.store(ready, Ordering::Relaxed);
    }

    /// The latest requests, oldest first; as many as [`Builder::record`] says.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.server.requests.to_vec()
    }

    /// The latest sessions that were stopped, oldest first; as many as [`Builder::record`] says.
    #[must_use]
    pub fn stopped_sessions(&self) -> Vec<StoppedSession> {
        self.server.stopped.to_vec()
    }

    /// Forgets the requests and stopped sessions so far.
    pub fn clear_records(&self) {
        self.server.requests.clear();
        self.server.stopped.clear();
    }

    /// How many connections have been accepted since the start.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.server.connections.load(Ordering::Relaxed)
    }

    /// How many connections are open now.
    #[must_use]
    pub fn open_connections(&self) -> u64 {
        self.server.open_connections.load(Ordering::Relaxed)
    }

    fn tenant(&self, id: &str) -> &Tenant {
        self.server
            .tenant(id)
            .unwrap_or_else(|| panic!("the emulator has no tenant {id}"))
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.thread.take() {
            let _ = stop.send(());
            let _ = thread.join();
        }
    }
}
