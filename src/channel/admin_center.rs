//! Admin Center API of Business Central online: sessions of an environment. Needs no companion.

use serde::Deserialize;
use serde_json::Value;

use super::rows::Rows;
use super::{Page, Progress, answer, date_time, escaped, not_blank};
use crate::client::Outcome;
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind};
use crate::http::{Head, Method, Request, Response};
use crate::json::{self, Object, fault};
use crate::session::{ClientType, Session, SessionFilter, SessionKey};

#[derive(Debug)]
pub(crate) struct AdminCenter {
    /// Base address without a slash at its end.
    base: String,
    /// Address of the sessions of the environment.
    sessions: String,
    environment: String,
}

impl AdminCenter {
    pub(super) fn new(endpoint: &Endpoint) -> Result<Self, Error> {
        let environment = endpoint.environment.clone().unwrap_or_default();
        let base = endpoint
            .address()?
            .as_str()
            .trim_end_matches('/')
            .to_owned();
        let sessions = format!(
            "{base}/admin/{}/applications/{}/environments/{}/sessions",
            escaped(endpoint.api_version()),
            escaped(endpoint.application_family()),
            escaped(&environment)
        );
        Ok(Self {
            base,
            sessions,
            environment,
        })
    }

    pub(super) fn list(&self, filter: &SessionFilter) -> Request {
        match filter.only_id() {
            Some(id) => self.request(Method::Get, id),
            None => Request::get(self.sessions.clone(), accept()),
        }
    }

    pub(super) fn page(&self, filter: &SessionFilter, response: &Response) -> Result<Page, Error> {
        #[derive(Deserialize)]
        struct List {
            value: Rows<Object<Row>>,
        }
        let rows: Vec<Row> = if filter.only_id().is_some() {
            self.one(response)?.into_iter().collect()
        } else {
            let Rows(rows) = self.read::<List>(response)?.value;
            rows.into_iter().map(|Object(row)| row).collect()
        };
        Ok(Page {
            sessions: rows.into_iter().map(Session::from).collect(),
            next: None,
        })
    }

    /// A session that has to be compared is looked at first: the API removes by the id alone.
    pub(super) fn remove(&self, key: &SessionKey) -> Request {
        if key.is_compared() {
            self.request(Method::Get, key.session_id)
        } else {
            self.request(Method::Delete, key.session_id)
        }
    }

    pub(super) fn removed(
        &self,
        key: &SessionKey,
        asked: Method,
        response: &Response,
    ) -> Result<Progress, Error> {
        if asked == Method::Delete {
            return match response.status {
                200..=299 => Ok(Progress::Accepted),
                404 if is_about_session(response) => Ok(Progress::Done(Outcome::NotFound)),
                _ => Err(self.refusal(response)),
            };
        }
        let Some(row) = self.one(response)? else {
            return Ok(Progress::Done(Outcome::NotFound));
        };
        if key.login_datetime.is_none() {
            // The API tells no unique id, so a key with nothing else could mean any session of the id.
            return Err(Error::new(
                ErrorKind::NotSupported,
                format!(
                    "Session {} was given with its unique id, which the Admin Center API does not tell, and without \
                     its login time. It was not removed.",
                    key.session_id
                ),
            )
            .with_advice("Give the login time as well, or the id alone."));
        }
        let session = Session::from(row);
        if key.matches(&session) && session.login_datetime.is_some() {
            Ok(Progress::Send(self.request(Method::Delete, key.session_id)))
        } else {
            Ok(Progress::Done(Outcome::Changed))
        }
    }

    fn request(&self, method: Method, session_id: i32) -> Request {
        let head = Head {
            method,
            url: format!("{}/{session_id}", self.sessions),
            headers: accept(),
            repeatable: method == Method::Get,
        };
        Request::new(head, Vec::new())
    }

    /// The one session that was asked for; `None` where there is no such session.
    fn one(&self, response: &Response) -> Result<Option<Row>, Error> {
        if response.status == 404 && is_about_session(response) {
            return Ok(None);
        }
        self.read(response).map(Some)
    }

