//! `cargo xtask picture`: what a person sees who lists and removes sessions, as a picture for the README.

mod screen;
mod svg;

use std::fs;
use std::io::{Read, Write};
use std::process::Child;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::build;
use crate::console;
use crate::demo::TemporaryFolder;
use crate::emulator::Emulator;
use crate::failure::Failure;
use crate::prerequisites::{self, Languages, PowerShell};
use crate::workspace::Workspace;
use screen::Screen;

const PICTURE: &str = "docs/terminal.svg";
const TITLE: &str = "A terminal: the sessions of a server instance are listed, those of a user are removed after a \
                     prompt that says whose they are, and the list is without them.";
const STARTUP: &str = "xtask/picture/Terminal.ps1";
const COLUMNS: usize = 100;
/// So many that nothing leaves the screen.
const ROWS: usize = 60;
const PROMPT: &str = "PS> ";
const LIMIT: Duration = Duration::from_secs(60);

/// What is typed, each after what the screen then has before the cursor.
const TYPED: [(&str, &str); 4] = [
    (PROMPT, "Get-NAVServerSession DynamicsNAV"),
    (
        PROMPT,
        r"Get-NAVServerSession DynamicsNAV | Where-Object UserID -like '*\TOM' | Remove-NAVServerSession",
    ),
    (r#"(default is "Y"): "#, "a"),
    (
        PROMPT,
        "Get-NAVServerSession DynamicsNAV | Where-Object UserID -match 'ANNA|TOM'",
    ),
];

pub(crate) fn command(workspace: &Workspace) -> Result<(), Failure> {
    console::headline("Prerequisites");
    prerequisites::crates(workspace)?;
    prerequisites::native(Languages::C)?;
    let dotnet = prerequisites::dotnet(workspace);
    let powershell = prerequisites::powershell(workspace, &dotnet)
        .map_err(|reason| Failure::new(format!("The picture is one of PowerShell: {reason}.")))?;
    let dotnet =
        dotnet.map_err(|reason| Failure::new(format!("The module cannot be built: {reason}.")))?;
    let script = workspace.program("script").arg("--version").capture();
    if !script.is_ok_and(|version| version.answer().contains("util-linux")) {
        return Err(
            Failure::new("There is no `script` of util-linux, which makes a terminal.")
                .advise("On Debian and Ubuntu: apt-get install bsdutils"),
        );
    }

    console::headline("Build");
    build::native(workspace)?;
    build::module(workspace, &dotnet)?;

    console::headline("Picture");
    let screen = play(workspace, &powershell)?;
    // The last row is the prompt that waits for more.
    let rows = &screen.rows()[..screen.rows().len() - 1];
    fs::write(
        workspace.root().join(PICTURE),
        svg::svg(rows, COLUMNS, TITLE),
    )
    .map_err(|error| Failure::new(format!("{PICTURE} cannot be written: {error}.")))?;
    println!("{PICTURE} is written: look at it before you commit it.");
    Ok(())
}

/// Types into a PowerShell that works with an emulator, and gives the screen at the end.
fn play(workspace: &Workspace, powershell: &PowerShell) -> Result<Screen, Failure> {
    let emulator = Emulator::start(workspace)?;
    let folder = TemporaryFolder::new("picture")?;
    let size = format!("columns {COLUMNS} rows {ROWS}");
    let inside = format!(
        "stty {size} && exec \"$TERMINAL_SHELL\" -NoLogo -NoProfile -NoExit -File {STARTUP} \
         -Module \"$TERMINAL_MODULE\" -Uri \"$TERMINAL_URI\""
    );
    let script = workspace.program("script").args([
        "--quiet",
        "--return",
        "--command",
        &inside,
        "/dev/null",
    ]);
    let mut shell = powershell
        .environment(script, "TERMINAL_SHELL")
        .env("TERMINAL_MODULE", workspace.module())
        .env("TERMINAL_URI", emulator.soap())
        .env(
            "NAV_SESSION_ENDPOINTS",
            folder.path().join("endpoints.json"),
        )
        .env("TERM", "xterm-256color")
        .start()?;
    let mut screen = Screen::new(COLUMNS, ROWS);
    let played = type_all(&mut shell, &mut screen);
    let _ = shell.kill();
    let _ = shell.wait();
    played.map(|()| screen)
}

fn type_all(shell: &mut Child, screen: &mut Screen) -> Result<(), Failure> {
    let written = written_by(shell);
    let mut prompts = 0;
    for (expected, typed) in TYPED.into_iter().chain([(PROMPT, "")]) {
        if expected == PROMPT {
            prompts += 1;
        }
        let is_there = |screen: &Screen| {
            let shown = screen.lines();
            let begun = shown
                .iter()
                .filter(|line| line.starts_with(PROMPT.trim_end()));
            begun.count() == prompts && screen.before_cursor().ends_with(expected)
        };
        wait_until(is_there, shell, screen, &written)?;
        if !typed.is_empty() {
            send(shell, &format!("{typed}\r"))?;
        }
    }
    Ok(())
}

fn wait_until(
    is_there: impl Fn(&Screen) -> bool,
    shell: &mut Child,
    screen: &mut Screen,
    written: &Receiver<Vec<u8>>,
) -> Result<(), Failure> {
    let started = Instant::now();
    while !is_there(screen) {
        let bytes = match written.recv_timeout(LIMIT.saturating_sub(started.elapsed())) {
            Ok(bytes) => bytes,
            Err(ended) => {
                let happened = match ended {
                    RecvTimeoutError::Timeout => "PowerShell did not go on",
                    RecvTimeoutError::Disconnected => "PowerShell ended",
                };
                let failure = Failure::new(format!("{happened}; this is what it showed:"));
                return Err(screen.lines().into_iter().fold(failure, Failure::advise));
            }
        };
        let answer = screen.write(&bytes);
        send(shell, &answer)?;
    }
    Ok(())
}

fn send(shell: &mut Child, keys: &str) -> Result<(), Failure> {
    let sent = shell.stdin.as_mut().map_or(Ok(()), |input| {
        input
            .write_all(keys.as_bytes())
            .and_then(|()| input.flush())
    });
    sent.map_err(|error| Failure::new(format!("Nothing can be typed into PowerShell: {error}.")))
}

fn written_by(shell: &mut Child) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    if let Some(mut output) = shell.stdout.take() {
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                if sender.send(bytes[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
    }
    receiver
}
