//! Errors across the ABI.

use libc::size_t;

use super::boundary::{Growing, GrowingOut, Handle, borrow, enter, free};
use super::status::nav_status;
use super::text::nav_text;
use crate::error::Error;

/// What went wrong, in sentences for a person. The caller owns it and may use it from any thread; it ends with
/// `nav_error_free`.
#[derive(Debug)]
pub struct nav_error {
    error: Error,
    status: nav_status,
    message: String,
}

impl Handle for nav_error {
    const NAME: &'static str = "nav_error";
}

impl nav_error {
    pub(super) fn with_status(error: Error, status: nav_status) -> Self {
        let message = error.to_string();
        Self {
            error,
            status,
            message,
        }
    }
}

impl From<Error> for nav_error {
    fn from(error: Error) -> Self {
        let status = error.kind().into();
        Self::with_status(error, status)
    }
}

/// An error in its parts. Texts are borrowed from the error until it is freed.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct nav_error_info {
    /// `sizeof(nav_error_info)`, set by the caller.
    pub size: size_t,
    /// A `nav_status`; for the description of an outcome one of the block 600.
    pub status: i32,
    /// HTTP status of the answer that said so, or 0.
    pub http_status: i32,
    /// Stable name in `PascalCase`, by which scripts know the kind.
    pub id: nav_text,
    /// Name of the PowerShell `ErrorCategory` that fits.
    pub category: nav_text,
    /// What happened, the server's own words among it.
    pub message: nav_text,
    /// What to do about it.
    pub recommended_action: nav_text,
}

// SAFETY: `repr(C)`, begins with `size`, and zero is a value of integers and of pointers.
unsafe impl Growing for nav_error_info {
    const FIRST_SIZE: usize = size_of::<Self>();
}

/// Gives the parts of an error.
///
/// # Safety
/// `error` is NULL or live; `info` is NULL or as large as its `size` says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_error_describe(
    error: *const nav_error,
    info: *mut nav_error_info,
) -> nav_status {
    let body = || {
        // SAFETY: the caller's promise.
        let described = unsafe { borrow(error, "error") }?;
        // SAFETY: the caller's promise.
        let out = unsafe { GrowingOut::new(info, "info") }?;
        let kind = described.error.kind();
        let parts = nav_error_info {
            size: 0,
            status: described.status as i32,
            http_status: described.error.http_status().map_or(0, i32::from),
            id: nav_text::of(kind.id()),
            category: nav_text::of(kind.category().name()),
            message: nav_text::of(&described.message),
            recommended_action: nav_text::of(described.error.recommended_action()),
        };
        // SAFETY: the caller's promise.
        unsafe { out.fill(&parts) };
        Ok(nav_status::NAV_STATUS_OK)
    };
    // SAFETY: NULL is allowed.
    unsafe { enter(std::ptr::null_mut(), body) }
}

/// Frees an error. NULL does nothing.
///
/// # Safety
/// `error` is NULL, or live and not used by another thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_error_free(error: *mut nav_error) {
    // SAFETY: the caller's promise.
    unsafe { free(error) };
}