    fn read<'de, T: Deserialize<'de>>(&self, response: &'de Response) -> Result<T, Error> {
        if !(200..=299).contains(&response.status) {
            return Err(self.refusal(response));
        }
        json::object(body(response)).map_err(|error| {
            answer::unreadable(
                response,
                &self.base,
                &format!("JSON that does not fit: {}", fault(&error)),
            )
        })
    }

    fn refusal(&self, response: &Response) -> Error {
        let by_status = answer::by_status(response, &self.base, || {
            let said = format!(
                "{} knows no sessions of environment '{}' (HTTP 404).",
                self.base, self.environment
            );
            (ErrorKind::EnvironmentNotFound, said)
        });
        let Some(Words { code, message }) = words(response) else {
            return by_status;
        };
        let said = format!(
            "{} (From {}, {}.)",
            answer::sentence(&message),
            self.base,
            answer::excerpt(&code)
        );
        match (response.status, code.as_str()) {
            (_, "EnvironmentNotFound") => self.environment_not_found(said),
            (403, _) => Error::new(ErrorKind::PermissionDenied, said).with_advice(
                "Give the app AdminCenter.ReadWrite.All with an administrator's consent, and add it in the Business \
                 Central admin center under Authorized Microsoft Entra apps.",
            ),
            (400 | 404 | 500, _) => Error::new(ErrorKind::ServerFault, said),
            _ => Error::new(by_status.kind(), said),
        }
        .with_http_status(response.status)
    }

    fn environment_not_found(&self, said: String) -> Error {
        Error::new(ErrorKind::EnvironmentNotFound, said).with_advice(format!(
            "Check the environment '{}' and the application family against the Business Central admin center, and \
             that they belong to the Entra tenant that signed in; then register the endpoint again.",
            self.environment
        ))
    }
}

fn accept() -> Vec<(&'static str, String)> {
    vec![("Accept", "application/json".to_owned())]
}

/// The API's own words about an error.
#[derive(Deserialize)]
struct Words {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

fn words(response: &Response) -> Option<Words> {
    json::object(body(response))
        .ok()
        .filter(|words: &Words| !words.code.is_empty() || !words.message.is_empty())
}

/// Whether a 404 is about the session: one about the environment says so, and a web page is not the API's own.
fn is_about_session(response: &Response) -> bool {
    match words(response) {
        Some(words) => words.code != "EnvironmentNotFound",
        None => !answer::is_html(response),
    }
}

fn body(response: &Response) -> &[u8] {
    response
        .body
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(&response.body)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    session_id: i32,
    environment_name: Option<String>,
    user_id: Option<String>,
    client_type: Option<String>,
    log_on_date: Option<String>,
    entry_point_operation: Option<String>,
    entry_point_object_name: Option<String>,
    /// Documented without its type.
    entry_point_object_id: Option<Value>,
    entry_point_object_type: Option<String>,
    current_object_name: Option<String>,
    current_object_id: Option<i64>,
    current_object_type: Option<String>,
    current_operation_duration: Option<i64>,
}

impl From<Row> for Session {
    fn from(row: Row) -> Self {
        let text = |text: Option<String>| text.and_then(not_blank);
        Self {
            session_id: row.session_id,
            server_instance_name: text(row.environment_name),
            user_id: text(row.user_id),
            client_type: row
                .client_type
                .as_deref()
                .and_then(ClientType::from_server_text),
            login_datetime: row.log_on_date.as_deref().and_then(date_time),
            entry_point_operation: text(row.entry_point_operation),
            entry_point_object_name: text(row.entry_point_object_name),
            entry_point_object_id: match row.entry_point_object_id {
                Some(Value::String(id)) => not_blank(id),
                Some(Value::Number(id)) => Some(id.to_string()),
                _ => None,
            },
            entry_point_object_type: text(row.entry_point_object_type),
            current_object_name: text(row.current_object_name),
            current_object_id: row.current_object_id,
            current_object_type: text(row.current_object_type),
            current_operation_duration: row.current_operation_duration,
            ..Self::default()
        }
    }
}
