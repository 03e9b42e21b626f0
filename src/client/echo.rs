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
/// A text that has a piece of this many bytes of a secret has too much of it: another part may have been cut off.
const PIECE: usize = 8;
/// Ways to sign in whose proof is made by libcurl, and how long it is at least.
const SCHEMES: [&str; 2] = ["ntlm ", "negotiate "];
const PROOF: usize = 24;

impl Client {
    /// The error, without the server's words where these hold what signs in.
    pub(super) fn without_echo(&self, error: Error) -> Error {
        if !self.tells_secret(&error.to_string()) && !self.tells_secret(error.recommended_action())
        {
            return error;
        }
        let status = error.http_status();
        let mut unsaid = Error::new(
            error.kind(),
            format!(
                "{} answered{} with words that hold what was sent to sign in, so they are not shown.",
                self.shared.address.as_str().trim_end_matches('/'),
                status.map_or_else(String::new, |status| format!(" (HTTP {status})"))
            ),
        )
        .with_advice(format!(
            "{} And tell whoever runs the server that it, or a proxy before it, repeats secrets.",
            error.kind().recommended_action()
        ));
        if let Some(status) = status {
            unsaid = unsaid.with_http_status(status);
        }
        if error.is_of_sign_in() {
            unsaid = unsaid.of_sign_in();
        }
        unsaid
    }

    /// Whether a text holds what signs in, in one of the forms in which it is sent.
    pub(super) fn tells_secret(&self, text: &str) -> bool {
        let holds = |form: &str| {
            let form = form.as_bytes();
            let length = form.len().min(PIECE);
            form.len() >= SHORTEST
                && form
                    .chunks_exact(length)
                    .chain(form.len().checked_sub(length).map(|at| &form[at..]))
                    .any(|piece| text.as_bytes().windows(length).any(|part| part == piece))
        };
        self.forms().iter().any(|form| holds(form)) || has_proof(text)
    }

    fn forms(&self) -> Vec<Zeroizing<String>> {
        let mut forms = Vec::new();
        let mut add = |secret: &str| {
            forms.push(Zeroizing::new(secret.to_owned()));
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

/// Whether a text holds the header that proves a Windows sign-in.
fn has_proof(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    SCHEMES.iter().any(|scheme| {
        text.match_indices(scheme).any(|(at, _)| {
            let proof = text[at + scheme.len()..].bytes();
            proof
                .take_while(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte))
                .count()
                >= PROOF
        })
    })
}
