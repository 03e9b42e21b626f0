//! `cargo xtask bench`: how fast it is, side by side with other ways of doing the same.

mod goals;
mod growth;
mod inside;
mod lane;
mod list;
mod machine;
mod number;
mod pipeline;
mod plot;
mod removal;
mod report;
mod server;
mod start;
mod statistics;

pub(crate) use machine::today;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use crate::build;
use crate::console;
use crate::failure::Failure;
use crate::page::with_section;
use crate::prerequisites::{self, Languages, Measuring, Optional, PowerShell};
use crate::workspace::Workspace;
use report::Report;

const PAGE: &str = "docs/benchmarks";
const FIRST_PAGE: &str = "# Benchmarks\n";

/// What is measured. They run in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Pipeline,
    Slow,
    Start,
    Separate,
    List,
    Growth,
    Inside,
}

impl Part {
    pub(crate) const ALL: [Self; 7] = [
        Self::Pipeline,
        Self::Slow,
        Self::Start,
        Self::Separate,
        Self::List,
        Self::Growth,
        Self::Inside,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pipeline => "pipeline",
            Self::Slow => "slow",
            Self::Start => "start",
            Self::Separate => "separate",
            Self::List => "list",
            Self::Growth => "growth",
            Self::Inside => "inside",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }

    fn title(self) -> &'static str {
        match self {
            Self::Pipeline => "removals a second through the pipeline",
            Self::Slow => "a server that takes 25 ms a call",
            Self::Start => "one removal in a fresh process",
            Self::Separate => "a command for each session",
            Self::List => "lists",
            Self::Growth => "growth",
            Self::Inside => "inside the library",
        }
    }

    fn run(self, bench: &Bench<'_>) -> Result<Report, Failure> {
        Ok(match self {
            Self::Pipeline => pipeline::pipeline(bench),
            Self::Slow => pipeline::slow(bench),
            Self::Start => start::start(bench)?,
            Self::Separate => pipeline::separate(bench),
            Self::List => list::list(bench),
            Self::Growth => growth::growth(bench),
            Self::Inside => inside::inside(bench)?,
        })
    }
}

/// What a person asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// A short run, which changes no file of the repository.
    pub(crate) quick: bool,
    /// These parts, or all where none is named.
    pub(crate) parts: Vec<Part>,
}

/// What a run has to work with.
#[derive(Debug)]
struct Bench<'a> {
    workspace: &'a Workspace,
    powershell: Optional<PowerShell>,
    module: Optional<()>,
    /// The assembly of the C# program that is compared with.
    contender: Optional<PathBuf>,
    programs: Measuring,
    quick: bool,
    /// For files of a run.
    folder: PathBuf,
}

impl Bench<'_> {
    /// Whether the module can be measured, and why not.
    fn shell_with_module(&self) -> Result<(), &String> {
        self.powershell.as_ref()?;
        self.module.as_ref().copied()
    }
}

pub(crate) fn command(workspace: &Workspace, asked: &Asked) -> Result<ExitCode, Failure> {
    let started = Instant::now();
    let bench = prepared(workspace, asked.quick)?;
    let machine = machine::describe(workspace, &bench);
    let results = if asked.quick {
        bench.folder.join("quick")
    } else {
        workspace.root().join(PAGE)
    };
    let mut parts = asked.parts.clone();
    parts.sort_unstable();
    parts.dedup();
    if parts.is_empty() {
        parts.extend(Part::ALL);
    }

    let mut failed = false;
    for part in parts {
        console::headline(&format!("{}: {}", part.name(), part.title()));
        let began = Instant::now();
        match part.run(&bench) {
            Ok(report) => {
                show(&report);
                keep(&bench, part, &report, &results, &machine)?;
            }
            Err(failure) => {
                println!("{failure}");
                failed = true;
            }
        }
        console::detail(&console::duration(began.elapsed()));
    }

    let page = results.join("README.md");
    console::headline(&format!("all: {}", console::duration(started.elapsed())));
    println!("\nThe result is in {}.", workspace.display(&page));
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn prepared(workspace: &Workspace, quick: bool) -> Result<Bench<'_>, Failure> {
    console::headline("Prerequisites");
    prerequisites::crates(workspace)?;
    prerequisites::native(Languages::C)?;
    let dotnet = prerequisites::dotnet(workspace);
    let powershell = prerequisites::powershell(workspace, &dotnet);
    let programs = prerequisites::measuring();

    console::headline("Build");
    build::native(workspace)?;
    build::fast_emulator(workspace)?;
    let module = match &dotnet {
        Ok(dotnet) => build::module(workspace, dotnet).map(Ok)?,
        Err(reason) => Err(reason.clone()),
    };
    let contender = match &dotnet {
        Ok(_) => build::dotnet_build(workspace, "benches/dotnet", "Contender").map(Ok)?,
        Err(reason) => Err(reason.clone()),
    };
    let folder = workspace.target("bench");
    fs::create_dir_all(&folder)
        .map_err(|error| Failure::new(format!("{} cannot be made: {error}.", folder.display())))?;
    Ok(Bench {
        workspace,
        powershell,
        module,
        contender,
        programs,
        quick,
        folder,
    })
}

fn show(report: &Report) {
    println!();
    for line in report.text.lines() {
        println!("{line}");
    }
    for goal in &report.goals {
        let verdict = if goal.met { "met" } else { "NOT MET" };
        println!("goal {verdict}: {}: {}", goal.what, goal.measured);
    }
}

/// Puts a report into the page, its raw numbers and plots beside it.
fn keep(
    bench: &Bench<'_>,
    part: Part,
    report: &Report,
    results: &Path,
    machine: &str,
) -> Result<(), Failure> {
    let cannot = |error: std::io::Error| {
        Failure::new(format!("{} cannot be written: {error}.", results.display()))
    };
    fs::create_dir_all(results).map_err(cannot)?;
    let name = part.name();
    let quick = if bench.quick { " --quick" } else { "" };
    let mut text = report.text.clone();
    match &bench.programs.gnuplot {
        Ok(()) => {
            for plot in &report.plots {
                plot::draw(bench.workspace, plot, results)?;
                text.push_str(&format!("![{}]({}.svg)\n\n", plot.caption, plot.name));
            }
        }
        Err(reason) => console::detail(&format!("no plots: {reason}")),
    }
    text.push_str(&format!(
        "[Raw numbers]({name}.csv), by `cargo xtask bench {name}{quick}`: {machine}\n"
    ));
    let file = results.join("README.md");
    let page = fs::read_to_string(&file).unwrap_or_else(|_| FIRST_PAGE.to_owned());
    let parts = Part::ALL.map(Part::name);
    let page = goals::with_goals(&page, name, &report.goals, &parts);
    let page = with_section(&page, name, &text);
    fs::write(&file, page).map_err(cannot)?;
    fs::write(results.join(format!("{name}.csv")), report.csv()).map_err(cannot)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_known_by_its_name() {
        for part in Part::ALL {
            assert_eq!(Part::from_name(part.name()), Some(part));
        }
        assert_eq!(Part::from_name("fast"), None);
    }
}
