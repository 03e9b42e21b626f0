//! SOAP 1.1 web services: codeunit `SessionControl`, page `ActiveSessions`.

use std::borrow::Cow;

use quick_xml::NsReader;
use quick_xml::escape::escape;
use quick_xml::events::Event;
use quick_xml::name::{LocalName, ResolveResult};

use super::{
    Page, Target, answer, date_time, escaped, not_blank, outcome, removal_parameters, unique_id,
};
use crate::client::Outcome;
use crate::error::{Error, ErrorKind};
use crate::http::{Method, Request, Response};
use crate::session::{ClientType, Session, SessionFilter, SessionKey};

const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const METHOD: &str = "RemoveSession";
/// Rows asked for at a time: few enough to begin soon, many enough that a call's cost does not show.
const PAGE_SIZE: usize = 1000;

#[derive(Debug)]
pub(crate) struct Soap {
    target: Target,
}

impl Soap {
    pub(super) fn new(target: Target) -> Self {
        Self { target }
    }

    pub(super) fn list(&self, filter: &SessionFilter) -> Request {
        self.read_multiple(filter, None)
    }

    pub(super) fn page(&self, filter: &SessionFilter, response: &Response) -> Result<Page, Error> {
        let rows = match self.read(response)? {
            Body::Rows(rows) => rows,
            Body::Empty => Vec::new(),
            Body::Fault(fault) => return Err(self.fault(&fault, response)),
            Body::ReturnValue(_) => return Err(self.unreadable(response, "no list of sessions")),
        };
        let next = if rows.len() < PAGE_SIZE {
            None
        } else {
            let key = rows.last().and_then(|row| row.bookmark.as_deref());
            let key = key.ok_or_else(|| self.unreadable(response, "a row without its key"))?;
            Some(self.read_multiple(filter, Some(key)))
        };
        let sessions = rows
            .into_iter()
            .map(|row| {
                row.session
                    .ok_or_else(|| self.unreadable(response, "a row without Session_ID"))
            })
            .collect::<Result<_, _>>()?;
        Ok(Page { sessions, next })
    }

    pub(super) fn remove(&self, key: &SessionKey, comment: &str) -> Request {
        let service = &self.target.session_control;
        let namespace = format!("urn:microsoft-dynamics-schemas/codeunit/{service}");
        let mut body = String::new();
        for (name, value) in removal_parameters(key, comment) {
            body.push_str(&format!("<{name}>{}</{name}>", escape(&value)));
        }
        self.call("Codeunit", service, &namespace, METHOD, &body)
    }

    pub(super) fn removed(&self, response: &Response) -> Result<Outcome, Error> {
        match self.read(response)? {
            Body::ReturnValue(value) => {
                outcome(&value).map_err(|error| error.with_http_status(response.status))
            }
            Body::Fault(fault) => Err(self.fault(&fault, response)),
            Body::Rows(_) | Body::Empty => {
                Err(self.unreadable(response, "no answer of RemoveSession"))
            }
        }
    }

    fn read_multiple(&self, filter: &SessionFilter, bookmark: Option<&str>) -> Request {
        let service = &self.target.active_sessions;
        let namespace = format!(
            "urn:microsoft-dynamics-schemas/page/{}",
            service.to_lowercase()
        );
        let mut body = String::new();
        if let Some(id) = filter.session_id {
            // Unquoted, a negative id would be read as an expression.
            body.push_str(&format!(
                "<filter><Field>Session_ID</Field><Criteria>'{id}'</Criteria></filter>"
            ));
        }
        let bookmark = bookmark.map(escape).unwrap_or_default();
        body.push_str(&format!(
            "<bookmarkKey>{bookmark}</bookmarkKey><setSize>{PAGE_SIZE}</setSize>"
        ));
        self.call("Page", service, &namespace, "ReadMultiple", &body)
    }

    fn call(
        &self,
        kind: &str,
        service: &str,
        namespace: &str,
        method: &str,
        parameters: &str,
    ) -> Request {
        let Target {
            base,
            company,
            tenant,
            ..
        } = &self.target;
        let mut url = format!("{base}/WS/{}/{kind}/{}", escaped(company), escaped(service));
        if let Some(tenant) = tenant {
            url.push_str(&format!("?tenant={}", escaped(tenant.as_str())));
        }
        let namespace = escape(namespace);
        Request {
            method: Method::Post,
            url,
            headers: vec![
                ("Content-Type", "text/xml; charset=utf-8".to_owned()),
                ("SOAPAction", format!("\"{namespace}:{method}\"")),
            ],
            body: format!(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"{ENVELOPE}\"><s:Body>\
                 <{method} xmlns=\"{namespace}\">{parameters}</{method}></s:Body></s:Envelope>"
            )
            .into_bytes(),
        }
    }

