//! What every entry point does: pointers to references, results to status and error, panics caught.

use std::any::Any;
use std::cell::{Cell, UnsafeCell};
use std::mem::{MaybeUninit, align_of, size_of};
use std::ops::{Deref, DerefMut};
use std::panic::{self, AssertUnwindSafe};
use std::ptr;
use std::slice;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

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
        unsafe { error.write(new_handle(value)) };
    }
}

pub(super) fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}

/// The largest size a caller's struct may say it has: far beyond any version, and below what lies about in memory that was
/// never set.
const LARGEST_STRUCT: usize = 1 << 16;
/// The most bytes of a text that is an argument.
pub(super) const LONGEST_TEXT: usize = 1 << 20;
/// The most values of an array that is an argument.
const LONGEST_ARRAY: usize = 1 << 24;

/// What callers have handles of. Pointers to it that cross the ABI point to its [`Allocation`], and come and go through
/// this file alone.
pub(super) trait Handle {
    /// What the header calls it.
    const NAME: &'static str;
}

/// A handle in memory. It begins with a tag that tells its type and that it is live.
///
/// A pointer to a freed handle is undefined behaviour whatever is done here. But memory often stays as it was for a
/// while, and a handle of another type is live: where the tag can be read, a caller's mistake becomes an error with a
/// sentence instead of a crash far from it.
#[repr(C)]
struct Allocation<T> {
    tag: AtomicU64,
    /// Of a handle for one thread at a time: whether a call is using it.
    usage: AtomicU8,
    value: UnsafeCell<T>,
}

const IDLE: u8 = 0;
const IN_USE: u8 = 1;
/// Freed by a callback of the call that uses it, so that call frees it when it ends.
const FREED_IN_USE: u8 = 2;

/// What no live handle begins with.
const FREED: u64 = 0;

/// FNV-1a of its name.
const fn tag<T: Handle>() -> u64 {
    let name = T::NAME.as_bytes();
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut at = 0;
    while at < name.len() {
        hash = (hash ^ name[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}

/// # Safety
/// `handle` is NULL, or came from [`Out::give`], live for `'a`. A live one of another type is seen, one that was freed as far
/// as its memory is still as it was.
unsafe fn live<'a, T: Handle>(handle: *const T, name: &str) -> Result<&'a Allocation<T>, Error> {
    if handle.is_null() {
        return Err(invalid(format!("{name} is NULL.")));
    }
    let allocation = handle.cast::<Allocation<T>>();
    let is_live = allocation.is_aligned() && {
        // SAFETY: aligned, and the caller's promise: each type of handle begins with a tag.
        let found = unsafe { &*allocation.cast::<AtomicU64>() };
        found.load(Ordering::Acquire) == const { tag::<T>() }
    };
    if !is_live {
        return Err(invalid(format!(
            "{name} is no live {}: it was freed, or is something else.",
            T::NAME
        )));
    }
    // SAFETY: the caller's promise, and the tag is that of the type.
    Ok(unsafe { &*allocation })
}

/// A handle that several threads may use.
///
/// # Safety
/// As for [`live`].
pub(super) unsafe fn borrow<'a, T: Handle>(handle: *const T, name: &str) -> Result<&'a T, Error> {
    // SAFETY: the caller's promise.
    let allocation = unsafe { live(handle, name) }?;
    // SAFETY: a type is either borrowed or taken, and nobody writes to one that is borrowed.
    Ok(unsafe { &*allocation.value.get() })
}

/// A handle that one call at a time may use, taken by a call.
pub(super) struct Taken<T: Handle>(*const Allocation<T>);

/// Takes a handle for this call. One that another call has, on another thread or around a callback, is an error.
///
/// # Safety
/// As for [`live`].
pub(super) unsafe fn take<T: Handle>(handle: *mut T, name: &str) -> Result<Taken<T>, Error> {
    // SAFETY: the caller's promise.
    let allocation = unsafe { live(handle, name) }?;
    allocation
        .usage
        .compare_exchange(IDLE, IN_USE, Ordering::Acquire, Ordering::Relaxed)
        .map(|_| Taken(allocation))
        .map_err(|_| {
            invalid(format!(
                "{name} is in use by another call; one at a time may use a {}.",
                T::NAME
            ))
        })
}

impl<T: Handle> Taken<T> {
    fn allocation(&self) -> &Allocation<T> {
        // SAFETY: it is live as long as it is taken.
        unsafe { &*self.0 }
    }
}

impl<T: Handle> Deref for Taken<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: nobody else has it as long as it is taken.
        unsafe { &*self.allocation().value.get() }
    }
}

impl<T: Handle> DerefMut for Taken<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: nobody else has it as long as it is taken.
        unsafe { &mut *self.allocation().value.get() }
    }
}

