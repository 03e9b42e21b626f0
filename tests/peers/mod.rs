//! Servers that are not this project's code, for the tests of sign-in and encryption: each in a folder of its own, on a
//! free port of the loopback address, until it is dropped.

#![allow(dead_code, reason = "no test needs all of it")]

pub(crate) mod apache;
pub(crate) mod certificates;
pub(crate) mod kerberos;
pub(crate) mod log;
pub(crate) mod ntlm;
pub(crate) mod relay;
pub(crate) mod server;
