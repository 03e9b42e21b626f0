//! Which sessions a list holds, by each interface over real HTTP.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use nav_emulator::{Emulator, Session as ServerSession};
use nav_session::{
    Cancel, Client, CredentialType, Endpoint, Secret, ServerInstance, Service, Session,
    SessionFilter, SessionKey, WildcardPattern,
};

const COMPANY: &str = "CRONUS International Ltd.";
const TOKEN: &str = "token-mark";
const SERVICES: [Service; 3] = [Service::Soap, Service::OData, Service::AdminCenter];

fn server() -> nav_emulator::Builder {
    Emulator::builder().admin_center(true).access_token(TOKEN)
}

fn client(emulator: &Emulator, service: Service) -> Client {
    let web_service = |uri| Endpoint::new(service, uri, COMPANY, CredentialType::None);
    let (endpoint, token) = match service {
        Service::Soap => (web_service(emulator.soap_uri()), None),
        Service::OData => (web_service(emulator.odata_uri()), None),
        Service::AdminCenter => {
            let endpoint = Endpoint {
                uri: emulator.admin_center_uri(),
                ..Endpoint::admin_center("Production")
            };
            (endpoint, Some(TOKEN))
        }
    };
    let mut builder = Client::builder(ServerInstance::parse("DynamicsNAV").unwrap(), endpoint);
    if let Some(token) = token {
        builder = builder.access_token(Secret::from(token));
    }
    builder.open().unwrap()
}

fn rows(client: &Client, filter: &SessionFilter) -> Vec<Session> {
    let rows = client.sessions(filter.clone(), &Cancel::new());
    rows.collect::<Result<_, _>>().unwrap()
}

/// The ids in the list, but those of calls.
fn ids(client: &Client, filter: &SessionFilter) -> Vec<i32> {
    let mut ids: Vec<_> = rows(client, filter)
        .iter()
        .map(|row| row.session_id)
        .filter(|id| *id < 2001)
        .collect();
    ids.sort_unstable();
    ids
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "a filter has its patterns optionally"
)]
fn patterns<const N: usize>(texts: [&str; N]) -> Option<Vec<WildcardPattern>> {
    let parsed = texts.map(|text| WildcardPattern::parse(text).unwrap());
    Some(parsed.into())
}

#[test]
fn a_list_holds_what_all_conditions_admit() {
    let all = || SessionFilter::default();
    let cases: [(SessionFilter, &[i32]); 10] = [
        (
            SessionFilter {
                session_ids: Some(vec![11, -6574, 4711]),
                ..all()
            },
            &[-6574, 11],
        ),
        (
            SessionFilter {
                user_id_patterns: patterns([r"cronus\maria", r"*\t?m"]),
                ..all()
            },
            &[-6574, 14, 15, 19],
        ),
        (
            SessionFilter {
                client_type_patterns: patterns(["tablet", "Nas"]),
                ..all()
            },
            &[2, 15],
        ),
        (
            SessionFilter {
                client_computer_name_patterns: patterns(["pc0[0-2]?"]),
                ..all()
            },
            &[5, 7],
        ),
        (
            SessionFilter {
                older_than: Some(Duration::from_secs(24 * 3600)),
                ..all()
            },
            &[2, 3, 19],
        ),
        (
            SessionFilter {
                session_ids: Some(vec![11, 14, 26]),
                user_id_patterns: patterns(["*NEIL", "*MARIA"]),
                client_computer_name_patterns: patterns(["PC042"]),
                ..all()
            },
            &[26],
        ),
        (
            SessionFilter {
                session_ids: Some(vec![]),
                ..all()
            },
            &[],
        ),
        (
            SessionFilter {
                client_type_patterns: patterns([]),
                ..all()
            },
            &[],
        ),
        (
            SessionFilter {
                user_id_patterns: patterns(["ANNA"]),
                ..all()
            },
            &[],
        ),
        (
            SessionFilter {
                session_ids: Some(vec![11]),
                user_id_patterns: patterns(["*MARIA"]),
                ..all()
            },
            &[],
        ),
    ];
    let emulator = server().start().unwrap();
    for service in SERVICES {
        let client = client(&emulator, service);
        for (filter, expected) in &cases {
            // The API does not tell the computer.
            let is_online = service == Service::AdminCenter;
            if is_online && filter.client_computer_name_patterns.is_some() {
                assert!(ids(&client, filter).is_empty());
                continue;
            }
            assert_eq!(ids(&client, filter), *expected, "{service:?} {filter:?}");
        }
    }
}

#[test]
fn the_own_session_is_left_out_where_that_is_asked_for() {
    for service in [Service::Soap, Service::OData] {
        let emulator = server().start().unwrap();
        let client = client(&emulator, service);
        let own = |filter| rows(&client, &filter).iter().any(|row| row.own_session);
        assert!(own(SessionFilter::default()));
        assert!(!own(SessionFilter {
            exclude_own_session: true,
            ..SessionFilter::default()
        }));
    }
}