impl<T: Handle> Drop for Taken<T> {
    fn drop(&mut self) {
        let usage = &self.allocation().usage;
        if usage
            .compare_exchange(IN_USE, IDLE, Ordering::Release, Ordering::Acquire)
            .is_err()
        {
            // SAFETY: whoever freed it left that to this call.
            unsafe { release(self.0) };
        }
    }
}

/// Frees a handle made by [`Out::give`]. One that a call is using is freed when that ends; what is no live handle of
/// the type is left alone.
///
/// # Safety
/// As for [`live`].
pub(super) unsafe fn free<T: Handle>(handle: *mut T) {
    enter_infallible(|| {
        // SAFETY: the caller's promise.
        let Ok(allocation) = (unsafe { live(handle, "handle") }) else {
            return;
        };
        if allocation.usage.swap(FREED_IN_USE, Ordering::AcqRel) == IDLE {
            // SAFETY: live, and used by nobody.
            unsafe { release(allocation) };
        }
    });
}

/// # Safety
/// The allocation came from [`Out::give`], and nobody uses it any more.
unsafe fn release<T: Handle>(allocation: *const Allocation<T>) {
    // SAFETY: the caller's promise.
    let allocation = unsafe { Box::from_raw(allocation.cast_mut()) };
    allocation.tag.store(FREED, Ordering::Release);
    drop(allocation);
}

/// A place for a result, checked before any work is done.
#[derive(Clone, Copy)]
pub(super) struct Out<T>(*mut T);

impl<T> Out<T> {
    pub(super) fn new(pointer: *mut T, name: &str) -> Result<Self, Error> {
        if pointer.is_null() {
            return Err(invalid(format!("{name} is NULL.")));
        }
        if !pointer.is_aligned() {
            return Err(invalid(format!("{name} is not aligned.")));
        }
        Ok(Self(pointer))
    }

    /// # Safety
    /// The pointer it was made of is valid for one write.
    pub(super) unsafe fn set(self, value: T) {
        // SAFETY: the caller's promise, and not NULL since `new`.
        unsafe { self.0.write(value) };
    }
}

impl<T: Handle> Out<*mut T> {
    /// Gives the caller a handle of its own.
    ///
    /// # Safety
    /// The pointer it was made of is valid for one write.
    pub(super) unsafe fn give(self, value: T) {
        // SAFETY: the caller's promise.
        unsafe { self.set(new_handle(value)) };
    }
}

fn new_handle<T: Handle>(value: T) -> *mut T {
    let allocation = Box::new(Allocation {
        tag: AtomicU64::new(const { tag::<T>() }),
        usage: AtomicU8::new(IDLE),
        value: UnsafeCell::new(value),
    });
    Box::into_raw(allocation).cast()
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

/// A struct of the caller for results, checked before any work is done.
pub(super) struct GrowingOut<T> {
    pointer: *mut T,
    size: usize,
}

impl<T: Growing> GrowingOut<T> {
    /// # Safety
    /// `pointer` is NULL or points to a readable `size_t` that says how many bytes from there on are writable.
    pub(super) unsafe fn new(pointer: *mut T, name: &str) -> Result<Self, Error> {
        // SAFETY: the caller's promise.
        let size = unsafe { growing_size(pointer, name) }?;
        Ok(Self { pointer, size })
    }

    /// Fills the struct as far as it is large. Its size field stays as it is.
    ///
    /// # Safety
    /// The promise of [`new`](Self::new) still holds.
    pub(super) unsafe fn fill(self, value: &T) {
        let size = self.size.min(size_of::<T>());
        let skipped = size_of::<size_t>();
        let from = ptr::from_ref(value).cast::<u8>().wrapping_add(skipped);
        let to = self.pointer.cast::<u8>().wrapping_add(skipped);
        // SAFETY: `size` bytes, the skipped ones among them, are readable in `value` and writable at `pointer`.
        unsafe { ptr::copy_nonoverlapping(from, to, size - skipped) };
    }
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
    if count == 0 {
        return Ok(Some(&[]));
    }
    if !first.is_aligned() {
        return Err(invalid(format!("{name} is not aligned.")));
    }
    if count > LONGEST_ARRAY {
        return Err(invalid(format!(
            "{name} has a count of {count}, and no array may have more than {LONGEST_ARRAY}."
        )));
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
    if !pointer.is_aligned() {
        return Err(invalid(format!("{name} is not aligned.")));
    }
    // SAFETY: the caller's promise, not NULL, and aligned.
    let size: size_t = unsafe { pointer.cast::<size_t>().read() };
    // A size that no version can have would cut a pointer in two.
    let can_be =
        (T::FIRST_SIZE..=LARGEST_STRUCT).contains(&size) && size.is_multiple_of(align_of::<T>());
    if !can_be {
        return Err(invalid(format!(
            "{name} has size {size}; set its size to sizeof of the struct, which is at least {}.",
            T::FIRST_SIZE
        )));
    }
    Ok(size)
}
