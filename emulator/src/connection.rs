//! Connections: accepted here and served one by one, so that each is known to the calls on it.

use std::future::pending;
use std::io;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body::Frame;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tower_service::Service;
use uuid::Uuid;

use crate::chance::{ChanceFault, Drawn, Port};
use crate::event::Event;
use crate::fault::{Fault, Operation};
use crate::lock;
use crate::request::Request;
use crate::server::{Server, Tenant};

const LARGEST_BODY: usize = 4 << 20;

/// What listens on a port.
#[derive(Clone)]
pub(crate) struct Interface {
    pub(crate) router: Router,
    /// What a request of this method and path asks for.
    pub(crate) operation: fn(&Server, &Method, &str) -> Option<Operation>,
    pub(crate) port: Port,
    /// Whether requests hold secrets besides `Authorization`, which are not recorded.
    pub(crate) takes_secrets: bool,
}

impl Interface {
    pub(crate) fn of_web_services(router: Router, port: Port) -> Self {
        Self {
            router,
            operation: of_companion,
            port,
            takes_secrets: false,
        }
    }
}

/// One HTTP connection.
///
/// Inferred: it has one web-service session from its first call to its end. That a call is itself a
/// session is documented, how long it lasts is not.
pub(crate) struct Connection {
    number: u64,
    server: Arc<Server>,
    /// Tenant, Session ID and Session Unique ID. One a tenant, as each has its own database.
    sessions: Mutex<Vec<(String, i32, Uuid)>>,
    /// What is to happen by chance to the session that the request on it is about.
    mishap: Mutex<Option<ChanceFault>>,
}

impl Connection {
    fn new(server: &Arc<Server>) -> Self {
        server.open_connections.fetch_add(1, Ordering::Relaxed);
        server.tell(|| Event::ConnectionOpened);
        Self {
            number: server.connections.fetch_add(1, Ordering::Relaxed) + 1,
            server: Arc::clone(server),
            sessions: Mutex::default(),
            mishap: Mutex::default(),
        }
    }

    /// The Session ID of the calls on this connection. A session that has ended is followed by a new one.
    pub(crate) fn session(&self, tenant: &Tenant) -> i32 {
        let mut sessions = lock(&self.sessions);
        if let Some(at) = sessions.iter().position(|(id, ..)| *id == tenant.id) {
            let (_, session_id, unique_id) = sessions[at];
            if self.server.has_session(tenant, session_id, unique_id) {
                return session_id;
            }
            sessions.swap_remove(at);
        }
        let (session_id, unique_id) = self.server.open_session(tenant);
        sessions.push((tenant.id.clone(), session_id, unique_id));
        session_id
    }

    /// What is to happen by chance to the session that the request is about.
    pub(crate) fn mishap(&self) -> Option<ChanceFault> {
        *lock(&self.mishap)
    }

    /// Draws what the request on it meets by chance.
    fn draw(&self, operation: Option<Operation>, port: Port) -> Option<Fault> {
        let chance = self.server.chance.as_ref()?;
        let drawn = operation.and_then(|operation| chance.draw(operation, port));
        *lock(&self.mishap) = drawn.as_ref().map(|drawn| drawn.kind);
        let Drawn { kind, fault } = drawn?;
        self.server.tell(|| Event::Fault(kind));
        fault
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        for (tenant, session_id, unique_id) in lock(&self.sessions).drain(..) {
            if let Some(tenant) = self.server.tenant(&tenant) {
                self.server.close_session(tenant, session_id, unique_id);
            }
        }
        self.server.open_connections.fetch_sub(1, Ordering::Relaxed);
        self.server.tell(|| Event::ConnectionClosed);
    }
}

/// Accepts connections to one interface for as long as the runtime lives.
pub(crate) async fn accept(listener: TcpListener, server: Arc<Server>, interface: Interface) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(serve(stream, Arc::clone(&server), interface.clone()));
            }
            // Out of file descriptors, or a caller that was gone again: neither ends the server,
            // and the former must not spin.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn serve(stream: TcpStream, server: Arc<Server>, interface: Interface) {
    let connection = Arc::new(Connection::new(&server));
    // Answers are small; one held back by Nagle's algorithm would be measured as the server's time.
    let _ = stream.set_nodelay(true);
    let service =
        service_fn(move |request| answer(request, Arc::clone(&connection), interface.clone()));
    // An error is the caller's end of the connection, or a fault that was asked for.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// Answers a request; an error breaks the connection without an answer.
