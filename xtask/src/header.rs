//! `cargo xtask header`: `include/nav_session.h` anew from the Rust sources.

use std::fs;

use crate::failure::Failure;
use crate::prerequisites::{self, Languages};
use crate::workspace::Workspace;

const HEADER: &str = "include/nav_session.h";

pub(crate) fn command(workspace: &Workspace) -> Result<(), Failure> {
    prerequisites::crates(workspace)?;
    prerequisites::native(Languages::C)?;
    let path = workspace.root().join(HEADER);
    let before = fs::read(&path).ok();
    let written = workspace
        .cargo()
        .args(["test", "--locked", "--test", "header"])
        .env("UPDATE_HEADER", "1")
        .minutes(30)
        .heartbeat()
        .capture()?;
    if !written.succeeded() {
        return Err(written.failure("The header could not be made"));
    }
    if fs::read(&path).ok() == before {
        println!("{HEADER} was up to date.");
    } else {
        println!("{HEADER} is written: look at the difference before you commit it.");
    }
    Ok(())
}
