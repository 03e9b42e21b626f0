//! A page about the module as the text that `Get-Help about_…` shows.

use super::markdown::{Kind, blocks};
use crate::failure::Failure;

/// What a console had when such texts were thought of.
const WIDTH: usize = 80;

pub(super) fn about(page: &str) -> Result<String, Failure> {
    let mut text = String::new();
    let mut after_item = false;
    for block in blocks(page)? {
        let is_item = matches!(block.kind, Kind::Item(_));
        if after_item && !is_item {
            text.push('\n');
        }
        after_item = is_item;
        match block.kind {
            // `Get-Help` takes the line after the fourth for the synopsis.
            Kind::Heading(1, name) => text.push_str(&format!("TOPIC\n    {name}\n\n")),
            Kind::Heading(2, title) => text.push_str(&format!("{}\n", title.to_uppercase())),
            Kind::Heading(_, title) => text.push_str(&format!("  {title}\n")),
            Kind::Paragraph(paragraph) => {
                text.push_str(&filled(&paragraph, "    ", "    "));
                text.push('\n');
            }
            Kind::Item(item) => text.push_str(&filled(&item, "    - ", "      ")),
            Kind::Fence(_, code) => {
                for line in code.lines() {
                    text.push_str(format!("        {line}").trim_end());
                    text.push('\n');
                }
                text.push('\n');
            }
        }
    }
    if let Some(wide) = text.lines().find(|line| line.chars().count() > WIDTH) {
        return Err(Failure::new(format!(
            "This line is wider than {WIDTH} columns: {wide}"
        )));
    }
    // Windows PowerShell takes a text without a mark of its encoding for one in the system's.
    if let Some(line) = text.lines().find(|line| !line.is_ascii()) {
        return Err(Failure::new(format!("This line is not ASCII: {line}")));
    }
    Ok(format!("{}\n", text.trim_end()))
}

/// A paragraph broken between words, with `first` before its first line and `others` before the others.
fn filled(paragraph: &str, first: &str, others: &str) -> String {
    let mut text = first.to_owned();
    let mut column = first.len();
    let mut begins = true;
    for word in paragraph.split_whitespace() {
        let width = word.chars().count();
        if !begins && column + 1 + width > WIDTH {
            text.push('\n');
            text.push_str(others);
            column = others.len();
            begins = true;
        }
        if !begins {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += width;
        begins = false;
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_synopsis_is_the_fifth_line_and_all_is_indented() {
        let text = about(
            "# about_X\n\n## Short description\nEnds x.\n\n## Long description\n\n### How\n\nSo:\n\n- one\n- two\n\n\
             ```powershell\nEnd-X |\n    Out-Null\n```\n",
        );
        assert_eq!(
            text.unwrap(),
            "TOPIC\n    about_X\n\nSHORT DESCRIPTION\n    Ends x.\n\nLONG DESCRIPTION\n  How\n    So:\n\n    \
             - one\n    - two\n\n        End-X |\n            Out-Null\n"
        );
    }

    #[test]
    fn a_long_paragraph_is_broken_at_80_columns() {
        let text = about(&format!("# about_X\n\n- {}\n", "word ".repeat(40))).unwrap();
        let lines: Vec<_> = text.lines().skip(3).collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].starts_with("    - word") && lines[1].starts_with("      word"));
        assert!(lines.iter().all(|line| line.len() <= WIDTH));
    }

    #[test]
    fn what_a_console_cannot_show_is_refused() {
        for (code, told) in [
            ("x".repeat(90), "wider than 80"),
            ("é".to_owned(), "not ASCII"),
        ] {
            let refused = about(&format!("# about_X\n```\n{code}\n```\n")).unwrap_err();
            assert!(refused.to_string().contains(told));
        }
    }
}