#[test]
fn one_id_is_picked_out_by_the_server_and_what_could_lose_a_row_is_looked_at_here() {
    for service in SERVICES {
        let emulator = server().start().unwrap();
        let client = client(&emulator, service);
        let asked = |filter: SessionFilter| {
            emulator.clear_records();
            rows(&client, &filter);
            let [request] = emulator.requests().try_into().unwrap();
            format!("{} {}", request.target, request.text())
        };
        let all = asked(SessionFilter::default());
        let one = asked(SessionFilter::of_session(11));
        assert_ne!(all, one, "{service:?}");
        assert!(one.contains("11"), "{one}");
        for filter in [
            SessionFilter {
                session_ids: Some(vec![11, 14]),
                ..SessionFilter::default()
            },
            // The server would compare the casing.
            SessionFilter {
                user_id_patterns: patterns([r"CRONUS\ANNA"]),
                client_computer_name_patterns: patterns(["PC042"]),
                client_type_patterns: patterns(["WebClient"]),
                ..SessionFilter::default()
            },
            // The page computes it, so the server cannot filter on it.
            SessionFilter {
                exclude_own_session: true,
                ..SessionFilter::default()
            },
        ] {
            assert_eq!(asked(filter), all, "{service:?}");
        }
    }
}

#[test]
fn more_ids_than_an_address_can_hold_are_looked_for() {
    let emulator = server()
        .with_sessions((-4000..2000).map(ServerSession::new))
        .page_size(500)
        .start()
        .unwrap();
    let wanted: Vec<i32> = (-4000..2000).step_by(2).collect();
    let filter = SessionFilter {
        session_ids: Some(wanted.clone()),
        ..SessionFilter::default()
    };
    for service in SERVICES {
        let found = ids(&client(&emulator, service), &filter);
        assert!(found == wanted, "{service:?}: {} found", found.len());
    }
}

#[test]
fn a_row_is_looked_up_again_and_another_session_of_its_id_is_not_taken_for_it() {
    for service in SERVICES {
        let emulator = server().start().unwrap();
        let client = client(&emulator, service);
        let row = rows(&client, &SessionFilter::of_session(11)).remove(0);
        let again = SessionFilter {
            key: Some(SessionKey::from(&row)),
            ..SessionFilter::default()
        };
        emulator.clear_records();
        assert_eq!(ids(&client, &again), [11], "{service:?}");
        let [request] = emulator.requests().try_into().unwrap();
        let request = format!("{} {}", request.target, request.text());
        assert!(request.contains("11"), "{request}");
        for place in ["default", "Production"] {
            emulator.replace_session(place, ServerSession::new(11).user_id(r"CRONUS\BEN"));
        }
        assert!(ids(&client, &again).is_empty(), "{service:?}");
        assert_eq!(ids(&client, &SessionFilter::of_session(11)), [11]);
    }
}

/// An OData service whose clock is the one in `headers`, with one session of each login time.
fn with_clock(headers: &str, logins: &[Option<&str>]) -> Client {
    let rows: Vec<_> = (1..)
        .zip(logins)
        .map(|(id, login)| serde_json::json!({ "Session_ID": id, "Login_Datetime": login }))
        .collect();
    let body = serde_json::json!({ "value": rows }).to_string();
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("http://{}/BC", listener.local_addr().unwrap());
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = BufReader::new(connection.unwrap());
            let mut line = String::new();
            while connection.read_line(&mut line).unwrap() > 0 {
                if line == "\r\n" {
                    connection.get_mut().write_all(answer.as_bytes()).unwrap();
                }
                line.clear();
            }
            // Until the other side has closed it.
            let _ = connection.read(&mut [0]);
        }
    });
    let endpoint = Endpoint::new(Service::OData, uri, COMPANY, CredentialType::None);
    let instance = ServerInstance::parse("DynamicsNAV").unwrap();
    Client::builder(instance, endpoint).open().unwrap()
}

#[test]
fn a_session_is_as_old_as_the_servers_clock_says_and_never_of_negative_age() {
    let client = with_clock(
        "Date: Wed, 01 Jan 2020 12:00:00 GMT\r\n",
        &[
            Some("2020-01-01T11:00:00Z"),
            Some("2020-01-01T10:59:59.5Z"),
            Some("2020-01-01T12:00:00.7Z"),
            Some("2020-01-01T11:00:00"),
            None,
        ],
    );
    let ages: Vec<_> = rows(&client, &SessionFilter::default())
        .iter()
        .map(|row| row.age)
        .collect();
    let hour = Duration::from_secs(3600);
    assert_eq!(
        ages,
        [
            Some(hour),
            Some(hour + Duration::from_millis(500)),
            Some(Duration::ZERO),
            None,
            None
        ]
    );
    let older_than = |least| SessionFilter {
        older_than: Some(least),
        ..SessionFilter::default()
    };
    assert_eq!(ids(&client, &older_than(hour)), [2]);
    assert_eq!(ids(&client, &older_than(Duration::from_nanos(1))), [1, 2]);
}

#[test]
fn without_the_servers_clock_this_computers_is_the_one() {
    let day = Duration::from_secs(24 * 3600);
    let yesterday = time::OffsetDateTime::now_utc() - day;
    let login = yesterday.format(&time::format_description::well_known::Rfc3339);
    for headers in ["", "Date: yesterday\r\n"] {
        let client = with_clock(headers, &[Some(login.as_ref().unwrap())]);
        let age = rows(&client, &SessionFilter::default())[0].age.unwrap();
        assert!(age >= day && age < day + day, "{age:?}");
    }
}
