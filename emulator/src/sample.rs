//! The sessions an emulator has when none are given: the same for the same number and start.

use std::time::Duration;

use time::OffsetDateTime;

use crate::session::{Activity, Session, to_milliseconds};

/// Session ID, user, client type, computer, minutes and milliseconds since sign-in.
type Entry = (i32, &'static str, &'static str, &'static str, u64, u64);

/// Number 11 goes first, so that it is there however few are asked for.
const FIRST: [Entry; 12] = [
    (11, "ANNA", "Web Client", "PC042", 192, 0),
    (2, "NASUSER", "NAS", "NAVSERVER01", 4_318, 510),
    (3, "NASUSER", "Background", "NAVSERVER01", 4_317, 43),
    (5, "PETER", "Windows Client", "PC017", 61, 877),
    (7, "SUSAN", "Windows Client", "PC023", 487, 310),
    (8, "ADMIN", "Management Client", "NAVSERVER01", 12, 167),
    (14, "MARIA", "Web Client", "PC051", 34, 653),
    (15, "MARIA", "Tablet", "TAB007", 29, 480),
    (19, "TOM", "Windows Client", "TS01", 1_502, 903),
    (23, "WEBSHOP", "Web Service", "SHOP01", 3, 247),
    (26, "O'NEIL", "Web Client", "PC042", 148, 20),
    (-6574, "TOM", "Web Client", "TS01", 733, 590),
];

const USERS: [&str; 10] = [
    "ANNA", "PETER", "SUSAN", "MARIA", "TOM", "KARIN", "JOHN", "ELENA", "LARS", "MEERA",
];
const CLIENT_TYPES: [&str; 8] = [
    "Web Client",
    "Windows Client",
    "Web Client",
    "Windows Client",
    "Tablet",
    "Web Service",
    "Background",
    "Phone",
];

/// As many sessions of this server instance as asked for.
pub(crate) fn sessions(number: usize, start: OffsetDateTime) -> impl Iterator<Item = Session> {
    let start = to_milliseconds(start);
    let first = FIRST.iter().map(
        move |&(id, user, client_type, computer, minutes, milliseconds)| {
            let age = Duration::from_millis(minutes * 60_000 + milliseconds);
            session(id, user, client_type, computer, start - age)
        },
    );
    let further = (0_i32..)
        .zip(0_u64..)
        .zip(0_usize..)
        .map(move |((id, age), at)| {
            let user = USERS[at % USERS.len()];
            let client_type = CLIENT_TYPES[at % CLIENT_TYPES.len()];
            let age = Duration::from_millis(60_000 + age * 7_919 % 86_400_000);
            // Every tenth id is negative, as on servers that have run for long.
            let id = if id % 10 == 9 { -7_000 - id } else { 100 + id };
            let computer = format!("PC{:03}", at % 400);
            session(id, user, client_type, &computer, start - age)
        });
    first.chain(further).take(number)
}

/// What such a session is doing. Values are plausible; which ones there are is documented nowhere.
pub(crate) fn activity(session: &Session) -> Activity {
    let (operation, name, id, object_type) = match session.client_type.as_str() {
        "Web Client" | "Tablet" | "Phone" => ("OpenForm", "Customer List", 22, "Page"),
        "Background" => ("StartSession", "Job Queue Dispatcher", 448, "CodeUnit"),
        _ => return Activity::default(),
    };
    Activity {
        entry_point_operation: Some(String::from(operation)),
        entry_point_object_name: Some(String::from(name)),
        entry_point_object_id: Some(id.to_string()),
        entry_point_object_type: Some(String::from(object_type)),
        current_object_name: Some(String::from(name)),
        current_object_id: id,
        current_object_type: Some(String::from(object_type)),
        // The one of number 3 is more than 32 bits hold.
        current_operation_duration: match session.session_id {
            3 => 2_590_200_430_000,
            id => i64::from(id).abs(),
        },
    }
}

/// Sessions of another server instance on the same database: in the table, not on the page.
pub(crate) fn elsewhere(id: i32, name: &str, start: OffsetDateTime) -> [Session; 2] {
    let start = to_milliseconds(start);
    let age = |minutes: u64| Duration::from_secs(minutes * 60);
    [
        session(42, "KARIN", "Windows Client", "PC008", start - age(95)).server_instance(id, name),
        session(43, "JOHN", "Web Client", "PC009", start - age(18)).server_instance(id, name),
    ]
}

fn session(
    id: i32,
    user: &str,
    client_type: &str,
    computer: &str,
    login: OffsetDateTime,
) -> Session {
    Session::new(id)
        .user_id(format!(r"CRONUS\{user}"))
        .client_type(client_type)
        .client_computer_name(computer)
        .login_datetime(login)
}
