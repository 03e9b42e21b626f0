//! OData V4 web services: `/INSTANCE/ODataV4/Company('COMPANY')/PAGE` and
//! `/INSTANCE/ODataV4/CODEUNIT_RemoveSession?company=COMPANY`.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use serde_json::{Value, json};

use crate::chance::Port;
use crate::companion::{self, Control, Criterion, Filter, RemoveSession};
use crate::connection::{Connection, Interface};
use crate::datetime::Utc;
use crate::failure::Failure;
use crate::rows::{self, RowWriter};
use crate::server::{Address, Server, guid};
use crate::session::Session;

pub(crate) const JSON: &str = "application/json; odata.metadata=minimal";

pub(crate) fn interface(server: Arc<Server>) -> Interface {
    let router = Router::new()
        .route(
            "/{instance}/ODataV4/{company}/{entity_set}",
            get(entity_set),
        )
        .route("/{instance}/ODataV4/{action}", post(action))
        .with_state(server);
    Interface::of_web_services(router, Port::OData)
}

/// A failure in this interface's form.
struct Refusal(Failure);

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}

async fn action(
    State(server): State<Arc<Server>>,
    Extension(connection): Extension<Arc<Connection>>,
    Path((instance, action)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let query = Query::parse(query.as_deref());
    let address = Address {
        instance: &instance,
        tenant: query.get("tenant"),
        company: query.get("company").ok_or(Failure::CompanyMissing)?,
    };
    let call = server.admit(&connection, &headers, address).await?;
    let service = action.strip_suffix(&format!("_{}", companion::REMOVE_SESSION));
    if !service.is_some_and(|service| server.is_codeunit(service)) {
        return Err(Failure::NotPublished(action).into());
    }
    let result = call.remove_session(&arguments(&headers, &body)?)?;
    let context = format!("{}$metadata#Edm.String", service_root(&server, &headers));
    let answer = json!({ "@odata.context": context, "value": result });
    Ok(json_answer(StatusCode::OK, answer.to_string()))
}

async fn entity_set(
    State(server): State<Arc<Server>>,
    Extension(connection): Extension<Arc<Connection>>,
    Path((instance, company, entity_set)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let query = Query::parse(query.as_deref());
    let company = company_of_key(&company)
        .ok_or_else(|| refused(format!("The segment {company} is not Company('NAME').")))?;
    let address = Address {
        instance: &instance,
        tenant: query.get("tenant"),
        company: &company,
    };
    let call = server.admit(&connection, &headers, address).await?;
    if !server.is_page(&entity_set) {
        return Err(Failure::NotPublished(entity_set).into());
    }
    let range = Range::parse(&query, &server)?;
    let page_size = server.settings.page_size;
    let limit = range.top.unwrap_or(usize::MAX);
    // One row more than the page, to know whether there is a next one.
    let fetch = limit.min(page_size.saturating_add(1));
    let mut sessions = call.list(&range.filter, range.after, range.skip, fetch);
    let root = service_root(&server, &headers);
    let segment = format!("Company('{}')", escape(&company.replace('\'', "''")));
    let mut next_link = None;
    if sessions.len() > page_size {
        sessions.truncate(page_size);
        let last = sessions.last().map(|session| session.session_id);
        next_link = last.map(|last| {
            let base = format!("{root}{segment}/{}", escape(&entity_set));
            range.next_link(&base, &query, last, page_size)
        });
    }
    let writer = EntitySet {
        context: format!("{root}$metadata#{segment}/{entity_set}"),
        controls: range.select,
        next_link,
        own_session: call.own_session,
    };
    Ok(json_answer(StatusCode::OK, rows::body(sessions, writer)))
}

/// The query's options, names as written: on this interface they are case-sensitive.
struct Query(Vec<(String, String)>);

impl Query {
    fn parse(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self(pairs.into_owned().collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(option, _)| option == name)
            .map(|(_, value)| value.as_str())
    }
}

/// `NAME` of `Company('NAME')`, where an apostrophe is doubled.
fn company_of_key(segment: &str) -> Option<String> {
    unquote(segment.strip_prefix("Company(")?.strip_suffix(')')?)
}

/// The text of a literal such as `'O''NEIL'`.
fn unquote(literal: &str) -> Option<String> {
    let inner = literal.strip_prefix('\'')?.strip_suffix('\'')?;
    let single = inner.replace("''", "").contains('\'');
    (!single).then(|| inner.replace("''", "'"))
}

fn arguments(headers: &HeaderMap, body: &[u8]) -> Result<RemoveSession, Failure> {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media = content_type.split(';').next().unwrap_or_default().trim();
    if !media.eq_ignore_ascii_case("application/json") {
        return Err(Failure::ContentType("application/json"));
    }
    let Ok(Value::Object(parameters)) = serde_json::from_slice(body) else {
        return Err(refused("The body of the request is not a JSON object."));
    };
    let known = |name: &&String| companion::PARAMETERS.contains(&name.as_str());
    if let Some(stranger) = parameters.keys().find(|name| !known(name)) {
        return Err(refused(format!(
            "RemoveSession has no parameter '{stranger}'."
        )));
    }
    let text = |name: &str| match parameters.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(refused(format!("The parameter '{name}' is not a text."))),
        None => Err(refused(format!("The parameter '{name}' is missing."))),
    };
    let [session_id, unique_id, login, comment] = companion::PARAMETERS;
    let id = parameters
        .get(session_id)
        .ok_or_else(|| refused(format!("The parameter '{session_id}' is missing.")))?;
    let id = id.as_i64().and_then(|id| i32::try_from(id).ok());
    Ok(RemoveSession {
        session_id: id
            .ok_or_else(|| refused(format!("The parameter '{session_id}' is not an Integer.")))?,
        session_unique_id: text(unique_id)?,
        login_datetime: text(login)?,
        comment: text(comment)?,
    })
}

/// Which rows are asked for, and what of them.
struct Range {
    filter: Filter,
    select: Vec<Control>,
    top: Option<usize>,
    skip: usize,
    after: Option<i32>,
}

impl Range {
    fn parse(query: &Query, server: &Server) -> Result<Self, Failure> {
        let mut range = Self {
            filter: Filter::default(),
            select: server.controls.clone(),
            top: None,
            skip: 0,
            after: None,
        };
        for (option, value) in &query.0 {
            match option.as_str() {
                "$filter" => range.filter = filter(value, &server.controls)?,
                "$select" => {
                    range.select = value
                        .split(',')
                        .map(|name| property(name.trim(), &server.controls))
                        .collect::<Result<_, _>>()?;
                }
                "$top" => range.top = Some(count(option, value)?),
                "$skip" => range.skip = count(option, value)?,
                "$skiptoken" => {
                    let id = value.parse().map_err(|_| {
                        refused(format!("The $skiptoken '{value}' is not the server's."))
                    })?;
                    range.after = Some(id);
                }
                _ if option.starts_with('$') => {
                    return Err(refused(format!("The emulator does not know {option}.")));
                }
                _ => {}
            }
        }
        Ok(range)
    }

    /// The address of the rows after `last`. What was skipped once is not skipped again.
    fn next_link(&self, base: &str, query: &Query, last: i32, given: usize) -> String {
        let mut link = format!("{base}?");
        for (option, value) in &query.0 {
            match option.as_str() {
                "$skip" | "$skiptoken" => {}
                "$top" => {
                    let rest = self.top.unwrap_or_default().saturating_sub(given);
                    let _ = write!(link, "$top={rest}&");
                }
                _ => {
                    let _ = write!(
                        link,
                        "{}={}&",
                        utf8_percent_encode(option, OPTION_NAME),
                        escape(value)
                    );
                }
            }
        }
        let _ = write!(link, "$skiptoken={last}");
        link
    }
}

fn count(option: &str, value: &str) -> Result<usize, Failure> {
    value
        .parse()
        .map_err(|_| refused(format!("The value '{value}' of {option} is no count.")))
}

fn property(name: &str, controls: &[Control]) -> Result<Control, Failure> {
    controls
        .iter()
        .find(|control| control.name() == name)
        .copied()
        .ok_or_else(|| refused(format!("Could not find a property named '{name}'.")))
}

/// `Session_ID eq 11 and User_ID eq 'CRONUS\ANNA'`.
fn filter(text: &str, controls: &[Control]) -> Result<Filter, Failure> {
    let mut filter = Filter::default();
    let mut rest = text;
    loop {
        let (name, tail) = word(rest);
        let control = property(name, controls)?;
        let (operator, tail) = word(tail);
        if operator != "eq" {
            return Err(refused(format!(
                "The emulator does not know the operator '{operator}'."
            )));
        }
        let (literal, tail) = literal(tail)
            .ok_or_else(|| refused(format!("There is an unterminated literal in '{text}'.")))?;
        let mismatch = || refused(format!("The literal {literal} does not fit {name}."));
        filter.and(match control {
            Control::SessionId => Criterion::SessionId(literal.parse().map_err(|_| mismatch())?),
            Control::UserId => Criterion::UserId(unquote(literal).ok_or_else(mismatch)?),
            Control::ClientComputerName => {
                Criterion::ClientComputerName(unquote(literal).ok_or_else(mismatch)?)
            }
            _ => return Err(refused(format!("The emulator does not filter by {name}."))),
        });
        match word(tail) {
            ("", _) => return Ok(filter),
            ("and", tail) => rest = tail,
            (other, _) => {
                return Err(refused(format!(
                    "The emulator does not know '{other}' in a filter."
                )));
            }
        }
    }
}

fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_at(text.find(' ').unwrap_or(text.len()))
}

