//! The Markdown that pages of help are written in: headings, paragraphs, lists and fenced blocks.

use crate::failure::Failure;

/// A piece of a page, and the number of the line it begins in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) line: usize,
    pub(super) kind: Kind,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Its level, from 1.
    Heading(usize, String),
    Paragraph(String),
    /// Of a list.
    Item(String),
    /// The language, and the text.
    Fence(String, String),
}

/// The blocks of a page, without what stands before the first heading.
pub(super) fn blocks(page: &str) -> Result<Vec<Block>, Failure> {
    let mut blocks: Vec<Block> = Vec::new();
    // Whether the next line can go on with the block before.
    let mut open = false;
    let mut lines = page.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let line_number = at + 1;
        let text = line.trim();
        let begin = |kind| Block {
            line: line_number,
            kind,
        };
        if let Some(language) = text.strip_prefix("```") {
            let code: Vec<&str> = lines
                .by_ref()
                .map(|(_, line)| line)
                .take_while(|line| line.trim() != "```")
                .collect();
            blocks.push(begin(Kind::Fence(language.to_owned(), code.join("\n"))));
            open = false;
        } else if let Some(title) = text.trim_start_matches('#').strip_prefix(' ')
            && text.starts_with('#')
        {
            let level = text.len() - title.len() - 1;
            blocks.push(begin(Kind::Heading(level, plain(title))));
            open = false;
        } else if text.is_empty() || blocks.is_empty() {
            open = false;
        } else if text.starts_with(['|', '>']) || text.starts_with("![") {
            return Err(Failure::new(format!(
                "Line {line_number}: help has no tables, quotations and pictures."
            )));
        } else if let Some(item) = text.strip_prefix("- ") {
            blocks.push(begin(Kind::Item(item.to_owned())));
            open = true;
        } else {
            match blocks.last_mut().map(|block| &mut block.kind) {
                Some(Kind::Paragraph(before) | Kind::Item(before)) if open => {
                    before.push(' ');
                    before.push_str(text);
                }
                _ => blocks.push(begin(Kind::Paragraph(text.to_owned()))),
            }
            open = true;
        }
    }
    for block in &mut blocks {
        if let Kind::Paragraph(text) | Kind::Item(text) = &mut block.kind {
            *text = plain(text);
        }
    }
    Ok(blocks)
}

/// A text without the marks that only a browser shows: of code, of what is bold, and of links, whose words are kept.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for (at, part) in text.split('`').enumerate() {
        // Every second part is code, which is taken as it is.
        if at % 2 == 1 {
            plain.push_str(part);
        } else {
            plain.push_str(&without_links(part).replace("**", ""));
        }
    }
    plain
}

fn without_links(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, words, after)) = link(rest) {
        kept.push_str(before);
        kept.push_str(words);
        rest = after;
    }
    kept + rest
}

/// The first link of a text: what stands before it, its words, and what stands behind it.
fn link(text: &str) -> Option<(&str, &str, &str)> {
    let middle = text.find("](")?;
    let start = text[..middle].rfind('[')?;
    let end = middle + text[middle..].find(')')?;
    Some((&text[..start], &text[start + 1..middle], &text[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(page: &str) -> Vec<Kind> {
        let blocks = blocks(page).unwrap();
        blocks.into_iter().map(|block| block.kind).collect()
    }

    #[test]
    fn lines_of_a_paragraph_or_an_item_are_one_text() {
        assert_eq!(
            kinds(
                "---\nfront: matter\n---\n\n## A title\nfirst\nsecond\n\nthird\n- one\n  more\n- two\n"
            ),
            [
                Kind::Heading(2, "A title".to_owned()),
                Kind::Paragraph("first second".to_owned()),
                Kind::Paragraph("third".to_owned()),
                Kind::Item("one more".to_owned()),
                Kind::Item("two".to_owned()),
            ]
        );
    }

    #[test]
    fn a_fenced_block_is_kept_as_it_is() {
        assert_eq!(
            kinds("# A\n```powershell\n# a comment\n\n  `x` | y\n```\nb\n"),
            [
                Kind::Heading(1, "A".to_owned()),
                Kind::Fence(
                    "powershell".to_owned(),
                    "# a comment\n\n  `x` | y".to_owned()
                ),
                Kind::Paragraph("b".to_owned()),
            ]
        );
    }

    #[test]
    fn marks_of_code_of_bold_and_of_links_are_left_out_but_inside_code() {
        assert_eq!(
            plain("see **this** in [the page](a.md#b), `a**b` and `[x](y)`"),
            "see this in the page, a**b and [x](y)"
        );
    }

    #[test]
    fn what_help_cannot_show_is_refused_with_its_line() {
        let refused = blocks("# A\n\n| a | b |\n").unwrap_err();
        assert!(refused.to_string().starts_with("Line 3"));
    }
}
