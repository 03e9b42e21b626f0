//! OData V4 web services of Business Central: unbound action `SessionControl_RemoveSession`, entity set
//! `ActiveSessions`.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::rows::Rows;
use super::{
    Page, Target, answer, date_time, escaped, not_blank, outcome, removal_parameters, unique_id,
};
use crate::client::Outcome;
use crate::error::{Error, ErrorKind};
use crate::http::{Head, Method, Request, Response};
use crate::json::{self, Object, fault};
use crate::session::{ClientType, Session, SessionFilter, SessionKey};

#[derive(Debug)]
pub(crate) struct OData {
    target: Target,
    /// What all removals share.
    removal: Arc<Head>,
}

impl OData {
    pub(super) fn new(target: Target) -> Self {
        let mut url = format!(
            "{}/ODataV4/{}_RemoveSession?company={}",
            target.base,
            escaped(&target.session_control),
            escaped(&target.company)
        );
        if let Some(tenant) = &target.tenant {
            url.push_str(&format!("&tenant={}", escaped(tenant.as_str())));
        }
        let removal = Head {
            method: Method::Post,
            url,
            headers: vec![
                ("Content-Type", "application/json".to_owned()),
                ("Accept", "application/json".to_owned()),
            ],
            repeatable: false,
        };
        Self {
            target,
            removal: Arc::new(removal),
        }
    }

    pub(super) fn list(&self, filter: &SessionFilter) -> Request {
        let Target {
            base,
            company,
            tenant,
            active_sessions,
            ..
        } = &self.target;
        // Inside the literal an apostrophe is doubled.
        let company = escaped(&company.replace('\'', "''"));
        let mut url = format!(
            "{base}/ODataV4/Company('{company}')/{}",
            escaped(active_sessions)
        );
        let id = filter.only_id().map(|id| format!("Session_ID eq {id}"));
        let texts = filter
            .texts()
            .map(|(field, text)| format!("{field} eq '{}'", text.replace('\'', "''")));
        let conditions: Vec<_> = id.into_iter().chain(texts).collect();
        let filter = (!conditions.is_empty()).then(|| ("$filter", conditions.join(" and ")));
        let tenant = tenant.as_ref().map(|tenant| ("tenant", tenant.to_string()));
        for (separator, (name, value)) in "?&".chars().zip(filter.into_iter().chain(tenant)) {
            url.push_str(&format!("{separator}{name}={}", escaped(&value)));
        }
        get(url)
    }

    pub(super) fn page(&self, response: &Response) -> Result<Page, Error> {
        let list: List = self.read(response)?;
        let next = match list.next_link {
            Some(link) => Some(self.next(&link, response)?),
            None => None,
        };
        Ok(Page {
            sessions: list.value.0.into_iter().map(|listed| listed.0).collect(),
            next,
        })
    }

    pub(super) fn remove(&self, key: &SessionKey, comment: &str) -> Request {
        let [(id_name, id), texts @ ..] = removal_parameters(key, comment);
        let mut body = format!("{{\"{id_name}\":{id}");
        for (name, text) in texts {
            body.push_str(&format!(",\"{name}\":{}", Value::from(text)));
        }
        body.push('}');
        Request {
            head: Arc::clone(&self.removal),
            body: body.into_bytes(),
        }
    }

    pub(super) fn removed(&self, response: &Response) -> Result<Outcome, Error> {
        #[derive(Deserialize)]
        struct Answer {
            value: String,
        }
        let answer: Answer = self.read(response)?;
        outcome(&answer.value).map_err(|error| error.with_http_status(response.status))
    }

    fn read<'de, T: Deserialize<'de>>(&self, response: &'de Response) -> Result<T, Error> {
        let json = response
            .body
            .strip_prefix(b"\xEF\xBB\xBF")
            .unwrap_or(&response.body);
        if !(200..=299).contains(&response.status) {
            return Err(self.refusal(json, response));
        }
        json::object(json).map_err(|error| {
            answer::unreadable(
                response,
                &self.target.base,
                &format!("JSON that does not fit: {}", fault(&error)),
            )
        })
    }

