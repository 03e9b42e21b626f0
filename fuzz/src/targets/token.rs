//! Answers of a token endpoint.

use std::time::Duration;

use crate::{answer, check, memory};

pub(super) fn answer(input: &[u8]) {
    let input = answer::read(input);
    let token = memory::within(16, input.body.len(), || input.answer.token());
    check::result(&token);
    let json = input.json();
    let sent = json.as_ref().and_then(|json| json["access_token"].as_str());
    match token {
        Ok((length, life)) => {
            assert_eq!(input.status, 200);
            let Some(json) = &json else { return };
            let sent = sent.expect("a token comes by its name");
            assert_eq!(sent.len(), length);
            assert!(sent.bytes().all(|byte| byte.is_ascii_graphic()), "{sent:?}");
            let lives = json["expires_in"].as_u64();
            assert_eq!(life, Duration::from_secs(lives.unwrap_or(3600)));
        }
        Err(error) => {
            // What may be the token is not shown.
            let error = error.to_string();
            let is_shown = sent.is_some_and(|sent| sent.len() > 12 && error.contains(sent));
            assert!(input.status != 200 || !is_shown, "{error}");
        }
    }
}
