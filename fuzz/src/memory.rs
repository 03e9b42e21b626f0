//! How much memory a parser takes: the system's allocator, which counts what a thread has and had at most.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    /// Bytes; memory that another thread took makes it negative here.
    static TAKEN: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    let taken = TAKEN.get().wrapping_add(bytes);
    TAKEN.set(taken);
    MOST.set(MOST.get().max(taken));
}

// SAFETY: all of it is the system's allocator; counting takes no memory itself.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        // SAFETY: the caller's promise is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        // SAFETY: the caller's promise is the same.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-layout.size().cast_signed());
        // SAFETY: the caller's promise is the same.
        unsafe { System.dealloc(memory, layout) };
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // The old and the new one are there together while it is copied.
        count(size.cast_signed());
        count(-layout.size().cast_signed());
        // SAFETY: the caller's promise is the same.
        unsafe { System.realloc(memory, layout, size) }
    }
}

/// What no parser takes at a time, however long its input is.
const MOST_OF_ALL: usize = 512 << 20;

/// Runs `parse`, and panics if it took more memory at a time than this many bytes for each byte of its input, and 64 KiB.
pub(crate) fn within<T>(per_byte: usize, input: usize, parse: impl FnOnce() -> T) -> T {
    let before = TAKEN.get();
    MOST.set(before);
    let parsed = parse();
    let most = MOST.get() - before;
    let allowed = (64 * 1024 + per_byte * input)
        .min(MOST_OF_ALL)
        .cast_signed();
    assert!(
        most <= allowed,
        "{input} bytes took {most} bytes of memory, and {allowed} are allowed"
    );
    parsed
}
