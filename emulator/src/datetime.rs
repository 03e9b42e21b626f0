//! The XML form of a `DateTime` in UTC: `2026-11-22T08:17:17.123Z`.

use std::fmt::{self, Display};

use time::{Date, Month, OffsetDateTime, Time, UtcOffset};

/// Writes a `DateTime` without trailing zeros in the fraction, and without one that is zero.
pub(crate) struct Utc(pub(crate) OffsetDateTime);

impl Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.0.to_offset(UtcOffset::UTC);
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            at.year(),
            u8::from(at.month()),
            at.day(),
            at.hour(),
            at.minute(),
            at.second(),
        )?;
        let ticks = at.nanosecond() / 100;
        if ticks != 0 {
            let digits = format!("{ticks:07}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

/// Reads that form, with 0 to 7 fraction digits; nothing else.
pub(crate) fn parse(text: &str) -> Option<OffsetDateTime> {
    let text = text.strip_suffix('Z')?;
    let (seconds, fraction) = match text.split_once('.') {
        Some((seconds, fraction)) => (seconds, fraction),
        None => (text, "0"),
    };
    let bytes = seconds.as_bytes();
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if bytes.len() != 19 || separators.iter().any(|&(at, byte)| bytes[at] != byte) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| digits(seconds.get(range)?);
    let part = |range| u8::try_from(number(range)?).ok();
    let date = Date::from_calendar_date(
        i32::try_from(number(0..4)?).ok()?,
        Month::try_from(part(5..7)?).ok()?,
        part(8..10)?,
    )
    .ok()?;
    if !(1..=7).contains(&fraction.len()) {
        return None;
    }
    let nanoseconds = digits(&format!("{fraction:0<9}"))?;
    let time =
        Time::from_hms_nano(part(11..13)?, part(14..16)?, part(17..19)?, nanoseconds).ok()?;
    Some(date.with_time(time).assume_utc())
}

fn digits(text: &str) -> Option<u32> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}
