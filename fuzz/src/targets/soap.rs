//! Answers of SOAP web services: a page of a list, the word of a removal, faults in place of either.

use nav_session::fuzzing::{Interface, Listed, Step};
use nav_session::{Outcome, Service, SessionFilter, SessionKey};

use crate::answer::{self, Input};
use crate::{check, memory};

use super::odata::sent_with_its_login_time;

/// The shortest row that has an id.
const SHORTEST_ROW: usize = "<a><Session_ID>1</Session_ID></a>".len();

pub(super) fn list(input: &[u8]) {
    let soap = Interface::new(Service::Soap);
    let input = answer::read(input);
    let filter = SessionFilter::default();
    let page = memory::within(96, input.body.len(), || soap.page(&filter, &input.answer));
    check::result(&page);
    if let Ok(Listed { sessions, next }) = page {
        assert!(input.is_good(), "a list with HTTP {}", input.status);
        assert!(sessions.len() <= input.body.len() / SHORTEST_ROW);
        assert!(next.is_none() || sessions.len() >= 1000);
        for session in &sessions {
            sent_with_its_login_time(&soap, session);
        }
    }
}

pub(super) fn removal(input: &[u8]) {
    let soap = Interface::new(Service::Soap);
    let input = answer::read(input);
    let removed = memory::within(16, input.body.len(), || {
        soap.removed(&SessionKey::new(11), false, &input.answer)
    });
    check::result(&removed);
    match removed {
        Ok(Step::Done(Outcome::Removed)) => confirmed(&input),
        Ok(Step::Accepted | Step::Deletes) => panic!("not of this interface"),
        _ => {}
    }
}

/// A session is removed only by an answer that says so, once, and is no fault.
fn confirmed(input: &Input<'_>) {
    assert!(input.is_good(), "removed with HTTP {}", input.status);
    let text = String::from_utf8_lossy(input.body);
    let count = |word| text.matches(word).count();
    assert!(count("return_value") > 0);
    // Written out, unless it is written in a way that XML has for any text.
    let is_disguised = ["&", "<![CDATA[", "<!--", "<?"].iter().any(|way| text.contains(way));
    assert!(is_disguised || count("Removed") > 0, "{text}");
}