/// A literal with its quotes, and what follows it.
fn literal(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    if !text.starts_with('\'') {
        return Some(word(text));
    }
    let mut end = 1;
    loop {
        end += text[end..].find('\'')? + 1;
        if !text[end..].starts_with('\'') {
            return Some(text.split_at(end));
        }
        end += 1;
    }
}

struct EntitySet {
    context: String,
    controls: Vec<Control>,
    next_link: Option<String>,
    own_session: i32,
}

impl RowWriter for EntitySet {
    fn head(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"@odata.context\":");
        string(out, &self.context);
        out.extend_from_slice(b",\"value\":[");
    }

    fn row(&self, session: &Session, first: bool, out: &mut Vec<u8>) {
        if !first {
            out.push(b',');
        }
        out.extend_from_slice(b"{\"@odata.etag\":");
        string(out, &etag(session));
        for control in &self.controls {
            out.push(b',');
            string(out, control.name());
            out.push(b':');
            value(out, *control, session, self.own_session);
        }
        out.push(b'}');
    }

    fn tail(&self, out: &mut Vec<u8>) {
        out.push(b']');
        if let Some(link) = &self.next_link {
            out.extend_from_slice(b",\"@odata.nextLink\":");
            string(out, link);
        }
        out.push(b'}');
    }
}

