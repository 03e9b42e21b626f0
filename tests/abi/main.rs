//! The C ABI under attack: C programs that do what nobody should, each also under the address and undefined-behaviour
//! sanitizers and under Valgrind's memcheck. `NAV_ABI_LONG` tries more, and takes longer.
//!
//! The sanitizers' allocator takes the place of the system's in the library too: what C does with the library's memory, and
//! what the library frees twice or not at all, is seen. Reads within Rust are not instrumented; memcheck sees those.
//!
//! The detectors of data races (Helgrind, DRD, the thread sanitizer) know neither the locks of Rust's standard library nor
//! atomic operations in code that was not built for them, and take each message through one of its channels for a race. So
//! what threads share is reasoned about where it stands, and tried here by many threads and a cancellation at each stage.

#![cfg(target_os = "linux")]

mod attack;
mod program;
mod sequences;
