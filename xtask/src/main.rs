//! `cargo xtask`: what a contributor or a newcomer runs.

mod bench;
mod build;
mod command_line;
mod console;
mod demo;
mod emulator;
mod failure;
mod fuzz;
mod header;
mod help_files;
mod install;
mod linux_library;
mod load;
mod module_layout;
mod notices;
mod package;
mod page;
mod picture;
mod platform;
mod prerequisites;
mod process;
mod release;
mod resilience;
mod test;
mod workspace;

use std::process::ExitCode;

use command_line::Command;
use failure::Failure;
use workspace::Workspace;

fn main() -> ExitCode {
    let command = match Command::parse(std::env::args().skip(1)) {
        Ok(command) => command,
        Err(mistake) => {
            eprintln!("{mistake}\n\n{}", command_line::HELP);
            return ExitCode::from(2);
        }
    };
    match run(command) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("\n{failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Failure> {
    if matches!(command, Command::Help) {
        println!("{}", command_line::HELP);
        return Ok(ExitCode::SUCCESS);
    }
    let workspace = Workspace::find()?;
    match command {
        Command::Help => {}
        Command::Build => build::command(&workspace)?,
        Command::Demo(host) => demo::command(&workspace, host)?,
        Command::Test(steps) => return test::command(&workspace, &steps),
        Command::Bench(asked) => return bench::command(&workspace, &asked),
        Command::Install(asked) => install::command(&workspace, &asked)?,
        Command::Load(asked) => return load::command(&workspace, &asked),
        Command::Fuzz(asked) => fuzz::command(&workspace, &asked)?,
        Command::Header => header::command(&workspace)?,
        Command::HelpFiles => help_files::command(&workspace)?,
        Command::Package(platforms) => package::command(&workspace, &platforms)?,
        Command::Notices => notices::command(&workspace)?,
        Command::Picture => picture::command(&workspace)?,
        Command::Resilience => resilience::command(&workspace)?,
    }
    Ok(ExitCode::SUCCESS)
}
