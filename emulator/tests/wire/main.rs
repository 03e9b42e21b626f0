//! The wire: what callers send over real connections, and what comes back, as literal texts.

#![allow(
    clippy::unwrap_used,
    reason = "also what a test calls fails the test; clippy.toml covers the test itself only"
)]

mod admin_center;
mod bearer;
mod chance;
mod connections;
mod entra;
mod faults;
mod fixture;
mod http;
mod odata;
mod program;
mod readme;
mod removal;
mod soap;
mod volume;
