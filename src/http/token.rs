//! OAuth 2 tokens by the client-credentials grant (RFC 6749, section 4.4), fetched once and renewed before they end.

use std::borrow::Cow;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use url::form_urlencoded;
use zeroize::Zeroize as _;

use super::cancel::Cancel;
use super::engine::{Engine, Settings};
use super::failure::{Failure, Reason};
use super::message::{Head, Method, Request, Response};
use crate::json::object;
use crate::secret::Secret;

/// A token is renewed when it has this long to live: longer than any call it could be sent with.
const RENEWED_BEFORE: Duration = Duration::from_secs(300);
/// A token that claims to live longer is renewed as if it lived this long, which every clock can count.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 3600);
/// How long a token lives whose answer does not say.
const ASSUMED_LIFE: Duration = Duration::from_secs(3600);
/// How soon a cancelled call notices while another one fetches the token for both.
const LOOK: Duration = Duration::from_millis(50);

/// The token that requests carry.
#[derive(Debug)]
pub(crate) enum Bearer {
    None,
    Given(Secret),
    Granted(Tokens),
}

impl PartialEq for Bearer {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::None, Self::None) => true,
            (Self::Given(token), Self::Given(other)) => token == other,
            (Self::Granted(tokens), Self::Granted(other)) => tokens.grant == other.grant,
            _ => false,
        }
    }
}

/// Who asks for a token, where, and what for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) url: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: Secret,
    pub(crate) scope: String,
}

/// Why there is no token.
#[derive(Debug)]
pub(crate) enum TokenFailure {
    /// No answer came.
    Unanswered(Failure),
    /// The token endpoint said no: its error code and its words.
    Refused {
        status: u16,
        code: String,
        description: String,
    },
    /// What came back is not the answer of a token endpoint.
    Unreadable { status: u16, fault: String },
}

/// The token of one grant, shared by all calls.
#[derive(Debug)]
pub(crate) struct Tokens {
    grant: Grant,
    settings: Arc<Settings>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    token: Option<Token>,
    is_being_fetched: bool,
}

#[derive(Debug)]
struct Token {
    secret: Secret,
    renew_at: Instant,
}

/// Ends a fetch however it ends, so that the next caller can begin one.
struct Fetch<'a>(&'a Tokens);

impl Drop for Fetch<'_> {
    fn drop(&mut self) {
        self.0.state().is_being_fetched = false;
        self.0.changed.notify_all();
    }
}

