//! `cargo xtask package`: the module as it is shipped.

mod archive;
mod check;
mod image;
mod nuget;

use std::fs;
use std::path::PathBuf;

use crate::build;
use crate::console;
use crate::failure::Failure;
use crate::linux_library;
use crate::platform::Platform;
use crate::prerequisites::{self, DotNet, Languages, WindowsToolchain};
use crate::release::Release;
use crate::workspace::Workspace;

pub(crate) fn command(workspace: &Workspace, asked: &[Platform]) -> Result<(), Failure> {
    let own = Platform::current()?;
    let platforms = platforms(asked, own)?;
    console::headline("Prerequisites");
    prerequisites::crates(workspace)?;
    prerequisites::native(Languages::C)?;
    let dotnet = prerequisites::dotnet(workspace)
        .map_err(|reason| Failure::new(format!("The module cannot be built: {reason}.")))?;
    let mut targets = Vec::new();
    for platform in platforms {
        targets.push(if platform == Platform::WINDOWS {
            Target::Windows(windows_toolchain(workspace)?)
        } else {
            Target::Own(platform)
        });
    }

    console::headline("Build");
    let package = make(workspace, &dotnet, &targets)?;
    println!(
        "\nThe module {} is ready: {}\nand as a package for a repository of yours: {}",
        workspace.version()?,
        workspace.typed(&package.module),
        workspace.typed(&package.file)
    );
    Ok(())
}

/// What a library is built for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    /// This machine, which is not Windows.
    Own(Platform),
    Windows(WindowsToolchain),
}

/// Where the module is as it is shipped, and where the file is that it is installed from.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    pub(crate) module: PathBuf,
    pub(crate) file: PathBuf,
}

/// Builds what is shipped, with the libraries for these and no others.
pub(crate) fn make(
    workspace: &Workspace,
    dotnet: &DotNet,
    targets: &[Target],
) -> Result<Package, Failure> {
    let release = Release::of(workspace)?;
    let mut layout = build::managed(workspace, dotnet)?;
    for target in targets {
        layout = match *target {
            Target::Own(platform) => layout.with(platform, own_library(workspace, platform)?),
            Target::Windows(toolchain) => {
                layout.with(Platform::WINDOWS, windows_library(workspace, toolchain)?)
            }
        };
    }
    let folder = workspace.target("package");
    let module = folder.join("NavServerSession").join(&release.number);
    layout.write(&module)?;
    let file = folder.join(nuget::file_name(&release));
    fs::write(&file, nuget::package(layout.contents()?, &release)?)
        .map_err(|error| Failure::new(format!("{} cannot be written: {error}.", file.display())))?;
    Ok(Package { module, file })
}

/// Those asked for, or all that can be built for on `own`.
fn platforms(asked: &[Platform], own: Platform) -> Result<Vec<Platform>, Failure> {
    let mut can_be_built = vec![own];
    if own != Platform::WINDOWS && cfg!(target_os = "linux") {
        can_be_built.push(Platform::WINDOWS);
    }
    if let Some(platform) = asked.iter().find(|asked| !can_be_built.contains(asked)) {
        return Err(Failure::new(format!(
            "The library for {} cannot be built on {}.",
            platform.name(),
            own.name()
        ))
        .advise("Build it on Linux on x64, which builds for Windows as well."));
    }
    if !asked.is_empty() {
        can_be_built.retain(|platform| asked.contains(platform));
    }
    Ok(can_be_built)
}

fn windows_toolchain(workspace: &Workspace) -> Result<WindowsToolchain, Failure> {
    prerequisites::windows_toolchain(workspace).map_err(|reason| {
        Failure::new(format!(
            "The library for Windows cannot be built here: {reason}."
        ))
        .advise(format!(
            "`cargo xtask package --target {}` builds without it.",
            Platform::LINUX.name()
        ))
    })
}

/// The library for this machine, which can be shipped.
pub(crate) fn own_library(workspace: &Workspace, platform: Platform) -> Result<PathBuf, Failure> {
    let library = build::library(workspace)?;
    if platform == Platform::LINUX {
        linux_library::check(&library)?;
    }
    Ok(library)
}

/// The library for Windows, which can be shipped.
pub(crate) fn windows_library(
    workspace: &Workspace,
    toolchain: WindowsToolchain,
) -> Result<PathBuf, Failure> {
    let library = build::windows_library(workspace, toolchain)?;
    check::windows_library(workspace, &library)?;
    Ok(library)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_built_and_nothing_else() {
        let own = Platform::LINUX;
        assert_eq!(platforms(&[own], own).unwrap(), [own]);
        assert_eq!(platforms(&[own, own], own).unwrap(), [own]);
        assert!(platforms(&[], own).unwrap().contains(&own));
    }

    #[test]
    fn a_system_that_cannot_be_built_for_is_named() {
        let failure = platforms(&[Platform::LINUX], Platform::WINDOWS).unwrap_err();
        assert!(
            failure
                .to_string()
                .contains("linux-x64 cannot be built on win-x64"),
            "{failure}"
        );
    }
}
