//! Plots by gnuplot, as SVG.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use super::report::Plot;
use crate::failure::Failure;
use crate::workspace::Workspace;

const OURS: &str = "#1f6feb";
const THEIRS: &str = "#8b949e";
const LINES: [&str; 5] = ["#1f6feb", "#d29922", "#8b949e", "#a371f7", "#3fb950"];

/// Bars from the left, one for each label; ours are of another colour.
pub(super) fn bars(
    name: &str,
    caption: &str,
    unit: &str,
    logarithmic: bool,
    bars: &[(String, f64, bool)],
) -> Plot {
    let mut data = String::new();
    for (place, (label, value, ours)) in bars.iter().enumerate() {
        let row = bars.len() - place;
        let colour = u8::from(*ours);
        let _ = writeln!(data, "{row}\t{value}\t{colour}\t\"{}\"", quoted(label));
    }
    let height = 90 + 30 * bars.len();
    let scale = if logarithmic {
        "set logscale x 10\n"
    } else {
        ""
    };
    let lowest = bars
        .iter()
        .map(|(_, value, _)| *value)
        .fold(f64::INFINITY, f64::min);
    let from = if logarithmic { lowest / 4.0 } else { 0.0 };
    let script = format!(
        "set terminal svg size 820,{height} font 'sans-serif,13' background '#ffffff'\n\
         {scale}set style fill solid\nset border 1\nset tics nomirror out\nset grid xtics lc rgb '#d0d7de'\n\
         set format x '%.0f'\nset xlabel \"{}\"\nset yrange [0.3:{}.7]\nset xrange [{from}:*]\nunset key\n\
         $bars << END\n{data}END\n\
         plot $bars using ({from}):1:({from}):2:($1-0.35):($1+0.35):($3 == 1 ? 0x{} : 0x{}):ytic(4) \
         with boxxyerror lc rgb variable\n",
        quoted(unit),
        bars.len(),
        &OURS[1..],
        &THEIRS[1..],
    );
    Plot {
        name: name.to_owned(),
        caption: caption.to_owned(),
        script,
    }
}

/// Lines over a size, both on logarithmic scales unless `flat`, where the height is linear.
pub(super) fn lines(
    name: &str,
    caption: &str,
    (size, unit): (&str, &str),
    flat: bool,
    lines: &[(String, Vec<(f64, f64)>)],
) -> Plot {
    let mut data = String::new();
    let mut plots = Vec::new();
    for (place, (label, points)) in lines.iter().enumerate() {
        let _ = writeln!(data, "$line{place} << END");
        for (x, y) in points {
            let _ = writeln!(data, "{x}\t{y}");
        }
        data.push_str("END\n");
        plots.push(format!(
            "$line{place} using 1:2 with linespoints pt 7 ps 0.6 lw 2 lc rgb '{}' title \"{}\"",
            LINES[place % LINES.len()],
            quoted(label)
        ));
    }
    let scale = if flat {
        "set logscale x 10\nset yrange [0:*]"
    } else {
        "set logscale xy 10"
    };
    let script = format!(
        "set terminal svg size 820,420 font 'sans-serif,13' background '#ffffff'\n{scale}\n\
         set border 3\nset tics nomirror out\nset grid lc rgb '#d0d7de'\nset key outside below\n\
         set format x '%.0f'\nset format y '%g'\nset xlabel \"{}\"\nset ylabel \"{}\"\n{data}plot {}\n",
        quoted(size),
        quoted(unit),
        plots.join(", ")
    );
    Plot {
        name: name.to_owned(),
        caption: caption.to_owned(),
        script,
    }
}

/// Draws a plot into `folder`.
pub(super) fn draw(workspace: &Workspace, plot: &Plot, folder: &Path) -> Result<(), Failure> {
    let svg = folder.join(format!("{}.svg", plot.name));
    let script = workspace.target(&format!("bench/{}.gnuplot", plot.name));
    let text = format!("set output '{}'\n{}", svg.display(), plot.script);
    std::fs::write(&script, text).map_err(|error| {
        Failure::new(format!("{} cannot be written: {error}.", script.display()))
    })?;
    let drawn = workspace
        .program("gnuplot")
        .arg(&script)
        .limit(Duration::from_secs(30))
        .capture()?;
    if drawn.succeeded() {
        Ok(())
    } else {
        Err(drawn.failure(&format!("gnuplot could not draw {}", plot.name)))
    }
}

/// A text inside gnuplot's double quotes. `_` and the like would be set as formulas are.
fn quoted(text: &str) -> String {
    text.chars()
        .filter(|character| !matches!(character, '"' | '\\' | '{' | '}' | '^' | '@' | '&' | '~'))
        .map(|character| if character == '_' { ' ' } else { character })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_in_the_order_they_are_given_and_ours_are_marked() {
        let plot = bars(
            "x",
            "caption",
            "a second",
            false,
            &[
                ("the module".to_owned(), 10.0, true),
                ("a \"loop\"".to_owned(), 2.0, false),
            ],
        );
        assert!(
            plot.script
                .contains("2\t10\t1\t\"the module\"\n1\t2\t0\t\"a loop\"\n"),
            "{}",
            plot.script
        );
    }

    #[test]
    fn each_line_has_its_points_and_its_title() {
        let points = vec![(1.0, 2.0), (10.0, 20.0)];
        let plot = lines(
            "x",
            "caption",
            ("rows", "seconds"),
            false,
            &[("ours".to_owned(), points)],
        );
        assert!(plot.script.contains("$line0 << END\n1\t2\n10\t20\nEND\n"));
        assert!(plot.script.contains("title \"ours\""));
    }
}
