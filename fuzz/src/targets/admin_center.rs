//! Answers of the Admin Center API: a list, one session, both requests of a removal, errors in place of any.

use nav_session::fuzzing::{Interface, Step};
use nav_session::{Error, Service, Session, SessionFilter, SessionKey};

use crate::answer::{self, Input};
use crate::{check, memory};

/// The shortest row.
const SHORTEST_ROW: usize = r#"{"sessionId":1}"#.len();

pub(super) fn list(input: &[u8]) {
    let input = answer::read(input);
    let Ok(sessions) = page(&input, &SessionFilter::default()) else {
        return;
    };
    assert!(input.is_good(), "a list with HTTP {}", input.status);
    assert!(sessions.len() <= check::MOST_ROWS.min(input.body.len() / SHORTEST_ROW));
    let Some(json) = input.json() else { return };
    let rows = json["value"].as_array().expect("a list has rows");
    let ids: Vec<_> = rows.iter().map(|row| row["sessionId"].clone()).collect();
    let listed: Vec<_> = sessions.iter().map(|session| session.session_id).collect();
    assert_eq!(ids, listed);
}

pub(super) fn session(input: &[u8]) {
    let input = answer::read(input);
    let Ok(sessions) = page(&input, &SessionFilter::of_session(11)) else {
        return;
    };
    match &*sessions {
        [] => assert_eq!(input.status, 404),
        [session] => {
            assert!(input.is_good(), "a session with HTTP {}", input.status);
            if let Some(json) = input.json() {
                assert_eq!(json["sessionId"], session.session_id);
            }
        }
        more => panic!("{} sessions with one id", more.len()),
    }
}

fn page(input: &Input<'_>, filter: &SessionFilter) -> Result<Vec<Session>, Error> {
    let api = Interface::new(Service::AdminCenter);
    let page = memory::within(192, input.body.len(), || api.page(filter, &input.answer));
    check::result(&page);
    page.map(|page| {
        assert!(page.next.is_none());
        page.sessions
    })
}

pub(super) fn removal(input: &[u8]) {
    let api = Interface::new(Service::AdminCenter);
    let input = answer::read(input);
    let alone = SessionKey::new(11);
    // 2026-11-22T08:17:17Z, the time in the seeds.
    let listed = br#"{"value":[{"sessionId":11,"logOnDate":"2026-11-22T08:17:17Z"}]}"#;
    let listed = page(&answer::read(listed), &SessionFilter::default()).expect("it is a list");
    let compared = SessionKey::from(&listed[0]);
    for (key, deletes) in [(&alone, true), (&compared, false), (&compared, true)] {
        let removed = memory::within(64, input.body.len(), || {
            api.removed(key, deletes, &input.answer)
        });
        check::result(&removed);
        match removed {
            Ok(Step::Done(outcome)) => {
                assert_ne!(
                    outcome,
                    nav_session::Outcome::Removed,
                    "the API never says so"
                );
            }
            Ok(Step::Accepted) => assert!(deletes && input.is_good()),
            Ok(Step::Deletes) => {
                assert!(!deletes && input.is_good());
                if let Some(json) = input.json() {
                    assert_eq!(json["sessionId"], 11);
                    assert!(json["logOnDate"].is_string());
                }
            }
            Err(_) => {}
        }
    }
}
