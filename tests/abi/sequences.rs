//! Any sequence of calls of the C ABI ends well, whatever the server does: the calls are made by a C program under the
//! sanitizers, against the emulator with faults, and a sequence that fails is made as short as it can be.
//!
//! `NAV_ABI_SEQUENCES` says how many sequences are tried.

use std::env;
use std::time::Duration;

use nav_emulator::{Emulator, Fault, OnStop, Session};
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, TestCaseError, TestRunner};

use crate::program::{Program, Under, endpoint, figures};

/// A call, and three choices of its arguments.
type Step = (u8, u8, u8, u8);

#[derive(Clone, Debug)]
enum Wrong {
    Nothing,
    Late,
    ClosedBefore,
    ClosedAfter,
    Silent,
    Status(u16),
    Html,
}

impl Wrong {
    fn fault(&self) -> Fault {
        match self {
            // The faults are taken one a request, and this one is none.
            Self::Nothing => Fault::Delay(Duration::ZERO),
            Self::Late => Fault::Delay(Duration::from_millis(20)),
            Self::ClosedBefore => Fault::CloseBeforeDoing,
            Self::ClosedAfter => Fault::CloseAfterDoing,
            Self::Silent => Fault::Silence,
            Self::Status(status) => Fault::Answer {
                status: *status,
                content_type: "application/json".to_owned(),
                headers: Vec::new(),
                body: "{\"value\":".to_owned(),
            },
            Self::Html => Fault::html(200, "Sign in"),
        }
    }
}

fn faults() -> impl Strategy<Value = Vec<Wrong>> {
    let wrong = prop_oneof![
        6 => Just(Wrong::Nothing),
        1 => Just(Wrong::Late),
        2 => Just(Wrong::ClosedBefore),
        2 => Just(Wrong::ClosedAfter),
        1 => Just(Wrong::Silent),
        2 => prop::sample::select(vec![200, 204, 400, 401, 404, 429, 500, 503]).prop_map(Wrong::Status),
        1 => Just(Wrong::Html),
    ];
    prop::collection::vec(wrong, 0..12)
}

fn sequences() -> u32 {
    env::var("NAV_ABI_SEQUENCES").map_or(48, |number| number.parse().expect("a number"))
}

#[test]
fn any_sequence_of_calls_ends_well_under_sanitizer() {
    let program = Program::new("sequence", Under::Sanitizers);
    let mut runner = TestRunner::new(Config {
        cases: sequences(),
        max_shrink_iters: 400,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "tests/abi/sequences.regressions",
        ))),
        ..Config::default()
    });
    let steps = prop::collection::vec(any::<Step>(), 1..80);
    let calls = std::cell::Cell::new(0);
    let tried = std::cell::Cell::new(0);
    let result = runner.run(&(steps, faults()), |(steps, faults)| {
        // What each session does when it is to end, in turn.
        let on_stop = [
            OnStop::Ends,
            OnStop::EndsAfter(Duration::from_millis(15)),
            OnStop::Stays,
            OnStop::Refused,
        ];
        let sessions = (8..40).zip(on_stop.into_iter().cycle());
        let emulator = Emulator::builder()
            .with_sessions(sessions.map(|(id, on_stop)| Session::new(id).on_stop(on_stop)))
            .page_size(7)
            .start()
            .expect("the emulator starts");
        for wrong in &faults {
            emulator.inject(wrong.fault());
        }
        let text: String = steps
            .iter()
            .map(|(call, a, b, c)| format!("{call:02x}{a:02x}{b:02x}{c:02x}"))
            .collect();
        let made = program
            .try_run(&[
                &endpoint("OData", &emulator.odata_uri()),
                &endpoint("Soap", &emulator.soap_uri()),
                &text,
            ])
            .map_err(TestCaseError::fail)?;
        calls.set(calls.get() + made["calls"]);
        tried.set(tried.get() + 1);
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
    figures(&[
        ("Sequences of calls tried", tried.get()),
        ("Calls in these sequences", calls.get()),
    ]);
}
