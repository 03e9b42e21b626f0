//! The ways to sign in.

use std::sync::{Arc, Mutex};

use nav_session::{
    Client, ClientBuilder, Credential, CredentialType, Endpoint, Secret, ServerInstance, Service,
};

use super::mark::mark;

pub(crate) const USER: &str = "anna";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignIn {
    Password,
    Ntlm,
    Token,
    App,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) service: Service,
    pub(crate) sign_in: SignIn,
}

pub(crate) const ROUTES: [Route; 10] = {
    const fn route(service: Service, sign_in: SignIn) -> Route {
        Route { service, sign_in }
    }
    [
        route(Service::Soap, SignIn::Password),
        route(Service::Soap, SignIn::Ntlm),
        route(Service::Soap, SignIn::Token),
        route(Service::Soap, SignIn::App),
        route(Service::OData, SignIn::Password),
        route(Service::OData, SignIn::Ntlm),
        route(Service::OData, SignIn::Token),
        route(Service::OData, SignIn::App),
        route(Service::AdminCenter, SignIn::Token),
        route(Service::AdminCenter, SignIn::App),
    ]
};

/// A secret, beside the mark that stands in it.
pub(crate) struct Marked {
    pub(crate) mark: String,
    pub(crate) secret: String,
    /// The token that the token endpoint gives.
    pub(crate) granted: String,
}

impl Route {
    pub(crate) fn marked(self) -> Marked {
        let mark = mark();
        let secret = match self.sign_in {
            // With what JSON, XML, HTML and addresses escape.
            SignIn::Password | SignIn::App => format!("ä&<\"{mark}\\'+ %"),
            SignIn::Ntlm => format!("a&<\"{mark}\\'+ %"),
            SignIn::Token => format!("eyJ0.{mark}/+~=="),
        };
        Marked {
            secret,
            granted: format!("eyJ0.G{mark}/+~=="),
            mark,
        }
    }

    pub(crate) fn endpoint(self, uri: &str, authority: &str) -> Endpoint {
        let endpoint = match self.service {
            Service::AdminCenter => Endpoint {
                uri: uri.to_owned(),
                ..Endpoint::admin_center("Production")
            },
            service => Endpoint::new(
                service,
                format!("{uri}/BC"),
                "CRONUS International Ltd.",
                match self.sign_in {
                    SignIn::Password => CredentialType::NavUserPassword,
                    SignIn::Ntlm => CredentialType::Windows,
                    SignIn::Token | SignIn::App => CredentialType::OAuth,
                },
            ),
        };
        Endpoint {
            ntlm: self.sign_in == SignIn::Ntlm,
            authority: Some(authority.to_owned()),
            entra_tenant: Some("cronus.onmicrosoft.com".to_owned()),
            token_scope: Some("api://bc/.default".to_owned()),
            ..endpoint
        }
    }

    pub(crate) fn signed_in(self, endpoint: Endpoint, secret: Secret) -> ClientBuilder {
        let builder = Client::builder(ServerInstance::parse("BC").unwrap(), endpoint);
        match self.sign_in {
            SignIn::Token => builder.access_token(secret),
            _ => builder.credential(Credential::new(USER, secret)),
        }
    }
}

/// What is logged, a line each.
pub(crate) type Lines = Arc<Mutex<Vec<String>>>;

pub(crate) fn logged(builder: ClientBuilder) -> (ClientBuilder, Lines) {
    let lines = Lines::default();
    let kept = Arc::clone(&lines);
    let builder = builder.on_log(move |_, line| kept.lock().unwrap().push(line.to_owned()));
    (builder, lines)
}
