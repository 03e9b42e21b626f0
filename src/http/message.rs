//! A request and its answer.

use std::ops::Deref;
use std::sync::Arc;
use std::time::SystemTime;

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    Delete,
}

impl Method {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// What a request is, but for its body and for what the connection adds (host, sign-in). Requests that differ in nothing
/// else share one, which then has to be told to libcurl once.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Whether it may be sent again when a kept connection ended without an answer, as it changes nothing.
    pub(crate) repeatable: bool,
}

/// An HTTP request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) head: Arc<Head>,
    /// Zeroed when the request has ended.
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(head: Head, body: Vec<u8>) -> Self {
        Self {
            head: Arc::new(head),
            body,
        }
    }

    /// A request that only asks for `url`.
    pub(crate) fn get(url: String, headers: Vec<(&'static str, String)>) -> Self {
        let head = Head {
            method: Method::Get,
            url,
            headers,
            repeatable: true,
        };
        Self::new(head, Vec::new())
    }
}

impl Deref for Request {
    type Target = Head;

    fn deref(&self) -> &Head {
        &self.head
    }
}

/// The answer to a request, decoded as `Content-Encoding` says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// Of the last answer where a sign-in took several.
    pub(crate) headers: Headers,
    pub(crate) body: Vec<u8>,
    /// What the system's library for Windows sign-in said when it could not go on.
    pub(crate) sign_in_failure: Option<String>,
    /// Whether libcurl sent the request twice, because a kept connection ended without an answer. It is kept from that for
    /// what changes something, as far as its remarks are worded as they were.
    pub(crate) repeated: bool,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers_named(name).next()
    }

    /// When the answer was made, by the server's clock.
    pub(crate) fn date(&self) -> Option<SystemTime> {
        httpdate::parse_http_date(self.header("date")?).ok()
    }

    pub(crate) fn headers_named<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.headers
            .lines
            .lines()
            .filter_map(|line| line.split_once(':'))
            .filter(|(found, _)| found.trim().eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }
}

/// The header lines of an answer, in the order they came. Hardly one of them is ever looked at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Headers {
    lines: String,
}

impl Headers {
    pub(crate) fn push(&mut self, line: &[u8]) {
        match std::str::from_utf8(line) {
            Ok(line) => self.lines.push_str(line),
            Err(_) => self.lines.push_str(&String::from_utf8_lossy(line)),
        }
        if !self.lines.ends_with('\n') {
            self.lines.push('\n');
        }
    }

    pub(super) fn clear(&mut self) {
        self.lines.clear();
    }
}

#[cfg(test)]
impl From<&[(&str, &str)]> for Headers {
    fn from(pairs: &[(&str, &str)]) -> Self {
        let mut headers = Self::default();
        for (name, value) in pairs {
            headers.push(format!("{name}: {value}").as_bytes());
        }
        headers
    }
}
