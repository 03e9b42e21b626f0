//! Ending calls from another thread.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::wake::Wake;

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
    waiting: Mutex<Vec<Arc<Wake>>>,
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
        for wake in self.waiting().iter() {
            wake.wake();
        }
    }

    /// Whether [`request`](Self::request) was called.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.shared.requested.load(Ordering::SeqCst)
    }

    /// From now until the guard goes, a request wakes `wake`. The caller must look at
    /// [`is_requested`](Self::is_requested) once after this, as the request may have come before.
    pub(super) fn wakes(&self, wake: &Arc<Wake>) -> Registration {
        self.waiting().push(Arc::clone(wake));
        Registration {
            cancel: self.clone(),
            wake: Arc::clone(wake),
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Wake>>> {
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

pub(super) struct Registration {
    cancel: Cancel,
    wake: Arc<Wake>,
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut waiting = self.cancel.waiting();
        if let Some(at) = waiting
            .iter()
            .position(|wake| Arc::ptr_eq(wake, &self.wake))
        {
            waiting.swap_remove(at);
        }
    }
}
