//! Inside the library: criterion, single calls from .NET, and instructions counted by callgrind.

use std::fs;

use super::Bench;
use super::number;
use super::removal;
use super::report::{Report, Sample, Table};
use crate::failure::Failure;
use crate::process::Program;

/// Criterion's benchmarks by their folder, and what is measured.
const TIMED: [(&str, &str); 6] = [
    ("removal over OData", "removal_odata"),
    ("removal over SOAP", "removal_soap"),
    ("a list of 500 over OData", "list_odata"),
    ("a list of 500 over SOAP", "list_soap"),
    ("reading an endpoint", "endpoint_from_json"),
    ("opening a client", "client_open"),
];

/// Rows of a list in `benches/counted.rs`.
const ROWS: usize = 500;

/// Pieces of work of `benches/counted.rs`: what is counted, the work, how often it is done, and how much of what is
/// counted is in it.
const COUNTED: [(&str, &str, usize, usize); 4] = [
    ("a removal over OData", "removal-odata", 200, 1),
    ("a removal over SOAP", "removal-soap", 200, 1),
    ("a row of a list over OData", "list-odata", 10, ROWS),
    ("a row of a list over SOAP", "list-soap", 10, ROWS),
];

pub(super) fn inside(bench: &Bench<'_>) -> Result<Report, Failure> {
    let mut report = Report::default();
    report.paragraph(
        "Through the library's own interface, against a server in the same process that answers from memory; the \
         removals and lists therefore contain a round trip over the loopback interface.",
    );
    timed(bench, &mut report)?;
    calls(bench, &mut report)?;
    counted(bench, &mut report)?;
    Ok(report)
}

fn timed(bench: &Bench<'_>, report: &mut Report) -> Result<(), Failure> {
    let mut run = bench
        .workspace
        .cargo()
        .args(["bench", "--locked", "--bench", "client", "--"])
        .heartbeat()
        .minutes(20);
    if bench.quick {
        run = run.args([
            "--warm-up-time",
            "0.5",
            "--measurement-time",
            "1",
            "--sample-size",
            "10",
        ]);
    }
    let ran = run.capture()?;
    if !ran.succeeded() {
        return Err(ran.failure("The benchmarks of the library failed"));
    }
    let mut table = Table::new(["what", "µs (criterion's median)"]);
    for (what, folder) in TIMED {
        let file = bench
            .workspace
            .target(&format!("criterion/{folder}/new/estimates.json"));
        let estimates = fs::read_to_string(&file).map_err(|error| {
            Failure::new(format!("{} cannot be read: {error}.", file.display()))
        })?;
        let nanoseconds = median_estimate(&estimates)
            .ok_or_else(|| Failure::new(format!("{} has no median.", file.display())))?;
        table.row([what.to_owned(), number::plain(nanoseconds / 1_000.0)]);
        sample(report, what, "nanoseconds", nanoseconds);
    }
    report.table(&table);
    Ok(())
}

fn calls(bench: &Bench<'_>, report: &mut Report) -> Result<(), Failure> {
    if let Err(reason) = &bench.contender {
        report.paragraph(&format!("Calls from .NET are left out: {reason}."));
        return Ok(());
    }
    let platform = crate::platform::Platform::current()?;
    let library = bench
        .workspace
        .target("release")
        .join(platform.built_library());
    let count = if bench.quick { "200000" } else { "2000000" };
    let ran = bench
        .contender()?
        .arg("calls")
        .arg(library)
        .arg(count)
        .limit(std::time::Duration::from_secs(120))
        .capture()?;
    if !ran.succeeded() {
        return Err(ran.failure("Calls from .NET failed"));
    }
    let mut table = Table::new(["a call from .NET into the library", "ns"]);
    for (what, name) in [
        ("`nav_abi_version`: there and back", "abi_version"),
        (
            "`nav_server_instance_names`: a text in, two texts out, freed",
            "server_instance_names",
        ),
    ] {
        let nanoseconds = removal::expect(&ran, name)?;
        table.row([what.to_owned(), number::plain(nanoseconds)]);
        sample(report, what, "nanoseconds", nanoseconds);
    }
    report.table(&table);
    Ok(())
}

fn counted(bench: &Bench<'_>, report: &mut Report) -> Result<(), Failure> {
    if let Err(reason) = &bench.programs.valgrind {
        report.paragraph(&format!("Instructions are not counted: {reason}."));
        return Ok(());
    }
    let program = bench.program_of_library("counted")?;
    report.paragraph(
        "Instructions, counted by callgrind, which do not depend on what else the machine does: the difference between \
         much work and little, so that the start of the process is not among them. libcurl's share and that of the \
         server in memory are.",
    );
    let mut table = Table::new(["what", "instructions"]);
    for (what, work, much, holds) in COUNTED {
        let little = much / 2;
        let (many, few) = (
            instructions(bench, &program, work, much)?,
            instructions(bench, &program, work, little)?,
        );
        let difference = f64::from(u32::try_from((much - little) * holds).unwrap_or(u32::MAX));
        let each = (many - few) / difference;
        table.row([what.to_owned(), number::plain(each)]);
        sample(report, what, "instructions", each);
    }
    report.table(&table);
    Ok(())
}

fn instructions(
    bench: &Bench<'_>,
    program: &str,
    work: &str,
    times: usize,
) -> Result<f64, Failure> {
    let ran = Program::new("valgrind")
        .current_dir(bench.workspace.root())
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .args([program, work, &times.to_string()])
        .minutes(5)
        .capture()?;
    if !ran.succeeded() {
        return Err(ran.failure("valgrind failed"));
    }
    ran.lines()
        .find_map(collected)
        .ok_or_else(|| ran.failure("valgrind did not say how many instructions there were"))
}

fn sample(report: &mut Report, way: &str, measure: &'static str, value: f64) {
    report.samples.push(Sample {
        way: way.to_owned(),
        size: 1,
        round: 1,
        measure,
        value,
    });
}

/// The point estimate of the median in criterion's `estimates.json`.
fn median_estimate(estimates: &str) -> Option<f64> {
    let (_, median) = estimates.split_once("\"median\":")?;
    let (_, number) = median.split_once("\"point_estimate\":")?;
    let end = number.find([',', '}'])?;
    number[..end].trim().parse().ok()
}

/// The number in callgrind's `==1== Collected : 123`.
fn collected(line: &str) -> Option<f64> {
    let (_, number) = line.split_once("Collected :")?;
    number.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_read_and_not_the_mean() {
        let estimates = r#"{"mean":{"point_estimate":9.0,"x":1},"median":{"confidence_interval":
            {"confidence_level":0.95},"point_estimate":12.5,"standard_error":0.1}}"#;
        assert_eq!(median_estimate(estimates), Some(12.5));
        assert_eq!(median_estimate("{}"), None);
    }

    #[test]
    fn instructions_are_read_from_what_callgrind_says() {
        assert_eq!(collected("==12== Collected : 1234567"), Some(1_234_567.0));
        assert_eq!(collected("==12== Events    : Ir"), None);
    }
}
