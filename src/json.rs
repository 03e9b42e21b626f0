//! What is wrong with a JSON text, in words.

/// The fault and its place, without the texts that stand there: one in the wrong place may be a password.
pub(crate) fn fault(error: &serde_json::Error) -> String {
    let words = error.to_string();
    for what in ["invalid type: string", "invalid value: string"] {
        if words.starts_with(what)
            && let Some(expected) = words.rfind(", expected ")
        {
            return format!("{what}{}", &words[expected..]);
        }
    }
    words
}
