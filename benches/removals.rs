//! The library alone, without a shell: `removals URI COMPANY WARM-UP IN-FLIGHT` removes all sessions of a server over OData,
//! and says how long those after the first WARM-UP took.

use std::env;
use std::error::Error;
use std::time::Instant;

use nav_session::{
    Cancel, Client, CredentialType, Endpoint, Outcome, Removals, Removed, ServerInstance, Service,
    SessionFilter, SessionKey,
};

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo bench` adds an argument of its own.
    let arguments: Vec<String> = env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let [uri, company, warm_up, in_flight] = arguments.as_slice() else {
        // Run together with all benchmarks there is nothing to do.
        return Ok(());
    };
    let endpoint = Endpoint::new(Service::OData, uri, company, CredentialType::None);
    let client = Client::builder(ServerInstance::parse("BC")?, endpoint).open()?;
    let mut keys = Vec::new();
    for session in client.sessions(SessionFilter::default(), &Cancel::new()) {
        let session = session?;
        if !session.own_session {
            keys.push(SessionKey::from(&session));
        }
    }
    let rest = keys.split_off(warm_up.parse::<usize>()?.min(keys.len()));
    let limit = in_flight.parse()?;
    remove(&client, keys, limit)?;
    let began = Instant::now();
    remove(&client, rest, limit)?;
    #[expect(clippy::print_stdout, reason = "this is what it is for")]
    {
        println!("seconds {}", began.elapsed().as_secs_f64());
    }
    Ok(())
}

fn remove(client: &Client, keys: Vec<SessionKey>, limit: usize) -> Result<(), Box<dyn Error>> {
    let mut removals = Removals::new(limit, &Cancel::new());
    for (number, key) in (0..).zip(keys) {
        removals.add(client, key, number);
        while let Some(removed) = removals.try_next() {
            expect_removed(removed)?;
        }
    }
    while let Some(removed) = removals.next() {
        expect_removed(removed)?;
    }
    Ok(())
}

fn expect_removed(removed: Removed) -> Result<(), Box<dyn Error>> {
    match removed.result? {
        Outcome::Removed => Ok(()),
        outcome => Err(format!("session {}: {outcome:?}", removed.key.session_id).into()),
    }
}
