//! A request and its answer, signed in and logged.

use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::time::{Duration, Instant, SystemTime};

use super::failure::failed;
use super::retry::asked_for;
use super::{Client, LogLevel, sign_in};
use crate::error::Error;
use crate::http::{
    Bearer, Cancel, Engine, Failure, Patience, Reply, Request, Response, TokenFailure, Tokens,
    answer,
};
use crate::secret::Secret;

/// A call that got no answer.
pub(super) struct Unanswered {
    pub(super) error: Error,
    /// Whether anything of the request went out: if so, the server may have done what it asked.
    pub(super) request_sent: bool,
}

/// A request on its way.
pub(super) struct Exchange {
    began: Instant,
    /// What the log calls it, where there is one.
    called: Option<String>,
    pub(super) request: Request,
    attempt: Attempt,
    /// The token it carries, where there can be another one.
    token: Option<Secret>,
    pub(super) patience: Patience,
}

/// How often a request was sent before, and why.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Attempt {
    /// Its token was not accepted, and it carries a new one.
    is_renewed: bool,
    retries: u32,
}

/// The tag of what comes back for a list.
pub(super) const ANSWER: u64 = 0;

/// What came of a request.
pub(super) enum Exchanged {
    Answer(Result<Response, Unanswered>),
    Again(Again),
}

/// A request that is to be sent again.
pub(super) struct Again {
    pub(super) request: Request,
    pub(super) attempt: Attempt,
    /// Not before this time.
    pub(super) due: Option<Instant>,
}

impl Client {
    /// Sends a request for a list, signed in, and waits for its answer.
    pub(super) fn exchange(
        &self,
        request: Request,
        cancel: &Cancel,
    ) -> Result<Response, Unanswered> {
        let mut next = Again {
            request,
            attempt: Attempt::default(),
            due: None,
        };
        loop {
            if let Some(due) = next.due {
                pause(due, cancel);
            }
            let engine = self.engine()?;
            // What is given up ends, and nothing else that the caller's handle is for.
            let given_up = Cancel::new();
            let _registrations = (
                engine.wake_on(&given_up),
                cancel.on_request({
                    let given_up = given_up.clone();
                    move || given_up.request()
                }),
            );
            if cancel.is_requested() {
                given_up.request();
            }
            let (sender, completions) = mpsc::channel();
            let reply = Reply::new(sender.clone(), ANSWER);
            let mut exchange = self.begin(next.request, next.attempt, &given_up, reply)?;
            let result = if self.shared.is_patient {
                answer(&completions, &mut exchange.patience, cancel)
            } else {
                self.living_answer(engine, &mut exchange, (sender, &completions), &given_up)
            };
            given_up.request();
            match self.complete(exchange, result) {
                Exchanged::Answer(answer) => return answer,
                Exchanged::Again(again) => next = again,
            }
        }
    }

    /// Sends a request, signed in. Its answer goes to `reply`, and then to [`complete`](Self::complete).
    pub(super) fn begin(
        &self,
        request: Request,
        attempt: Attempt,
        cancel: &Cancel,
        reply: Reply,
    ) -> Result<Exchange, Unanswered> {
        let engine = self.engine()?;
        let bearer = self.shared.line.bearer();
        let token = match bearer {
            Bearer::None => None,
            Bearer::Given(token) => Some(token.clone()),
            Bearer::Granted(tokens) => Some(self.token(tokens, cancel)?),
        };
        let log = self.shared.log.as_ref();
        let exchange = Exchange {
            began: Instant::now(),
            called: log.map(|_| format!("{} {}", request.method.name(), request.url)),
            request: request.clone(),
            attempt,
            token: token
                .clone()
                .filter(|_| matches!(bearer, Bearer::Granted(_))),
            patience: Patience::new(self.shared.line.settings().timeout),
        };
        engine.begin(request, token, cancel, reply);
        Ok(exchange)
    }

