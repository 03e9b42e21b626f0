//! Every input that is kept holds, by a plain `cargo test`: the seeds, what fuzzing found worth keeping, and what once
//! did not hold.

use std::fs;
use std::panic;
use std::path::{Path, PathBuf};

use nav_fuzz::TARGETS;

/// The files of a folder in order, and none where there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("a folder can be read").path())
        .collect();
    files.sort();
    files
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs the inputs in a folder, and says how many there were.
fn replayed(kind: &str) -> usize {
    let mut count = 0;
    let mut broken = Vec::new();
    for target in TARGETS {
        for file in files(&root().join(kind).join(target.name)) {
            let input = fs::read(&file).expect("an input can be read");
            if panic::catch_unwind(|| (target.run)(&input)).is_err() {
                broken.push(file);
            }
            count += 1;
        }
    }
    assert!(broken.is_empty(), "these do not hold: {broken:#?}");
    println!("{count} inputs replayed of {kind}");
    count
}

#[test]
fn every_seed_holds() {
    assert!(replayed("seeds") >= TARGETS.len());
}

#[test]
fn every_input_that_fuzzing_kept_holds() {
    replayed("corpus");
}

#[test]
fn every_input_that_once_did_not_hold_does_now() {
    replayed("regressions");
}

#[test]
fn every_target_has_seeds_and_a_dictionary_and_every_input_a_target() {
    for target in TARGETS {
        let seeds = root().join("seeds").join(target.name);
        assert!(!files(&seeds).is_empty(), "{} has no seeds", target.name);
        let dictionary = root().join(format!("dictionaries/{}.dict", target.dictionary));
        assert!(dictionary.is_file(), "{}", dictionary.display());
    }
    for kind in ["seeds", "corpus", "regressions"] {
        for folder in files(&root().join(kind)) {
            let is_target = |target: &nav_fuzz::Target| folder.ends_with(target.name);
            assert!(TARGETS.iter().any(is_target), "{}", folder.display());
        }
    }
}
