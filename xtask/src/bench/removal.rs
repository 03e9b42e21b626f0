//! Ways of removing sessions, and how one of them is measured.

use std::fs;
use std::time::{Duration, Instant};

use super::Bench;
use super::server::{self, Server, Service, Wanted};
use crate::failure::Failure;
use crate::process::{Finished, Program};

/// Requests that are on their way at the same time, where a way has more than one.
pub(super) const IN_FLIGHT: usize = 8;
/// The session that `wrk` removes again and again.
const STAYS: i32 = 11;

/// A way of removing sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) label: &'static str,
    pub(super) by: By,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// A way of `benches/shell/Remove.ps1` that uses the module.
    Module(&'static str, Service),
    /// A way of it that does not.
    Script(&'static str),
    /// A C# program over `HttpClient`.
    Compiled,
    /// The library, from a program in Rust.
    Library,
    /// A process for each removal.
    Curl,
    /// As much as the server can take; removes one session again and again.
    Wrk,
}

impl Way {
    pub(super) fn is_ours(&self) -> bool {
        matches!(self.by, By::Module(..) | By::Library)
    }
}

/// What is to be done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Work {
    pub(super) removals: usize,
    /// Removals before the clock runs.
    pub(super) warm_up: usize,
    pub(super) latency_ms: u64,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Measured {
    pub(super) removals: f64,
    pub(super) seconds: f64,
    /// Bytes.
    pub(super) peak: Option<f64>,
}

impl Measured {
    pub(super) fn a_second(&self) -> f64 {
        self.removals / self.seconds
    }

    /// What so many removals take at the same rate.
    pub(super) fn scaled(&self, removals: f64) -> Self {
        Self {
            removals,
            seconds: removals / self.a_second(),
            peak: self.peak,
        }
    }
}

/// Why a way cannot be measured here; `None` where it can.
pub(super) fn lacks(bench: &Bench<'_>, by: By) -> Option<String> {
    let lack = match by {
        By::Module(..) => bench.shell_with_module().err(),
        By::Script(_) => bench.powershell.as_ref().err(),
        By::Compiled => bench.contender.as_ref().err(),
        By::Library => None,
        By::Curl => bench.programs.curl.as_ref().err(),
        By::Wrk => bench.programs.wrk.as_ref().err(),
    };
    lack.cloned()
}

/// Does the work once, against a server of its own, and sees to it that it was done.
pub(super) fn measure(bench: &Bench<'_>, way: &Way, work: Work) -> Result<Measured, Failure> {
    let wanted = Wanted {
        latency_ms: work.latency_ms,
        stays: (way.by == By::Wrk).then_some(STAYS),
        service: match way.by {
            By::Module(_, service) => service,
            _ => Service::OData,
        },
        ..Wanted::sessions(work.removals + work.warm_up)
    };
    let server = Server::start(bench.workspace, &bench.folder, wanted)?;
    let measured = match way.by {
        By::Module(name, _) | By::Script(name) => by_script(bench, &server, name, work),
        By::Compiled => compiled(bench, &server, work),
        By::Library => library(bench, &server, work),
        By::Curl => curl(bench, &server),
        By::Wrk => return wrk(bench, &server),
    }?;
    server.expect_none_left()?;
    Ok(measured)
}

fn by_script(
    bench: &Bench<'_>,
    server: &Server,
    name: &str,
    work: Work,
) -> Result<Measured, Failure> {
    let script = bench
        .pwsh()?
        .arg("-File")
        .arg(bench.workspace.root().join("benches/shell/Remove.ps1"))
        .args(["-Way", name])
        .args(["-Uri", &server.removal_uri()])
        .arg("-Removals")
        .arg(server.write_removals()?)
        .arg("-Table")
        .arg(server.write_table()?)
        .arg("-Module")
        .arg(bench.workspace.module())
        .args(["-WarmUp", &work.warm_up.to_string()])
        .args(["-InFlight", &IN_FLIGHT.to_string()]);
    result(&server.known_to(script).minutes(10).capture()?, work)
}

fn compiled(bench: &Bench<'_>, server: &Server, work: Work) -> Result<Measured, Failure> {
    let program = bench
        .contender()?
        .args(["remove", &server.removal_uri()])
        .arg(server.write_removals()?)
        .args([work.warm_up.to_string(), IN_FLIGHT.to_string()]);
    result(&program.minutes(10).capture()?, work)
}

fn library(bench: &Bench<'_>, server: &Server, work: Work) -> Result<Measured, Failure> {
    let program = Program::new(bench.program_of_library("removals")?)
        .args([&server.odata(), server::COMPANY])
        .args([work.warm_up.to_string(), IN_FLIGHT.to_string()]);
    result(&program.minutes(10).capture()?, work)
}

fn curl(bench: &Bench<'_>, server: &Server) -> Result<Measured, Failure> {
    let file = server.write_removals()?;
    let removals = fs::read_to_string(&file)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}.", file.display())))?;
    let mut count = 0.0;
    let began = Instant::now();
    for removal in removals.lines() {
        let done = bench
            .workspace
            .program("curl")
            .args([
                "--silent",
                "--fail",
                "--header",
                "Content-Type: application/json",
            ])
            .args(["--data", removal, &server.removal_uri()])
            .capture()?;
        if !done.succeeded() {
            return Err(done.failure("curl failed"));
        }
        count += 1.0;
    }
    Ok(Measured {
        removals: count,
        seconds: began.elapsed().as_secs_f64(),
        peak: None,
    })
}

