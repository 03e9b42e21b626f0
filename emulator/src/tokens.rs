//! Access tokens: those that the token endpoint gave, and those that are accepted from elsewhere.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use crate::lock;
use crate::server::guid;

/// What a call without a token is answered in `WWW-Authenticate`.
const NO_TOKEN: &str = "Bearer";
/// And one with a token that is not accepted, in the form of RFC 6750.
const NOT_ACCEPTED: &str = "Bearer error=\"invalid_token\", \
                            error_description=\"The token is unknown, expired or revoked\"";

/// No `Debug`: a token is written nowhere.
pub(crate) struct Tokens {
    accepted: Vec<String>,
    lifetime: Duration,
    /// Until when each is accepted; `None` is for ever.
    given: Mutex<HashMap<String, Option<Instant>>>,
    number: AtomicU64,
    /// No two emulators give the same tokens, so that one at the wrong server is refused.
    seed: u64,
}

impl Tokens {
    pub(crate) fn new(accepted: Vec<String>, lifetime: Duration) -> Self {
        Self {
            accepted,
            lifetime,
            given: Mutex::default(),
            number: AtomicU64::new(0),
            seed: RandomState::new().build_hasher().finish(),
        }
    }

    pub(crate) fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// A new token.
    pub(crate) fn give(&self) -> String {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let seed = self.seed.wrapping_add(number);
        let token = format!("{}.{}", guid(seed).simple(), guid(!seed).simple());
        let now = Instant::now();
        let mut given = lock(&self.given);
        given.retain(|_, end| end.is_none_or(|end| now < end));
        given.insert(token.clone(), now.checked_add(self.lifetime));
        token
    }

    /// How many were given.
    pub(crate) fn number(&self) -> u64 {
        self.number.load(Ordering::Relaxed)
    }

    /// Lets those given so far be accepted no longer.
    pub(crate) fn revoke(&self) {
        lock(&self.given).clear();
    }

    /// Whether a call comes with a token that is accepted; if not, its `WWW-Authenticate`.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<(), &'static str> {
        let token = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"))
            .map(|(_, token)| token.trim())
            .ok_or(NO_TOKEN)?;
        let now = Instant::now();
        let given = |end: &Option<Instant>| end.is_none_or(|end| now < end);
        if self.accepted.iter().any(|accepted| accepted == token)
            || lock(&self.given).get(token).is_some_and(given)
        {
            Ok(())
        } else {
            Err(NOT_ACCEPTED)
        }
    }
}
