//! Versions of the ABI and of the library.

use super::boundary::{Out, enter_infallible};
use super::text::nav_text;

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