async fn answer(
    request: hyper::Request<Incoming>,
    connection: Arc<Connection>,
    mut interface: Interface,
) -> io::Result<Response> {
    let server = Arc::clone(&connection.server);
    let (mut head, body) = request.into_parts();
    let body = match Limited::new(body, LARGEST_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Ok(StatusCode::PAYLOAD_TOO_LARGE.into_response());
        }
        Err(error) => return Err(io::Error::other(error)),
    };
    server.requests.push_with(|| {
        let request = Request::new(connection.number, &head, body.clone());
        if interface.takes_secrets {
            request.without_form_secrets()
        } else {
            request
        }
    });
    let operation = (interface.operation)(&server, &head.method, head.uri.path());
    let fault = server
        .faults
        .take(operation)
        .or_else(|| connection.draw(operation, interface.port));
    match &fault {
        Some(Fault::CloseBeforeDoing) => return Err(io::ErrorKind::ConnectionAborted.into()),
        Some(Fault::Silence) => pending().await,
        Some(Fault::Delay(time)) => tokio::time::sleep(*time).await,
        Some(Fault::Answer {
            status,
            content_type,
            headers,
            body,
        }) => return Ok(injected(*status, content_type, headers, body)),
        Some(Fault::CloseAfterDoing | Fault::Truncated | Fault::BadGateway) | None => {}
    }
    head.extensions.insert(connection);
    let request = axum::http::Request::from_parts(head, Body::from(body));
    let Ok(response) = interface.router.call(request).await;
    match fault {
        Some(Fault::CloseAfterDoing) => Err(io::ErrorKind::ConnectionAborted.into()),
        Some(Fault::Truncated) => truncated(response).await,
        Some(Fault::BadGateway) => Ok(StatusCode::BAD_GATEWAY.into_response()),
        _ => Ok(response),
    }
}

fn of_companion(server: &Server, _: &Method, path: &str) -> Option<Operation> {
    let last = path.rsplit('/').next()?;
    let settings = &server.settings;
    if last == settings.page_service {
        return Some(Operation::ListSessions);
    }
    let method = last.strip_prefix(settings.codeunit_service.as_str())?;
    (method.is_empty() || method.starts_with('_')).then_some(Operation::RemoveSession)
}

/// The head of an answer and half its body; then the connection breaks.
async fn truncated(response: Response) -> io::Result<Response> {
    let (mut head, body) = response.into_parts();
    let whole = body.collect().await.map_err(io::Error::other)?.to_bytes();
    head.headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let half = whole.slice(..whole.len() / 2);
    Ok(Response::from_parts(head, Body::new(Half(Some(half)))))
}

/// A body that breaks off after one piece.
struct Half(Option<Bytes>);

impl http_body::Body for Half {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Poll::Ready(Some(match self.0.take() {
            Some(piece) => Ok(Frame::data(piece)),
            None => Err(io::ErrorKind::ConnectionAborted.into()),
        }))
    }
}

fn injected(status: u16, content_type: &str, headers: &[(String, String)], body: &str) -> Response {
    let mut response = Response::new(Body::from(String::from(body)));
    *response.status_mut() =
        StatusCode::from_u16(status).expect("an injected answer has a status from 100 to 999");
    if !content_type.is_empty() {
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, field_value(content_type));
    }
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes())
            .expect("an injected header field has a name HTTP allows");
        response.headers_mut().append(name, field_value(value));
    }
    response
}

fn field_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("an injected header field has a value HTTP allows")
}

/// Panics where a fault's answer cannot be sent, in the test that asks for it.
pub(crate) fn check(fault: &Fault) {
    if let Fault::Answer {
        status,
        content_type,
        headers,
        body,
    } = fault
    {
        injected(*status, content_type, headers, body);
    }
}
