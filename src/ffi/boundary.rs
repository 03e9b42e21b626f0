//! What every entry point does: pointers to references, results to status and error, panics caught.

use std::any::Any;
use std::cell::Cell;
use std::mem::{MaybeUninit, size_of};
use std::panic::{self, AssertUnwindSafe};
use std::ptr;
use std::slice;

use libc::size_t;
use once_cell::sync::Lazy;

use super::error::nav_error;
use super::status::nav_status;
use crate::error::{Error, ErrorKind};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// A panic that the ABI reports must not print as well; those of other code in the process print as before.
static QUIET_HOOK: Lazy<()> = Lazy::new(|| {
    let others = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !GUARDED.try_with(Cell::get).unwrap_or(false) {
            others(info);
        }
    }));
});

/// Runs the body of an entry point. Whatever it returns or panics with becomes a status, and where the caller wants it
/// an error.
///
/// # Safety
/// `error` is NULL or valid for one write.
pub(super) unsafe fn enter(
    error: *mut *mut nav_error,
    body: impl FnOnce() -> Result<nav_status, Error>,
) -> nav_status {
    if !error.is_null() {
        // SAFETY: the caller's promise, and not NULL.
        unsafe { error.write(ptr::null_mut()) };
    }
    let (status, failure) = match caught(body) {
        Ok(Ok(status)) => return status,
        Ok(Err(failure)) => (failure.kind().into(), failure),
        Err(panic) => (nav_status::NAV_STATUS_PANIC, panic_error(panic.as_ref())),
    };
    // SAFETY: the caller's promise.
    unsafe { store_error(error, nav_error::with_status(failure, status)) };
    status
}

/// Runs what cannot fail but could panic, such as a destructor.
pub(super) fn enter_infallible(body: impl FnOnce()) {
    // There is nobody to tell: these functions return nothing.
    let _ = caught(body);
}

fn caught<T>(body: impl FnOnce() -> T) -> Result<T, Box<dyn Any + Send>> {
    Lazy::force(&QUIET_HOOK);
    let outer = GUARDED.replace(true);
    // What a panic leaves half done is behind handles that the header says to free after one.
    let result = panic::catch_unwind(AssertUnwindSafe(body));
    GUARDED.set(outer);
    result
}

fn panic_error(panic: &(dyn Any + Send)) -> Error {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text");
    Error::new(
        ErrorKind::Internal,
        format!("The library nav_session panicked: {text}."),
    )
}

/// Hands `value` to the caller as `*error`, if there is a place for it.
///
/// # Safety
/// `error` is NULL or valid for one write.
pub(super) unsafe fn store_error(error: *mut *mut nav_error, value: nav_error) {
    if !error.is_null() {
        // SAFETY: the caller's promise, and not NULL.
        unsafe { error.write(Box::into_raw(Box::new(value))) };
    }
}

pub(super) fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}

/// A handle or struct that the caller passes.
///
/// # Safety
/// `pointer` is NULL or valid for reads for `'a`, with nobody writing.
pub(super) unsafe fn borrow<'a, T>(pointer: *const T, name: &str) -> Result<&'a T, Error> {
    // SAFETY: the caller's promise.
    unsafe { pointer.as_ref() }.ok_or_else(|| invalid(format!("{name} is NULL.")))
}

/// A handle that one thread at a time may use.
///
/// # Safety
/// `pointer` is NULL or valid for reads and writes for `'a`, and no other reference to it exists.
pub(super) unsafe fn borrow_mut<'a, T>(pointer: *mut T, name: &str) -> Result<&'a mut T, Error> {
    // SAFETY: the caller's promise.
    unsafe { pointer.as_mut() }.ok_or_else(|| invalid(format!("{name} is NULL.")))
}

/// A place for a result, checked before any work is done.
#[derive(Clone, Copy)]
pub(super) struct Out<T>(*mut T);

impl<T> Out<T> {
    pub(super) fn new(pointer: *mut T, name: &str) -> Result<Self, Error> {
        if pointer.is_null() {
            Err(invalid(format!("{name} is NULL.")))
        } else {
            Ok(Self(pointer))
        }
    }

    /// # Safety
    /// The pointer it was made of is valid for one write.
    pub(super) unsafe fn set(self, value: T) {
        // SAFETY: the caller's promise, and not NULL since `new`.
        unsafe { self.0.write(value) };
    }
}

