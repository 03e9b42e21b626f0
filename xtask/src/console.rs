//! How progress and results look.

use std::time::Duration;

pub(crate) const WIDTH: usize = 100;

pub(crate) fn headline(text: &str) {
    println!("\n== {text}");
}

pub(crate) fn detail(text: &str) {
    println!("   {text}");
}

pub(crate) fn duration(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    if seconds < 60 {
        format!("{:.1} s", elapsed.as_secs_f64())
    } else {
        format!("{} min {} s", seconds / 60, seconds % 60)
    }
}

/// Cuts `text` to one line of at most `columns` characters.
pub(crate) fn shorten(text: &str, columns: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= columns {
        return line;
    }
    let kept: String = line.chars().take(columns.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Breaks `text` between words, so that no line is wider than [`WIDTH`] unless a word is.
pub(crate) fn wrap(text: &str) -> String {
    let mut wrapped = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let width = word.chars().count();
        if column > 0 && column + 1 + width > WIDTH {
            wrapped.push('\n');
            column = 0;
        }
        if column > 0 {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(word);
        column += width;
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_reads_in_seconds_then_in_minutes() {
        assert_eq!(duration(Duration::from_millis(1_240)), "1.2 s");
        assert_eq!(duration(Duration::from_secs(59)), "59.0 s");
        assert_eq!(duration(Duration::from_secs(125)), "2 min 5 s");
    }

    #[test]
    fn a_short_text_is_kept_and_a_long_one_ends_in_an_ellipsis() {
        assert_eq!(shorten("  two\n lines ", 20), "two lines");
        assert_eq!(shorten("größer als erlaubt", 8), "größer…");
    }

    #[test]
    fn a_long_text_is_broken_between_words() {
        let wrapped = wrap(&"word ".repeat(50));
        assert!(
            wrapped
                .lines()
                .all(|line| line.len() <= WIDTH && line.ends_with("word"))
        );
        assert_eq!(wrapped.split_whitespace().count(), 50);
    }
}
