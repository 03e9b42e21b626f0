//! What `cargo test` prints.

use super::tally::Tally;

/// The tests of all its binaries. `left_out` is the reason for those that `--skip` filtered out.
pub(crate) fn tally<'a>(lines: impl Iterator<Item = &'a str>, left_out: Option<&str>) -> Tally {
    let mut tally = Tally::default();
    let mut filtered_out = 0;
    for line in lines {
        if let Some(result) = line.strip_prefix("test result: ") {
            let count = |word| number_before(result, word);
            tally.passed += count(" passed");
            tally.failed += count(" failed");
            tally.skipped += count(" ignored");
            filtered_out += count(" filtered out");
        } else if let Some((name, outcome)) = test_line(line) {
            if outcome == "FAILED" {
                tally.failures.push(name.to_owned());
            } else if let Some(reason) = outcome.strip_prefix("ignored") {
                let reason = reason.strip_prefix(", ").unwrap_or("no reason is given");
                tally.skips.push(format!("{name}: {reason}"));
            }
        }
    }
    if let Some(reason) = left_out.filter(|_| filtered_out > 0) {
        tally += Tally::skipped(filtered_out, reason);
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
        let tally = tally(OUTPUT.lines(), None);
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
    fn tests_left_out_are_skipped_with_their_reason() {
        let tally = tally(OUTPUT.lines(), Some("C++: there is no C++ compiler"));
        assert_eq!(tally.skipped, 3);
        assert!(
            tally
                .skips
                .contains(&"C++: there is no C++ compiler".to_owned())
        );
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
