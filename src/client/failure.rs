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
            let has = |parts: &[&str]| parts.iter().any(|words| detail.contains(words));
            // What OpenSSL and Schannel say where the answer is not one of TLS, and of one of a version that was not
            // offered.
            return if detail.contains("wrong version number") {
                error.with_advice(
                        "What answers there does not speak TLS: register the endpoint again with http, or switch SSL \
                         on at the server.",
                    )
            } else if detail.contains("SEC_E_INVALID_TOKEN") {
                error.with_advice(
                    "Most likely what answers there does not speak TLS: if so, register the endpoint again with http, \
                     or switch SSL on at the server.",
                )
            } else if has(&[
                "unsupported protocol",
                "alert protocol version",
                "SEC_E_UNSUPPORTED_FUNCTION",
            ]) {
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
    // The words of OpenSSL, and the names and numbers of Schannel, whose words are in the language of the system.
    let has = |parts: &[&str]| parts.iter().any(|part| detail.contains(part));
    let advice = if has(&[
        "does not match",
        "no alternative certificate",
        "SEC_E_WRONG_PRINCIPAL",
        "failed to match connection hostname",
        // CERT_E_CN_NO_MATCH
        "0x800b010f",
    ]) {
        format!(
            "The certificate is for another name than {host}: register the endpoint again with the name in the \
             certificate."
        )
    } else if has(&[
        "expired",
        "not yet valid",
        "not time valid",
        "SEC_E_CERT_EXPIRED",
        // CERT_E_EXPIRED
        "0x800b0101",
    ]) {
        "Renew the server's certificate, or set the clock of this computer right.".to_owned()
    } else if has(&[
        "revoked",
        "CRYPT_E_REVOKED",
        // CERT_E_REVOKED
        "0x800b010c",
    ]) {
        "Its issuer has revoked it: the server needs a new certificate.".to_owned()
    } else if has(&[
        "revocation",
        "REVOCATION",
        // CERT_E_REVOCATION_FAILURE
        "0x800b010e",
    ]) {
        "Let this computer reach the address of the revocation list that stands in the certificate, or have the list \
         published where it can be reached."
            .to_owned()
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::http::Authorization;

    fn advice(reason: Reason, detail: &str) -> String {
        let settings = Settings {
            authorization: Authorization::None,
            verify_certificate: true,
            ca_file: None,
            direct: true,
            connect_timeout: Duration::from_secs(1),
            timeout: Duration::from_secs(1),
            body_limit: 0,
        };
        let address = Url::parse("https://bc01.example.com:7048/BC").expect("an address");
        let error = failed(&Failure::unsent(reason, detail), &address, &settings);
        assert!(error.to_string().contains(detail), "{error}");
        error.recommended_action().to_owned()
    }

    #[test]
    fn what_schannel_refuses_a_certificate_for_decides_the_advice() {
        const RENEW: &str = "Renew the server's certificate";
        const NAME: &str = "another name than bc01.example.com";
        const REVOKED: &str = "Its issuer has revoked it";
        const OFFLINE: &str = "reach the address of the revocation list";
        const ISSUER: &str = "let this computer trust its issuer";
        let next = "schannel: next InitializeSecurityContext failed";
        for (detail, part) in [
            (
                "schannel: SEC_E_UNTRUSTED_ROOT (0x80090325) - La chaîne de certificats",
                ISSUER,
            ),
            (
                "schannel: the certificate or certificate chain is based on an untrusted root",
                ISSUER,
            ),
            ("schannel: the certificate chain is incomplete", ISSUER),
            (
                "schannel: SNI or certificate check failed: SEC_E_WRONG_PRINCIPAL (0x80090322)",
                NAME,
            ),
            (
                "schannel: CertGetNameString() failed to match connection hostname (bc01.example.com) against server \
                 certificate names",
                NAME,
            ),
            (&format!("{next}: Unknown error (0x800b010f)"), NAME),
            (
                &format!("{next}: SEC_E_CERT_EXPIRED (0x80090328) - Das Zertifikat ist abgelaufen"),
                RENEW,
            ),
            (
                "schannel: this certificate or one of the certificates in the certificate chain is not time valid",
                RENEW,
            ),
            (&format!("{next}: Unknown error (0x800b0101)"), RENEW),
            (
                &format!("{next}: CRYPT_E_REVOKED (0x80092010) - Das Zertifikat wurde gesperrt"),
                REVOKED,
            ),
            (
                "schannel: trust for this certificate or one of the certificates in the certificate chain has been revoked",
                REVOKED,
            ),
            (
                &format!("{next}: CRYPT_E_REVOCATION_OFFLINE (0x80092013)"),
                OFFLINE,
            ),
            (
                &format!("{next}: CRYPT_E_NO_REVOCATION_CHECK (0x80092012)"),
                OFFLINE,
            ),
            ("schannel: the revocation status is unknown", OFFLINE),
        ] {
            let advice = advice(Reason::CertificateRefused, detail);
            assert!(advice.contains(part), "{detail}: {advice}");
        }
    }

    #[test]
    fn a_handshake_that_schannel_ends_is_told_by_its_cause_where_that_is_known() {
        let next = "schannel: next InitializeSecurityContext failed";
        for (name, part) in [
            ("SEC_E_INVALID_TOKEN (0x80090308)", "does not speak TLS:"),
            (
                "SEC_E_UNSUPPORTED_FUNCTION (0x80090302)",
                "switch TLS 1.2 on",
            ),
            (
                "SEC_E_ILLEGAL_MESSAGE (0x80090326)",
                "Check that the endpoint's address",
            ),
        ] {
            let advice = advice(Reason::TlsFailed, &format!("{next}: {name}"));
            assert!(advice.contains(part), "{name}: {advice}");
        }
    }
}
