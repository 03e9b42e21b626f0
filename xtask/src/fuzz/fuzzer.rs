//! The fuzzer: libFuzzer over the parsers, with coverage by flags that a stable compiler takes.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::console;
use crate::failure::Failure;
use crate::prerequisites;
use crate::process::Finished;
use crate::workspace::Workspace;

/// Where all of it lies in the repository.
pub(crate) const FOLDER: &str = "fuzz";
const MANIFEST: [&str; 2] = ["--manifest-path", "fuzz/Cargo.toml"];

/// Counts each edge of the code that is reached, and shows the fuzzer what is compared with what.
const COVERAGE: &str = "-Cpasses=sancov-module \
     -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
     -Cllvm-args=-sanitizer-coverage-pc-table \
     -Cllvm-args=-sanitizer-coverage-trace-compares";

/// An input that takes longer, in seconds, does not hold.
const INPUT_SECONDS: u32 = 5;
/// A process that takes more memory, in MiB, does not hold.
const MEMORY: u32 = 1024;

pub(crate) struct Fuzzer<'a> {
    workspace: &'a Workspace,
    program: PathBuf,
}

/// One parser.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) name: String,
    dictionary: String,
    longest: String,
}

/// What came of fuzzing a target.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) seconds: u64,
    /// Inputs that were tried.
    pub(crate) executions: u64,
    /// Edges of the code that were reached, and those told apart by how often they were.
    pub(crate) coverage: u64,
    pub(crate) features: u64,
    /// The file of an input that does not hold.
    pub(crate) finding: Option<String>,
}

impl<'a> Fuzzer<'a> {
    pub(crate) fn build(workspace: &'a Workspace) -> Result<Self, Failure> {
        console::detail("building the fuzzer");
        let folder = workspace.target("fuzz");
        let host = prerequisites::host()
            .ok_or_else(|| Failure::new("`rustc -vV` does not say what it compiles for."))?;
        // With a target that is named, the flags are not those of build scripts and macros, which could not be linked.
        let built = workspace
            .cargo()
            .args(["build", "--locked", "--release", "--features", "libfuzzer"])
            .args(MANIFEST)
            .args(["--target", &host, "--target-dir"])
            .arg(&folder)
            .env("RUSTFLAGS", COVERAGE)
            .minutes(30)
            .heartbeat()
            .capture()?;
        if !built.succeeded() {
            return Err(built.failure("Building the fuzzer failed"));
        }
        Ok(Self {
            workspace,
            program: folder.join(host).join("release/nav-fuzz"),
        })
    }

    pub(crate) fn targets(&self) -> Result<Vec<Target>, Failure> {
        let listed = self
            .workspace
            .program(&self.program)
            .arg("list")
            .capture()?;
        let targets: Vec<_> = listed.stdout().filter_map(Target::parse).collect();
        if !listed.succeeded() || targets.is_empty() {
            return Err(listed.failure("The fuzzer does not name its targets"));
        }
        Ok(targets)
    }

    /// Fuzzes a target for so long, or until an input does not hold. What is new goes into the folder `found`. With a
    /// `seed` the inputs are made up alike each time.
    pub(crate) fn run(
        &self,
        target: &Target,
        at_most: Duration,
        found: &Path,
        seed: Option<u32>,
    ) -> Result<Run, Failure> {
        let findings = self.workspace.target("fuzz/findings");
        for folder in [found, &findings] {
            fs::create_dir_all(folder).map_err(|error| {
                Failure::new(format!("{} cannot be made: {error}.", folder.display()))
            })?;
        }
        let own = self.workspace.root().join(FOLDER);
        let began = Instant::now();
        let finished = self
            .program(target)
            .arg(format!("-seed={}", seed.unwrap_or(0)))
            .arg(format!("-max_total_time={}", at_most.as_secs()))
            .arg(format!("-timeout={INPUT_SECONDS}"))
            .arg(format!("-rss_limit_mb={MEMORY}"))
            .arg(format!("-max_len={}", target.longest))
            .arg(format!(
                "-dict={}",
                own.join(format!("dictionaries/{}.dict", target.dictionary))
                    .display()
            ))
            .arg(format!(
                "-artifact_prefix={}",
                findings.join(format!("{}-", target.name)).display()
            ))
            .arg("-print_final_stats=1")
            .arg(found)
            .args(inputs(&own, &["seeds", "corpus", "regressions"], target))
            .limit(at_most + Duration::from_secs(120))
            .capture()?;
        let run = Run {
            seconds: began.elapsed().as_secs(),
            ..Run::read(finished.lines())
        };
        if run.finding.is_some() {
            finished.print_without(is_progress);
        } else if !finished.succeeded() || run.executions == 0 {
            return Err(finished.failure(&format!("Fuzzing {} failed", target.name)));
        }
        Ok(run)
    }

