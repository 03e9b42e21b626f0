//! A server before an emulator that asks for NTLM, which is impacket's.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::log::Log;
use super::server::Server;

/// Debian's own Python is the one that has Debian's packages.
const PROGRAM: &str = "/usr/bin/python3";

pub(crate) const DOMAIN: &str = "CRONUS";
pub(crate) const USER: &str = "anna";
pub(crate) const PASSWORD: &str = "ein Passwort";

/// A running server. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct NtlmFront {
    _server: Server,
    folder: TempDir,
    port: u16,
}

impl NtlmFront {
    /// One that passes the requests of the user it knows on to the server at `uri`, and offers NTLM alone.
    pub(crate) fn before(uri: &str) -> Self {
        Self::offering(uri, &["NTLM"])
    }

    /// One that names these schemes when it asks for a sign-in. It takes NTLM if that is one of them, and no other.
    pub(crate) fn offering(uri: &str, schemes: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/ntlm_front.py");
        let upstream = uri.rsplit_once(':').unwrap().1.split('/').next().unwrap();
        let mut front = Command::new(PROGRAM)
            // Without a folder of compiled code beside the script.
            .arg("-B")
            .arg(script)
            .arg(upstream)
            .arg(folder.path().join("requests"))
            .args(schemes)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut told = front.stdin.take().unwrap();
        write!(told, "{DOMAIN}\t{USER}\t{PASSWORD}\n\n").unwrap();
        let mut said = String::new();
        BufReader::new(front.stdout.take().unwrap())
            .read_line(&mut said)
            .unwrap();
        // It would end with its standard input.
        front.stdin = Some(told);
        let server = Server::new(front);
        Self {
            _server: server,
            folder,
            port: said.trim().parse().unwrap(),
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The base address of the server instance `DynamicsNAV` behind it.
    pub(crate) fn uri(&self) -> String {
        format!("http://localhost:{}/DynamicsNAV", self.port)
    }

    /// Its entries are there before the answers are.
    pub(crate) fn log(&self) -> Log {
        Log::new(&self.folder.path().join("requests"))
    }
}
