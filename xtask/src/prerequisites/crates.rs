//! The Rust crates that Cargo.lock names.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Optional, found, installed};
use crate::failure::Failure;
use crate::process::{Finished, Program};
use crate::workspace::Workspace;

const WHAT: &str = "Rust crates";
/// A bundle of the crates for places without a Rust registry, beside the repository.
const BUNDLE: &str = "../shared/crates/use-vendored-crates";

pub(crate) fn crates(workspace: &Workspace) -> Result<(), Failure> {
    let host = host();
    if fetch(workspace, host.as_deref(), &["--offline"])?.succeeded() {
        found(WHAT, "all that Cargo.lock names");
        return Ok(());
    }
    let online = fetch(workspace, host.as_deref(), &[])?;
    if online.succeeded() {
        installed(WHAT, "from the Rust registry");
        return Ok(());
    }
    if online
        .lines()
        .any(|line| line.contains("--locked was passed"))
    {
        return Err(
            Failure::new("Cargo.lock does not fit the Cargo.toml files of the workspace.")
                .advise("Run `cargo update --workspace` and commit Cargo.lock."),
        );
    }

    let bundle = workspace.root().join(BUNDLE);
    if !bundle.is_file() {
        return Err(online
            .failure("The crates cannot be had from the Rust registry")
            .advise("Check the network, or a proxy's settings, and run it again."));
    }
    let unpacked = workspace
        .program(&bundle)
        .minutes(10)
        .heartbeat()
        .capture()?;
    if !unpacked.succeeded() {
        return Err(unpacked.failure(&format!(
            "The Rust registry does not answer, and {BUNDLE} failed"
        )));
    }
    let offline = fetch(workspace, host.as_deref(), &["--offline"])?;
    if !offline.succeeded() {
        return Err(offline.failure(&format!(
            "The Rust registry does not answer, and {BUNDLE} does not hold all that Cargo.lock names"
        )));
    }
    installed(
        WHAT,
        &format!("by {BUNDLE}, as the Rust registry does not answer"),
    );
    Ok(())
}

/// The crates of the fuzzer, which is a workspace of its own. Those of the product are there already.
pub(crate) fn fuzz_crates(workspace: &Workspace) -> Optional<()> {
    let host = host();
    let mut reason = String::new();
    for more in [["--offline"].as_slice(), &[]] {
        let own = [&["--manifest-path", "fuzz/Cargo.toml"], more].concat();
        match fetch(workspace, host.as_deref(), &own) {
            Ok(fetched) if fetched.succeeded() => return Ok(()),
            Ok(fetched) => reason = fetched.reason(),
            Err(failure) => reason = failure.to_string(),
        }
    }
    Err(format!("its crates cannot be had: {reason}"))
}

/// The crates of the standard library that Debian has the sources of, where it is built from them.
pub(crate) fn standard_library(workspace: &Workspace) -> Result<(), Failure> {
    let bundle = workspace.root().join(BUNDLE);
    let in_use = cargo_home().is_some_and(|home| home.join("vendored-crates").is_dir());
    if !(in_use && bundle.is_file()) {
        // Cargo takes them from the Rust registry.
        return Ok(());
    }
    let linked = workspace.program(&bundle).minutes(10).capture()?;
    if linked.succeeded() {
        Ok(())
    } else {
        Err(linked.failure(&format!("{BUNDLE} failed")))
    }
}

/// Where cargo keeps the sources of crates.
pub(crate) fn cargo_home() -> Option<PathBuf> {
    env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(env::home_dir()?.join(".cargo")))
}

/// Flags of the compiler that keep folders of this machine out of what is built, as cargo takes them from its environment.
pub(crate) fn flags_without_paths(workspace: &Workspace) -> String {
    let remap =
        |folder: &Path, name: &str| format!("--remap-path-prefix={}={name}", folder.display());
    let mut flags = vec![remap(workspace.root(), "nav-session")];
    flags.extend(cargo_home().map(|home| remap(&home, "cargo")));
    flags.join("\u{1f}")
}

/// Only the crates of this machine's platform: those of others are never built here.
fn fetch(workspace: &Workspace, host: Option<&str>, more: &[&str]) -> Result<Finished, Failure> {
    let mut fetch = workspace
        .cargo()
        .args(["fetch", "--locked"])
        .args(more)
        .env("CARGO_NET_RETRY", "1")
        .heartbeat()
        .minutes(10);
    if let Some(host) = host {
        fetch = fetch.args(["--target", host]);
    }
    fetch.capture()
}

/// What this machine's compiler compiles for.
pub(crate) fn host() -> Option<String> {
    let version = Program::new("rustc")
        .arg("-vV")
        .limit(Duration::from_secs(30))
        .capture()
        .ok()?;
    let host = version
        .stdout()
        .find_map(|line| line.strip_prefix("host: "))?;
    Some(host.to_owned())
}
