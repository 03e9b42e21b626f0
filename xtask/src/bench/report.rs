//! What a part of the measurements comes to: a table, goals, raw numbers and plots.

use std::fmt::Write as _;

/// A goal and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Goal {
    pub(super) what: String,
    pub(super) measured: String,
    pub(super) met: bool,
}

/// One measured number.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    pub(super) way: String,
    pub(super) size: usize,
    pub(super) round: usize,
    pub(super) measure: &'static str,
    pub(super) value: f64,
}

/// A plot, as a program for gnuplot that draws on its standard terminal.
#[derive(Debug, Clone)]
pub(super) struct Plot {
    /// The file's name without its extension.
    pub(super) name: String,
    /// What is seen, for those who do not see it.
    pub(super) caption: String,
    pub(super) script: String,
}

/// What a part of the measurements comes to.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// Markdown.
    pub(super) text: String,
    pub(super) goals: Vec<Goal>,
    pub(super) samples: Vec<Sample>,
    pub(super) plots: Vec<Plot>,
}

impl Report {
    pub(super) fn paragraph(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push_str("\n\n");
    }

    pub(super) fn table(&mut self, table: &Table) {
        self.text.push_str(&table.markdown());
        self.text.push('\n');
    }

    pub(super) fn goal(&mut self, what: impl Into<String>, measured: impl Into<String>, met: bool) {
        self.goals.push(Goal {
            what: what.into(),
            measured: measured.into(),
            met,
        });
    }

    /// Raw numbers as comma-separated values.
    pub(super) fn csv(&self) -> String {
        let mut csv = String::from("way,size,round,measure,value\n");
        for sample in &self.samples {
            let Sample {
                way,
                size,
                round,
                measure,
                value,
            } = sample;
            let _ = writeln!(csv, "\"{way}\",{size},{round},{measure},{value}");
        }
        csv
    }
}

/// A table whose first column is words and whose others are numbers.
#[derive(Debug)]
pub(super) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new<H: Into<String>>(head: impl IntoIterator<Item = H>) -> Self {
        Self {
            head: head.into_iter().map(Into::into).collect(),
            rows: Vec::new(),
        }
    }

    /// A row; what is missing at its end is blank.
    pub(super) fn row<C: Into<String>>(&mut self, cells: impl IntoIterator<Item = C>) {
        let mut row: Vec<String> = cells.into_iter().map(Into::into).collect();
        row.resize(self.head.len(), String::new());
        self.rows.push(row);
    }

    pub(super) fn markdown(&self) -> String {
        let mut lines = line(&self.head);
        for column in 0..self.head.len() {
            lines.push_str(if column == 0 { "|---" } else { "|---:" });
        }
        lines.push_str("|\n");
        for row in &self.rows {
            lines.push_str(&line(row));
        }
        lines
    }
}

fn line(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_markdown_with_numbers_to_the_right() {
        let mut table = Table::new(["way", "a second"]);
        table.row(["the module", "12,345"]);
        table.row(["wrk: left out"]);
        assert_eq!(
            table.markdown(),
            "| way | a second |\n|---|---:|\n| the module | 12,345 |\n| wrk: left out |  |\n"
        );
    }

    #[test]
    fn raw_numbers_are_kept_one_a_line() {
        let mut report = Report::default();
        report.samples.push(Sample {
            way: "a loop, with commas".to_owned(),
            size: 1_000,
            round: 2,
            measure: "seconds",
            value: 0.25,
        });
        assert_eq!(
            report.csv(),
            "way,size,round,measure,value\n\"a loop, with commas\",1000,2,seconds,0.25\n"
        );
    }
}
