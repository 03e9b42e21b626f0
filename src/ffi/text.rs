//! Text across the ABI.

use std::ptr;
use std::slice;

use libc::size_t;

use super::boundary::{Handle, LONGEST_TEXT, Out, borrow, enter_infallible, free, invalid};
use crate::error::Error;

/// A text: UTF-8, without a NUL at its end. `data` NULL is a text that is absent, which an empty one is not.
///
/// As an argument it is read before the function returns, and has 1 MiB (1048576 bytes) at most: a greater length is
/// refused and nothing read. With a length of 0, `data` is not read, wherever it points. As a result it is borrowed: each
/// function that gives one says of what, and how long it lives.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct nav_text {
    /// First byte, or NULL.
    pub data: *const u8,
    /// Number of bytes.
    pub length: size_t,
}

impl nav_text {
    pub(super) const ABSENT: Self = Self {
        data: ptr::null(),
        length: 0,
    };

    pub(super) fn of(text: &str) -> Self {
        Self {
            data: text.as_ptr(),
            length: text.len(),
        }
    }

    pub(super) fn of_option(text: Option<&str>) -> Self {
        text.map_or(Self::ABSENT, Self::of)
    }

    /// # Safety
    /// `data` is NULL or valid for reads of `length` bytes for `'a`.
    pub(super) unsafe fn read<'a>(self, name: &str) -> Result<Option<&'a str>, Error> {
        if self.data.is_null() {
            return Ok(None);
        }
        if self.length == 0 {
            return Ok(Some(""));
        }
        if self.length > LONGEST_TEXT {
            return Err(invalid(format!(
                "{name} has a length of {}, and no text may have more than {LONGEST_TEXT} bytes.",
                self.length
            )));
        }
        // SAFETY: not NULL, of a length a slice can have, and readable by the caller's promise.
        let bytes = unsafe { slice::from_raw_parts(self.data, self.length) };
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(error) => Err(invalid(format!(
                "{name} is not UTF-8 at byte {}.",
                error.valid_up_to()
            ))),
        }
    }

    /// # Safety
    /// As for [`read`](Self::read).
    pub(super) unsafe fn required<'a>(self, name: &str) -> Result<&'a str, Error> {
        // SAFETY: the caller's promise.
        unsafe { self.read(name) }?.ok_or_else(|| invalid(format!("{name} is NULL.")))
    }
}

/// A text that the caller owns. May be used from any thread, ends with `nav_string_free`.
#[derive(Debug)]
pub struct nav_string(pub(super) String);

impl Handle for nav_string {
    const NAME: &'static str = "nav_string";
}

/// Gives the text of `string`, borrowed from it until it is freed. Both may be NULL: then the text is absent, or nothing
/// is done.
///
/// # Safety
/// `string` is NULL or live, `text` is NULL or valid for one write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_string_text(string: *const nav_string, text: *mut nav_text) {
    enter_infallible(|| {
        // SAFETY: the caller's promise.
        let string = unsafe { borrow(string, "string") };
        if let Ok(out) = Out::new(text, "text") {
            let text = string.map_or(nav_text::ABSENT, |string| nav_text::of(&string.0));
            // SAFETY: the caller's promise.
            unsafe { out.set(text) };
        }
    });
}

/// Frees a string. NULL does nothing.
///
/// # Safety
/// `string` is NULL, or live and not used by another thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nav_string_free(string: *mut nav_string) {
    // SAFETY: the caller's promise.
    unsafe { free(string) };
}
