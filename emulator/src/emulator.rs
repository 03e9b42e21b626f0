use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::sync::oneshot;

use crate::builder::Builder;
use crate::connection;
use crate::fault::{Fault, Operation};
use crate::request::Request;
use crate::server::{SERVER_INSTANCE_ID, Server, Tenant};
use crate::session::{OnStop, Session};
use crate::{read, write};

/// A session that was stopped: `RemoveSession` answered `Removed`, or the Admin Center API accepted
/// its `DELETE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoppedSession {
    /// The tenant whose session it was, or the environment.
    pub tenant: String,
    /// Its Session ID.
    pub session_id: i32,
    /// The comment that came with the call; from the Admin Center API the one that telemetry has.
    pub comment: String,
}

/// A running server instance. Dropping it closes its ports and connections.
///
/// Where a method takes a tenant, it takes an environment of the Admin Center API too: each has a
/// table of sessions of its own. No tenant and environment have the same name.
pub struct Emulator {
    pub(crate) server: Arc<Server>,
    pub(crate) soap: SocketAddr,
    pub(crate) odata: SocketAddr,
    pub(crate) admin_center: Option<SocketAddr>,
    pub(crate) thread: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator")
            .field("soap", &self.soap)
            .field("odata", &self.odata)
            .field("admin_center", &self.admin_center)
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

    /// The base address of the Admin Center API: `http://127.0.0.1:PORT`.
    ///
    /// # Panics
    /// If it is not served.
    #[must_use]
    pub fn admin_center_uri(&self) -> String {
        let address = self
            .admin_center
            .expect("the emulator was started with an Admin Center API");
        format!("http://{}", reachable(address))
    }

    /// The base address of the token endpoint: `POST {authority}/{entraTenant}/oauth2/v2.0/token`.
    ///
    /// # Panics
    /// If the Admin Center API is not served, as they share a port.
    #[must_use]
    pub fn authority(&self) -> String {
        self.admin_center_uri()
    }

    fn uri(&self, address: SocketAddr) -> String {
        let address = reachable(address);
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

    /// How many tokens the token endpoint has given since the start.
    #[must_use]
    pub fn token_requests(&self) -> u64 {
        self.server.tokens.number()
    }

    /// Lets the tokens that the token endpoint has given so far be accepted no longer.
    pub fn revoke_tokens(&self) {
        self.server.tokens.revoke();
    }

    /// Whether the application that callers have their token for may use the Admin Center API.
    pub fn allow_administration(&self, allowed: bool) {
        self.server.may_administer.store(allowed, Ordering::Relaxed);
    }

    /// Whether callers of SOAP and OData have the permission for STOPSESSION.
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

    /// Whether the server is ready to serve requests of SOAP and OData. The Admin Center API is no part
    /// of it.
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
        let environment = || self.server.environments.iter().find(|known| known.id == id);
        self.server
            .tenant(id)
            .or_else(environment)
            .unwrap_or_else(|| panic!("the emulator has no tenant or environment {id}"))
    }
}

/// An address that a client on this computer can call.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    address
}

impl Drop for Emulator {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.thread.take() {
            let _ = stop.send(());
            let _ = thread.join();
        }
    }
}
