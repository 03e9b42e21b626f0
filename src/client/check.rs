//! Whether an endpoint works, step by step.

use std::sync::Arc;

use once_cell::sync::OnceCell;
use time::UtcDateTime;
use url::Url;
use uuid::Uuid;

use super::failure::failed;
use super::{Client, ClientBuilder, Outcome};
use crate::endpoint::{CredentialType, Endpoint, Service};
use crate::error::{Error, ErrorKind};
use crate::http::{Cancel, Engine, Failure, Reason, Settings};
use crate::session::{SessionFilter, SessionKey};
use crate::tenant::TenantId;

/// What the removal that is tried carries. It stops nothing, so no server records it.
const COMMENT: &str = "Test-NAVServerEndpoint";

const COMPANION: &[Step] = &[
    Step::Endpoint,
    Step::Address,
    Step::Port,
    Step::Tls,
    Step::Service,
    Step::SignIn,
    Step::Tenant,
    Step::Company,
    Step::Page,
    Step::Codeunit,
];
const ADMIN_CENTER: &[Step] = &[
    Step::Endpoint,
    Step::Address,
    Step::Port,
    Step::Tls,
    Step::Service,
    Step::SignIn,
    Step::Environment,
];

/// What is looked at, in this order. Which of them there are depends on the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Step {
    /// An endpoint is known for the server instance, and it is complete.
    Endpoint,
    /// The host's name has an address.
    Address,
    /// The port takes connections.
    Port,
    /// The encrypted connection comes about, and the certificate is accepted.
    Tls,
    /// Something answers that can be such a server, and is ready.
    Service,
    /// The sign-in is accepted.
    SignIn,
    /// The tenant is known. For SOAP and OData.
    Tenant,
    /// The company is there. For SOAP and OData.
    Company,
    /// The environment is there. For the Admin Center API.
    Environment,
    /// The companion's page answers. For SOAP and OData.
    Page,
    /// The companion's codeunit answers. For SOAP and OData.
    Codeunit,
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It works.
    Passed,
    /// It does not; the error says why and what to do.
    Failed,
    /// It was not looked at, because a step before it failed or there is nothing to look at.
    Skipped,
}

/// A step and what it came to.
#[derive(Clone, Debug)]
pub struct CheckedStep {
    /// What was looked at.
    pub step: Step,
    /// What it came to.
    pub verdict: Verdict,
    /// What was found, in a sentence.
    pub message: String,
    /// Why it failed and what to do about it.
    pub error: Option<Error>,
}

/// A check in progress: each item is looked at when it is asked for, and may take as long as a call takes. After a step
/// that failed, the others are skipped.
#[derive(Debug)]
pub struct Check {
    steps: std::slice::Iter<'static, Step>,
    subject: Result<Box<Subject>, Error>,
    failed: bool,
    cancel: Cancel,
}

#[derive(Debug)]
struct Subject {
    found_in: String,
    endpoint: Endpoint,
    address: Url,
    tenant: Option<TenantId>,
    /// For connections without a sign-in.
    settings: Arc<Settings>,
    engine: OnceCell<Engine>,
    client: Result<Client, Error>,
    /// What an encrypted connection failed by, once one was tried.
    tls_failure: Option<Failure>,
    /// What the list of sessions failed by, once it was asked for.
    listed: Option<Option<Error>>,
}

impl ClientBuilder {
    /// Checks whether a client opened with this works: it connects, reads the list of sessions, and asks for the removal
    /// of a session that cannot exist. `found_in` is where the endpoint was found, for the message of the first step.
    pub fn check(self, found_in: impl Into<String>, cancel: &Cancel) -> Check {
        let endpoint = self.endpoint.clone();
        let subject = endpoint
            .validate()
            .and_then(|()| endpoint.address())
            .map(|address| {
                Box::new(Subject {
                    found_in: found_in.into(),
                    tenant: self.tenant.clone(),
                    settings: Arc::new(self.settings(&address)),
                    engine: OnceCell::new(),
                    client: self.comment(COMMENT).open(),
                    tls_failure: None,
                    listed: None,
                    endpoint,
                    address,
                })
            });
        Check::new(subject, cancel)
    }
}

