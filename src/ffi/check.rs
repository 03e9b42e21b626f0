//! Checking an endpoint step by step.

use libc::size_t;

use super::boundary::{Growing, GrowingOut, Handle, Out, enter, free, read_growing, take};
use super::cancel::{given, nav_cancel};
use super::client::{builder, find, nav_client_options};
use super::error::nav_error;
use super::status::{nav_status, nav_step, nav_verdict};
use super::text::nav_text;
use crate::client::{Check, CheckedStep};
use crate::error::Error;

/// A check in progress. One thread at a time; ends with `nav_check_free`.
#[derive(Debug)]
pub struct nav_check {
    check: Check,
    row: Option<CheckedStep>,
}

impl Handle for nav_check {
    const NAME: &'static str = "nav_check";
}

/// A step of a check and what it came to. Texts are borrowed from the check until its next call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct nav_checked_step {
    /// `sizeof(nav_checked_step)`, set by the caller.
    pub size: size_t,
    /// A `nav_step`.
    pub step: i32,
    /// A `nav_verdict`.
    pub verdict: i32,
    /// What was found, or why it failed.
    pub message: nav_text,
    /// For a step that failed, the stable name of the error in `PascalCase`; else absent.
    pub error_id: nav_text,
    /// For a step that failed, what to do about it; else absent.
    pub recommended_action: nav_text,
}

// SAFETY: `repr(C)`, begins with `size`, and zero is a value of integers and of pointers.
unsafe impl Growing for nav_checked_step {
    const FIRST_SIZE: usize = size_of::<Self>();
}

/// Begins to check whether a client opened with `options` would work. Nothing is sent yet. `cancel` may be NULL, and may
/// be freed once the check is. An endpoint that cannot be found or is not complete is a failed step and not an error.
///
/// Errors: `NAV_STATUS_INVALID_ARGUMENT`, `NAV_STATUS_INVALID_SERVER_INSTANCE`, `NAV_STATUS_INVALID_TENANT`.
///
/// # Safety
/// `options` is NULL or as large as its `size` says, with readable texts; `cancel` is NULL or live; `check` is NULL or
/// valid for one write; `error` is NULL or valid for one write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_check_endpoint(
    options: *const nav_client_options,
    cancel: *const nav_cancel,
    check: *mut *mut nav_check,
    error: *mut *mut nav_error,
) -> nav_status {
    let body = || {
        // SAFETY: the caller's promise.
        let options = unsafe { read_growing(options, "options") }?;
        // SAFETY: the caller's promise.
        let cancel = unsafe { given(cancel) }?;
        let out = Out::new(check, "check")?;
        // SAFETY: the caller's promise.
        let (instance, found) = unsafe { find(&options) }?;
        let check = match found {
            Ok(found) => {
                // SAFETY: the caller's promise.
                let builder = unsafe { builder(&options, instance, found.endpoint) }?;
                builder.check(found.place, &cancel)
            }
            Err(unknown) => Check::without_endpoint(unknown, &cancel),
        };
        // SAFETY: the caller's promise.
        unsafe { out.give(nav_check { check, row: None }) };
        Ok(nav_status::NAV_STATUS_OK)
    };
    // SAFETY: the caller's promise.
    unsafe { enter(error, body) }
}

/// Looks at the next step, which takes as long as a call takes, or gives `NAV_STATUS_END` when there is none left. After
/// a step that failed, the others are skipped.
///
/// Errors: `NAV_STATUS_INVALID_ARGUMENT`.
///
/// # Safety
/// `check` is NULL, or live and used by this thread alone; `step` is NULL or as large as its `size` says; `error` is NULL
/// or valid for one write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_check_next(
    check: *mut nav_check,
    step: *mut nav_checked_step,
    error: *mut *mut nav_error,
) -> nav_status {
    let body = || {
        // SAFETY: the caller's promise.
        let mut check = unsafe { take(check, "check") }?;
        // SAFETY: the caller's promise.
        let out = unsafe { GrowingOut::new(step, "step") }?;
        check.row = check.check.next();
        let Some(row) = &check.row else {
            return Ok(nav_status::NAV_STATUS_END);
        };
        let error = row.error.as_ref();
        let filled = nav_checked_step {
            size: 0,
            step: nav_step::from(row.step) as i32,
            verdict: nav_verdict::from(row.verdict) as i32,
            message: nav_text::of(&row.message),
            error_id: nav_text::of_option(error.map(|error| error.kind().id())),
            recommended_action: nav_text::of_option(error.map(Error::recommended_action)),
        };
        // SAFETY: the caller's promise.
        unsafe { out.fill(&filled) };
        Ok(nav_status::NAV_STATUS_OK)
    };
    // SAFETY: the caller's promise.
    unsafe { enter(error, body) }
}

/// Frees a check, taken to its end or not. NULL does nothing.
///
/// # Safety
/// `check` is NULL, or live and not used by another thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_check_free(check: *mut nav_check) {
    // SAFETY: the caller's promise.
    unsafe { free(check) };
}
