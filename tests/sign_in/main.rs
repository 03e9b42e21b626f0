//! Windows sign-in: a client against servers whose Kerberos and NTLM are other people's, by each interface.
//!
//! The tests of a module need the programs it is named after; those that need both stand in a module named after both.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod kerberos_peer;
mod ntlm_peer;
#[path = "../peers/mod.rs"]
mod peers;

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;

use nav_emulator::Emulator;
use nav_session::{
    Cancel, Client, ClientBuilder, Credential, CredentialType, Endpoint, Error, Outcome, Secret,
    ServerInstance, Service, Session, SessionFilter, SessionKey,
};

use peers::log::{Entry, Step};

const COMPANY: &str = "CRONUS International Ltd.";
const SERVICES: [Service; 2] = [Service::Soap, Service::OData];

/// Where the emulator itself serves the interface.
fn address(emulator: &Emulator, service: Service) -> String {
    match service {
        Service::Soap => emulator.soap_uri(),
        _ => emulator.odata_uri(),
    }
}

fn endpoint(service: Service, uri: &str) -> Endpoint {
    Endpoint::new(service, uri, COMPANY, CredentialType::Windows)
}

fn builder(endpoint: Endpoint) -> ClientBuilder {
    Client::builder(ServerInstance::parse("DynamicsNAV").unwrap(), endpoint)
}

fn credential(user: &str, password: &str) -> Credential {
    Credential::new(user, Secret::from(password))
}

fn list(client: &Client) -> Result<Vec<Session>, Error> {
    client
        .sessions(SessionFilter::default(), &Cancel::new())
        .collect()
}

fn remove(client: &Client, id: i32) -> Result<Outcome, Error> {
    client.remove_session(&SessionKey::new(id), &Cancel::new())
}

/// Lists the sessions, removes number 11, and sees it gone on the server.
fn lists_and_removes(client: &Client, emulator: &Emulator) {
    let before = list(client).unwrap();
    assert!(before.iter().any(|row| row.session_id == 11));
    assert_eq!(remove(client, 11).unwrap(), Outcome::Removed);
    assert!(emulator.session("default", 11).is_none());
    let after = list(client).unwrap();
    assert!(after.iter().all(|row| row.session_id != 11));
}

/// Calls from four threads at once.
fn calls_in_parallel(client: &Client) {
    const THREADS: usize = 4;
    let barrier = Barrier::new(THREADS);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..5 {
                    barrier.wait();
                    list(client).unwrap();
                }
            });
        }
    });
}

/// A comment that no socket takes at once, with letters of several bytes.
fn long_comment() -> String {
    "Wartung ".repeat(20_000) + "der Bücher – Ende"
}

fn connections(entries: &[Entry]) -> BTreeSet<u32> {
    entries.iter().map(|entry| entry.connection).collect()
}

/// How often a sign-in was tried.
fn sign_ins(entries: &[Entry]) -> usize {
    let tried = |entry: &&Entry| entry.step == Step::Authenticate;
    entries.iter().filter(tried).count()
}
