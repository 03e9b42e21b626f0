//! The only input and output: HTTP by libcurl. Knows nothing of NAV.

mod cancel;
mod engine;
mod failure;
mod lookup;
mod message;
mod wake;

pub use cancel::Cancel;
pub(crate) use engine::{Authorization, Engine, Settings};
pub(crate) use failure::{Failure, Reason};
pub(crate) use message::{Method, Request, Response};
