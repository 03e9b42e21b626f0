//! SOAP and OData with access tokens.

use nav_emulator::Emulator;

use crate::entra;
use crate::http::Client;
use crate::odata::{self, LIST, error};
use crate::soap;

fn statuses(emulator: &Emulator, authorization: &str) -> [u16; 2] {
    let mut page = soap::page(emulator).header("Authorization", authorization);
    let mut odata = odata::client(emulator).header("Authorization", authorization);
    [
        soap::read_multiple(&mut page, "").status,
        odata.get(LIST).status,
    ]
}

#[test]
fn calls_carry_a_token_where_the_server_wants_one() {
    let emulator = entra::builder()
        .access_token("from elsewhere")
        .bearer()
        .start()
        .unwrap();
    let token = entra::token(&emulator);
    assert_eq!(statuses(&emulator, &format!("Bearer {token}")), [200, 200]);
    assert_eq!(statuses(&emulator, &format!("bearer {token}")), [200, 200]);
    assert_eq!(statuses(&emulator, "Bearer from elsewhere"), [200, 200]);
    for refused in ["", "Bearer", "Bearer x", &format!("Basic {token}")] {
        assert_eq!(statuses(&emulator, refused), [401, 401], "{refused}");
    }
    emulator.revoke_tokens();
    assert_eq!(statuses(&emulator, &format!("Bearer {token}")), [401, 401]);
    assert_eq!(statuses(&emulator, "Bearer from elsewhere"), [200, 200]);
}

#[test]
fn a_call_without_a_token_is_told_so_in_the_form_of_its_interface() {
    let emulator = Emulator::builder().bearer().start().unwrap();
    let text = "The server has rejected the client credentials.";

    let answer = odata::client(&emulator).get(LIST);
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    assert_eq!(
        error(&answer),
        (
            String::from("Authentication_InvalidCredentials"),
            String::from(text)
        )
    );
    let answer = soap::read_multiple(&mut soap::page(&emulator), "");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    assert!(
        answer
            .header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    assert!(answer.body.contains(text));
    assert_eq!(emulator.sessions("default").len(), 14);
}

#[test]
fn a_token_is_nothing_where_the_server_wants_a_password() {
    let emulator = Emulator::builder()
        .access_token("t")
        .credentials("admin", "secret")
        .start()
        .unwrap();
    assert_eq!(statuses(&emulator, "Bearer t"), [401, 401]);
    let answer = Client::connect(&emulator.odata_uri()).get(LIST);
    assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"\""));
}
