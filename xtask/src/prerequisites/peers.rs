//! The servers of other people that tests of sign-in, encryption and remoting run against. The tests are left out
//! without them.

use std::path::Path;

use super::Optional;
use super::packages::{self, Need};
use crate::process::Program;

/// Tests that need something that may be absent.
#[derive(Debug)]
pub(crate) struct Needy {
    /// What they test.
    pub(crate) what: &'static str,
    /// What their names have in them.
    pub(crate) part: &'static str,
    /// Whether it is there.
    pub(crate) there: Optional<()>,
}

/// A server, and the tests that need it.
struct Peer {
    what: &'static str,
    part: &'static str,
    need: Need,
}

const TLS: Peer = Peer {
    what: "encryption and certificates",
    part: "tls_peer",
    need: Need {
        what: "TLS server",
        probe: || all_of(&[APACHE, MOD_SSL], "Apache with mod_ssl"),
        debian: &["apache2-bin"],
        fedora: None,
        mac: None,
        elsewhere: ON_DEBIAN,
    },
};

const PEERS: [Peer; 5] = [
    TLS,
    Peer {
        what: "Windows sign-in by Kerberos",
        part: "kerberos_peer",
        need: Need {
            what: "Kerberos",
            probe: || all_of(&KERBEROS, "MIT Kerberos, Apache with mod_auth_gssapi"),
            debian: &[
                "krb5-kdc",
                "krb5-admin-server",
                "krb5-user",
                "apache2-bin",
                "libapache2-mod-auth-gssapi",
            ],
            fedora: None,
            mac: None,
            elsewhere: ON_DEBIAN,
        },
    },
    Peer {
        what: "Windows sign-in by NTLM",
        part: "ntlm_peer",
        need: Need {
            what: "NTLM server",
            probe: impacket,
            debian: &["python3-impacket"],
            fedora: None,
            mac: None,
            elsewhere: ON_DEBIAN,
        },
    },
    Peer {
        what: "Kerberos with clocks that differ",
        part: "faketime",
        need: Need {
            what: "libfaketime",
            probe: faketime,
            debian: &["libfaketime"],
            fedora: None,
            mac: None,
            elsewhere: ON_DEBIAN,
        },
    },
    Peer {
        what: "what a core dump holds",
        part: "core_dump",
        need: Need {
            what: "gcore",
            probe: gcore,
            debian: &["gdb"],
            fedora: None,
            mac: None,
            elsewhere: ON_DEBIAN,
        },
    },
];

const ON_DEBIAN: &str = "its tests run on Debian and Ubuntu";

const APACHE: &str = "/usr/sbin/apache2";
const MOD_SSL: &str = "/usr/lib/apache2/modules/mod_ssl.so";
const KERBEROS: [&str; 7] = [
    APACHE,
    "/usr/lib/apache2/modules/mod_auth_gssapi.so",
    "/usr/sbin/krb5kdc",
    "/usr/sbin/kdb5_util",
    "/usr/sbin/kadmin.local",
    "/usr/bin/kinit",
    "/usr/bin/kdestroy",
];
/// With the time zones, since the tests put the server into another one.
const OPENSSH: [&str; 4] = [
    "/usr/sbin/sshd",
    "/usr/bin/ssh",
    "/usr/bin/ssh-keygen",
    "/usr/share/zoneinfo/Pacific/Auckland",
];
/// Debian's own Python is the one that has Debian's packages.
const PYTHON: &str = "/usr/bin/python3";

/// What the PowerShell tests of remoting start for themselves.
const SSH: Need = Need {
    what: "SSH server",
    probe: || all_of(&OPENSSH, "OpenSSH"),
    debian: &["openssh-server", "openssh-client", "tzdata"],
    fedora: None,
    mac: None,
    elsewhere: ON_DEBIAN,
};

/// What stands for .NET Framework in the .NET tests.
const MONO: Need = Need {
    what: "Mono",
    probe: || packages::version_line("mono"),
    debian: &["mono-runtime", "libmono-system-core4.0-cil"],
    fedora: Some("mono-core"),
    mac: None,
    elsewhere: "Mono: https://gitlab.winehq.org/mono/mono",
};

/// Looks for Mono, and installs it where that is possible. The .NET tests name those that they leave out without it.
pub(crate) fn mono() {
    packages::provide(&[MONO]);
}

/// Looks for each server, and installs what is absent where that is possible.
pub(crate) fn peers() -> Vec<Needy> {
    let absent = packages::provide(&PEERS.map(|peer| peer.need)).whats;
    PEERS
        .map(|Peer { what, part, need }| Needy {
            what,
            part,
            there: is_there(&need, &absent),
        })
        .into()
}

/// Looks for the server of TLS alone, and the tests that need it.
pub(crate) fn tls_server() -> Needy {
    let absent = packages::provide(&[TLS.need]).whats;
    Needy {
        what: TLS.what,
        part: TLS.part,
        there: is_there(&TLS.need, &absent),
    }
}

/// Looks for a server of SSH, and installs it where that is possible.
pub(crate) fn ssh_server() -> Optional<()> {
    is_there(&SSH, &packages::provide(&[SSH]).whats)
}

fn is_there(need: &Need, absent: &[&str]) -> Optional<()> {
    if absent.contains(&need.what) {
        return Err(format!("{} is not installed", need.what));
    }
    Ok(())
}

fn all_of(files: &[&str], which: &str) -> Option<String> {
    let there = cfg!(target_os = "linux") && files.iter().all(|file| Path::new(file).exists());
    there.then(|| which.to_owned())
}

fn impacket() -> Option<String> {
    let version = Program::new(PYTHON)
        .args([
            "-c",
            "import impacket.smbserver, impacket.version as v; print(v.version)",
        ])
        .capture()
        .ok()?;
    version
        .succeeded()
        .then(|| format!("impacket {}", version.answer()))
}

/// With the right to look into processes, which by default only root has on Ubuntu.
fn gcore() -> Option<String> {
    const LIMIT: &str = "/proc/sys/kernel/yama/ptrace_scope";
    let is_limited = std::fs::read_to_string(LIMIT).is_ok_and(|limit| limit.trim() != "0");
    let found = all_of(&["/usr/bin/gdb", "/usr/bin/gcore"], "gcore")?;
    (!is_limited || root().is_ok()).then_some(found)
}

/// Whether this is root, who alone can give files to other users.
pub(crate) fn root() -> Optional<()> {
    #[cfg(unix)]
    if let Ok(own) = std::fs::metadata("/proc/self")
        && std::os::unix::fs::MetadataExt::uid(&own) == 0
    {
        return Ok(());
    }
    Err("only root can give files to another user".to_owned())
}

fn faketime() -> Option<String> {
    // As the tests load it; the loader puts the system's folder of libraries in the place of $LIB.
    let clock = Program::new("date")
        .env("LD_PRELOAD", "/usr/$LIB/faketime/libfaketime.so.1")
        .env("FAKETIME", "2020-01-01 00:00:00")
        .arg("+%Y")
        .capture()
        .ok()?;
    (clock.answer() == "2020").then(|| "a clock that can be set".to_owned())
}
