//! What others build C programs with, and a language that is no C. Tests of what is installed for them are left out without
//! them.

use super::packages::{self, Need};
use super::peers::Needy;

const PKG_CONFIG: Need = Need {
    what: "pkg-config",
    probe: || packages::version_line("pkg-config"),
    debian: &["pkg-config"],
    fedora: Some("pkgconf-pkg-config"),
    mac: Some("brew install pkgconf"),
    elsewhere: "pkg-config: https://www.freedesktop.org/wiki/Software/pkg-config",
};

const CMAKE: Need = Need {
    what: "CMake",
    probe: || packages::version_line("cmake"),
    debian: &["cmake", "make"],
    fedora: Some("cmake make"),
    mac: Some("brew install cmake"),
    elsewhere: "CMake: https://cmake.org",
};

const PYTHON: Need = Need {
    what: "Python",
    probe: || packages::version_line("python3"),
    debian: &["python3"],
    fedora: Some("python3"),
    mac: Some("brew install python3"),
    elsewhere: "Python 3: https://www.python.org",
};

/// Looks for each, and installs what is absent where that is possible.
pub(crate) fn build_systems() -> Vec<Needy> {
    let absent = packages::provide(&[PKG_CONFIG, CMAKE, PYTHON]).whats;
    [
        (
            PKG_CONFIG.what,
            "C programs built by pkg-config",
            "by_pkg_config",
        ),
        (CMAKE.what, "C programs built by CMake", "by_cmake"),
        (PYTHON.what, "scripts in Python", "by_python"),
    ]
    .map(|(need, what, part)| Needy {
        what,
        part,
        there: match absent.contains(&need) {
            true => Err(format!("{need} is not installed")),
            false => Ok(()),
        },
    })
    .into()
}
