//! The C compiler and libcurl.
//!
//! They are looked for before the first build because the `curl-sys` crate does not fail without them: it builds a
//! libcurl of its own, which has no TLS.

use super::Optional;
use super::packages::{self, Need};
use crate::failure::Failure;
use crate::process::Program;

/// Which compilers a command needs beside libcurl.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Languages {
    C,
    CAndCpp,
}

const XCODE: &str = "xcode-select --install";

const C_COMPILER: Need = Need {
    what: "C compiler",
    probe: || packages::version_line("cc"),
    debian: &["gcc", "libc6-dev"],
    fedora: Some("gcc"),
    mac: Some(XCODE),
    elsewhere: "a C compiler that answers to `cc`",
};

const CPP_COMPILER: Need = Need {
    what: "C++ compiler",
    probe: || packages::version_line("c++"),
    debian: &["g++"],
    fedora: Some("gcc-c++"),
    mac: Some(XCODE),
    elsewhere: "a C++ compiler that answers to `c++`",
};

const LIBCURL: Need = Need {
    what: "libcurl",
    probe: libcurl,
    debian: &["libcurl4-openssl-dev", "pkg-config"],
    fedora: Some("libcurl-devel pkgconf-pkg-config"),
    mac: Some(XCODE),
    elsewhere: "libcurl with its headers, and pkg-config",
};

pub(crate) fn native(languages: Languages) -> Result<(), Failure> {
    if cfg!(windows) {
        // Rust's own linker is Visual Studio's, and libcurl is built with it.
        return Ok(());
    }
    let needs: &[Need] = match languages {
        Languages::C => &[C_COMPILER, LIBCURL],
        Languages::CAndCpp => &[C_COMPILER, CPP_COMPILER, LIBCURL],
    };
    let absent = packages::provide(needs);
    let needed: Vec<_> = absent
        .whats
        .into_iter()
        .filter(|what| *what != CPP_COMPILER.what)
        .collect();
    if needed.is_empty() {
        return Ok(());
    }
    let failure = Failure::new(format!(
        "Nothing can be built without {}.",
        needed.join(" and ")
    ));
    Err(match absent.refused {
        Some(reason) => failure.advise(reason),
        None => failure,
    })
}

/// Whether C++ programs can be built, for the tests that are left out otherwise.
pub(crate) fn cpp_compiler() -> Optional<()> {
    match (CPP_COMPILER.probe)() {
        Some(_) => Ok(()),
        None => Err(format!("there is no {}", CPP_COMPILER.what)),
    }
}

fn libcurl() -> Option<String> {
    if cfg!(target_os = "macos") {
        return Some("macOS's own".to_owned());
    }
    let version = Program::new("pkg-config")
        .args(["--modversion", "libcurl"])
        .capture()
        .ok()?;
    version.succeeded().then(|| version.answer().to_owned())
}
