//! `cargo xtask resilience`: runs all that attacks the product, and writes the figures into docs/resilience.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::console;
use crate::failure::Failure;
use crate::page::with_section;
use crate::process::Program;
use crate::workspace::Workspace;

/// Where tests write what they counted, in a file for each topic: a line of text, a tab and a number for each figure.
const VARIABLE: &str = "NAV_RESILIENCE_FIGURES";
const PAGE: &str = "docs/resilience/README.md";
const FUZZED: &str = "docs/resilience/fuzzed.csv";

/// The topics, in the order of the page.
const TOPICS: [(&str, &str); 5] = [
    ("faults", "Faults"),
    ("fuzz", "Hostile answers, files and names"),
    ("abi", "The C ABI under attack"),
    ("secrets", "Secrets"),
    ("load", "Load"),
];

/// What is run, as a person would type it behind `cargo xtask`.
const RUNS: [&[&str]; 2] = [&["test", "rust", "fuzz", "build", "dotnet"], &["load"]];

pub(crate) fn command(workspace: &Workspace) -> Result<(), Failure> {
    let folder = workspace.target("resilience");
    let unusable = |error| Failure::new(format!("{} cannot be used: {error}.", folder.display()));
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(unusable)?;
    }
    fs::create_dir_all(&folder).map_err(unusable)?;
    let own = env::current_exe()
        .map_err(|error| Failure::new(format!("The path of xtask is not known: {error}.")))?;
    for arguments in RUNS {
        console::headline(&format!("cargo xtask {}", arguments.join(" ")));
        let run = Program::new(&own)
            .current_dir(workspace.root())
            .args(arguments)
            .env(VARIABLE, &folder)
            .minutes(60)
            .show()?;
        if !run.succeeded() {
            return Err(run.failure("The figures were not written, since something did not hold"));
        }
    }
    let mut figures = String::new();
    for (topic, title) in TOPICS {
        let counted = read(&folder.join(format!("{topic}.tsv")))?;
        let _ = write!(figures, "{}", table(title, &counted)?);
    }
    let page_path = workspace.root().join(PAGE);
    let page = with_section(&read(&page_path)?, "figures", &figures);
    let fuzzed = fuzzed(&read(&workspace.root().join(FUZZED))?)?;
    let page = with_section(&page, "fuzzed", &fuzzed);
    fs::write(&page_path, page)
        .map_err(|error| Failure::new(format!("{PAGE} cannot be written: {error}.")))?;
    println!("\n{PAGE} is written: look at the difference before you commit it.");
    Ok(())
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}.", path.display())))
}

fn table(title: &str, counted: &str) -> Result<String, Failure> {
    let mut table = format!("| {title} | |\n|---|---:|\n");
    for line in counted.lines() {
        let (what, number) = line
            .split_once('\t')
            .ok_or_else(|| Failure::new(format!("`{line}` is not a figure.")))?;
        let _ = writeln!(table, "| {what} | {} |", with_commas(number));
    }
    table.push('\n');
    Ok(table)
}

/// The sums of what was fuzzed, from the record of the runs: date, target, seconds, executions, …, findings.
fn fuzzed(record: &str) -> Result<String, Failure> {
    let mut lines = record.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let column = |name: &str| {
        names
            .iter()
            .position(|found| *found == name)
            .ok_or_else(|| Failure::new(format!("{FUZZED} has no column `{name}`.")))
    };
    let (target, seconds) = (column("target")?, column("seconds")?);
    let (executions, findings) = (column("executions")?, column("findings")?);
    let mut sums: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |column: usize| {
            cells
                .get(column)
                .and_then(|cell| cell.parse::<u64>().ok())
                .ok_or_else(|| Failure::new(format!("{FUZZED}: `{line}` is not a run.")))
        };
        let of_run = [number(seconds)?, number(executions)?, number(findings)?];
        let sum = sums.entry(cells[target]).or_default();
        for (sum, number) in sum.iter_mut().zip(of_run) {
            *sum += number;
        }
    }
    let mut table =
        String::from("| Parser | Minutes | Inputs | Findings |\n|---|---:|---:|---:|\n");
    let mut total = [0; 3];
    for (target, sum) in sums {
        table.push_str(&row(target, sum));
        for (total, number) in total.iter_mut().zip(sum) {
            *total += number;
        }
    }
    table.push_str(&row("all", total));
    Ok(table)
}

fn row(what: &str, [seconds, executions, findings]: [u64; 3]) -> String {
    let numbers = [seconds / 60, executions, findings];
    let [minutes, executions, findings] = numbers.map(|number| with_commas(&number.to_string()));
    format!("| {what} | {minutes} | {executions} | {findings} |\n")
}

/// `1234567.5` as `1,234,567.5`.
fn with_commas(number: &str) -> String {
    let whole = number.find('.').unwrap_or(number.len());
    let mut text = String::new();
    for (at, digit) in number.char_indices() {
        if at > 0 && at < whole && (whole - at).is_multiple_of(3) && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_become_a_table() {
        let table = table("Faults", "Faults tried\t1234567\nLess\t-123.75\n").unwrap();
        assert!(table.contains("| Faults tried | 1,234,567 |\n| Less | -123.75 |\n"));
        assert!(super::table("Faults", "no number").is_err());
    }

    #[test]
    fn runs_of_the_fuzzer_are_summed_by_parser() {
        let record = "date,target,seconds,executions,coverage,findings\n\
                      2026-11-22,soap-list,90,1000,5,0\n\
                      2026-11-23,odata-list,60,1,5,1\n\
                      2026-11-23,soap-list,30,500,6,0\n";
        let table = fuzzed(record).unwrap();
        assert!(table.contains(
            "| odata-list | 1 | 1 | 1 |\n| soap-list | 2 | 1,500 | 0 |\n| all | 3 | 1,501 | 1 |"
        ));
        assert!(fuzzed("date,target\n").is_err());
        assert!(fuzzed(&record.replace("500", "many")).is_err());
    }
}
