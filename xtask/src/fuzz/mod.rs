//! `cargo xtask fuzz`: hostile answers, files and names for each parser, for as long as somebody lets it.

mod fuzzer;
mod record;

use std::fs;
use std::time::Duration;

use crate::console;
use crate::failure::Failure;
use crate::prerequisites::{self, Languages};
use crate::workspace::Workspace;

pub(crate) use fuzzer::{FOLDER, Fuzzer, Target};
use record::Record;

/// Inputs of one target that are committed at most.
const MOST_KEPT: usize = 100;

/// What a person asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// By their names; all where none is named.
    pub(crate) targets: Vec<String>,
    pub(crate) what: What,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// Each target for so many minutes.
    Run { minutes: u64 },
    /// Writes the committed corpus anew: of what was found the inputs that reach most.
    Merge,
    /// Says how long each target has been fuzzed by now.
    Sum,
}

/// For how long each parser has been fuzzed by now.
pub(crate) fn recorded(workspace: &Workspace) -> Result<String, Failure> {
    Record::of(workspace).sum(&[])
}

pub(crate) fn command(workspace: &Workspace, asked: &Asked) -> Result<(), Failure> {
    let record = Record::of(workspace);
    if asked.what == What::Sum {
        print!("{}", record.sum(&asked.targets)?);
        return Ok(());
    }
    console::headline("Prerequisites");
    prerequisites::native(Languages::CAndCpp)?;
    prerequisites::fuzz_crates(workspace)
        .and_then(|()| prerequisites::cpp_compiler())
        .map_err(|reason| Failure::new(format!("The fuzzer cannot be built: {reason}.")))?;
    console::headline("Build");
    let fuzzer = Fuzzer::build(workspace)?;
    let targets = chosen(fuzzer.targets()?, &asked.targets)?;
    console::headline("Fuzz");
    let mut findings = 0;
    for target in &targets {
        if let What::Run { minutes } = asked.what {
            let found = workspace.target("fuzz/found").join(&target.name);
            let seconds = Duration::from_secs(60 * minutes);
            let run = fuzzer.run(target, seconds, &found, None)?;
            run.show(target);
            record.add(target, &run)?;
            findings += u32::from(run.finding.is_some());
        } else {
            merge(workspace, &fuzzer, target)?;
        }
    }
    if findings == 0 {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{findings} of {} targets found something.",
        targets.len()
    ))
    .advise("fuzz/README.md says how to look at an input that does not hold, and how to keep it."))
}

fn chosen(all: Vec<Target>, names: &[String]) -> Result<Vec<Target>, Failure> {
    if let Some(unknown) = names
        .iter()
        .find(|name| !all.iter().any(|target| target.name == **name))
    {
        let known: Vec<_> = all.iter().map(|target| &*target.name).collect();
        return Err(
            Failure::new(format!("`{unknown}` is not a target of the fuzzer."))
                .advise(format!("They are: {}.", known.join(", "))),
        );
    }
    let is_asked_for = |target: &Target| names.is_empty() || names.contains(&target.name);
    Ok(all.into_iter().filter(is_asked_for).collect())
}

/// Commits, of what was found and what is committed, the inputs that reach most.
fn merge(workspace: &Workspace, fuzzer: &Fuzzer, target: &Target) -> Result<(), Failure> {
    let committed = workspace
        .root()
        .join(FOLDER)
        .join("corpus")
        .join(&target.name);
    let merged = workspace.target("fuzz/merged").join(&target.name);
    let failed = |error: std::io::Error| {
        Failure::new(format!(
            "The corpus of {} cannot be written anew: {error}.",
            target.name
        ))
    };
    emptied(&merged).map_err(failed)?;
    let found = workspace.target("fuzz/found").join(&target.name);
    fuzzer.merge(target, &merged, &[committed.clone(), found])?;
    emptied(&committed).map_err(failed)?;
    let mut inputs = Vec::new();
    for entry in fs::read_dir(&merged).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let written = entry.metadata().and_then(|file| file.modified());
        inputs.push((written.map_err(failed)?, entry.path()));
    }
    // Those that reach most are written first.
    inputs.sort();
    inputs.truncate(MOST_KEPT);
    for (_, input) in &inputs {
        let name = input.file_name().unwrap_or_default();
        fs::copy(input, committed.join(name)).map_err(failed)?;
    }
    console::detail(&format!("{:<22} {} inputs", target.name, inputs.len()));
    Ok(())
}

/// Makes a folder, or removes all that is in it.
pub(crate) fn emptied(folder: &std::path::Path) -> std::io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)
}