impl Check {
    /// The check of a server instance for which no endpoint could be found, for this reason.
    #[must_use]
    pub fn without_endpoint(error: Error, cancel: &Cancel) -> Self {
        Self::new(Err(error), cancel)
    }

    fn new(subject: Result<Box<Subject>, Error>, cancel: &Cancel) -> Self {
        let steps = match &subject {
            Ok(subject) if subject.endpoint.service == Service::AdminCenter => ADMIN_CENTER,
            _ => COMPANION,
        };
        Self {
            steps: steps.iter(),
            subject,
            failed: false,
            cancel: cancel.clone(),
        }
    }
}

impl Iterator for Check {
    type Item = CheckedStep;

    fn next(&mut self) -> Option<CheckedStep> {
        let step = *self.steps.next()?;
        let found = if self.failed {
            Found::Skipped("A step before it failed".to_owned())
        } else {
            match &mut self.subject {
                Ok(subject) => subject.look(step, &self.cancel),
                Err(error) => Found::Failed(error.clone()),
            }
        };
        let (verdict, message, error) = match found {
            Found::Passed(message) => (Verdict::Passed, message, None),
            Found::Skipped(message) => (Verdict::Skipped, message, None),
            Found::Failed(error) => (Verdict::Failed, error.to_string(), Some(error)),
        };
        self.failed |= verdict == Verdict::Failed;
        Some(CheckedStep {
            step,
            verdict,
            message,
            error,
        })
    }
}

enum Found {
    Passed(String),
    Skipped(String),
    Failed(Error),
}

impl Subject {
    fn look(&mut self, step: Step, cancel: &Cancel) -> Found {
        match step {
            Step::Endpoint => match &self.client {
                Err(error) if step_of(error) == Step::Endpoint => Found::Failed(error.clone()),
                _ => Found::Passed(format!(
                    "{:?} at {}, credential type {:?}, from {}",
                    self.endpoint.service,
                    self.address,
                    self.endpoint.credential_type,
                    self.found_in
                )),
            },
            Step::Address => self.address(cancel),
            Step::Port => self.port(cancel),
            Step::Tls => self.tls(),
            Step::Service
            | Step::SignIn
            | Step::Tenant
            | Step::Company
            | Step::Environment
            | Step::Page => self.list(step, cancel),
            Step::Codeunit => self.codeunit(cancel),
        }
    }

    fn engine(&self) -> Result<&Engine, Failure> {
        self.engine
            .get_or_try_init(|| Engine::start(Arc::clone(&self.settings), None))
    }

    fn address(&self, cancel: &Cancel) -> Found {
        let host = self.address.host_str().unwrap_or_default();
        match self
            .engine()
            .and_then(|engine| engine.look_up(self.address.as_str(), cancel))
        {
            Ok(addresses) if addresses.is_empty() => {
                Found::Passed(format!("{host} needs no look-up here"))
            }
            Ok(addresses) => Found::Passed(format!("{host} is {}", addresses.join(", "))),
            Err(failure) => self.failed(&failure),
        }
    }

    fn port(&mut self, cancel: &Cancel) -> Found {
        let connected = self
            .engine()
            .and_then(|engine| engine.connect(self.address.as_str(), cancel));
        match connected {
            Err(failure) if is_of_tls(failure.reason) => self.tls_failure = Some(failure),
            Err(failure) => return self.failed(&failure),
            Ok(()) => {}
        }
        let port = self.address.port_or_known_default().unwrap_or_default();
        Found::Passed(format!("{port} takes connections"))
    }

    fn tls(&self) -> Found {
        match &self.tls_failure {
            Some(failure) => self.failed(failure),
            None if self.address.scheme() == "http" => {
                Found::Skipped("The endpoint's address is http".to_owned())
            }
            None if self.settings.verify_certificate => {
                Found::Passed("Encrypted, and the certificate is accepted".to_owned())
            }
            None => Found::Passed("Encrypted; the certificate was not checked".to_owned()),
        }
    }

