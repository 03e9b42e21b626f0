//! `cargo xtask resilience`: runs all that attacks the product, and writes the figures into docs/resilience.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::console;
use crate::failure::Failure;
use crate::fuzz;
use crate::page::with_section;
use crate::process::Program;
use crate::workspace::Workspace;

/// Where tests write what they counted, in a file for each topic: a line of text, a tab and a number for each figure.
const VARIABLE: &str = "NAV_RESILIENCE_FIGURES";
const PAGE: &str = "docs/resilience/README.md";

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
    let fuzzed = fuzz::recorded(workspace)?;
    let page = with_section(&page, "fuzzed", &format!("```text\n{fuzzed}```"));
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
}
