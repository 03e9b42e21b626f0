//! What was fuzzed when, and for how long.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::fuzzer::{Run, Target};
use crate::bench::today;
use crate::failure::Failure;
use crate::workspace::Workspace;

const FILE: &str = "docs/resilience/fuzzed.csv";
const COLUMNS: &str = "date,target,seconds,executions,coverage,features,findings\n";

/// A file with a line for each run.
pub(super) struct Record(PathBuf);

impl Record {
    pub(super) fn of(workspace: &Workspace) -> Self {
        Self(workspace.root().join(FILE))
    }

    pub(super) fn add(&self, target: &Target, run: &Run) -> Result<(), Failure> {
        let write = || {
            if let Some(folder) = self.0.parent() {
                fs::create_dir_all(folder)?;
            }
            let before = match fs::read_to_string(&self.0) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => COLUMNS.to_owned(),
                read => read?,
            };
            fs::write(&self.0, before + &line(&today(), &target.name, run))
        };
        write().map_err(|error| Failure::new(format!("{FILE} cannot be written: {error}.")))
    }

    /// How long the targets were fuzzed, all of them where none is named.
    pub(super) fn sum(&self, names: &[String]) -> Result<String, Failure> {
        let text = fs::read_to_string(&self.0)
            .map_err(|error| Failure::new(format!("{FILE} cannot be read: {error}.")))?;
        Ok(summed(&text, names))
    }
}

fn line(date: &str, target: &str, run: &Run) -> String {
    format!(
        "{date},{target},{},{},{},{},{}\n",
        run.seconds,
        run.executions,
        run.coverage,
        run.features,
        u32::from(run.finding.is_some())
    )
}

#[derive(Default)]
struct Sum {
    seconds: u64,
    executions: u64,
    findings: u64,
}

impl Sum {
    fn add(&mut self, [seconds, executions, findings]: [u64; 3]) {
        self.seconds += seconds;
        self.executions += executions;
        self.findings += findings;
    }

    fn row(&self, name: &str) -> String {
        let minutes = self.seconds / 60;
        format!(
            "{name:<22} {:>3} h {:>2} min  {:>14} inputs  {:>3} findings\n",
            minutes / 60,
            minutes % 60,
            self.executions,
            self.findings
        )
    }
}

fn summed(text: &str, names: &[String]) -> String {
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    let mut all = Sum::default();
    for line in text.lines().skip(1) {
        let parts: Vec<_> = line.split(',').collect();
        if let [_, target, seconds, executions, _, _, findings] = *parts
            && (names.is_empty() || names.iter().any(|name| name == target))
        {
            let counts = [seconds, executions, findings].map(|count| count.parse().unwrap_or(0));
            sums.entry(target).or_default().add(counts);
            all.add(counts);
        }
    }
    let rows = sums.iter().map(|(name, sum)| sum.row(name));
    rows.chain([all.row("all")]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_summed() {
        let run = |seconds, finding: Option<&str>| Run {
            seconds,
            executions: 1000,
            coverage: 5,
            features: 6,
            finding: finding.map(str::to_owned),
        };
        let text = [
            COLUMNS.to_owned(),
            line("2026-11-22", "token", &run(3000, None)),
            line("2026-11-23", "token", &run(4260, Some("file"))),
            line("2026-11-23", "endpoint", &run(60, None)),
        ]
        .concat();
        let sum = summed(&text, &[]);
        let rows: Vec<_> = sum
            .lines()
            .map(|row| row.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(
            rows,
            [
                "endpoint 0 h 1 min 1000 inputs 0 findings",
                "token 2 h 1 min 2000 inputs 1 findings",
                "all 2 h 2 min 3000 inputs 1 findings",
            ]
        );
        let one = summed(&text, &["endpoint".to_owned()]);
        assert!(
            one.ends_with("0 findings\n") && !one.contains("token"),
            "{one}"
        );
    }
}
