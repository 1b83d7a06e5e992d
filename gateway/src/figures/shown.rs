//! A figure in words and numbers: never a share without how many it was counted over.

use projections::metrics::{Metric, Ratio, Reading};
use serde_json::{Value, json};

use crate::console::lang::Lang;

/// `95.3%`, `4.25`, or that there are too few to say.
pub fn value(metric: &Metric, ratio: &Ratio, l: Lang) -> String {
    if ratio.sample == 0 {
        return "–".to_owned();
    }
    if !ratio.is_enough() {
        return l.t("样本不足", "too few").to_owned();
    }
    match metric.reading {
        Reading::Rating => ratio.hundredths().map_or_else(String::new, |mean| decimal(mean, 100)),
        _ => ratio.thousandths().map_or_else(String::new, |share| format!("{}%", decimal(share, 10))),
    }
}

/// `61/64 · 85.0–98.4%`: over how many, and between which shares it lies at 95 %.
pub fn detail(metric: &Metric, ratio: &Ratio) -> String {
    if ratio.sample == 0 {
        return String::new();
    }
    let counted = if ratio.denominator == ratio.sample {
        format!("{}/{}", ratio.numerator, ratio.denominator)
    } else {
        format!("n={}", ratio.sample)
    };
    match ratio.band().filter(|_| ratio.is_enough() && metric.reading != Reading::Rating) {
        Some((low, high)) => format!("{counted} · {:.1}–{:.1}%", low * 100.0, high * 100.0),
        None => counted,
    }
}

/// For programs: every part of it.
pub fn json(metric: &Metric, ratio: &Ratio) -> Value {
    let band = ratio.band().filter(|_| metric.reading != Reading::Rating);
    json!({
        "numerator": ratio.numerator,
        "denominator": ratio.denominator,
        "sample": ratio.sample,
        "enough": ratio.is_enough(),
        "value": match metric.reading {
            Reading::Rating => ratio.hundredths().map(|mean| decimal(mean, 100)),
            _ => ratio.thousandths().map(|share| decimal(share, 10)),
        },
        "wilson": band.map(|(low, high)| [low, high]),
    })
}

/// A whole number of parts as a decimal number.
pub fn decimal(parts: i64, of: i64) -> String {
    let digits = of.ilog10() as usize;
    let sign = if parts < 0 { "-" } else { "" };
    format!("{sign}{}.{:0digits$}", parts.abs() / of, parts.abs() % of)
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn all_of_many_is_told_with_how_many_and_all_of_few_is_not_told() {
        let metric = Metric::named("result").expect("a figure");
        let (many, few) = (Ratio::of(64, 64), Ratio::of(29, 29));
        assert_eq!(value(metric, &many, Lang::Zh), "100.0%");
        assert_eq!(detail(metric, &many), "64/64 · 94.3–100.0%");
        assert_eq!(
            (value(metric, &few, Lang::Zh).as_str(), detail(metric, &few).as_str()),
            ("样本不足", "29/29")
        );
        assert_eq!(value(metric, &Ratio::default(), Lang::Zh), "–");
    }

    #[test]
    fn a_rating_is_no_share() {
        let metric = Metric::named("rating").expect("a figure");
        assert_eq!(value(metric, &Ratio::of(130, 31), Lang::En), "4.19");
        assert_eq!(decimal(-2_500, 1_000), "-2.500");
    }
}
