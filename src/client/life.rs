//! Whether a server instance that does not serve looks stopped or as if it was starting, and how that is found out soon.

use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use super::Client;
use super::exchange::{ANSWER, Exchange};
use crate::channel::{Channel, is_of_http_sys};
use crate::error::{Error, ErrorKind};
use crate::http::{
    Cancel, Completion, Engine, Failure, LOOK, Reason, Reply, Response, answer, disobeyed,
};

/// How long a list may be silent before its server is asked for a sign of life.
const LATE: Duration = Duration::from_millis(400);
/// How long that may take, which leaves a distant server time for the round trips of a new connection with TLS. Together a
/// script that asks every few seconds whether a server has started is told within two.
const SILENCE: Duration = Duration::from_millis(1400);

const LOOKS_STOPPED: &str = "The server instance looks stopped.";
const LOOKS_STARTING: &str = "The server instance looks as if it was starting.";

/// The tag of what comes back for a sign of life.
const SIGN_OF_LIFE: u64 = ANSWER + 1;

impl Client {
    /// Waits for the answer to a list. When it is late, a connection of its own asks for anything at all, without a
    /// sign-in, which costs a server next to nothing: one that answers is only slow, and is waited for.
    pub(super) fn living_answer(
        &self,
        engine: &Engine,
        exchange: &mut Exchange,
        (sender, completions): (Sender<Completion>, &Receiver<Completion>),
        cancel: &Cancel,
    ) -> Result<Response, Failure> {
        let late = Instant::now() + LATE;
        let mut sender = Some(sender);
        loop {
            match completions.recv_timeout(LOOK.min(LATE)) {
                Ok(Completion { tag, result }) if tag != SIGN_OF_LIFE => return result,
                Ok(Completion { result, .. }) => {
                    return match result.err().and_then(lifeless) {
                        // The answer may have come at the last moment.
                        Some(failure) => completions
                            .try_recv()
                            .map_or(Err(failure), |completion| completion.result),
                        None => answer(completions, &mut exchange.patience, cancel),
                    };
                }
                Err(_) => {}
            }
            if let Some(reason) = exchange.patience.ended(cancel) {
                return Err(disobeyed(reason));
            }
            if Instant::now() >= late
                && let Some(sender) = sender.take()
            {
                let reply = Reply::new(sender, SIGN_OF_LIFE);
                engine.ask_for_life(&exchange.request.url, SILENCE, cancel, reply);
            }
        }
    }

    /// Adds what the server instance looks like to an error that came of `failure`.
    pub(super) fn with_look_of_failure(&self, error: Error, failure: &Failure) -> Error {
        let look = match failure.reason {
            Reason::ConnectionRefused => LOOKS_STOPPED,
            Reason::ConnectTimeout => {
                "The server instance or its computer looks stopped, or a firewall drops what goes to the port."
            }
            Reason::ConnectionBroken => {
                "The server instance looks as if it was just being stopped or started."
            }
            Reason::Silent => LOOKS_STARTING,
            _ => return error,
        };
        self.with_look(error, look)
    }

    /// Adds what the server instance looks like to an error that `response` said.
    pub(super) fn with_look_of_answer(&self, error: Error, response: &Response) -> Error {
        match error.kind() {
            ErrorKind::ServerNotReady if is_of_http_sys(response) => {
                self.with_look(error, LOOKS_STOPPED)
            }
            ErrorKind::ServerNotReady => self.with_look(error, LOOKS_STARTING),
            _ => error,
        }
    }

    fn with_look(&self, error: Error, look: &str) -> Error {
        match self.shared.channel {
            Channel::Soap(_) | Channel::OData(_) => error.and(look),
            // It is Microsoft's to start and stop.
            Channel::AdminCenter(_) => error,
        }
    }
}

/// What the list failed by, where the sign of life failed so that it is not to be expected either.
fn lifeless(failure: Failure) -> Option<Failure> {
    let reason = match failure.reason {
        Reason::AnswerTimeout => Reason::Silent,
        reason
        @ (Reason::ConnectTimeout | Reason::ConnectionRefused | Reason::ConnectionBroken) => reason,
        _ => return None,
    };
    let detail = match reason {
        Reason::Silent | Reason::ConnectTimeout => {
            format!("nothing came for {} s", (LATE + SILENCE).as_secs_f32())
        }
        _ => failure.detail,
    };
    Some(Failure::new(reason, true, detail))
}
