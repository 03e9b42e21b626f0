//! Answers of SOAP web services: a page of a list, the word of a removal, faults in place of either.

use nav_session::fuzzing::{Interface, Listed, Step};
use nav_session::{Outcome, Service, Session, SessionFilter, SessionKey};
use roxmltree::{Document, Node};

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
        assert!(sessions.len() <= check::MOST_ROWS.min(input.body.len() / SHORTEST_ROW));
        assert!(next.is_none() || sessions.len() >= 1000);
        for session in &sessions {
            sent_with_its_login_time(&soap, session);
        }
        as_listed(&input, &sessions);
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
    let Some(document) = other_reading(&text) else {
        // Not for a stricter reader of XML. It is written out, unless in one of the ways that XML has for any text.
        let ways = ["&", "<![CDATA[", "<!--", "<?"];
        assert!(
            text.contains("Removed") || ways.iter().any(|way| text.contains(way)),
            "{text}"
        );
        return;
    };
    let results = children(&[document.root_element()], "Body");
    assert!(children(&results, "Fault").is_empty(), "{text}");
    let values = children(&children(&results, "RemoveSession_Result"), "return_value");
    let [value] = &*values else {
        panic!("{} values: {text}", values.len());
    };
    assert_eq!(
        text_of(*value).as_deref().map(str::trim),
        Some("Removed"),
        "{text}"
    );
}

/// The rows are those that another reader of XML finds.
fn as_listed(input: &Input<'_>, sessions: &[Session]) {
    let text = String::from_utf8_lossy(input.body);
    let Some(document) = other_reading(&text) else {
        return;
    };
    let results = children(
        &children(&[document.root_element()], "Body"),
        "ReadMultiple_Result",
    );
    let rows: Vec<_> = children(&results, "ReadMultiple_Result")
        .iter()
        .flat_map(|rows| rows.children().filter(Node::is_element))
        .collect();
    assert_eq!(rows.len(), sessions.len(), "{text}");
    for (row, session) in rows.iter().zip(sessions) {
        let ids: Vec<_> = children(&[*row], "Session_ID")
            .into_iter()
            .map(text_of)
            .collect();
        if let [Some(id)] = &*ids {
            assert_eq!(id.trim().parse(), Ok(session.session_id), "{text}");
        }
    }
}

/// As another reader of XML has it, which is stricter, and slow with long texts.
fn other_reading(text: &str) -> Option<Document<'_>> {
    (text.len() <= 64 * 1024).then(|| Document::parse(text).ok())?
}

fn children<'a, 'input>(parents: &[Node<'a, 'input>], name: &str) -> Vec<Node<'a, 'input>> {
    let all = parents.iter().flat_map(Node::children);
    all.filter(|node| node.is_element() && node.tag_name().name() == name)
        .collect()
}

/// The text of an element that has nothing else.
fn text_of(element: Node<'_, '_>) -> Option<String> {
    let has_elements = element.children().any(|child| child.is_element());
    let parts = element
        .children()
        .filter(Node::is_text)
        .filter_map(|child| child.text());
    (!has_elements).then(|| parts.collect())
}
