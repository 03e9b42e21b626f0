//! SOAP 1.1 web services: codeunit `SessionControl`, page `ActiveSessions`.

use std::borrow::Cow;
use std::sync::Arc;

use quick_xml::NsReader;
use quick_xml::escape::escape;
use quick_xml::events::Event;
use quick_xml::name::{LocalName, ResolveResult};

use super::{
    Page, Target, answer, date_time, escaped, not_blank, outcome, removal_parameters, rows,
    unique_id, without_forbidden,
};
use crate::client::Outcome;
use crate::error::{Error, ErrorKind};
use crate::http::{Head, Method, Request, Response};
use crate::session::{ClientType, Session, SessionFilter, SessionKey};

const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const REMOVE: &str = "RemoveSession";
const LIST: &str = "ReadMultiple";
/// Rows asked for at a time: few enough to begin soon, many enough that a call's cost does not show.
const PAGE_SIZE: usize = 1000;
/// How deep an answer is read: more than twenty times as deep as rows stand.
const DEEPEST: usize = 128;
/// Namespaces that an element may declare. To find one takes as long as there are in all the elements around it.
const NAMESPACES: usize = 16;

#[derive(Debug)]
pub(crate) struct Soap {
    target: Target,
    removals: Operation,
    lists: Operation,
}

/// A method of a service, and what all its calls share.
#[derive(Debug)]
struct Operation {
    head: Arc<Head>,
    start: String,
    end: String,
}

impl Operation {
    fn new(target: &Target, kind: &str, service: &str, method: &str) -> Self {
        // The namespace of a codeunit is in its own casing, that of a page in lower case.
        let namespace = match kind {
            "Page" => format!(
                "urn:microsoft-dynamics-schemas/page/{}",
                service.to_lowercase()
            ),
            _ => format!("urn:microsoft-dynamics-schemas/codeunit/{service}"),
        };
        let namespace = escape(&namespace);
        let mut url = format!(
            "{}/WS/{}/{kind}/{}",
            target.base,
            escaped(&target.company),
            escaped(service)
        );
        if let Some(tenant) = &target.tenant {
            url.push_str(&format!("?tenant={}", escaped(tenant.as_str())));
        }
        let head = Head {
            method: Method::Post,
            url,
            headers: vec![
                ("Content-Type", "text/xml; charset=utf-8".to_owned()),
                ("SOAPAction", format!("\"{namespace}:{method}\"")),
            ],
            repeatable: method == LIST,
        };
        Self {
            head: Arc::new(head),
            start: format!(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"{ENVELOPE}\"><s:Body>\
                 <{method} xmlns=\"{namespace}\">"
            ),
            end: format!("</{method}></s:Body></s:Envelope>"),
        }
    }

    fn call(&self, parameters: &str) -> Request {
        Request {
            head: Arc::clone(&self.head),
            body: [&self.start, parameters, &self.end].concat().into_bytes(),
        }
    }
}

impl Soap {
    pub(super) fn new(target: Target) -> Self {
        Self {
            removals: Operation::new(&target, "Codeunit", &target.session_control, REMOVE),
            lists: Operation::new(&target, "Page", &target.active_sessions, LIST),
            target,
        }
    }

    pub(super) fn list(&self, filter: &SessionFilter) -> Request {
        self.read_multiple(filter, None)
    }

