//! Tokens that end in the middle of a run, and a host that gives none.

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use nav_emulator::{Emulator, Session as ServerSession};
use nav_session::{
    Cancel, Client, ClientBuilder, Credential, CredentialType, Endpoint, ErrorKind, Outcome,
    Secret, ServerInstance, Service, SessionKey,
};

use crate::stage::{COMPANY, ENVIRONMENT, IDS, SERVICES, TOKEN, remove_all, was_removed};

const APP: &str = "nav-app";
const APP_SECRET: &str = "s3cret-mark";
const ENTRA_TENANT: &str = "cronus.onmicrosoft.com";
const SCOPE: &str = "api://bc-on-premises/.default";

fn server(service: Service) -> Emulator {
    let builder = Emulator::builder()
        .application(APP, APP_SECRET)
        .access_token(TOKEN)
        .with_sessions(IDS.map(ServerSession::new));
    match service {
        Service::AdminCenter => builder,
        Service::Soap | Service::OData => builder.bearer().scope(SCOPE),
    }
    .start()
    .unwrap()
}

fn builder(emulator: &Emulator, service: Service, authority: String) -> ClientBuilder {
    let endpoint = match service {
        Service::AdminCenter => Endpoint {
            uri: emulator.admin_center_uri(),
            ..Endpoint::admin_center(ENVIRONMENT)
        },
        Service::Soap => {
            Endpoint::new(service, emulator.soap_uri(), COMPANY, CredentialType::OAuth)
        }
        Service::OData => Endpoint::new(
            service,
            emulator.odata_uri(),
            COMPANY,
            CredentialType::OAuth,
        ),
    };
    let endpoint = Endpoint {
        authority: Some(authority),
        entra_tenant: Some(ENTRA_TENANT.to_owned()),
        token_scope: (service != Service::AdminCenter).then(|| SCOPE.to_owned()),
        ..endpoint
    };
    Client::builder(ServerInstance::parse("BC").unwrap(), endpoint)
}

fn by_secret(builder: ClientBuilder) -> ClientBuilder {
    builder.credential(Credential::new(APP, Secret::from(APP_SECRET)))
}

#[test]
fn a_granted_token_that_ends_in_the_middle_is_renewed_and_no_removal_is_lost() {
    for service in SERVICES {
        let emulator = server(service);
        let client = by_secret(builder(&emulator, service, emulator.authority()))
            .open()
            .unwrap();
        for ids in IDS.chunks(3) {
            let keys: Vec<_> = ids.iter().map(|id| SessionKey::new(*id)).collect();
            for result in remove_all(&client, &keys) {
                assert_eq!(result.unwrap(), Outcome::Removed, "{service:?}");
            }
            emulator.revoke_tokens();
        }
        assert!(IDS.iter().all(|id| was_removed(&emulator, service, *id)));
        assert_eq!(emulator.token_requests(), 3, "{service:?}");
    }
}

#[test]
fn a_given_token_that_is_not_accepted_removes_nothing() {
    for service in SERVICES {
        let emulator = server(service);
        let builder = builder(&emulator, service, emulator.authority());
        let client = builder
            .access_token(Secret::from("ended-mark"))
            .open()
            .unwrap();
        for result in remove_all(&client, &IDS.map(SessionKey::new)) {
            let error = result.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unauthorized, "{service:?} {error}");
            assert!(!error.to_string().contains("ended-mark"), "{error}");
        }
        assert!(emulator.stopped_sessions().is_empty());
    }
}

#[test]
fn a_silent_host_of_tokens_is_waited_for_as_long_as_one_request_may_take() {
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let authority = format!("http://{}", silent.local_addr().unwrap());
    for service in SERVICES {
        let emulator = server(service);
        let builder = builder(&emulator, service, authority.clone());
        let builder = by_secret(builder).network_timeout(Duration::from_secs(1));
        let client = builder.open().unwrap();
        let began = Instant::now();
        let error = client
            .remove_session(&SessionKey::new(11), &Cancel::new())
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AnswerTimeout, "{error}");
        assert!(error.to_string().contains("within 1 s"), "{error}");
        assert!(began.elapsed() < Duration::from_secs(11));
        assert!(emulator.stopped_sessions().is_empty());
    }
}
