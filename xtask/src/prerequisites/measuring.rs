//! The programs of other people that benchmarks compare with or draw with. What needs one is left out without it.

use super::Optional;
use super::checkers::VALGRIND;
use super::packages::{self, Need};
use crate::process::Program;

/// Which of the programs are there.
#[derive(Debug)]
pub(crate) struct Measuring {
    pub(crate) curl: Optional<()>,
    pub(crate) wrk: Optional<()>,
    pub(crate) gnuplot: Optional<()>,
    pub(crate) valgrind: Optional<()>,
}

const CURL: Need = Need {
    what: "curl",
    probe: || packages::version_line("curl"),
    debian: &["curl"],
    fedora: Some("curl"),
    mac: None,
    elsewhere: "curl: https://curl.se/download.html",
};

const WRK: Need = Need {
    what: "wrk",
    probe: wrk,
    debian: &["wrk"],
    fedora: None,
    mac: Some("brew install wrk"),
    elsewhere: "wrk: https://github.com/wg/wrk",
};

const GNUPLOT: Need = Need {
    what: "gnuplot",
    probe: || packages::version_line("gnuplot"),
    debian: &["gnuplot-nox"],
    fedora: Some("gnuplot-minimal"),
    mac: Some("brew install gnuplot"),
    elsewhere: "gnuplot: http://www.gnuplot.info",
};

/// Looks for each, and installs what is absent where that is possible.
pub(crate) fn measuring() -> Measuring {
    let absent = packages::provide(&[CURL, WRK, GNUPLOT, VALGRIND]).whats;
    let there = |need: &Need| match absent.contains(&need.what) {
        true => Err(format!("{} is not installed", need.what)),
        false => Ok(()),
    };
    Measuring {
        curl: there(&CURL),
        wrk: there(&WRK),
        gnuplot: there(&GNUPLOT),
        valgrind: there(&VALGRIND),
    }
}

/// It says its version and fails.
fn wrk() -> Option<String> {
    let version = Program::new("wrk").arg("--version").capture().ok()?;
    let line = version.lines().next()?.trim();
    let end = line.find(" Copyright").unwrap_or(line.len());
    line.starts_with("wrk").then(|| line[..end].to_owned())
}