    fn refusal(&self, json: &[u8], response: &Response) -> Error {
        #[derive(Deserialize)]
        struct Refusal {
            error: Words,
        }
        #[derive(Deserialize)]
        struct Words {
            #[serde(default)]
            code: String,
            message: String,
        }
        let by_status = self.target.by_status(response);
        let Ok(Refusal {
            error: Words { code, message },
        }) = json::object(json)
        else {
            return by_status;
        };
        let kind = answer::by_words(&message)
            .or_else(|| by_code(&code))
            .unwrap_or_else(|| {
                if matches!(response.status, 400 | 500) {
                    ErrorKind::ServerFault
                } else {
                    by_status.kind()
                }
            });
        let error = Error::new(kind, answer::with_place(&message, &self.target))
            .with_http_status(response.status);
        let Target {
            session_control,
            active_sessions,
            company,
            ..
        } = &self.target;
        match kind {
            ErrorKind::CompanionNotFound => error.with_advice(format!(
                "Publish the companion on the server: its codeunit as {session_control}, its page as \
                 {active_sessions}; or register the endpoint again with the names they are published by. Names are \
                 case-sensitive."
            )),
            ErrorKind::CompanyNotFound => error.with_advice(format!(
                "Register the endpoint again with the name of a company that is there; it names '{company}', and \
                 names are case-sensitive."
            )),
            _ => error,
        }
    }

    /// The address comes from the server and is followed as it is, but not to another origin: the credentials go along.
    fn next(&self, link: &str, response: &Response) -> Result<Request, Error> {
        let base = Url::parse(&self.target.base);
        let next = Url::parse(link);
        match (base, next) {
            // libcurl would sign in with it.
            (_, Ok(next)) if !next.username().is_empty() || next.password().is_some() => {
                Err(Error::new(
                    ErrorKind::UnexpectedAnswer,
                    format!(
                        "{} sends the next page of the list from an address with a user name or password in it, which is \
                         not used.",
                        self.target.base
                    ),
                )
                .with_http_status(response.status))
            }
            (Ok(base), Ok(next)) if base.origin() == next.origin() && is_plain(link) => {
                Ok(get(link.to_owned()))
            }
            (Ok(base), Ok(next)) if base.origin() == next.origin() => Err(answer::unreadable(
                response,
                &self.target.base,
                "a next link with characters that no such address has",
            )),
            (_, Ok(next)) => Err(Error::new(
                ErrorKind::UnexpectedAnswer,
                format!(
                    "{} sends the next page of the list from {}, and credentials are not carried to another origin.",
                    self.target.base,
                    next.origin().ascii_serialization()
                ),
            )
            .with_http_status(response.status)
            .with_advice(
                "Register the endpoint with the server's public OData base URL (setting PublicODataBaseUrl).",
            )),
            _ => Err(answer::unreadable(response, &self.target.base, "a next link that is no address")),
        }
    }
}

/// Whether every reader of addresses finds the same host in it. In `https://nav:7048\@other/` libcurl finds another one,
/// and in `https://user@nav:7048/` another user.
fn is_plain(link: &str) -> bool {
    let Some((_, rest)) = link.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let names_a_host =
        |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_' | ':' | '[' | ']');
    link.starts_with(|c: char| c.is_ascii_alphabetic())
        && !authority.is_empty()
        && authority.chars().all(names_a_host)
        && !link.contains(char::is_control)
}

fn get(url: String) -> Request {
    Request::get(url, vec![("Accept", "application/json".to_owned())])
}

fn by_code(code: &str) -> Option<ErrorKind> {
    match code {
        "BadRequest_NotFound" | "BadRequest_ResourceNotFound" => Some(ErrorKind::CompanionNotFound),
        "Internal_CompanyNotFound" => Some(ErrorKind::CompanyNotFound),
        "Internal_TenantUnavailable" => Some(ErrorKind::TenantUnavailable),
        _ if code.starts_with("Authentication_") => Some(ErrorKind::Unauthorized),
        _ if code.starts_with("Authorization_") => Some(ErrorKind::PermissionDenied),
        _ if code.starts_with("Application_") => Some(ErrorKind::ServerFault),
        _ => None,
    }
}

#[derive(Deserialize)]
struct List {
    value: Rows<Listed>,
    #[serde(rename = "@odata.nextLink")]
    next_link: Option<String>,
}

/// A row that becomes a session as it is read, so that a long page is never there as rows.
#[derive(Deserialize)]
#[serde(from = "Object<Row>")]
struct Listed(Session);

