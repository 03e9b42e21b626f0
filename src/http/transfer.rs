//! One transfer as libcurl does it: its settings, what it sends and collects, and why it failed.

use std::io::SeekFrom;
use std::sync::Arc;
use std::time::Duration;

use curl::easy::{
    Easy2, Handler, HttpVersion, InfoType, List, ReadError, SeekResult, SslOpt, SslVersion,
    WriteError,
};
use zeroize::{Zeroize as _, Zeroizing};

use super::engine::Settings;
use super::failure::{Failure, Reason};
use super::memory::set_token;
use super::message::{Head, Method, Request, Response};
use super::sign_in::Authorization;
use crate::secret::Secret;

/// Bytes that the answer of a token endpoint may have: ten times what they have.
const TOKEN_ROOM: usize = 64 << 10;
/// Bytes of all header lines of an answer, with those before and behind it. Not every libcurl has a limit of its own.
const HEADER_LIMIT: usize = 256 << 10;
/// Bytes of the answer to a request that changes something, which is a word or an error.
const CHANGE_LIMIT: usize = 1 << 20;

/// How long Windows tries to get revocation lists, within a handshake that nothing can interrupt, before it goes on without.
const REVOCATION_TIME: Duration = Duration::from_secs(20);

/// What a transfer is for.
#[derive(Debug)]
pub(super) enum Purpose {
    /// The answer to the request.
    Answer,
    /// Whether the server answers at all, with anything.
    SignOfLife { at_most: Duration },
    /// Only whether a connection can be made. Nothing is sent.
    Connection,
    /// Which certificate the server has, after it was refused. Nothing is sent.
    Certificate(Failure),
}

pub(super) fn configure(
    easy: &mut Easy2<Collector>,
    request: &Request,
    bearer: Option<&Secret>,
    name: Option<&Arc<str>>,
    settings: &Settings,
    purpose: &Purpose,
) -> Result<(), curl::Error> {
    // A handle that signed a connection in does it again with each request, unless it is made new.
    let is_lasting = matches!(purpose, Purpose::Answer)
        && !matches!(settings.authorization, Authorization::Windows { .. });
    let is_set_up = |set_up: &SetUp| {
        Arc::ptr_eq(&set_up.head, &request.head)
            && set_up.bearer.as_ref() == bearer
            && set_up.name.as_ref() == name
    };
    if is_lasting && easy.get_ref().set_up.as_ref().is_some_and(is_set_up) {
        return set_body(easy, request);
    }
    easy.reset();
    set_up(easy, request, bearer, name, settings, purpose)?;
    easy.get_mut().set_up = is_lasting.then(|| SetUp {
        head: Arc::clone(&request.head),
        bearer: bearer.cloned(),
        name: name.cloned(),
    });
    Ok(())
}

fn set_up(
    easy: &mut Easy2<Collector>,
    request: &Request,
    bearer: Option<&Secret>,
    name: Option<&Arc<str>>,
    settings: &Settings,
    purpose: &Purpose,
) -> Result<(), curl::Error> {
    easy.url(&request.url)?;
    if let Some(name) = name {
        let mut names = List::new();
        names.append(name)?;
        easy.resolve(names)?;
    }
    match request.method {
        Method::Get => easy.get(true)?,
        Method::Post => easy.post(true)?,
        Method::Delete => easy.custom_request("DELETE")?,
    }
    set_body(easy, request)?;
    easy.progress(!request.repeatable)?;
    let mut headers = List::new();
    for (name, value) in &request.headers {
        headers.append(&format!("{name}: {value}"))?;
    }
    // Otherwise libcurl asks before it sends a larger body, and waits a second for servers that do not answer that.
    headers.append("Expect:")?;
    // libcurl formats a header of this list once, one of its own twice, and that is much of its work.
    headers.append(concat!(
        "User-Agent: nav-session/",
        env!("CARGO_PKG_VERSION")
    ))?;
    easy.http_headers(headers)?;
    if request.repeatable {
        // What a removal is answered with is a word, and no shorter compressed.
        easy.accept_encoding("")?;
    }
    easy.follow_location(false)?;
    // Windows sign-in belongs to a connection, which HTTP/2 would share between requests.
    easy.http_version(HttpVersion::V11)?;
    easy.tcp_keepalive(true)?;
    if settings.direct {
        easy.noproxy("*")?;
    }
    let is_verified = settings.verify_certificate && !matches!(purpose, Purpose::Certificate(_));
    let handshake = if cfg!(windows) && is_verified && request.url.starts_with("https:") {
        REVOCATION_TIME
    } else {
        Duration::ZERO
    };
    easy.connect_timeout(settings.connect_timeout + handshake)?;
    easy.timeout(settings.timeout)?;
    // Windows before Server 2022 and older OpenSSLs would speak TLS 1.0.
    easy.ssl_min_max_version(SslVersion::Tlsv12, SslVersion::Default)?;
    easy.ssl_verify_peer(is_verified)?;
    easy.ssl_verify_host(is_verified)?;
    if let Some(path) = &settings.ca_file {
        easy.cainfo(path)?;
    }
    if cfg!(windows) {
        // Otherwise Schannel refuses every certificate whose revocation list it cannot get: those of closed networks, and
        // those that have none because they sign themselves. One that is revoked is refused all the same.
        easy.ssl_options(SslOpt::new().revoke_best_effort(true))?;
    }
    // What Kerberos says, certificates and repetitions are told by nothing but libcurl's remarks.
    easy.verbose(
        matches!(settings.authorization, Authorization::Windows { .. })
            || request.url.starts_with("https:")
            || request.method == Method::Delete,
    )?;
    if let Some(token) = bearer {
        set_token(easy, token)?;
    }
    match purpose {
        Purpose::Answer => settings.authorization.apply(easy),
        Purpose::SignOfLife { at_most } => {
            easy.nobody(true)?;
            easy.fresh_connect(true)?;
            easy.forbid_reuse(true)?;
            easy.connect_timeout(*at_most)?;
            easy.timeout(*at_most)
        }
        Purpose::Connection => easy.connect_only(true),
        Purpose::Certificate(_) => {
            // Of what Schannel has, libcurl shows nothing unless it is asked to.
            easy.certinfo(true)?;
            easy.connect_only(true)
        }
    }
}

