//! SOAP web services: `/INSTANCE/WS/COMPANY/Codeunit/SERVICE` and `/INSTANCE/WS/COMPANY/Page/SERVICE`.

use std::fmt::{self, Display, Write as _};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use roxmltree::{Document, Node};

use crate::chance::Port;
use crate::companion::{self, Control, Criterion, Filter, RemoveSession};
use crate::connection::{Connection, Interface};
use crate::datetime::Utc;
use crate::failure::Failure;
use crate::rows::{self, RowWriter};
use crate::server::{Address, Server};
use crate::session::Session;

pub(crate) const XML: &str = "text/xml; charset=utf-8";

const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

pub(crate) fn interface(server: Arc<Server>) -> Interface {
    let router = Router::new()
        .route(
            "/{instance}/WS/{company}/Codeunit/{service}",
            post(codeunit),
        )
        .route("/{instance}/WS/{company}/Page/{service}", post(page))
        .with_state(server);
    Interface::of_web_services(router, Port::Soap)
}

/// Server instance, company and service.
type Target = Path<(String, String, String)>;

/// A failure in this interface's form.
struct Refusal(Failure);

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}

async fn codeunit(
    State(server): State<Arc<Server>>,
    Extension(connection): Extension<Arc<Connection>>,
    Path((instance, company, service)): Target,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let tenant = tenant(query.as_deref());
    let address = Address {
        instance: &instance,
        tenant: tenant.as_deref(),
        company: &company,
    };
    let call = server.admit(&connection, &headers, address).await?;
    if !server.is_codeunit(&service) {
        return Err(Failure::NotPublished(service).into());
    }
    let namespace = format!("urn:microsoft-dynamics-schemas/codeunit/{service}");
    let document = parse(utf8(&headers, &body)?)?;
    let method = method(&document, &headers, &namespace, companion::REMOVE_SESSION)?;
    let result = call.remove_session(&arguments(method)?)?;
    Ok(return_value(&namespace, &result))
}

async fn page(
    State(server): State<Arc<Server>>,
    Extension(connection): Extension<Arc<Connection>>,
    Path((instance, company, service)): Target,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let tenant = tenant(query.as_deref());
    let address = Address {
        instance: &instance,
        tenant: tenant.as_deref(),
        company: &company,
    };
    let call = server.admit(&connection, &headers, address).await?;
    if !server.is_page(&service) {
        return Err(Failure::NotPublished(service).into());
    }
    let lower = service.to_lowercase();
    let namespace = format!("urn:microsoft-dynamics-schemas/page/{lower}");
    let document = parse(utf8(&headers, &body)?)?;
    let method = method(&document, &headers, &namespace, "ReadMultiple")?;
    let range = Range::of(method, &server)?;
    let sessions = call.list(&range.filter, range.after, 0, range.limit);
    let writer = ReadMultipleResult {
        namespace,
        service,
        controls: server.controls.clone(),
        own_session: call.own_session,
    };
    Ok(xml(StatusCode::OK, rows::body(sessions, writer)))
}

/// The parameter is read in any casing: `?tenant=` and `?Tenant=` are both documented.
fn tenant(query: Option<&str>) -> Option<String> {
    form_urlencoded::parse(query?.as_bytes())
        .find(|(name, _)| name.eq_ignore_ascii_case("tenant"))
        .map(|(_, value)| value.into_owned())
}

fn utf8<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<&'a str, Failure> {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut parts = content_type.split(';').map(str::trim);
    if !parts
        .next()
        .is_some_and(|media| media.eq_ignore_ascii_case("text/xml"))
    {
        return Err(Failure::ContentType(XML));
    }
    let utf8 = parts
        .filter_map(|parameter| parameter.split_once('='))
        .filter(|(name, _)| name.eq_ignore_ascii_case("charset"))
        .all(|(_, charset)| charset.trim_matches('"').eq_ignore_ascii_case("utf-8"));
    if !utf8 {
        return Err(Failure::ContentType(XML));
    }
    std::str::from_utf8(body)
        .map_err(|error| refused(format!("The request is not UTF-8: {error}.")))
}

fn parse(text: &str) -> Result<Document<'_>, Failure> {
    // A byte order mark is the encoding's, not the document's.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Document::parse(text)
        .map_err(|error| refused(format!("The request is not well-formed XML: {error}.")))
}

