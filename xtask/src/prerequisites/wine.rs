//! What runs programs of Windows on Linux.

use std::fs;
use std::path::{Path, PathBuf};

use super::packages::{self, Need};
use super::{Optional, WindowsToolchain};
use crate::failure::Failure;
use crate::process::Program;
use crate::workspace::Workspace;

/// Where Debian has it; it is in no folder of the path.
const DEBIAN_WINE: &str = "/usr/lib/wine/wine64";
/// Libraries that take the place of Wine's; each source says why.
const STAND_INS: [&str; 2] = ["bcryptprimitives", "mscoree"];

/// The one program that is told to be on Windows 7: what libcurl asks of later ones to check a certificate against a file,
/// Wine does not know.
const ON_WINDOWS_7: &str = r"HKCU\Software\Wine\AppDefaults\encrypted.exe";

const WINE: Need = Need {
    what: "Wine",
    probe: version,
    debian: &["wine", "wine64"],
    fedora: Some("wine-core"),
    mac: None,
    elsewhere: "Wine 8 or later, as `wine`",
};

/// Runs programs of Windows, in a Windows of its own below the target folder.
#[derive(Debug, Clone)]
pub(crate) struct Wine {
    prefix: PathBuf,
}

/// Looks for it, and installs it where that is possible.
pub(crate) fn wine(workspace: &Workspace) -> Optional<Wine> {
    if cfg!(windows) {
        return Err("this is Windows, where the other steps are tests of it".to_owned());
    }
    if !packages::provide(&[WINE]).whats.is_empty() {
        return Err("Wine is not installed".to_owned());
    }
    Ok(Wine {
        prefix: workspace.target("windows/wine"),
    })
}

impl Wine {
    pub(crate) fn program() -> &'static str {
        if Path::new(DEBIAN_WINE).exists() {
            DEBIAN_WINE
        } else {
            "wine"
        }
    }

    /// Lets `program`, and what it starts, run programs of Windows.
    pub(crate) fn within(&self, program: Program) -> Program {
        program
            .env("WINEPREFIX", &self.prefix)
            .env("WINEDEBUG", "-all")
            // Nothing here needs Wine's browser, and it would ask to download one.
            .env("WINEDLLOVERRIDES", "mscoree=n;mshtml=")
    }

    /// A path as programs of Windows have it.
    pub(crate) fn path(path: &Path) -> String {
        format!("Z:{}", path.display()).replace('/', "\\")
    }

    /// Makes its Windows, as new as what is tested needs it.
    pub(crate) fn prepare(&self, workspace: &Workspace) -> Result<(), Failure> {
        let system = self.prefix.join("drive_c/windows/system32");
        if !system.join("kernel32.dll").exists() {
            // The second says so of a computer that it was told nothing of.
            for arguments in [
                &["wineboot", "--init"][..],
                &["winecfg", "-v", "win10"],
                &["reg", "add", ON_WINDOWS_7, "/v", "Version", "/d", "win7"],
            ] {
                let made = self
                    .within(Program::new(Self::program()))
                    .args(arguments)
                    .minutes(5)
                    .heartbeat()
                    .capture()?;
                if !made.succeeded() {
                    return Err(made.failure("Wine cannot make a Windows to run programs in"));
                }
            }
        }
        for name in STAND_INS {
            let place = system.join(name).with_extension("dll");
            // Else it is written into what all others of Wine's have.
            let _ = fs::remove_file(&place);
            let source = workspace
                .root()
                .join("tests/windows")
                .join(name)
                .with_extension("c");
            let compiled = workspace
                .program(WindowsToolchain::C_COMPILER)
                .args(["-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-o"])
                .args([&place, &source])
                .arg("-ladvapi32")
                .capture()?;
            if !compiled.succeeded() {
                return Err(compiled.failure(&format!("{} cannot be built", source.display())));
            }
        }
        Ok(())
    }
}

fn version() -> Option<String> {
    let version = Program::new(Wine::program())
        .arg("--version")
        .capture()
        .ok()?;
    version.succeeded().then(|| version.answer().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_of_windows_see_this_machine_as_a_drive() {
        assert_eq!(Wine::path(Path::new("/home/a b/c")), r"Z:\home\a b\c");
    }
}