fn set_body(easy: &mut Easy2<Collector>, request: &Request) -> Result<(), curl::Error> {
    match request.method {
        // libcurl takes it from the collector as it goes, which keeps no copy: there may be a secret in it.
        Method::Post if request.repeatable => {
            easy.post_field_size(easy.get_ref().body.len() as u64)
        }
        // What libcurl has beforehand goes out together with the head, not after it.
        Method::Post => {
            let body = std::mem::take(&mut easy.get_mut().body);
            easy.post_fields_copy(&body)
        }
        Method::Get | Method::Delete => Ok(()),
    }
}

pub(super) fn answer(easy: &mut Easy2<Collector>) -> Result<Response, Failure> {
    if !easy.get_ref().head_ended {
        let detail = "it broke off in the header";
        return Err(Failure::new(Reason::ConnectionBroken, true, detail));
    }
    let status = easy
        .response_code()
        .ok()
        .and_then(|status| u16::try_from(status).ok());
    let collector = easy.get_mut();
    Ok(Response {
        status: status.unwrap_or(0),
        sign_in_failure: collector.remarks.sign_in.take(),
        repeated: collector.repeated,
        ..std::mem::take(&mut collector.response)
    })
}

pub(super) fn request_sent(easy: &Easy2<Collector>) -> bool {
    easy.request_size().unwrap_or(0) > 0
}

pub(super) fn words(error: &curl::Error) -> String {
    let text = error
        .extra_description()
        .unwrap_or_else(|| error.description());
    text.trim().trim_end_matches('.').to_owned()
}

pub(super) fn failure(easy: &Easy2<Collector>, error: &curl::Error) -> Failure {
    let reason = if error.is_couldnt_resolve_host() || error.is_couldnt_resolve_proxy() {
        Reason::HostNotFound
    } else if error.is_couldnt_connect() {
        Reason::ConnectionRefused
    } else if error.is_operation_timedout() {
        // Newer libcurls give the times of steps that were never come to.
        if request_sent(easy) {
            Reason::AnswerTimeout
        } else {
            Reason::ConnectTimeout
        }
    } else if error.is_peer_failed_verification()
        || error.is_ssl_cacert()
        || error.is_ssl_issuer_error()
        || is_bad_signature(error)
        || is_refused_by_windows(error)
    {
        Reason::CertificateRefused
    } else if error.is_ssl_cacert_badfile() {
        Reason::CaFileUnusable
    } else if error.is_ssl_connect_error() || error.is_ssl_certproblem() || error.is_ssl_cipher() {
        Reason::TlsFailed
    } else if easy.get_ref().over_limit.is_some() || is_long_line(error) {
        Reason::AnswerTooLarge
    } else if is_not_http(error) && request_sent(easy) {
        Reason::NotHttp
    } else if error.is_recv_error()
        || error.is_send_error()
        || error.is_got_nothing()
        || error.is_partial_file()
        || easy.get_ref().stopped
    {
        Reason::ConnectionBroken
    } else {
        Reason::Other
    };
    let detail = if is_bad_signature(error) {
        // OpenSSL's words for it are a code of its parts.
        "it is not signed by the issuer of that name that is trusted".to_owned()
    } else if easy.get_ref().stopped {
        "a kept connection was closed after the request had gone out".to_owned()
    } else if let Some(limit) = &easy.get_ref().over_limit {
        limit.clone()
    } else if is_long_line(error) {
        "a header line without end".to_owned()
    } else {
        words(error)
    };
    Failure {
        certificate: easy.get_ref().remarks.certificate(),
        ..Failure::new(reason, request_sent(easy), detail)
    }
}

