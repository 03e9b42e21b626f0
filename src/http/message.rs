//! A request and its answer.

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

/// An HTTP request, but for what the connection adds (host, sign-in).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Zeroed when the request has ended.
    pub(crate) body: Vec<u8>,
    /// Whether it may be sent again when a kept connection ended without an answer, as it changes nothing.
    pub(crate) repeatable: bool,
}

/// The answer to a request, decoded as `Content-Encoding` says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// Names in lower case, in the order they came, of the last answer where a sign-in took several.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// What the system's library for Windows sign-in said when it could not go on.
    pub(crate) sign_in_failure: Option<String>,
    /// Whether libcurl sent the request twice, because a kept connection ended without an answer.
    pub(crate) repeated: bool,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers_named(name).next()
    }

    pub(crate) fn headers_named(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers
            .iter()
            .filter(move |(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }
}
