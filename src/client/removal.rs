//! Removals: one outcome each, whatever breaks on the way.

use std::time::{Duration, Instant};

use super::{Client, LogLevel, Outcome};
use crate::channel::Progress;
use crate::error::{Error, ErrorKind};
use crate::http::{Cancel, Response};
use crate::session::{SessionFilter, SessionKey};

/// How often one removal is sent when the connection breaks each time.
const SENDS: u32 = 3;
/// How long a session is waited for whose server only said that it accepted.
const ACCEPTED_WAIT: Duration = Duration::from_secs(30);
/// Between two looks in the list: doubled each time, so that a short wait is short and a long one no burden.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What one sending of a removal came to.
enum Attempt {
    Done(Outcome),
    /// The server took it and will do it.
    Accepted,
    /// Nothing was done.
    Failed(Error),
    /// What was done is not known, for this cause.
    Open(String),
}

/// What is known after a broken connection.
enum Settled {
    Gone,
    /// Still the session that was meant; what identifies it now.
    Present(SessionKey),
    Open(String),
}

impl Client {
    /// Removes the session that `key` means.
    ///
    /// A connection that breaks after the request went out settles nothing, so the list is asked: a session that is gone
    /// is [`Outcome::Removed`], one that is certainly still there is asked for again, and where the list cannot tell
    /// it is [`Outcome::Unknown`]. So is a removal that is cancelled after its request went out.
    ///
    /// With [`ClientBuilder::wait`](super::ClientBuilder::wait), and always with the Admin Center API, it returns when
    /// the session is gone from the list, or the time has run out.
    ///
    /// # Errors
    /// When no request went out, or the server said why it did nothing.
    pub fn remove_session(&self, key: &SessionKey, cancel: &Cancel) -> Result<Outcome, Error> {
        let outcome = self.settled_removal(key, cancel)?;
        if outcome == Outcome::Removed {
            self.log(LogLevel::Verbose, || {
                format!("Removed session {} from {}.", key.session_id, self.place())
            });
        }
        Ok(outcome)
    }

    fn settled_removal(&self, key: &SessionKey, cancel: &Cancel) -> Result<Outcome, Error> {
        let began = Instant::now();
        let mut wanted = key.clone();
        let mut broken = None;
        for _ in 0..SENDS {
            let cause = match self.attempt(&wanted, cancel) {
                // The request before this one did it, and only its answer was lost.
                Attempt::Done(Outcome::NotFound | Outcome::Changed) if broken.is_some() => {
                    return Ok(Outcome::Removed);
                }
                Attempt::Done(Outcome::Removed) => {
                    return Ok(match self.shared.wait {
                        Some(at_most) => self.wait_until_gone(&wanted, at_most, cancel),
                        None => Outcome::Removed,
                    });
                }
                Attempt::Done(outcome) => return Ok(outcome),
                Attempt::Accepted => {
                    let at_most = self.shared.wait.unwrap_or(ACCEPTED_WAIT);
                    return Ok(self.wait_until_gone(&wanted, at_most, cancel));
                }
                Attempt::Failed(error) => return broken_or(broken, error),
                Attempt::Open(cause) => cause,
            };
            self.log(LogLevel::Verbose, || {
                format!(
                    "{cause} Looking in the list what became of session {}.",
                    key.session_id
                )
            });
            match self.settle(&wanted, began, cancel) {
                Settled::Gone => return Ok(Outcome::Removed),
                Settled::Present(found) => wanted = found,
                Settled::Open(reason) => {
                    return Ok(Outcome::Unknown {
                        cause: format!("{cause} {reason}"),
                    });
                }
            }
            broken = Some(cause);
        }
        Ok(Outcome::Unknown {
            cause: format!(
                "{} It was still listed after {SENDS} attempts.",
                broken.unwrap_or_default()
            ),
        })
    }

