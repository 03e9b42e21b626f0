//! Faults that requests meet by chance, the same for the same seed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::fault::{Fault, Operation};
use crate::server::mix;
use crate::{odata, soap};

/// No delay of [`ChanceFault::Delay`] is as long.
const DELAY_LIMIT: u64 = 200;

/// A kind of fault that requests meet by chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChanceFault {
    /// [`Fault::CloseBeforeDoing`].
    CloseBeforeDoing,
    /// [`Fault::CloseAfterDoing`].
    CloseAfterDoing,
    /// [`Fault::Truncated`].
    Truncated,
    /// [`Fault::Delay`], of less than 200 ms.
    Delay,
    /// [`Fault::Silence`].
    Silence,
    /// The server does nothing and answers 429, with a `Retry-After` of 0 or 1 second.
    TooManyRequests,
    /// The server does nothing and answers 503.
    NotReady,
    /// The server does nothing and answers 500, in its interface's words.
    InternalError,
    /// [`Fault::BadGateway`].
    BadGateway,
    /// Only where a removal is asked for by SOAP or OData: before it is done, the session that is meant ends by itself.
    SessionEnds,
    /// Only where a removal is asked for by SOAP or OData: before it is done, the session that is meant ends by itself, and
    /// its id is given to another one.
    IdReused,
    /// Only where a removal is asked for by SOAP or OData: once it is done, the id is given to another session, and the
    /// connection breaks without an answer.
    IdReusedUnanswered,
}

impl ChanceFault {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::CloseBeforeDoing,
        Self::CloseAfterDoing,
        Self::Truncated,
        Self::Delay,
        Self::Silence,
        Self::TooManyRequests,
        Self::NotReady,
        Self::InternalError,
        Self::BadGateway,
        Self::SessionEnds,
        Self::IdReused,
        Self::IdReusedUnanswered,
    ];

    /// The name it has on the command line and in what the program reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CloseBeforeDoing => "close-before-doing",
            Self::CloseAfterDoing => "close-after-doing",
            Self::Truncated => "truncated",
            Self::Delay => "delay",
            Self::Silence => "silence",
            Self::TooManyRequests => "too-many-requests",
            Self::NotReady => "not-ready",
            Self::InternalError => "internal-error",
            Self::BadGateway => "bad-gateway",
            Self::SessionEnds => "session-ends",
            Self::IdReused => "id-reused",
            Self::IdReusedUnanswered => "id-reused-unanswered",
        }
    }

    fn can_meet(self, operation: Operation, by_companion: bool) -> bool {
        match self {
            Self::SessionEnds | Self::IdReused | Self::IdReusedUnanswered => {
                by_companion && operation == Operation::RemoveSession
            }
            _ => true,
        }
    }
}

/// How many requests meet a fault by chance, and which.
#[derive(Clone, Debug)]
pub(crate) struct Odds {
    pub(crate) seed: u64,
    /// From 0 to 1.
    pub(crate) share: f64,
    pub(crate) kinds: Vec<ChanceFault>,
}

/// What is drawn for each request, by its number.
#[derive(Debug)]
pub(crate) struct Chance {
    odds: Odds,
    requests: AtomicU64,
}

/// A fault that was drawn, and what comes of it.
pub(crate) struct Drawn {
    pub(crate) kind: ChanceFault,
    /// What happens around the answer; `None` where all of it happens to the session.
    pub(crate) fault: Option<Fault>,
}

impl Chance {
    pub(crate) fn new(odds: Odds) -> Self {
        Self {
            odds,
            requests: AtomicU64::new(0),
        }
    }

    /// What the next request meets.
    pub(crate) fn draw(&self, operation: Operation, port: Port) -> Option<Drawn> {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let bits = mix(mix(self.odds.seed).wrapping_add(number));
        if unit(bits) >= self.odds.share {
            return None;
        }
        let bits = mix(bits);
        let by_companion = port != Port::AdminCenter;
        let kind = *pick(&self.odds.kinds, bits)?;
        if !kind.can_meet(operation, by_companion) {
            return None;
        }
        let bits = mix(bits);
        let answer = |status, headers| port.answer(operation, status, headers);
        let fault = match kind {
            ChanceFault::CloseBeforeDoing => Fault::CloseBeforeDoing,
            ChanceFault::CloseAfterDoing | ChanceFault::IdReusedUnanswered => {
                Fault::CloseAfterDoing
            }
            ChanceFault::Truncated => Fault::Truncated,
            ChanceFault::Delay => Fault::Delay(Duration::from_millis(bits % DELAY_LIMIT)),
            ChanceFault::Silence => Fault::Silence,
            ChanceFault::TooManyRequests => {
                let seconds = (bits % 2).to_string();
                answer(429, vec![(String::from("Retry-After"), seconds)])
            }
            ChanceFault::NotReady => answer(503, Vec::new()),
            ChanceFault::InternalError => answer(500, Vec::new()),
            ChanceFault::BadGateway => Fault::BadGateway,
            ChanceFault::SessionEnds | ChanceFault::IdReused => {
                return Some(Drawn { kind, fault: None });
            }
        };
        Some(Drawn {
            kind,
            fault: Some(fault),
        })
    }
}

/// What a request arrives at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Port {
    Soap,
    OData,
    AdminCenter,
}

impl Port {
    /// An error in the words of the interface. Inferred: that a server says these so, and the Admin Center API says no more
    /// than the status.
    fn answer(self, operation: Operation, status: u16, headers: Vec<(String, String)>) -> Fault {
        let text = "The request could not be processed. Try again later.";
        let (content_type, body) = match self {
            Self::Soap if status == 500 => (
                soap::XML,
                soap::fault_of_class("NavNCLDialogException", text),
            ),
            Self::OData if status == 500 => {
                (odata::JSON, odata::error("Internal_ServerError", text))
            }
            Self::AdminCenter if operation != Operation::Token => (
                odata::JSON,
                format!("{{\"code\":\"Unknown\",\"message\":\"{text}\"}}"),
            ),
            Self::Soap | Self::OData | Self::AdminCenter => ("", String::new()),
        };
        Fault::Answer {
            status,
            content_type: String::from(content_type),
            headers,
            body,
        }
    }
}

/// A number from 0 to below 1.
#[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

fn pick<T>(of: &[T], bits: u64) -> Option<&T> {
    let number = u64::try_from(of.len()).ok().filter(|number| *number > 0)?;
    of.get(usize::try_from(bits % number).ok()?)
}
