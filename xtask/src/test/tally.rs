//! Counting results.

use std::fmt;
use std::ops::AddAssign;

use crate::process::Finished;

/// The results of a step, or of all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    pub(crate) skipped: u32,
    /// The names of failed tests, as far as they are known.
    pub(crate) failures: Vec<String>,
    /// What was skipped, with the reason, as far as it is known.
    pub(crate) skips: Vec<String>,
}

impl Tally {
    pub(crate) fn passed(count: u32) -> Self {
        Self {
            passed: count,
            ..Self::default()
        }
    }

    pub(crate) fn failed(name: impl Into<String>) -> Self {
        Self {
            failed: 1,
            failures: vec![name.into()],
            ..Self::default()
        }
    }

    pub(crate) fn skipped(count: u32, what: impl Into<String>) -> Self {
        Self {
            skipped: count,
            skips: vec![what.into()],
            ..Self::default()
        }
    }

    /// One check that is a whole program's success.
    pub(crate) fn of(finished: &Finished, name: &str) -> Self {
        if finished.succeeded() {
            Self::passed(1)
        } else {
            Self::failed(name)
        }
    }

    /// Counts a failure of the program itself where no test of its failed: a build error, a crash, a time limit.
    pub(crate) fn with_ending(mut self, finished: &Finished) -> Self {
        if !finished.succeeded() && self.failed == 0 {
            self += Self::failed(finished.ending());
        }
        self
    }

    /// Reads a line `N passed, N failed, N skipped`.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let mut counts = line.trim().split(", ");
        let mut count = |word: &str| {
            let (number, which) = counts.next()?.split_once(' ')?;
            (which == word).then(|| number.parse().ok())?
        };
        let tally = Self {
            passed: count("passed")?,
            failed: count("failed")?,
            skipped: count("skipped")?,
            ..Self::default()
        };
        counts.next().is_none().then_some(tally)
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.failures.extend(other.failures);
        self.skips.extend(other.skips);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} passed, {} failed, {} skipped",
            self.passed, self.failed, self.skipped
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_it_writes_is_the_line_it_reads() {
        let line = "12 passed, 3 failed, 4 skipped";
        let tally = Tally::parse(line).unwrap();
        assert_eq!((tally.passed, tally.failed, tally.skipped), (12, 3, 4));
        assert_eq!(tally.to_string(), line);
    }

    #[test]
    fn a_line_that_is_no_result_is_not_read_as_one() {
        for line in [
            "",
            "12 passed",
            "12 passed, 3 failed",
            "12 passed, 3 failed, 4 skipped, 5 broken",
            "3 failed, 12 passed, 4 skipped",
            "many passed, 3 failed, 4 skipped",
        ] {
            assert_eq!(Tally::parse(line), None, "{line}");
        }
    }

    #[test]
    fn tallies_add_up_with_their_names() {
        let mut all = Tally::passed(2);
        all += Tally::failed("a");
        all += Tally::skipped(7, "b: no shell");
        assert_eq!(all.to_string(), "2 passed, 1 failed, 7 skipped");
        assert_eq!(all.failures, ["a"]);
        assert_eq!(all.skips, ["b: no shell"]);
    }
}