    /// What came back for a request.
    pub(super) fn complete(
        &self,
        exchange: Exchange,
        result: Result<Response, Failure>,
    ) -> Exchanged {
        if let Some(called) = &exchange.called {
            let took = exchange.began.elapsed().as_millis();
            self.log(LogLevel::Debug, || match &result {
                Ok(response) => format!(
                    "{called}: HTTP {}, {} bytes, {took} ms",
                    response.status,
                    response.body.len()
                ),
                Err(failure) => format!("{called}: {}, {took} ms", failure.detail),
            });
        }
        let Exchange {
            request,
            attempt,
            token,
            ..
        } = exchange;
        let result = match result {
            // Whatever it says of the second request, the first may have done it.
            Ok(response) if response.repeated && !request.repeatable => {
                return Exchanged::Answer(Ok(response));
            }
            result => result,
        };
        if let (Ok(response), Some(token), Bearer::Granted(tokens)) =
            (&result, token, self.shared.line.bearer())
            && response.status == 401
            && !attempt.is_renewed
        {
            // It may have been taken back before its time; the server did nothing with it.
            tokens.discard(&token);
            return Exchanged::Again(Again {
                request,
                attempt: Attempt {
                    is_renewed: true,
                    ..attempt
                },
                due: None,
            });
        }
        if let Some(pause) = self.pause(&request, attempt, &result) {
            return Exchanged::Again(Again {
                request,
                attempt: Attempt {
                    retries: attempt.retries + 1,
                    ..attempt
                },
                due: Some(Instant::now() + pause),
            });
        }
        Exchanged::Answer(result.map_err(|failure| self.unanswered(&failure)))
    }

    /// After what time a request is sent again; `None` where what came back for it stands.
    fn pause(
        &self,
        request: &Request,
        attempt: Attempt,
        result: &Result<Response, Failure>,
    ) -> Option<Duration> {
        let retry = &self.shared.retry;
        let most = retry.most(result, request.repeatable);
        if attempt.retries >= most {
            return None;
        }
        let response = result.as_ref().ok();
        let asked_for = response.and_then(|response| asked_for(response, SystemTime::now()));
        let pause = retry.pause(attempt.retries, asked_for, fastrand::f64())?;
        self.log(LogLevel::Verbose, || {
            let why = match result {
                Ok(response) => format!("HTTP {}", response.status),
                Err(failure) => failure.detail.clone(),
            };
            format!(
                "{} did not do it ({why}). Asking again in {:.1} s, retry {} of {most}.",
                self.name(),
                pause.as_secs_f64(),
                attempt.retries + 1,
            )
        });
        Some(pause)
    }

    /// The engine of the connections, started by the first call.
    pub(super) fn engine(&self) -> Result<&Engine, Unanswered> {
        let shared = &self.shared;
        // No lock is held while the log is told: it may be slow, and may make calls of its own.
        if !shared.announced.swap(true, Ordering::Relaxed) {
            self.log(LogLevel::Verbose, || {
                format!(
                    "Opening a connection to ServerInstance '{}' at {}.",
                    self.name(),
                    shared.address
                )
            });
        }
        shared
            .line
            .engine()
            .map_err(|failure| self.unanswered(&failure))
    }

    fn token(&self, tokens: &Tokens, cancel: &Cancel) -> Result<Secret, Unanswered> {
        let fetched = |took: Duration| {
            self.log(LogLevel::Verbose, || {
                format!("Got a token as app {}.", tokens.client_id())
            });
            self.log(LogLevel::Debug, || {
                format!("POST {}: a token, {} ms", tokens.url(), took.as_millis())
            });
        };
        tokens.token(cancel, fetched).map_err(|failure| {
            if let TokenFailure::Refused { description, .. } = &failure {
                // With its trace and correlation ids, which Microsoft's support asks for.
                self.log(LogLevel::Debug, || {
                    let words: Vec<_> = description.split_whitespace().collect();
                    format!("POST {}: {}", tokens.url(), words.join(" "))
                });
            }
            Unanswered {
                error: self.without_echo(sign_in::no_token(&failure, tokens)),
                request_sent: false,
            }
        })
    }

    pub(super) fn unanswered(&self, failure: &Failure) -> Unanswered {
        let shared = &self.shared;
        let error = failed(failure, &shared.address, shared.line.settings());
        Unanswered {
            error: self.without_echo(self.with_look_of_failure(error, failure)),
            request_sent: failure.request_sent,
        }
    }

    /// Says more of an error in an answer where the sign-in was not accepted, or the server does not serve; and never what
    /// was sent to sign in.
    pub(super) fn explained(&self, error: Error, response: &Response) -> Error {
        let shared = &self.shared;
        self.without_echo(sign_in::explain(
            self.with_look_of_answer(error, response),
            response,
            &shared.line.settings().authorization,
            shared.line.bearer(),
            shared.address.host_str().unwrap_or_default(),
        ))
    }
}

/// Waits until `due`, or until `cancel` is requested.
fn pause(due: Instant, cancel: &Cancel) {
    let (sender, requests) = mpsc::channel();
    let _registration = cancel.on_request(move || {
        // Nobody waits any more if it cannot be sent.
        let _ = sender.send(());
    });
    if !cancel.is_requested() {
        let _ = requests.recv_timeout(due.saturating_duration_since(Instant::now()));
    }
}