fn value(out: &mut Vec<u8>, control: Control, session: &Session, own_session: i32) {
    use std::io::Write as _;
    let written = match control {
        Control::ServerInstanceId => write!(out, "{}", session.server_instance_id),
        Control::SessionId => write!(out, "{}", session.session_id),
        Control::UserSid => write!(out, "\"{}\"", session.user_sid),
        Control::SessionUniqueId => write!(out, "\"{}\"", session.session_unique_id),
        Control::LoginDatetime => write!(out, "\"{}\"", Utc(session.login_datetime)),
        Control::OwnSession => write!(out, "{}", session.session_id == own_session),
        Control::ServerInstanceName => return string(out, &session.server_instance_name),
        Control::ServerComputerName => return string(out, &session.server_computer_name),
        Control::UserId => return string(out, &session.user_id),
        Control::ClientType => return string(out, &session.client_type.replace(' ', "_x0020_")),
        Control::ClientComputerName => return string(out, &session.client_computer_name),
        Control::DatabaseName => return string(out, &session.database_name),
    };
    written.expect("a Vec takes all that is written");
}

fn string(out: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(out, text).expect("a Vec takes all that is written");
}

fn etag(session: &Session) -> String {
    let (id, unique_id) = (session.session_id, session.session_unique_id.as_u128());
    let version = unique_id.to_be_bytes();
    format!("W/\"'{};{id};'\"", BASE64.encode(&version[..6]))
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(failure) = self;
        let Some((status, code)) = status_and_code(&failure) else {
            return (StatusCode::NOT_FOUND, failure.to_string()).into_response();
        };
        let mut response = json_answer(status, error(code, &failure.to_string()));
        if let Failure::Credentials(challenge) = failure {
            let challenge = HeaderValue::from_static(challenge);
            let headers = response.headers_mut();
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// The body of an error.
pub(crate) fn error(code: &str, message: &str) -> String {
    static CORRELATION: AtomicU64 = AtomicU64::new(0);
    let correlation = guid(CORRELATION.fetch_add(1, Ordering::Relaxed));
    let message = format!("{message}  CorrelationId:  {correlation}.");
    json!({ "error": { "code": code, "message": message } }).to_string()
}

/// `None` where nothing of OData answers.
fn status_and_code(failure: &Failure) -> Option<(StatusCode, &'static str)> {
    Some(match failure {
        Failure::NoSuchAddress => return None,
        Failure::Credentials(_) => (
            StatusCode::UNAUTHORIZED,
            "Authentication_InvalidCredentials",
        ),
        Failure::CompanyUnknown(_) => (StatusCode::NOT_FOUND, "Internal_CompanyNotFound"),
        Failure::NotPublished(_) => (StatusCode::NOT_FOUND, "BadRequest_NotFound"),
        Failure::InvalidGuid(_) => (StatusCode::BAD_REQUEST, "Application_InvalidGUID"),
        Failure::InvalidDateTime(_) => (StatusCode::BAD_REQUEST, "Application_DialogException"),
        Failure::Request(_) => (StatusCode::BAD_REQUEST, "BadRequest"),
        // Inferred: that these families fit is documented, which member and status is not. The
        // member of Authorization_ is the emulator's own, as none is known.
        Failure::NotReady => (StatusCode::SERVICE_UNAVAILABLE, "Internal_ServerError"),
        Failure::TenantUnknown(_) => (StatusCode::NOT_FOUND, "Internal_TenantUnavailable"),
        Failure::TenantMissing => (StatusCode::BAD_REQUEST, "Internal_TenantUnavailable"),
        Failure::CompanyMissing => (StatusCode::BAD_REQUEST, "BadRequest"),
        Failure::NoPermission => (StatusCode::FORBIDDEN, "Authorization_PermissionDenied"),
        Failure::Stopped(_) => (StatusCode::REQUEST_TIMEOUT, "Unknown"),
        Failure::ContentType(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "BadRequest"),
    })
}

fn refused(text: impl Into<String>) -> Failure {
    Failure::Request(text.into())
}

fn json_answer(status: StatusCode, body: impl Into<Body>) -> Response {
    (status, [(header::CONTENT_TYPE, JSON)], body.into()).into_response()
}

/// `http://HOST:PORT/INSTANCE/ODataV4/` as the caller wrote host and port.
fn service_root(server: &Server, headers: &HeaderMap) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let instance = escape(&server.settings.server_instance);
    format!("http://{host}/{instance}/ODataV4/")
}

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
const OPTION_NAME: &AsciiSet = &UNRESERVED.remove(b'$');

fn escape(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, UNRESERVED)
}
