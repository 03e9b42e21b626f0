//! `cargo xtask demo`: the example of the cmdlet's page against an emulator, in the best host that can be had.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use crate::build;
use crate::console;
use crate::emulator::Emulator;
use crate::failure::Failure;
use crate::prerequisites::{self, DotNet, Languages, Optional, PowerShell};
use crate::process::{Finished, Program};
use crate::workspace::Workspace;

const SCRIPT: &str = "xtask/demo/Demo.ps1";
const ENGINE_HOST: &str = "xtask/demo/EngineHost";
const C_PROGRAM: &str = "xtask/demo/demo.c";
/// What the demo says at the end, in every host.
pub(crate) const LAST_WORD: &str = "Session 11 is gone.";

/// Where the demo runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HostKind {
    Pwsh,
    Engine,
    C,
}

/// A host that can be had here.
#[derive(Debug)]
pub(crate) enum Host<'a> {
    /// PowerShell itself; .NET builds the module for it.
    Pwsh(&'a DotNet, &'a PowerShell),
    /// The PowerShell engine in a console of our own.
    Engine(&'a DotNet),
    /// A C program over the library, without PowerShell.
    C,
}

/// A host with all it runs built.
#[derive(Debug)]
pub(crate) struct Stage<'a> {
    host: Host<'a>,
    program: PathBuf,
}

impl HostKind {
    pub(crate) const ALL: [Self; 3] = [Self::Pwsh, Self::Engine, Self::C];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pwsh => "pwsh",
            Self::Engine => "engine",
            Self::C => "c",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|host| host.name() == name)
    }

    /// This host, or why it cannot be had.
    pub(crate) fn host<'a>(
        self,
        dotnet: &'a Optional<DotNet>,
        powershell: &'a Optional<PowerShell>,
    ) -> Result<Host<'a>, &'a String> {
        Ok(match self {
            Self::Pwsh => Host::Pwsh(dotnet.as_ref()?, powershell.as_ref()?),
            Self::Engine => Host::Engine(dotnet.as_ref()?),
            Self::C => Host::C,
        })
    }
}

pub(crate) fn command(workspace: &Workspace, forced: Option<HostKind>) -> Result<(), Failure> {
    console::headline("Prerequisites");
    prerequisites::crates(workspace)?;
    prerequisites::native(Languages::C)?;
    let dotnet = if forced == Some(HostKind::C) {
        prerequisites::not_looked_for()
    } else {
        prerequisites::dotnet(workspace)
    };
    let powershell = if matches!(forced, None | Some(HostKind::Pwsh)) {
        prerequisites::powershell(workspace, &dotnet)
    } else {
        prerequisites::not_looked_for()
    };
    let host = match forced {
        Some(kind) => kind.host(&dotnet, &powershell).map_err(|reason| {
            Failure::new(format!(
                "The demo cannot run with `--host {}`: {reason}.",
                kind.name()
            ))
            .advise("Without --host it runs in the best host there is.")
        })?,
        None => best_host(&dotnet, &powershell),
    };

    console::headline("Build");
    build::native(workspace)?;
    if let Some(dotnet) = host.needs_module() {
        build::module(workspace, dotnet)?;
    }
    let stage = Stage::build(workspace, host)?;

    console::headline("Demo");
    println!(
        "{}",
        console::wrap(&introduction(&stage.host, &dotnet, &powershell, forced))
    );
    let ended = stage.play(workspace, &workspace.module(), Program::show)?;
    if ended.succeeded() {
        Ok(())
    } else {
        Err(Failure::new(format!(
            "The demo failed: {}.",
            ended.ending()
        )))
    }
}

fn best_host<'a>(dotnet: &'a Optional<DotNet>, powershell: &'a Optional<PowerShell>) -> Host<'a> {
    let there = |kind: &HostKind| kind.host(dotnet, powershell).ok();
    HostKind::ALL.iter().find_map(there).unwrap_or(Host::C)
}

fn introduction(
    host: &Host<'_>,
    dotnet: &Optional<DotNet>,
    powershell: &Optional<PowerShell>,
    forced: Option<HostKind>,
) -> String {
    let server = "A server with a dozen sessions runs on this machine, on a free port.";
    match (host, dotnet, powershell) {
        _ if forced.is_some() => server.to_owned(),
        (Host::Engine(_), _, Err(reason)) => format!(
            "{server} PowerShell's console cannot be had ({reason}), so the script runs in a small console over \
             the PowerShell engine itself."
        ),
        (Host::C, Err(reason), _) => format!(
            "{server} The PowerShell module cannot be built ({reason}), so a C program shows the library under it."
        ),
        _ => server.to_owned(),
    }
}

