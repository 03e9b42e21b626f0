//! The steps one by one.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;

use super::tally::Tally;
use super::{Means, Step, cargo_results, fuzz, pester, trx, windows};
use crate::build;
use crate::console;
use crate::demo::{self, HostKind, Stage};
use crate::failure::Failure;
use crate::load;
use crate::package::{self, Package, Target};
use crate::platform::Platform;
use crate::prerequisites::Needy;
use crate::process::{Finished, Program};
use crate::workspace::Workspace;

const XTASK: [&str; 2] = ["--manifest-path", "xtask/Cargo.toml"];
const DOTNET_TESTS: &str = "tests/dotnet";
const POWERSHELL_TESTS: &str = "tests/powershell";

pub(super) fn run(workspace: &Workspace, step: Step, means: &mut Means) -> Result<Tally, Failure> {
    match step {
        Step::Format => format(workspace),
        Step::Lint => lint(workspace),
        Step::Doc => doc(workspace),
        Step::Rust => rust(workspace, means),
        Step::Fuzz => fuzz::run(workspace),
        Step::Xtask => xtask(workspace),
        Step::Build => build(workspace),
        Step::Package => package(workspace, means),
        Step::Dotnet => dotnet(workspace, means),
        Step::Powershell => powershell(workspace, means),
        Step::Load => load(workspace, means),
        Step::Demo => demo(workspace, means),
        Step::Windows => windows::run(workspace, means),
    }
}

fn format(workspace: &Workspace) -> Result<Tally, Failure> {
    if let Some(skipped) = component_missing(workspace, "fmt", "rustfmt", 3) {
        return Ok(skipped);
    }
    let workspaces: [(&str, &[&str]); 3] = [
        ("the workspace", &[]),
        ("xtask", &XTASK),
        ("the fuzzer", &fuzz::MANIFEST),
    ];
    let mut tally = Tally::default();
    for (name, place) in workspaces {
        let checked = workspace
            .cargo()
            .args(["fmt", "--all", "--check"])
            .args(place)
            .capture()?;
        tally += shown_if_failed(
            &checked,
            &format!("formatting of {name}: `cargo fmt --all` mends it"),
        );
    }
    Ok(tally)
}

fn lint(workspace: &Workspace) -> Result<Tally, Failure> {
    if let Some(skipped) = component_missing(workspace, "clippy", "clippy", 4) {
        return Ok(skipped);
    }
    let workspaces: [(&str, &[&str]); 4] = [
        ("the workspace", &["--workspace"]),
        ("xtask", &XTASK),
        ("the fuzzer", &fuzz::MANIFEST),
        (
            "the parsers' door for the fuzzer",
            &["--package", "nav-session", "--features", "fuzzing"],
        ),
    ];
    let mut tally = Tally::default();
    for (name, place) in workspaces {
        let mut checked = workspace.cargo();
        if place == fuzz::MANIFEST {
            checked = checked.env("CARGO_TARGET_DIR", workspace.target("fuzz"));
        }
        let checked = checked
            .args(["clippy", "--locked", "--all-targets"])
            .args(place)
            .args(["--", "--deny", "warnings"])
            .heartbeat()
            .minutes(30)
            .capture()?;
        tally += shown_if_failed(&checked, &format!("clippy of {name}"));
    }
    Ok(tally)
}

fn doc(workspace: &Workspace) -> Result<Tally, Failure> {
    let made = workspace
        .cargo()
        .args(["doc", "--locked", "--workspace", "--no-deps", "--lib"])
        .env("RUSTDOCFLAGS", "--deny warnings")
        .heartbeat()
        .minutes(30)
        .capture()?;
    Ok(shown_if_failed(&made, "the documentation"))
}

fn rust(workspace: &Workspace, means: &Means) -> Result<Tally, Failure> {
    let all = ["test", "--locked", "--workspace", "--no-fail-fast"];
    let tests = || workspace.cargo().args(all).arg("--");
    let left_out: Vec<&Needy> = means
        .needy
        .iter()
        .filter(|tests| tests.there.is_err())
        .collect();
    let mut run = tests();
    for tests in &left_out {
        run = run.args(["--skip", tests.part]);
    }
    let mut tally = cargo_test(run)?;
    if !left_out.is_empty() {
        let listed = tests().arg("--list").heartbeat().minutes(30).capture()?;
        tally += cargo_results::left_out(listed.stdout(), &left_out);
    }
    Ok(tally)
}