fn wrk(bench: &Bench<'_>, server: &Server) -> Result<Measured, Failure> {
    let body = bench.folder.join("one-removal.txt");
    let all = server.write_removals()?;
    let removals = fs::read_to_string(&all).unwrap_or_default();
    let removal = removals
        .lines()
        .find(|line| line.contains(&format!("\"sessionId\":{STAYS},")))
        .ok_or_else(|| Failure::new("The session that stays is not in the list."))?;
    fs::write(&body, removal)
        .map_err(|error| Failure::new(format!("{} cannot be written: {error}.", body.display())))?;
    let seconds = if bench.quick { "1s" } else { "2s" };
    let ran = bench
        .workspace
        .program("wrk")
        .args(["--threads", "1", "--connections", &IN_FLIGHT.to_string()])
        .args(["--duration", seconds, "--script"])
        .arg(bench.workspace.root().join("benches/wrk/removal.lua"))
        .arg(server.removal_uri())
        .arg("--")
        .arg(&body)
        .limit(Duration::from_secs(30))
        .capture()?;
    if !ran.succeeded() || number(&ran, "failed") != Some(0.0) {
        return Err(ran.failure("wrk failed"));
    }
    Ok(Measured {
        removals: expect(&ran, "answers")?,
        seconds: expect(&ran, "seconds")?,
        peak: None,
    })
}

fn result(ran: &Finished, work: Work) -> Result<Measured, Failure> {
    if !ran.succeeded() {
        return Err(ran.failure("It failed"));
    }
    Ok(Measured {
        removals: f64::from(u32::try_from(work.removals).unwrap_or(u32::MAX)),
        seconds: expect(ran, "seconds")?,
        peak: number(ran, "peak"),
    })
}

/// The number of the line `name NUMBER`.
pub(super) fn number(ran: &Finished, name: &str) -> Option<f64> {
    number_of(ran.stdout(), name)
}

pub(super) fn expect(ran: &Finished, name: &str) -> Result<f64, Failure> {
    number(ran, name).ok_or_else(|| ran.failure(&format!("It did not say its `{name}`")))
}

fn number_of<'a>(lines: impl IntoIterator<Item = &'a str>, name: &str) -> Option<f64> {
    lines
        .into_iter()
        .filter_map(|line| line.trim().split_once(' '))
        .find(|(word, _)| *word == name)
        .and_then(|(_, number)| number.parse().ok())
}

impl Bench<'_> {
    /// A PowerShell of its own.
    pub(super) fn pwsh(&self) -> Result<Program, Failure> {
        match &self.powershell {
            Ok(powershell) => Ok(powershell.program(self.workspace).env("NO_COLOR", "1")),
            Err(reason) => Err(Failure::new(format!("There is no PowerShell: {reason}."))),
        }
    }

    /// A program of benches/ that uses the library.
    pub(super) fn program_of_library(&self, name: &str) -> Result<String, Failure> {
        let built = self
            .workspace
            .cargo()
            .args(["bench", "--locked", "--bench", name, "--no-run"])
            .heartbeat()
            .minutes(20)
            .capture()?;
        built
            .lines()
            .find_map(executable)
            .map(str::to_owned)
            .ok_or_else(|| built.failure(&format!("benches/{name}.rs was not built")))
    }

    /// The C# program that is compared with.
    pub(super) fn contender(&self) -> Result<Program, Failure> {
        match &self.contender {
            Ok(assembly) => Ok(self.workspace.program("dotnet").arg(assembly)),
            Err(reason) => Err(Failure::new(format!("There is no program: {reason}."))),
        }
    }
}

/// The path in cargo's `Executable benches/x.rs (path)`.
fn executable(line: &str) -> Option<&str> {
    let rest = line.trim().strip_prefix("Executable ")?;
    rest.rsplit_once('(')?.1.strip_suffix(')')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_measured_is_scaled_at_the_same_rate() {
        let measured = Measured {
            removals: 200.0,
            seconds: 0.5,
            peak: None,
        };
        let scaled = measured.scaled(500.0);
        assert!((scaled.seconds - 1.25).abs() < 1e-9);
        assert!((scaled.a_second() - measured.a_second()).abs() < 1e-9);
    }

    #[test]
    fn a_number_is_read_from_the_line_that_names_it() {
        let lines = [
            "Running 2s test",
            "seconds 1.5",
            "peak 1048576",
            "  rows 12",
        ];
        assert_eq!(number_of(lines, "seconds"), Some(1.5));
        assert_eq!(number_of(lines, "rows"), Some(12.0));
        assert_eq!(number_of(lines, "removed"), None);
        assert_eq!(number_of(["seconds many"], "seconds"), None);
    }

    #[test]
    fn the_program_is_read_from_what_cargo_says() {
        let line = "  Executable benches/counted.rs (target/release/deps/counted-0a1b)";
        assert_eq!(executable(line), Some("target/release/deps/counted-0a1b"));
        assert_eq!(executable("    Finished `bench` profile"), None);
    }
}