    fn list(&mut self, step: Step, cancel: &Cancel) -> Found {
        let listed = match &self.listed {
            Some(listed) => listed.clone(),
            None => {
                let listed = self.first_row(cancel);
                self.listed.insert(listed).clone()
            }
        };
        let failing = listed.as_ref().map(|error| (step_of(error), error));
        match failing {
            Some((failing, error)) if failing <= step => return Found::Failed(error.clone()),
            // There is no further step that it could be told at.
            Some((_, error)) if step == Step::Environment => {
                return Found::Failed(error.clone());
            }
            Some((Step::Page, error))
                if step == Step::Company && error.kind() == ErrorKind::ServerFault =>
            {
                return Found::Skipped("The server did not say whether it is there".to_owned());
            }
            _ => {}
        }
        let endpoint = &self.endpoint;
        Found::Passed(match step {
            Step::SignIn if endpoint.credential_type == CredentialType::None => {
                "None is asked for".to_owned()
            }
            Step::SignIn => "Accepted".to_owned(),
            Step::Tenant => match &self.tenant {
                Some(tenant) => format!("{tenant} is known"),
                None => return Found::Skipped("None was named, and none is needed".to_owned()),
            },
            Step::Company => format!(
                "'{}' is there",
                endpoint.company.as_deref().unwrap_or_default()
            ),
            Step::Environment => format!(
                "{} lists its sessions",
                endpoint.environment.as_deref().unwrap_or_default()
            ),
            Step::Page => format!("{} lists the sessions", endpoint.active_sessions()),
            _ => "It answers".to_owned(),
        })
    }

    /// Why the list of sessions cannot be read, if it cannot. The companion's page is asked for one row that is not there.
    fn first_row(&self, cancel: &Cancel) -> Option<Error> {
        let client = match &self.client {
            Ok(client) => client,
            Err(error) => return Some(error.clone()),
        };
        let filter = match self.endpoint.service {
            Service::Soap | Service::OData => SessionFilter::of_session(no_session().session_id),
            Service::AdminCenter => SessionFilter::default(),
        };
        client.sessions(filter, cancel).next()?.err()
    }

    fn codeunit(&self, cancel: &Cancel) -> Found {
        let removed = match &self.client {
            Ok(client) => client.remove_session(&no_session(), cancel),
            Err(error) => Err(error.clone()),
        };
        match removed {
            Ok(Outcome::NotFound | Outcome::Changed) => Found::Passed(format!(
                "{} answers; whether the user may stop sessions shows when one is stopped",
                self.endpoint.session_control()
            )),
            Ok(outcome) => Found::Failed(Error::new(
                ErrorKind::UnexpectedAnswer,
                format!(
                    "A session that is not there was asked to be removed, and the answer is {outcome:?}."
                ),
            )),
            Err(error) => Found::Failed(error),
        }
    }

    fn failed(&self, failure: &Failure) -> Found {
        Found::Failed(failed(failure, &self.address, &self.settings))
    }
}

/// A session that no server has: the largest id, and should it be given out one day, another unique id and login time.
fn no_session() -> SessionKey {
    SessionKey {
        session_id: i32::MAX,
        session_unique_id: Some(Uuid::max()),
        login_datetime: UtcDateTime::from_unix_timestamp(0).ok(),
    }
}

fn is_of_tls(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::TlsFailed | Reason::CertificateRefused | Reason::CaFileUnusable
    )
}

/// The step that a failure of the list belongs to.
fn step_of(error: &Error) -> Step {
    match error.kind() {
        _ if error.is_of_sign_in() => Step::SignIn,
        ErrorKind::InvalidEndpoint => Step::Endpoint,
        ErrorKind::CredentialRequired
        | ErrorKind::CredentialNotAccepted
        | ErrorKind::UnencryptedAuthentication
        | ErrorKind::SignInNotAvailable
        | ErrorKind::TokenRefused
        | ErrorKind::Unauthorized => Step::SignIn,
        ErrorKind::TenantRequired | ErrorKind::TenantNotFound | ErrorKind::TenantUnavailable => {
            Step::Tenant
        }
        ErrorKind::CompanyNotFound => Step::Company,
        ErrorKind::EnvironmentNotFound => Step::Environment,
        ErrorKind::CompanionNotFound | ErrorKind::PermissionDenied | ErrorKind::ServerFault => {
            Step::Page
        }
        _ => Step::Service,
    }
}
