//! Secrets in libcurl's memory: given to it without a further copy, and zeroed where it frees them.
//!
//! libcurl copies a password or token for each handle and connection, into the header it makes of it and into what it
//! sends, and frees all of these as they are. Only what it allocates with can zero them.

#![allow(
    unsafe_code,
    reason = "libcurl's functions for memory and secrets have no safe form"
)]

use std::ffi::{c_char, c_long};

use curl::easy::Easy2;
use zeroize::Zeroizing;

use crate::secret::Secret;

/// `CURLOPT_XOAUTH2_BEARER`.
const BEARER: curl_sys::CURLoption = curl_sys::CURLOPTTYPE_OBJECTPOINT + 220;
/// `CURLAUTH_BEARER`, since libcurl 7.61.
const BY_BEARER: c_long = 1 << 6;

/// Gives libcurl the password of a transfer.
pub(super) fn set_password<H>(easy: &Easy2<H>, password: &Secret) -> Result<(), curl::Error> {
    set(easy, curl_sys::CURLOPT_PASSWORD, password)
}

/// Lets a transfer sign in with a token.
pub(super) fn set_token<H>(easy: &Easy2<H>, token: &Secret) -> Result<(), curl::Error> {
    // SAFETY: the handle lives as long as `easy`, and the option takes a long.
    let done =
        unsafe { curl_sys::curl_easy_setopt(easy.raw(), curl_sys::CURLOPT_HTTPAUTH, BY_BEARER) };
    checked(done)?;
    set(easy, BEARER, token)
}

fn set<H>(
    easy: &Easy2<H>,
    option: curl_sys::CURLoption,
    secret: &Secret,
) -> Result<(), curl::Error> {
    let secret = secret.expose().as_bytes();
    if secret.contains(&0) {
        // As for all other texts that are given to libcurl.
        return Err(curl::Error::new(curl_sys::CURLE_CONV_FAILED));
    }
    let mut text = Zeroizing::new(Vec::with_capacity(secret.len() + 1));
    text.extend_from_slice(secret);
    text.push(0);
    // SAFETY: the handle lives as long as `easy`; the option takes a text that ends with a NUL, and copies it.
    let done =
        unsafe { curl_sys::curl_easy_setopt(easy.raw(), option, text.as_ptr().cast::<c_char>()) };
    checked(done)
}

fn checked(code: curl_sys::CURLcode) -> Result<(), curl::Error> {
    match code {
        curl_sys::CURLE_OK => Ok(()),
        code => Err(curl::Error::new(code)),
    }
}

/// Lets libcurl zero its memory as it frees it. Where another part of the process has used the system's libcurl before, it
/// keeps the functions it has, and does not.
///
/// It stays malloc's own memory, of which the system says how large it is: so what one part of the process allocated with
/// malloc and another frees by libcurl, or the other way round, is as good as it was.
#[cfg(target_os = "linux")]
mod zeroing {
    use std::ffi::{c_char, c_void};
    use std::mem::MaybeUninit;
    use std::ptr;

    use libc::size_t;

    /// Before the constructor of the crate `curl`, which is without a number: the first use of libcurl decides.
    #[used]
    #[unsafe(link_section = ".init_array.00099")]
    static BEFORE_LIBCURL: extern "C" fn() = zero_what_is_freed;

    extern "C" fn zero_what_is_freed() {
        if !stay_loaded() {
            return;
        }
        // SAFETY: the functions do what malloc, free, realloc, strdup and calloc do, and are there as long as the process.
        let _ = unsafe {
            curl_sys::curl_global_init_mem(
                curl_sys::CURL_GLOBAL_ALL,
                allocate,
                zero_and_free,
                reallocate,
                duplicate,
                allocate_zeroed,
            )
        };
    }

    /// Keeps this library in the process, as others may use libcurl after it would have been unloaded.
    fn stay_loaded() -> bool {
        let mut found = MaybeUninit::<libc::Dl_info>::zeroed();
        // SAFETY: the address is one of this library, and `found` is there to be written.
        if unsafe { libc::dladdr(stay_loaded as *const c_void, found.as_mut_ptr()) } == 0 {
            return false;
        }
        // SAFETY: all zero is a value of it, and `dladdr` has written it.
        let found = unsafe { found.assume_init() };
        if found.dli_fname.is_null() {
            return false;
        }
        let flags = libc::RTLD_LAZY | libc::RTLD_NOLOAD | libc::RTLD_NODELETE;
        // SAFETY: a text that ends with a NUL, and lives as long as the library. A program, which this is a part of in
        // tests, is never unloaded, and not found by its name.
        unsafe { libc::dlopen(found.dli_fname, flags) };
        true
    }

    extern "C" fn allocate(size: size_t) -> *mut c_void {
        // SAFETY: any size may be asked for.
        unsafe { libc::malloc(size) }
    }

    extern "C" fn allocate_zeroed(count: size_t, size: size_t) -> *mut c_void {
        // SAFETY: any size may be asked for.
        unsafe { libc::calloc(count, size) }
    }

    extern "C" fn duplicate(text: *const c_char) -> *mut c_char {
        // SAFETY: libcurl passes a text that ends with a NUL.
        unsafe { libc::strdup(text) }
    }

    extern "C" fn zero_and_free(memory: *mut c_void) {
        if memory.is_null() {
            return;
        }
        // SAFETY: libcurl passes what malloc gave, also by the functions above.
        let size = unsafe { libc::malloc_usable_size(memory) };
        // SAFETY: that many bytes of it may be used.
        unsafe { libc::explicit_bzero(memory, size) };
        // SAFETY: as above, and libcurl does not use it any more.
        unsafe { libc::free(memory) };
    }

    extern "C" fn reallocate(memory: *mut c_void, size: size_t) -> *mut c_void {
        if memory.is_null() {
            return allocate(size);
        }
        if size == 0 {
            zero_and_free(memory);
            return ptr::null_mut();
        }
        let larger = allocate(size);
        if larger.is_null() {
            // As realloc: what there was stays.
            return larger;
        }
        // SAFETY: libcurl passes what malloc gave, also by the functions above.
        let old = unsafe { libc::malloc_usable_size(memory) };
        // SAFETY: both are at least that long, and two allocations do not overlap.
        unsafe { ptr::copy_nonoverlapping(memory.cast::<u8>(), larger.cast(), old.min(size)) };
        zero_and_free(memory);
        larger
    }
}
