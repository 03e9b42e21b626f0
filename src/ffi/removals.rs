//! Many removals at once.

use std::time::Duration;

use libc::size_t;

use super::boundary::{
    Growing, GrowingOut, Handle, Out, borrow, enter, free, read_growing, store_error, take,
};
use super::cancel::{given, nav_cancel};
use super::client::{nav_client, nav_session_key, read_key};
use super::error::nav_error;
use super::status::{nav_outcome, nav_status};
use crate::client::{Removals, Removed};

/// Waits as long as it takes, where a time to wait is given in milliseconds.
pub const NAV_INFINITE: u32 = u32::MAX;

/// Removals in flight, of one client or several. One thread at a time; may outlive the clients; ends with
/// `nav_removals_free`, which ends what is in flight.
#[derive(Debug)]
pub struct nav_removals(Removals);

impl Handle for nav_removals {
    const NAME: &'static str = "nav_removals";
}

/// A removal that has ended.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct nav_removed {
    /// `sizeof(nav_removed)`, set by the caller.
    pub size: size_t,
    /// What it was added with.
    pub tag: u64,
    /// Id of the session that was asked for.
    pub session_id: i32,
    /// `NAV_STATUS_OK` where there is an outcome; else why nothing was done, a `nav_status`.
    pub status: i32,
    /// A `nav_outcome`; 0 where there is none.
    pub outcome: i32,
}

// SAFETY: `repr(C)`, begins with `size`, and zero is a value of integers.
unsafe impl Growing for nav_removed {
    const FIRST_SIZE: usize = size_of::<Self>();
}

/// Makes a set that has at most `limit` requests in flight; 0 is taken for 1. `cancel` may be NULL, and may be freed once the set
/// is.
///
/// Errors: `NAV_STATUS_INVALID_ARGUMENT`.
///
/// # Safety
/// `cancel` is NULL or live; `removals` is NULL or valid for one write; `error` is NULL or valid for one write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_removals_new(
    limit: u32,
    cancel: *const nav_cancel,
    removals: *mut *mut nav_removals,
    error: *mut *mut nav_error,
) -> nav_status {
    let body = || {
        // SAFETY: the caller's promise.
        let cancel = unsafe { given(cancel) }?;
        let out = Out::new(removals, "removals")?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        // SAFETY: the caller's promise.
        unsafe { out.give(nav_removals(Removals::new(limit, &cancel))) };
        Ok(nav_status::NAV_STATUS_OK)
    };
    // SAFETY: the caller's promise.
    unsafe { enter(error, body) }
}

/// Sends the removal of a session off, as `nav_remove_session` does it. Where the limit is reached, it waits until there is
/// room; `nav_removals_has_room` waits for that no longer than it is told to. Take what has ended with `nav_removals_next`
/// after each call, or it piles up. `tag` comes back with it.
///
/// Errors: `NAV_STATUS_INVALID_ARGUMENT`, after which nothing was added. What becomes of the removal is told by
/// `nav_removals_next` alone.
///
/// # Safety
/// `removals` is NULL, or live and used by this thread alone; `client` is NULL or live; `key` is NULL or as large as its
/// `size` says, with a readable text; `error` is NULL or valid for one write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_removals_add(
    removals: *mut nav_removals,
    client: *const nav_client,
    key: *const nav_session_key,
    tag: u64,
    error: *mut *mut nav_error,
) -> nav_status {
    let body = || {
        // SAFETY: the caller's promise.
        let mut removals = unsafe { take(removals, "removals") }?;
        // Its log may free the caller's handle.
        // SAFETY: the caller's promise.
        let client = unsafe { borrow(client, "client") }?.client.clone();
        // SAFETY: the caller's promise.
        let key = unsafe { read_growing(key, "key") }?;
        // SAFETY: the caller's promise.
        let key = unsafe { read_key(&key) }?;
        removals.0.add(&client, key, tag);
        Ok(nav_status::NAV_STATUS_OK)
    };
    // SAFETY: the caller's promise.
    unsafe { enter(error, body) }
}

