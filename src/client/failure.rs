//! A call that got no answer, as an administrator reads it.

use url::Url;

use crate::error::{Error, ErrorKind};
use crate::http::{Failure, Reason, Settings};

/// The failure of a call to `address`.
pub(super) fn failed(failure: &Failure, address: &Url, settings: &Settings) -> Error {
    let base = address.as_str().trim_end_matches('/');
    let host = address.host_str().unwrap_or_default();
    let port = address.port_or_known_default().unwrap_or_default();
    let detail = &failure.detail;
    let (kind, message) = match failure.reason {
        Reason::HostNotFound => (
            ErrorKind::HostNotFound,
            format!("The host of {base} is not known ({detail})."),
        ),
        Reason::ConnectionRefused => (
            ErrorKind::ConnectionRefused,
            format!("Nothing answers at {host} port {port}, the address of {base} ({detail})."),
        ),
        Reason::LookupTimeout => (
            ErrorKind::HostNotFound,
            format!(
                "The host of {base} could not be looked up within {} s.",
                settings.connect_timeout.as_secs()
            ),
        ),
        Reason::ConnectTimeout => (
            ErrorKind::ConnectTimeout,
            format!(
                "{host} port {port} did not take the connection, the address of {base} ({detail})."
            ),
        ),
        Reason::Silent => {
            return Error::new(
                ErrorKind::ServerNotReady,
                format!("{base} takes connections and answers nothing ({detail})."),
            )
            .with_advice(
                "Wait until the server instance has started, and try again. -NetworkTimeout, such as 0:01:00, gives a \
                 busy one more time.",
            );
        }
        Reason::TlsFailed => {
            let error = Error::new(
                ErrorKind::TlsFailed,
                format!("No encrypted connection to {base} could be made ({detail})."),
            );
            // What OpenSSL says where the answer is not one of TLS, and of one of a version that was not offered.
            return if detail.contains("wrong version number") {
                error.with_advice(
                        "What answers there does not speak TLS: register the endpoint again with http, or switch SSL \
                         on at the server.",
                    )
            } else if ["unsupported protocol", "alert protocol version"]
                .iter()
                .any(|words| detail.contains(words))
            {
                error.with_advice(
                    "The server does not speak TLS 1.2 or later, and older versions are not safe: switch TLS 1.2 on for the \
                     server instance's computer.",
                )
            } else {
                error
            };
        }
        Reason::CertificateRefused => return certificate_refused(failure, base, host),
        Reason::CaFileUnusable => (
            ErrorKind::CertificateFileUnusable,
            format!(
                "{} cannot be used as the file of trusted certificates ({detail}).",
                settings
                    .ca_file
                    .as_deref()
                    .map(|path| path.display().to_string())
                    .unwrap_or_default()
            ),
        ),
        Reason::ConnectionBroken => (
            ErrorKind::ConnectionBroken,
            format!("The connection to {base} ended before the answer did ({detail})."),
        ),
        Reason::AnswerTimeout => (
            ErrorKind::AnswerTimeout,
            format!(
                "{base} did not answer within {} s.",
                settings.timeout.as_secs()
            ),
        ),
        Reason::AnswerTooLarge => (
            ErrorKind::AnswerTooLarge,
            format!("{base} sent {detail} in one answer."),
        ),
        Reason::NotHttp => (
            ErrorKind::UnexpectedAnswer,
            format!("What answers at {base} cannot be read as HTTP ({detail})."),
        ),
        Reason::Cancelled => (
            ErrorKind::Cancelled,
            format!("The call to {base} was cancelled."),
        ),
        Reason::Unavailable => (
            ErrorKind::HttpUnavailable,
            format!("No call can be made: {detail}."),
        ),
        Reason::Other => (
            ErrorKind::TransferFailed,
            format!("The call to {base} failed: {detail}."),
        ),
    };
    Error::new(kind, message)
}

fn certificate_refused(failure: &Failure, base: &str, host: &str) -> Error {
    let detail = &failure.detail;
    let certificate = failure
        .certificate
        .as_ref()
        .map(|certificate| format!("; {certificate}"))
        .unwrap_or_default();
    let words = detail.to_ascii_lowercase();
    // The words of OpenSSL and, in capitals, of Schannel.
    let has = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    let advice = if has(&[
        "does not match",
        "no alternative certificate",
        "sec_e_wrong_principal",
    ]) {
        format!(
            "The certificate is for another name than {host}: register the endpoint again with the name in the \
             certificate."
        )
    } else if has(&["expired", "not yet valid"]) {
        "Renew the server's certificate, or set the clock of this computer right.".to_owned()
    } else {
        "If this is the server's own certificate, let this computer trust its issuer, or register the endpoint again \
         with -CAFile and the issuer's certificate. -SkipCertificateCheck accepts any certificate, also that of \
         somebody in between."
            .to_owned()
    };
    Error::new(
        ErrorKind::CertificateNotTrusted,
        format!("The certificate of {base} is not accepted: {detail}{certificate}."),
    )
    .with_advice(advice)
}
