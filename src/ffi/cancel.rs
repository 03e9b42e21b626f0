//! Ending calls from another thread.

use super::boundary::{Handle, Out, borrow, enter, enter_infallible, free};
use super::error::nav_error;
use super::status::nav_status;
use crate::error::Error;
use crate::http::Cancel;

/// Ends the calls it was given to. May be used from any thread, also while a call it was given to runs; ends with
/// `nav_cancel_free`, not before the calls it was given to have returned.
#[derive(Debug)]
pub struct nav_cancel(Cancel);

impl Handle for nav_cancel {
    const NAME: &'static str = "nav_cancel";
}

/// Makes a handle that nothing has been requested of yet.
///
/// # Safety
/// `cancel` is NULL or valid for one write; `error` is NULL or valid for one write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_cancel_new(
    cancel: *mut *mut nav_cancel,
    error: *mut *mut nav_error,
) -> nav_status {
    let body = || {
        let out = Out::new(cancel, "cancel")?;
        // SAFETY: the caller's promise.
        unsafe { out.give(nav_cancel(Cancel::new())) };
        Ok(nav_status::NAV_STATUS_OK)
    };
    // SAFETY: the caller's promise.
    unsafe { enter(error, body) }
}

/// Ends the calls in progress within milliseconds, and those that are given the handle later at once. It cannot be taken
/// back. NULL does nothing. It takes a lock, so a handler of a signal must not call it.
///
/// # Safety
/// `cancel` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_cancel_request(cancel: *const nav_cancel) {
    enter_infallible(|| {
        // SAFETY: the caller's promise.
        if let Ok(cancel) = unsafe { borrow(cancel, "cancel") } {
            cancel.0.request();
        }
    });
}

/// Frees a handle. NULL does nothing.
///
/// # Safety
/// `cancel` is NULL, or live and not used by another thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_cancel_free(cancel: *mut nav_cancel) {
    // SAFETY: the caller's promise.
    unsafe { free(cancel) };
}

/// The handle a call was given, or for NULL one that nobody can request anything of.
///
/// # Safety
/// `cancel` is NULL or live.
pub(super) unsafe fn given(cancel: *const nav_cancel) -> Result<Cancel, Error> {
    if cancel.is_null() {
        return Ok(Cancel::new());
    }
    // SAFETY: the caller's promise.
    Ok(unsafe { borrow(cancel, "cancel") }?.0.clone())
}
