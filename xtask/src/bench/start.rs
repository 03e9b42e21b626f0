//! One removal in a process of its own: what PowerShell costs, what the module adds.

use std::fs;
use std::path::Path;
use std::time::Instant;

use super::Bench;
use super::lane::{Lane, interleaved};
use super::number;
use super::plot;
use super::removal;
use super::report::{Report, Sample, Table};
use super::server::{Server, Wanted};
use super::statistics;
use crate::failure::Failure;

/// A module that has nothing.
const EMPTY: &str = "Empty/Empty.psd1";

/// What a fresh PowerShell does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    Nothing,
    WritesOne,
    ImportsNothing,
    Imports,
    Removes,
    Posts,
    ClocksNothing,
    ClocksImport,
}

const ALL: [Does; 8] = [
    Does::Nothing,
    Does::WritesOne,
    Does::ImportsNothing,
    Does::Imports,
    Does::Removes,
    Does::Posts,
    Does::ClocksNothing,
    Does::ClocksImport,
];

impl Does {
    fn label(self) -> &'static str {
        match self {
            Self::Nothing => "nothing (`$null = 1`)",
            Self::WritesOne => "writes a number (`1`)",
            Self::ImportsNothing => "imports an empty module (a manifest alone)",
            Self::Imports => "imports the module",
            Self::Removes => "imports the module and removes a session",
            Self::Posts => "removes a session with Invoke-RestMethod",
            Self::ClocksNothing => "imports an empty module, timed from inside",
            Self::ClocksImport => "imports the module, timed from inside",
        }
    }

    fn is_timed_inside(self) -> bool {
        matches!(self, Self::ClocksNothing | Self::ClocksImport)
    }

    fn is_ours(self) -> bool {
        matches!(self, Self::Imports | Self::Removes | Self::ClocksImport)
    }
}

pub(super) fn start(bench: &Bench<'_>) -> Result<Report, Failure> {
    let rounds = if bench.quick { 5 } else { 21 };
    let server = Server::start(
        bench.workspace,
        &bench.folder,
        Wanted::sessions(rounds * 2 + 20),
    )?;
    let removals = fs::read_to_string(server.write_removals()?).unwrap_or_default();
    let mut removals = removals.lines();
    let empty = bench.folder.join(EMPTY);
    fs::create_dir_all(empty.parent().unwrap_or(&empty))
        .and_then(|()| fs::write(&empty, "@{ ModuleVersion = '0.1.0' }\n"))
        .map_err(|error| Failure::new(format!("{} cannot be made: {error}.", empty.display())))?;

    // Once each unmeasured, as the first reads files that later ones find in memory.
    for does in ALL.iter().filter(|does| lacks(bench, **does).is_none()) {
        took(bench, &server, *does, &mut removals)?;
    }
    let lanes = interleaved(
        ALL.map(|does| (does, lacks(bench, does))),
        rounds,
        |does| does.label().to_owned(),
        |does| took(bench, &server, *does, &mut removals),
    );

    let mut report = Report::default();
    report.paragraph(
        "A PowerShell started for one thing, from the start of the process to its end, in milliseconds. What is above \
         one that does nothing is the median of the differences round by round. The last two lines are what \
         `Import-Module` takes by PowerShell's own clock, whose use costs some of it.",
    );
    let mut table = Table::new(["what it does", "ms", "lowest – highest", "above nothing"]);
    let times = |lane: &Lane<Does, f64>| lane.values(|ms| *ms);
    let above = |lane: &Lane<Does, f64>| statistics::difference(&times(lane), &times(&lanes[0]));
    for lane in &lanes {
        let all = times(lane);
        match (statistics::median(&all), statistics::range(&all)) {
            (Some(median), Some((lowest, highest))) => table.row([
                lane.way.label().to_owned(),
                number::plain(median),
                format!("{} – {}", number::plain(lowest), number::plain(highest)),
                above(lane)
                    .filter(|_| lane.way != Does::Nothing && !lane.way.is_timed_inside())
                    .map(number::plain)
                    .unwrap_or_default(),
            ]),
            _ => table.row([format!(
                "{}: left out, as {}",
                lane.way.label(),
                lane.left_out.as_deref().unwrap_or("not measured")
            )]),
        }
        for (round, ms) in all.into_iter().enumerate() {
            report.samples.push(Sample {
                way: lane.way.label().to_owned(),
                size: 1,
                round: round + 1,
                measure: "milliseconds",
                value: ms,
            });
        }
    }
    report.table(&table);

    let above = |does| lanes.iter().find(|lane| lane.way == does).and_then(above);
    if let Some(ms) = above(Does::Imports) {
        let floor = above(Does::ImportsNothing).unwrap_or_default();
        let measured = format!(
            "{} ms (an empty module: {} ms)",
            number::plain(ms),
            number::plain(floor)
        );
        report.goal("import below 30 ms", measured, ms < 30.0);
    }
    if let Some(ms) = above(Does::Removes) {
        report.goal(
            "a removal in a fresh process at most 60 ms above bare pwsh",
            format!("{} ms above", number::plain(ms)),
            ms <= 60.0,
        );
    }
    let bars: Vec<_> = lanes
        .iter()
        .filter(|lane| !lane.way.is_timed_inside())
        .filter_map(|lane| {
            let ms = lane.median(|ms| *ms)?;
            Some((lane.way.label().replace('`', ""), ms, lane.way.is_ours()))
        })
        .collect();
    let caption = "Milliseconds of a PowerShell started for one thing";
    report
        .plots
        .push(plot::bars("start", caption, caption, false, &bars));
    Ok(report)
}

