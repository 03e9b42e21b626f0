use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::chance::{Chance, ChanceFault, Odds};
use crate::companion::{Caller, Control, Filter, RemoveSession};
use crate::connection::Connection;
use crate::entra::Application;
use crate::event::{Event, SessionEvent};
use crate::failure::Failure;
use crate::fault::Faults;
use crate::request::{Latest, Request};
use crate::session::{Session, to_milliseconds};
use crate::table::ActiveSessions;
use crate::tokens::Tokens;
use crate::{StoppedSession, read, write};

/// The Server Instance ID of the server instance that is emulated.
pub(crate) const SERVER_INSTANCE_ID: i32 = 1;

// Away from the small numbers that a caller thinks of for a session that is not there.
const FIRST_WEB_SERVICE_SESSION: i32 = 2_001;

/// Who is told what happens.
pub(crate) type Observer = Arc<dyn Fn(Event) + Send + Sync>;

/// What an emulator is started with.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) server_instance: String,
    pub(crate) server_computer: String,
    pub(crate) multitenant: bool,
    pub(crate) companies: Vec<String>,
    pub(crate) sign_in: SignIn,
    pub(crate) application_family: String,
    pub(crate) entra_tenants: Vec<String>,
    pub(crate) applications: Vec<Application>,
    pub(crate) scope: String,
    pub(crate) codeunit_service: String,
    pub(crate) page_service: String,
    pub(crate) page_size: usize,
    pub(crate) latency: Duration,
    pub(crate) has_session_unique_id: bool,
}

/// What SOAP and OData ask of a call.
#[derive(Clone)]
pub(crate) enum SignIn {
    None,
    Basic(Credentials),
    /// An access token.
    Bearer,
}

/// A user and a password. No `Debug`: the password is written nowhere.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) user: String,
    pub(crate) password: String,
}

/// A server instance: its tenants, and what can be switched while it runs.
pub(crate) struct Server {
    pub(crate) settings: Settings,
    pub(crate) tenants: Vec<Tenant>,
    pub(crate) environments: Vec<Tenant>,
    pub(crate) tokens: Tokens,
    pub(crate) controls: Vec<Control>,
    pub(crate) ready: AtomicBool,
    pub(crate) may_stop_sessions: AtomicBool,
    pub(crate) may_administer: AtomicBool,
    pub(crate) codeunit_published: AtomicBool,
    pub(crate) page_published: AtomicBool,
    pub(crate) faults: Faults,
    pub(crate) requests: Latest<Request>,
    pub(crate) stopped: Latest<StoppedSession>,
    pub(crate) connections: AtomicU64,
    pub(crate) open_connections: AtomicU64,
    pub(crate) chance: Option<Chance>,
    pub(crate) observer: Option<Observer>,
    next_session_id: AtomicI32,
    next_guid: AtomicU64,
}

/// A tenant and its database. An environment of Business Central online is one too.
pub(crate) struct Tenant {
    pub(crate) id: String,
    pub(crate) database: String,
    pub(crate) table: RwLock<ActiveSessions>,
}

/// Whom a call is for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Address<'a> {
    pub(crate) instance: &'a str,
    pub(crate) tenant: Option<&'a str>,
    pub(crate) company: &'a str,
}

/// A call that has been let in.
pub(crate) struct Call<'a> {
    pub(crate) server: &'a Server,
    pub(crate) connection: &'a Connection,
    pub(crate) tenant: &'a Tenant,
    pub(crate) own_session: i32,
}

impl Server {
    pub(crate) fn new(
        settings: Settings,
        tenants: Vec<Tenant>,
        environments: Vec<Tenant>,
        tokens: Tokens,
        record: usize,
        odds: Option<Odds>,
        observer: Option<Observer>,
    ) -> Self {
        Self {
            controls: Control::of_page(settings.has_session_unique_id),
            settings,
            tenants,
            environments,
            tokens,
            ready: AtomicBool::new(true),
            may_stop_sessions: AtomicBool::new(true),
            may_administer: AtomicBool::new(true),
            codeunit_published: AtomicBool::new(true),
            page_published: AtomicBool::new(true),
            faults: Faults::default(),
            requests: Latest::new(record),
            stopped: Latest::new(record),
            connections: AtomicU64::new(0),
            open_connections: AtomicU64::new(0),
            chance: odds.map(Chance::new),
            observer,
            next_session_id: AtomicI32::new(FIRST_WEB_SERVICE_SESSION),
            next_guid: AtomicU64::new(1),
        }
    }

    pub(crate) fn tenant(&self, id: &str) -> Option<&Tenant> {
        self.tenants
            .iter()
            .find(|tenant| tenant.id.eq_ignore_ascii_case(id))
    }

