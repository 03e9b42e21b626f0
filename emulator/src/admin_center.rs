//! The Admin Center API of Business Central online, as far as it is about sessions:
//! `/admin/v2.29/applications/BusinessCentral/environments/ENVIRONMENT/sessions` and `…/sessions/ID`.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;

use crate::chance::Port;
use crate::companion::Filter;
use crate::connection::Interface;
use crate::datetime::Utc;
use crate::entra;
use crate::event::Event;
use crate::fault::Operation;
use crate::rows::{self, RowWriter};
use crate::server::{SERVER_INSTANCE_ID, Server, Tenant, of};
use crate::session::Session;
use crate::{StoppedSession, read, write};

/// The routes of sessions exist since v2.1; v2.29 is the newest version known.
const MINOR_VERSIONS: std::ops::RangeInclusive<u8> = 1..=29;

/// Telemetry has this text where a session was stopped from the admin center.
const COMMENT: &str = "Stopped by management PowerShell cmdlet.";

/// The API and, on the same port, the token endpoint.
pub(crate) fn interface(server: Arc<Server>) -> Interface {
    let sessions = "/admin/{version}/applications/{family}/environments/{environment}/sessions";
    let router = Router::new()
        .route(sessions, get(list))
        .route(&format!("{sessions}/{{id}}"), get(session).delete(stop))
        .with_state(Arc::clone(&server))
        .merge(entra::router(server));
    Interface {
        router,
        operation,
        port: Port::AdminCenter,
        takes_secrets: true,
    }
}

fn operation(_: &Server, method: &Method, path: &str) -> Option<Operation> {
    if !path.starts_with("/admin/") {
        return path.ends_with(entra::TOKEN).then_some(Operation::Token);
    }
    let (above, last) = path.rsplit_once('/')?;
    if last == "sessions" {
        Some(Operation::ListSessions)
    } else if !above.ends_with("/sessions") {
        None
    } else if method == Method::DELETE {
        Some(Operation::RemoveSession)
    } else {
        Some(Operation::GetSession)
    }
}

/// Why a call is not done.
enum Failure {
    Version,
    /// With what `WWW-Authenticate` says.
    Token(&'static str),
    Permission,
    Environment(String),
    SessionId(String),
    Session(i32),
    Refused(i32),
}

async fn list(
    State(server): State<Arc<Server>>,
    Path((version, family, environment)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let environment = admit(&server, &headers, &version, &family, &environment).await?;
    let filter = Filter::default();
    let sessions = read(&environment.table).list(SERVER_INSTANCE_ID, &filter, None, 0, usize::MAX);
    let writer = Sessions(Columns::of(&server, environment));
    Ok(json_answer(StatusCode::OK, rows::body(sessions, writer)))
}

async fn session(
    State(server): State<Arc<Server>>,
    Path((version, family, environment, id)): Path<(String, String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let environment = admit(&server, &headers, &version, &family, &environment).await?;
    let id = session_id(&id)?;
    let session = read(&environment.table)
        .get(SERVER_INSTANCE_ID, id)
        .map(Arc::clone)
        .ok_or(Failure::Session(id))?;
    let mut row = Vec::new();
    Columns::of(&server, environment).write(&session, &mut row);
    Ok(json_answer(StatusCode::OK, row))
}

/// Accepts to stop a session. Inferred: the status, 202, and that there is no body.
async fn stop(
    State(server): State<Arc<Server>>,
    Path((version, family, environment, id)): Path<(String, String, String, String)>,
    headers: HeaderMap,
) -> Result<StatusCode, Failure> {
    let environment = admit(&server, &headers, &version, &family, &environment).await?;
    let id = session_id(&id)?;
    {
        let mut table = write(&environment.table);
        let session = table
            .get(SERVER_INSTANCE_ID, id)
            .map(Arc::clone)
            .ok_or(Failure::Session(id))?;
        if !table.stop(SERVER_INSTANCE_ID, id) {
            return Err(Failure::Refused(id));
        }
        server.tell(|| Event::SessionStopped(of(environment, &session)));
    }
    server.stopped.push_with(|| StoppedSession {
        tenant: environment.id.clone(),
        session_id: id,
        comment: String::from(COMMENT),
    });
    Ok(StatusCode::ACCEPTED)
}

/// Lets a call in, or says why not. Inferred: that it is no session of the environment.
async fn admit<'a>(
    server: &'a Server,
    headers: &HeaderMap,
    version: &str,
    family: &str,
    environment: &str,
) -> Result<&'a Tenant, Failure> {
    let known = |minor: u8| version == format!("v2.{minor}");
    if !MINOR_VERSIONS.into_iter().any(known) {
        return Err(Failure::Version);
    }
    server.tokens.check(headers).map_err(Failure::Token)?;
    if !server.may_administer.load(Ordering::Relaxed) {
        return Err(Failure::Permission);
    }
    server.wait().await;
    server
        .environments
        .iter()
        .find(|known| known.id == environment && server.settings.application_family == family)
        .ok_or_else(|| Failure::Environment(String::from(environment)))
}

fn session_id(text: &str) -> Result<i32, Failure> {
    text.parse()
        .map_err(|_| Failure::SessionId(String::from(text)))
}

/// What is the same in every row.
struct Columns {
    environment: String,
    family: String,
}

impl Columns {
    fn of(server: &Server, environment: &Tenant) -> Self {
        Self {
            environment: environment.id.clone(),
            family: server.settings.application_family.clone(),
        }
    }

