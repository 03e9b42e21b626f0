//! When a request that came to nothing is sent again, and after what time.

use std::time::{Duration, SystemTime};

use crate::http::{Failure, Reason, Response};

/// The longest pause before a retry, also where the server asks for a longer one: then its refusal is told at once.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Retries of what the server itself asks to have repeated, where nobody says how many.
const DEFAULT_RETRIES: u32 = 3;

/// How the pauses between retries grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryMode {
    /// Each is as long as the first.
    Fixed,
    /// Each is twice as long as the one before, give or take a fifth, so that many clients do not come back at once.
    Exponential,
}

/// How often, and after what time, a request is sent again.
///
/// Only what is safe to repeat is: what certainly did nothing (no connection was made, or HTTP 429 or 503), and requests
/// that change nothing (also after HTTP 408, 502, 504, a broken connection or no answer in time). A removal whose answer
/// is lost is never among them: the list decides what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// [`RetryMode::Exponential`] by default.
    pub mode: RetryMode,
    /// How often at most. `None`, the default: three times after HTTP 429, which asks for it, and never otherwise, so
    /// that a server that is down is told of at once.
    pub max_retries: Option<u32>,
    /// The first pause, 0.8 s by default. One that the server asks for (`Retry-After`) counts where it is longer. None is
    /// longer than 60 s; where the server asks for more, its answer is told at once.
    pub delay: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            mode: RetryMode::Exponential,
            max_retries: None,
            delay: Duration::from_millis(800),
        }
    }
}

impl Retry {
    /// How often what came back may be followed by a retry.
    pub(super) fn most(&self, result: &Result<Response, Failure>, repeatable: bool) -> u32 {
        let asked_for = match result {
            Ok(Response { status: 429, .. }) => {
                return self.max_retries.unwrap_or(DEFAULT_RETRIES);
            }
            Ok(response) => match response.status {
                503 => true,
                408 | 502 | 504 => repeatable,
                _ => false,
            },
            Err(failure) => is_passing(failure.reason) && (repeatable || !failure.request_sent),
        };
        if asked_for {
            self.max_retries.unwrap_or(0)
        } else {
            0
        }
    }

    /// The pause after which to send again what was sent again `retries` times already; `None` where the server asks for
    /// a pause that nobody would wait for. `chance` is from 0 to 1.
    pub(super) fn pause(
        &self,
        retries: u32,
        asked_for: Option<Duration>,
        chance: f64,
    ) -> Option<Duration> {
        let asked_for = asked_for.unwrap_or_default();
        if asked_for > LONGEST_PAUSE {
            return None;
        }
        let own = match self.mode {
            RetryMode::Fixed => self.delay,
            RetryMode::Exponential => {
                let doubled = self.delay.saturating_mul(2_u32.saturating_pow(retries));
                doubled.min(LONGEST_PAUSE).mul_f64(0.8 + 0.4 * chance)
            }
        };
        Some(own.min(LONGEST_PAUSE).max(asked_for))
    }
}

/// The pause that an answer asks for, in seconds or as a date by the server's own clock; `now` counts where it tells none.
pub(super) fn asked_for(response: &Response, now: SystemTime) -> Option<Duration> {
    let text = response.header("retry-after")?;
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number has is still a pause that nobody would wait for.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let now = response.date().unwrap_or(now);
    Some(until.duration_since(now).unwrap_or_default())
}

