//! What the PowerShell tests print: Pester's lines, and at last the counts.

use super::tally::Tally;

pub(crate) fn tally<'a>(lines: impl Iterator<Item = &'a str>) -> Tally {
    let mut failures = Vec::new();
    let mut counts = None;
    for line in lines.map(str::trim).filter(|line| !line.is_empty()) {
        failures.extend(line.strip_prefix("[-] ").map(str::to_owned));
        counts = Tally::parse(line);
    }
    let mut tally = counts.unwrap_or_default();
    tally.failures.extend(failures);
    tally
}

pub(crate) fn is_noise(line: &str) -> bool {
    let line = line.trim();
    // The last is what Wine says where it shows a whole machine as a drive.
    line.is_empty()
        || line.starts_with("[+] ")
        || line.starts_with("wine: Read access denied for device")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_and_the_failures_are_named() {
        let output = "
Describing rows
  [+] are sorted 12ms (9ms|3ms)
  [-] are exported 407ms (340ms|66ms)
   Expected 2, but got 1.
Tests Passed: 1, Failed: 1, Skipped: 2
1 passed, 1 failed, 2 skipped
";
        let tally = tally(output.lines());
        assert_eq!(tally.to_string(), "1 passed, 1 failed, 2 skipped");
        assert_eq!(tally.failures, ["are exported 407ms (340ms|66ms)"]);
        let shown: Vec<_> = output.lines().filter(|line| !is_noise(line)).collect();
        assert!(shown.contains(&"   Expected 2, but got 1."));
        assert!(!shown.iter().any(|line| line.contains("are sorted")));
    }

    #[test]
    fn a_run_that_breaks_off_counts_nothing() {
        let output = "1 passed, 0 failed, 0 skipped\nThe process was ended.";
        assert_eq!(tally(output.lines()), Tally::default());
    }
}
