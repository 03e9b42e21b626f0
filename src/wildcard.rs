//! Patterns with wildcards, as PowerShell's `WildcardPattern` reads them.

use std::fmt;

use crate::error::{Error, ErrorKind};

/// A pattern that texts are compared with, whatever their casing, as PowerShell's `-like` does it.
///
/// `*` stands for any text, also an empty one, and `?` for one character. `[a-c]` is one character of a range, `[abc]` of a
/// set, and a `]` directly behind the `[` is one of the set. A backtick takes the next character as it is. Characters are
/// those of UTF-16, as PowerShell counts them. They are equal when Unicode's simple mapping to lower case makes them so,
/// in every culture; apart from that each is compared by itself, so `ß` is not `ss`.
#[derive(Clone, PartialEq, Eq)]
pub struct WildcardPattern {
    text: String,
    elements: Vec<Element>,
}

#[derive(Clone, PartialEq, Eq)]
enum Element {
    AnyText,
    AnyCharacter,
    /// In lower case.
    Character(u16),
    /// Ranges, with both ends.
    OneOf(Vec<(u16, u16)>),
}

impl WildcardPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidPattern`] for a `[` without its `]`, and for a range whose end comes before its beginning.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut elements = Vec::new();
        let mut rest = text.encode_utf16();
        while let Some(character) = rest.next() {
            elements.push(match character {
                ANY_TEXT => Element::AnyText,
                ANY_CHARACTER => Element::AnyCharacter,
                OPEN => Element::OneOf(set(&mut rest).ok_or_else(|| invalid(text))?),
                ESCAPE => match rest.next() {
                    Some(escaped) => Element::Character(lower(escaped)),
                    // PowerShell takes a backtick at the end for itself, and one alone for an empty pattern.
                    None if elements.is_empty() => break,
                    None => Element::Character(ESCAPE),
                },
                _ => Element::Character(lower(character)),
            });
        }
        Ok(Self {
            text: text.to_owned(),
            elements,
        })
    }

    /// The pattern as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether all of `text` matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let text: Vec<u16> = text.encode_utf16().map(lower).collect();
        let (mut at, mut element) = (0, 0);
        // Where to go on when what follows the last `*` does not match: with that `*` one character longer. Those before
        // it need not be tried again, as it can take up whatever they would.
        let mut last_any_text = None;
        while at < text.len() {
            match self.elements.get(element) {
                Some(Element::AnyText) => {
                    element += 1;
                    last_any_text = Some((element, at));
                }
                Some(one) if one.admits(text[at]) => {
                    element += 1;
                    at += 1;
                }
                _ => {
                    let Some((behind, from)) = last_any_text else {
                        return false;
                    };
                    last_any_text = Some((behind, from + 1));
                    (element, at) = (behind, from + 1);
                }
            }
        }
        self.elements[element..]
            .iter()
            .all(|rest| *rest == Element::AnyText)
    }
}

impl fmt::Debug for WildcardPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WildcardPattern").field(&self.text).finish()
    }
}

impl Element {
    /// Whether it stands for this one character, which is in lower case.
    fn admits(&self, character: u16) -> bool {
        match self {
            Self::AnyText => false,
            Self::AnyCharacter => true,
            Self::Character(own) => *own == character,
            Self::OneOf(ranges) => [character, upper(character)].iter().any(|one| {
                ranges
                    .iter()
                    .any(|(first, last)| (first..=last).contains(&one))
            }),
        }
    }
}

const ANY_TEXT: u16 = b'*' as u16;
const ANY_CHARACTER: u16 = b'?' as u16;
const OPEN: u16 = b'[' as u16;
const CLOSE: u16 = b']' as u16;
const RANGE: u16 = b'-' as u16;
const ESCAPE: u16 = b'`' as u16;

