//! Marked secrets on every way to sign in, through success and failure, and nowhere else: not in what is said or logged, not
//! in files, and not in memory once everything is freed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod figures;
mod mark;
#[cfg(target_os = "linux")]
mod memory;
#[cfg(target_os = "linux")]
#[path = "../peers/mod.rs"]
mod peers;
mod routes;
mod server;
mod words;
