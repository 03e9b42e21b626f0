//! Header lines that are read: `WWW-Authenticate`, `Retry-After`, `Date`, `Location`, `Content-Type`.

use std::time::{Duration, SystemTime};

use nav_session::fuzzing::{Answer, Interface};
use nav_session::{Service, SessionFilter};

use crate::{check, memory};

pub(super) fn headers(input: &[u8]) {
    // 2026-11-22T12:00:00Z, the time in the seeds.
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_348_800);
    memory::within(64, input.len(), || {
        let answer = Answer::new(429, input, b"");
        let date = answer.date();
        assert!(date.is_none_or(|date| date >= SystemTime::UNIX_EPOCH));
        if let Some(pause) = answer.retry_after(now) {
            let text = String::from_utf8_lossy(input).to_ascii_lowercase();
            let named: Vec<_> = text.match_indices("retry-after").collect();
            assert!(
                !named.is_empty(),
                "a pause of {pause:?} that nobody asked for"
            );
            // It stands there in seconds, or is the time between two dates.
            let seconds = pause.as_secs();
            assert!(
                text.contains(&seconds.to_string()) || text.contains("gmt") || text.contains(':')
            );
        }
        for service in [Service::Soap, Service::OData, Service::AdminCenter] {
            let interface = Interface::new(service);
            for status in [200, 302, 401, 429, 503] {
                let answer = Answer::new(status, input, b"no answer");
                let Err(error) = interface.page(&SessionFilter::default(), &answer) else {
                    panic!("a list out of nothing");
                };
                check::error(&error);
                for error in answer.unauthorized(&error) {
                    check::error(&error);
                }
            }
        }
    });
}
