//! The fuzzer's step: what is kept is replayed, and each parser is fuzzed for a few seconds.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use super::steps;
use super::tally::Tally;
use crate::console;
use crate::failure::Failure;
use crate::fuzz::{FOLDER, Fuzzer, emptied};
use crate::prerequisites;
use crate::workspace::Workspace;

pub(super) const MANIFEST: [&str; 2] = ["--manifest-path", "fuzz/Cargo.toml"];
/// For each parser.
const SECONDS: u64 = 3;
/// So that the same inputs are made up each time, as far as the time allows.
const SEED: u32 = 20_130_807;
/// The folder where tests write what they tried.
const FIGURES: &str = "NAV_RESILIENCE_FIGURES";

pub(super) fn run(workspace: &Workspace) -> Result<Tally, Failure> {
    if let Err(reason) = prerequisites::fuzz_crates(workspace) {
        return Ok(Tally::skipped(1, format!("the fuzzer: {reason}")));
    }
    let mut tally = replay(workspace)?;
    let mut figures = Figures::default();
    for kind in ["seeds", "corpus", "regressions"] {
        figures.kept += count(&workspace.root().join(FOLDER).join(kind));
    }
    figures.regressions = count(&workspace.root().join(FOLDER).join("regressions"));
    match can_fuzz() {
        Ok(()) => tally += fuzz(workspace, &mut figures)?,
        Err(reason) => tally += Tally::skipped(1, format!("fuzzing: {reason}")),
    }
    figures.write()?;
    Ok(tally)
}

fn can_fuzz() -> Result<(), String> {
    if !cfg!(target_os = "linux") {
        return Err("it is known to work on Linux alone".to_owned());
    }
    prerequisites::cpp_compiler()
}

fn replay(workspace: &Workspace) -> Result<Tally, Failure> {
    let kept = workspace
        .cargo()
        .args(["test", "--locked", "--target-dir"])
        .arg(workspace.target("fuzz"))
        .args(MANIFEST);
    steps::cargo_test(kept)
}

fn fuzz(workspace: &Workspace, figures: &mut Figures) -> Result<Tally, Failure> {
    let fuzzer = Fuzzer::build(workspace)?;
    let mut tally = Tally::default();
    for target in fuzzer.targets()? {
        let found = workspace.target("fuzz/tested").join(&target.name);
        emptied(&found).map_err(|error| {
            Failure::new(format!("{} is in the way: {error}.", found.display()))
        })?;
        let run = fuzzer.run(&target, Duration::from_secs(SECONDS), &found, Some(SEED))?;
        run.show(&target);
        figures.targets += 1;
        figures.inputs += run.executions;
        tally += match run.finding {
            None => Tally::passed(1),
            Some(file) => Tally::failed(format!("{}: {file} does not hold", target.name)),
        };
    }
    console::detail(&format!("{} inputs tried", figures.inputs));
    Ok(tally)
}

/// The files in the folders of a folder.
fn count(folder: &Path) -> usize {
    let files = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
    files(folder)
        .map(|target| files(&target.path()).count())
        .sum()
}

/// What was tried, for the page of the docs that is made of it.
#[derive(Default)]
struct Figures {
    targets: usize,
    inputs: u64,
    kept: usize,
    regressions: usize,
}

impl Figures {
    fn write(&self) -> Result<(), Failure> {
        let Some(folder) = env::var_os(FIGURES) else {
            return Ok(());
        };
        let mut text = String::new();
        for (what, number) in [
            ("Kept inputs replayed", self.kept as u64),
            (
                "Of them, inputs that once did not hold",
                self.regressions as u64,
            ),
            ("Parsers fuzzed", self.targets as u64),
            ("Inputs made up and tried", self.inputs),
        ] {
            // A text takes anything.
            let _ = writeln!(text, "{what}\t{number}");
        }
        let file = Path::new(&folder).join("fuzz.tsv");
        fs::create_dir_all(&folder)
            .and_then(|()| fs::write(&file, text))
            .map_err(|error| {
                Failure::new(format!("{} cannot be written: {error}.", file.display()))
            })
    }
}
