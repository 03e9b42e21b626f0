//! A program that serves until it is dropped.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

/// How long anything that has to come is waited for.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often a server gets another port, because the one that was free is not so any more.
const ATTEMPTS: u32 = 5;

/// A running program. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Server(Child);

impl Server {
    pub(crate) fn new(child: Child) -> Self {
        Self(child)
    }

    /// Starts a server on a free port, which `command` is told, and waits until it has written `pid_file`: it listens
    /// then.
    ///
    /// What it says goes to `output`, and is told of if it ends instead.
    pub(crate) fn on_free_port(
        pid_file: &Path,
        output: &Path,
        command: impl Fn(u16) -> Command,
    ) -> (Self, u16) {
        for _ in 0..ATTEMPTS {
            let port = free_port();
            if let Some(server) = Self::try_start(pid_file, output, &mut command(port)) {
                return (server, port);
            }
        }
        let said = fs::read_to_string(output).unwrap_or_default();
        panic!("a server ended {ATTEMPTS} times as it was started: {said}");
    }

    /// As [`Server::on_free_port`], with the port it had before.
    pub(crate) fn again(pid_file: &Path, output: &Path, mut command: Command) -> Self {
        Self::try_start(pid_file, output, &mut command).unwrap_or_else(|| {
            let said = fs::read_to_string(output).unwrap_or_default();
            panic!("{command:?} ended as it was started: {said}")
        })
    }

    fn try_start(pid_file: &Path, output: &Path, command: &mut Command) -> Option<Self> {
        let _ = fs::remove_file(pid_file);
        let said = fs::File::create(output).unwrap();
        command.stdout(said.try_clone().unwrap()).stderr(said);
        let mut server = Self(
            command
                .spawn()
                .unwrap_or_else(|error| panic!("{command:?}: {error}")),
        );
        wait_for("a server that listens", || {
            if server.0.try_wait().unwrap().is_some() {
                return Some(None);
            }
            let pid = fs::read_to_string(pid_file).ok()?;
            (pid.trim() == server.0.id().to_string()).then_some(Some(()))
        })
        .map(|()| server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only where it has ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Looks until there is something to see.
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(began.elapsed() < PATIENCE, "{what} did not come");
        thread::sleep(Duration::from_millis(5));
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// Runs a program to its end, which has to be a good one.
pub(crate) fn run(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
