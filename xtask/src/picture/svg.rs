//! A screen as SVG, in light and dark.

use std::fmt::Write as _;

use super::screen::{Cell, Style};

const FONT_SIZE: f64 = 14.0;
/// As wide as most monospaced fonts are.
const COLUMN: f64 = 8.43;
const ROW: f64 = 20.0;
const MARGIN: f64 = 16.0;

/// The terminal's own two colours, and the 16 that a program names; legible on the first.
struct Palette {
    paper: &'static str,
    ink: &'static str,
    colours: [&'static str; 16],
}

const LIGHT: Palette = Palette {
    paper: "#f6f8fa",
    ink: "#1f2328",
    colours: [
        "#24292f", "#cf222e", "#116329", "#7d4e00", "#0969da", "#8250df", "#1b7c83", "#57606a",
        "#57606a", "#a40e26", "#1a7f37", "#7d4e00", "#0550ae", "#6639ba", "#136061", "#24292f",
    ],
};
const DARK: Palette = Palette {
    paper: "#161b22",
    ink: "#e6edf3",
    colours: [
        "#6e7681", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4",
        "#8b949e", "#ffa198", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#ffffff",
    ],
};

/// A picture of `rows`, each of `columns`; `title` is read aloud in its place.
pub(super) fn svg(rows: &[Vec<Cell>], columns: usize, title: &str) -> String {
    let width = length(columns, COLUMN) + 2.0 * MARGIN;
    let height = length(rows.len(), ROW) + 2.0 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\">\n<title>{}</title>\n<style>\n\
         text {{ font: {FONT_SIZE}px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', \
         'Liberation Mono', monospace; white-space: pre; }}\n.bold {{ font-weight: bold; }}\n\
         .italic {{ font-style: italic; }}\n.underline {{ text-decoration: underline; }}\n{}\
         @media (prefers-color-scheme: dark) {{\n{}}}\n</style>\n\
         <rect class=\"paper\" width=\"100%\" height=\"100%\" rx=\"8\"/>\n",
        escaped(title),
        LIGHT.rules(),
        DARK.rules()
    );
    for (at, row) in rows.iter().enumerate() {
        let top = MARGIN + length(at, ROW);
        for (column, cells) in runs(row, |one, other| one.background == other.background) {
            if let Some(colour) = cells[0].style.background {
                let _ = writeln!(
                    svg,
                    "<rect class=\"c{colour}\" x=\"{:.2}\" y=\"{top:.0}\" width=\"{:.2}\" height=\"{ROW}\"/>",
                    MARGIN + length(column, COLUMN),
                    length(cells.len(), COLUMN)
                );
            }
        }
        let spans: String = runs(row, |one, other| one == other)
            .into_iter()
            .flat_map(|(column, cells)| columns_of(column, cells))
            .map(|(column, style, text)| span(column, style, &text))
            .collect();
        if !spans.is_empty() {
            let _ = writeln!(
                svg,
                "<text class=\"ink\" xml:space=\"preserve\" y=\"{:.0}\">{spans}</text>",
                top + FONT_SIZE
            );
        }
    }
    svg + "</svg>\n"
}

impl Palette {
    fn rules(&self) -> String {
        let mut rules = format!(
            ".paper {{ fill: {}; }}\n.ink {{ fill: {}; }}\n",
            self.paper, self.ink
        );
        for (number, colour) in self.colours.iter().enumerate() {
            let _ = writeln!(rules, ".c{number} {{ fill: {colour}; }}");
        }
        rules
    }
}

fn length(count: usize, of: f64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) * of
}

/// The cells of a row up to its last character in pieces of one style, each with its first column.
fn runs(row: &[Cell], same: impl Fn(Style, Style) -> bool) -> Vec<(usize, &[Cell])> {
    let is_blank = |cell: &Cell| cell.character == ' ' && cell.style.background.is_none();
    let end = row
        .iter()
        .rposition(|cell| !is_blank(cell))
        .map_or(0, |last| last + 1);
    let mut column = 0;
    row[..end]
        .chunk_by(|one, other| same(one.style, other.style))
        .map(|cells| {
            column += cells.len();
            (column - cells.len(), cells)
        })
        .collect()
}

/// A run in pieces that end where two spaces do, so that columns stand below each other in any font.
fn columns_of(first: usize, cells: &[Cell]) -> Vec<(usize, Style, String)> {
    let mut pieces = Vec::new();
    let mut column = first;
    let mut text = String::new();
    for (at, cell) in cells.iter().enumerate() {
        if cell.character != ' ' && text.ends_with("  ") {
            let width = text.chars().count();
            pieces.push((column, cells[0].style, std::mem::take(&mut text)));
            column += width;
        }
        text.push(cell.character);
        if at + 1 == cells.len() {
            pieces.push((column, cells[0].style, std::mem::take(&mut text)));
        }
    }
    pieces
}

fn span(column: usize, style: Style, text: &str) -> String {
    let mut classes: Vec<String> = style
        .foreground
        .map(|colour| format!("c{colour}"))
        .into_iter()
        .collect();
    for (is_so, class) in [
        (style.bold, "bold"),
        (style.italic, "italic"),
        (style.underline, "underline"),
    ] {
        if is_so {
            classes.push(class.to_owned());
        }
    }
    let class = if classes.is_empty() {
        String::new()
    } else {
        format!(" class=\"{}\"", classes.join(" "))
    };
    let left = MARGIN + length(column, COLUMN);
    format!("<tspan{class} x=\"{left:.2}\">{}</tspan>", escaped(text))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::screen::Screen;

    fn picture(written: &str) -> String {
        let mut screen = Screen::new(20, 3);
        screen.write(written.as_bytes());
        svg(screen.rows(), 20, "A <title>")
    }

    #[test]
    fn each_row_is_one_text_that_can_be_selected() {
        let svg = picture("one & two\r\nthree");
        assert!(svg.contains("<title>A &lt;title&gt;</title>"));
        assert!(
            svg.contains("y=\"30\"><tspan x=\"16.00\">one &amp; two</tspan></text>"),
            "{svg}"
        );
        assert!(
            svg.contains("y=\"50\"><tspan x=\"16.00\">three</tspan></text>"),
            "{svg}"
        );
        assert_eq!(svg.matches("<text ").count(), 2);
    }

    #[test]
    fn colours_are_classes_that_both_schemes_know() {
        let svg = picture("\x1b[32;1mgreen\x1b[0m not");
        assert!(
            svg.contains("<tspan class=\"c2 bold\" x=\"16.00\">green</tspan>"),
            "{svg}"
        );
        assert_eq!(svg.matches(".c2 { fill: ").count(), 2);
        assert_eq!(svg.matches(".paper { fill: ").count(), 2);
    }

    #[test]
    fn columns_of_a_table_begin_at_their_place_and_keep_their_spaces() {
        let svg = picture("a b   cd  e");
        assert!(
            svg.contains(
                "<tspan x=\"16.00\">a b   </tspan><tspan x=\"66.58\">cd  </tspan><tspan x=\"100.30\">e</tspan>"
            ),
            "{svg}"
        );
    }

    #[test]
    fn a_background_is_drawn_below_its_text() {
        let svg = picture("a\x1b[41mb \x1b[0mc");
        let rectangle = svg
            .find("<rect class=\"c1\" x=\"24.43\" y=\"16\" width=\"16.86\"")
            .unwrap();
        assert!(rectangle < svg.find("<text").unwrap());
    }
}
