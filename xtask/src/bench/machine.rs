//! What numbers were measured on and with: never the computer's name.

use std::env::consts;
use std::fs;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use super::Bench;
use crate::process::Program;
use crate::workspace::Workspace;

/// Date, processor, system and versions, as a sentence.
pub(super) fn describe(workspace: &Workspace, bench: &Bench<'_>) -> String {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let processor = fs::read_to_string("/proc/cpuinfo")
        .ok()
        .as_deref()
        .and_then(processor)
        .unwrap_or(consts::ARCH)
        .to_owned();
    let mut with = vec![system()];
    if let Ok(powershell) = bench.pwsh()
        && let Some(version) =
            answer(powershell.args(["-Command", "\"$($PSVersionTable.PSVersion)\""]))
    {
        with.push(format!("PowerShell {version}"));
    }
    for (what, program, arguments) in [
        (".NET SDK ", "dotnet", &["--version"] as &[&str]),
        ("libcurl ", "pkg-config", &["--modversion", "libcurl"]),
        ("", "rustc", &["--version"]),
    ] {
        if let Some(version) = answer(workspace.program(program).args(arguments)) {
            with.push(format!("{what}{version}"));
        }
    }
    if let Some(commit) = answer(
        workspace
            .program("git")
            .args(["rev-parse", "--short", "HEAD"]),
    ) {
        let changed =
            answer(
                workspace
                    .program("git")
                    .args(["status", "--porcelain", "src", "powershell"]),
            );
        let and_changes = if changed.is_some() {
            " and changes"
        } else {
            ""
        };
        with.push(format!("commit {commit}{and_changes}"));
    }
    format!(
        "{}, {cores} cores ({processor}), {}.",
        today(),
        with.join(", ")
    )
}

fn answer(program: Program) -> Option<String> {
    let ran = program.capture().ok()?;
    let line = ran.answer();
    (ran.succeeded() && !line.is_empty()).then(|| line.to_owned())
}

fn system() -> String {
    let version = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let number = version.split('-').next().unwrap_or_default().trim();
    format!("{} {number}", consts::OS).trim_end().to_owned()
}

fn processor(cpu_info: &str) -> Option<&str> {
    let line = cpu_info
        .lines()
        .find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, model)| model.trim())
}

/// The day in UTC, as `2026-11-22`.
pub(crate) fn today() -> String {
    date(seconds_since_1970())
}

fn seconds_since_1970() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_secs())
}

/// The day in UTC, as `2026-11-22`.
fn date(seconds: u64) -> String {
    let mut days = seconds / 86_400;
    let mut year = 1970;
    let length = |year: u64| {
        let leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        if leap { 366 } else { 365 }
    };
    while days >= length(year) {
        days -= length(year);
        year += 1;
    }
    let february = length(year) - 337;
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for days_of_month in months {
        if days < days_of_month {
            break;
        }
        days -= days_of_month;
        month += 1;
    }
    format!("{year}-{month:02}-{:02}", days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_the_day_in_utc() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(951_782_400), "2000-02-29");
        assert_eq!(date(951_868_800), "2000-03-01");
        assert_eq!(date(1_795_305_600), "2026-11-22");
        assert_eq!(date(1_798_761_599), "2026-12-31");
    }

    #[test]
    fn the_processor_is_named() {
        let cpu_info = "processor\t: 0\nmodel name\t: A Processor @ 2 GHz\n";
        assert_eq!(processor(cpu_info), Some("A Processor @ 2 GHz"));
        assert_eq!(processor(""), None);
    }
}
