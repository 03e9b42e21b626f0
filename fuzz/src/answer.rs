//! Inputs that are answers over HTTP, as they would be read off the wire.

use nav_session::fuzzing::Answer;

/// An answer and what it was made of.
pub(crate) struct Input<'a> {
    pub(crate) answer: Answer,
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
}

impl Input<'_> {
    pub(crate) fn is_good(&self) -> bool {
        (200..=299).contains(&self.status)
    }

    /// The body as another reader of JSON has it, which takes anything that is JSON, and is stricter than the parsers with
    /// what they pass over: `None` where that is no text, or a number beyond all others.
    pub(crate) fn json(&self) -> Option<serde_json::Value> {
        let json = self.body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(self.body);
        serde_json::from_slice(json).ok()
    }
}

/// Reads `HTTP/1.1 200`, header lines, an empty line and the body; what does not begin so is the body of a good answer.
pub(crate) fn read(input: &[u8]) -> Input<'_> {
    let (status, head, body) = with_head(input).unwrap_or((200, b"", input));
    Input {
        answer: Answer::new(status, head, body),
        status,
        body,
    }
}

fn with_head(input: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let rest = input.strip_prefix(b"HTTP/1.1 ")?;
    let (status, rest) = rest.split_first_chunk::<3>()?;
    let status = std::str::from_utf8(status).ok()?.parse().ok()?;
    let head = rest.strip_prefix(b"\n")?;
    if let Some(body) = head.strip_prefix(b"\n") {
        return Some((status, b"", body));
    }
    let end = head.windows(2).position(|pair| pair == b"\n\n")?;
    Some((status, &head[..=end], &head[end + 2..]))
}