    /// The body of the envelope; faults come with HTTP 500.
    fn read(&self, response: &Response) -> Result<Body, Error> {
        match response.status {
            200..=299 => read(&response.body).map_err(|fault| self.unreadable(response, &fault)),
            _ => match read(&response.body) {
                Ok(Body::Fault(fault)) => Ok(Body::Fault(fault)),
                _ => Err(answer::by_status(response, &self.target)),
            },
        }
    }

    fn unreadable(&self, response: &Response, fault: &str) -> Error {
        answer::unreadable(response, &self.target, fault)
    }

    fn fault(&self, fault: &Fault, response: &Response) -> Error {
        let kind = match fault.class.as_str() {
            "NavTenantNotFoundException" => ErrorKind::TenantNotFound,
            "NavTenantNotAccessibleException" => ErrorKind::TenantUnavailable,
            "NavPermissionException" => ErrorKind::PermissionDenied,
            _ => ErrorKind::ServerFault,
        };
        let kind = answer::by_words(&fault.text).unwrap_or(kind);
        let error = Error::new(kind, answer::with_place(&fault.text, &self.target))
            .with_http_status(response.status);
        if kind == ErrorKind::ServerFault {
            // Which class and text a missing company or service has is not documented.
            error.with_advice(format!(
                "Act on the server's own words. If they speak of something that is not there: the endpoint calls \
                 codeunit service {} and page service {} in company '{}' (Get-NAVServerEndpoint); the companion must \
                 be published by these names.",
                self.target.session_control, self.target.active_sessions, self.target.company
            ))
        } else {
            error
        }
    }
}

#[derive(Debug)]
enum Body {
    Empty,
    Rows(Vec<Row>),
    ReturnValue(String),
    Fault(Fault),
}

#[derive(Debug, Default)]
struct Row {
    bookmark: Option<String>,
    /// `None` while the row has not shown its `Session_ID`.
    session: Option<Session>,
}

#[derive(Debug, Default)]
struct Fault {
    /// Name of the exception's class: the local part of the fault code.
    class: String,
    text: String,
}

/// Where in an envelope an element stands, by the names above it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Document,
    Envelope,
    Body,
    Fault,
    FaultCode,
    FaultText,
    MethodResult,
    ReturnValue,
    PageResult,
    Rows,
    Row,
    Field,
    Other,
}

