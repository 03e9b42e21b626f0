//! A request and its answer, signed in and logged.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::failure::failed;
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
    /// The request with the token it carries, where it is sent again with another one that is not accepted.
    again: Option<(Request, Secret)>,
    pub(super) patience: Patience,
}

/// What came of a request.
pub(super) enum Exchanged {
    Answer(Result<Response, Unanswered>),
    /// Its token was not accepted: it is to be sent again, with a new one.
    Again(Request),
}

impl Client {
    /// Sends a request, signed in, and waits for its answer.
    pub(super) fn exchange(
        &self,
        request: Request,
        cancel: &Cancel,
    ) -> Result<Response, Unanswered> {
        let mut request = request;
        let mut is_first = true;
        loop {
            let _registration = self.engine()?.wake_on(cancel);
            let (sender, completions) = mpsc::channel();
            let reply = Reply::new(sender, 0);
            let mut exchange = self.begin(request, is_first, cancel, reply)?;
            let result = answer(&completions, &mut exchange.patience, cancel);
            match self.complete(exchange, result) {
                Exchanged::Answer(answer) => return answer,
                Exchanged::Again(again) => request = again,
            }
            is_first = false;
        }
    }

    /// Sends a request, signed in. Its answer goes to `reply`, and then to [`complete`](Self::complete).
    pub(super) fn begin(
        &self,
        request: Request,
        is_first: bool,
        cancel: &Cancel,
        reply: Reply,
    ) -> Result<Exchange, Unanswered> {
        let engine = self.engine()?;
        let (token, again) = match self.shared.line.bearer() {
            Bearer::None => (None, None),
            Bearer::Given(token) => (Some(token.clone()), None),
            Bearer::Granted(tokens) => {
                let token = self.token(tokens, cancel)?;
                let again = is_first.then(|| (request.clone(), token.clone()));
                (Some(token), again)
            }
        };
        let log = self.shared.log.as_ref();
        let exchange = Exchange {
            began: Instant::now(),
            called: log.map(|_| format!("{} {}", request.method.name(), request.url)),
            again,
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
        match (result, exchange.again, self.shared.line.bearer()) {
            // The token may have been taken back before its time; the server did nothing with it.
            (Ok(response), Some((request, token)), Bearer::Granted(tokens))
                if response.status == 401 =>
            {
                tokens.discard(&token);
                Exchanged::Again(request)
            }
            (result, ..) => Exchanged::Answer(result.map_err(|failure| self.unanswered(&failure))),
        }
    }

    /// The engine of the connections, started by the first call.
    pub(super) fn engine(&self) -> Result<&Engine, Unanswered> {
        let shared = &self.shared;
        shared.announced.call_once(|| {
            self.log(LogLevel::Verbose, || {
                format!(
                    "Opening a connection to ServerInstance '{}' at {}.",
                    self.name(),
                    shared.address
                )
            });
        });
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
                error: sign_in::no_token(&failure, tokens),
                request_sent: false,
            }
        })
    }

    pub(super) fn unanswered(&self, failure: &Failure) -> Unanswered {
        let shared = &self.shared;
        Unanswered {
            error: failed(failure, &shared.address, shared.line.settings()),
            request_sent: failure.request_sent,
        }
    }

    /// Says more of an error in an answer where the sign-in was not accepted.
    pub(super) fn explained(&self, error: Error, response: &Response) -> Error {
        let shared = &self.shared;
        sign_in::explain(
            error,
            response,
            &shared.line.settings().authorization,
            shared.line.bearer(),
            shared.address.host_str().unwrap_or_default(),
        )
    }
}