/// The one element in the envelope's body, which must be the method that `SOAPAction` names.
fn method<'a, 'input>(
    document: &'a Document<'input>,
    headers: &HeaderMap,
    namespace: &str,
    name: &str,
) -> Result<Node<'a, 'input>, Failure> {
    let envelope = document.root_element();
    if !envelope.has_tag_name((ENVELOPE, "Envelope")) {
        return Err(refused("The request is not a SOAP 1.1 envelope."));
    }
    let body = envelope
        .children()
        .find(|node| node.has_tag_name((ENVELOPE, "Body")))
        .ok_or_else(|| refused("The SOAP envelope has no Body."))?;
    let mut elements = body.children().filter(Node::is_element);
    let (Some(method), None) = (elements.next(), elements.next()) else {
        return Err(refused("The SOAP Body does not hold exactly one element."));
    };
    if !method.has_tag_name((namespace, name)) {
        let tag = method.tag_name();
        let found = tag.namespace().unwrap_or_default();
        return Err(refused(format!(
            "The service has no method {} in the namespace \"{found}\".",
            tag.name()
        )));
    }
    let action = headers
        .get("SOAPAction")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let expected = format!("\"{namespace}:{name}\"");
    if action != expected {
        return Err(refused(format!(
            "The SOAPAction is {action}, but the Body asks for {expected}."
        )));
    }
    Ok(method)
}

/// The text of the one child of this name; `None` where there is none.
fn child_text(parent: Node<'_, '_>, name: &str) -> Result<Option<String>, Failure> {
    let namespace = parent.tag_name().namespace().unwrap_or_default();
    let mut children = parent
        .children()
        .filter(|node| node.has_tag_name((namespace, name)));
    let Some(child) = children.next() else {
        return Ok(None);
    };
    if children.next().is_some() {
        return Err(refused(format!("The element {name} is given twice.")));
    }
    if let Some("true" | "1") = child.attribute((SCHEMA_INSTANCE, "nil")) {
        return Ok(None);
    }
    if child.children().any(|node| node.is_element()) {
        return Err(refused(format!("The element {name} holds more than text.")));
    }
    let text = child
        .children()
        .filter(Node::is_text)
        .filter_map(|node| node.text())
        .collect();
    Ok(Some(text))
}

fn only_children(parent: Node<'_, '_>, names: &[&str]) -> Result<(), Failure> {
    let namespace = parent.tag_name().namespace().unwrap_or_default();
    let stranger = parent.children().filter(Node::is_element).find(|node| {
        !names
            .iter()
            .any(|name| node.has_tag_name((namespace, *name)))
    });
    match stranger {
        None => Ok(()),
        Some(node) => Err(refused(format!(
            "The element {} does not belong into {}.",
            node.tag_name().name(),
            parent.tag_name().name()
        ))),
    }
}

fn arguments(method: Node<'_, '_>) -> Result<RemoveSession, Failure> {
    only_children(method, &companion::PARAMETERS)?;
    let text = |name: &str| {
        child_text(method, name)?.ok_or_else(|| {
            refused(format!(
                "The parameter {name} of RemoveSession is missing or null."
            ))
        })
    };
    let [session_id, unique_id, login, comment] = companion::PARAMETERS;
    Ok(RemoveSession {
        session_id: integer(session_id, &text(session_id)?)?,
        session_unique_id: text(unique_id)?,
        login_datetime: text(login)?,
        comment: text(comment)?,
    })
}

fn integer(name: &str, text: &str) -> Result<i32, Failure> {
    text.trim()
        .parse()
        .map_err(|_| refused(format!("The {name} \"{text}\" is not an Integer.")))
}

/// Which rows `ReadMultiple` asks for.
struct Range {
    filter: Filter,
    after: Option<i32>,
    limit: usize,
}

impl Range {
    fn of(method: Node<'_, '_>, server: &Server) -> Result<Self, Failure> {
        only_children(method, &["filter", "bookmarkKey", "setSize"])?;
        let mut filter = Filter::default();
        let filters = |node: &Node<'_, '_>| node.tag_name().name() == "filter";
        for node in method.children().filter(filters) {
            only_children(node, &["Field", "Criteria"])?;
            let field = child_text(node, "Field")?.unwrap_or_default();
            let criteria = child_text(node, "Criteria")?.unwrap_or_default();
            if let Some(criterion) = criterion(&server.controls, &field, &criteria)? {
                filter.and(criterion);
            }
        }
        let after =
            match child_text(method, "bookmarkKey")? {
                Some(key) if !key.is_empty() => Some(session_of_key(&key).ok_or_else(|| {
                    refused(format!("The bookmarkKey \"{key}\" is no row's Key."))
                })?),
                _ => None,
            };
        let set_size = match child_text(method, "setSize")? {
            Some(text) => integer("setSize", &text)?,
            None => 0,
        };
        let limit = match usize::try_from(set_size) {
            Ok(0) => usize::MAX,
            Ok(limit) => limit,
            Err(_) => {
                return Err(refused(
                    "The emulator reads no rows backwards: setSize is negative.",
                ));
            }
        };
        Ok(Self {
            filter,
            after,
            limit,
        })
    }
}