fn lacks(bench: &Bench<'_>, does: Does) -> Option<String> {
    if does.is_ours() {
        bench.shell_with_module().err().cloned()
    } else {
        bench.powershell.as_ref().err().cloned()
    }
}

fn took<'a>(
    bench: &Bench<'_>,
    server: &Server,
    does: Does,
    removals: &mut impl Iterator<Item = &'a str>,
) -> Result<f64, Failure> {
    let empty = bench.folder.join(EMPTY);
    let import = |module: &Path| format!("Import-Module '{}'", module.display());
    let clocked = |module: &Path| {
        format!(
            "$clock = [Diagnostics.Stopwatch]::StartNew(); Import-Module '{}'; \
             \"ms $($clock.Elapsed.TotalMilliseconds.ToString([cultureinfo]::InvariantCulture))\"",
            module.display()
        )
    };
    let command = match does {
        Does::Nothing => "$null = 1".to_owned(),
        Does::WritesOne => "1".to_owned(),
        Does::ImportsNothing => import(&empty),
        Does::Imports => import(&bench.workspace.module()),
        Does::ClocksNothing => clocked(&empty),
        Does::ClocksImport => clocked(&bench.workspace.module()),
        Does::Removes | Does::Posts => {
            let removal = removals
                .next()
                .ok_or_else(|| Failure::new("There are too few sessions."))?;
            if does == Does::Posts {
                format!(
                    "$null = Invoke-RestMethod '{}' -Method Post -ContentType application/json -Body '{removal}'",
                    server.removal_uri()
                )
            } else {
                let id = session_id(removal)
                    .ok_or_else(|| Failure::new(format!("There is no session in {removal}.")))?;
                format!(
                    "{}; Remove-NAVServerSession DynamicsNAV -SessionId {id} -Force",
                    import(&bench.workspace.module())
                )
            }
        }
    };
    let program = server.known_to(bench.pwsh()?).args(["-Command", &command]);
    let began = Instant::now();
    let ran = program.capture()?;
    let process_ms = began.elapsed().as_secs_f64() * 1_000.0;
    if !ran.succeeded() {
        return Err(ran.failure("PowerShell failed"));
    }
    if does.is_timed_inside() {
        return removal::expect(&ran, "ms");
    }
    Ok(process_ms)
}

/// The id in a removal as it is posted.
fn session_id(removal: &str) -> Option<&str> {
    let (_, rest) = removal.split_once("\"sessionId\":")?;
    rest.split_once(',').map(|(id, _)| id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_read_from_a_removal() {
        let removal = "{\"comment\":\"x\",\"sessionId\":-7,\"sessionUniqueId\":\"9\"}";
        assert_eq!(session_id(removal), Some("-7"));
        assert_eq!(session_id("{}"), None);
    }
}
