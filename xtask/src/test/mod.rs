//! `cargo xtask test`: everything that must hold, counted.

mod cargo_results;
mod fuzz;
mod pester;
mod steps;
mod tally;
mod trx;
mod windows;

use std::process::ExitCode;
use std::time::Instant;

use crate::console;
use crate::failure::Failure;
use crate::package::Package;
use crate::prerequisites::{
    self, DotNet, Languages, Needy, Optional, Pester, PowerShell, WindowsToolchain, Wine,
};
use crate::workspace::Workspace;
use tally::Tally;

/// A part of the tests that can be run alone. They run in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Format,
    Lint,
    Doc,
    Rust,
    Fuzz,
    Xtask,
    Build,
    Package,
    Dotnet,
    Powershell,
    Load,
    Demo,
    Windows,
}

impl Step {
    pub(crate) const ALL: [Self; 13] = [
        Self::Format,
        Self::Lint,
        Self::Doc,
        Self::Rust,
        Self::Fuzz,
        Self::Xtask,
        Self::Build,
        Self::Package,
        Self::Dotnet,
        Self::Powershell,
        Self::Load,
        Self::Demo,
        Self::Windows,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Lint => "lint",
            Self::Doc => "doc",
            Self::Rust => "rust",
            Self::Fuzz => "fuzz",
            Self::Xtask => "xtask",
            Self::Build => "build",
            Self::Package => "package",
            Self::Dotnet => "dotnet",
            Self::Powershell => "powershell",
            Self::Load => "load",
            Self::Demo => "demo",
            Self::Windows => "windows",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.name() == name)
    }

    fn title(self) -> &'static str {
        match self {
            Self::Format => "formatting of all Rust code",
            Self::Lint => "clippy, with warnings as errors",
            Self::Doc => "documentation of the crates, with warnings as errors",
            Self::Rust => {
                "Rust tests, with the C programs over the library and the servers it signs in to"
            }
            Self::Fuzz => "hostile answers, files and names for the parsers",
            Self::Xtask => "tests of xtask itself",
            Self::Build => "the library and the emulator",
            Self::Package => "the module as it is shipped, which the steps after it import",
            Self::Dotnet => "the module in a PowerShell engine, and its P/Invoke layer",
            Self::Powershell => "the module in PowerShell",
            Self::Load => "eight runspaces against a server whose answers are faulty",
            Self::Demo => "the demo in each of its hosts",
            Self::Windows => "the library and the module for Windows, run by Wine",
        }
    }

    /// Those that need not be named: what Wine runs takes longer than all the rest, and Wine now and then fails by itself.
    pub(crate) fn unasked() -> Vec<Self> {
        let mut steps = Self::ALL.to_vec();
        steps.retain(|step| *step != Self::Windows);
        steps
    }

    fn needs_crates(self) -> bool {
        self != Self::Format
    }

    fn needs_module(self) -> bool {
        matches!(
            self,
            Self::Dotnet | Self::Powershell | Self::Load | Self::Demo | Self::Windows
        )
    }

    fn needs_dotnet(self) -> bool {
        self == Self::Package || self.needs_module()
    }

    fn needs_powershell(self) -> bool {
        matches!(self, Self::Powershell | Self::Demo)
    }
}

/// What a run has to work with.
#[derive(Debug)]
struct Means {
    dotnet: Optional<DotNet>,
    powershell: Optional<PowerShell>,
    pester: Optional<Pester>,
    /// The server that the PowerShell tests of remoting need.
    ssh_server: Optional<()>,
    /// The Rust tests that need something.
    needy: Vec<Needy>,
    /// What builds for Windows, where that is wanted.
    windows: Option<Optional<WindowsToolchain>>,
    /// What runs what was built for Windows.
    wine: Optional<Wine>,
    /// The module that this run has made.
    package: Optional<Package>,
}

