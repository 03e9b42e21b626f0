//! Servers, and what stands before them, that repeat in their words what they were sent to sign in with.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;
use zeroize::Zeroizing;

use super::Client;
use crate::error::Error;
use crate::http::{Authorization, Bearer};

/// A secret that is shorter is not looked for: it stands in any text.
const SHORTEST: usize = 4;
/// A piece of a secret of so many bytes is taken out by itself: what repeats it may have changed the rest.
const PIECE: usize = 12;
/// What stands where a secret was.
const REDACTED: &str = "[secret]";
/// Ways to sign in whose proof is made by libcurl, and how long it is at least.
const SCHEMES: [&str; 2] = ["ntlm ", "negotiate "];
const PROOF: usize = 24;

impl Client {
    /// The error, with what signs in taken out of the server's words.
    pub(super) fn without_echo(&self, error: Error) -> Error {
        error.map_texts(|text| self.redacted(text))
    }

    /// A text, without what signs in, in any of the forms in which it is sent.
    pub(super) fn redacted(&self, text: String) -> String {
        let forms = self.forms();
        let forms = forms.iter().map(|form| form.as_str());
        forms
            .filter(|form| form.len() >= SHORTEST)
            .fold(without_proof(text), |text, form| without(&text, form))
    }

    fn forms(&self) -> Vec<Zeroizing<String>> {
        let mut forms = Vec::new();
        let mut add = |secret: &str| {
            forms.push(Zeroizing::new(secret.to_owned()));
            let words: Vec<_> = secret.split_whitespace().collect();
            let on_one_line = Zeroizing::new(words.join(" "));
            if *on_one_line != *secret {
                forms.push(on_one_line);
            }
            // Large enough not to move, which would leave a copy behind.
            let mut escaped = Zeroizing::new(String::with_capacity(3 * secret.len()));
            escaped.extend(form_urlencoded::byte_serialize(secret.as_bytes()));
            forms.push(escaped);
        };
        let line = &self.shared.line;
        match &line.settings().authorization {
            Authorization::None | Authorization::Windows { user: None, .. } => {}
            Authorization::Windows {
                user: Some((_, password)),
                ..
            } => add(password.expose()),
            Authorization::Basic {
                user_name,
                password,
            } => {
                add(password.expose());
                let length = user_name.len() + 1 + password.expose().len();
                let mut pair = Zeroizing::new(String::with_capacity(length));
                pair.push_str(user_name);
                pair.push(':');
                pair.push_str(password.expose());
                add(&Zeroizing::new(STANDARD.encode(pair.as_bytes())));
            }
        }
        match line.bearer() {
            Bearer::None => {}
            Bearer::Given(token) => add(token.expose()),
            Bearer::Granted(tokens) => {
                add(tokens.client_secret().expose());
                if let Some(token) = tokens.current() {
                    add(token.expose());
                }
            }
        }
        forms
    }
}

/// A text without `secret`, or a piece of it that is long enough to be no word of the text's own, or its beginning where the
/// text was cut off in it.
fn without(text: &str, secret: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = piece_of(secret, rest);
        if length > 0 {
            shown.push_str(REDACTED);
            rest = &rest[length..];
        } else {
            shown.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    shown
}

/// How much of the beginning of `text` is a piece of `secret` that is not to be shown.
fn piece_of(secret: &str, text: &str) -> usize {
    let alike = |from: usize| {
        let bytes = secret.as_bytes()[from..].iter().zip(text.as_bytes());
        bytes.take_while(|(one, other)| one == other).count()
    };
    let whole = |length: usize| {
        let mut ends = (0..=length).rev();
        ends.find(|at| text.is_char_boundary(*at)).unwrap_or(0)
    };
    let least = secret.len().min(PIECE);
    // Most texts have nothing of it, and a token is long.
    let begins_alike = text.len() >= least && secret.contains(&text[..whole(least)]);
    if begins_alike
        && let Some(longest) = (0..secret.len()).map(alike).max()
        && longest >= least
    {
        return whole(longest);
    }
    let beginning = whole(alike(0));
    if beginning >= SHORTEST && text[beginning..].starts_with('…') {
        beginning
    } else {
        0
    }
}

/// A text without what proves a Windows sign-in in a header.
fn without_proof(mut text: String) -> String {
    let is_of_proof = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    for scheme in SCHEMES {
        let mut from = 0;
        while let Some(at) = text[from..].to_ascii_lowercase().find(scheme) {
            from += at + scheme.len();
            let length = text[from..].find(|c| !is_of_proof(c));
            let length = length.unwrap_or(text.len() - from);
            if length >= PROOF {
                text.replace_range(from..from + length, REDACTED);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_taken_out_also_where_the_text_was_cut_in_it_and_nothing_else_is() {
        let without = |text: &str| without(text, "geheim42");
        assert_eq!(without("no geheim42, geheim42!"), "no [secret], [secret]!");
        assert_eq!(without("it was geheim4…"), "it was [secret]…");
        assert_eq!(without("it was gehe…"), "it was [secret]…");
        assert_eq!(without("geheim, geh…"), "geheim, geh…");
        let long = |text: &str| super::without(text, "Straße und Weg 42");
        assert_eq!(long("It was StraSSe und Weg 42."), "It was StraSS[secret].");
        assert_eq!(long("Straße und"), "Straße und");
    }

    #[test]
    fn the_proof_of_a_windows_sign_in_is_taken_out() {
        let proof = "TlRMTVNTUAADAAAAGAAYAFgAAAA=";
        for scheme in ["NTLM", "Negotiate", "negotiate"] {
            let said = format!("Authorization: {scheme} {proof}, and {scheme} {proof}.");
            let shown = format!("Authorization: {scheme} [secret], and {scheme} [secret].");
            assert_eq!(without_proof(said), shown);
        }
        let offered = "The server takes Negotiate and NTLM authentication.";
        assert_eq!(without_proof(offered.to_owned()), offered);
    }
}
