//! What the system's packages have: looked for, installed where this runs as root on Debian, and otherwise named.

use std::fs;
use std::path::Path;

use super::{found, installed, missing};
use crate::process::Program;

/// Something that a package has.
pub(super) struct Need {
    pub(super) what: &'static str,
    /// Which one is there, if one is.
    pub(super) probe: fn() -> Option<String>,
    pub(super) debian: &'static [&'static str],
    /// The packages' names, or `None` where Fedora's do not do.
    pub(super) fedora: Option<&'static str>,
    /// The command that brings it, if one does.
    pub(super) mac: Option<&'static str>,
    pub(super) elsewhere: &'static str,
}

/// What installs packages here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Installer {
    AptGet,
    Dnf,
    XcodeSelect,
    Unknown,
}

/// What is not there after all.
#[derive(Debug, Default)]
pub(super) struct Absent {
    pub(super) whats: Vec<&'static str>,
    /// Why nothing could be installed, as a sentence, where that was tried.
    pub(super) refused: Option<String>,
}

/// Looks for all of `needs`, and installs what is absent where that is possible.
pub(super) fn provide(needs: &[Need]) -> Absent {
    let (there, absent): (Vec<_>, Vec<_>) = needs
        .iter()
        .map(|need| (need, (need.probe)()))
        .partition(|(_, which)| which.is_some());
    for (need, which) in there {
        found(need.what, &which.unwrap_or_default());
    }
    let mut still = Absent::default();
    if absent.is_empty() {
        return still;
    }
    let installer = installer();
    if installer == Installer::AptGet {
        let packages: Vec<_> = absent.iter().map(|(need, _)| need.debian).collect();
        still.refused = apt_install(&packages).err();
    }
    for (need, _) in absent {
        if let Some(which) = (need.probe)() {
            installed(need.what, &format!("{which} (apt-get)"));
        } else {
            missing(need.what, &remedy(need, installer));
            still.whats.push(need.what);
        }
    }
    still
}

/// What a program says with `--version`, if it is there.
pub(super) fn version_line(program: &str) -> Option<String> {
    let version = Program::new(program).arg("--version").capture().ok()?;
    version.succeeded().then(|| version.answer().to_owned())
}

fn remedy(need: &Need, installer: Installer) -> String {
    let command = match installer {
        Installer::AptGet => Some(format!("apt-get install {}", need.debian.join(" "))),
        Installer::Dnf => need
            .fedora
            .map(|packages| format!("dnf install {packages}")),
        Installer::XcodeSelect => need.mac.map(str::to_owned),
        Installer::Unknown => None,
    };
    command.unwrap_or_else(|| need.elsewhere.to_owned())
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

/// Installs what each need has, one after the other: a package that cannot be had keeps no other away.
fn apt_install(needs: &[&[&str]]) -> Result<(), String> {
    let user = Program::new("id").arg("-u").capture();
    if !user.is_ok_and(|user| user.answer() == "0") {
        return Err("Packages are installed only when this runs as root.".to_owned());
    }
    let services = Services::kept_from_starting();
    // A source that does not answer fails this, and the lists may hold the packages all the same.
    let _ = apt("update", &[]);
    let mut result = Ok(());
    for packages in needs {
        result = result.and(apt("install", packages));
    }
    drop(services);
    result
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

/// The services of packages, which do not start, neither now nor with the machine: tests start servers of their own.
struct Services {
    /// Those that are not there yet.
    new: Vec<&'static str>,
    /// Whether the policy is ours, and not the machine's.
    policy_is_ours: bool,
}

/// Each service with its program.
const SERVICES: [(&str, &str); 3] = [
    ("krb5-kdc", "/usr/sbin/krb5kdc"),
    ("krb5-admin-server", "/usr/sbin/kadmind"),
    ("ssh", "/usr/sbin/sshd"),
];

/// What Debian asks before it starts a service.
const POLICY: &str = "/usr/sbin/policy-rc.d";

impl Services {
    fn kept_from_starting() -> Self {
        let is_new = |program: &str| !Path::new(program).exists();
        Self {
            new: SERVICES
                .iter()
                .filter(|(_, program)| is_new(program))
                .map(|(service, _)| *service)
                .collect(),
            policy_is_ours: is_new(POLICY) && write_policy().is_ok(),
        }
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        for service in &self.new {
            // They fail where the package was not installed after all, and where nothing listens for it: Ubuntu starts
            // ssh by a socket, which update-rc.d does not know.
            let _ = Program::new("update-rc.d")
                .args([service, "disable"])
                .capture();
            let _ = Program::new("systemctl")
                .args(["disable", "--quiet", &format!("{service}.socket")])
                .capture();
        }
        if self.policy_is_ours {
            let _ = fs::remove_file(POLICY);
        }
    }
}

/// Says no as long as this process is there, so that a policy that stays behind forbids nothing.
fn write_policy() -> std::io::Result<()> {
    let pid = std::process::id();
    fs::write(
        POLICY,
        format!(
            "#!/bin/sh\n# Written by `cargo xtask`.\nkill -0 {pid} 2>/dev/null && exit 101\nexit 0\n"
        ),
    )?;
    make_executable(Path::new(POLICY))
}

#[cfg(unix)]
fn make_executable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_install_is_said_as_a_command_of_the_machine() {
        let need = Need {
            what: "libcurl",
            probe: || None,
            debian: &["libcurl4-openssl-dev", "pkg-config"],
            fedora: Some("libcurl-devel"),
            mac: None,
            elsewhere: "libcurl with its headers, and pkg-config",
        };
        assert_eq!(
            remedy(&need, Installer::AptGet),
            "apt-get install libcurl4-openssl-dev pkg-config"
        );
        assert_eq!(remedy(&need, Installer::Dnf), "dnf install libcurl-devel");
        for other in [Installer::XcodeSelect, Installer::Unknown] {
            assert_eq!(
                remedy(&need, other),
                "libcurl with its headers, and pkg-config"
            );
        }
    }
}
