//! The interfaces of a server, without input or output: an operation becomes HTTP requests, answers become outcomes.
//!
//! What the companion answers is fixed by `companion/README.md`; facts about the interfaces are Microsoft's public
//! documentation of SOAP and OData V4 web services.

mod admin_center;
mod answer;
mod odata;
mod rows;
mod soap;

pub(crate) use answer::{excerpt, is_of_http_sys, sentence};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use crate::client::Outcome;
use crate::endpoint::{Endpoint, Service};
use crate::error::{Error, ErrorKind};
use crate::http::{Method, Request, Response};
use crate::session::{Session, SessionFilter, SessionKey};
use crate::tenant::TenantId;

/// One interface of one server instance.
#[derive(Debug)]
pub(crate) enum Channel {
    Soap(soap::Soap),
    OData(odata::OData),
    AdminCenter(admin_center::AdminCenter),
}

/// What an answer to a request of a removal leads to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The removal goes on with another request.
    Send(Request),
    Done(Outcome),
    /// The server took it, and only its list will tell when the session is gone.
    Accepted,
}

/// A page of a list, and the request for the next one.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) sessions: Vec<Session>,
    pub(crate) next: Option<Request>,
}

/// What every interface needs to know of the endpoint.
#[derive(Debug)]
struct Target {
    /// Base address without a slash at its end.
    base: String,
    company: String,
    tenant: Option<TenantId>,
    session_control: String,
    active_sessions: String,
}

impl Channel {
    pub(crate) fn new(endpoint: &Endpoint, tenant: Option<TenantId>) -> Result<Self, Error> {
        endpoint.validate()?;
        if endpoint.service == Service::AdminCenter {
            return Ok(Self::AdminCenter(admin_center::AdminCenter::new(endpoint)?));
        }
        let target = Target {
            base: endpoint
                .address()?
                .as_str()
                .trim_end_matches('/')
                .to_owned(),
            company: endpoint.company.clone().unwrap_or_default(),
            tenant: tenant_to_send(endpoint, tenant)?,
            session_control: endpoint.session_control().to_owned(),
            active_sessions: endpoint.active_sessions().to_owned(),
        };
        Ok(match endpoint.service {
            Service::OData => Self::OData(odata::OData::new(target)),
            Service::Soap | Service::AdminCenter => Self::Soap(soap::Soap::new(target)),
        })
    }

    /// The request for the first page of a list.
    pub(crate) fn list(&self, filter: &SessionFilter) -> Request {
        match self {
            Self::Soap(soap) => soap.list(filter),
            Self::OData(odata) => odata.list(filter),
            Self::AdminCenter(admin_center) => admin_center.list(filter),
        }
    }

    /// What came back for a page of the list with `filter`.
    pub(crate) fn page(&self, filter: &SessionFilter, response: &Response) -> Result<Page, Error> {
        match self {
            Self::Soap(soap) => soap.page(filter, response),
            Self::OData(odata) => odata.page(response),
            Self::AdminCenter(admin_center) => admin_center.page(filter, response),
        }
    }

    /// The first request of a removal.
    pub(crate) fn remove(&self, key: &SessionKey, comment: &str) -> Request {
        match self {
            Self::Soap(soap) => soap.remove(key, comment),
            Self::OData(odata) => odata.remove(key, comment),
            Self::AdminCenter(admin_center) => admin_center.remove(key),
        }
    }

    /// The request that tells whether a session that the list does not have is anywhere, and removes none but the one that
    /// `key` means by more than its id; `None` where the list has them all.
    pub(crate) fn ask_elsewhere(&self, key: &SessionKey, comment: &str) -> Option<Request> {
        if matches!(self, Self::AdminCenter(_)) {
            return None;
        }
        let key = if key.is_compared() {
            key.clone()
        } else {
            // What no session has is compared, so whichever has the id now is only told of.
            SessionKey {
                session_id: key.session_id,
                session_unique_id: Some(Uuid::max()),
                login_datetime: Some(UtcDateTime::UNIX_EPOCH),
            }
        };
        Some(self.remove(&key, comment))
    }

    /// What came back for a request of a removal, one with the method `asked`.
    pub(crate) fn removed(
        &self,
        key: &SessionKey,
        asked: Method,
        response: &Response,
    ) -> Result<Progress, Error> {
        match self {
            Self::Soap(soap) => soap.removed(response).map(Progress::Done),
            Self::OData(odata) => odata.removed(response).map(Progress::Done),
            Self::AdminCenter(admin_center) => admin_center.removed(key, asked, response),
        }
    }
}

impl Target {
    /// An answer that the interface has no form for.
    fn by_status(&self, response: &Response) -> Error {
        answer::by_status(response, &self.base, || {
            let said = format!(
                "{} has no web service {} or {} in company '{}' (HTTP 404).",
                self.base, self.session_control, self.active_sessions, self.company
            );
            (ErrorKind::CompanionNotFound, said)
        })
    }
}

/// Only a multitenant server is told a tenant; `default` is what any other server's one tenant is called.
fn tenant_to_send(
    endpoint: &Endpoint,
    tenant: Option<TenantId>,
) -> Result<Option<TenantId>, Error> {
    match tenant {
        Some(tenant) if !endpoint.multitenant && tenant.is_default() => Ok(None),
        None if endpoint.multitenant => Err(Error::new(
            ErrorKind::TenantRequired,
            "The server instance is multitenant, and no tenant was named.",
        )),
        tenant => Ok(tenant),
    }
}

