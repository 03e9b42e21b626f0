//! The page of results: written by hand around what the parts put between their marks.

use std::fmt::Write as _;

use super::report::Goal;

const GOALS: &str = "goals";
const GOALS_HEAD: &str = "| part | goal | measured | |\n|---|---|---|---|\n";

/// The page with the section of `name` replaced, or added at its end.
pub(super) fn with_section(page: &str, name: &str, text: &str) -> String {
    let (begin, end) = marks(name);
    let section = format!("{begin}\n\n{}\n\n{end}", text.trim());
    match (page.find(&begin), page.find(&end)) {
        (Some(from), Some(to)) if from < to => {
            format!("{}{section}{}", &page[..from], &page[to + end.len()..])
        }
        _ => format!("{}\n\n{section}\n", page.trim_end()),
    }
}

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

fn section<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let (begin, end) = marks(name);
    let from = page.find(&begin)? + begin.len();
    let to = page.find(&end)?;
    page.get(from..to)
}

fn marks(name: &str) -> (String, String) {
    (
        format!("<!-- {name}: written by cargo xtask bench -->"),
        format!("<!-- end of {name} -->"),
    )
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
    fn a_section_replaces_the_one_before_and_nothing_around_it() {
        let page = with_section("# Benchmarks\n", "list", "first");
        let page = with_section(&format!("{page}\nwritten by hand\n"), "list", "second");
        assert!(page.starts_with("# Benchmarks\n"));
        assert!(page.contains("second") && !page.contains("first"));
        assert!(page.trim_end().ends_with("written by hand"));
        assert_eq!(with_section(&page, "list", "second"), page);
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
