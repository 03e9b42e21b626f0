//! Hostile answers, files and names for each parser of nav-session, and what must hold whatever they are.

mod answer;
mod check;
mod memory;
mod targets;

use std::fmt;

pub use targets::TARGETS;

/// One parser under attack.
#[derive(Clone, Copy)]
pub struct Target {
    /// What its folders in `seeds/`, `corpus/` and `regressions/` are called.
    pub name: &'static str,
    /// The file in `dictionaries/` with the words its inputs are made of.
    pub dictionary: &'static str,
    /// The longest input that the fuzzer makes, in bytes.
    pub longest: usize,
    /// Reads an input, and panics where something does not hold.
    pub run: fn(&[u8]),
}

impl Target {
    /// The target of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TARGETS.iter().copied().find(|target| target.name == name)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Target").field(&self.name).finish()
    }
}
