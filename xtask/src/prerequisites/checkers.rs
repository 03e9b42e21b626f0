//! What watches C programs while they run. Tests that need one are left out without it.

use std::path::Path;

use super::packages::{self, Need};
use super::peers::Needy;
use crate::process::Program;

/// GCC's address and undefined-behaviour sanitizers.
const SANITIZERS: Need = Need {
    what: "sanitizers",
    probe: sanitizers,
    debian: &["gcc"],
    fedora: Some("libasan libubsan"),
    mac: None,
    elsewhere: "GCC's libasan and libubsan (Linux only)",
};

pub(super) const VALGRIND: Need = Need {
    what: "valgrind",
    probe: || packages::version_line("valgrind"),
    debian: &["valgrind"],
    fedora: Some("valgrind"),
    mac: None,
    elsewhere: "valgrind: https://valgrind.org (Linux only)",
};

/// Looks for each, and installs what is absent where that is possible.
pub(crate) fn checkers() -> Vec<Needy> {
    let absent = packages::provide(&[SANITIZERS, VALGRIND]).whats;
    [
        (
            SANITIZERS.what,
            "C programs under the sanitizers",
            "under_sanitizer",
        ),
        (VALGRIND.what, "C programs under memcheck", "under_memcheck"),
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

/// GCC says where a library of its own is, and repeats the name of one that it does not have.
fn sanitizers() -> Option<String> {
    let has = |library: &str| {
        let place = Program::new("cc")
            .arg(format!("-print-file-name={library}"))
            .capture();
        place.is_ok_and(|place| Path::new(place.answer()).is_absolute())
    };
    let there = cfg!(target_os = "linux") && has("libasan.so") && has("libubsan.so");
    there.then(|| "GCC's libasan and libubsan".to_owned())
}
