//! Patterns with wildcards: the pattern, a line break, and the text to compare with.

use nav_session::WildcardPattern;

use crate::{check, memory};

use super::text;

pub(super) fn pattern(input: &[u8]) {
    let input = text(input);
    let (pattern, text) = input.split_once('\n').unwrap_or((&*input, ""));
    let parsed = memory::within(32, pattern.len(), || WildcardPattern::parse(pattern));
    check::result(&parsed);
    let reference = Reference::parse(pattern);
    match (&parsed, &reference) {
        (Ok(parsed), Some(reference)) => {
            assert_eq!(parsed.as_str(), pattern);
            assert_eq!(
                parsed.matches(text),
                reference.matches(text),
                "{pattern:?} {text:?}"
            );
        }
        (Err(_), None) => {}
        _ => panic!("{pattern:?} is {parsed:?}"),
    }
    let escaped: String = text.chars().flat_map(|c| ['`', c]).collect();
    let itself = WildcardPattern::parse(&escaped).expect("a text behind backticks is a pattern");
    assert!(itself.matches(text), "{escaped:?}");
}

/// Another reading of what `WildcardPattern` says of itself, without a thought of speed.
struct Reference(Vec<Part>);

enum Part {
    Any,
    One,
    Among(Vec<(u16, u16)>),
    Is(u16),
}

impl Reference {
    fn parse(pattern: &str) -> Option<Self> {
        let units: Vec<u16> = pattern.encode_utf16().collect();
        let is = |at: usize, character: char| {
            units.get(at).is_some_and(|unit| *unit == character as u16)
        };
        let mut parts = Vec::new();
        let mut at = 0;
        while at < units.len() {
            if is(at, '*') {
                parts.push(Part::Any);
            } else if is(at, '?') {
                parts.push(Part::One);
            } else if is(at, '`') && at + 1 < units.len() {
                at += 1;
                parts.push(Part::Is(units[at]));
            } else if is(at, '`') && at == 0 {
                // A backtick alone is an empty pattern.
            } else if is(at, '[') {
                let (ranges, end) = Self::set(&units, at + 1)?;
                parts.push(Part::Among(ranges));
                at = end;
            } else {
                parts.push(Part::Is(units[at]));
            }
            at += 1;
        }
        Some(Self(parts))
    }

    /// The ranges of the set that begins there, and where its `]` is.
    fn set(units: &[u16], begin: usize) -> Option<(Vec<(u16, u16)>, usize)> {
        let mut members: Vec<(u16, bool)> = Vec::new();
        let mut at = begin;
        loop {
            let unit = *units.get(at)?;
            if unit == u16::from(b']') && at > begin {
                break;
            }
            if unit == u16::from(b'`') {
                at += 1;
                members.push((*units.get(at)?, false));
            } else {
                members.push((unit, unit == u16::from(b'-')));
            }
            at += 1;
        }
        let mut ranges = Vec::new();
        let mut next = 0;
        while next < members.len() {
            let first = members[next].0;
            let joins = members.get(next + 1).is_some_and(|member| member.1);
            match members.get(next + 2) {
                Some((last, _)) if joins => {
                    if first > *last {
                        return None;
                    }
                    ranges.push((first, *last));
                    next += 3;
                }
                _ => {
                    ranges.push((first, first));
                    next += 1;
                }
            }
        }
        Some((ranges, at))
    }

    /// Whether the first parts match the first units, for all numbers of both.
    fn matches(&self, text: &str) -> bool {
        let text: Vec<u16> = text.encode_utf16().collect();
        let mut reached = vec![false; text.len() + 1];
        reached[0] = true;
        for part in &self.0 {
            let mut after = vec![false; text.len() + 1];
            for at in 0..=text.len() {
                after[at] = match part {
                    Part::Any => reached[at] || (at > 0 && after[at - 1]),
                    one => at > 0 && reached[at - 1] && one.admits(text[at - 1]),
                };
            }
            reached = after;
        }
        reached[text.len()]
    }
}

impl Part {
    fn admits(&self, unit: u16) -> bool {
        let low = mapped(unit, |c| c.to_lowercase().collect());
        match self {
            Self::Any => false,
            Self::One => true,
            Self::Is(own) => mapped(*own, |c| c.to_lowercase().collect()) == low,
            Self::Among(ranges) => {
                let high = mapped(low, |c| c.to_uppercase().collect());
                ranges.iter().any(|(first, last)| {
                    (first..=last).contains(&&low) || (first..=last).contains(&&high)
                })
            }
        }
    }
}

/// One unit for one, or as it is.
fn mapped(unit: u16, map: impl Fn(char) -> Vec<char>) -> u16 {
    let Some(character) = char::from_u32(unit.into()) else {
        return unit;
    };
    match *map(character) {
        [one] => u16::try_from(u32::from(one)).unwrap_or(unit),
        _ => unit,
    }
}