/// Whether OpenSSL found a certificate that the trusted issuer of its issuer's name did not sign, which libcurl takes for
/// a fault of the connection.
fn is_bad_signature(error: &curl::Error) -> bool {
    let words = words(error);
    error.is_ssl_connect_error()
        && [
            "asn1 encoding routines",
            "rsa routines",
            "signature failure",
        ]
        .iter()
        .any(|part| words.contains(part))
}

/// Whether Schannel refused the certificate, which libcurl mostly takes for a fault of the connection. It says so by the
/// name of the error or, where it knows none, by its number; the words behind are in the language of the system.
fn is_refused_by_windows(error: &curl::Error) -> bool {
    let words = words(error);
    error.is_ssl_connect_error()
        && words.starts_with("schannel: ")
        // CRYPT_E_REVOKED and the like, SEC_E_CERT_EXPIRED and the like, CERT_E_EXPIRED and the like.
        && ["CRYPT_E_", "SEC_E_CERT_", "(0x800b01"]
            .iter()
            .any(|part| words.contains(part))
}

/// Whether a line of the header was longer than libcurl takes.
fn is_long_line(error: &curl::Error) -> bool {
    // CURLE_TOO_LARGE, since 8.6; before that, it was out of memory.
    error.is_out_of_memory() || matches!(error.code(), 100)
}

/// Whether what came back is no answer of HTTP, or in an encoding that nobody can read.
fn is_not_http(error: &curl::Error) -> bool {
    // CURLE_WEIRD_SERVER_REPLY
    error.is_unsupported_protocol() || error.is_bad_content_encoding() || matches!(error.code(), 8)
}

/// Hands libcurl the body of a request, and collects the answer as it comes.
#[derive(Debug, Default)]
pub(super) struct Collector {
    /// What the handle is set up for, where it can be used again as it is.
    set_up: Option<SetUp>,
    body: Zeroizing<Vec<u8>>,
    sent: usize,
    /// Whether the request must not go out twice.
    is_change: bool,
    /// How much of the body libcurl says to have sent.
    body_sent: f64,
    /// Whether an answer came since.
    answered: bool,
    /// Whether the head of the answer was whole. libcurl takes one that breaks off for the end of the answer.
    head_ended: bool,
    /// Whether libcurl was kept from sending the body a second time.
    stopped: bool,
    /// Whether a head went out that has no answer yet.
    unanswered: bool,
    repeated: bool,
    response: Response,
    header_bytes: usize,
    body_limit: usize,
    /// What there was too much of.
    over_limit: Option<String>,
    remarks: Remarks,
}

/// What all requests share that a handle can carry without being set up again.
#[derive(Debug)]
struct SetUp {
    head: Arc<Head>,
    bearer: Option<Secret>,
    name: Option<Arc<str>>,
}

impl Collector {
    /// Makes ready for a request. What the handle is set up for stays.
    pub(super) fn begin(&mut self, request: &mut Request, body_limit: usize) {
        // The answer to a request with a secret has a token, and must not move as it grows.
        let room = if request.body.is_empty() || !request.repeatable {
            0
        } else {
            TOKEN_ROOM
        };
        *self = Self {
            response: Response {
                body: Vec::with_capacity(room),
                ..Response::default()
            },
            set_up: self.set_up.take(),
            body: Zeroizing::new(std::mem::take(&mut request.body)),
            is_change: !request.repeatable,
            body_limit: if request.repeatable {
                body_limit
            } else {
                CHANGE_LIMIT.min(body_limit)
            },
            ..Self::default()
        };
    }

    /// Lets go of a request and its answer. What the handle is set up for stays.
    pub(super) fn end(&mut self) {
        // What was not given on: of an answer that broke off.
        // A token would stand there; a list that was given up is large, and has none.
        let begun = self.response.body.len().min(TOKEN_ROOM);
        self.response.body[..begun].zeroize();
        *self = Self {
            set_up: self.set_up.take(),
            ..Self::default()
        };
    }

