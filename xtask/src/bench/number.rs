//! How numbers look.

/// With three digits that count, and thousands apart: `0.0123`, `1.23`, `12.3`, `12,345`.
pub(super) fn plain(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude >= 100.0 {
        return grouped(&format!("{value:.0}"));
    }
    let digits = match magnitude {
        10.0.. => 1,
        1.0.. => 2,
        0.1.. => 3,
        _ => 4,
    };
    format!("{value:.digits$}")
}

/// How many times: `0.85 ×`, `12 ×`.
pub(super) fn times(value: f64) -> String {
    let digits = match value {
        10.0.. => 0,
        1.0.. => 1,
        _ => 2,
    };
    format!("{} ×", grouped(&format!("{value:.digits$}")))
}

/// Bytes in MiB.
pub(super) fn mebibytes(bytes: f64) -> String {
    format!("{:.0} MiB", bytes / f64::from(1 << 20))
}

pub(super) fn count(number: usize) -> String {
    grouped(&number.to_string())
}

fn grouped(number: &str) -> String {
    let (whole, fraction) = number
        .find('.')
        .map_or((number, ""), |point| number.split_at(point));
    let mut grouped = String::new();
    let digits = whole.trim_start_matches('-').len();
    for (place, character) in whole.chars().enumerate() {
        let left = whole.len() - place;
        if left % 3 == 0 && left < digits {
            grouped.push(',');
        }
        grouped.push(character);
    }
    grouped + fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_the_digits_that_count() {
        for (value, shown) in [
            (0.012_34, "0.0123"),
            (0.5, "0.500"),
            (1.234, "1.23"),
            (12.34, "12.3"),
            (123.4, "123"),
            (1_234_567.8, "1,234,568"),
            (-1_234.0, "-1,234"),
            (-123.0, "-123"),
        ] {
            assert_eq!(plain(value), shown);
        }
    }

    #[test]
    fn a_ratio_says_times() {
        assert_eq!(times(0.456), "0.46 ×");
        assert_eq!(times(3.456), "3.5 ×");
        assert_eq!(times(25.4), "25 ×");
        assert_eq!(times(1_234.0), "1,234 ×");
    }

    #[test]
    fn memory_is_in_mebibytes() {
        assert_eq!(mebibytes(33_554_432.0), "32 MiB");
        assert_eq!(count(100_000), "100,000");
    }
}