    /// Fills in what a session leaves blank and puts it into the table.
    pub(crate) fn insert(&self, tenant: &Tenant, session: Session) -> Option<Arc<Session>> {
        let session = self.complete(tenant, session);
        if session.server_instance_id == SERVER_INSTANCE_ID {
            // Ids given to sessions of web-service calls stay above all others.
            let next = session.session_id.saturating_add(1);
            self.next_session_id.fetch_max(next, Ordering::Relaxed);
        }
        write(&tenant.table).insert(session)
    }

    fn complete(&self, tenant: &Tenant, mut session: Session) -> Session {
        let settings = &self.settings;
        let fill = |text: &mut String, with: &str| {
            if text.is_empty() {
                text.push_str(with);
            }
        };
        if session.server_instance_id == 0 {
            session.server_instance_id = SERVER_INSTANCE_ID;
        }
        fill(&mut session.server_instance_name, &settings.server_instance);
        fill(&mut session.server_computer_name, &settings.server_computer);
        fill(&mut session.database_name, &tenant.database);
        if session.user_sid.is_nil() {
            let user = session.user_id.bytes();
            session.user_sid =
                guid(user.fold(0, |seed, byte| mix(seed).wrapping_add(u64::from(byte))));
        }
        if session.session_unique_id.is_nil() {
            session.session_unique_id = self.new_guid();
        }
        session
    }

    pub(crate) fn new_guid(&self) -> Uuid {
        guid(self.next_guid.fetch_add(1, Ordering::Relaxed))
    }

    /// Lets a call in, as the session of its connection, or says why not.
    pub(crate) async fn admit<'a>(
        &'a self,
        connection: &'a Connection,
        headers: &HeaderMap,
        address: Address<'_>,
    ) -> Result<Call<'a>, Failure> {
        // Inferred: Windows compares addresses without regard to case.
        if !address
            .instance
            .eq_ignore_ascii_case(&self.settings.server_instance)
        {
            return Err(Failure::NoSuchAddress);
        }
        if !self.ready.load(Ordering::Relaxed) {
            return Err(Failure::NotReady);
        }
        self.authenticate(headers)?;
        let tenant = self.find_tenant(address.tenant)?;
        self.find_company(address.company)?;
        let own_session = connection.session(tenant);
        self.wait().await;
        if read(&tenant.table)
            .get(SERVER_INSTANCE_ID, own_session)
            .is_none()
        {
            return Err(Failure::Stopped(own_session));
        }
        Ok(Call {
            server: self,
            connection,
            tenant,
            own_session,
        })
    }

    /// Tells the observer, if there is one.
    pub(crate) fn tell(&self, event: impl FnOnce() -> Event) {
        if let Some(observer) = &self.observer {
            observer(event());
        }
    }

    /// Gives the id of a session that is gone to another one.
    fn begin_another(&self, tenant: &Tenant, table: &mut ActiveSessions, gone: &Session) {
        let session = Session::new(gone.session_id)
            .user_id(r"CRONUS\LATER")
            .login_datetime(to_milliseconds(OffsetDateTime::now_utc()));
        let session = self.complete(tenant, session);
        self.tell(|| Event::SessionBegan(of(tenant, &session)));
        table.insert(session);
    }

    /// Takes the time that a call is to take at least.
    pub(crate) async fn wait(&self) {
        if !self.settings.latency.is_zero() {
            tokio::time::sleep(self.settings.latency).await;
        }
    }

    fn authenticate(&self, headers: &HeaderMap) -> Result<(), Failure> {
        let expected = match &self.settings.sign_in {
            SignIn::None => return Ok(()),
            SignIn::Bearer => return self.tokens.check(headers).map_err(Failure::Credentials),
            SignIn::Basic(credentials) => credentials,
        };
        let given = headers.get(AUTHORIZATION).and_then(|value| {
            let (scheme, encoded) = value.to_str().ok()?.split_once(' ')?;
            let decoded = BASE64.decode(encoded.trim()).ok()?;
            scheme
                .eq_ignore_ascii_case("Basic")
                .then_some(String::from_utf8(decoded).ok()?)
        });
        match given.as_deref().and_then(|given| given.split_once(':')) {
            Some((user, password)) if user == expected.user && password == expected.password => {
                Ok(())
            }
            _ => Err(Failure::Credentials("Basic realm=\"\"")),
        }
    }

    fn find_tenant(&self, id: Option<&str>) -> Result<&Tenant, Failure> {
        match id.filter(|id| !id.is_empty()) {
            None if self.settings.multitenant => Err(Failure::TenantMissing),
            None => Ok(&self.tenants[0]),
            Some(id) => match self.tenant(id) {
                Some(tenant) => Ok(tenant),
                None if !self.settings.multitenant && id.eq_ignore_ascii_case("default") => {
                    Ok(&self.tenants[0])
                }
                None => Err(Failure::TenantUnknown(String::from(id))),
            },
        }
    }

    fn find_company(&self, name: &str) -> Result<(), Failure> {
        let companies = &self.settings.companies;
        if companies.iter().any(|company| company == name) {
            Ok(())
        } else {
            Err(Failure::CompanyUnknown(String::from(name)))
        }
    }

    /// Whether the companion's codeunit is published under this name.
    pub(crate) fn is_codeunit(&self, service: &str) -> bool {
        service == self.settings.codeunit_service && self.codeunit_published.load(Ordering::Relaxed)
    }

    /// Whether the companion's page is published under this name.
    pub(crate) fn is_page(&self, service: &str) -> bool {
        service == self.settings.page_service && self.page_published.load(Ordering::Relaxed)
    }

    pub(crate) fn has_session(&self, tenant: &Tenant, session_id: i32, unique_id: Uuid) -> bool {
        read(&tenant.table)
            .get(SERVER_INSTANCE_ID, session_id)
            .is_some_and(|session| session.session_unique_id == unique_id)
    }

    /// Opens the web-service session of a connection.
    pub(crate) fn open_session(&self, tenant: &Tenant) -> (i32, Uuid) {
        let session_id = loop {
            // It wraps around where a session has the highest number there is.
            let id = self.next_session_id.fetch_add(1, Ordering::Relaxed);
            if read(&tenant.table).get(SERVER_INSTANCE_ID, id).is_none() {
                break id;
            }
        };
        let user = match &self.settings.sign_in {
            SignIn::Basic(credentials) => credentials.user.clone(),
            SignIn::None | SignIn::Bearer => String::from(r"CRONUS\SERVICE"),
        };
        let session = Session::new(session_id)
            .user_id(user)
            .client_type("Web Service")
            .client_computer_name("")
            .login_datetime(to_milliseconds(OffsetDateTime::now_utc()))
            .session_unique_id(self.new_guid());
        let unique_id = session.session_unique_id;
        self.insert(tenant, session);
        (session_id, unique_id)
    }

    /// Ends the web-service session of a connection, unless its id is another session's by now.
    pub(crate) fn close_session(&self, tenant: &Tenant, session_id: i32, unique_id: Uuid) {
        let mut table = write(&tenant.table);
        if table
            .get(SERVER_INSTANCE_ID, session_id)
            .is_some_and(|session| session.session_unique_id == unique_id)
        {
            table.remove(SERVER_INSTANCE_ID, session_id);
        }
    }
}

