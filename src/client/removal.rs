//! One removal: an outcome, whatever breaks on the way. It asks for requests and looks at the list, and does neither.

use std::time::{Duration, Instant};

use time::UtcDateTime;

use super::exchange::Unanswered;
use super::{Client, LogLevel, Outcome};
use crate::channel::Progress;
use crate::error::{Error, ErrorKind};
use crate::http::{Method, Request, Response};
use crate::session::{Session, SessionKey};

/// How often one removal is sent when the connection breaks each time.
const SENDS: u32 = 3;
/// How long a session is waited for whose server only said that it accepted.
const ACCEPTED_WAIT: Duration = Duration::from_secs(30);
/// Between two looks in the list: doubled each time, so that a short wait is short and a long one no burden.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A removal on its way.
pub(super) struct Removal {
    asked: SessionKey,
    /// What is asked for now: what the list said of the session, once it did.
    wanted: SessionKey,
    began: Instant,
    sends: u32,
    /// Why an earlier request of it got no answer.
    broken: Option<String>,
    look: Look,
    /// Why it was looked for in the list, where it is not, so that the server is asked whether it is anywhere.
    elsewhere: Option<String>,
}

/// What the list is asked for.
enum Look {
    /// What became of a request that got no answer, for this cause, or one that says only that something failed. Then the
    /// error stands where the session is still there.
    Settle {
        cause: String,
        failure: Option<Error>,
    },
    /// Whether the session is gone.
    Wait { deadline: Instant, pause: Duration },
}

/// What a removal needs next.
pub(super) enum Next {
    Ask(Request),
    /// A look in the list for the session, not before this time.
    Look(Instant),
    Done(Result<Outcome, Error>),
}

/// What a request of a removal is, for its answer.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    method: Method,
    /// It leaves nothing open when its answer is lost.
    only_looks: bool,
}

impl From<&Request> for Asked {
    fn from(request: &Request) -> Self {
        Self {
            method: request.method,
            only_looks: request.repeatable,
        }
    }
}

/// What the list said of a session.
pub(super) struct Seen<'a> {
    /// The session of the id, if there is one.
    pub(super) session: Option<&'a Session>,
    /// The server's time when it said so.
    pub(super) at: Option<UtcDateTime>,
}

impl Removal {
    pub(super) fn new(key: SessionKey) -> Self {
        Self {
            wanted: key.clone(),
            asked: key,
            began: Instant::now(),
            sends: 0,
            broken: None,
            look: Look::Settle {
                cause: String::new(),
                failure: None,
            },
            elsewhere: None,
        }
    }

    /// The session's id.
    pub(super) fn session_id(&self) -> i32 {
        self.asked.session_id
    }

    /// The session as it was asked for.
    pub(super) fn into_key(self) -> SessionKey {
        self.asked
    }

    /// The first request.
    pub(super) fn start(&mut self, client: &Client) -> Request {
        self.sends += 1;
        let shared = &client.shared;
        shared.channel.remove(&self.wanted, &shared.comment)
    }

    /// What came back for a request.
    pub(super) fn answered(
        &mut self,
        client: &Client,
        asked: Asked,
        answer: Result<Response, Unanswered>,
    ) -> Next {
        if let Some(cause) = self.elsewhere.take() {
            return self.found_elsewhere(client, &cause, answer);
        }
        let response = match answer {
            Ok(response) => response,
            Err(unanswered) if unanswered.request_sent && !asked.only_looks => {
                return self.settle(client, unanswered.error.to_string(), None);
            }
            Err(unanswered) => return self.failed(unanswered.error),
        };
        let channel = &client.shared.channel;
        match channel.removed(&self.wanted, asked.method, &response) {
            Ok(Progress::Send(request)) => Next::Ask(request),
            Ok(Progress::Accepted) => self.wait(client.shared.wait.unwrap_or(ACCEPTED_WAIT)),
            // The request before this one did it, and only its answer was lost.
            Ok(Progress::Done(Outcome::NotFound | Outcome::Changed)) if self.broken.is_some() => {
                Next::Done(Ok(Outcome::Removed))
            }
            // libcurl sent it twice over a kept connection that had ended.
            Ok(Progress::Done(Outcome::NotFound)) if response.repeated && !asked.only_looks => {
                Next::Done(Ok(Outcome::Removed))
            }
            Ok(Progress::Done(Outcome::Removed)) => match client.shared.wait {
                Some(at_most) => self.wait(at_most),
                None => Next::Done(Ok(Outcome::Removed)),
            },
            Ok(Progress::Done(outcome)) => Next::Done(Ok(outcome)),
            Err(error) if !asked.only_looks && leaves_open(&response, &error) => {
                let error = client.explained(error, &response);
                let failure = (response.status == 500).then(|| error.clone());
                self.settle(client, error.to_string(), failure)
            }
            Err(error) => self.failed(client.explained(error, &response)),
        }
    }

