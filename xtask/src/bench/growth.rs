//! How time and memory grow with the number of sessions.

use super::Bench;
use super::lane::{Lane, interleaved};
use super::number;
use super::plot;
use super::removal::{self, By, Measured, Way, Work};
use super::report::{Report, Sample, Table};
use super::server::Service;

const WAYS: [Way; 3] = [
    Way {
        label: "the module",
        by: By::Module("Stream", Service::OData),
    },
    Way {
        label: "Invoke-RestMethod in a loop",
        by: By::Script("RestMethodStream"),
    },
    Way {
        label: "compiled HttpClient",
        by: By::Compiled,
    },
];
/// An Invoke-RestMethod loop is not asked for more.
const PATIENCE: usize = 10_000;
const LIMIT: f64 = 32.0 * 1_048_576.0;

pub(super) fn growth(bench: &Bench<'_>) -> Report {
    let sizes: &[usize] = if bench.quick {
        &[1, 100, 1_000, 10_000]
    } else {
        &[1, 10, 100, 1_000, 10_000, 100_000]
    };
    let mut report = Report::default();
    report.paragraph(
        "So many sessions in a process of its own, from the first row read from a file to the last answer, nothing \
         warmed up: seconds, and the most memory the process ever had.",
    );
    let head = WAYS
        .iter()
        .flat_map(|way| [format!("{}: seconds", way.label), "peak".to_owned()]);
    let mut table = Table::new(["sessions".to_owned()].into_iter().chain(head));
    let mut times = WAYS.map(|way| (way.label.to_owned(), Vec::new()));
    let mut peaks = WAYS.map(|way| (way.label.to_owned(), Vec::new()));
    let mut ours = Vec::new();
    for &size in sizes {
        let rounds = match (bench.quick, size) {
            (true, _) => 1,
            (false, ..=1_000) => 5,
            (false, _) => 3,
        };
        let lanes = interleaved(
            WAYS.map(|way| (way, lacks(bench, way, size))),
            rounds,
            |way| format!("{} ({size})", way.label),
            |way| {
                let work = Work {
                    removals: size,
                    warm_up: 0,
                    latency_ms: 0,
                };
                removal::measure(bench, way, work)
            },
        );
        let x = f64::from(u32::try_from(size).unwrap_or(u32::MAX));
        let mut row = vec![number::count(size)];
        for (place, lane) in lanes.iter().enumerate() {
            let (Some(seconds), Some(peak)) = medians(lane) else {
                row.extend([String::new(), String::new()]);
                continue;
            };
            row.extend([number::plain(seconds), number::mebibytes(peak)]);
            times[place].1.push((x, seconds));
            peaks[place].1.push((x, peak / 1_048_576.0));
            if place == 0 {
                ours.push((size, peak));
            }
        }
        table.row(row);
        samples(&mut report, &lanes, size);
    }
    report.table(&table);
    let caption = "Seconds for so many sessions, each in a fresh process";
    report.plots.push(plot::lines(
        "growth",
        caption,
        ("sessions", "seconds"),
        false,
        &times,
    ));
    let caption = "Most memory of the process, MiB";
    report.plots.push(plot::lines(
        "memory",
        caption,
        ("sessions", "MiB"),
        true,
        &peaks,
    ));
    let peak = |size| {
        ours.iter()
            .find(|(of, _)| *of == size)
            .map(|(_, peak)| *peak)
    };
    if let (Some(few), Some(many)) = (peak(1_000), peak(100_000)) {
        let more = many - few;
        report.goal(
            "100,000 rows piped with a peak within 32 MiB of 1,000 rows",
            format!("{} more", number::mebibytes(more)),
            more <= LIMIT,
        );
    }
    report
}

fn lacks(bench: &Bench<'_>, way: Way, size: usize) -> Option<String> {
    if size > PATIENCE && matches!(way.by, By::Script(_)) {
        return Some("it would take minutes".to_owned());
    }
    removal::lacks(bench, way.by)
}

fn medians(lane: &Lane<Way, Measured>) -> (Option<f64>, Option<f64>) {
    let peak = lane.median(|measured| measured.peak.unwrap_or(0.0));
    (lane.median(|measured| measured.seconds), peak)
}

fn samples(report: &mut Report, lanes: &[Lane<Way, Measured>], size: usize) {
    for lane in lanes {
        for (round, measured) in lane.rounds.iter().enumerate() {
            let sample = |measure, value| Sample {
                way: lane.way.label.to_owned(),
                size,
                round: round + 1,
                measure,
                value,
            };
            report.samples.push(sample("seconds", measured.seconds));
            if let Some(peak) = measured.peak {
                report.samples.push(sample("peak bytes", peak));
            }
        }
    }
}
