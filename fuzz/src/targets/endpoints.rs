//! Endpoints files, and the JSON of one endpoint.

use nav_session::Endpoint;
use nav_session::fuzzing::{Interface, endpoints_file, endpoints_file_of};

use crate::{check, memory};

use super::text;

pub(super) fn file(input: &[u8]) {
    let entries = memory::within(64, input.len(), || endpoints_file(input));
    check::result(&entries);
    let Ok(entries) = entries else { return };
    let written = endpoints_file_of(entries.clone()).expect("it can be written");
    let read = endpoints_file(&written);
    assert_eq!(read.expect("what was written can be read"), entries);
    let shortest = r#""a":{"service":"Soap","uri":"","credentialType":"None"}"#.len();
    assert!(entries.len() <= input.len() / shortest);
    for (_, endpoint) in &entries {
        used(endpoint);
    }
}

pub(super) fn endpoint(input: &[u8]) {
    let json = text(input);
    let endpoint = memory::within(32, json.len(), || Endpoint::from_json(&json));
    check::result(&endpoint);
    let Ok(endpoint) = endpoint else { return };
    let written = serde_json::to_string(&endpoint).expect("it can be written");
    assert_eq!(
        Endpoint::from_json(&written).expect("it can be read"),
        endpoint
    );
    used(&endpoint);
}

/// Whatever stands in it, what is sent is one request to the address in it.
fn used(endpoint: &Endpoint) {
    check::result(&endpoint.validate());
    let interface = Interface::of(endpoint);
    check::result(&interface);
    let Ok(interface) = interface else { return };
    let (address, head) = interface.list_head();
    assert!(
        address.starts_with("http://") || address.starts_with("https://"),
        "{address}"
    );
    assert!(
        !address.contains(|c: char| c.is_control() || c == ' ' || c == '\\'),
        "{address:?}"
    );
    for (name, value) in head {
        assert!(!value.contains(char::is_control), "{name}: {value:?}");
    }
}
