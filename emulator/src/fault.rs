use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::{lock, odata, soap};

/// What goes wrong with a request instead of, or around, its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection breaks; the server did nothing.
    CloseBeforeDoing,
    /// The server does what was asked, then the connection breaks without an answer.
    CloseAfterDoing,
    /// The server does what was asked, then the connection breaks in the middle of the answer.
    Truncated,
    /// The server does what was asked, then a gateway that lost its answer says 502.
    BadGateway,
    /// This answer, and the server does nothing.
    Answer {
        /// The HTTP status.
        status: u16,
        /// The `Content-Type`; blank sends none.
        content_type: String,
        /// Further header fields, such as `Retry-After`.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
    },
    /// The request waits this long, then is done as usual.
    Delay(Duration),
    /// No answer, until the caller gives up; the server does nothing.
    Silence,
}

impl Fault {
    /// An error of OData, such as 404 with `Internal_CompanyNotFound`.
    #[must_use]
    pub fn odata_error(status: u16, code: &str, message: &str) -> Self {
        Self::Answer {
            status,
            content_type: String::from(odata::JSON),
            headers: Vec::new(),
            body: odata::error(code, message),
        }
    }

    /// A SOAP fault of an exception's class, such as `NavCSideRecordNotFoundException`.
    #[must_use]
    pub fn soap_fault(class: &str, message: &str) -> Self {
        Self::Answer {
            status: 500,
            content_type: String::from(soap::XML),
            headers: Vec::new(),
            body: soap::fault_of_class(class, message),
        }
    }

    /// A page of HTML, as a 401 or 503 may have, and a proxy or a sign-in page with any status.
    #[must_use]
    pub fn html(status: u16, title: &str) -> Self {
        Self::Answer {
            status,
            content_type: String::from("text/html; charset=utf-8"),
            headers: Vec::new(),
            body: format!(
                "<!DOCTYPE html><html><head><title>{title}</title></head>\
                 <body><h1>{title}</h1></body></html>"
            ),
        }
    }
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// The list of sessions: SOAP `ReadMultiple`, OData `ActiveSessions`, and `GET …/sessions` of
    /// the Admin Center API.
    ListSessions,
    /// One session: `GET …/sessions/ID` of the Admin Center API.
    GetSession,
    /// The end of a session: the companion's `RemoveSession`, and `DELETE …/sessions/ID` of the
    /// Admin Center API.
    RemoveSession,
    /// An access token.
    Token,
}

/// The faults that wait for a request, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    // Lets the path without faults stay without a lock.
    waiting: AtomicUsize,
    queue: Mutex<VecDeque<(Option<Operation>, Fault)>>,
}

impl Faults {
    pub(crate) fn push(&self, operation: Option<Operation>, fault: Fault) {
        let mut queue = lock(&self.queue);
        queue.push_back((operation, fault));
        self.waiting.store(queue.len(), Ordering::Release);
    }

    pub(crate) fn take(&self, operation: Option<Operation>) -> Option<Fault> {
        if self.waiting.load(Ordering::Acquire) == 0 {
            return None;
        }
        let mut queue = lock(&self.queue);
        let position = queue
            .iter()
            .position(|(wanted, _)| wanted.is_none() || *wanted == operation)?;
        let (_, fault) = queue.remove(position)?;
        self.waiting.store(queue.len(), Ordering::Release);
        Some(fault)
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.load(Ordering::Acquire)
    }
}
