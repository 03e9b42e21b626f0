//! What becomes of lists and removals when everything on the way to the server, and the server itself, can fail.
//!
//! `table.rs` is the table of the faults of answers, `matrix.rs` asks for everything at each of them. The other files have
//! a subject each that needs a stage of its own.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bodies;
mod connection;
mod endless;
mod figures;
mod matrix;
mod prefixes;
mod relay;
mod sessions;
mod stage;
mod surplus;
mod table;
mod tokens;