impl From<Object<Row>> for Listed {
    fn from(Object(row): Object<Row>) -> Self {
        Self(row.into())
    }
}

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "Server_Instance_ID", default)]
    server_instance_id: Option<i32>,
    #[serde(rename = "Session_ID")]
    session_id: i32,
    #[serde(rename = "User_SID", default)]
    user_sid: Option<String>,
    #[serde(rename = "Server_Instance_Name", default)]
    server_instance_name: Option<String>,
    #[serde(rename = "Server_Computer_Name", default)]
    server_computer_name: Option<String>,
    #[serde(rename = "User_ID", default)]
    user_id: Option<String>,
    #[serde(rename = "Client_Type", default)]
    client_type: Option<String>,
    #[serde(rename = "Client_Computer_Name", default)]
    client_computer_name: Option<String>,
    #[serde(rename = "Login_Datetime", default)]
    login_datetime: Option<String>,
    #[serde(rename = "Database_Name", default)]
    database_name: Option<String>,
    #[serde(rename = "Session_Unique_ID", default)]
    session_unique_id: Option<String>,
    #[serde(rename = "Own_Session", default)]
    own_session: Option<bool>,
}

impl From<Row> for Session {
    fn from(row: Row) -> Self {
        let text = |text: Option<String>| text.and_then(not_blank);
        Self {
            server_instance_id: row.server_instance_id.unwrap_or(0),
            session_id: row.session_id,
            user_sid: text(row.user_sid),
            server_instance_name: text(row.server_instance_name),
            server_computer_name: text(row.server_computer_name),
            user_id: text(row.user_id),
            client_type: row
                .client_type
                .as_deref()
                .and_then(ClientType::from_server_text),
            client_computer_name: text(row.client_computer_name),
            login_datetime: row.login_datetime.as_deref().and_then(date_time),
            database_name: text(row.database_name),
            session_unique_id: row.session_unique_id.as_deref().and_then(unique_id),
            own_session: row.own_session.unwrap_or(false),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::TenantId;

    fn odata(company: &str, tenant: Option<&str>) -> OData {
        OData::new(Target {
            base: "https://nav:7048/BC".to_owned(),
            company: company.to_owned(),
            tenant: tenant.map(|id| TenantId::parse(id).unwrap()),
            session_control: "SessionControl".to_owned(),
            active_sessions: "ActiveSessions".to_owned(),
        })
    }

    fn answered(status: u16, body: &str) -> Response {
        Response {
            status,
            headers: [("Content-Type", "application/json")].as_slice().into(),
            body: body.as_bytes().to_vec(),
            ..Response::default()
        }
    }

    #[test]
    fn a_list_doubles_the_apostrophes_of_the_company_and_escapes_the_rest() {
        let filter = SessionFilter::of_session(-6574);
        let request = odata("A/B & C's 100% +ü", Some("t 1")).list(&filter);
        assert_eq!(request.method, Method::Get);
        assert_eq!(
            request.url,
            "https://nav:7048/BC/ODataV4/Company('A%2FB%20%26%20C%27%27s%20100%25%20%2B%C3%BC')/ActiveSessions\
             ?$filter=Session_ID%20eq%20-6574&tenant=t%201"
        );
        let bare = odata("CRONUS", None).list(&SessionFilter::default());
        assert_eq!(
            bare.url,
            "https://nav:7048/BC/ODataV4/Company('CRONUS')/ActiveSessions"
        );
    }

    #[test]
    fn a_removal_posts_all_four_parameters() {
        let key = SessionKey {
            session_id: -11,
            session_unique_id: Some(uuid::Uuid::from_u128(0x1234)),
            login_datetime: date_time("2026-11-22T08:17:17Z"),
        };
        let request = odata("C's & Co", Some("t1")).remove(&key, "by \"Anna\"");
        assert_eq!(request.method, Method::Post);
        assert_eq!(
            request.url,
            "https://nav:7048/BC/ODataV4/SessionControl_RemoveSession?company=C%27s%20%26%20Co&tenant=t1"
        );
        assert_eq!(
            request.headers,
            [
                ("Content-Type", "application/json".to_owned()),
                ("Accept", "application/json".to_owned())
            ]
        );
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(
            body,
            serde_json::json!({
                "sessionId": -11,
                "sessionUniqueId": "00000000-0000-0000-0000-000000001234",
                "loginDatetime": "2026-11-22T08:17:17Z",
                "comment": "by \"Anna\"",
            })
        );
    }

    #[test]
    fn a_page_is_read_with_nulls_and_unknown_fields_and_its_next_link_is_followed() {
        let answer = r#"{"@odata.context":"x","value":[
            {"@odata.etag":"e","Server_Instance_ID":1,"Session_ID":11,"User_ID":"CRONUS\\ANNA","Client_Type":"Web_x0020_Client",
             "Client_Computer_Name":"","Login_Datetime":"2026-11-22T08:17:17.123Z","Database_Name":null,
             "Session_Unique_ID":"0000000A-0000-0000-0000-00000000000B","Own_Session":true},
            {"Session_ID":-6574}],
            "@odata.nextLink":"https://NAV:7048/BC/ODataV4/Company('CRONUS')/ActiveSessions?$skiptoken=1%20"}"#;
        let page = odata("CRONUS", None).page(&answered(200, answer)).unwrap();
        assert_eq!(
            page.next.unwrap().url,
            "https://NAV:7048/BC/ODataV4/Company('CRONUS')/ActiveSessions?$skiptoken=1%20"
        );
        assert_eq!(
            page.sessions,
            [
                Session {
                    server_instance_id: 1,
                    session_id: 11,
                    user_id: Some("CRONUS\\ANNA".to_owned()),
                    client_type: ClientType::from_server_text("WebClient"),
                    login_datetime: date_time("2026-11-22T08:17:17.123Z"),
                    session_unique_id: unique_id("0000000a-0000-0000-0000-00000000000b"),
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
    fn a_next_link_to_another_origin_is_not_followed() {
        for link in [
            "http://nav:7048/BC",
            "https://evil:7048/BC",
            "https://nav/BC",
        ] {
            let answer = format!(r#"{{"value":[],"@odata.nextLink":"{link}"}}"#);
            let error = odata("CRONUS", None)
                .page(&answered(200, &answer))
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
            assert!(error.to_string().contains("another origin"), "{error}");
        }
    }

    #[test]
    fn a_next_link_in_which_another_reader_finds_another_host_or_user_is_not_followed() {
        for link in [
            r"https://nav:7048\\@evil/BC",
            "https://anna@nav:7048/BC",
            "https://nav:7048@/BC",
            r"https://nav:7048/BC\r\nHost: evil",
            "https:nav:7048/BC",
        ] {
            let answer = format!(r#"{{"value":[],"@odata.nextLink":"{link}"}}"#);
            let error = odata("CRONUS", None)
                .page(&answered(200, &answer))
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer, "{link}");
            assert!(!format!("{error:?}").contains("anna"), "{error:?}");
        }
    }

    #[test]
    fn bare_values_in_an_array_are_no_answer() {
        let odata = odata("CRONUS", None);
        let error = odata.removed(&answered(200, r#"["Removed"]"#)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
        assert!(odata.page(&answered(200, r#"{"value":[[1,2]]}"#)).is_err());
    }

    #[test]
    fn the_answer_of_a_removal_is_its_outcome_and_an_empty_one_is_none() {
        let odata = odata("CRONUS", None);
        let answer = r#"{"@odata.context":"x","value":"Removed"}"#;
        assert_eq!(
            odata.removed(&answered(200, answer)).unwrap(),
            Outcome::Removed
        );
        let error = odata.removed(&answered(204, "")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
    }

    #[test]
    fn an_error_is_told_by_its_code_or_its_text_and_keeps_the_servers_words() {
        for (status, code, words, kind) in [
            (
                400,
                "Application_DialogException",
                "Locked. CorrelationId: x.",
                ErrorKind::ServerFault,
            ),
            (
                404,
                "BadRequest_NotFound",
                "No such thing",
                ErrorKind::CompanionNotFound,
            ),
            (
                404,
                "Internal_CompanyNotFound",
                "No company",
                ErrorKind::CompanyNotFound,
            ),
            (
                401,
                "Authentication_InvalidCredentials",
                "Nein",
                ErrorKind::Unauthorized,
            ),
            (
                403,
                "Authorization_RequestDenied",
                "Nein",
                ErrorKind::PermissionDenied,
            ),
            (
                500,
                "Internal_TenantUnavailable",
                "Nein",
                ErrorKind::TenantUnavailable,
            ),
            (
                500,
                "Unknown",
                "The tenant 'x' is not mounted or does not exist.",
                ErrorKind::TenantNotFound,
            ),
            (429, "Unknown", "Slower", ErrorKind::TooManyRequests),
        ] {
            let answer = serde_json::json!({"error": {"code": code, "message": words}}).to_string();
            let error = odata("CRONUS", None)
                .removed(&answered(status, &answer))
                .unwrap_err();
            assert_eq!(error.kind(), kind, "{code}");
            assert!(error.to_string().starts_with(words), "{error}");
            assert_eq!(error.http_status(), Some(status));
        }
    }
}
