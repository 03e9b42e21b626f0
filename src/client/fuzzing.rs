//! What this folder reads in an answer and is private, for `crate::fuzzing`.

use std::time::{Duration, SystemTime};

use url::Url;

use crate::error::Error;
use crate::http::{Authorization, Bearer, Response, Settings, TokenFailure, Tokens};

pub(crate) fn asked_for(response: &Response, now: SystemTime) -> Option<Duration> {
    super::retry::asked_for(response, now)
}

pub(crate) fn explain(
    error: Error,
    response: &Response,
    authorization: &Authorization,
    bearer: &Bearer,
    host: &str,
) -> Error {
    super::sign_in::explain(error, response, authorization, bearer, host)
}

pub(crate) fn no_token(failure: &TokenFailure, tokens: &Tokens) -> Error {
    super::sign_in::no_token(failure, tokens)
}

pub(crate) fn settings() -> Settings {
    super::settings(&Url::parse("https://login.microsoftonline.com").expect("it is an address"))
}
