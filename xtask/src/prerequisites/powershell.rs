//! PowerShell's console, and Pester for the tests that run in it.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{DotNet, Optional, found, installed, missing};
use crate::process::{Finished, Program};
use crate::workspace::Workspace;

const WHAT: &str = "PowerShell";
const LEAST: u32 = 7;

/// A `pwsh` that has been seen to run.
#[derive(Debug)]
pub(crate) struct PowerShell {
    executable: PathBuf,
    dotnet_root: Option<OsString>,
}

/// Pester, and the module path that PowerShell finds it by.
#[derive(Debug)]
pub(crate) struct Pester {
    pub(crate) module_path: OsString,
}

impl PowerShell {
    /// A `pwsh` without profile and prompts, run at the repository's root.
    pub(crate) fn program(&self, workspace: &Workspace) -> Program {
        let program = workspace
            .program(&self.executable)
            .args(["-NoProfile", "-NonInteractive"]);
        self.with_dotnet(program)
    }

    /// `program` with the path of this PowerShell in the environment variable `name`, to start it from there.
    pub(crate) fn environment(&self, program: Program, name: &str) -> Program {
        self.with_dotnet(program.env(name, &self.executable))
    }

    fn with_dotnet(&self, program: Program) -> Program {
        match &self.dotnet_root {
            Some(root) => program.env("DOTNET_ROOT", root),
            None => program,
        }
    }

    fn try_run(&self, workspace: &Workspace) -> Optional<String> {
        let name = workspace.display(&self.executable);
        let version = self
            .program(workspace)
            .args(["-Command", "$PSVersionTable.PSVersion.ToString()"])
            .capture()
            .map_err(|_| format!("there is no {name}"))?;
        if !version.succeeded() {
            return Err(format!("{name} does not run: {}", version.reason()));
        }
        let version = version.answer().to_owned();
        match version.split('.').next().map(str::parse) {
            Some(Ok(LEAST..)) => Ok(version),
            _ => Err(format!("{name} is {version}, older than {LEAST}")),
        }
    }
}

/// On the path, or kept in the target folder, or installed there as a .NET tool.
pub(crate) fn powershell(workspace: &Workspace, dotnet: &Optional<DotNet>) -> Optional<PowerShell> {
    let on_path = PowerShell {
        executable: "pwsh".into(),
        dotnet_root: None,
    };
    let not_on_path = match on_path.try_run(workspace) {
        Ok(version) => {
            found(WHAT, &version);
            return Ok(on_path);
        }
        Err(reason) => reason,
    };

    let folder = workspace.target("tools");
    let kept = PowerShell {
        executable: folder.join(format!("pwsh{}", env::consts::EXE_SUFFIX)),
        dotnet_root: dotnet_root(),
    };
    if let Ok(version) = kept.try_run(workspace) {
        found(WHAT, &format!("{version} ({})", workspace.display(&folder)));
        return Ok(kept);
    }

    let not_installed = match dotnet {
        Err(_) => "without the .NET SDK it cannot be installed here".to_owned(),
        Ok(_) => match install(workspace, &folder).and_then(|()| kept.try_run(workspace)) {
            Ok(version) => {
                let place = workspace.display(&folder);
                installed(WHAT, &format!("{version} (.NET tool in {place})"));
                return Ok(kept);
            }
            Err(reason) => reason,
        },
    };
    missing(
        WHAT,
        &format!("{LEAST} or later: https://aka.ms/install-powershell"),
    );
    Err(format!("{not_on_path}, and {not_installed}"))
}

fn install(workspace: &Workspace, folder: &Path) -> Result<(), String> {
    let tool = workspace
        .program("dotnet")
        .args(["tool", "install", "PowerShell", "--tool-path"])
        .arg(folder)
        .minutes(5)
        .heartbeat()
        .capture()
        .map_err(|failure| failure.to_string())?;
    if tool.succeeded() {
        return Ok(());
    }
    Err(format!(
        "as a .NET tool it cannot be had: {}",
        tool.reason()
    ))
}

/// A .NET tool's launcher looks for the runtime in the usual places only; the SDK may be elsewhere on the path.
fn dotnet_root() -> Option<OsString> {
    if let Some(root) = env::var_os("DOTNET_ROOT") {
        return Some(root);
    }
    let name = format!("dotnet{}", env::consts::EXE_SUFFIX);
    let executable = env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(&name))
        .find_map(|candidate| candidate.canonicalize().ok())?;
    executable.parent().map(OsString::from)
}

/// Pester 5 or later: among PowerShell's modules, or in the target folder, or saved there from the gallery.
pub(crate) fn pester(workspace: &Workspace, powershell: &PowerShell) -> Optional<Pester> {
    let folder = workspace.target("tools").join("modules");
    let module_path = module_path(&folder);
    let newest = || {
        let answer = powershell
            .program(workspace)
            .args([
                "-Command",
                "Get-Module -ListAvailable Pester | Where-Object { $_.Version.Major -ge 5 } |
                    Sort-Object Version -Descending | ForEach-Object { $_.Version.ToString() }",
            ])
            .env("PSModulePath", &module_path)
            .capture();
        answer
            .ok()
            .filter(Finished::succeeded)
            .map(|answer| answer.answer().to_owned())
            .filter(|version| !version.is_empty())
    };
    let there = || {
        Ok(Pester {
            module_path: module_path.clone(),
        })
    };
    if let Some(version) = newest() {
        found("Pester", &version);
        return there();
    }
    let reason = match save(workspace, powershell, &folder) {
        Ok(()) => match newest() {
            Some(version) => {
                installed(
                    "Pester",
                    &format!("{version} (in {})", workspace.display(&folder)),
                );
                return there();
            }
            None => "PowerShell does not find it where it was saved".to_owned(),
        },
        Err(reason) => reason,
    };
    missing("Pester", "5 or later: Install-PSResource Pester");
    Err(format!(
        "there is no Pester 5, and it cannot be had: {reason}"
    ))
}

/// What the environment says already, and `folder`. PowerShell adds its own places.
fn module_path(folder: &Path) -> OsString {
    let before = env::var_os("PSModulePath").unwrap_or_default();
    let folders = env::split_paths(&before).chain([folder.to_path_buf()]);
    env::join_paths(folders).unwrap_or(before)
}

fn save(workspace: &Workspace, powershell: &PowerShell, folder: &Path) -> Result<(), String> {
    std::fs::create_dir_all(folder)
        .map_err(|error| format!("{} cannot be made: {error}", workspace.display(folder)))?;
    let saved = powershell
        .program(workspace)
        .args(["-Command", SAVE])
        .env("XTASK_MODULES", folder)
        .limit(Duration::from_secs(120))
        .heartbeat()
        .capture()
        .map_err(|failure| failure.to_string())?;
    if saved.succeeded() {
        Ok(())
    } else {
        Err(saved.reason())
    }
}

const SAVE: &str = "
    $ErrorActionPreference = 'Stop'
    $ProgressPreference = 'SilentlyContinue'
    try {
        if (Get-Command Save-PSResource -ErrorAction Ignore) {
            Save-PSResource Pester -Version '[5.5.0,6.0.0)' -Path $env:XTASK_MODULES -TrustRepository
        }
        elseif (Get-Command Save-Module -ErrorAction Ignore) {
            Save-Module Pester -MinimumVersion 5.5.0 -MaximumVersion 5.99.99 -Path $env:XTASK_MODULES -Force
        }
        else {
            'this PowerShell has neither PSResourceGet nor PowerShellGet'
            exit 1
        }
    }
    catch {
        $_.Exception.Message
        exit 1
    }";
