//! A secret that can be told from everything else, and where it stands.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Sixteen letters and digits that stand nowhere else.
pub(crate) fn mark() -> String {
    format!("M{:015x}", RandomState::new().build_hasher().finish() >> 4)
}

/// The forms in which a secret crosses a network or lies in memory.
pub(crate) fn forms(secret: &str, user: &str) -> Vec<Vec<u8>> {
    let pair = STANDARD.encode(format!("{user}:{secret}"));
    let utf16: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    // NTLM hashes it in capitals as well.
    vec![
        secret.as_bytes().to_vec(),
        secret.to_uppercase().into_bytes(),
        pair.into_bytes(),
        STANDARD.encode(secret).into_bytes(),
        utf16,
    ]
}

/// Whether any form of the secret stands in the bytes.
pub(crate) fn stands_in(bytes: &[u8], secret: &str, user: &str) -> bool {
    forms(secret, user)
        .iter()
        .any(|form| bytes.windows(form.len()).any(|part| part == form))
}

#[test]
fn a_secret_is_found_in_each_of_its_forms() {
    let secret = mark();
    for form in forms(&secret, "anna") {
        let leak = [b"before ", form.as_slice(), b" behind"].concat();
        assert!(stands_in(&leak, &secret, "anna"));
    }
    assert!(!stands_in(b"nothing of the kind", &secret, "anna"));
    assert_ne!(secret, mark());
}