    /// Whether the handle is set up for requests with this head.
    pub(super) fn is_for(&self, head: &Arc<Head>) -> bool {
        self.set_up
            .as_ref()
            .is_some_and(|set_up| Arc::ptr_eq(&set_up.head, head))
    }

    /// The server's certificate in words, where libcurl told of it.
    pub(super) fn certificate(&self) -> Option<String> {
        self.remarks.certificate()
    }
}

impl Handler for Collector {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ReadError> {
        let rest = &self.body[self.sent..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.sent += length;
        Ok(length)
    }

    fn seek(&mut self, whence: SeekFrom) -> SeekResult {
        match whence {
            SeekFrom::Start(0) => {
                self.sent = 0;
                SeekResult::Ok
            }
            _ => SeekResult::Fail,
        }
    }

    /// libcurl sends a request again when the server asked for a sign-in, and on its own when a kept connection ended
    /// without an answer. The server may have done then what was asked, so whether to ask again is not libcurl's to decide.
    /// It counts what it has sent from nothing again before it does.
    fn progress(&mut self, _: f64, _: f64, _: f64, sent: f64) -> bool {
        self.stopped |= sent < self.body_sent && !self.answered;
        self.answered &= sent <= self.body_sent;
        self.body_sent = sent;
        !self.stopped
    }

    fn write(&mut self, data: &[u8]) -> Result<usize, WriteError> {
        if self.response.body.len() + data.len() > self.body_limit {
            self.over_limit = Some(format!("more than {} MiB", self.body_limit >> 20));
            // Any count but that of the data ends the transfer.
            return Ok(0);
        }
        self.response.body.extend_from_slice(data);
        Ok(data.len())
    }

    fn header(&mut self, line: &[u8]) -> bool {
        self.header_bytes += line.len();
        if self.header_bytes > HEADER_LIMIT {
            self.over_limit = Some(format!(
                "more than {} KiB of header lines",
                HEADER_LIMIT >> 10
            ));
            return false;
        }
        if line.starts_with(b"HTTP/") {
            self.answered = true;
            self.head_ended = false;
            self.unanswered = false;
            self.response.headers.clear();
            self.response.body.clear();
        } else {
            self.head_ended |= line.trim_ascii().is_empty();
            self.response.headers.push(line);
        }
        !self.stopped
    }

    fn debug(&mut self, kind: InfoType, data: &[u8]) {
        match kind {
            InfoType::Text => {
                // A request without a body shows by nothing else that it is about to be repeated.
                let repeats = b"retrying a fresh connect";
                self.stopped |=
                    self.is_change && data.windows(repeats.len()).any(|part| part == repeats);
                self.remarks.note(data);
            }
            InfoType::HeaderOut => {
                self.repeated |= self.unanswered;
                self.unanswered = true;
            }
            _ => {}
        }
    }
}

/// What libcurl says by the way and by nothing else. None of these lines holds anything secret.
#[derive(Debug, Default)]
struct Remarks {
    sign_in: Option<String>,
    subject: Option<String>,
    issuer: Option<String>,
    start: Option<String>,
    end: Option<String>,
}

impl Remarks {
    fn note(&mut self, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        let line = line.trim();
        // The second of each is what libcurl writes over Schannel.
        let place = match line.split_once(':') {
            Some(("subject" | "Subject", _)) => &mut self.subject,
            Some(("issuer" | "Issuer", _)) => &mut self.issuer,
            Some(("start date" | "Start Date", _)) => &mut self.start,
            Some(("expire date" | "Expire Date", _)) => &mut self.end,
            Some((function, _)) if is_sign_in(function) => &mut self.sign_in,
            _ => return,
        };
        let (_, text) = line.split_once(':').unwrap_or_default();
        *place = Some(text.trim().trim_end_matches('.').to_owned());
    }

    fn certificate(&self) -> Option<String> {
        let mut text = format!("certificate of {}", self.subject.as_ref()?);
        if let Some(issuer) = &self.issuer {
            text.push_str(&format!(", issued by {issuer}"));
        }
        if let (Some(start), Some(end)) = (&self.start, &self.end) {
            text.push_str(&format!(", valid from {start} to {end}"));
        }
        Some(text)
    }
}

/// Whether a remark begins with the function of GSSAPI or SSPI that failed.
fn is_sign_in(function: &str) -> bool {
    function.ends_with("failed")
        && [
            "gss_",
            "InitializeSecurityContext",
            "SSPI",
            "QuerySecurityPackageInfo",
            "AcquireCredentialsHandle",
        ]
        .iter()
        .any(|name| function.starts_with(name))
}

#[cfg(test)]
mod tests {
    use curl_sys::CURLcode;

