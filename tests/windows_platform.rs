//! What the library has of Windows's own in place of other systems' libraries.

#![cfg(windows)]

#[test]
fn encryption_and_sign_in_are_those_of_windows() {
    let libcurl = curl::Version::get();
    assert_eq!(libcurl.ssl_version(), Some("Schannel"));
    assert!(libcurl.feature_sspi());
    assert!(libcurl.feature_spnego());
    assert!(libcurl.feature_ntlm());
    assert!(libcurl.feature_ipv6());
}
