//! A server with a handful of sessions, and clients of it.

use std::net::SocketAddr;
use std::time::Duration;

use nav_emulator::{Builder, Emulator, Session as ServerSession};
use nav_session::{
    Cancel, Client, ClientBuilder, CredentialType, Endpoint, Error, Outcome, Removals, Retry,
    RetryMode, Secret, ServerInstance, Service, SessionKey,
};
use time::{OffsetDateTime, UtcDateTime};

pub(crate) const SERVICES: [Service; 3] = [Service::Soap, Service::OData, Service::AdminCenter];
pub(crate) const COMPANY: &str = "CRONUS International Ltd.";
pub(crate) const ENVIRONMENT: &str = "Production";
pub(crate) const TOKEN: &str = "token-mark";
/// The sessions of every server here.
pub(crate) const IDS: [i32; 8] = [11, 14, -7, 15, 23, 2, 40, 41];

/// A server whose sessions began an hour ago.
pub(crate) fn server() -> Builder {
    let now = OffsetDateTime::now_utc()
        .replace_nanosecond(123_000_000)
        .unwrap();
    let login = now - Duration::from_secs(3600);
    Emulator::builder()
        .access_token(TOKEN)
        .with_sessions(IDS.map(|id| ServerSession::new(id).login_datetime(login)))
}

/// Where the server's table of sessions is under this name.
pub(crate) fn tenant(service: Service) -> &'static str {
    match service {
        Service::AdminCenter => ENVIRONMENT,
        Service::Soap | Service::OData => "default",
    }
}

pub(crate) fn address(emulator: &Emulator, service: Service) -> SocketAddr {
    let uri = match service {
        Service::Soap => emulator.soap_uri(),
        Service::OData => emulator.odata_uri(),
        Service::AdminCenter => emulator.admin_center_uri(),
    };
    let host = uri.trim_start_matches("http://");
    host.split('/').next().unwrap().parse().unwrap()
}

/// A client of the server at this `scheme://host:port`. What the server asks to have repeated is repeated soon.
pub(crate) fn client_at(origin: &str, service: Service) -> ClientBuilder {
    let endpoint = match service {
        Service::AdminCenter => Endpoint {
            uri: origin.to_owned(),
            entra_tenant: Some("cronus.onmicrosoft.com".to_owned()),
            ..Endpoint::admin_center(ENVIRONMENT)
        },
        Service::Soap | Service::OData => Endpoint::new(
            service,
            format!("{origin}/DynamicsNAV"),
            COMPANY,
            CredentialType::None,
        ),
    };
    let builder = Client::builder(ServerInstance::parse("NAV").unwrap(), endpoint);
    let builder = match service {
        Service::AdminCenter => builder.access_token(Secret::from(TOKEN)),
        Service::Soap | Service::OData => builder,
    };
    builder.retry(Retry {
        mode: RetryMode::Fixed,
        max_retries: None,
        delay: Duration::from_millis(5),
    })
}

/// A client of the server behind this port of the loopback address.
pub(crate) fn client(port: u16, service: Service) -> ClientBuilder {
    client_at(&format!("http://127.0.0.1:{port}"), service)
}

/// What a list would have said of a session.
pub(crate) fn row(emulator: &Emulator, service: Service, id: i32) -> SessionKey {
    let session = emulator.session(tenant(service), id).unwrap();
    let login = session.login_datetime.unix_timestamp_nanos();
    SessionKey {
        session_unique_id: (service != Service::AdminCenter).then_some(session.session_unique_id),
        login_datetime: Some(UtcDateTime::from_unix_timestamp_nanos(login).unwrap()),
        ..SessionKey::new(id)
    }
}

/// What became of each session that was asked for, in the order of the keys.
pub(crate) fn remove_all(client: &Client, keys: &[SessionKey]) -> Vec<Result<Outcome, Error>> {
    let mut removals = Removals::new(keys.len(), &Cancel::new());
    let mut results: Vec<_> = keys.iter().map(|_| None).collect();
    for (number, key) in (0..).zip(keys) {
        removals.add(client, key.clone(), number);
    }
    while let Some(removed) = removals.next() {
        let number = usize::try_from(removed.number).unwrap();
        assert_eq!(removed.key, keys[number]);
        let earlier = results[number].replace(removed.result);
        assert!(earlier.is_none(), "{:?} ended twice", keys[number]);
    }
    let results = results
        .into_iter()
        .map(|result| result.expect("each removal ends"));
    results.collect()
}

/// Whether the server removed the session, by its own records.
pub(crate) fn was_removed(emulator: &Emulator, service: Service, id: i32) -> bool {
    emulator
        .stopped_sessions()
        .iter()
        .any(|stopped| stopped.session_id == id && stopped.tenant == tenant(service))
}

/// What is wrong with a result beside the server's own records: a removal that did not happen, or an error for one that
/// did.
pub(crate) fn contradiction(
    emulator: &Emulator,
    service: Service,
    id: i32,
    result: &Result<Outcome, Error>,
) -> Option<&'static str> {
    let was_removed = was_removed(emulator, service, id);
    match result {
        Ok(Outcome::Removed) if !was_removed => Some("the server did not remove it"),
        Err(_) if was_removed => Some("the server removed it"),
        _ => None,
    }
}
