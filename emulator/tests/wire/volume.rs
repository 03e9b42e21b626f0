//! Many sessions.

use std::collections::HashSet;

use nav_emulator::Emulator;
use time::OffsetDateTime;

use crate::soap;

#[test]
fn a_list_of_many_rows_arrives_whole() {
    let emulator = Emulator::builder().sessions(20_000).start().unwrap();
    let answer = soap::read_multiple(&mut soap::page(&emulator), "<setSize>0</setSize>");
    let ids: HashSet<_> = soap::texts(&answer, "Session_ID").into_iter().collect();
    assert_eq!(ids.len(), 20_001);
    assert!(ids.contains("11"));
    assert!(answer.body.ends_with("</Soap:Body></Soap:Envelope>"));
}

#[test]
fn the_same_number_and_start_give_the_same_sessions_with_11_among_them() {
    let sessions = |number| {
        Emulator::builder()
            .sessions(number)
            .start_time(OffsetDateTime::UNIX_EPOCH)
            .start()
            .unwrap()
            .sessions("default")
    };
    assert_eq!(sessions(500), sessions(500));
    for number in [1, 12, 500] {
        let here: Vec<_> = sessions(number)
            .into_iter()
            .filter(|session| session.server_instance_name == "DynamicsNAV")
            .collect();
        assert_eq!(here.len(), number);
        let eleven = here.iter().find(|session| session.session_id == 11);
        let eleven = eleven.expect("session 11");
        assert_eq!(eleven.user_id, r"CRONUS\ANNA");
        assert_eq!(eleven.client_type, "Web Client");
        assert_eq!(eleven.client_computer_name, "PC042");
        assert_eq!(eleven.login_datetime.unix_timestamp(), -(3 * 60 + 12) * 60);
    }
}
