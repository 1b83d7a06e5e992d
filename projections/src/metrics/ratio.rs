//! A figure: a numerator, a denominator, and how many it was counted over.

use serde::Serialize;

/// Fewest of a sample for which a figure says something (DOMAIN §3: below it 样本不足).
pub const SAMPLE: i64 = 30;

/// A figure before its division. Exact: two that are equal are equal to the last digit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Ratio {
    /// What is counted, in the same measure as the denominator.
    pub numerator: i64,
    /// Of what.
    pub denominator: i64,
    /// Over how many it was counted.
    pub sample: i64,
}

impl Ratio {
    /// So many of so many.
    pub fn of(part: i64, all: i64) -> Self {
        Self { numerator: part, denominator: all, sample: all }
    }

    /// There are enough to say something.
    pub fn is_enough(&self) -> bool {
        self.sample >= SAMPLE
    }

    /// In thousandths, rounded half away from zero; none where there is nothing to divide by.
    pub fn thousandths(&self) -> Option<i64> {
        self.scaled(1_000)
    }

    /// In hundredths, rounded half away from zero: of figures that are no share, as 评哨分.
    pub fn hundredths(&self) -> Option<i64> {
        self.scaled(100)
    }

    fn scaled(&self, by: i128) -> Option<i64> {
        let (part, all) = (i128::from(self.numerator), i128::from(self.denominator));
        if all <= 0 {
            return None;
        }
        let doubled = 2 * part * by;
        let rounded = (doubled + if part < 0 { -all } else { all }) / (2 * all);
        i64::try_from(rounded).ok()
    }

    /// The lower bound of Wilson's interval at 95 %, in which a share of few weighs less than the same share of
    /// many: by this shares are put in order. None where it is no share, or nothing was counted.
    ///
    /// E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927) 209.
    pub fn wilson(&self) -> Option<f64> {
        self.band().map(|(low, _)| low)
    }

    /// Both ends of that interval.
    pub fn band(&self) -> Option<(f64, f64)> {
        const Z: f64 = 1.959_963_984_540_054;
        if self.denominator <= 0 || self.sample <= 0 || !(0..=self.denominator).contains(&self.numerator) {
            return None;
        }
        let (share, n) = (float(self.numerator) / float(self.denominator), float(self.sample));
        let z2 = Z * Z;
        let middle = share + z2 / (2.0 * n);
        let reach = Z * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
        let all = 1.0 + z2 / n;
        Some((((middle - reach) / all).max(0.0), ((middle + reach) / all).min(1.0)))
    }
}

/// Counts are far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn float(count: i64) -> f64 {
    count as f64
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn a_figure_is_rounded_once_at_the_end() {
        assert_eq!(Ratio::of(2, 3).thousandths(), Some(667));
        assert_eq!(Ratio::of(1, 2_000).thousandths(), Some(1));
        assert_eq!(Ratio::of(1, 2_001).thousandths(), Some(0));
        assert_eq!(Ratio::of(0, 0).thousandths(), None);
        let mean = Ratio { numerator: 13, denominator: 3, sample: 3 };
        assert_eq!(mean.hundredths(), Some(433));
    }

    /// Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662; 15 of 148: 0.0624 to 0.1605; 0 of 20: 0 to 0.1611.
    #[test]
    fn the_interval_is_that_of_the_literature() {
        for (part, all, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let (lower, upper) = Ratio::of(part, all).band().expect("a share");
            assert!(
                (lower - low).abs() < 5e-5 && (upper - high).abs() < 5e-5,
                "{part}/{all}: {lower} {upper}"
            );
        }
    }

    #[test]
    fn all_of_few_comes_after_nearly_all_of_many() {
        assert!(Ratio::of(3, 3).wilson() < Ratio::of(290, 300).wilson());
        assert_eq!(Ratio::of(5, 3).wilson(), None, "that is no share");
        assert!(!Ratio::of(29, 29).is_enough() && Ratio::of(30, 30).is_enough());
    }
}