    /// What the list said.
    pub(super) fn looked(&mut self, client: &Client, seen: &Result<Seen<'_>, &Error>) -> Next {
        let now = Instant::now();
        match &mut self.look {
            Look::Settle { cause, failure } => {
                let (cause, failure) = (std::mem::take(cause), failure.take());
                self.settled(client, cause, failure, seen)
            }
            Look::Wait { deadline, pause } => {
                let open = |reason: String| {
                    let cause = format!("The server accepted it, and {reason}");
                    Next::Done(Ok(Outcome::Unknown { cause }))
                };
                let is_over = now >= *deadline;
                match *seen {
                    Ok(Seen {
                        session: Some(session),
                        ..
                    }) if self.wanted.matches(session) => {
                        if is_over {
                            return Next::Done(Ok(Outcome::StillPresent));
                        }
                        // From now on it is this session, and not a later one with the same id.
                        self.wanted = SessionKey::from(session);
                    }
                    Ok(_) => return Next::Done(Ok(Outcome::Removed)),
                    Err(error) if is_passing(error) && !is_over => {}
                    Err(error) if error.kind() == ErrorKind::Cancelled => {
                        return open("the wait was cancelled.".to_owned());
                    }
                    Err(error) => {
                        return open(format!("whether it is gone could not be seen: {error}"));
                    }
                }
                client.log(LogLevel::Debug, || {
                    format!("Session {} is still listed.", self.asked.session_id)
                });
                let due = (now + *pause).min(*deadline);
                *pause = (*pause * 2).min(LONGEST_PAUSE);
                Next::Look(due)
            }
        }
    }

    fn settled(
        &mut self,
        client: &Client,
        cause: String,
        failure: Option<Error>,
        seen: &Result<Seen<'_>, &Error>,
    ) -> Next {
        let open = |reason: String| {
            let cause = format!("{cause} {reason}");
            Next::Done(Ok(Outcome::Unknown { cause }))
        };
        let (session, at) = match *seen {
            Ok(Seen {
                session: Some(session),
                at,
            }) if self.wanted.matches(session) => (session, at),
            Ok(Seen { session, .. }) => {
                // The list is that of this server instance, and there can be the same id on others.
                let shared = &client.shared;
                let elsewhere = shared.channel.ask_elsewhere(&self.wanted, &shared.comment);
                return match elsewhere {
                    Some(request) if session.is_none() => {
                        self.elsewhere = Some(cause);
                        Next::Ask(request)
                    }
                    _ => Next::Done(Ok(Outcome::Removed)),
                };
            }
            Err(error) => return open(format!("The list could not be read either: {error}")),
        };
        // Ids are used again. Without anything to compare, it is the same session only if it began, by the server's own
        // clock, before the first request went out.
        let is_certain = self.wanted.is_compared()
            || session.login_datetime.zip(at).is_some_and(|(login, now)| {
                now - login > self.began.elapsed() + Duration::from_secs(2)
            });
        if !is_certain {
            return open(format!(
                "A session {} is listed, and it may be the same or a new one.",
                self.asked.session_id
            ));
        }
        if let Some(failure) = failure {
            return self.failed(failure);
        }
        if self.sends == SENDS {
            return open(format!("It was still listed after {SENDS} attempts."));
        }
        self.wanted = SessionKey::from(session);
        self.broken = Some(cause);
        Next::Ask(self.start(client))
    }

    /// What the server says of a session that its list no longer has.
    fn found_elsewhere(
        &self,
        client: &Client,
        cause: &str,
        answer: Result<Response, Unanswered>,
    ) -> Next {
        let outcome = answer
            .map_err(|unanswered| unanswered.error)
            .and_then(|response| {
                let channel = &client.shared.channel;
                channel.removed(&self.wanted, Method::Post, &response)
            });
        let open = |reason: String| Outcome::Unknown {
            cause: format!("{cause} {reason}"),
        };
        let id = self.asked.session_id;
        Next::Done(Ok(match outcome {
            Ok(Progress::Done(Outcome::Changed)) if !self.wanted.is_compared() => open(format!(
                "No session {id} is listed, and the server knows one: of another server instance, or a new one."
            )),
            // The id is another session's by now.
            Ok(Progress::Done(Outcome::NotFound | Outcome::Changed | Outcome::OwnSession)) => {
                Outcome::Removed
            }
            Ok(Progress::Done(outcome)) => outcome,
            Ok(Progress::Send(_) | Progress::Accepted) => Outcome::Removed,
            Err(error) => open(format!(
                "No session {id} is listed, and whether it is one of another server instance could not be asked: {error}"
            )),
        }))
    }

    fn settle(&mut self, client: &Client, cause: String, failure: Option<Error>) -> Next {
        client.log(LogLevel::Verbose, || {
            format!(
                "{cause} Looking in the list what became of session {}.",
                self.asked.session_id
            )
        });
        self.look = Look::Settle { cause, failure };
        Next::Look(Instant::now())
    }

    fn wait(&mut self, at_most: Duration) -> Next {
        let now = Instant::now();
        self.look = Look::Wait {
            deadline: now + at_most,
            pause: FIRST_PAUSE,
        };
        Next::Look(now)
    }

    /// A failure settles a removal by itself, unless an earlier request of it got no answer.
    fn failed(&mut self, error: Error) -> Next {
        Next::Done(match self.broken.take() {
            None => Err(error),
            Some(cause) => Ok(Outcome::Unknown {
                cause: format!("{cause} Then: {error}"),
            }),
        })
    }
}

/// Whether an answer to a removal leaves open what the server did: one that cannot be read, one that is not in the words of
/// the interface and says that something failed, of a gateway that lost the server's own, or a refusal of a request that
/// libcurl had sent once before.
fn leaves_open(response: &Response, error: &Error) -> bool {
    response.repeated
        || error.kind() == ErrorKind::UnexpectedAnswer && matches!(response.status, 200..=299 | 500)
        || matches!(response.status, 408 | 502 | 504)
}

/// A failure that may be over at the next look.
fn is_passing(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::TooManyRequests | ErrorKind::ServerNotReady | ErrorKind::CallStopped
    )
}