impl<T> Out<*mut T> {
    /// Gives the caller a handle of its own.
    ///
    /// # Safety
    /// The pointer it was made of is valid for one write.
    pub(super) unsafe fn give(self, value: T) {
        // SAFETY: the caller's promise.
        unsafe { self.set(Box::into_raw(Box::new(value))) };
    }
}

/// Frees a handle made by [`Out::give`].
///
/// # Safety
/// `handle` is NULL, or came from [`Out::give`] and was not freed yet.
pub(super) unsafe fn free<T>(handle: *mut T) {
    if !handle.is_null() {
        enter_infallible(|| {
            // SAFETY: the caller's promise, and not NULL.
            drop(unsafe { Box::from_raw(handle) });
        });
    }
}

/// A struct of the ABI that begins with its size and may grow at its end.
///
/// # Safety
/// The implementing type is `repr(C)`, begins with a `size_t`, and all its bytes zero is a value of it.
pub(super) unsafe trait Growing: Copy {
    /// The size it had in the first version.
    const FIRST_SIZE: usize;
}

/// Reads a struct of the caller: what it is too old to have is zero, what it is too new for is not looked at.
///
/// # Safety
/// `pointer` is NULL or points to a readable `size_t` that says how many bytes from there on are readable.
pub(super) unsafe fn read_growing<T: Growing>(pointer: *const T, name: &str) -> Result<T, Error> {
    // SAFETY: the caller's promise.
    let size = unsafe { growing_size(pointer, name) }?;
    let mut value = MaybeUninit::<T>::zeroed();
    // SAFETY: `size` bytes are readable at `pointer` by the caller's promise, as many are writable in `value` at most.
    unsafe {
        ptr::copy_nonoverlapping(
            pointer.cast::<u8>(),
            value.as_mut_ptr().cast::<u8>(),
            size.min(size_of::<T>()),
        );
    }
    // SAFETY: all bytes are written, and `Growing` allows zero for those not copied.
    Ok(unsafe { value.assume_init() })
}

/// Fills a struct of the caller as far as it is large. Its size field stays as it is.
///
/// # Safety
/// `pointer` is NULL or points to a readable `size_t` that says how many bytes from there on are writable.
pub(super) unsafe fn write_growing<T: Growing>(
    pointer: *mut T,
    value: &T,
    name: &str,
) -> Result<(), Error> {
    // SAFETY: the caller's promise.
    let size = unsafe { growing_size(pointer, name) }?.min(size_of::<T>());
    let skipped = size_of::<size_t>();
    let from = ptr::from_ref(value).cast::<u8>().wrapping_add(skipped);
    let to = pointer.cast::<u8>().wrapping_add(skipped);
    // SAFETY: `size` bytes, the skipped ones among them, are readable in `value` and writable at `pointer`.
    unsafe { ptr::copy_nonoverlapping(from, to, size - skipped) };
    Ok(())
}

/// An array of the caller; `None` where it is NULL.
///
/// # Safety
/// `first` is NULL or valid for reads of `count` values for `'a`.
pub(super) unsafe fn read_array<'a, T>(
    first: *const T,
    count: size_t,
    name: &str,
) -> Result<Option<&'a [T]>, Error> {
    if first.is_null() {
        return Ok(None);
    }
    if !first.is_aligned() {
        return Err(invalid(format!("{name} is not aligned.")));
    }
    if count > isize::MAX.unsigned_abs() / size_of::<T>() {
        return Err(invalid(format!("{name} has a count no array can have.")));
    }
    // SAFETY: not NULL, aligned, of a size an array can have, and readable by the caller's promise.
    Ok(Some(unsafe { slice::from_raw_parts(first, count) }))
}

/// # Safety
/// `pointer` is NULL or points to a readable `size_t`.
unsafe fn growing_size<T: Growing>(pointer: *const T, name: &str) -> Result<usize, Error> {
    if pointer.is_null() {
        return Err(invalid(format!("{name} is NULL.")));
    }
    // SAFETY: the caller's promise, and not NULL.
    let size: size_t = unsafe { pointer.cast::<size_t>().read() };
    if size < T::FIRST_SIZE {
        return Err(invalid(format!(
            "{name} has size {size}; set its size to sizeof of the struct, which is at least {}.",
            T::FIRST_SIZE
        )));
    }
    Ok(size)
}
