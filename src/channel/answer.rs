//! What an answer that is none of the interface's own means, by its HTTP status and by the server's words.

use url::Url;

use super::Target;
use crate::error::{Error, ErrorKind};
use crate::http::Response;

/// Longest piece of somebody else's text that goes into a message, in characters.
const EXCERPT: usize = 300;

/// An answer that the interface has no form for: by its status, with the server's own words where it has some. `base` is
/// where it was asked for, `not_found` what a status 404 means there.
pub(super) fn by_status(
    response: &Response,
    base: &str,
    not_found: impl FnOnce() -> (ErrorKind, String),
) -> Error {
    let status = response.status;
    let words = plain_words(response);
    let said = words
        .as_ref()
        .map(|words| format!(" It said: {words}"))
        .unwrap_or_default();
    let (kind, sentence) = match status {
        300..=399 => {
            let to = response
                .header("location")
                .map_or_else(|| "another address".to_owned(), without_secrets);
            (
                ErrorKind::Redirected,
                format!("{base} answered with a redirection (HTTP {status}) to {to}."),
            )
        }
        401 => (
            ErrorKind::Unauthorized,
            format!("{base} did not accept the sign-in (HTTP 401)."),
        ),
        403 => (
            ErrorKind::PermissionDenied,
            format!("{base} does not allow the user to do this (HTTP 403)."),
        ),
        404 => not_found(),
        405 => (
            ErrorKind::ServiceDisabled,
            format!("The web services at {base} are switched off (HTTP 405)."),
        ),
        408 => (
            ErrorKind::CallStopped,
            format!("{base} stopped the session that carried the call (HTTP 408)."),
        ),
        429 => (
            ErrorKind::TooManyRequests,
            format!("{base} takes no more calls for now (HTTP 429)."),
        ),
        503 => (
            ErrorKind::ServerNotReady,
            format!("{base} is not ready to serve requests (HTTP 503)."),
        ),
        _ => (
            ErrorKind::UnexpectedAnswer,
            format!(
                "{} answered with HTTP {status}{}.",
                base,
                if is_html(response) {
                    " and a web page"
                } else {
                    ""
                }
            ),
        ),
    };
    let kind = words.as_deref().and_then(by_words).unwrap_or(kind);
    Error::new(kind, format!("{sentence}{said}")).with_http_status(status)
}

/// An answer with a good status whose body is not what was asked for.
pub(super) fn unreadable(response: &Response, base: &str, fault: &str) -> Error {
    let what = if is_html(response) {
        "a web page, as a sign-in form or another kind of server sends".to_owned()
    } else {
        format!("something else ({})", excerpt(fault))
    };
    Error::new(
        ErrorKind::UnexpectedAnswer,
        format!(
            "{} answered with {what}, instead of the answer of a Dynamics NAV or Business Central web service (HTTP \
             {}).",
            base, response.status
        ),
    )
    .with_http_status(response.status)
}

/// The kind of a failure by the documented English texts of servers. Others, and translations, are told from codes.
pub(super) fn by_words(text: &str) -> Option<ErrorKind> {
    let text = text.to_ascii_lowercase();
    let has = |words: &str| text.contains(words);
    if has("a tenant was not specified") {
        Some(ErrorKind::TenantRequired)
    } else if has("is not mounted or does not exist") {
        Some(ErrorKind::TenantNotFound)
    } else if has("tenant '") && has("is not accessible") {
        Some(ErrorKind::TenantUnavailable)
    } else if has("is currently not ready to serve requests") {
        Some(ErrorKind::ServerNotReady)
    } else if has("the server has rejected the client credentials") {
        Some(ErrorKind::Unauthorized)
    } else if has("the server stopped the session") {
        Some(ErrorKind::CallStopped)
    } else {
        None
    }
}

/// A sentence that says where the call went, behind the server's own words.
pub(super) fn with_place(words: &str, target: &Target) -> String {
    format!(
        "{} (From {}, company '{}'.)",
        sentence(words),
        target.base,
        target.company
    )
}

/// The server's own words as a sentence.
pub(crate) fn sentence(words: &str) -> String {
    let mut words = excerpt(words);
    if !words.ends_with(['.', '!', '?', '…']) {
        words.push('.');
    }
    words
}

/// A text of the server, on one line and not longer than fits a message.
pub(crate) fn excerpt(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(EXCERPT) {
        // At the end of a word: half a secret would not be known for one.
        Some((end, _)) => {
            let kept = &text[..end];
            format!(
                "{}…",
                kept.rsplit_once(' ').map_or(kept, |(words, _)| words)
            )
        }
        None => text,
    }
}

pub(super) fn is_html(response: &Response) -> bool {
    if response.header("content-type").is_some_and(|kind| {
        kind.to_ascii_lowercase().starts_with("text/html")
            || kind.to_ascii_lowercase().starts_with("application/xhtml")
    }) {
        return true;
    }
    let start = response.body.trim_ascii_start();
    let begins = |with: &[u8]| {
        start
            .get(..with.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(with))
    };
    begins(b"<!doctype html") || begins(b"<html")
}

/// Whether Windows itself gave the answer (its driver http.sys), as nobody serves the address that the server instance has
/// reserved.
pub(crate) fn is_of_http_sys(response: &Response) -> bool {
    let page = String::from_utf8_lossy(&response.body);
    page.contains("HTTP Error 503. The service is unavailable.")
}

fn plain_words(response: &Response) -> Option<String> {
    let is_text = response
        .header("content-type")
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/plain"));
    let text = is_text.then(|| excerpt(&String::from_utf8_lossy(&response.body)))?;
    (!text.is_empty()).then_some(text)
}

/// An address without its query, user name and password, which may hold what was sent to sign in, or what is for another
/// server.
fn without_secrets(location: &str) -> String {
    match Url::parse(location) {
        Ok(url) if url.has_host() => {
            format!("{}{}", url.origin().ascii_serialization(), url.path())
        }
        // Relative, or none at all: only a path is shown.
        _ => match location.split(['?', '#']).next() {
            Some(path) if path.starts_with('/') && !path.contains('@') => path.to_owned(),
            _ => "another address".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_words() {
        let text = format!("{} secret", "word ".repeat(59));
        assert_eq!(
            excerpt(&text),
            format!("{}…", "word ".repeat(59).trim_end())
        );
        assert_eq!(excerpt(&"x".repeat(301)), format!("{}…", "x".repeat(300)));
        assert_eq!(excerpt("short \n text"), "short text");
    }

    #[test]
    fn of_an_address_neither_query_nor_user_nor_password_is_shown() {
        for (location, shown) in [
            (
                "https://anna:geheim@nav:7048/there?sig=geheim#geheim",
                "https://nav:7048/there",
            ),
            ("/there?sig=geheim", "/there"),
            ("//anna:geheim@nav/there", "another address"),
            ("anna:geheim@nav", "another address"),
        ] {
            assert_eq!(without_secrets(location), shown);
        }
    }
}