fn xtask(workspace: &Workspace) -> Result<Tally, Failure> {
    let own = workspace.cargo().args(["test", "--locked"]).args(XTASK);
    cargo_test(own)
}

pub(super) fn cargo_test(program: Program) -> Result<Tally, Failure> {
    let tested = program.heartbeat().minutes(30).capture()?;
    let tally = cargo_results::tally(tested.stdout()).with_ending(&tested);
    if tally.failed > 0 {
        tested.print_without(cargo_results::is_noise);
    }
    Ok(tally)
}

fn build(workspace: &Workspace) -> Result<Tally, Failure> {
    package::own_library(workspace, Platform::current()?)?;
    build::emulator(workspace)?;
    Ok(Tally::passed(1))
}

fn package(workspace: &Workspace, means: &mut Means) -> Result<Tally, Failure> {
    let own = Platform::current()?;
    let mut tally = Tally::passed(1);
    let mut targets = Vec::new();
    if own != Platform::WINDOWS {
        targets.push(Target::Own(own));
    }
    match &means.windows {
        Some(Ok(toolchain)) => {
            targets.push(Target::Windows(*toolchain));
            tally += Tally::passed(1);
        }
        Some(Err(reason)) => {
            tally += Tally::skipped(1, format!("the library for Windows: {reason}"));
        }
        None => {}
    }
    means.package = match &means.dotnet {
        Ok(dotnet) => Ok(package::make(workspace, dotnet, &targets)?),
        Err(reason) => Err(reason.clone()),
    };
    Ok(match &means.package {
        Ok(_) => tally,
        Err(reason) => Tally::skipped(2, format!("the module: {reason}")),
    })
}

fn dotnet(workspace: &Workspace, means: &Means) -> Result<Tally, Failure> {
    let folder = workspace.root().join(DOTNET_TESTS);
    let package = match &means.package {
        Ok(package) => package,
        Err(reason) => {
            let is_test = |line: &str| line.starts_with("[Fact") || line.starts_with("[Theory");
            return skipped(&folder, "cs", is_test, "all .NET tests", reason);
        }
    };
    let results = workspace.target("test-results");
    let file = results.join("dotnet.trx");
    let _ = fs::remove_file(&file);
    let tests = workspace
        .program("dotnet")
        .args(["test", DOTNET_TESTS, "--configuration", "Release"])
        .arg(build::EACH_ERROR_ONCE)
        .args([
            "--logger",
            "trx;LogFileName=dotnet.trx",
            "--results-directory",
        ])
        .arg(&results);
    let tested = with_what_is_tested(workspace, package, tests).capture()?;
    let tally = fs::read_to_string(&file)
        .map(|trx| trx::tally(&trx))
        .unwrap_or_default()
        .with_ending(&tested);
    if tally.failed > 0 {
        tested.print_without(|line| line.trim().is_empty() || line.starts_with("  Passed "));
    }
    Ok(tally)
}

fn powershell(workspace: &Workspace, means: &Means) -> Result<Tally, Failure> {
    let folder = workspace.root().join(POWERSHELL_TESTS);
    let (powershell, found_pester, package) =
        match (&means.powershell, &means.pester, &means.package) {
            (Ok(powershell), Ok(pester), Ok(package)) => (powershell, pester, package),
            (Err(reason), _, _) | (_, Err(reason), _) | (_, _, Err(reason)) => {
                let is_test = |line: &str| line.starts_with("It ");
                return skipped(
                    &folder,
                    "Tests.ps1",
                    is_test,
                    "all PowerShell tests",
                    reason,
                );
            }
        };
    let tests = powershell
        .program(workspace)
        .env("PSModulePath", &found_pester.module_path)
        .env("NO_COLOR", "1")
        .arg("-File")
        .arg(folder.join("Invoke-Tests.ps1"));
    let tested = with_what_is_tested(workspace, package, tests).capture()?;
    let mut tally = pester::tally(tested.stdout()).with_ending(&tested);
    if let Err(reason) = &means.ssh_server {
        // They are among those that Pester counts.
        tally.skips.push(format!("remoting over SSH: {reason}"));
    }
    if tally.failed > 0 {
        tested.print_without(pester::is_noise);
    }
    Ok(tally)
}

