//! What `cargo test` prints.

use super::tally::Tally;
use crate::prerequisites::Needy;

/// The tests of all its binaries, but for those that `--skip` left out.
pub(crate) fn tally<'a>(lines: impl Iterator<Item = &'a str>) -> Tally {
    let mut tally = Tally::default();
    for line in lines {
        if let Some(result) = line.strip_prefix("test result: ") {
            let count = |word| number_before(result, word);
            tally.passed += count(" passed");
            tally.failed += count(" failed");
            tally.skipped += count(" ignored");
        } else if let Some((name, outcome)) = test_line(line) {
            if outcome == "FAILED" {
                tally.failures.push(name.to_owned());
            } else if let Some(reason) = outcome.strip_prefix("ignored") {
                let reason = reason.strip_prefix(", ").unwrap_or("no reason is given");
                tally.skips.push(format!("{name}: {reason}"));
            }
        }
    }
    tally
}

/// The tests that `--skip` left out, of all that `--list` shows. One that has the parts of several in its name is counted
/// with the first of them.
pub(crate) fn left_out<'a>(lines: impl Iterator<Item = &'a str>, left_out: &[&Needy]) -> Tally {
    let mut counts = vec![0; left_out.len()];
    for test in lines.filter_map(|line| line.strip_suffix(": test")) {
        if let Some(at) = left_out.iter().position(|tests| test.contains(tests.part)) {
            counts[at] += 1;
        }
    }
    let mut tally = Tally::default();
    for (tests, count) in left_out.iter().zip(counts) {
        if let (Err(reason), 1..) = (&tests.there, count) {
            tally += Tally::skipped(count, format!("{} ({count}): {reason}", tests.what));
        }
    }
    tally
}

/// Lines that only tell of progress or success.
pub(crate) fn is_noise(line: &str) -> bool {
    const PROGRESS: [&str; 10] = [
        "Blocking",
        "Checking",
        "Compiling",
        "Doc-tests",
        "Documenting",
        "Downloaded",
        "Downloading",
        "Finished",
        "Generated",
        "Running",
    ];
    let word = line.split_whitespace().next().unwrap_or("");
    let progress = line.starts_with(' ') && PROGRESS.contains(&word);
    let passed = test_line(line).is_some_and(|(_, outcome)| outcome == "ok");
    let summary = line.starts_with("running ") || line.starts_with("test result: ok");
    progress || passed || summary || word.is_empty()
}

fn test_line(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("test ")?.rsplit_once(" ... ")
}

fn number_before(result: &str, word: &str) -> u32 {
    result
        .split(['.', ';'])
        .find_map(|part| part.strip_suffix(word))
        .and_then(|number| number.trim().parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "
   Compiling nav-session v0.1.0
     Running unittests src/lib.rs (target/debug/deps/nav_session-1)

running 4 tests
test instance::tests::names ... ok
test live::sign_in ... ignored, needs a directory
test plain ... ignored
test session::tests::keys ... FAILED

failures:

---- session::tests::keys stdout ----
assertion failed

failures:
    session::tests::keys

test result: FAILED. 1 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.01s

running 1 test
test includes_from_c ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 1 filtered out; finished in 0.90s
";

    #[test]
    fn the_results_of_all_binaries_are_added() {
        let tally = tally(OUTPUT.lines());
        assert_eq!(tally.to_string(), "2 passed, 1 failed, 2 skipped");
        assert_eq!(tally.failures, ["session::tests::keys"]);
        assert_eq!(
            tally.skips,
            [
                "live::sign_in: needs a directory",
                "plain: no reason is given"
            ]
        );
    }

    #[test]
    fn tests_left_out_are_counted_once_with_their_reason() {
        let listed = "
includes_from_c: test
includes_from_cpp: test
kerberos_peer::a_ticket: test
kerberos_peer::ntlm_peer::no_ticket: test
ntlm_peer::a_password: test

5 tests, 0 benchmarks
";
        let needy = |what, part, reason: &str| Needy {
            what,
            part,
            there: Err(reason.to_owned()),
        };
        let kerberos = needy("Kerberos", "kerberos_peer", "there is none");
        let ntlm = needy("NTLM", "ntlm_peer", "there is none either");
        let tls = needy("TLS", "tls_peer", "nor this");
        let tally = left_out(listed.lines(), &[&kerberos, &ntlm, &tls]);
        assert_eq!(tally.skipped, 3);
        assert_eq!(
            tally.skips,
            [
                "Kerberos (2): there is none",
                "NTLM (1): there is none either"
            ]
        );
        assert_eq!(left_out(listed.lines(), &[]), Tally::default());
    }

    #[test]
    fn what_is_shown_of_a_failure_holds_the_failure_and_no_success() {
        let shown: Vec<_> = OUTPUT.lines().filter(|line| !is_noise(line)).collect();
        assert!(shown.contains(&"assertion failed"));
        assert!(shown.contains(&"test session::tests::keys ... FAILED"));
        assert!(
            !shown
                .iter()
                .any(|line| line.contains("Compiling") || line.ends_with("ok"))
        );
    }
}
