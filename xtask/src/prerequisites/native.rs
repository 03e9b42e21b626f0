//! The C compiler and libcurl.
//!
//! They are looked for before the first build because the `curl-sys` crate does not fail without them: it builds a
//! libcurl of its own, which has no TLS.

use super::{Optional, found, installed, missing};
use crate::failure::Failure;
use crate::process::Program;

/// Which compilers a command needs beside libcurl.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Languages {
    C,
    CAndCpp,
}

struct Need {
    what: &'static str,
    probe: fn() -> Option<String>,
    debian: &'static [&'static str],
    fedora: &'static str,
    elsewhere: &'static str,
    optional: bool,
}

/// What installs packages here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Installer {
    AptGet,
    Dnf,
    XcodeSelect,
    Unknown,
}

const C_COMPILER: Need = Need {
    what: "C compiler",
    probe: || version_of("cc"),
    debian: &["gcc", "libc6-dev"],
    fedora: "gcc",
    elsewhere: "a C compiler that answers to `cc`",
    optional: false,
};

const CPP_COMPILER: Need = Need {
    what: "C++ compiler",
    probe: || version_of("c++"),
    debian: &["g++"],
    fedora: "gcc-c++",
    elsewhere: "a C++ compiler that answers to `c++`",
    optional: true,
};

const LIBCURL: Need = Need {
    what: "libcurl",
    probe: libcurl,
    debian: &["libcurl4-openssl-dev", "pkg-config"],
    fedora: "libcurl-devel pkgconf-pkg-config",
    elsewhere: "libcurl with its headers, and pkg-config",
    optional: false,
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
    let (there, absent): (Vec<_>, Vec<_>) = needs
        .iter()
        .map(|need| (need, (need.probe)()))
        .partition(|(_, which)| which.is_some());
    for (need, which) in there {
        found(need.what, &which.unwrap_or_default());
    }
    if absent.is_empty() {
        return Ok(());
    }

    let installer = installer();
    let packages: Vec<&str> = absent
        .iter()
        .flat_map(|(need, _)| need.debian)
        .copied()
        .collect();
    let refused = match installer {
        Installer::AptGet => apt_install(&packages).err(),
        _ => None,
    };
    let mut needed = Vec::new();
    for (need, _) in absent {
        if let Some(which) = (need.probe)() {
            installed(need.what, &format!("{which} (apt-get)"));
            continue;
        }
        missing(need.what, &remedy(need, installer));
        if !need.optional {
            needed.push(need.what);
        }
    }
    if needed.is_empty() {
        return Ok(());
    }
    let failure = Failure::new(format!(
        "Nothing can be built without {}.",
        needed.join(" and ")
    ));
    Err(match refused {
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

fn remedy(need: &Need, installer: Installer) -> String {
    match installer {
        Installer::AptGet => format!("apt-get install {}", need.debian.join(" ")),
        Installer::Dnf => format!("dnf install {}", need.fedora),
        Installer::XcodeSelect => "xcode-select --install".to_owned(),
        Installer::Unknown => need.elsewhere.to_owned(),
    }
}

fn installer() -> Installer {
    let is_there = |program: &str| Program::new(program).arg("--version").capture().is_ok();
    if cfg!(target_os = "macos") {
        Installer::XcodeSelect
    } else if is_there("apt-get") {
        Installer::AptGet
    } else if is_there("dnf") {
        Installer::Dnf
    } else {
        Installer::Unknown
    }
}

fn version_of(compiler: &str) -> Option<String> {
    let version = Program::new(compiler).arg("--version").capture().ok()?;
    version.succeeded().then(|| version.answer().to_owned())
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

fn apt_install(packages: &[&str]) -> Result<(), String> {
    let user = Program::new("id").arg("-u").capture();
    if !user.is_ok_and(|user| user.answer() == "0") {
        return Err("Packages are installed only when this runs as root.".to_owned());
    }
    // A source that does not answer fails this, and the lists may hold the packages all the same.
    let _ = apt("update", &[]);
    apt("install", packages)
}

fn apt(command: &str, packages: &[&str]) -> Result<(), String> {
    let finished = Program::new("apt-get")
        .args([command, "-y", "-qq", "--no-install-recommends"])
        .args(["-o", "DPkg::Lock::Timeout=120"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .minutes(10)
        .heartbeat()
        .capture()
        .map_err(|failure| failure.to_string())?;
    if finished.succeeded() {
        return Ok(());
    }
    Err(format!(
        "`apt-get {command}` failed: {}.",
        finished.reason()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_install_is_said_as_a_command_of_the_machine() {
        assert_eq!(
            remedy(&LIBCURL, Installer::AptGet),
            "apt-get install libcurl4-openssl-dev pkg-config"
        );
        assert_eq!(remedy(&CPP_COMPILER, Installer::Dnf), "dnf install gcc-c++");
        assert_eq!(
            remedy(&LIBCURL, Installer::Unknown),
            "libcurl with its headers, and pkg-config"
        );
    }
}