impl Call<'_> {
    pub(crate) fn remove_session(&self, arguments: &RemoveSession) -> Result<String, Failure> {
        let settings = &self.server.settings;
        let caller = Caller {
            server_instance_id: SERVER_INSTANCE_ID,
            session_id: self.own_session,
            has_session_unique_id: settings.has_session_unique_id,
            may_stop_sessions: self.server.may_stop_sessions.load(Ordering::Relaxed),
        };
        let server = self.server;
        let id = arguments.session_id;
        let mishap = self.connection.mishap();
        let mut table = write(&self.tenant.table);
        if matches!(
            mishap,
            Some(ChanceFault::SessionEnds | ChanceFault::IdReused)
        ) && let Some(session) = table.remove(SERVER_INSTANCE_ID, id)
        {
            server.tell(|| Event::SessionEnded(of(self.tenant, &session)));
            if mishap == Some(ChanceFault::IdReused) {
                server.begin_another(self.tenant, &mut table, &session);
            }
        }
        let before = table.get(SERVER_INSTANCE_ID, id).map(Arc::clone);
        let answer = arguments.run(&caller, &mut table)?;
        if let Some(session) = before.filter(|_| answer == "Removed") {
            server.tell(|| Event::SessionStopped(of(self.tenant, &session)));
            if mishap == Some(ChanceFault::IdReusedUnanswered) {
                server.begin_another(self.tenant, &mut table, &session);
            }
        }
        drop(table);
        if answer == "Removed" {
            self.server.stopped.push_with(|| StoppedSession {
                tenant: self.tenant.id.clone(),
                session_id: arguments.session_id,
                comment: arguments.comment.clone(),
            });
        }
        Ok(answer)
    }

    /// The page's rows. It sets its own range to the server instance of the caller.
    pub(crate) fn list(
        &self,
        filter: &Filter,
        after: Option<i32>,
        skip: usize,
        limit: usize,
    ) -> Vec<Arc<Session>> {
        read(&self.tenant.table).list(SERVER_INSTANCE_ID, filter, after, skip, limit)
    }
}

/// What an event says of a session.
pub(crate) fn of(tenant: &Tenant, session: &Session) -> SessionEvent {
    SessionEvent {
        tenant: tenant.id.clone(),
        session_id: session.session_id,
        unique_id: session.session_unique_id,
    }
}

/// A Guid that is the same for the same seed, so that what an emulator answers can be foretold.
pub(crate) fn guid(seed: u64) -> Uuid {
    let (high, low) = (mix(seed), mix(mix(seed) ^ seed));
    uuid::Builder::from_random_bytes((u128::from(high) << 64 | u128::from(low)).to_be_bytes())
        .into_uuid()
}

pub(crate) fn mix(seed: u64) -> u64 {
    let mut bits = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}
