//! `cargo xtask package`: the module as it is shipped.

mod archive;
pub(crate) mod check;
mod image;
mod nuget;

use std::fs;
use std::path::PathBuf;

use crate::build;
use crate::console;
use crate::failure::Failure;
use crate::linux_library;
use crate::platform::Platform;
use crate::prerequisites::{self, Languages};
use crate::release::Release;
use crate::workspace::Workspace;

pub(crate) fn command(workspace: &Workspace, asked: &[Platform]) -> Result<(), Failure> {
    let platforms = platforms(asked)?;
    let release = Release::of(workspace)?;
    console::headline("Prerequisites");
    prerequisites::crates(workspace)?;
    prerequisites::native(Languages::C)?;
    let dotnet = prerequisites::dotnet(workspace)
        .map_err(|reason| Failure::new(format!("The module cannot be built: {reason}.")))?;

    let mut libraries = Vec::new();
    for platform in platforms {
        libraries.push((platform, library(workspace, platform)?));
    }
    let mut layout = build::managed(workspace, &dotnet)?;
    for (platform, library) in libraries {
        layout = layout.with(platform, library);
    }
    let module = workspace
        .target("package/NavServerSession")
        .join(&release.number);
    layout.write(&module)?;
    let package = workspace.target("package").join(nuget::file_name(&release));
    fs::write(&package, nuget::package(layout.contents()?, &release)?).map_err(|error| {
        Failure::new(format!("{} cannot be written: {error}.", package.display()))
    })?;
    println!(
        "\nThe module {} is ready: {}\nand as a package for a repository of yours: {}",
        release.version(),
        workspace.typed(&module),
        workspace.typed(&package)
    );
    Ok(())
}

/// Those asked for, or all that can be built for here.
fn platforms(asked: &[Platform]) -> Result<Vec<Platform>, Failure> {
    let own = Platform::current()?;
    let can_be_built = |platform: Platform| {
        platform == own || (platform == Platform::WINDOWS && cfg!(target_os = "linux"))
    };
    if let Some(platform) = asked.iter().find(|platform| !can_be_built(**platform)) {
        return Err(Failure::new(format!(
            "The library for {} cannot be built on {}.",
            platform.name(),
            own.name()
        ))
        .advise("Build it on Linux on x64, which builds for Windows as well."));
    }
    let mut platforms = if asked.is_empty() {
        Platform::SHIPPED
            .into_iter()
            .filter(|platform| can_be_built(*platform))
            .collect()
    } else {
        asked.to_vec()
    };
    platforms.dedup();
    Ok(platforms)
}

/// Builds the library for `platform`, looks whether it can be shipped, and says where it is.
fn library(workspace: &Workspace, platform: Platform) -> Result<PathBuf, Failure> {
    if platform != Platform::WINDOWS {
        console::headline(&platform.name());
        let library = build::library(workspace)?;
        if platform == Platform::LINUX {
            linux_library::check(&library)?;
            console::detail("checked: what it needs of the system");
        }
        return Ok(library);
    }
    let toolchain = prerequisites::windows_toolchain(workspace).map_err(|reason| {
        Failure::new(format!(
            "The library for Windows cannot be built here: {reason}."
        ))
    })?;
    console::headline(&platform.name());
    let library = build::windows_library(workspace, toolchain)?;
    check::windows_library(workspace, &library)?;
    console::detail("checked: what it needs, exports and says of itself");
    Ok(library)
}
