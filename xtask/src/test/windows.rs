//! What is shipped for Windows, run by Wine: what Wine does not have is left to `docs/windows.md`.

use super::tally::Tally;
use super::{Means, pester, steps};
use crate::build;
use crate::failure::Failure;
use crate::package::{self, Package};
use crate::prerequisites::{self, WindowsToolchain, Wine};
use crate::workspace::Workspace;

/// The tests that need no program of another system, and mean something on this one. Those of faults and secrets
/// make so many connections that they would take longer than all others together.
const RUST_TESTS: [&str; 13] = [
    "admin_center",
    "answers",
    "check",
    "client",
    "discovery",
    "endpoints",
    "filters",
    "installed",
    "oauth",
    "removals",
    "retries",
    "server_state",
    "windows_platform",
];

pub(super) fn run(workspace: &Workspace, means: &Means) -> Result<Tally, Failure> {
    let (toolchain, wine) = match (&means.windows, &means.wine) {
        (Some(Ok(toolchain)), Ok(wine)) => (*toolchain, wine),
        (Some(Err(reason)), _) | (_, Err(reason)) => {
            return Ok(Tally::skipped(
                1,
                format!("all that is Windows's: {reason}"),
            ));
        }
        (None, Ok(_)) => unreachable!("it is looked for where this step is asked for"),
    };
    let library = package::windows_library(workspace, toolchain)?;
    let mut tally = Tally::default();
    wine.prepare(workspace)?;

    tally += rust(workspace, toolchain, wine)?;
    let programs = ["test", "--locked", "--test", "c_abi", "--"];
    // The names they begin with are those of programs that are of this system, or in C++.
    let left_out = ["--skip", "no_call_waits", "--skip", "the_header_compiles"];
    let mut c = workspace.cargo().args(programs).args(left_out);
    let encrypted = prerequisites::tls_server();
    if let Err(reason) = encrypted.there {
        c = c.args(["--skip", encrypted.part]);
        tally += Tally::skipped(1, format!("{}: {reason}", encrypted.what));
    }
    let c = c
        .env("NAV_SESSION_WINE", Wine::program())
        .env("NAV_SESSION_WINDOWS_LIBRARY", &library);
    tally += steps::cargo_test(wine.within(c))?;
    tally += match &means.package {
        Ok(package) => powershell(workspace, toolchain, wine, package)?,
        Err(reason) => Tally::skipped(1, format!("the module: {reason}")),
    };
    tally += Tally::skipped(
        1,
        "sign-in by Windows itself: Wine has none (docs/windows.md)",
    );
    Ok(tally)
}

fn rust(workspace: &Workspace, toolchain: WindowsToolchain, wine: &Wine) -> Result<Tally, Failure> {
    let mut tests = toolchain
        .cargo_for_tests(workspace, "test", Wine::program())
        .args(["--no-fail-fast", "--lib"]);
    for name in RUST_TESTS {
        tests = tests.args(["--test", name]);
    }
    // Wine's registry is nobody's.
    let tests = tests.args(["--", "--include-ignored"]);
    steps::cargo_test(wine.within(tests))
}

/// The tests of the module in an engine of PowerShell, as a program of Windows.
fn powershell(
    workspace: &Workspace,
    toolchain: WindowsToolchain,
    wine: &Wine,
    package: &Package,
) -> Result<Tally, Failure> {
    let folder = workspace.target("windows/dotnet");
    let publish = ["publish", "tests/windows", "--configuration", "Release"];
    let published = workspace
        .program("dotnet")
        .args(publish)
        // `--output` is not understood by every SDK of these.
        .arg(format!("-property:PublishDir={}/", folder.display()))
        .env("NAV_SESSION_MODULE", &package.module);
    build::build("tests/windows", published)?;
    let emulator = toolchain
        .cargo_for_tests(workspace, "build", Wine::program())
        .args(["--package", "nav-emulator"]);
    build::build("the emulator for Windows", emulator)?;
    let emulator = toolchain
        .output(workspace, "debug")
        .join("nav-emulator.exe");
    let tests = workspace
        .program(Wine::program())
        .arg(folder.join("NavServerSession.Tests.exe"))
        .env("NAV_SESSION_MODULE", Wine::path(&package.module))
        .env("NAV_EMULATOR", Wine::path(&emulator))
        // A Windows that nobody has set up runs no scripts, and takes views of a module for such.
        .env("PSExecutionPolicyPreference", "Bypass")
        // Wine loses track of code that is written in one place of the memory and run in another.
        .env("DOTNET_EnableWriteXorExecute", "0")
        .heartbeat()
        .minutes(10);
    let tested = wine.within(tests).capture()?;
    let mut tally = pester::tally(tested.stdout()).with_ending(&tested);
    // They are among those that are counted.
    let reason = "some tests of the module: what they compile in C is for another system";
    tally.skips.push(reason.to_owned());
    if tally.failed > 0 {
        tested.print_without(pester::is_noise);
    }
    Ok(tally)
}
