//! The C ABI of `include/nav_session.h`: the only `unsafe` of the crate. It decides nothing.
//!
//! Names are those of the header, which cbindgen makes of these files; the conventions that hold for all functions stand
//! at its top (`cbindgen.toml`).

#![allow(unsafe_code, reason = "a C ABI hands raw pointers over")]
#![allow(non_camel_case_types, reason = "the names are those of the C header")]
#![allow(unreachable_pub, reason = "exported to C, not to Rust")]

mod boundary;
mod cancel;
mod check;
mod client;
mod endpoints;
mod error;
mod instance;
mod removals;
mod sessions;
mod signal;
mod status;
mod text;
mod version;

pub(crate) use signal::block_sigpipe;
