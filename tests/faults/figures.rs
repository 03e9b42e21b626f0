//! What was tried, in numbers, for the page of the docs that is made from them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;

static FIGURES: Mutex<BTreeMap<&'static str, u64>> = Mutex::new(BTreeMap::new());

/// Adds to a figure. All so far are written where `NAV_RESILIENCE_FIGURES` names a folder.
pub(crate) fn count(what: &'static str, number: u64) {
    let mut figures = FIGURES.lock().unwrap();
    *figures.entry(what).or_default() += number;
    let Some(folder) = std::env::var_os("NAV_RESILIENCE_FIGURES") else {
        return;
    };
    let lines = figures
        .iter()
        .map(|(what, number)| format!("{what}\t{number}\n"));
    fs::write(
        Path::new(&folder).join("faults.tsv"),
        lines.collect::<String>(),
    )
    .unwrap();
}
