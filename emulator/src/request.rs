use std::collections::VecDeque;
use std::fmt;
use std::sync::Mutex;

use bytes::Bytes;
use hyper::http::request::Parts;

use crate::lock;

/// A request as it arrived, but for secrets: a failed assertion prints requests, and a CI log keeps
/// them. So `Authorization` has only its scheme (`Bearer [redacted]`), and of a request for a token
/// only `grant_type`, `client_id` and `scope` are kept; `client_secret` is `[redacted]`.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The connection it came on, counted from 1 in the order of acceptance.
    pub connection: u64,
    /// The HTTP method.
    pub method: String,
    /// Path and query, escaped as on the wire.
    pub target: String,
    /// Header fields in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

/// What stands where a secret was.
const REDACTED: &str = "[redacted]";

impl Request {
    pub(crate) fn new(connection: u64, head: &Parts, body: Bytes) -> Self {
        let headers = head
            .headers
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                let value = match name.as_str() {
                    "authorization" | "proxy-authorization" => scheme_only(&value),
                    _ => value,
                };
                (name.as_str().to_owned(), value)
            })
            .collect();
        Self {
            connection,
            method: head.method.to_string(),
            target: head.uri.to_string(),
            headers,
            body,
        }
    }

    /// The request of an interface that takes secrets in forms.
    pub(crate) fn without_form_secrets(mut self) -> Self {
        if let Some((path, query)) = self.target.split_once('?') {
            self.target = format!("{path}?{}", form_without_secrets(query));
        }
        if !self.body.is_empty() {
            let form = String::from_utf8_lossy(&self.body);
            self.body = form_without_secrets(&form).into();
        }
        self
    }

    /// The first header field of this name, in any casing.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as text.
    ///
    /// # Panics
    /// If the body is not UTF-8.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the request's body is UTF-8")
    }
}

/// `Basic [redacted]`; of a scheme that is not known, not even the name, which may be the secret.
fn scheme_only(authorization: &str) -> String {
    const SCHEMES: [&str; 4] = ["Basic", "Bearer", "Negotiate", "NTLM"];
    match authorization.split_once(' ') {
        Some((scheme, _))
            if SCHEMES
                .iter()
                .any(|known| scheme.eq_ignore_ascii_case(known)) =>
        {
            format!("{scheme} {REDACTED}")
        }
        _ if authorization.is_empty() => String::new(),
        _ => String::from(REDACTED),
    }
}

/// A form with only those values that are known to be no secrets.
fn form_without_secrets(form: &str) -> String {
    let pairs = form.split('&').map(|pair| match pair.split_once('=') {
        Some(("grant_type" | "client_id" | "scope", _)) => String::from(pair),
        Some(("client_secret", _)) => format!("client_secret={REDACTED}"),
        _ => String::from(REDACTED),
    });
    pairs.collect::<Vec<_>>().join("&")
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("connection", &self.connection)
            .field("method", &self.method)
            .field("target", &self.target)
            .field("headers", &self.headers)
            .field("body", &String::from_utf8_lossy(&self.body))
            .finish()
    }
}

/// The latest things of a kind, as many as were asked for.
#[derive(Debug)]
pub(crate) struct Latest<T> {
    limit: usize,
    entries: Mutex<VecDeque<T>>,
}

impl<T: Clone> Latest<T> {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            entries: Mutex::default(),
        }
    }

    pub(crate) fn push_with(&self, entry: impl FnOnce() -> T) {
        if self.limit == 0 {
            return;
        }
        let entry = entry();
        let mut entries = lock(&self.entries);
        if entries.len() == self.limit {
            entries.pop_front();
        }
        entries.push_back(entry);
    }

    pub(crate) fn to_vec(&self) -> Vec<T> {
        lock(&self.entries).iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        lock(&self.entries).clear();
    }
}