pub(crate) fn command(workspace: &Workspace, asked: &[Step]) -> Result<ExitCode, Failure> {
    let started = Instant::now();
    let steps = with_what_they_need(asked);
    let mut means = match means(workspace, &steps, builds_for_windows(asked)) {
        Ok(means) => means,
        Err(failure) => {
            println!("\n{failure}\n\n{}", Tally::failed("prerequisites"));
            return Ok(ExitCode::FAILURE);
        }
    };

    let mut results = Vec::new();
    for step in steps {
        console::headline(&format!("{}: {}", step.name(), step.title()));
        let began = Instant::now();
        let tally = steps::run(workspace, step, &mut means).unwrap_or_else(|failure| {
            println!("{failure}");
            Tally::failed(failure.to_string().lines().next().unwrap_or_default())
        });
        console::detail(&format!(
            "{tally} in {}",
            console::duration(began.elapsed())
        ));
        results.push((step, tally));
    }

    console::headline(&format!("all: {}", console::duration(started.elapsed())));
    let all = summary(&results);
    println!("\n{all}");
    Ok(if all.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn with_what_they_need(asked: &[Step]) -> Vec<Step> {
    if asked.is_empty() {
        return Step::unasked();
    }
    let mut steps = asked.to_vec();
    if steps.iter().any(|step| step.needs_module()) {
        steps.extend([Step::Build, Step::Package]);
    }
    steps.sort_unstable();
    steps.dedup();
    steps
}

/// Nobody is made to wait for the library of another system who does not ask for what it is in.
fn builds_for_windows(asked: &[Step]) -> bool {
    asked.contains(&Step::Package) || asked.contains(&Step::Windows)
}

fn means(workspace: &Workspace, steps: &[Step], for_windows: bool) -> Result<Means, Failure> {
    let needs = |need: fn(Step) -> bool| steps.iter().any(|step| need(*step));
    if needs(Step::needs_crates) || needs(Step::needs_dotnet) {
        console::headline("Prerequisites");
    }
    if needs(Step::needs_crates) {
        prerequisites::crates(workspace)?;
        prerequisites::native(
            if steps.contains(&Step::Rust) || steps.contains(&Step::Fuzz) {
                Languages::CAndCpp
            } else {
                Languages::C
            },
        )?;
    }
    let mut needy = Vec::new();
    if steps.contains(&Step::Rust) {
        needy = prerequisites::peers();
        needy.extend(prerequisites::checkers());
        needy.extend(prerequisites::build_systems());
        needy.push(Needy {
            what: "the header and exceptions from C++",
            part: "cpp",
            there: prerequisites::cpp_compiler(),
        });
        needy.push(Needy {
            what: "files of another user",
            part: "given_away",
            there: prerequisites::root(),
        });
    }
    let dotnet = if needs(Step::needs_dotnet) {
        prerequisites::dotnet(workspace)
    } else {
        prerequisites::not_looked_for()
    };
    if steps.contains(&Step::Dotnet) && dotnet.is_ok() {
        prerequisites::mono();
    }
    let powershell = if needs(Step::needs_powershell) {
        prerequisites::powershell(workspace, &dotnet)
    } else {
        prerequisites::not_looked_for()
    };
    let pester = match &powershell {
        Ok(powershell) if steps.contains(&Step::Powershell) => {
            prerequisites::pester(workspace, powershell)
        }
        Ok(_) => prerequisites::not_looked_for(),
        Err(reason) => Err(reason.clone()),
    };
    let ssh_server = match &pester {
        Ok(_) if steps.contains(&Step::Powershell) => prerequisites::ssh_server(),
        _ => prerequisites::not_looked_for(),
    };
    let windows = for_windows.then(|| prerequisites::windows_toolchain(workspace));
    let wine = if steps.contains(&Step::Windows) {
        prerequisites::wine(workspace)
    } else {
        prerequisites::not_looked_for()
    };
    Ok(Means {
        dotnet,
        powershell,
        pester,
        ssh_server,
        needy,
        windows,
        wine,
        package: Err("the module is not built".to_owned()),
    })
}

fn summary(results: &[(Step, Tally)]) -> Tally {
    let mut all = Tally::default();
    for (step, tally) in results {
        for what in &tally.skips {
            console::detail(&format!("skipped  {:<10}  {what}", step.name()));
        }
        all += tally.clone();
    }
    for (step, tally) in results.iter().filter(|(_, tally)| tally.failed > 0) {
        for what in &tally.failures {
            console::detail(&format!("failed   {:<10}  {what}", step.name()));
        }
        console::detail(&format!(
            "         again with: cargo xtask test {}",
            step.name()
        ));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_known_by_its_name() {
        for step in Step::ALL {
            assert_eq!(Step::from_name(step.name()), Some(step));
        }
        assert_eq!(Step::from_name("pester"), None);
    }

    #[test]
    fn steps_run_in_order_once_and_after_what_they_need() {
        assert_eq!(with_what_they_need(&[]), Step::ALL[..12]);
        assert_eq!(
            with_what_they_need(&[Step::Demo, Step::Format, Step::Demo]),
            [Step::Format, Step::Build, Step::Package, Step::Demo]
        );
        assert_eq!(with_what_they_need(&[Step::Rust]), [Step::Rust]);
    }

    #[test]
    fn the_library_for_windows_is_built_where_the_package_is_asked_for() {
        assert!(builds_for_windows(&Step::ALL));
        assert!(!builds_for_windows(&[]));
        assert!(builds_for_windows(&[Step::Package, Step::Dotnet]));
        assert!(!builds_for_windows(&[Step::Dotnet]));
    }

    #[test]
    fn the_summary_adds_all_steps() {
        let all = summary(&[
            (Step::Format, Tally::passed(2)),
            (Step::Rust, Tally::failed("a")),
            (Step::Powershell, Tally::skipped(9, "no pwsh")),
        ]);
        assert_eq!(all.to_string(), "2 passed, 1 failed, 9 skipped");
    }
}