    use super::*;

    const TLS: CURLcode = curl_sys::CURLE_SSL_CONNECT_ERROR;
    const CERTIFICATE: CURLcode = curl_sys::CURLE_PEER_FAILED_VERIFICATION;
    const FILE: CURLcode = curl_sys::CURLE_SSL_CACERT_BADFILE;

    fn reason(code: CURLcode, words: &str) -> Reason {
        let mut error = curl::Error::new(code);
        error.set_extra(words.to_owned());
        let failure = failure(&Easy2::new(Collector::default()), &error);
        assert_eq!(failure.detail, words.trim_end_matches('.'));
        failure.reason
    }

    #[test]
    fn a_certificate_that_schannel_refuses_is_told_from_a_connection_that_fails() {
        for (code, words) in [
            (
                CERTIFICATE,
                "schannel: SEC_E_UNTRUSTED_ROOT (0x80090325) - The certificate chain was issued by an authority that is \
                 not trusted.",
            ),
            (
                CERTIFICATE,
                "schannel: SNI or certificate check failed: SEC_E_WRONG_PRINCIPAL (0x80090322) - The target principal \
                 name is incorrect.",
            ),
            (
                CERTIFICATE,
                "schannel: trust for this certificate or one of the certificates in the certificate chain has been revoked",
            ),
            (
                TLS,
                "schannel: next InitializeSecurityContext failed: SEC_E_CERT_EXPIRED (0x80090328) - Das empfangene \
                 Zertifikat ist abgelaufen.",
            ),
            (
                TLS,
                "schannel: next InitializeSecurityContext failed: CRYPT_E_REVOKED (0x80092010) - The certificate is \
                 revoked.",
            ),
            (
                TLS,
                "schannel: next InitializeSecurityContext failed: CRYPT_E_REVOCATION_OFFLINE (0x80092013) - The \
                 revocation function was unable to check revocation because the revocation server was offline.",
            ),
            (
                TLS,
                "schannel: next InitializeSecurityContext failed: CRYPT_E_NO_REVOCATION_CHECK (0x80092012)",
            ),
            (
                TLS,
                "schannel: next InitializeSecurityContext failed: Unknown error (0x800b010a) - A certificate chain could \
                 not be built to a trusted root authority.",
            ),
        ] {
            assert_eq!(reason(code, words), Reason::CertificateRefused, "{words}");
        }
        for words in [
            "schannel: next InitializeSecurityContext failed: SEC_E_INVALID_TOKEN (0x80090308) - The token supplied to the \
             function is invalid",
            "schannel: next InitializeSecurityContext failed: SEC_E_UNSUPPORTED_FUNCTION (0x80090302) - The function \
             requested is not supported",
            "schannel: next InitializeSecurityContext failed: SEC_E_ILLEGAL_MESSAGE (0x80090326) - This error usually \
             occurs when a fatal SSL/TLS alert is received (e.g. handshake failed). More detail may be available in the \
             Windows System event log.",
            "schannel: failed to receive handshake, SSL/TLS connection failed",
        ] {
            assert_eq!(reason(TLS, words), Reason::TlsFailed, "{words}");
        }
        let missing = r"schannel: failed to open CA file 'C:\cronus-ca.pem'";
        assert_eq!(reason(FILE, missing), Reason::CaFileUnusable);
    }

    #[test]
    fn the_certificate_is_read_from_the_remarks_over_openssl_and_over_schannel() {
        for (lines, text) in [
            (
                [
                    " subject: CN=bc01.example.com",
                    " start date: Jan  1 00:00:00 2026 GMT",
                    " expire date: Jan  1 00:00:00 2027 GMT",
                    " issuer: CN=Cronus CA",
                ],
                "certificate of CN=bc01.example.com, issued by CN=Cronus CA, valid from Jan  1 00:00:00 2026 GMT to \
                 Jan  1 00:00:00 2027 GMT",
            ),
            (
                [
                    "   Subject: CN = bc01.example.com",
                    "   Issuer: CN = Cronus CA",
                    "   Start Date: 2026-01-01 00:00:00 GMT",
                    "   Expire Date: 2027-01-01 00:00:00 GMT",
                ],
                "certificate of CN = bc01.example.com, issued by CN = Cronus CA, valid from 2026-01-01 00:00:00 GMT to \
                 2027-01-01 00:00:00 GMT",
            ),
        ] {
            let mut remarks = Remarks::default();
            for line in lines {
                remarks.note(line.as_bytes());
            }
            assert_eq!(remarks.certificate().as_deref(), Some(text));
        }
    }
}
