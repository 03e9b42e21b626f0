//! Why a command cannot go on.

use std::fmt;

/// What happened, and what a person can do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    happened: String,
    advice: Vec<String>,
}

impl Failure {
    pub(crate) fn new(happened: impl Into<String>) -> Self {
        Self {
            happened: happened.into(),
            advice: Vec::new(),
        }
    }

    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice.push(advice.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.happened)?;
        for line in &self.advice {
            write!(f, "\n  {line}")?;
        }
        Ok(())
    }
}