/// Returns `NAV_STATUS_OK` where `nav_removals_add` would not wait. Waits for that at most `wait_milliseconds`, 0 or more or
/// `NAV_INFINITE`, and returns `NAV_STATUS_END` when the time is over.
///
/// Errors: `NAV_STATUS_INVALID_ARGUMENT`.
///
/// # Safety
/// `removals` is NULL, or live and used by this thread alone; `error` is NULL or valid for one write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_removals_has_room(
    removals: *mut nav_removals,
    wait_milliseconds: u32,
    error: *mut *mut nav_error,
) -> nav_status {
    let body = || {
        // SAFETY: the caller's promise.
        let mut removals = unsafe { take(removals, "removals") }?;
        Ok(if removals.0.has_room_within(wait(wait_milliseconds)) {
            nav_status::NAV_STATUS_OK
        } else {
            nav_status::NAV_STATUS_END
        })
    };
    // SAFETY: the caller's promise.
    unsafe { enter(error, body) }
}

/// Gives a removal that has ended, in the order they end. Waits for one at most `wait_milliseconds`, 0 or more or
/// `NAV_INFINITE`. Returns `NAV_STATUS_END` when none is left, or the time is over: each that was added comes back once, so
/// the caller can count.
///
/// With `NAV_STATUS_OK`, `*error` describes each outcome but `NAV_OUTCOME_REMOVED`, and each failure, in words: free it in
/// any case.
///
/// Errors: `NAV_STATUS_INVALID_ARGUMENT`, after which no removal was taken.
///
/// # Safety
/// `removals` is NULL, or live and used by this thread alone; `removed` is NULL or as large as its `size` says; `error` is
/// NULL or valid for one write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_removals_next(
    removals: *mut nav_removals,
    wait_milliseconds: u32,
    removed: *mut nav_removed,
    error: *mut *mut nav_error,
) -> nav_status {
    let mut description = None;
    let body = || {
        // SAFETY: the caller's promise.
        let mut removals = unsafe { take(removals, "removals") }?;
        // A struct that cannot be filled must not cost a removal.
        // SAFETY: the caller's promise.
        let out = unsafe { GrowingOut::new(removed, "removed") }?;
        let mut row = nav_removed {
            size: 0,
            tag: 0,
            session_id: 0,
            status: 0,
            outcome: 0,
        };
        let Some(Removed {
            client,
            number,
            key,
            result,
        }) = removals.0.next_within(wait(wait_milliseconds))
        else {
            return Ok(nav_status::NAV_STATUS_END);
        };
        row.tag = number;
        row.session_id = key.session_id;
        match result {
            Ok(outcome) => {
                row.outcome = nav_outcome::from(&outcome) as i32;
                description = outcome.to_error(&key, &client);
            }
            Err(failure) => {
                row.status = nav_status::from(failure.kind()) as i32;
                description = Some(failure);
            }
        }
        // SAFETY: the caller's promise.
        unsafe { out.fill(&row) };
        Ok(nav_status::NAV_STATUS_OK)
    };
    // SAFETY: the caller's promise.
    let status = unsafe { enter(error, body) };
    if let Some(description) = description {
        // SAFETY: the caller's promise.
        unsafe { store_error(error, description.into()) };
    }
    status
}

/// Frees a set, and ends what is in flight: what becomes of that is not told. NULL does nothing.
///
/// # Safety
/// `removals` is NULL, or live and not used by another thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_removals_free(removals: *mut nav_removals) {
    // SAFETY: the caller's promise.
    unsafe { free(removals) };
}

fn wait(milliseconds: u32) -> Duration {
    match milliseconds {
        NAV_INFINITE => Duration::MAX,
        milliseconds => Duration::from_millis(milliseconds.into()),
    }
}
