//! One function for each parser of what comes from outside, for the fuzzing targets in `fuzz/`: the parsers are private.
//!
//! It is there with the feature `fuzzing` alone, which the library is shipped without.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::channel::{Channel, Progress};
use crate::client::fuzzing as client;
use crate::endpoint::fuzzing as endpoint;
use crate::http::{Authorization, Bearer, Grant, Method, Response, Tokens, read_token};
use crate::{
    CredentialType, Endpoint, EndpointsFile, Error, Outcome, Scope, Secret, ServerInstance,
    Service, Session, SessionFilter, SessionKey, TenantId,
};

/// An answer as it comes over HTTP.
#[derive(Clone, Debug)]
pub struct Answer(Response);

impl Answer {
    #[must_use]
    pub fn new(status: u16, header_lines: &[u8], body: &[u8]) -> Self {
        let mut response = Response {
            status,
            body: body.to_vec(),
            ..Response::default()
        };
        for line in header_lines.split_inclusive(|byte| *byte == b'\n') {
            response.headers.push(line);
        }
        Self(response)
    }

    #[must_use]
    pub fn date(&self) -> Option<SystemTime> {
        self.0.date()
    }

    /// The pause before a retry, also where it is too long to wait for.
    #[must_use]
    pub fn retry_after(&self, now: SystemTime) -> Option<Duration> {
        client::asked_for(&self.0, now)
    }

    /// A sign-in that was not accepted, for each way to sign in.
    #[must_use]
    pub fn unauthorized(&self, error: &Error) -> Vec<Error> {
        let user = || ("CRONUS\\ANNA".to_owned(), Secret::from("a password"));
        let authorizations = [
            Authorization::None,
            Authorization::Basic {
                user_name: user().0,
                password: user().1,
            },
            Authorization::Windows {
                user: None,
                ntlm: false,
            },
            Authorization::Windows {
                user: Some(user()),
                ntlm: true,
            },
        ];
        let bearers = [
            Bearer::None,
            Bearer::Given(Secret::from("a.token")),
            Bearer::Granted(tokens()),
        ];
        let explain = |authorization: &Authorization, bearer: &Bearer| {
            client::explain(error.clone(), &self.0, authorization, bearer, "nav01")
        };
        authorizations
            .iter()
            .map(|authorization| explain(authorization, &Bearer::None))
            .chain(
                bearers
                    .iter()
                    .map(|bearer| explain(&Authorization::None, bearer)),
            )
            .collect()
    }

    /// The token's length, as the token is a secret, and how long it lives.
    ///
    /// # Errors
    /// As a client tells it.
    pub fn token(&self) -> Result<(usize, Duration), Error> {
        read_token(&self.0)
            .map(|(token, life)| (token.expose().len(), life))
            .map_err(|failure| client::no_token(&failure, &tokens()))
    }
}

fn tokens() -> Tokens {
    let grant = Grant {
        url: "https://login.microsoftonline.com/cronus.example/oauth2/v2.0/token".to_owned(),
        client_id: "00000000-0000-0000-0000-00000000000a".to_owned(),
        client_secret: Secret::from("a secret"),
        scope: "https://api.businesscentral.dynamics.com/.default".to_owned(),
    };
    Tokens::new(grant, Arc::new(client::settings()))
}

/// One interface of a server instance.
#[derive(Debug)]
pub struct Interface(Channel);

/// A page of a list.
#[derive(Debug)]
pub struct Listed {
    pub sessions: Vec<Session>,
    /// Address and body of the request for the next page.
    pub next: Option<(String, Vec<u8>)>,
}

/// What an answer to a request of a removal leads to.
#[derive(Debug)]
pub enum Step {
    Done(Outcome),
    Accepted,
    /// The removal goes on with a `DELETE`.
    Deletes,
}

impl Interface {
    /// # Panics
    /// Never: its endpoint is valid.
    #[must_use]
    pub fn new(service: Service) -> Self {
        let endpoint = match service {
            Service::Soap => Endpoint::new(
                service,
                "http://nav01:7047/DynamicsNAV",
                "CRONUS International Ltd.",
                CredentialType::None,
            ),
            Service::OData => Endpoint::new(
                service,
                "https://nav01:7048/BC",
                "CRONUS International Ltd.",
                CredentialType::None,
            ),
            Service::AdminCenter => Endpoint::admin_center("Production"),
        };
        Self::of(&endpoint).expect("the endpoint is valid")
    }

    /// # Errors
    /// As a client tells it.
    pub fn of(endpoint: &Endpoint) -> Result<Self, Error> {
        let tenant = endpoint
            .multitenant
            .then(|| TenantId::parse("default"))
            .transpose()?;
        Channel::new(endpoint, tenant).map(Self)
    }

    /// Address and headers of the request for a list.
    #[must_use]
    pub fn list_head(&self) -> (String, Vec<(&'static str, String)>) {
        let request = self.0.list(&SessionFilter::default());
        (request.url.clone(), request.headers.clone())
    }

    /// # Errors
    /// As a client tells it.
    pub fn page(&self, filter: &SessionFilter, answer: &Answer) -> Result<Listed, Error> {
        let page = self.0.page(filter, &answer.0)?;
        Ok(Listed {
            sessions: page.sessions,
            next: page.next.map(|request| (request.url.clone(), request.body)),
        })
    }

    /// Address and body of the first request of a removal.
    #[must_use]
    pub fn removal(&self, key: &SessionKey) -> (String, Vec<u8>) {
        let request = self.0.remove(key, "");
        (request.url.clone(), request.body)
    }

    /// # Errors
    /// As a client tells it.
    pub fn removed(&self, key: &SessionKey, deletes: bool, answer: &Answer) -> Result<Step, Error> {
        let asked = match (&self.0, deletes) {
            (Channel::AdminCenter(_), true) => Method::Delete,
            (Channel::AdminCenter(_), false) => Method::Get,
            _ => Method::Post,
        };
        Ok(match self.0.removed(key, asked, &answer.0)? {
            Progress::Done(outcome) => Step::Done(outcome),
            Progress::Accepted => Step::Accepted,
            Progress::Send(request) => {
                assert_eq!(request.method, Method::Delete);
                Step::Deletes
            }
        })
    }
}

/// # Errors
/// As a client tells it.
pub fn endpoints_file(contents: &[u8]) -> Result<Vec<(ServerInstance, Endpoint)>, Error> {
    file().parse(contents)
}

/// # Errors
/// As a client tells it.
pub fn endpoints_file_of(entries: Vec<(ServerInstance, Endpoint)>) -> Result<Vec<u8>, Error> {
    EndpointsFile::contents(entries)
}

fn file() -> EndpointsFile {
    EndpointsFile::new(
        PathBuf::from("/etc/nav-session/endpoints.json"),
        Scope::Machine,
    )
}

/// The folders of the program and of its configuration.
#[must_use]
pub fn service_command(command: &str) -> (Option<String>, Option<String>) {
    endpoint::service_command(command)
}

#[must_use]
pub fn expanded(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    endpoint::expanded(text, value)
}

/// What errors call a settings file.
#[must_use]
pub fn settings_path() -> &'static Path {
    Path::new("C:\\Service\\CustomSettings.config")
}