/// Whether a failure may be over the next time.
fn is_passing(reason: Reason) -> bool {
    match reason {
        Reason::HostNotFound
        | Reason::LookupTimeout
        | Reason::ConnectionRefused
        | Reason::ConnectTimeout
        | Reason::ConnectionBroken
        | Reason::AnswerTimeout
        | Reason::Silent => true,
        Reason::TlsFailed
        | Reason::CertificateRefused
        | Reason::CaFileUnusable
        | Reason::AnswerTooLarge
        | Reason::NotHttp
        | Reason::Cancelled
        | Reason::Unavailable
        | Reason::Other => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn retry(mode: RetryMode, delay: Duration) -> Retry {
        Retry {
            mode,
            max_retries: Some(5),
            delay,
        }
    }

    fn answered(status: u16, headers: &[(&str, &str)]) -> Response {
        Response {
            status,
            headers: headers.into(),
            ..Response::default()
        }
    }

    #[test]
    fn fixed_pauses_stay_and_exponential_ones_double_up_to_a_minute() {
        let fixed = retry(RetryMode::Fixed, SECOND);
        let growing = retry(RetryMode::Exponential, SECOND);
        for retries in 0..40 {
            assert_eq!(fixed.pause(retries, None, 0.9), Some(SECOND));
            let middle = growing.pause(retries, None, 0.5).unwrap();
            let expected = (SECOND * 2_u32.saturating_pow(retries.min(10))).min(LONGEST_PAUSE);
            assert_eq!(middle, expected, "after {retries} retries");
        }
        let long = retry(RetryMode::Fixed, Duration::from_secs(3600));
        assert_eq!(long.pause(0, None, 0.5), Some(LONGEST_PAUSE));
    }

    #[test]
    fn chance_moves_an_exponential_pause_by_a_fifth_and_a_fixed_one_not_at_all() {
        let growing = retry(RetryMode::Exponential, 10 * SECOND);
        assert_eq!(growing.pause(0, None, 0.0), Some(8 * SECOND));
        assert_eq!(growing.pause(0, None, 1.0), Some(12 * SECOND));
        assert_eq!(growing.pause(9, None, 1.0), Some(LONGEST_PAUSE));
    }

    #[test]
    fn the_servers_pause_counts_where_it_is_longer_and_more_than_a_minute_is_not_waited_for() {
        let fixed = retry(RetryMode::Fixed, 2 * SECOND);
        assert_eq!(fixed.pause(0, Some(SECOND), 0.5), Some(2 * SECOND));
        assert_eq!(fixed.pause(0, Some(30 * SECOND), 0.5), Some(30 * SECOND));
        assert_eq!(fixed.pause(0, Some(61 * SECOND), 0.5), None);
    }

    #[test]
    fn the_default_pauses_are_six_seconds_in_all_give_or_take_a_fifth() {
        let unsaid = Retry::default();
        let in_all = |chance| -> Duration {
            (0..DEFAULT_RETRIES)
                .filter_map(|retries| unsaid.pause(retries, None, chance))
                .sum()
        };
        for (chance, seconds) in [(0.0, 4.48), (0.5, 5.6), (1.0, 6.72)] {
            let difference = in_all(chance).as_secs_f64() - seconds;
            assert!(difference.abs() < 1e-6, "{chance}: {:?}", in_all(chance));
        }
    }

    #[test]
    fn a_pause_is_asked_for_in_seconds_or_as_a_date_of_the_servers_clock() {
        let now = httpdate::parse_http_date("Sun, 22 Nov 2026 12:00:00 GMT").unwrap();
        let asked = |headers: &[(&str, &str)]| asked_for(&answered(429, headers), now);
        assert_eq!(asked(&[("Retry-After", "17")]), Some(17 * SECOND));
        let endless = asked(&[("Retry-After", "99999999999999999999")]);
        assert_eq!(endless, Some(Duration::from_secs(u64::MAX)));
        assert_eq!(Retry::default().pause(0, endless, 0.5), None);
        let until = ("retry-after", "Sun, 22 Nov 2026 12:00:30 GMT");
        assert_eq!(asked(&[until]), Some(30 * SECOND));
        let ahead = ("Date", "Sun, 22 Nov 2026 12:00:25 GMT");
        assert_eq!(asked(&[until, ahead]), Some(5 * SECOND));
        let past = ("Date", "Sun, 22 Nov 2026 12:09:00 GMT");
        assert_eq!(asked(&[until, past]), Some(Duration::ZERO));
        for unclear in ["soon", "", "-1", "1.5", "+3"] {
            assert_eq!(asked(&[("Retry-After", unclear)]), None, "{unclear}");
        }
        assert_eq!(asked(&[]), None);
    }

    #[test]
    fn only_what_did_nothing_or_changes_nothing_is_sent_again() {
        let some = retry(RetryMode::Fixed, SECOND);
        let unsaid = Retry::default();
        let most = |retry: &Retry, result, repeatable| retry.most(&result, repeatable);
        for (status, removal, list) in [
            (429, 5, 5),
            (503, 5, 5),
            (408, 0, 5),
            (502, 0, 5),
            (504, 0, 5),
            (500, 0, 0),
            (400, 0, 0),
            (401, 0, 0),
            (403, 0, 0),
            (404, 0, 0),
            (200, 0, 0),
        ] {
            assert_eq!(most(&some, Ok(answered(status, &[])), false), removal);
            assert_eq!(most(&some, Ok(answered(status, &[])), true), list);
            let unasked = if status == 429 { DEFAULT_RETRIES } else { 0 };
            assert_eq!(most(&unsaid, Ok(answered(status, &[])), true), unasked);
        }
        let failed = |reason, sent| Err(Failure::new(reason, sent, "it failed"));
        let refused = Reason::ConnectionRefused;
        assert_eq!(most(&some, failed(refused, false), false), 5);
        assert_eq!(most(&unsaid, failed(refused, false), true), 0);
        let broken = Reason::ConnectionBroken;
        assert_eq!(most(&some, failed(broken, true), false), 0);
        assert_eq!(most(&some, failed(broken, true), true), 5);
        let untrusted = Reason::CertificateRefused;
        assert_eq!(most(&some, failed(untrusted, false), true), 0);
        assert_eq!(most(&some, failed(Reason::Cancelled, false), true), 0);
    }
}
