//! What must hold of every error.

use nav_session::Error;

/// Rows on a page at most.
pub(crate) const MOST_ROWS: usize = 250_000;

/// Longest message and longest advice, in characters.
const LONGEST: usize = 1000;

/// It is one line that does nothing to a terminal, whoever's words are in it.
pub(crate) fn error(error: &Error) {
    for (what, text) in [
        ("message", error.to_string()),
        ("advice", error.recommended_action().to_owned()),
    ] {
        assert!(!text.trim().is_empty(), "an empty {what}: {error:?}");
        let character = text.chars().find(|c| is_forbidden(*c));
        assert_eq!(character, None, "in the {what} {text:?}");
        let length = text.chars().count();
        assert!(
            length <= LONGEST,
            "a {what} of {length} characters: {text:?}"
        );
    }
}

/// What would end the line, or act on the terminal.
fn is_forbidden(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// As [`error`], for a result.
pub(crate) fn result<T>(result: &Result<T, Error>) {
    if let Err(failed) = result {
        error(failed);
    }
}
