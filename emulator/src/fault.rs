use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::lock;

/// What goes wrong with a request instead of, or around, its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection breaks; the server did nothing.
    CloseBeforeDoing,
    /// The server does what was asked, then the connection breaks without an answer.
    CloseAfterDoing,
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

/// What a request asks the companion for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// The list of sessions: SOAP `ReadMultiple`, OData `ActiveSessions`.
    ListSessions,
    /// `RemoveSession`.
    RemoveSession,
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