/// What stands between a `[` and its `]`; `None` if that is no set.
fn set(rest: &mut impl Iterator<Item = u16>) -> Option<Vec<(u16, u16)>> {
    // Each character, and whether it can join two others to a range.
    let mut characters = Vec::new();
    let mut is_first = true;
    loop {
        match rest.next()? {
            CLOSE if !is_first => break,
            ESCAPE => characters.push((rest.next()?, false)),
            character => characters.push((character, character == RANGE)),
        }
        is_first = false;
    }
    let mut ranges = Vec::new();
    let mut left = characters.as_slice();
    while let [(first, _), after @ ..] = left {
        left = match after {
            [(_, true), (last, _), after @ ..] => {
                if first > last {
                    return None;
                }
                ranges.push((*first, *last));
                after
            }
            _ => {
                ranges.push((*first, *first));
                after
            }
        };
    }
    Some(ranges)
}

fn lower(character: u16) -> u16 {
    simple(character, char::to_lowercase)
}

fn upper(character: u16) -> u16 {
    simple(character, char::to_uppercase)
}

/// One character for one, as .NET maps casings; half of a surrogate pair stays as it is.
fn simple<I: Iterator<Item = char>>(character: u16, mapped: impl Fn(char) -> I) -> u16 {
    let Some(known) = char::from_u32(character.into()) else {
        return character;
    };
    let mut mapped = mapped(known);
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => u16::try_from(u32::from(one)).unwrap_or(character),
        _ => character,
    }
}

fn invalid(text: &str) -> Error {
    Error::new(
        ErrorKind::InvalidPattern,
        format!("'{text}' is not a pattern: a [ in it has no ], or a range in it goes backwards."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_as_powershell_has_it() {
        for (pattern, matching, others) in [
            (
                "anna",
                vec!["anna", "ANNA"],
                vec!["", "ann", "annab", "hanna"],
            ),
            ("", vec![""], vec!["a"]),
            ("*", vec!["", "a", "a\nb"], vec![]),
            (
                "CRONUS\\*",
                vec!["cronus\\", "Cronus\\Tom"],
                vec!["CRONUS", "x\\CRONUS\\Tom"],
            ),
            (
                "*a*b*",
                vec!["ab", "xaxbx", "aab", "abab"],
                vec!["ba", "a", "b"],
            ),
            ("a?c", vec!["abc", "A?C"], vec!["ac", "abbc"]),
            ("??", vec!["ab", "\u{1F600}"], vec!["a", "abc"]),
            ("PC[0-9]", vec!["pc0", "PC9"], vec!["PC", "PCa", "PC10"]),
            ("[A-C]", vec!["b", "B"], vec!["d", "-"]),
            ("[abc]x", vec!["ax", "Cx"], vec!["dx", "x"]),
            ("[a-]", vec!["a", "-"], vec!["b"]),
            ("[a`-c]", vec!["a", "-", "c"], vec!["b"]),
            ("[]]", vec!["]"], vec!["[", ""]),
            ("[`]]", vec!["]"], vec!["`"]),
            ("]", vec!["]"], vec!["["]),
            ("a`*", vec!["a*"], vec!["ab", "a`*"]),
            ("a``b", vec!["a`b"], vec!["ab"]),
            ("a`", vec!["a`"], vec!["a"]),
            ("`", vec![""], vec!["`"]),
            ("GRÖ?E", vec!["größe"], vec!["GROSSE"]),
        ] {
            let parsed = WildcardPattern::parse(pattern).unwrap();
            assert_eq!(parsed.as_str(), pattern);
            for text in matching {
                assert!(parsed.matches(text), "{pattern} {text}");
            }
            for text in others {
                assert!(!parsed.matches(text), "{pattern} {text}");
            }
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused_in_its_own_words() {
        for pattern in ["[", "[]", "a[b", "[`]", "[b-a]", "[a"] {
            let error = WildcardPattern::parse(pattern).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidPattern, "{pattern}");
            assert!(error.to_string().contains(pattern), "{error}");
        }
    }

    #[test]
    fn a_pattern_of_many_wildcards_takes_no_longer_than_its_text_is_long() {
        let pattern = WildcardPattern::parse(&"*a".repeat(200)).unwrap();
        assert!(!pattern.matches(&("a".repeat(199) + &"b".repeat(20_000))));
    }
}
