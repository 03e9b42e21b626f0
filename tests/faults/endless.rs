//! Lists without end, and what large answers cost: measured in a process of its own.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use nav_session::{Cancel, Error, ErrorKind, Outcome, Service, Session, SessionFilter, SessionKey};

use crate::bodies;
use crate::figures;
use crate::relay::{Answer, Piece, Plan, Relay, Request};
use crate::stage::{IDS, address, client, remove_all, server};

/// Set in the process that is measured.
const MEASURED: &str = "NAV_FAULTS_MEASURED";

/// A page that says that there is another one.
fn page(service: Service, number: usize, port: u16) -> Answer {
    match service {
        Service::Soap => {
            let rows = (0..1000).map(|row| {
                let row = number * 1000 + row;
                format!("<R><Key>{row}</Key><Session_ID>{row}</Session_ID></R>")
            });
            Answer::new(
                200,
                "text/xml",
                bodies::soap_rows(&rows.collect::<String>()),
            )
        }
        _ => {
            let next =
                format!("http://127.0.0.1:{port}/DynamicsNAV/ODataV4/Page?$skiptoken={number}");
            let body = format!("{{\"value\":[],\"@odata.nextLink\":\"{next}\"}}");
            Answer::new(200, "application/json", body)
        }
    }
}

/// A server whose list has no end. What a removal is answered with is lost.
fn endless(service: Service, work: impl FnOnce(u16)) -> usize {
    let emulator = server().start().unwrap();
    let pages = Arc::new(AtomicUsize::new(0));
    let port = Arc::new(AtomicUsize::new(0));
    let (counted, own_port) = (Arc::clone(&pages), Arc::clone(&port));
    let plan = Plan {
        spoil: Arc::new(move |request: &Request, _: &Answer| {
            if request.is_removal() {
                return vec![Piece::Reset];
            }
            let number = counted.fetch_add(1, Ordering::SeqCst);
            let port = u16::try_from(own_port.load(Ordering::SeqCst)).unwrap();
            vec![
                Piece::Bytes(page(service, number, port).bytes()),
                Piece::Keep,
            ]
        }),
        session_ids: IDS.to_vec(),
        lists: true,
        removals: true,
        times: usize::MAX,
        is_done: false,
    };
    let relay = Relay::before(address(&emulator, service), plan);
    port.store(usize::from(relay.port()), Ordering::SeqCst);
    work(relay.port());
    pages.load(Ordering::SeqCst)
}

#[test]
fn a_list_that_goes_on_without_end_is_refused() {
    let pages = endless(Service::OData, |port| {
        let client = client(port, Service::OData).open().unwrap();
        let rows = client.sessions(SessionFilter::default(), &Cancel::new());
        let error = rows.collect::<Result<Vec<_>, Error>>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
        assert!(error.to_string().contains("10000 pages"), "{error}");
    });
    assert_eq!(pages, 10_000);
}

#[test]
fn a_list_that_goes_on_without_end_keeps_no_removal_longer_than_one_request_may_take() {
    for service in [Service::Soap, Service::OData] {
        endless(service, |port| {
            let builder = client(port, service).network_timeout(Duration::from_secs(1));
            let client = builder.open().unwrap();
            let began = Instant::now();
            for result in remove_all(&client, &IDS.map(SessionKey::new)) {
                let outcome = result.unwrap();
                assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
            }
            assert!(began.elapsed() < Duration::from_secs(15), "{service:?}");
        });
    }
}

#[test]
fn answers_that_are_made_to_fill_the_memory_do_not() {
    if cfg!(not(target_os = "linux")) {
        // Only its kernel says what a process took at most.
        return;
    }
    if std::env::var_os(MEASURED).is_some() {
        return what_large_answers_cost();
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "endless::answers_that_are_made_to_fill_the_memory_do_not",
            "--nocapture",
        ])
        .env(MEASURED, "1")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&child.stdout);
    assert!(
        child.status.success(),
        "{told}{}",
        String::from_utf8_lossy(&child.stderr)
    );
    let (_, most) = told.split_once("kibibytes at most: ").unwrap();
    let most: u64 = most.split_whitespace().next().unwrap().parse().unwrap();
    figures::count(
        "MiB of memory at most, beside 40 answers that unfold to gigabytes",
        most >> 10,
    );
    assert!(most < 700 << 10, "{} MiB", most >> 10);
}

#[expect(clippy::print_stdout, reason = "the parent reads it")]
fn what_large_answers_cost() {
    let bomb = bodies::gzip_bomb(4 << 30);
    let small_rows = [
        (
            Service::Soap,
            bodies::soap_rows(&"<R><Session_ID>1</Session_ID></R>".repeat(300_000)),
        ),
        (Service::Soap, bodies::soap_rows(&"<R/>".repeat(10_000_000))),
        (
            Service::OData,
            format!(
                "{{\"value\":[{}{{}}]}}",
                "{\"Session_ID\":1},".repeat(1_000_000)
            ),
        ),
        (
            Service::AdminCenter,
            format!(
                "{{\"value\":[{}{{}}]}}",
                "{\"sessionId\":1},".repeat(1_000_000)
            ),
        ),
    ];
    for (service, body) in small_rows {
        let error = list(service, Answer::new(200, "", body)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer, "{error}");
    }
    for service in [Service::Soap, Service::OData, Service::AdminCenter] {
        let answer = Answer::new(200, "", bomb.clone()).with("Content-Encoding", "gzip");
        let error = list(service, answer).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AnswerTooLarge, "{error}");
        let spaces = Plan {
            spoil: Arc::new(|_, answer: &Answer| {
                let mut head = answer.head();
                head.extend(b"\r\n");
                vec![Piece::Bytes(head), Piece::Endless(b" ".to_vec())]
            }),
            ..plan(Answer::new(200, "", ""))
        };
        let emulator = server().start().unwrap();
        let relay = Relay::before(address(&emulator, service), spaces);
        let client = client(relay.port(), service).open().unwrap();
        for result in remove_all(&client, &IDS.map(SessionKey::new)) {
            assert!(!matches!(result, Ok(Outcome::Removed)), "{result:?}");
        }
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let (_, most) = status.split_once("VmHWM:").unwrap();
    println!("kibibytes at most: {}", most.trim_start());
}

fn plan(answer: Answer) -> Plan {
    Plan {
        spoil: Arc::new(move |_, _| vec![Piece::Bytes(answer.bytes()), Piece::Keep]),
        session_ids: IDS.to_vec(),
        lists: true,
        removals: true,
        times: usize::MAX,
        is_done: false,
    }
}

fn list(service: Service, answer: Answer) -> Result<Vec<Session>, Error> {
    let emulator = server().start().unwrap();
    let relay = Relay::before(address(&emulator, service), plan(answer));
    let client = client(relay.port(), service).open().unwrap();
    client
        .sessions(SessionFilter::default(), &Cancel::new())
        .collect()
}
