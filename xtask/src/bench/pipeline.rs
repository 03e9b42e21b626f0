//! Removals a second: through the pipeline, in a loop of separate commands, and with a slow server.

use super::Bench;
use super::lane::{Lane, interleaved};
use super::number;
use super::plot;
use super::removal::{self, By, IN_FLIGHT, Measured, Way, Work};
use super::report::{Report, Sample, Table};
use super::server::Service;
use super::statistics;

const ROWS: Way = Way {
    label: "the module: rows of Get-NAVServerSession piped into Remove-NAVServerSession",
    by: By::Module("Rows", Service::OData),
};
const OBJECTS: Way = Way {
    label: "the module: rows of Import-Csv piped",
    by: By::Module("Objects", Service::OData),
};
const SOAP: Way = Way {
    label: "the module over SOAP: rows of Get-NAVServerSession piped",
    by: By::Module("Rows", Service::Soap),
};
const SEPARATE: Way = Way {
    label: "the module: a command for each session, in a loop",
    by: By::Module("Separate", Service::OData),
};
const REST: Way = Way {
    label: "Invoke-RestMethod in a loop",
    by: By::Script("RestMethod"),
};
const REST_SESSION: Way = Way {
    label: "Invoke-RestMethod in a loop, with -WebSession (keeps its connection)",
    by: By::Script("RestMethodSession"),
};
const REST_PARALLEL: Way = Way {
    label: "ForEach-Object -Parallel with Invoke-RestMethod, 8 at once",
    by: By::Script("RestMethodParallel"),
};
const HTTP_CLIENT: Way = Way {
    label: "a script over HttpClient, 8 in flight",
    by: By::Script("HttpClient"),
};
const COMPILED: Way = Way {
    label: "a compiled C# program over HttpClient, 8 in flight",
    by: By::Compiled,
};
const LIBRARY: Way = Way {
    label: "the library alone, from a program in Rust, 8 in flight",
    by: By::Library,
};
const CURL: Way = Way {
    label: "curl in a loop, a process each",
    by: By::Curl,
};
const WRK: Way = Way {
    label: "wrk, 8 connections: what the server can take",
    by: By::Wrk,
};

/// Everything against a server that answers at once.
pub(super) fn pipeline(bench: &Bench<'_>) -> Report {
    let ways = [
        ROWS,
        OBJECTS,
        SOAP,
        REST,
        REST_SESSION,
        REST_PARALLEL,
        HTTP_CLIENT,
        COMPILED,
        LIBRARY,
        CURL,
        WRK,
    ];
    let quick = |quick, full| if bench.quick { quick } else { full };
    let lanes = run(bench, &ways, quick(3, 5), |way| {
        let (removals, warm_up) = match way.by {
            By::Module(..) | By::Compiled | By::Library => {
                (quick(3_000, 60_000), quick(1_000, 20_000))
            }
            By::Script("HttpClient") => (quick(1_500, 5_000), 500),
            By::Script(_) => (quick(300, 1_000), 100),
            By::Curl => (quick(30, 100), 0),
            By::Wrk => (1_000, 0),
        };
        Work {
            removals,
            warm_up,
            latency_ms: 0,
        }
    });

    let mut report = Report::default();
    report.paragraph(
        "Sessions removed a second, all with the same body over OData, in a process that has done some already. \
         Each removal is a real one, and afterwards the server is seen to have none left; only `wrk` removes a session \
         that stays again and again.",
    );
    rates(&mut report, &lanes);
    samples(&mut report, &lanes);
    bars(&mut report, &lanes, "pipeline", "Sessions removed a second");
    let ours = &lanes[0];
    let against = |report: &mut Report, what: &str, way: Way, least: f64| {
        if let Some(ratio) = faster(ours, lane(&lanes, way)) {
            report.goal(what, number::times(ratio), ratio >= least);
        }
    };
    against(
        &mut report,
        "at least 25 times an `Invoke-RestMethod` loop",
        REST,
        25.0,
    );
    against(
        &mut report,
        "at least as fast as the compiled HttpClient program",
        COMPILED,
        1.0,
    );
    report
}

/// A command for each session, as existing scripts have it.
pub(super) fn separate(bench: &Bench<'_>) -> Report {
    let ways = [SEPARATE, OBJECTS, REST];
    let (rounds, removals) = if bench.quick { (3, 300) } else { (5, 1_000) };
    let lanes = run(bench, &ways, rounds, |_| Work {
        removals,
        warm_up: 100,
        latency_ms: 0,
    });
    let mut report = Report::default();
    report.paragraph(
        "Scripts that exist call `Remove-NAVServerSession` once for each session, in a loop. Sessions a second:",
    );
    rates(&mut report, &lanes);
    samples(&mut report, &lanes);
    report
}

