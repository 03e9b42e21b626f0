//! What is made of measured numbers. Machines are noisy, so that medians and ratios side by side count.

/// The value in the middle, or between the two in the middle; `None` of nothing.
pub(super) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        return Some(sorted[middle]);
    }
    let lower = sorted.get(middle.checked_sub(1)?)?;
    Some(f64::midpoint(*lower, sorted[middle]))
}

/// The lowest and the highest.
pub(super) fn range(values: &[f64]) -> Option<(f64, f64)> {
    let lowest = values.iter().copied().reduce(f64::min)?;
    let highest = values.iter().copied().reduce(f64::max)?;
    Some((lowest, highest))
}

/// The median of `ours / theirs` round by round, so that what slowed a round down slowed both.
pub(super) fn ratio(ours: &[f64], theirs: &[f64]) -> Option<f64> {
    by_round(ours, theirs, |ours, theirs| ours / theirs)
}

/// The median of `ours - theirs` round by round.
pub(super) fn difference(ours: &[f64], theirs: &[f64]) -> Option<f64> {
    by_round(ours, theirs, |ours, theirs| ours - theirs)
}

fn by_round(ours: &[f64], theirs: &[f64], compared: fn(f64, f64) -> f64) -> Option<f64> {
    let each: Vec<f64> = ours
        .iter()
        .zip(theirs)
        .map(|(ours, theirs)| compared(*ours, *theirs))
        .collect();
    median(&each)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle_whatever_the_order() {
        assert_eq!(median(&[3.0, 900.0, 1.0]), Some(3.0));
        assert_eq!(median(&[4.0, 1.0, 900.0, 2.0]), Some(3.0));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn a_range_is_from_the_lowest_to_the_highest() {
        assert_eq!(range(&[2.0, 1.0, 3.0]), Some((1.0, 3.0)));
        assert_eq!(range(&[]), None);
    }

    #[test]
    fn a_slow_round_slows_both_and_leaves_the_ratio() {
        let ours = [100.0, 10.0, 90.0];
        let theirs = [50.0, 5.0, 50.0];
        assert_eq!(ratio(&ours, &theirs), Some(2.0));
        assert_eq!(difference(&ours, &theirs), Some(40.0));
        assert_eq!(ratio(&ours, &[]), None);
    }
}