    fn write(&self, session: &Session, out: &mut Vec<u8>) {
        use std::io::Write as _;
        let activity = &session.activity;
        // Inferred: the client type is the option's name, without spaces; a blank text is null; the
        // date and time is in XML form.
        let client_type = session.client_type.replace(' ', "");
        let log_on = Utc(session.login_datetime).to_string();
        let texts = |out: &mut Vec<u8>, fields: &[(&str, Option<&str>)]| {
            for (name, text) in fields {
                let text = text.filter(|text| !text.is_empty());
                let _ = write!(out, ",\"{name}\":");
                serde_json::to_writer(&mut *out, &text).expect("a Vec takes all that is written");
            }
        };
        out.extend_from_slice(b"{\"environmentName\":");
        serde_json::to_writer(&mut *out, &self.environment)
            .expect("a Vec takes all that is written");
        texts(out, &[("applicationFamily", Some(&self.family))]);
        let _ = write!(out, ",\"sessionId\":{}", session.session_id);
        texts(
            out,
            &[
                ("userId", Some(&session.user_id)),
                ("clientType", Some(&client_type)),
                ("logOnDate", Some(&log_on)),
                (
                    "entryPointOperation",
                    activity.entry_point_operation.as_deref(),
                ),
                (
                    "entryPointObjectName",
                    activity.entry_point_object_name.as_deref(),
                ),
                (
                    "entryPointObjectId",
                    activity.entry_point_object_id.as_deref(),
                ),
                (
                    "entryPointObjectType",
                    activity.entry_point_object_type.as_deref(),
                ),
                ("currentObjectName", activity.current_object_name.as_deref()),
            ],
        );
        let _ = write!(out, ",\"currentObjectId\":{}", activity.current_object_id);
        texts(
            out,
            &[("currentObjectType", activity.current_object_type.as_deref())],
        );
        let duration = activity.current_operation_duration;
        let _ = write!(out, ",\"currentOperationDuration\":{duration}}}");
    }
}

struct Sessions(Columns);

impl RowWriter for Sessions {
    fn head(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"value\":[");
    }

    fn row(&self, session: &Session, first: bool, out: &mut Vec<u8>) {
        if !first {
            out.push(b',');
        }
        self.0.write(session, out);
    }

    fn tail(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"]}");
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        // Inferred: all but the form, the codes and that an unknown environment is an
        // EnvironmentNotFound.
        let (status, code, message, target) = match self {
            Self::Version => return (StatusCode::NOT_FOUND, "Not Found").into_response(),
            Self::Token(challenge) => {
                let challenge = [(header::WWW_AUTHENTICATE, challenge)];
                return (StatusCode::UNAUTHORIZED, challenge).into_response();
            }
            Self::Permission => (
                StatusCode::FORBIDDEN,
                "Unknown",
                String::from("The application is not authorized to administer the environments."),
                "",
            ),
            Self::Environment(name) => (
                StatusCode::NOT_FOUND,
                "EnvironmentNotFound",
                format!("The environment '{name}' was not found."),
                "environmentName",
            ),
            Self::SessionId(text) => (
                StatusCode::BAD_REQUEST,
                "BadRequest",
                format!("The value '{text}' is not valid for sessionId."),
                "sessionId",
            ),
            Self::Session(id) => (
                StatusCode::NOT_FOUND,
                "ResourceNotFound",
                format!("The session {id} was not found."),
                "sessionId",
            ),
            Self::Refused(id) => (
                StatusCode::BAD_REQUEST,
                "BadRequest",
                format!("The session {id} could not be stopped."),
                "sessionId",
            ),
        };
        let mut error = json!({ "code": code, "message": message });
        if !target.is_empty() {
            error["target"] = json!(target);
        }
        json_answer(status, error.to_string())
    }
}

fn json_answer(status: StatusCode, body: impl Into<Body>) -> Response {
    let content_type = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
    (status, content_type, body.into()).into_response()
}