    pub(super) fn page(&self, filter: &SessionFilter, response: &Response) -> Result<Page, Error> {
        let rows = match self.read(response)? {
            Body::Rows(rows) => rows,
            Body::Fault(fault) => return Err(self.fault(&fault, response)),
            // No rows are a result without rows.
            Body::ReturnValue(_) | Body::Empty => {
                return Err(self.unreadable(response, "no list of sessions"));
            }
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
        let mut body = String::new();
        for (name, value) in removal_parameters(key, comment) {
            body.push_str(&format!("<{name}>{}</{name}>", escape(&value)));
        }
        self.removals.call(&body)
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
        let mut body = String::new();
        if let Some(id) = filter.only_id() {
            // Unquoted, a negative id would be read as an expression.
            body.push_str(&format!(
                "<filter><Field>Session_ID</Field><Criteria>'{id}'</Criteria></filter>"
            ));
        }
        for (field, text) in filter.texts() {
            // A text that XML cannot carry would arrive as another one; it is looked at here alone.
            if without_forbidden(text) != text {
                continue;
            }
            // Quoted, nothing in it is read as an operator; a quote is doubled.
            let text = text.replace('\'', "''");
            body.push_str(&format!(
                "<filter><Field>{field}</Field><Criteria>'{}'</Criteria></filter>",
                escape(&text)
            ));
        }
        let bookmark = bookmark.map(escape).unwrap_or_default();
        body.push_str(&format!(
            "<bookmarkKey>{bookmark}</bookmarkKey><setSize>{PAGE_SIZE}</setSize>"
        ));
        self.lists.call(&body)
    }

    /// The body of the envelope; faults come with HTTP 500.
    fn read(&self, response: &Response) -> Result<Body, Error> {
        match response.status {
            200..=299 => read(&response.body).map_err(|fault| self.unreadable(response, &fault)),
            _ => match read(&response.body) {
                Ok(Body::Fault(fault)) => Ok(Body::Fault(fault)),
                _ => Err(self.target.by_status(response)),
            },
        }
    }

    fn unreadable(&self, response: &Response, fault: &str) -> Error {
        answer::unreadable(response, &self.target.base, fault)
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

#[derive(Debug)]
struct Row {
    bookmark: Option<String>,
    /// `None` where the row has no `Session_ID`.
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
    reader
        .resolver_mut()
        .set_max_declarations_per_element(NAMESPACES);

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
                if above == Place::ReturnValue {
                    return Err("XML with an element in a value".to_owned());
                }
                let begins_answer = matches!(
                    here,
                    Place::Fault | Place::PageResult | Place::MethodResult | Place::ReturnValue
                );
                if begins_answer && !matches!(body, None | Some(Body::Empty)) {
                    return Err("XML with two answers".to_owned());
                }
                if places.len() == DEEPEST {
                    return Err(format!(
                        "XML with more than {DEEPEST} elements in each other"
                    ));
                }
                match here {
                    Place::Envelope if body.is_some() => {
                        return Err("XML with two envelopes".to_owned());
                    }
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
                    (Place::Row, Some(Body::Rows(list))) if list.len() == rows::MOST => {
                        return Err(rows::too_many());
                    }
                    (Place::Row, Some(Body::Rows(rows))) => {
                        rows.push(std::mem::take(&mut row).finish());
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
            "Session_ID" if self.has_id => return Err(format!("a row with two {name}")),
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
            "Login_Datetime" if session.login_datetime.is_some() => {
                return Err(format!("a row with two {name}"));
            }
            "Login_Datetime" => session.login_datetime = date_time(text),
            "Database_Name" => session.database_name = not_blank(text),
            "Session_Unique_ID" if session.session_unique_id.is_some() => {
                return Err(format!("a row with two {name}"));
            }
            "Session_Unique_ID" => session.session_unique_id = unique_id(text),
            "Own_Session" => session.own_session = boolean(text),
            _ => {}
        }
        Ok(())
    }

    fn finish(self) -> Row {
        Row {
            bookmark: self.bookmark,
            session: self.has_id.then_some(self.session),
        }
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::tenant::TenantId;

    fn soap(company: &str, tenant: Option<&str>) -> Soap {
        Soap::new(Target {
            base: "http://nav:7047/DynamicsNAV".to_owned(),
            company: company.to_owned(),
            tenant: tenant.map(|id| TenantId::parse(id).unwrap()),
            session_control: "SessionControl".to_owned(),
            active_sessions: "ActiveSessions".to_owned(),
        })
    }

    fn answered(status: u16, body: &str) -> Response {
        Response {
            status,
            headers: [("Content-Type", "text/xml; charset=utf-8")]
                .as_slice()
                .into(),
            body: body.as_bytes().to_vec(),
            ..Response::default()
        }
    }

    fn list(soap: &Soap, body: &str) -> Result<Page, Error> {
        soap.page(&SessionFilter::default(), &answered(200, body))
    }

    fn rows(rows: &str) -> String {
        format!(
            "<Soap:Envelope xmlns:Soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><Soap:Body>\
             <ReadMultiple_Result xmlns=\"urn:microsoft-dynamics-schemas/page/activesessions\">\
             <ReadMultiple_Result>{rows}</ReadMultiple_Result></ReadMultiple_Result>\
             </Soap:Body></Soap:Envelope>"
        )
    }

    fn text(request: &Request) -> &str {
        std::str::from_utf8(&request.body).unwrap()
    }

    #[test]
    fn the_first_page_is_asked_for_without_a_bookmark() {
        let request =
            soap("CRONUS International Ltd.", None).list(&SessionFilter::of_session(-6574));
        assert_eq!(
            request.url,
            "http://nav:7047/DynamicsNAV/WS/CRONUS%20International%20Ltd./Page/ActiveSessions"
        );
        assert_eq!(
            request.headers,
            [
                ("Content-Type", "text/xml; charset=utf-8".to_owned()),
                (
                    "SOAPAction",
                    "\"urn:microsoft-dynamics-schemas/page/activesessions:ReadMultiple\""
                        .to_owned()
                ),
            ]
        );
        assert_eq!(
            text(&request),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
             <s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\
             <ReadMultiple xmlns=\"urn:microsoft-dynamics-schemas/page/activesessions\">\
             <filter><Field>Session_ID</Field><Criteria>'-6574'</Criteria></filter>\
             <bookmarkKey></bookmarkKey><setSize>1000</setSize></ReadMultiple></s:Body></s:Envelope>"
        );
    }

    #[test]
    fn a_removal_sends_all_four_parameters_and_escapes_what_is_in_them() {
        let key = SessionKey {
            session_id: 11,
            session_unique_id: Some(Uuid::from_u128(0x1234)),
            login_datetime: date_time("2026-11-22T08:17:17.123Z"),
        };
        let request = soap("A/B & C's 100% +ü", Some("t&1")).remove(&key, "<by \u{1F}Anna>");
        assert_eq!(
            request.url,
            "http://nav:7047/DynamicsNAV/WS/A%2FB%20%26%20C%27s%20100%25%20%2B%C3%BC/Codeunit/\
             SessionControl?tenant=t%261"
        );
        assert_eq!(
            request.headers[1],
            (
                "SOAPAction",
                "\"urn:microsoft-dynamics-schemas/codeunit/SessionControl:RemoveSession\""
                    .to_owned()
            )
        );
        assert_eq!(
            text(&request),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
             <s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\
             <RemoveSession xmlns=\"urn:microsoft-dynamics-schemas/codeunit/SessionControl\">\
             <sessionId>11</sessionId>\
             <sessionUniqueId>00000000-0000-0000-0000-000000001234</sessionUniqueId>\
             <loginDatetime>2026-11-22T08:17:17.123Z</loginDatetime>\
             <comment>&lt;by Anna&gt;</comment></RemoveSession></s:Body></s:Envelope>"
        );
        let bare = soap("CRONUS", None).remove(&SessionKey::new(11), "");
        assert!(text(&bare).contains(
            "<sessionId>11</sessionId><sessionUniqueId></sessionUniqueId>\
             <loginDatetime></loginDatetime><comment></comment>"
        ));
    }

    #[test]
    fn a_row_is_read_with_what_the_server_left_out_and_what_xml_forbids() {
        let answer = rows(
            "<ActiveSessions><Key>24;abc</Key><Server_Instance_ID>1</Server_Instance_ID>\
             <Session_ID>11</Session_ID><User_ID>CRONUS\\AN&amp;NA&#x1F;</User_ID>\
             <Client_Type>Web_Client</Client_Type><Client_Computer_Name></Client_Computer_Name>\
             <Login_Datetime>2026-11-22T08:17:17.1234567Z</Login_Datetime>\
             <Session_Unique_ID>{0000000A-0000-0000-0000-00000000000B}</Session_Unique_ID>\
             <Own_Session>1</Own_Session><Something_New>x</Something_New></ActiveSessions>\
             <ActiveSessions><Key>24;abd</Key><Session_ID>-6574</Session_ID><Own_Session>false</Own_Session>\
             </ActiveSessions>",
        );
        let page = list(&soap("CRONUS", None), &answer).unwrap();
        assert_eq!(page.next, None);
        assert_eq!(
            page.sessions,
            [
                Session {
                    server_instance_id: 1,
                    session_id: 11,
                    user_id: Some("CRONUS\\AN&NA\u{1F}".to_owned()),
                    client_type: ClientType::from_server_text("WebClient"),
                    login_datetime: date_time("2026-11-22T08:17:17.1234567Z"),
                    session_unique_id: Some(Uuid::from_u128(0xA_0000_0000_0000_0000_0000_000B)),
                    own_session: true,
                    ..Session::default()
                },
                Session {
                    session_id: -6574,
                    ..Session::default()
                },
            ]
        );
    }

    #[test]
    fn after_a_full_page_the_last_key_is_the_bookmark_of_the_next() {
        let full: String = (1..=PAGE_SIZE)
            .map(|id| format!("<A><Key>k&amp;{id}</Key><Session_ID>{id}</Session_ID></A>"))
            .collect();
        let page = list(&soap("CRONUS", None), &rows(&full)).unwrap();
        assert_eq!(page.sessions.len(), PAGE_SIZE);
        let next = page.next.unwrap();
        assert!(
            text(&next).contains("<bookmarkKey>k&amp;1000</bookmarkKey>"),
            "{}",
            text(&next)
        );
    }

    #[test]
    fn the_prefix_of_the_envelope_does_not_matter_and_its_namespace_does() {
        let answer = rows("<A><Session_ID>1</Session_ID></A>");
        let soap = soap("CRONUS", None);
        for prefix in ["s", "SOAP-ENV", "x"] {
            let renamed = answer
                .replace("Soap:", &format!("{prefix}:"))
                .replace(":Soap=", &format!(":{prefix}="));
            assert_eq!(
                list(&soap, &renamed).unwrap().sessions.len(),
                1,
                "{renamed}"
            );
        }
        let other = answer.replace("soap/envelope", "soap/other");
        assert_eq!(
            list(&soap, &other).unwrap_err().kind(),
            ErrorKind::UnexpectedAnswer
        );
    }

    #[test]
    fn an_answer_cut_anywhere_is_an_error_and_never_a_shorter_list() {
        let answer = rows(
            "<A><Key>1</Key><Session_ID>1</Session_ID></A><A><Key>2</Key><Session_ID>2</Session_ID></A>",
        );
        let soap = soap("CRONUS", None);
        for end in 0..answer.len() {
            let error = list(&soap, &answer[..end]).unwrap_err();
            assert_eq!(
                error.kind(),
                ErrorKind::UnexpectedAnswer,
                "{}",
                &answer[..end]
            );
        }
        assert_eq!(list(&soap, &answer).unwrap().sessions.len(), 2);
    }

    #[test]
    fn the_answer_of_a_removal_is_its_outcome() {
        let answer = "<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">\
                      <s:Body><RemoveSession_Result xmlns=\"urn:microsoft-dynamics-schemas/codeunit/SessionControl\">\
                      <return_value>OtherInstance:NAV&amp;2</return_value></RemoveSession_Result></s:Body></s:Envelope>";
        assert_eq!(
            soap("CRONUS", None)
                .removed(&answered(200, answer))
                .unwrap(),
            Outcome::OtherInstance {
                server_instance_name: "NAV&2".to_owned()
            }
        );
    }

    #[test]
    fn an_answer_that_says_two_things_says_nothing() {
        let result =
            |values: &str| format!("<RemoveSession_Result>{values}</RemoveSession_Result>");
        let removed = "<return_value>Removed</return_value>";
        for body in [
            result(&format!("<return_value>Refused</return_value>{removed}")),
            format!(
                "<s:Fault><faultstring>No</faultstring></s:Fault>{}",
                result(removed)
            ),
            result("<return_value>Not<b/>Removed</return_value>"),
            "<a>".repeat(70_000) + &"</a>".repeat(70_000) + &result(removed),
        ] {
            let answer = format!(
                "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{body}</s:Body></s:Envelope>"
            );
            let error = soap("CRONUS", None)
                .removed(&answered(200, &answer))
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
        }
    }

    #[test]
    fn a_fault_is_told_by_its_class_or_its_text_and_keeps_the_servers_words() {
        for (class, words, kind) in [
            (
                "NavNCLDialogException",
                "Locked by ANNA.",
                ErrorKind::ServerFault,
            ),
            (
                "NavTenantNotFoundException",
                "Der Mandant 'x' fehlt.",
                ErrorKind::TenantNotFound,
            ),
            (
                "NavPermissionException",
                "Keine Berechtigung.",
                ErrorKind::PermissionDenied,
            ),
            (
                "FaultException",
                "The tenant 'x' is not mounted or does not exist.",
                ErrorKind::TenantNotFound,
            ),
            (
                "FaultException",
                "A tenant was not specified, but is needed because the system has multiple tenants.",
                ErrorKind::TenantRequired,
            ),
            (
                "FaultException",
                "Tenant 'x' is not accessible",
                ErrorKind::TenantUnavailable,
            ),
        ] {
            let fault = format!(
                "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><s:Fault>\
                 <faultcode xmlns:a=\"urn:microsoft-dynamics-schemas/error\">\
                 a:Microsoft.Dynamics.Nav.Types.Exceptions.{class}</faultcode>\
                 <faultstring xml:lang=\"en-US\">{words}</faultstring><detail>\
                 <string xmlns=\"http://schemas.microsoft.com/2003/10/Serialization/\">{words}</string></detail>\
                 </s:Fault></s:Body></s:Envelope>"
            );
            let error = soap("CRONUS", None)
                .removed(&answered(500, &fault))
                .unwrap_err();
            assert_eq!(error.kind(), kind, "{words}");
            assert!(error.to_string().starts_with(words), "{error}");
            assert_eq!(error.http_status(), Some(500));
        }
    }

    #[test]
    fn what_is_no_answer_of_such_a_server_is_called_what_it_is() {
        let soap = soap("CRONUS", None);
        let mut page = answered(200, "<!DOCTYPE html><html><body>Sign in</body></html>");
        page.headers = [("Content-Type", "text/html")].as_slice().into();
        for (response, kind, words) in [
            (page, ErrorKind::UnexpectedAnswer, "a web page"),
            (
                answered(200, "{}"),
                ErrorKind::UnexpectedAnswer,
                "something else",
            ),
            (
                answered(200, "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"),
                ErrorKind::UnexpectedAnswer,
                "a document type",
            ),
            (
                answered(401, ""),
                ErrorKind::Unauthorized,
                "did not accept the sign-in",
            ),
            (
                answered(404, ""),
                ErrorKind::CompanionNotFound,
                "no web service SessionControl",
            ),
            (answered(503, ""), ErrorKind::ServerNotReady, "not ready"),
            (answered(418, ""), ErrorKind::UnexpectedAnswer, "HTTP 418"),
        ] {
            let error = soap.page(&SessionFilter::default(), &response).unwrap_err();
            assert_eq!(error.kind(), kind);
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}
