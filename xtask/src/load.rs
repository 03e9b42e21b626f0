//! `cargo xtask load`: eight runspaces remove sessions of a server whose answers are faulty; tests/load says what must hold.

use std::path::Path;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::build;
use crate::console;
use crate::failure::Failure;
use crate::prerequisites::{self, DotNet, Languages};
use crate::process::Program;
use crate::workspace::Workspace;

const PROGRAM: &str = "tests/load";
/// Each is 1,200 removals in each runspace, of which some are not begun because the pipeline ends early.
const ROUNDS_A_MINUTE: u32 = 5;
/// The seed of the short form, so that a change is what makes it fail.
const SEED: u64 = 1;

/// What a person asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// About how long, from 1; 6,000 removals a minute in each runspace.
    pub(crate) minutes: u32,
    /// Decides what each runspace does and which faults there are; another each time where none is given.
    pub(crate) seed: Option<u64>,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            minutes: 2,
            seed: None,
        }
    }
}

/// How much is removed.
struct Amount {
    rounds: u32,
    /// Of each runspace in a round.
    batches: u32,
    /// Removals of a batch.
    size: u32,
}

pub(crate) fn command(workspace: &Workspace, asked: &Asked) -> Result<ExitCode, Failure> {
    console::headline("Prerequisites");
    prerequisites::crates(workspace)?;
    prerequisites::native(Languages::C)?;
    let dotnet = prerequisites::dotnet(workspace)
        .map_err(|reason| Failure::new(format!("The module cannot be built: {reason}.")))?;

    console::headline("Build");
    build::native(workspace)?;
    build::fast_emulator(workspace)?;
    build::module(workspace, &dotnet)?;
    let amount = Amount {
        rounds: ROUNDS_A_MINUTE.saturating_mul(asked.minutes),
        batches: 6,
        size: 200,
    };
    let seed = asked.seed.unwrap_or_else(any_seed);
    let emulator = workspace.fast_emulator();
    let load = program(
        workspace,
        &dotnet,
        &workspace.module(),
        &emulator,
        &amount,
        seed,
    )?;

    console::headline(&format!("Load, with seed {seed}"));
    // Slow computers take their time, and hang for none.
    let minutes = u64::from(asked.minutes).saturating_mul(10).max(20);
    let ended = load.minutes(minutes).show()?;
    if ended.succeeded() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(
        Failure::new(format!("The load test failed: {}.", ended.ending())).advise(format!(
            "`cargo xtask load --minutes {} --seed {seed}` runs it again.",
            asked.minutes
        )),
    )
}

/// The short form, against the emulator of the tests.
pub(crate) fn short(
    workspace: &Workspace,
    dotnet: &DotNet,
    module: &Path,
) -> Result<Program, Failure> {
    let amount = Amount {
        rounds: 3,
        batches: 2,
        size: 40,
    };
    program(
        workspace,
        dotnet,
        module,
        &workspace.emulator(),
        &amount,
        SEED,
    )
}

fn program(
    workspace: &Workspace,
    _: &DotNet,
    module: &Path,
    emulator: &Path,
    amount: &Amount,
    seed: u64,
) -> Result<Program, Failure> {
    let program = build::dotnet_build(workspace, PROGRAM, "Load")?;
    Ok(workspace
        .program("dotnet")
        .arg(program)
        .arg("--module")
        .arg(module)
        .arg("--emulator")
        .arg(emulator)
        .args(["--seed", &seed.to_string()])
        .args(["--rounds", &amount.rounds.to_string()])
        .args(["--batches", &amount.batches.to_string()])
        .args(["--size", &amount.size.to_string()]))
}

/// Short enough to be typed.
fn any_seed() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(SEED, |since| u64::from(since.subsec_nanos()) % 1_000_000)
}
