//! Names of server instances.

use libc::size_t;

use super::boundary::{Out, enter};
use super::error::nav_error;
use super::status::nav_status;
use super::text::{nav_string, nav_text};
use crate::instance::ServerInstance;

/// Gives both names of a server instance from either: the full one of its Windows service,
/// `MicrosoftDynamicsNavServer$NAME`, and the short one, `NAME`. `full_name` or `short_name` may be NULL when it is not
/// wanted; the caller owns what it gets.
///
/// # Safety
/// `name` is NULL or readable for `name_length` bytes; the other pointers are NULL or valid for one write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_server_instance_names(
    name: *const u8,
    name_length: size_t,
    full_name: *mut *mut nav_string,
    short_name: *mut *mut nav_string,
    error: *mut *mut nav_error,
) -> nav_status {
    let body = || {
        let name = nav_text {
            data: name,
            length: name_length,
        };
        // SAFETY: the caller's promise.
        let instance = ServerInstance::parse(unsafe { name.required("name") }?)?;
        if let Ok(out) = Out::new(full_name, "full_name") {
            // SAFETY: the caller's promise.
            unsafe { out.give(nav_string(instance.full_name())) };
        }
        if let Ok(out) = Out::new(short_name, "short_name") {
            // SAFETY: the caller's promise.
            unsafe { out.give(nav_string(instance.short_name().to_owned())) };
        }
        Ok(nav_status::NAV_STATUS_OK)
    };
    // SAFETY: the caller's promise.
    unsafe { enter(error, body) }
}
