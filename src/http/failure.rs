//! A request that got no answer.

/// Why no answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    HostNotFound,
    LookupTimeout,
    ConnectionRefused,
    ConnectTimeout,
    TlsFailed,
    /// The server's certificate is not trusted, not valid now, or for another name.
    CertificateRefused,
    /// The file of trusted certificates cannot be used.
    CaFileUnusable,
    ConnectionBroken,
    AnswerTimeout,
    /// The server takes connections and answers nothing, whatever it is asked.
    Silent,
    AnswerTooLarge,
    /// What came back is no answer of HTTP.
    NotHttp,
    Cancelled,
    /// libcurl cannot be used at all.
    Unavailable,
    Other,
}

/// A request that got no answer.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) reason: Reason,
    /// Whether anything of the request went out: if so, the server may have done what it asked.
    pub(crate) request_sent: bool,
    /// libcurl's words, without a period.
    pub(crate) detail: String,
    /// The server's certificate in words, for [`Reason::CertificateRefused`] where it could be read.
    pub(crate) certificate: Option<String>,
}

impl Failure {
    pub(crate) fn new(reason: Reason, request_sent: bool, detail: impl Into<String>) -> Self {
        Self {
            reason,
            request_sent,
            detail: detail.into(),
            certificate: None,
        }
    }

    pub(crate) fn unsent(reason: Reason, detail: impl Into<String>) -> Self {
        Self::new(reason, false, detail)
    }
}
