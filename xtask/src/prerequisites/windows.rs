//! What builds for Windows on another system.

use std::path::{Path, PathBuf};

use super::packages::{self, Need};
use super::{Optional, crates, flags_without_paths};
use crate::process::Program;
use crate::workspace::Workspace;

const TARGET: &str = "x86_64-pc-windows-gnu";
/// Cargo's name for what belongs to the target.
const TARGET_VARIABLES: &str = "CARGO_TARGET_X86_64_PC_WINDOWS_GNU";
/// Debian's own Rust, which has the sources of the standard library. Another may stand before it in the path.
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_LIBRARY: &str = "/usr/lib/rustlib/src/rust/library";

const MINGW: Need = Need {
    what: "MinGW",
    probe: mingw,
    debian: &["gcc-mingw-w64-x86-64"],
    fedora: Some("mingw64-gcc"),
    mac: None,
    elsewhere: "MinGW-w64 with the compiler x86_64-w64-mingw32-gcc",
};

const RUST: Need = Need {
    what: "Windows Rust",
    probe: || Rust::find().map(|rust| rust.which().to_owned()),
    debian: &[
        "cargo-web",
        "libstd-rust-web-dev",
        "rust-web-src",
        "rustc-web",
    ],
    fedora: None,
    mac: None,
    elsewhere: "Rust's standard library for it: rustup target add x86_64-pc-windows-gnu",
};

/// What builds for 64-bit Windows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WindowsToolchain(Rust);

#[derive(Debug, Clone, Copy)]
enum Rust {
    /// On Windows: what builds everything else.
    Own,
    /// The same toolchain, with the standard library of the target.
    WithTarget,
    /// Debian's, which builds the standard library as well.
    Debian,
}

/// Looks for it, and installs what is absent where that is possible.
pub(crate) fn windows_toolchain(workspace: &Workspace) -> Optional<WindowsToolchain> {
    if cfg!(windows) {
        return Ok(WindowsToolchain(Rust::Own));
    }
    let absent = packages::provide(&[MINGW, RUST]);
    match (Rust::find(), absent.whats.as_slice()) {
        (Some(rust), []) => {
            if matches!(rust, Rust::Debian) {
                crates::standard_library(workspace).map_err(|failure| failure.to_string())?;
            }
            Ok(WindowsToolchain(rust))
        }
        (_, whats) => Err(format!("{} is not installed", whats.join(" and "))),
    }
}

impl WindowsToolchain {
    pub(crate) const C_COMPILER: &str = "x86_64-w64-mingw32-gcc";

    /// A command of cargo that builds for Windows.
    pub(crate) fn cargo(self, workspace: &Workspace, command: &str) -> Program {
        let program = match self.0 {
            Rust::Own => return workspace.cargo().args([command, "--locked"]),
            Rust::WithTarget => workspace.cargo().arg(command),
            Rust::Debian => workspace
                .program(DEBIAN_CARGO)
                .arg(command)
                .arg("-Zbuild-std=std,panic_unwind")
                .env("RUSTC", DEBIAN_RUSTC)
                // It is the one version whose sources these are, so what is not stable cannot change.
                .env("RUSTC_BOOTSTRAP", "1"),
        };
        program
            .args(["--locked", "--target", TARGET])
            // Another compiler than the one that builds for this machine.
            .env("CARGO_TARGET_DIR", folder(workspace))
            .env("CARGO_ENCODED_RUSTFLAGS", self.flags(workspace))
    }

    /// Where the standard library is built, its sources have a place on this machine too.
    fn flags(self, workspace: &Workspace) -> String {
        let flags = flags_without_paths(workspace);
        match self.0 {
            Rust::Own | Rust::WithTarget => flags,
            Rust::Debian => format!("{flags}\u{1f}--remap-path-prefix={DEBIAN_LIBRARY}=rust"),
        }
    }

    /// As [`Self::cargo`], for what is only tested. `runner` runs it where it does not run by itself.
    pub(crate) fn cargo_for_tests(
        self,
        workspace: &Workspace,
        command: &str,
        runner: &str,
    ) -> Program {
        self.cargo(workspace, command)
            .env(&format!("{TARGET_VARIABLES}_RUNNER"), runner)
            // Nobody looks into it, and it is most of what is written.
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
    }

    /// Where a profile's files are after that.
    pub(crate) fn output(self, workspace: &Workspace, profile: &str) -> PathBuf {
        match self.0 {
            Rust::Own => workspace.target(profile),
            Rust::WithTarget | Rust::Debian => folder(workspace).join(TARGET).join(profile),
        }
    }
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target("windows")
}

impl Rust {
    fn find() -> Option<Self> {
        let with_target = Program::new("rustc")
            .args(["--print", "target-libdir", "--target", TARGET])
            .capture()
            .is_ok_and(|folder| Path::new(folder.answer()).is_dir());
        let sources = format!("{DEBIAN_LIBRARY}/std/Cargo.toml");
        let debian = [DEBIAN_CARGO, DEBIAN_RUSTC, &sources];
        if with_target {
            Some(Self::WithTarget)
        } else if debian.iter().all(|file| Path::new(file).exists()) {
            Some(Self::Debian)
        } else {
            None
        }
    }

    fn which(self) -> &'static str {
        match self {
            Self::Own | Self::WithTarget => "the toolchain's own standard library",
            Self::Debian => "Debian's, which builds the standard library",
        }
    }
}

fn mingw() -> Option<String> {
    let version = Program::new(WindowsToolchain::C_COMPILER)
        .arg("-dumpversion")
        .capture()
        .ok()?;
    version.succeeded().then(|| version.answer().to_owned())
}
