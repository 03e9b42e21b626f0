//! Listing many sessions: time and memory.

use super::Bench;
use super::lane::{Lane, interleaved};
use super::number;
use super::plot;
use super::removal;
use super::report::{Report, Sample, Table};
use super::server::{Server, Service, Wanted};
use super::statistics;
use crate::failure::Failure;

const SIZES: [usize; 2] = [10_000, 100_000];
/// What Business Central answers at most.
const PAGE_SIZE: usize = 20_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Way {
    label: &'static str,
    /// As `benches/shell/List.ps1` calls it.
    name: &'static str,
    service: Service,
}

const WAYS: [Way; 6] = [
    Way {
        label: "Get-NAVServerSession, rows kept",
        name: "Rows",
        service: Service::OData,
    },
    Way {
        label: "Get-NAVServerSession piped into Measure-Object, no row kept",
        name: "RowsStreamed",
        service: Service::OData,
    },
    Way {
        label: "Get-NAVServerSession over SOAP, rows kept",
        name: "Rows",
        service: Service::Soap,
    },
    Way {
        label: "Invoke-RestMethod, page by page, rows kept",
        name: "RestMethod",
        service: Service::OData,
    },
    Way {
        label: "ConvertFrom-Json of the same pages, already read",
        name: "ConvertFromJson",
        service: Service::OData,
    },
    Way {
        label: "a PowerShell that does nothing",
        name: "Nothing",
        service: Service::OData,
    },
];

#[derive(Debug, Clone, Copy)]
struct Listed {
    seconds: f64,
    peak: f64,
}

pub(super) fn list(bench: &Bench<'_>) -> Report {
    let mut report = Report::default();
    report.paragraph(
        "A list of all sessions in a process of its own, after one call that lists a single one: seconds, and the most \
         memory the process ever had. `ConvertFrom-Json` gets the pages as text and does nothing else.",
    );
    let mut table = Table::new([
        "way",
        "sessions",
        "seconds",
        "lowest – highest",
        "the first line is … as fast",
        "peak memory",
    ]);
    let mut heights = Vec::new();
    let sizes: &[usize] = if bench.quick { &SIZES[..1] } else { &SIZES };
    for &size in sizes {
        let rounds = if bench.quick { 2 } else { 5 };
        let lanes = interleaved(
            WAYS.map(|way| (way, lacks(bench, way))),
            rounds,
            |way| format!("{} ({size})", way.label),
            |way| measure(bench, way, size),
        );
        for (place, lane) in lanes.iter().enumerate() {
            let row = row(place, lane, &lanes[0], size);
            table.row(row);
            for (round, listed) in lane.rounds.iter().enumerate() {
                let sample = |measure, value| Sample {
                    way: lane.way.label.to_owned(),
                    size,
                    round: round + 1,
                    measure,
                    value,
                };
                report.samples.push(sample("seconds", listed.seconds));
                report.samples.push(sample("peak bytes", listed.peak));
            }
        }
        if Some(&size) == sizes.last() {
            if size == 100_000 {
                goals(&mut report, &lanes);
            }
            heights = lanes
                .iter()
                .filter(|lane| lane.way.name != "Nothing")
                .filter_map(|lane| {
                    let seconds = lane.median(|listed| listed.seconds)?;
                    let ours = lane.way.name.starts_with("Rows");
                    Some((lane.way.label.to_owned(), seconds, ours))
                })
                .collect();
        }
    }
    report.table(&table);
    let longest = sizes.last().copied().unwrap_or_default();
    let caption = format!("Seconds for a list of {} sessions", number::count(longest));
    report
        .plots
        .push(plot::bars("list", &caption, &caption, false, &heights));
    report
}

fn row(
    place: usize,
    lane: &Lane<Way, Listed>,
    first: &Lane<Way, Listed>,
    size: usize,
) -> Vec<String> {
    let seconds = lane.values(|listed| listed.seconds);
    let (Some(median), Some((lowest, highest)), Some(peak)) = (
        statistics::median(&seconds),
        statistics::range(&seconds),
        lane.median(|listed| listed.peak),
    ) else {
        let reason = lane.left_out.as_deref().unwrap_or("not measured");
        return vec![format!("{}: left out, as {reason}", lane.way.label)];
    };
    if lane.way.name == "Nothing" {
        let blank = String::new;
        let label = lane.way.label.to_owned();
        return vec![
            label,
            blank(),
            blank(),
            blank(),
            blank(),
            number::mebibytes(peak),
        ];
    }
    let ours = first.values(|listed| listed.seconds);
    let ratio = statistics::ratio(&seconds, &ours).filter(|_| place > 0);
    vec![
        lane.way.label.to_owned(),
        number::count(size),
        number::plain(median),
        format!("{} – {}", number::plain(lowest), number::plain(highest)),
        ratio.map(number::times).unwrap_or_default(),
        number::mebibytes(peak),
    ]
}

fn goals(report: &mut Report, lanes: &[Lane<Way, Listed>]) {
    let seconds = |name: &str| {
        lanes
            .iter()
            .find(|lane| lane.way.name == name)
            .map(|lane| lane.values(|listed| listed.seconds))
            .unwrap_or_default()
    };
    let ours = seconds("Rows");
    if let Some(ratio) = statistics::ratio(&seconds("ConvertFromJson"), &ours) {
        report.goal(
            "a list of 100,000, to typed rows, at least 3 times as fast as ConvertFrom-Json alone",
            number::times(ratio),
            ratio >= 3.0,
        );
    }
}

fn lacks(bench: &Bench<'_>, way: Way) -> Option<String> {
    if way.name.starts_with("Rows") {
        bench.shell_with_module().err().cloned()
    } else {
        bench.powershell.as_ref().err().cloned()
    }
}

fn measure(bench: &Bench<'_>, way: &Way, size: usize) -> Result<Listed, Failure> {
    let wanted = Wanted {
        page_size: Some(PAGE_SIZE),
        service: way.service,
        ..Wanted::sessions(size)
    };
    let server = Server::start(bench.workspace, &bench.folder, wanted)?;
    let pages = bench.folder.join("pages");
    if way.name == "ConvertFromJson" {
        server.write_pages()?;
    }
    let script = bench
        .pwsh()?
        .arg("-File")
        .arg(bench.workspace.root().join("benches/shell/List.ps1"))
        .args(["-Way", way.name, "-Uri", &server.list_uri()])
        .arg("-Pages")
        .arg(pages)
        .arg("-Module")
        .arg(bench.workspace.module());
    let ran = server.known_to(script).minutes(5).capture()?;
    if !ran.succeeded() {
        return Err(ran.failure("PowerShell failed"));
    }
    let rows = removal::expect(&ran, "rows")?;
    // The sessions of the calls themselves may be among them.
    let least = f64::from(u32::try_from(size).unwrap_or(u32::MAX));
    if way.name != "Nothing" && !(least..least + 10.0).contains(&rows) {
        return Err(ran.failure(&format!("It listed {rows} sessions of {size}")));
    }
    Ok(Listed {
        seconds: removal::expect(&ran, "seconds")?,
        peak: removal::expect(&ran, "peak")?,
    })
}
