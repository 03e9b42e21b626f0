//! Ending calls from another thread.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Ends the calls it was given to, from any thread.
///
/// Clones are the same handle. Once requested it stays requested: a call given it later ends at once, with
/// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled).
#[derive(Clone, Default)]
pub struct Cancel {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    requested: AtomicBool,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    next_number: u64,
    wakers: Vec<(u64, Box<dyn Fn() + Send>)>,
}

impl Cancel {
    /// A handle that nothing has been requested of yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the calls in progress, within milliseconds, and those that come.
    pub fn request(&self) {
        self.shared.requested.store(true, Ordering::SeqCst);
        for (_, wake) in &self.waiting().wakers {
            wake();
        }
    }

    /// Whether [`request`](Self::request) was called.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.shared.requested.load(Ordering::SeqCst)
    }

    /// From now until the guard goes, a request calls `wake`, which must not wait. The caller must look at
    /// [`is_requested`](Self::is_requested) once after this, as the request may have come before.
    pub(crate) fn on_request(&self, wake: impl Fn() + Send + 'static) -> Registration {
        let mut waiting = self.waiting();
        let number = waiting.next_number;
        waiting.next_number += 1;
        waiting.wakers.push((number, Box::new(wake)));
        Registration {
            cancel: self.clone(),
            number,
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.shared
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancel")
            .field("requested", &self.is_requested())
            .finish_non_exhaustive()
    }
}

#[must_use = "it lasts until it is dropped"]
pub(crate) struct Registration {
    cancel: Cancel,
    number: u64,
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut waiting = self.cancel.waiting();
        waiting.wakers.retain(|(number, _)| *number != self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    #[test]
    fn no_waker_runs_any_more_once_its_registration_is_gone() {
        let cancel = Cancel::new();
        let (events, order) = mpsc::channel();
        let (go_on, gate) = mpsc::channel::<()>();
        let waker = events.clone();
        let registration = cancel.on_request(move || {
            waker.send("woken").expect("it is listened to");
            gate.recv().expect("it is told to go on");
            waker.send("waker ended").expect("it is listened to");
        });
        let requester = cancel.clone();
        let requests = thread::spawn(move || requester.request());
        assert_eq!(order.recv(), Ok("woken"));
        let drops = thread::spawn(move || {
            events.send("dropping").expect("it is listened to");
            drop(registration);
            events.send("dropped").expect("it is listened to");
        });
        assert_eq!(order.recv(), Ok("dropping"));
        go_on.send(()).expect("the waker waits");
        assert_eq!(order.recv(), Ok("waker ended"));
        assert_eq!(order.recv(), Ok("dropped"));
        requests.join().expect("no panic");
        drops.join().expect("no panic");
    }

    #[test]
    fn whoever_registers_after_the_request_sees_it_by_the_flag_alone() {
        let cancel = Cancel::new();
        cancel.request();
        let _registration = cancel.on_request(|| unreachable!("it was requested before"));
        assert!(cancel.is_requested());
        assert!(cancel.clone().is_requested());
    }
}
