//! `cargo xtask build`: the library, the emulator, the managed assembly, and the module's folder.

use std::path::PathBuf;
use std::time::Instant;

use crate::console;
use crate::failure::Failure;
use crate::module_layout::ModuleLayout;
use crate::platform::Platform;
use crate::prerequisites::{self, DotNet, Languages};
use crate::process::Program;
use crate::workspace::Workspace;

/// The summary of the build repeats every error.
pub(crate) const EACH_ERROR_ONCE: &str = "-consoleLoggerParameters:NoSummary";

pub(crate) fn command(workspace: &Workspace) -> Result<(), Failure> {
    console::headline("Prerequisites");
    prerequisites::crates(workspace)?;
    prerequisites::native(Languages::C)?;
    let dotnet = prerequisites::dotnet(workspace)
        .map_err(|reason| Failure::new(format!("The module cannot be built: {reason}.")))?;

    console::headline("Build");
    native(workspace)?;
    module(workspace, &dotnet)?;
    println!(
        "\nThe module is ready: Import-Module {}",
        workspace.typed(&workspace.module())
    );
    Ok(())
}

/// The library as it is shipped, and the emulator as the tests have it.
pub(crate) fn native(workspace: &Workspace) -> Result<(), Failure> {
    let library = ["build", "--locked", "--release", "--package", "nav-session"];
    build("the library", workspace.cargo().args(library))?;
    let emulator = ["build", "--locked", "--package", "nav-emulator"];
    build("the emulator", workspace.cargo().args(emulator))
}

/// Where the library is that was built as it is shipped.
pub(crate) fn library(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let platform = Platform::current()?;
    Ok(workspace.target("release").join(platform.built_library()))
}

/// The library as C programs are linked with it, and where it is: in a folder of its own, since the module's has no name
/// but its file's.
pub(crate) fn installed_library(workspace: &Workspace, abi: u32) -> Result<PathBuf, Failure> {
    let platform = Platform::current()?;
    let target = workspace.target("install");
    let mut program = workspace
        .cargo()
        .args(["rustc", "--locked", "--release", "--package", "nav-session"])
        .args(["--lib", "--crate-type", "cdylib", "--target-dir"])
        .arg(&target);
    if let Some(argument) = platform.soname_argument(abi) {
        program = program.args(["--", "-C", &argument]);
    }
    build("the library for C programs", program)?;
    Ok(target.join("release").join(platform.built_library()))
}

/// The emulator as it is fastest.
pub(crate) fn fast_emulator(workspace: &Workspace) -> Result<(), Failure> {
    let arguments = [
        "build",
        "--locked",
        "--release",
        "--package",
        "nav-emulator",
    ];
    build(
        "the emulator for measurements",
        workspace.cargo().args(arguments),
    )
}

/// The managed assembly, and with it and the library the importable module.
pub(crate) fn module(workspace: &Workspace, _: &DotNet) -> Result<(), Failure> {
    let assembly = dotnet_build(workspace, "powershell/src", "NavServerSession")?;
    let library = library(workspace)?;

    let mut layout = ModuleLayout::default();
    layout.add_folder(&workspace.root().join("powershell/NavServerSession"))?;
    layout.add("NavServerSession.dll", assembly);
    layout.add(Platform::current()?.shipped_library(), library);
    layout.write(&workspace.module())
}

/// Builds the C# project in `folder`, and says where its assembly is.
pub(crate) fn dotnet_build(
    workspace: &Workspace,
    folder: &str,
    assembly: &str,
) -> Result<PathBuf, Failure> {
    let output = workspace.target("dotnet").join(assembly);
    let arguments = ["build", folder, "--configuration", "Release", "--output"];
    build(
        folder,
        workspace.program("dotnet").args(arguments).arg(&output),
    )?;
    Ok(output.join(format!("{assembly}.dll")))
}

fn build(what: &str, program: Program) -> Result<(), Failure> {
    console::detail(&format!("building {what}"));
    let started = Instant::now();
    let built = program.minutes(30).heartbeat().capture()?;
    if !built.succeeded() {
        return Err(built.failure(&format!("Building {what} failed")));
    }
    console::detail(&format!("  {}", console::duration(started.elapsed())));
    Ok(())
}
