//! The fuzzer: libFuzzer over the target that the environment variable `NAV_FUZZ_TARGET` names. With `list` as its only
//! argument it names them all.
#![no_main]

use std::env;
use std::process;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use nav_fuzz::{TARGETS, Target};

static TARGET: OnceLock<Target> = OnceLock::new();

fn chosen() -> Target {
    if env::args().nth(1).as_deref() == Some("list") {
        for target in TARGETS {
            println!("{}\t{}\t{}", target.name, target.dictionary, target.longest);
        }
        process::exit(0);
    }
    let name = env::var("NAV_FUZZ_TARGET").unwrap_or_default();
    Target::named(&name).unwrap_or_else(|| {
        eprintln!("NAV_FUZZ_TARGET is {name:?}, and `nav-fuzz list` names the targets.");
        process::exit(2);
    })
}

fuzz_target!(
    init: {
        TARGET.get_or_init(chosen);
    },
    |input: &[u8]| {
        if let Some(target) = TARGET.get() {
            (target.run)(input);
        }
    }
);
