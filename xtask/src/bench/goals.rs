//! The goals on the page of results.

use std::fmt::Write as _;

use super::report::Goal;
use crate::page::{section, with_section};

const GOALS: &str = "goals";
const GOALS_HEAD: &str = "| part | goal | measured | |\n|---|---|---|---|\n";

/// The page with the goals of one part replaced, in the order of `parts`.
pub(super) fn with_goals(page: &str, part: &str, goals: &[Goal], parts: &[&str]) -> String {
    let mut rows: Vec<(String, String)> = section(page, GOALS)
        .unwrap_or_default()
        .lines()
        .filter_map(|line| Some((row_part(line)?.to_owned(), line.to_owned())))
        .filter(|(of, _)| parts.contains(&of.as_str()) && of != part)
        .collect();
    for goal in goals {
        let verdict = if goal.met { "met" } else { "**not met**" };
        let row = format!("| {part} | {} | {} | {verdict} |", goal.what, goal.measured);
        rows.push((part.to_owned(), row));
    }
    rows.sort_by_key(|(of, _)| parts.iter().position(|part| part == of));
    let mut table = String::from(GOALS_HEAD);
    for (_, row) in rows {
        let _ = writeln!(table, "{row}");
    }
    with_section(page, GOALS, &table)
}

fn row_part(line: &str) -> Option<&str> {
    line.strip_prefix("| ")?
        .split_once(" | ")
        .map(|(part, _)| part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goal(what: &str, met: bool) -> Goal {
        Goal {
            what: what.to_owned(),
            measured: "3 ×".to_owned(),
            met,
        }
    }

    #[test]
    fn the_goals_of_other_parts_stay_when_one_is_measured_again() {
        let parts = ["slow", "list"];
        let page = with_goals("", "list", &[goal("a list", true)], &parts);
        let page = with_goals(&page, "slow", &[goal("slow", false)], &parts);
        let page = with_goals(&page, "slow", &[goal("slow again", true)], &parts);
        let rows = "| slow | slow again | 3 × | met |\n| list | a list | 3 × | met |\n";
        assert!(page.contains(rows), "{page}");
        assert!(!page.contains("not met"));
    }
}