impl Tokens {
    /// Asks for nothing yet. `settings` are those of the token endpoint.
    pub(crate) fn new(grant: Grant, settings: Arc<Settings>) -> Self {
        Self {
            grant,
            settings,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Where tokens are asked for.
    pub(crate) fn url(&self) -> &str {
        &self.grant.url
    }

    /// Those of the token endpoint.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Who asks for them.
    pub(crate) fn client_id(&self) -> &str {
        &self.grant.client_id
    }

    /// What proves who asks.
    pub(crate) fn client_secret(&self) -> &Secret {
        &self.grant.client_secret
    }

    /// The token that was got last, where it is still kept.
    pub(crate) fn current(&self) -> Option<Secret> {
        self.state()
            .token
            .as_ref()
            .map(|token| token.secret.clone())
    }

    /// A token with some life left. Asks for one if there is none, one caller for all; `fetched` is told how
    /// long that took.
    pub(crate) fn token(
        &self,
        cancel: &Cancel,
        fetched: impl FnOnce(Duration),
    ) -> Result<Secret, TokenFailure> {
        let mut state = self.state();
        loop {
            if let Some(token) = &state.token
                && Instant::now() < token.renew_at
            {
                return Ok(token.secret.clone());
            }
            if !state.is_being_fetched {
                break;
            }
            if cancel.is_requested() {
                let cancelled = Failure::unsent(Reason::Cancelled, "cancelled");
                return Err(TokenFailure::Unanswered(cancelled));
            }
            state = self
                .changed
                .wait_timeout(state, LOOK)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        state.is_being_fetched = true;
        drop(state);
        let fetch = Fetch(self);
        let asked_at = Instant::now();
        let (secret, life) = self.fetch(cancel)?;
        let took = asked_at.elapsed();
        self.state().token = Some(Token {
            secret: secret.clone(),
            renew_at: renewal(asked_at, life),
        });
        drop(fetch);
        // Behind the fetch: what is told may ask for the token itself.
        fetched(took);
        Ok(secret)
    }

    /// Forgets a token that a server did not accept, unless it was replaced meanwhile.
    pub(crate) fn discard(&self, refused: &Secret) {
        let mut state = self.state();
        if state
            .token
            .as_ref()
            .is_some_and(|token| token.secret == *refused)
        {
            state.token = None;
        }
    }

    fn fetch(&self, cancel: &Cancel) -> Result<(Secret, Duration), TokenFailure> {
        // A connection of its own, as it goes to another host, and hardly ever.
        let mut response = Engine::start(Arc::clone(&self.settings), None)
            .and_then(|engine| engine.send(self.request(), None, cancel))
            .map_err(TokenFailure::Unanswered)?;
        let answer = read(&response);
        response.body.zeroize();
        answer
    }

    fn request(&self) -> Request {
        let Grant {
            url,
            client_id,
            client_secret,
            scope,
        } = &self.grant;
        // Large enough not to move, which would leave a copy behind: an escaped byte takes three.
        let length = 3 * (client_id.len() + client_secret.expose().len() + scope.len()) + 100;
        let mut form = form_urlencoded::Serializer::new(String::with_capacity(length));
        form.append_pair("grant_type", "client_credentials")
            .append_pair("client_id", client_id)
            .append_pair("client_secret", client_secret.expose())
            .append_pair("scope", scope);
        let head = Head {
            method: Method::Post,
            url: url.clone(),
            headers: vec![
                (
                    "Content-Type",
                    "application/x-www-form-urlencoded".to_owned(),
                ),
                ("Accept", "application/json".to_owned()),
            ],
            repeatable: true,
        };
        Request::new(head, form.finish().into_bytes())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a text can be a bearer token (RFC 6750, section 2.1). Another could end the header it goes in.
pub(crate) fn is_token(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    !text.is_empty() && text.bytes().all(allowed)
}

/// When a token is renewed that was asked for then and lives this long.
fn renewal(asked_at: Instant, life: Duration) -> Instant {
    let life = life.min(LONGEST_LIFE);
    asked_at + life - RENEWED_BEFORE.min(life / 2)
}

pub(crate) fn read(response: &Response) -> Result<(Secret, Duration), TokenFailure> {
    #[derive(Deserialize)]
    struct Granted<'a> {
        /// Borrowed, as long as nothing in it is escaped: reading makes no copy.
        #[serde(borrow)]
        access_token: Cow<'a, str>,
        expires_in: Option<u64>,
    }
    #[derive(Deserialize)]
    struct Refused {
        error: String,
        #[serde(default)]
        error_description: String,
    }
    let status = response.status;
    if status == 200 {
        return match object(&response.body) {
            Ok(Granted {
                access_token,
                expires_in,
            }) if is_token(&access_token) => Ok((
                match access_token {
                    Cow::Borrowed(token) => Secret::from(token),
                    Cow::Owned(token) => Secret::new(token),
                },
                expires_in.map_or(ASSUMED_LIFE, Duration::from_secs),
            )),
            Ok(_) => Err(TokenFailure::Unreadable {
                status,
                fault: "with characters that no token has".to_owned(),
            }),
            // Where in the answer, and not what stands there: it may be the token.
            Err(error) => Err(TokenFailure::Unreadable {
                status,
                fault: format!("line {}, column {}", error.line(), error.column()),
            }),
        };
    }
    match object(&response.body) {
        Ok(Refused {
            error,
            error_description,
        }) => Err(TokenFailure::Refused {
            status,
            code: error,
            description: error_description,
        }),
        Err(_) => Err(TokenFailure::Unreadable {
            status,
            fault: "no words of its own".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_five_minutes_before_its_end_and_a_short_one_in_the_middle_of_its_life() {
        let asked_at = Instant::now();
        let after = |life| (renewal(asked_at, Duration::from_secs(life)) - asked_at).as_secs();
        assert_eq!(after(3600), 3300);
        assert_eq!(after(100), 50);
        assert_eq!(after(0), 0);
    }

    #[test]
    fn a_life_beyond_all_clocks_is_taken_for_a_day() {
        let asked_at = Instant::now();
        let renew_at = renewal(asked_at, Duration::from_secs(u64::MAX));
        assert_eq!((renew_at - asked_at).as_secs(), 24 * 3600 - 300);
    }
}
