//! Pages that are written by hand around sections that a command writes, between marks.

/// The page with the section of `name` replaced, or added at its end.
pub(crate) fn with_section(page: &str, name: &str, text: &str) -> String {
    let (begin, end) = marks(name);
    let section = format!("{begin}\n\n{}\n\n{end}", text.trim());
    match (page.find(&begin), page.find(&end)) {
        (Some(from), Some(to)) if from < to => {
            format!("{}{section}{}", &page[..from], &page[to + end.len()..])
        }
        _ => format!("{}\n\n{section}\n", page.trim_end()),
    }
}

/// What stands in a section.
pub(crate) fn section<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let (begin, end) = marks(name);
    let from = page.find(&begin)? + begin.len();
    let to = page.find(&end)?;
    page.get(from..to)
}

fn marks(name: &str) -> (String, String) {
    (
        format!("<!-- {name}: written by cargo xtask -->"),
        format!("<!-- end of {name} -->"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_replaces_the_one_before_and_nothing_around_it() {
        let page = with_section("# Benchmarks\n", "list", "first");
        let page = with_section(&format!("{page}\nwritten by hand\n"), "list", "second");
        assert!(page.starts_with("# Benchmarks\n"));
        assert!(page.contains("second") && !page.contains("first"));
        assert!(page.trim_end().ends_with("written by hand"));
        assert_eq!(with_section(&page, "list", "second"), page);
    }
}
