//! `cargo xtask build`: the library, the emulator, the managed assembly, and the module's folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::console;
use crate::failure::Failure;
use crate::module_layout::ModuleLayout;
use crate::platform::Platform;
use crate::prerequisites::{self, DotNet, Languages, WindowsToolchain};
use crate::process::Program;
use crate::release::Release;
use crate::workspace::Workspace;

const MANIFEST: &str = "NavServerSession.psd1";

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
    library(workspace)?;
    emulator(workspace)
}

pub(crate) fn emulator(workspace: &Workspace) -> Result<(), Failure> {
    let emulator = ["build", "--locked", "--package", "nav-emulator"];
    build("the emulator", workspace.cargo().args(emulator))
}

/// The library of this machine, and where it is.
pub(crate) fn library(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let library = ["build", "--locked", "--release", "--package", "nav-session"];
    build(
        "the library",
        shipped(workspace, workspace.cargo()).args(library),
    )?;
    let platform = Platform::current()?;
    Ok(workspace.target("release").join(platform.built_library()))
}

/// The library for 64-bit Windows, and where it is.
pub(crate) fn windows_library(
    workspace: &Workspace,
    toolchain: WindowsToolchain,
) -> Result<PathBuf, Failure> {
    let arguments = ["--release", "--package", "nav-session", "--lib"];
    let program = toolchain.cargo(workspace, "build").args(arguments);
    build("the library for Windows", program)?;
    let output = toolchain.output(workspace, "release");
    Ok(output.join(Platform::WINDOWS.built_library()))
}

/// The library as C programs are linked with it, and where it is: in a folder of its own, since the module's has no name
/// but its file's.
pub(crate) fn installed_library(workspace: &Workspace, abi: u32) -> Result<PathBuf, Failure> {
    let platform = Platform::current()?;
    let target = workspace.target("install");
    let mut program = shipped(workspace, workspace.cargo())
        .args(["rustc", "--locked", "--release", "--package", "nav-session"])
        .args(["--lib", "--crate-type", "cdylib", "--target-dir"])
        .arg(&target);
    if let Some(argument) = platform.soname_argument(abi) {
        program = program.args(["--", "-C", &argument]);
    }
    build("the library for C programs", program)?;
    Ok(target.join("release").join(platform.built_library()))
}

/// With nothing in what `program` builds that depends on where it is built.
fn shipped(workspace: &Workspace, program: Program) -> Program {
    if cfg!(windows) {
        // These flags would take the place of those in .cargo/config.toml.
        return program;
    }
    let flags = prerequisites::flags_without_paths(workspace);
    program.env("CARGO_ENCODED_RUSTFLAGS", flags)
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

/// The managed assembly, and with it and the library of this machine the importable module.
pub(crate) fn module(workspace: &Workspace, dotnet: &DotNet) -> Result<(), Failure> {
    let platform = Platform::current()?;
    let library = workspace.target("release").join(platform.built_library());
    managed(workspace, dotnet)?
        .with(platform, library)
        .write(&workspace.module())
}

/// What a module has beside its libraries.
pub(crate) fn managed(workspace: &Workspace, _: &DotNet) -> Result<ModuleLayout, Failure> {
    let assembly = dotnet_build(workspace, "powershell/src", "NavServerSession")?;
    let mut layout = ModuleLayout::default();
    let folder = workspace.root().join("powershell/NavServerSession");
    layout.add_folder(&folder)?;
    layout.add(MANIFEST, manifest(workspace, &folder.join(MANIFEST))?);
    layout.add("NavServerSession.dll", assembly);
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        layout.add(format!("{licence}.txt"), workspace.root().join(licence));
    }
    Ok(layout)
}

/// The manifest at `source` with what a release says.
fn manifest(workspace: &Workspace, source: &Path) -> Result<PathBuf, Failure> {
    let made = workspace.target("dotnet").join(MANIFEST);
    let text = Release::of(workspace)?.manifest(source)?;
    fs::write(&made, text)
        .map_err(|error| Failure::new(format!("{} cannot be written: {error}.", made.display())))?;
    Ok(made)
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
        workspace
            .program("dotnet")
            .args(arguments)
            .arg(&output)
            .arg(format!("-property:Version={}", workspace.version()?)),
    )?;
    Ok(output.join(format!("{assembly}.dll")))
}

pub(crate) fn build(what: &str, program: Program) -> Result<(), Failure> {
    console::detail(&format!("building {what}"));
    let started = Instant::now();
    let built = program.minutes(30).heartbeat().capture()?;
    if !built.succeeded() {
        return Err(built.failure(&format!("Building {what} failed")));
    }
    console::detail(&format!("  {}", console::duration(started.elapsed())));
    Ok(())
}