    /// One removal with all the requests it takes.
    fn attempt(&self, key: &SessionKey, cancel: &Cancel) -> Attempt {
        let channel = &self.shared.channel;
        let mut request = channel.remove(key, &self.shared.comment);
        loop {
            let asked = request.method;
            // A request that only looks leaves nothing open when its answer is lost.
            let only_looks = request.repeatable;
            let response = match self.exchange(request, cancel) {
                Ok(response) => response,
                Err(unanswered) if unanswered.request_sent && !only_looks => {
                    return Attempt::Open(unanswered.error.to_string());
                }
                Err(unanswered) => return Attempt::Failed(unanswered.error),
            };
            return match channel.removed(key, asked, &response) {
                Ok(Progress::Send(next)) => {
                    request = next;
                    continue;
                }
                Ok(Progress::Accepted) => Attempt::Accepted,
                // The first of the two did it, and only its answer was lost.
                Ok(Progress::Done(Outcome::NotFound)) if response.repeated && !only_looks => {
                    Attempt::Done(Outcome::Removed)
                }
                Ok(Progress::Done(outcome)) => Attempt::Done(outcome),
                Err(error) if !only_looks && leaves_open(&response, &error) => {
                    Attempt::Open(error.to_string())
                }
                Err(error) => Attempt::Failed(self.explained(error, &response)),
            };
        }
    }

    /// Looks in the list until the session is gone.
    fn wait_until_gone(&self, key: &SessionKey, at_most: Duration, cancel: &Cancel) -> Outcome {
        let deadline = Instant::now() + at_most;
        let mut wanted = key.clone();
        let mut pause = FIRST_PAUSE;
        loop {
            let found = self
                .sessions(SessionFilter::of_session(key.session_id), cancel)
                .find(|row| row.as_ref().map_or(true, |session| wanted.matches(session)));
            let open = |reason: String| Outcome::Unknown {
                cause: format!("The server accepted it, and {reason}"),
            };
            let left = deadline.saturating_duration_since(Instant::now());
            match found {
                None => return Outcome::Removed,
                // From now on it is this session, and not a later one with the same id.
                Some(Ok(session)) => {
                    wanted = SessionKey::from(&session);
                    if left.is_zero() {
                        return Outcome::StillPresent;
                    }
                }
                Some(Err(error)) if is_passing(&error) && !left.is_zero() => {}
                Some(Err(error)) if error.kind() == ErrorKind::Cancelled => {
                    return open("the wait was cancelled.".to_owned());
                }
                Some(Err(error)) => {
                    return open(format!("whether it is gone could not be seen: {error}"));
                }
            }
            self.log(LogLevel::Debug, || {
                format!("Session {} is still listed.", key.session_id)
            });
            if cancel.wait(pause.min(left)) {
                return open("the wait was cancelled.".to_owned());
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Asks the list what became of a removal that got no answer.
    fn settle(&self, key: &SessionKey, began: Instant, cancel: &Cancel) -> Settled {
        let mut sessions = self.sessions(SessionFilter::of_session(key.session_id), cancel);
        let mut asked_at = None;
        loop {
            match sessions.next_with_date(&mut asked_at) {
                Some(Ok(session)) if key.matches(&session) => {
                    // Ids are used again. Without anything to compare, it is the same session only if it began, by the
                    // server's own clock, before the first request went out.
                    let certain = key.is_compared()
                        || session
                            .login_datetime
                            .zip(asked_at)
                            .is_some_and(|(login, now)| {
                                let age = now - login;
                                age > began.elapsed() + Duration::from_secs(2)
                            });
                    return if certain {
                        Settled::Present(SessionKey::from(&session))
                    } else {
                        Settled::Open(format!(
                            "A session {} is listed, and it may be the same or a new one.",
                            key.session_id
                        ))
                    };
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    return Settled::Open(format!("The list could not be read either: {error}"));
                }
                None => return Settled::Gone,
            }
        }
    }
}

/// Whether an answer to a removal leaves open what the server did: one that cannot be read, or of a gateway that lost
/// the server's own.
fn leaves_open(response: &Response, error: &Error) -> bool {
    error.kind() == ErrorKind::UnexpectedAnswer && (200..=299).contains(&response.status)
        || matches!(response.status, 408 | 502 | 504)
}

/// A failure that settles a removal by itself, unless an earlier request of the same removal got no answer.
fn broken_or(broken: Option<String>, error: Error) -> Result<Outcome, Error> {
    match broken {
        None => Err(error),
        Some(cause) => Ok(Outcome::Unknown {
            cause: format!("{cause} Then: {error}"),
        }),
    }
}

/// A failure that may be over at the next look.
fn is_passing(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::TooManyRequests | ErrorKind::ServerNotReady
    )
}