    /// Puts into the folder `merged` few inputs of `folders` that reach as much as all, those that reach most first.
    pub(crate) fn merge(
        &self,
        target: &Target,
        merged: &Path,
        folders: &[PathBuf],
    ) -> Result<Finished, Failure> {
        let finished = self
            .program(target)
            .args(["-set_cover_merge=1", "-use_counters=0"])
            .arg(format!("-max_len={}", target.longest))
            .arg(merged)
            .args(folders.iter().filter(|folder| folder.is_dir()))
            .minutes(10)
            .heartbeat()
            .capture()?;
        if finished.succeeded() {
            Ok(finished)
        } else {
            Err(finished.failure(&format!("The corpus of {} cannot be merged", target.name)))
        }
    }

    fn program(&self, target: &Target) -> crate::process::Program {
        self.workspace
            .program(&self.program)
            .env("NAV_FUZZ_TARGET", &target.name)
    }
}

/// The folders of these kinds that a target has.
fn inputs(own: &Path, kinds: &[&str], target: &Target) -> Vec<PathBuf> {
    let folders = kinds.iter().map(|kind| own.join(kind).join(&target.name));
    folders.filter(|folder| folder.is_dir()).collect()
}

/// Lines that only tell that something new was reached.
fn is_progress(line: &str) -> bool {
    line.starts_with('#') || line.starts_with("INFO:") || line.trim().is_empty()
}

impl Target {
    fn parse(line: &str) -> Option<Self> {
        let mut parts = line.split('\t').map(str::to_owned);
        Some(Self {
            name: parts.next()?,
            dictionary: parts.next()?,
            longest: parts.next()?,
        })
    }
}

impl Run {
    /// What libFuzzer says of a run.
    fn read<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let mut run = Self::default();
        for line in lines {
            let number = |name: &str| {
                let (_, rest) = line.split_once(name)?;
                rest.split_whitespace().next()?.parse().ok()
            };
            if let Some(executions) = number("stat::number_of_executed_units:") {
                run.executions = executions;
            } else if let (true, Some(coverage), Some(features)) =
                (line.starts_with('#'), number(" cov: "), number(" ft: "))
            {
                (run.coverage, run.features) = (coverage, features);
            } else if let Some((_, file)) = line.split_once("Test unit written to ") {
                run.finding = Some(file.trim().to_owned());
            }
        }
        run
    }

    pub(crate) fn show(&self, target: &Target) {
        console::detail(&format!(
            "{:<22} {:>10} inputs in {:>5} s, {:>5} edges, {:>6} features{}",
            target.name,
            self.executions,
            self.seconds,
            self.coverage,
            self.features,
            match &self.finding {
                Some(file) => format!(": does not hold: {file}"),
                None => String::new(),
            }
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libfuzzer_says_is_read_to_its_last_count() {
        let said = "\
INFO: Loaded 1 modules   (12000 inline 8-bit counters)
#2	INITED cov: 20 ft: 21 corp: 1/1b exec/s: 0 rss: 40Mb
#900	NEW    cov: 25 ft: 30 corp: 2/9b lim: 17 exec/s: 0 rss: 41Mb L: 8/8 MS: 1 CMP-
#4096	DONE   cov: 31 ft: 44 corp: 2/9b lim: 17 exec/s: 4096 rss: 41Mb
stat::number_of_executed_units: 4096
stat::peak_rss_mb:              41
";
        let run = Run::read(said.lines());
        assert_eq!((run.executions, run.coverage, run.features), (4096, 31, 44));
        assert_eq!(run.finding, None);
    }

    #[test]
    fn a_finding_is_the_file_it_was_written_to() {
        let said =
            "artifact_prefix='/t/token-'; Test unit written to /t/token-crash-0123\nBase64: eA==\n";
        let run = Run::read(said.lines());
        assert_eq!(run.finding.as_deref(), Some("/t/token-crash-0123"));
    }
}