/// The words of the companion's `RemoveSession`.
fn outcome(answer: &str) -> Result<Outcome, Error> {
    match answer.trim() {
        "Removed" => Ok(Outcome::Removed),
        "NotFound" => Ok(Outcome::NotFound),
        "Changed" => Ok(Outcome::Changed),
        "OwnSession" => Ok(Outcome::OwnSession),
        "Refused" => Ok(Outcome::Refused),
        other => match other.strip_prefix("OtherInstance:") {
            Some(name) => Ok(Outcome::OtherInstance { server_instance_name: name.to_owned() }),
            None => Err(Error::new(
                ErrorKind::UnexpectedAnswer,
                format!(
                    "The companion answered {:?}, which this module does not know.",
                    excerpt(other)
                ),
            )
            .with_advice(
                "Publish the companion of this module's version on the server. Look with Get-NAVServerSession whether \
                 the session is still there.",
            )),
        },
    }
}

/// The four parameters of the companion's `RemoveSession`, in its order. A blank text is not compared.
fn removal_parameters(key: &SessionKey, comment: &str) -> [(&'static str, String); 4] {
    [
        ("sessionId", key.session_id.to_string()),
        (
            "sessionUniqueId",
            key.session_unique_id
                .map(|id| id.to_string())
                .unwrap_or_default(),
        ),
        (
            "loginDatetime",
            key.login_datetime.map(written).unwrap_or_default(),
        ),
        ("comment", without_forbidden(comment)),
    ]
}

/// A login time as the companion reads it: with seven digits behind the second at most.
fn written(login: UtcDateTime) -> String {
    let in_ticks = login.replace_nanosecond(login.nanosecond() / 100 * 100);
    in_ticks
        .unwrap_or(login)
        .format(&Rfc3339)
        // One outside the years that can be written is no session's. Left out, it would not be compared.
        .unwrap_or_else(|_| "9999-12-31T23:59:59Z".to_owned())
}

/// Everything but what RFC 3986 leaves unreserved is escaped.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Drops what XML 1.0 cannot carry.
fn without_forbidden(text: &str) -> String {
    let allowed = |c: &char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    text.chars().filter(allowed).collect()
}

/// A date and time of the server; `None` for one without a zone, which could mean any.
fn date_time(text: &str) -> Option<UtcDateTime> {
    UtcDateTime::parse(text.trim(), &Rfc3339).ok()
}

/// A session's unique id; the all-zero one is a blank.
fn unique_id(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text.trim()).ok().filter(|id| !id.is_nil())
}

fn not_blank(text: impl AsRef<str> + Into<String>) -> Option<String> {
    (!text.as_ref().trim().is_empty()).then(|| text.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::CredentialType;

    fn endpoint(multitenant: bool) -> Endpoint {
        Endpoint {
            multitenant,
            ..Endpoint::new(
                Service::Soap,
                "http://nav:7047/NAV",
                "CRONUS",
                CredentialType::None,
            )
        }
    }

    #[test]
    fn a_tenant_is_sent_to_a_multitenant_server_and_default_is_allowed_everywhere() {
        let tenant = |id| Some(TenantId::parse(id).unwrap());
        assert_eq!(tenant_to_send(&endpoint(false), None).unwrap(), None);
        assert_eq!(
            tenant_to_send(&endpoint(false), tenant("default")).unwrap(),
            None
        );
        assert_eq!(
            tenant_to_send(&endpoint(false), tenant("t1")).unwrap(),
            tenant("t1")
        );
        assert_eq!(
            tenant_to_send(&endpoint(true), tenant("default")).unwrap(),
            tenant("default")
        );
        let missing = tenant_to_send(&endpoint(true), None).unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::TenantRequired);
    }

    #[test]
    fn each_word_of_the_companion_is_its_outcome_and_another_is_an_error() {
        for (word, expected) in [
            ("Removed", Outcome::Removed),
            ("NotFound", Outcome::NotFound),
            ("Changed", Outcome::Changed),
            ("OwnSession", Outcome::OwnSession),
            ("Refused", Outcome::Refused),
            (
                "OtherInstance:NAV2",
                Outcome::OtherInstance {
                    server_instance_name: "NAV2".into(),
                },
            ),
        ] {
            assert_eq!(outcome(word).unwrap(), expected);
        }
        let error = outcome("removed").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
        assert!(error.to_string().contains("\"removed\""), "{error}");
    }

    #[test]
    fn a_login_time_is_always_sent_with_as_many_digits_as_the_companion_reads() {
        let sent = |text| written(date_time(text).unwrap());
        assert_eq!(
            sent("2026-11-22T08:17:17.123456789Z"),
            "2026-11-22T08:17:17.1234567Z"
        );
        // It is a time before the year 0, which no session has.
        assert_eq!(sent("0000-01-01T00:00:00+01:00"), "9999-12-31T23:59:59Z");
    }

    #[test]
    fn a_date_without_a_zone_is_no_date() {
        assert_eq!(date_time("2026-11-22T08:17:17.123"), None);
        let utc = date_time("2026-11-22T08:17:17.1234567Z").unwrap();
        assert_eq!(utc.unix_timestamp_nanos(), 1_795_335_437_123_456_700);
        assert_eq!(date_time("2026-11-22T09:17:17.1234567+01:00"), Some(utc));
    }
}
