//! Answers of OData web services: a page of a list, the word of a removal, errors in place of either.

use nav_session::fuzzing::{Interface, Listed, Step};
use nav_session::{Outcome, Service, Session, SessionFilter, SessionKey};

use crate::{answer, check, memory};

/// The shortest row.
const SHORTEST_ROW: usize = r#"{"Session_ID":1}"#.len();
/// Where the interface is, as another reader of addresses would find it.
const ORIGIN: &str = "https://nav01:7048";

pub(super) fn list(input: &[u8]) {
    let odata = Interface::new(Service::OData);
    let input = answer::read(input);
    let filter = SessionFilter::default();
    let page = memory::within(192, input.body.len(), || odata.page(&filter, &input.answer));
    check::result(&page);
    if let Ok(Listed { sessions, next }) = page {
        assert!(input.is_good(), "a list with HTTP {}", input.status);
        assert!(sessions.len() <= check::MOST_ROWS.min(input.body.len() / SHORTEST_ROW));
        let Some(json) = input.json() else { return };
        let rows = json["value"].as_array().expect("a list has rows");
        assert_eq!(rows.len(), sessions.len());
        for (row, session) in rows.iter().zip(&sessions) {
            assert_eq!(row["Session_ID"], session.session_id);
            sent_with_its_login_time(&odata, session);
        }
        if let Some((url, _)) = next {
            stays(&url);
        }
    }
}

/// Credentials go along, so that whoever reads the address must find the same host.
fn stays(url: &str) {
    let tail = url
        .get(..ORIGIN.len())
        .filter(|origin| origin.eq_ignore_ascii_case(ORIGIN));
    assert!(tail.is_some(), "{url:?}");
    let tail = &url[ORIGIN.len()..];
    assert!(
        tail.is_empty() || tail.starts_with(['/', '?', '#']),
        "{url:?}"
    );
    assert!(!tail.contains(char::is_control), "{url:?}");
}

pub(super) fn removal(input: &[u8]) {
    let odata = Interface::new(Service::OData);
    let input = answer::read(input);
    let removed = memory::within(16, input.body.len(), || {
        odata.removed(&SessionKey::new(11), false, &input.answer)
    });
    check::result(&removed);
    match removed {
        Ok(Step::Done(Outcome::Removed)) => {
            assert!(input.is_good(), "removed with HTTP {}", input.status);
            if let Some(json) = input.json() {
                assert_eq!(json["value"].as_str().map(str::trim), Some("Removed"));
            }
        }
        Ok(Step::Accepted | Step::Deletes) => panic!("not of this interface"),
        _ => {}
    }
}

/// A row's login time goes with its removal, or another session of the id could be stopped in its place.
pub(super) fn sent_with_its_login_time(interface: &Interface, session: &Session) {
    let key = SessionKey::from(session);
    let (_, body) = interface.removal(&key);
    let body = String::from_utf8(body).expect("what is sent is text");
    let is_blank =
        body.contains("<loginDatetime></loginDatetime>") || body.contains(r#""loginDatetime":"""#);
    assert_eq!(is_blank, key.login_datetime.is_none(), "{key:?}: {body}");
    // The companion reads no more than seven digits behind the second.
    let digits = body.bytes().skip_while(|byte| *byte != b'.').skip(1);
    assert!(digits.take_while(u8::is_ascii_digit).count() <= 7, "{body}");
}