/// A filter's criterion. Criteria that say nothing restrict nothing.
fn criterion(
    controls: &[Control],
    field: &str,
    criteria: &str,
) -> Result<Option<Criterion>, Failure> {
    let Some(control) = controls.iter().find(|control| control.name() == field) else {
        return Err(refused(format!("The page has no field \"{field}\".")));
    };
    let Some(value) = value_of_criteria(criteria)? else {
        return Ok(None);
    };
    match control {
        Control::SessionId => integer(field, &value).map(Criterion::SessionId).map(Some),
        Control::UserId => Ok(Some(Criterion::UserId(value))),
        Control::ClientComputerName => Ok(Some(Criterion::ClientComputerName(value))),
        _ => Err(refused(format!("The emulator does not filter by {field}."))),
    }
}

/// The value of criteria that name one: quoted, with apostrophes doubled, or plain.
fn value_of_criteria(criteria: &str) -> Result<Option<String>, Failure> {
    if criteria.is_empty() {
        return Ok(None);
    }
    if let Some(rest) = criteria.strip_prefix('\'') {
        let inner = rest
            .strip_suffix('\'')
            .map(|inner| (inner, inner.replace("''", "")));
        return match inner {
            Some((inner, singles)) if !singles.contains('\'') => Ok(Some(inner.replace("''", "'"))),
            _ => Err(refused(format!(
                "The criteria {criteria} end in no apostrophe."
            ))),
        };
    }
    if criteria.contains(['\'', '&', '|', '(', ')', '<', '>', '=', '*', '?', '@'])
        || criteria.contains("..")
    {
        return Err(refused(format!(
            "The emulator reads only criteria that are one value: {criteria}."
        )));
    }
    Ok(Some(String::from(criteria)))
}

/// A row's Key is opaque to callers; in here it is the Session ID.
fn key_of_session(session: &Session) -> String {
    let encoded = BASE64.encode(session.session_id.to_be_bytes());
    format!("{};{encoded};", encoded.len())
}

fn session_of_key(key: &str) -> Option<i32> {
    let (length, encoded) = key.strip_suffix(';')?.split_once(';')?;
    if length.parse() != Ok(encoded.len()) {
        return None;
    }
    let bytes = BASE64.decode(encoded).ok()?;
    Some(i32::from_be_bytes(bytes.try_into().ok()?))
}

struct ReadMultipleResult {
    namespace: String,
    service: String,
    controls: Vec<Control>,
    own_session: i32,
}

impl RowWriter for ReadMultipleResult {
    fn head(&self, out: &mut Vec<u8>) {
        let head = format!(
            "<Soap:Envelope xmlns:Soap=\"{ENVELOPE}\"><Soap:Body>\
             <ReadMultiple_Result xmlns=\"{}\"><ReadMultiple_Result>",
            Escaped(&self.namespace)
        );
        out.extend_from_slice(head.as_bytes());
    }

    fn row(&self, session: &Session, _: bool, out: &mut Vec<u8>) {
        let service = &self.service;
        let mut row = String::with_capacity(1024);
        let _ = write!(row, "<{service}><Key>{}</Key>", key_of_session(session));
        for control in &self.controls {
            field(&mut row, *control, session, self.own_session);
        }
        let _ = write!(row, "</{service}>");
        out.extend_from_slice(row.as_bytes());
    }

    fn tail(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(
            b"</ReadMultiple_Result></ReadMultiple_Result></Soap:Body></Soap:Envelope>",
        );
    }
}

fn field(row: &mut String, control: Control, session: &Session, own_session: i32) {
    let name = control.name();
    match control {
        Control::ServerInstanceId => value(row, name, session.server_instance_id),
        Control::SessionId => value(row, name, session.session_id),
        Control::UserSid => value(row, name, session.user_sid),
        Control::ServerInstanceName => text(row, name, &session.server_instance_name),
        Control::ServerComputerName => text(row, name, &session.server_computer_name),
        Control::UserId => text(row, name, &session.user_id),
        // An option's text is an XML name here, and so has no spaces.
        Control::ClientType => text(row, name, &session.client_type.replace(' ', "_")),
        Control::ClientComputerName => text(row, name, &session.client_computer_name),
        Control::LoginDatetime => value(row, name, Utc(session.login_datetime)),
        Control::DatabaseName => text(row, name, &session.database_name),
        Control::SessionUniqueId => value(row, name, session.session_unique_id),
        Control::OwnSession => value(row, name, session.session_id == own_session),
    }
}

