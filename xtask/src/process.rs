//! Running other programs: always with a time limit, so that nothing hangs on a network or a prompt.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crate::console;
use crate::failure::Failure;

const DEFAULT_LIMIT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(100);
/// What is measured from outside is measured as finely as this.
const END_POLL: Duration = Duration::from_millis(1);
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Of a failing program's output so many lines are shown from its beginning and as many from its end.
const SHOWN_LINES: usize = 60;

pub(crate) struct Program {
    command: Command,
    limit: Duration,
    heartbeat: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stream {
    Out,
    Error,
}

#[derive(Debug, Clone, Copy)]
enum Ending {
    Exited(ExitStatus),
    OverLimit(Duration),
}

/// A program that has ended, and what it wrote.
#[derive(Debug)]
pub(crate) struct Finished {
    program: String,
    ending: Ending,
    lines: Vec<(Stream, String)>,
}

impl Program {
    pub(crate) fn new(name: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(name);
        command
            .stdin(Stdio::null())
            .env("DOTNET_CLI_TELEMETRY_OPTOUT", "1")
            .env("DOTNET_NOLOGO", "1")
            .env("POWERSHELL_TELEMETRY_OPTOUT", "1")
            .env("POWERSHELL_UPDATECHECK", "Off");
        Self {
            command,
            limit: DEFAULT_LIMIT,
            heartbeat: false,
        }
    }

    pub(crate) fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.command.args(arguments);
        self
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn current_dir(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    pub(crate) fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    pub(crate) fn minutes(self, minutes: u64) -> Self {
        self.limit(Duration::from_secs(60 * minutes))
    }

    /// While it runs, its newest line is shown now and then: for what may take minutes.
    pub(crate) fn heartbeat(mut self) -> Self {
        self.heartbeat = true;
        self
    }

    /// Runs to the end and keeps what it writes.
    pub(crate) fn capture(mut self) -> Result<Finished, Failure> {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.spawn()?;
        let (sender, receiver) = mpsc::channel();
        read_lines(child.stdout.take(), Stream::Out, sender.clone());
        read_lines(child.stderr.take(), Stream::Error, sender);

        let started = Instant::now();
        let mut beat = started + HEARTBEAT;
        let mut lines: Vec<(Stream, String)> = Vec::new();
        let mut exited = None;
        let ending = loop {
            if started.elapsed() >= self.limit {
                break end(&mut child, self.limit);
            }
            if self.heartbeat && Instant::now() >= beat {
                beat += HEARTBEAT;
                show_heartbeat(started.elapsed(), &lines);
            }
            match receiver.recv_timeout(POLL) {
                Ok(line) => lines.push(line),
                Err(RecvTimeoutError::Disconnected) => {
                    break self.wait(&mut child, started)?;
                }
                Err(RecvTimeoutError::Timeout) => match exited {
                    // A server that the program left behind (a compiler's, MSBuild's) may hold the pipe open.
                    Some(status) => break Ending::Exited(status),
                    None => exited = child.try_wait().map_err(|error| self.lost(&error))?,
                },
            }
        };
        Ok(Finished {
            program: self.name(),
            ending,
            lines,
        })
    }

    /// Runs to the end with its output going where ours goes.
    pub(crate) fn show(mut self) -> Result<Finished, Failure> {
        let mut child = self.spawn()?;
        Ok(Finished {
            program: self.name(),
            ending: self.wait(&mut child, Instant::now())?,
            lines: Vec::new(),
        })
    }

    /// Starts it with a pipe at each end; it is the caller's to end.
    pub(crate) fn start(mut self) -> Result<Child, Failure> {
        self.command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        self.spawn()
    }

    fn spawn(&mut self) -> Result<Child, Failure> {
        self.command
            .spawn()
            .map_err(|error| Failure::new(format!("`{}` cannot be started: {error}.", self.name())))
    }

    fn wait(&self, child: &mut Child, started: Instant) -> Result<Ending, Failure> {
        loop {
            if let Some(status) = child.try_wait().map_err(|error| self.lost(&error))? {
                return Ok(Ending::Exited(status));
            }
            if started.elapsed() >= self.limit {
                return Ok(end(child, self.limit));
            }
            thread::sleep(END_POLL);
        }
    }

    fn lost(&self, error: &std::io::Error) -> Failure {
        Failure::new(format!(
            "`{}` was started but cannot be waited for: {error}.",
            self.name()
        ))
    }

    fn name(&self) -> String {
        Path::new(self.command.get_program())
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    }
}

fn end(child: &mut Child, limit: Duration) -> Ending {
    // Both fail only where the program has ended by itself meanwhile.
    let _ = child.kill();
    let _ = child.wait();
    Ending::OverLimit(limit)
}

fn read_lines(
    pipe: Option<impl Read + Send + 'static>,
    stream: Stream,
    lines: Sender<(Stream, String)>,
) {
    let Some(pipe) = pipe else { return };
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        while matches!(pipe.read_until(b'\n', &mut line), Ok(1..)) {
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end_matches(['\r', '\n']).to_owned();
            if lines.send((stream, text)).is_err() {
                return;
            }
            line.clear();
        }
    });
}

