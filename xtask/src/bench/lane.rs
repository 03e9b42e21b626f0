//! Measuring several ways side by side: round by round, each once a round.

use crate::console;
use crate::failure::Failure;

use super::statistics;

/// One way of doing the work, and what its rounds gave.
#[derive(Debug)]
pub(super) struct Lane<W, T> {
    pub(super) way: W,
    pub(super) rounds: Vec<T>,
    /// Why it is not measured, or not any more.
    pub(super) left_out: Option<String>,
}

impl<W, T> Lane<W, T> {
    /// A number of each round.
    pub(super) fn values(&self, of: impl Fn(&T) -> f64) -> Vec<f64> {
        self.rounds.iter().map(of).collect()
    }

    pub(super) fn median(&self, of: impl Fn(&T) -> f64) -> Option<f64> {
        statistics::median(&self.values(of))
    }
}

/// Runs each way once a round. One that fails is left out from then on, and its rounds do not count.
pub(super) fn interleaved<W, T>(
    ways: impl IntoIterator<Item = (W, Option<String>)>,
    rounds: usize,
    name: impl Fn(&W) -> String,
    mut run: impl FnMut(&W) -> Result<T, Failure>,
) -> Vec<Lane<W, T>> {
    let mut lanes: Vec<Lane<W, T>> = ways
        .into_iter()
        .map(|(way, left_out)| Lane {
            way,
            rounds: Vec::new(),
            left_out,
        })
        .collect();
    for lane in &lanes {
        if let Some(reason) = &lane.left_out {
            console::detail(&format!("left out: {} ({reason})", name(&lane.way)));
        }
    }
    for round in 1..=rounds {
        for lane in lanes.iter_mut().filter(|lane| lane.left_out.is_none()) {
            match run(&lane.way) {
                Ok(result) => lane.rounds.push(result),
                Err(failure) => {
                    console::detail(&format!("{} failed: {failure}", name(&lane.way)));
                    let why = failure.to_string();
                    let why = why.lines().next().unwrap_or_default();
                    lane.left_out = Some(why.trim_end_matches('.').to_owned());
                    lane.rounds.clear();
                }
            }
        }
        console::detail(&format!("round {round} of {rounds}"));
    }
    lanes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_take_turns_and_one_that_fails_is_left_out() {
        let mut order = String::new();
        let ways = [("a", None), ("b", None), ("c", Some("not here".to_owned()))];
        let lanes = interleaved(
            ways,
            3,
            |way| (*way).to_owned(),
            |way| {
                order.push_str(way);
                if *way == "b" && order.len() > 2 {
                    return Err(Failure::new("It broke."));
                }
                Ok(order.len())
            },
        );
        assert_eq!(order, "ababa");
        assert_eq!(lanes[0].rounds, [1, 3, 5]);
        assert_eq!(
            lanes[0].median(|length| f64::from(u32::try_from(*length).unwrap())),
            Some(3.0)
        );
        assert!(lanes[1].rounds.is_empty());
        assert_eq!(lanes[1].left_out.as_deref(), Some("It broke"));
        assert!(lanes[2].rounds.is_empty());
    }
}