impl Host<'_> {
    pub(crate) fn needs_module(&self) -> Option<&DotNet> {
        match self {
            Self::Pwsh(dotnet, _) | Self::Engine(dotnet) => Some(dotnet),
            Self::C => None,
        }
    }
}

impl<'a> Stage<'a> {
    /// Builds what the host runs beside the library, the emulator and the module, which are there already.
    pub(crate) fn build(workspace: &Workspace, host: Host<'a>) -> Result<Self, Failure> {
        let program = match &host {
            Host::Pwsh(..) => workspace.root().join(SCRIPT),
            Host::Engine(_) => build::dotnet_build(workspace, ENGINE_HOST, "EngineHost")?,
            Host::C => compile(workspace)?,
        };
        Ok(Self { host, program })
    }

    /// Starts the emulator and hands the demo against it, of the module in this folder, to `run`.
    pub(crate) fn play(
        &self,
        workspace: &Workspace,
        module: &Path,
        run: impl FnOnce(Program) -> Result<Finished, Failure>,
    ) -> Result<Finished, Failure> {
        let emulator = Emulator::start(workspace)?;
        let folder = TemporaryFolder::new("demo")?;
        let module = workspace.typed(module);
        let script = ["-Module", &module, "-Uri", emulator.soap()];
        let program = match &self.host {
            Host::Pwsh(_, powershell) => powershell
                .program(workspace)
                .arg("-File")
                .arg(&self.program)
                .args(script),
            Host::Engine(_) => workspace
                .program("dotnet")
                .arg(&self.program)
                .arg(workspace.root().join(SCRIPT))
                .args(script),
            Host::C => workspace.program(&self.program).arg(emulator.soap()),
        };
        run(program
            .env(
                "NAV_SESSION_ENDPOINTS",
                folder.path().join("endpoints.json"),
            )
            .minutes(5))
    }
}

fn compile(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let folder = workspace.target("demo");
    fs::create_dir_all(&folder).map_err(|error| cannot_make(&folder, &error))?;
    let library = workspace.target("release");
    let program = folder.join("demo");
    let compiled = workspace
        .program("cc")
        .args([
            "-std=c99",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-Iinclude",
            C_PROGRAM,
        ])
        .arg("-L")
        .arg(&library)
        .arg("-lnav_session")
        .arg(format!("-Wl,-rpath,{}", library.display()))
        .arg("-o")
        .arg(&program)
        .capture()?;
    if compiled.succeeded() {
        Ok(program)
    } else {
        Err(compiled.failure(&format!("{C_PROGRAM} does not compile")))
    }
}

/// A folder of this run's own, for the endpoints file.
#[derive(Debug)]
pub(crate) struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    pub(crate) fn new(purpose: &str) -> Result<Self, Failure> {
        let folder = env::temp_dir().join(format!("nav-session-{purpose}-{}", process::id()));
        fs::create_dir(&folder).map_err(|error| cannot_make(&folder, &error))?;
        Ok(Self(folder))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn cannot_make(folder: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{} cannot be made: {error}.", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(reason: &str) -> Optional<PowerShell> {
        Err(reason.to_owned())
    }

    #[test]
    fn a_host_is_known_by_its_name() {
        for kind in HostKind::ALL {
            assert_eq!(HostKind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(HostKind::from_name("cmd"), None);
    }

    #[test]
    fn without_dotnet_the_c_program_is_the_best_host_and_says_why() {
        let dotnet = Err("there is no .NET SDK".to_owned());
        let powershell = none("there is no pwsh");
        let host = best_host(&dotnet, &powershell);
        assert!(matches!(host, Host::C));
        let words = introduction(&host, &dotnet, &powershell, None);
        assert!(words.contains("there is no .NET SDK"), "{words}");
    }

    #[test]
    fn a_host_that_cannot_be_had_gives_the_reason() {
        let dotnet = Err("the .NET SDK is 8.0.100, older than 10".to_owned());
        let powershell = none("there is no pwsh");
        let reason = HostKind::Engine.host(&dotnet, &powershell).unwrap_err();
        assert!(reason.contains("older than 10"));
    }
}