fn show_heartbeat(elapsed: Duration, lines: &[(Stream, String)]) {
    let newest = lines.iter().rev().find(|(_, line)| !line.trim().is_empty());
    console::detail(&format!(
        "{:>4} s  {}",
        elapsed.as_secs(),
        newest.map_or_else(String::new, |(_, line)| console::shorten(line, 85))
    ));
}

impl Finished {
    pub(crate) fn succeeded(&self) -> bool {
        matches!(self.ending, Ending::Exited(status) if status.success())
    }

    pub(crate) fn stdout(&self) -> impl Iterator<Item = &str> {
        self.lines
            .iter()
            .filter(|(stream, _)| *stream == Stream::Out)
            .map(|(_, line)| line.as_str())
    }

    /// Everything it wrote, in order.
    pub(crate) fn lines(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.lines.iter().map(|(_, line)| line.as_str())
    }

    /// The first line of its answer, empty where there is none.
    pub(crate) fn answer(&self) -> &str {
        self.stdout()
            .map(str::trim)
            .find(|line| !line.is_empty())
            .unwrap_or("")
    }

    /// How it ended, as the end of a sentence.
    pub(crate) fn ending(&self) -> String {
        match self.ending {
            Ending::Exited(status) => match status.code() {
                Some(code) => format!("`{}` ended with exit code {code}", self.program),
                None => format!("`{}` was ended by a signal", self.program),
            },
            Ending::OverLimit(limit) => format!(
                "`{}` was not done after {} and was ended",
                self.program,
                console::duration(limit)
            ),
        }
    }

    /// Why it failed, in a line: its last word, or how it ended.
    pub(crate) fn reason(&self) -> String {
        let last = self.lines().rev().find(|line| !line.trim().is_empty());
        match (&self.ending, last) {
            (Ending::Exited(_), Some(line)) => {
                console::shorten(line.trim().trim_end_matches('.'), 160)
            }
            _ => self.ending(),
        }
    }

    /// What it wrote, without the lines that only tell that something went well.
    pub(crate) fn print_without(&self, noise: impl Fn(&str) -> bool) {
        for line in self.excerpt(noise) {
            console::detail(&line);
        }
    }

    pub(crate) fn failure(&self, happened: &str) -> Failure {
        let happened = Failure::new(format!("{happened}: {}.", self.ending()));
        self.excerpt(|_| false)
            .into_iter()
            .fold(happened, Failure::advise)
    }

    fn excerpt(&self, noise: impl Fn(&str) -> bool) -> Vec<String> {
        let mut lines: Vec<String> = self
            .lines()
            .filter(|line| !noise(line))
            .map(str::to_owned)
            .collect();
        if lines.len() > 2 * SHOWN_LINES {
            let left_out = SHOWN_LINES..lines.len() - SHOWN_LINES;
            let note = format!("({} lines are left out here)", left_out.len());
            lines.splice(left_out, [note]);
        }
        lines
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Program {
        Program::new("sh").args(["-c", script])
    }

    #[test]
    fn both_streams_are_kept_and_told_apart() {
        let finished = shell("echo out; echo error >&2; exit 3").capture().unwrap();
        assert!(!finished.succeeded());
        assert_eq!(finished.stdout().collect::<Vec<_>>(), ["out"]);
        assert_eq!(finished.lines().count(), 2);
        assert_eq!(finished.ending(), "`sh` ended with exit code 3");
    }

    #[test]
    fn a_long_output_is_shown_from_both_ends() {
        let finished = shell("seq 1 1000; exit 1").capture().unwrap();
        let shown = finished.excerpt(|line| line == "2");
        assert_eq!(shown.len(), 2 * SHOWN_LINES + 1);
        assert_eq!(shown[..2], ["1", "3"]);
        assert_eq!(shown[SHOWN_LINES], "(879 lines are left out here)");
        assert_eq!(shown[2 * SHOWN_LINES], "1000");
    }

    #[test]
    fn a_program_over_its_limit_is_ended() {
        let started = Instant::now();
        let finished = shell("exec sleep 60")
            .limit(Duration::from_millis(200))
            .capture()
            .unwrap();
        assert!(!finished.succeeded());
        assert!(finished.ending().contains("was not done after"));
        assert!(started.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_child_that_keeps_the_pipe_does_not_keep_the_caller() {
        let started = Instant::now();
        let finished = shell("sleep 30 & echo done").capture().unwrap();
        assert!(finished.succeeded());
        assert_eq!(finished.answer(), "done");
        assert!(started.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn a_program_that_does_not_exist_is_a_failure_with_its_name() {
        let failure = Program::new("no-such-program-here").capture().unwrap_err();
        assert!(failure.to_string().contains("`no-such-program-here`"));
    }
}
