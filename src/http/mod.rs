//! The only input and output: HTTP by libcurl. Knows nothing of NAV.

mod cancel;
mod engine;
mod failure;
mod lookup;
mod memory;
mod message;
mod pool;
mod sign_in;
mod signal;
mod token;
mod transfer;
mod wake;

pub use cancel::Cancel;
pub(crate) use cancel::Registration;
pub(crate) use engine::{Completion, Engine, LOOK, Patience, Reply, Settings, answer, disobeyed};
pub(crate) use failure::{Failure, Reason};
pub(crate) use message::{Head, Method, Request, Response};
pub(crate) use pool::Line;
pub use pool::close_connections;
pub(crate) use sign_in::{Authorization, WindowsSignIn};
#[cfg(feature = "fuzzing")]
pub(crate) use token::read as read_token;
pub(crate) use token::{Bearer, Grant, TokenFailure, Tokens, is_token};
