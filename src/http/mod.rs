//! The only input and output: HTTP by libcurl. Knows nothing of NAV.

mod cancel;
mod engine;
mod failure;
mod lookup;
mod message;
mod sign_in;
mod token;
mod transfer;
mod wake;

pub use cancel::Cancel;
pub(crate) use engine::{Engine, Settings};
pub(crate) use failure::{Failure, Reason};
pub(crate) use message::{Method, Request, Response};
pub(crate) use sign_in::{Authorization, WindowsSignIn};
pub(crate) use token::{Grant, TokenFailure, Tokens, is_token};
