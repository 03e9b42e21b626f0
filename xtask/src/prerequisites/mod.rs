//! What must be on the machine before anything can be built, demonstrated or tested: looked for, installed where
//! that is possible, and otherwise named with what to install.

mod build_systems;
mod checkers;
mod crates;
mod dotnet;
mod measuring;
mod native;
mod packages;
mod peers;
mod powershell;
mod windows;
mod wine;

pub(crate) use build_systems::build_systems;
pub(crate) use checkers::checkers;
pub(crate) use crates::{cargo_home, crates, flags_without_paths, fuzz_crates, host};
pub(crate) use dotnet::{DotNet, dotnet};
pub(crate) use measuring::{Measuring, measuring};
pub(crate) use native::{Languages, cpp_compiler, native};
pub(crate) use peers::{Needy, mono, peers, root, ssh_server, tls_server};
pub(crate) use powershell::{Pester, PowerShell, pester, powershell};
pub(crate) use windows::{WindowsToolchain, windows_toolchain};
pub(crate) use wine::{Wine, wine};

/// What can be done without. The error is the reason why it is not there, as a sentence.
pub(crate) type Optional<T> = Result<T, String>;

pub(crate) fn not_looked_for<T>() -> Optional<T> {
    Err("nothing that was asked for needs it".to_owned())
}

fn found(what: &str, which: &str) {
    say("found", what, which);
}

fn installed(what: &str, which: &str) {
    say("installed", what, which);
}

fn missing(what: &str, remedy: &str) {
    say("missing", what, remedy);
}

fn say(state: &str, what: &str, text: &str) {
    println!("   {state:<9}  {what:<12}  {text}");
}
