//! Signals, which the standard library leaves to C.

#![cfg_attr(
    unix,
    allow(unsafe_code, reason = "the functions for signals have no safe form")
)]

/// Keeps SIGPIPE from this thread. libcurl is told not to touch the process's signals, so where its TLS writes to a
/// connection that the server closed, the signal would end a program that does not ignore it.
#[cfg(unix)]
pub(crate) fn block_sigpipe() {
    let mut set = std::mem::MaybeUninit::uninit();
    // SAFETY: it is writable.
    unsafe { libc::sigemptyset(set.as_mut_ptr()) };
    // SAFETY: it was initialized just now.
    unsafe { libc::sigaddset(set.as_mut_ptr(), libc::SIGPIPE) };
    // SAFETY: the set is initialized; NULL is allowed for the one before.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, set.as_ptr(), std::ptr::null_mut()) };
}

/// There is no such signal.
#[cfg(not(unix))]
pub(crate) fn block_sigpipe() {}