/// Reads an envelope in one pass. The error is the fault in a few words.
fn read(xml: &[u8]) -> Result<Body, String> {
    let xml = xml.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(xml);
    let mut reader = NsReader::from_reader(xml);
    let config = reader.config_mut();
    config.check_end_names = true;
    config.expand_empty_elements = true;

    let mut places = vec![Place::Document];
    let mut body = None;
    let mut row = RowBuilder::default();
    let mut field = String::new();
    let mut text = String::new();
    loop {
        let (namespace, event) = reader
            .read_resolved_event()
            .map_err(|error| format!("XML that breaks off or is not well-formed: {error}"))?;
        match event {
            Event::Start(element) => {
                let above = *places.last().unwrap_or(&Place::Other);
                let name = element.local_name();
                let here = place(above, &namespace, name);
                match here {
                    Place::Fault => body = Some(Body::Fault(Fault::default())),
                    Place::PageResult => body = Some(Body::Rows(Vec::new())),
                    Place::Row => row = RowBuilder::default(),
                    Place::Field => field = utf8(name.as_ref())?.into_owned(),
                    Place::Envelope | Place::Body if body.is_none() => body = Some(Body::Empty),
                    _ => {}
                }
                if above == Place::Document && here != Place::Envelope {
                    return Err(format!(
                        "XML that begins with {}",
                        answer::excerpt(&utf8(name.as_ref())?)
                    ));
                }
                text.clear();
                places.push(here);
            }
            Event::Text(part) => text.push_str(&utf8(&part)?),
            Event::CData(part) => text.push_str(&utf8(&part)?),
            Event::GeneralRef(reference) => text.push(character(&utf8(&reference)?)?),
            Event::End(_) => {
                let place = places.pop().unwrap_or(Place::Other);
                match (place, &mut body) {
                    (Place::FaultCode, Some(Body::Fault(fault))) => {
                        let code = text.rsplit([':', '.']).next().unwrap_or_default();
                        code.trim().clone_into(&mut fault.class);
                    }
                    (Place::FaultText, Some(Body::Fault(fault))) => fault.text.clone_from(&text),
                    (Place::ReturnValue, _) => body = Some(Body::ReturnValue(text.clone())),
                    (Place::Row, Some(Body::Rows(rows))) => {
                        rows.push(std::mem::take(&mut row).finish()?);
                    }
                    (Place::Field, _) => row.field(&field, &text)?,
                    _ => {}
                }
                text.clear();
            }
            // A document type could define entities, and no such server sends one.
            Event::DocType(_) => return Err("XML with a document type".to_owned()),
            Event::Eof => {
                return match body {
                    Some(body) if places.len() == 1 => Ok(body),
                    Some(_) => Err("XML that breaks off".to_owned()),
                    None => Err("no XML".to_owned()),
                };
            }
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

fn place(above: Place, namespace: &ResolveResult<'_>, name: LocalName<'_>) -> Place {
    let is_soap = matches!(namespace, ResolveResult::Bound(namespace) if namespace.as_ref() == ENVELOPE.as_bytes());
    match (above, name.as_ref()) {
        (Place::Document, b"Envelope") if is_soap => Place::Envelope,
        (Place::Envelope, b"Body") if is_soap => Place::Body,
        (Place::Body, b"Fault") if is_soap => Place::Fault,
        (Place::Fault, b"faultcode") => Place::FaultCode,
        (Place::Fault, b"faultstring") => Place::FaultText,
        (Place::Body, b"ReadMultiple_Result") => Place::PageResult,
        (Place::PageResult, b"ReadMultiple_Result") => Place::Rows,
        (Place::Rows, _) => Place::Row,
        (Place::Row, _) => Place::Field,
        (Place::Body, b"RemoveSession_Result") => Place::MethodResult,
        (Place::MethodResult, b"return_value") => Place::ReturnValue,
        _ => Place::Other,
    }
}

/// A character or predefined entity. Characters that XML 1.0 forbids come in user data and are let through.
fn character(reference: &str) -> Result<char, String> {
    let code = match reference {
        "amp" => return Ok('&'),
        "lt" => return Ok('<'),
        "gt" => return Ok('>'),
        "quot" => return Ok('"'),
        "apos" => return Ok('\''),
        _ => match reference.strip_prefix('#') {
            Some(number) => match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok(),
                None => number.parse().ok(),
            },
            None => None,
        },
    };
    match code {
        Some(code) => Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)),
        None => Err(format!(
            "XML with an unknown entity {}",
            answer::excerpt(reference)
        )),
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, String> {
    std::str::from_utf8(bytes)
        .map(Cow::Borrowed)
        .map_err(|_| "text that is not UTF-8".to_owned())
}

#[derive(Default)]
struct RowBuilder {
    bookmark: Option<String>,
    session: Session,
    has_id: bool,
}

impl RowBuilder {
    fn field(&mut self, name: &str, text: &str) -> Result<(), String> {
        let session = &mut self.session;
        match name {
            "Key" => self.bookmark = not_blank(text),
            "Server_Instance_ID" => session.server_instance_id = integer(name, text)?.unwrap_or(0),
            "Session_ID" => {
                if let Some(id) = integer(name, text)? {
                    session.session_id = id;
                    self.has_id = true;
                }
            }
            "User_SID" => session.user_sid = not_blank(text),
            "Server_Instance_Name" => session.server_instance_name = not_blank(text),
            "Server_Computer_Name" => session.server_computer_name = not_blank(text),
            "User_ID" => session.user_id = not_blank(text),
            "Client_Type" => session.client_type = ClientType::from_server_text(text),
            "Client_Computer_Name" => session.client_computer_name = not_blank(text),
            "Login_Datetime" => session.login_datetime = date_time(text),
            "Database_Name" => session.database_name = not_blank(text),
            "Session_Unique_ID" => session.session_unique_id = unique_id(text),
            "Own_Session" => session.own_session = boolean(text),
            _ => {}
        }
        Ok(())
    }

    fn finish(self) -> Result<Row, String> {
        Ok(Row {
            bookmark: self.bookmark,
            session: self.has_id.then_some(self.session),
        })
    }
}

fn integer(name: &str, text: &str) -> Result<Option<i32>, String> {
    match text.trim() {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|_| format!("{name} is {:?}", answer::excerpt(text))),
    }
}

fn boolean(text: &str) -> bool {
    matches!(text.trim(), "true" | "1")
}
