//! Versions of the ABI and of the library, and its end.

use super::boundary::{Out, enter_infallible};
use super::text::nav_text;
use crate::http::close_connections;

/// Version of this ABI. It changes only when a function, a number or the meaning of one does; functions and fields that
/// are added do not change it.
pub const NAV_ABI_VERSION: u32 = 1;

/// The `NAV_ABI_VERSION` the library was built with. Check it before any other call.
#[unsafe(no_mangle)]
pub extern "C" fn nav_abi_version() -> u32 {
    NAV_ABI_VERSION
}

/// The version of the library, such as `0.1.0`. The text lives as long as the library is loaded. `version` NULL does
/// nothing.
///
/// # Safety
/// `version` is NULL or valid for one write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_version(version: *mut nav_text) {
    enter_infallible(|| {
        if let Ok(out) = Out::new(version, "version") {
            // SAFETY: the caller's promise.
            unsafe { out.set(nav_text::of(env!("CARGO_PKG_VERSION"))) };
        }
    });
}

/// Closes the connections that are kept for later calls, ends their threads, and forgets what they signed in with. Those
/// that a client or list still holds stay. Call it before the library is unloaded; otherwise they go by themselves.
#[unsafe(no_mangle)]
pub extern "C" fn nav_close_connections() {
    enter_infallible(close_connections);
}