fn value(row: &mut String, name: &str, value: impl Display) {
    let _ = write!(row, "<{name}>{value}</{name}>");
}

/// Elements of blank texts are absent.
fn text(row: &mut String, name: &str, text: &str) {
    if !text.is_empty() {
        value(row, name, Escaped(text));
    }
}

fn return_value(namespace: &str, value: &str) -> Response {
    let body = format!(
        "<Soap:Envelope xmlns:Soap=\"{ENVELOPE}\"><Soap:Body>\
         <RemoveSession_Result xmlns=\"{}\"><return_value>{}</return_value>\
         </RemoveSession_Result></Soap:Body></Soap:Envelope>",
        Escaped(namespace),
        Escaped(value)
    );
    xml(StatusCode::OK, body)
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(failure) = self;
        let message = failure.to_string();
        match failure {
            Failure::NoSuchAddress => (StatusCode::NOT_FOUND, message).into_response(),
            Failure::ContentType(_) => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, message).into_response()
            }
            Failure::Credentials(challenge) => {
                let challenge = [(header::WWW_AUTHENTICATE, challenge)];
                let page = Html(format!("<html><body>{message}</body></html>"));
                (StatusCode::UNAUTHORIZED, challenge, page).into_response()
            }
            failure => fault(&failure, &message),
        }
    }
}

fn fault(failure: &Failure, message: &str) -> Response {
    let body = match class(failure) {
        Ok(class) => fault_of_class(class, message),
        Err(side) => fault_body(&format!("<faultcode>s:{side}</faultcode>"), message),
    };
    xml(StatusCode::INTERNAL_SERVER_ERROR, body)
}

/// The body of a fault with the class of the server's exception.
pub(crate) fn fault_of_class(class: &str, message: &str) -> String {
    let code = format!(
        "<faultcode xmlns:a=\"urn:microsoft-dynamics-schemas/error\">\
         a:Microsoft.Dynamics.Nav.Types.Exceptions.{class}</faultcode>"
    );
    fault_body(&code, message)
}

fn fault_body(code: &str, message: &str) -> String {
    let text = Escaped(message);
    format!(
        "<s:Envelope xmlns:s=\"{ENVELOPE}\"><s:Body><s:Fault>{code}\
         <faultstring xml:lang=\"en-US\">{text}</faultstring><detail>\
         <string xmlns=\"http://schemas.microsoft.com/2003/10/Serialization/\">{text}</string>\
         </detail></s:Fault></s:Body></s:Envelope>"
    )
}

/// The class of the server's exception, where one is known; else only whose fault it is.
fn class(failure: &Failure) -> Result<&'static str, &'static str> {
    match failure {
        Failure::TenantUnknown(_) => Ok("NavTenantNotFoundException"),
        Failure::NoPermission => Ok("NavPermissionException"),
        // Inferred: the companion raises these with AL's Error.
        Failure::InvalidGuid(_) | Failure::InvalidDateTime(_) => Ok("NavNCLDialogException"),
        Failure::NotReady | Failure::Stopped(_) => Err("Server"),
        _ => Err("Client"),
    }
}

fn refused(text: impl Into<String>) -> Failure {
    Failure::Request(text.into())
}

fn xml(status: StatusCode, body: impl Into<Body>) -> Response {
    let content_type = [(header::CONTENT_TYPE, XML)];
    (status, content_type, body.into()).into_response()
}

/// Text of an XML element or attribute. Servers write characters that XML forbids as references,
/// which is not well-formed, and is what callers meet.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let special =
            |c: char| matches!(c, '&' | '<' | '>' | '"' | '\u{fffe}' | '\u{ffff}') || c < ' ';
        let mut rest = self.0;
        while let Some(at) = rest.find(special) {
            f.write_str(&rest[..at])?;
            let mut chars = rest[at..].chars();
            match chars.next() {
                Some('&') => f.write_str("&amp;")?,
                Some('<') => f.write_str("&lt;")?,
                Some('>') => f.write_str("&gt;")?,
                Some('"') => f.write_str("&quot;")?,
                Some(plain @ ('\t' | '\n')) => f.write_char(plain)?,
                Some(other) => write!(f, "&#x{:X};", u32::from(other))?,
                None => {}
            }
            rest = chars.as_str();
        }
        f.write_str(rest)
    }
}