/// A server that takes 25 ms a call.
pub(super) fn slow(bench: &Bench<'_>) -> Report {
    const REMOVALS: usize = 500;
    const LATENCY_MS: u64 = 25;
    const WARM_UP: usize = 200;
    const IDEAL: f64 = 500.0 / 8.0 * 0.025;
    let mut ways = vec![ROWS, REST_PARALLEL, HTTP_CLIENT, COMPILED, LIBRARY, WRK];
    if !bench.quick {
        ways.push(REST);
    }
    let mut lanes = run(bench, &ways, if bench.quick { 1 } else { 5 }, |_| Work {
        removals: REMOVALS,
        warm_up: WARM_UP,
        latency_ms: LATENCY_MS,
    });
    // It goes on for a time and not for a number, so its rate is what counts.
    for measured in lanes.iter_mut().flat_map(|lane| &mut lane.rounds) {
        *measured = measured.scaled(500.0);
    }

    let mut report = Report::default();
    report.paragraph(&format!(
        "{REMOVALS} sessions on a server that takes {LATENCY_MS} ms for each call. With {IN_FLIGHT} in flight it cannot \
         be done in less than {REMOVALS} / {IN_FLIGHT} × {LATENCY_MS} ms = {IDEAL:.3} s. In a process that has removed \
         {WARM_UP} already.",
    ));
    let mut table = Table::new(["way", "seconds", "lowest – highest", "above the ideal"]);
    for lane in &lanes {
        let seconds = lane.values(|measured| measured.seconds);
        match (statistics::median(&seconds), statistics::range(&seconds)) {
            (Some(median), Some((lowest, highest))) => table.row([
                lane.way.label.to_owned(),
                number::plain(median),
                format!("{} – {}", number::plain(lowest), number::plain(highest)),
                percent_above(median, IDEAL),
            ]),
            _ => table.row([left_out(lane)]),
        }
    }
    report.table(&table);
    samples(&mut report, &lanes);
    let mut heights: Vec<_> = lanes
        .iter()
        .filter_map(|lane| {
            let seconds = lane.median(|measured| measured.seconds)?;
            Some((short(lane), seconds, lane.way.is_ours()))
        })
        .collect();
    heights.push(("ideal".to_owned(), IDEAL, false));
    let caption = "Seconds for 500 sessions on a server that takes 25 ms a call";
    report
        .plots
        .push(plot::bars("slow", caption, caption, false, &heights));
    if let Some(seconds) = lanes[0].median(|measured| measured.seconds) {
        report.goal(
            "with a slow server, within 10 % of the ideal",
            format!("{} above", percent_above(seconds, IDEAL)),
            seconds <= 1.1 * IDEAL,
        );
    }
    report
}

fn run(
    bench: &Bench<'_>,
    ways: &[Way],
    rounds: usize,
    work: impl Fn(&Way) -> Work,
) -> Vec<Lane<Way, Measured>> {
    interleaved(
        ways.iter().map(|way| (*way, removal::lacks(bench, way.by))),
        rounds,
        |way| way.label.to_owned(),
        |way| removal::measure(bench, way, work(way)),
    )
}

/// A table of removals a second, and how the first lane compares.
fn rates(report: &mut Report, lanes: &[Lane<Way, Measured>]) {
    let head = [
        "way",
        "a second",
        "lowest – highest",
        "the first line is … as fast",
    ];
    let mut table = Table::new(head);
    for (place, lane) in lanes.iter().enumerate() {
        let rates = lane.values(Measured::a_second);
        match (statistics::median(&rates), statistics::range(&rates)) {
            (Some(median), Some((lowest, highest))) => table.row([
                lane.way.label.to_owned(),
                number::plain(median),
                format!("{} – {}", number::plain(lowest), number::plain(highest)),
                faster(&lanes[0], Some(lane))
                    .filter(|_| place > 0)
                    .map(number::times)
                    .unwrap_or_default(),
            ]),
            _ => table.row([left_out(lane)]),
        }
    }
    report.table(&table);
}

fn samples(report: &mut Report, lanes: &[Lane<Way, Measured>]) {
    for lane in lanes {
        for (round, measured) in lane.rounds.iter().enumerate() {
            let sample = |measure, value| Sample {
                way: lane.way.label.to_owned(),
                size: lane_size(measured),
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

fn lane_size(measured: &Measured) -> usize {
    format!("{:.0}", measured.removals).parse().unwrap_or(0)
}

fn bars(report: &mut Report, lanes: &[Lane<Way, Measured>], name: &str, caption: &str) {
    let heights: Vec<_> = lanes
        .iter()
        .filter_map(|lane| {
            let rate = lane.median(Measured::a_second)?;
            Some((short(lane), rate, lane.way.is_ours()))
        })
        .collect();
    let unit = format!("{caption} (logarithmic)");
    report
        .plots
        .push(plot::bars(name, caption, &unit, true, &heights));
}

fn short(lane: &Lane<Way, Measured>) -> String {
    let label = lane.way.label;
    match lane.way.by {
        By::Module("Rows", Service::Soap) => "the module, SOAP",
        By::Module("Rows", Service::OData) => "the module",
        By::Module("Objects", _) => "the module, rows of Import-Csv",
        By::Script("RestMethodSession") => "Invoke-RestMethod -WebSession",
        By::Script("RestMethodParallel") => "-Parallel Invoke-RestMethod",
        By::Compiled => "compiled HttpClient",
        By::Library => "the library alone",
        By::Wrk => "wrk",
        _ => label.split(',').next().unwrap_or(label),
    }
    .to_owned()
}

fn lane(lanes: &[Lane<Way, Measured>], way: Way) -> Option<&Lane<Way, Measured>> {
    lanes.iter().find(|lane| lane.way == way)
}

/// How many times as fast `ours` is.
fn faster(ours: &Lane<Way, Measured>, theirs: Option<&Lane<Way, Measured>>) -> Option<f64> {
    statistics::ratio(
        &ours.values(Measured::a_second),
        &theirs?.values(Measured::a_second),
    )
}

fn percent_above(value: f64, ideal: f64) -> String {
    format!("{:.0} %", (value / ideal - 1.0) * 100.0)
}

fn left_out(lane: &Lane<Way, Measured>) -> String {
    let reason = lane.left_out.as_deref().unwrap_or("not measured");
    format!("{}: left out, as {reason}", lane.way.label)
}