/// The tests import the module as it is shipped, and start the emulator that was built.
fn with_what_is_tested(workspace: &Workspace, package: &Package, tests: Program) -> Program {
    tests
        .env("NAV_SESSION_MODULE", &package.module)
        .env("NAV_SESSION_PACKAGE", &package.file)
        .env("NAV_EMULATOR", workspace.emulator())
        .heartbeat()
        .minutes(20)
}

fn load(workspace: &Workspace, means: &Means) -> Result<Tally, Failure> {
    let (dotnet, package) = match (&means.dotnet, &means.package) {
        (Ok(dotnet), Ok(package)) => (dotnet, package),
        (Err(reason), _) | (_, Err(reason)) => {
            return Ok(Tally::skipped(1, format!("the load test: {reason}")));
        }
    };
    let program = load::short(workspace, dotnet, &package.module)?;
    let loaded = program.heartbeat().minutes(10).capture()?;
    if !loaded.succeeded() {
        loaded.print_without(|_| false);
    }
    Ok(Tally::of(&loaded, "removals from eight runspaces"))
}

fn demo(workspace: &Workspace, means: &Means) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    for kind in HostKind::ALL {
        let host = kind.host(&means.dotnet, &means.powershell);
        let hosted = match (host, &means.package) {
            // By the name of the module, and not of its version, it is found.
            (Ok(host), Ok(package)) => {
                Ok((host, package.module.parent().unwrap_or(&package.module)))
            }
            // It has no module.
            (Ok(host), Err(_)) if host.needs_module().is_none() => Ok((host, Path::new(""))),
            (Err(reason), _) | (_, Err(reason)) => Err(reason),
        };
        tally += match hosted {
            Ok((host, module)) => played(workspace, kind, &Stage::build(workspace, host)?, module)?,
            Err(reason) => Tally::skipped(1, format!("the demo in {}: {reason}", kind.name())),
        };
    }
    Ok(tally)
}

fn played(
    workspace: &Workspace,
    kind: HostKind,
    stage: &Stage<'_>,
    module: &Path,
) -> Result<Tally, Failure> {
    let demo = stage.play(workspace, module, Program::capture)?;
    let last = demo.lines().rev().find(|line| !line.trim().is_empty());
    let mistake = if !demo.succeeded() {
        demo.ending()
    } else if last.map(str::trim) != Some(demo::LAST_WORD) {
        format!("it does not end with `{}`", demo::LAST_WORD)
    } else if let Some(line) = demo
        .lines()
        .find(|line| line.chars().count() > console::WIDTH)
    {
        format!("this line is wider than {} columns: {line}", console::WIDTH)
    } else {
        return Ok(Tally::passed(1));
    };
    demo.print_without(|_| false);
    Ok(Tally::failed(format!(
        "the demo in {}: {mistake}",
        kind.name()
    )))
}

fn shown_if_failed(finished: &Finished, name: &str) -> Tally {
    if !finished.succeeded() {
        finished.print_without(cargo_results::is_noise);
    }
    Tally::of(finished, name)
}

fn component_missing(
    workspace: &Workspace,
    command: &str,
    component: &str,
    checks: u32,
) -> Option<Tally> {
    let there = workspace.cargo().args([command, "--version"]).capture();
    if there.is_ok_and(|answer| answer.succeeded()) {
        return None;
    }
    Some(Tally::skipped(
        checks,
        format!("{component} is not installed: rustup component add {component}"),
    ))
}

/// Tests that cannot run, counted by the lines that begin one.
fn skipped(
    folder: &Path,
    suffix: &str,
    is_test: impl Fn(&str) -> bool,
    what: &str,
    reason: &str,
) -> Result<Tally, Failure> {
    let count = count_lines(folder, suffix, &is_test)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}.", folder.display())))?;
    Ok(Tally::skipped(count, format!("{what}: {reason}")))
}

fn count_lines(folder: &Path, suffix: &str, is_test: &impl Fn(&str) -> bool) -> io::Result<u32> {
    let mut count = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        if path.is_dir() {
            if name != "bin" && name != "obj" {
                count += count_lines(&path, suffix, is_test)?;
            }
        } else if name.ends_with(suffix) {
            let text = fs::read_to_string(&path)?;
            for _ in text.lines().filter(|line| is_test(line.trim_start())) {
                count += 1;
            }
        }
    }
    Ok(count)
}
