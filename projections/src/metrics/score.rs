//! 月考·季评·年审: what the figures come to under a scheme. A function of tallies and the scheme's version alone.
//!
//! Points are in thousandths, whole numbers throughout: a figure enters as it is shown, in tenths of a percent.

use domain::policy::{Assessment, Grades, RollUp, Scheme};
use serde::Serialize;

use super::{Metric, Ratio, Reading, Tally};

/// A full score.
const FULL: i64 = 100_000;

/// What one figure adds to a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Indicator {
    /// The figure's word.
    pub key: String,
    /// Its weight, of 100.
    pub weight: i64,
    /// The figure.
    pub ratio: Ratio,
    /// What it adds, in thousandths of a point; none where there is too little to say.
    pub points: Option<i64>,
}

/// A month's score, with everything that it was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Score {
    /// Version of the scheme.
    pub scheme: String,
    /// The figures in it.
    pub indicators: Vec<Indicator>,
    /// 难度系数, in hundredths.
    pub difficulty: i64,
    /// Added by decision, at most the cap.
    pub bonus: i64,
    /// Taken by decision.
    pub deduction: i64,
    /// The score; none where a figure says too little (样本不足): then nobody is ranked by it.
    pub total: Option<i64>,
}

/// A month: M = Σ wᵢ·scoreᵢ × difficulty + bonus(≤ cap) − deduction, never below 0. `[D]`
pub fn month(
    assessment: &Assessment,
    scheme: &Scheme,
    tally: &Tally,
    difficulty: i64,
    given: &[i64],
) -> Score {
    let indicator = |(key, weight): (&String, &i64)| {
        let metric = Metric::named(key);
        let ratio = metric.map(|metric| metric.of(tally, &assessment.weights)).unwrap_or_default();
        let shown = ratio.thousandths().filter(|_| ratio.is_enough());
        // A share that is good when it is low counts from the other end.
        let shown = shown.map(|shown| match metric.map(|metric| metric.reading) {
            Some(Reading::Low) => 1_000 - shown,
            Some(Reading::Rating) => shown / 5,
            _ => shown,
        });
        Indicator { key: key.clone(), weight: *weight, ratio, points: shown.map(|shown| shown * weight) }
    };
    let indicators: Vec<Indicator> = scheme.indicators.iter().map(indicator).collect();
    let bonus: i64 = given.iter().filter(|points| **points > 0).sum::<i64>().min(assessment.bonus_cap);
    let deduction = -given.iter().filter(|points| **points < 0).sum::<i64>();
    let sum: Option<i64> = indicators.iter().map(|indicator| indicator.points).sum();
    let total = sum
        .map(|sum| ((sum * difficulty + 50) / 100).min(FULL))
        .map(|base| (base + bonus - deduction).max(0));
    Score { scheme: assessment.version.clone(), indicators, difficulty, bonus, deduction, total }
}

/// A quarter: Q = 0.7·mean(M) + 0.3·panel, by the scheme's parts. `[D]` None where a part is missing.
pub fn quarter(roll_up: &RollUp, months: &[Option<i64>], panel: Option<i64>) -> Option<i64> {
    let [own, others] = roll_up.quarter;
    Some(parts(&[(own, mean(months)?), (others, panel?)]))
}

/// A year: Y = 0.6·mean(Q) + 0.25·masses' rating + 0.15·述职评议, likewise. `[D]`
pub fn year(
    roll_up: &RollUp,
    quarters: &[Option<i64>],
    masses: Option<i64>,
    review: Option<i64>,
) -> Option<i64> {
    let [own, rating, reviewed] = roll_up.year;
    Some(parts(&[(own, mean(quarters)?), (rating, masses?), (reviewed, review?)]))
}

fn mean(scores: &[Option<i64>]) -> Option<i64> {
    let count = i64::try_from(scores.len()).ok().filter(|count| *count > 0)?;
    let sum = scores.iter().copied().sum::<Option<i64>>()?;
    Some((2 * sum + count) / (2 * count))
}

fn parts(parts: &[(i64, i64)]) -> i64 {
    (parts.iter().map(|(percent, score)| percent * score).sum::<i64>() + 50) / 100
}

/// 优秀 · 良好 · 合格 · 不合格.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// 优秀
    Excellent,
    /// 良好
    Good,
    /// 合格
    Pass,
    /// 不合格
    Fail,
}

/// The grade of a score.
pub fn grade(grades: &Grades, score: i64) -> Grade {
    match score {
        score if score >= grades.excellent * 1_000 => Grade::Excellent,
        score if score >= grades.good * 1_000 => Grade::Good,
        score if score >= grades.pass * 1_000 => Grade::Pass,
        _ => Grade::Fail,
    }
}

/// The tier of volume, from 0: how many of the bounds it reaches.
pub fn tier(tiers: &[i64], cases: i64) -> usize {
    tiers.iter().filter(|least| cases >= **least).count()
}

/// Places by score, the highest first; equal scores share a place, and the next is left out: 1, 2, 2, 4. Who has no
/// score has no place.
pub fn places(scores: &[Option<i64>]) -> Vec<Option<usize>> {
    let place = |score: i64| 1 + scores.iter().flatten().filter(|other| **other > score).count();
    scores.iter().map(|score| score.map(place)).collect()
}

/// Red and black list: the places that are among the first and the last so many. Nobody is on both.
pub fn lists(places: &[Option<usize>], [red, black]: [usize; 2]) -> Vec<Option<bool>> {
    let ranked = places.iter().flatten().count();
    let below = |place: usize| places.iter().flatten().filter(|other| **other > place).count();
    let listed = |place: usize| match () {
        () if place <= red && 2 * place <= ranked => Some(true),
        () if below(place) < black && 2 * place > ranked + 1 => Some(false),
        () => None,
    };
    places.iter().map(|place| place.and_then(listed)).collect()
}

#[cfg(test)]
mod specs {
    use super::*;
    use domain::sample;

    fn assessment() -> Assessment {
        sample::rulebook().expect("the sample is sound").policy.assessment
    }

    fn good() -> Tally {
        Tally {
            in_time: 190,
            late: 10,
            valid: 100,
            solved: 90,
            satisfied: 80,
            fairly_satisfied: 10,
            to_contact: 100,
            contacted_in_time: 95,
            closed: 200,
            closed_at_once: 180,
            called: 40,
            responded_in_time: 36,
            ..Tally::default()
        }
    }

    #[test]
    fn a_month_is_the_weighted_sum_with_bonus_and_deduction() {
        let (assessment, tally) = (assessment(), good());
        let street = &assessment.scheme[0];
        // 30·95.0 + 20·90.0 + 20·89.0 + 10·95.0 + 10·90.0 + 10·90.0, in hundredths
        let score = month(&assessment, street, &tally, 100, &[]);
        assert_eq!(score.total, Some(91_800));
        assert_eq!(score.scheme, assessment.version);
        let harder = month(&assessment, street, &tally, 105, &[3_000, 9_000, -2_500]);
        // 96.39 + 10 (capped) − 2.5
        assert_eq!((harder.bonus, harder.deduction, harder.total), (10_000, 2_500, Some(103_890)));
    }

    #[test]
    fn too_few_of_one_figure_and_there_is_no_score() {
        let assessment = assessment();
        let few = Tally { valid: 29, solved: 29, satisfied: 29, ..good() };
        let score = month(&assessment, &assessment.scheme[0], &few, 100, &[]);
        assert_eq!(score.total, None);
        let silent: Vec<&str> =
            score.indicators.iter().filter(|one| one.points.is_none()).map(|one| one.key.as_str()).collect();
        assert_eq!(silent, ["satisfaction", "solution"]);
    }

    #[test]
    fn months_make_quarters_and_quarters_a_year() {
        let roll_up = assessment().roll_up;
        let months = [Some(90_000), Some(93_000), Some(96_000)];
        assert_eq!(quarter(&roll_up, &months, Some(80_000)), Some(89_100));
        assert_eq!(quarter(&roll_up, &[Some(90_000), None, Some(96_000)], Some(80_000)), None);
        assert_eq!(quarter(&roll_up, &months, None), None, "the panel has not spoken");
        let quarters = [Some(89_100); 4];
        assert_eq!(year(&roll_up, &quarters, Some(90_000), Some(80_000)), Some(87_960));
    }

    #[test]
    fn grades_and_tiers() {
        let grades = assessment().grades;
        let told = [90_000, 89_999, 80_000, 60_000, 59_999].map(|score| grade(&grades, score));
        assert_eq!(told, [Grade::Excellent, Grade::Good, Grade::Good, Grade::Pass, Grade::Fail]);
        assert_eq!([99, 100, 999, 1_000].map(|cases| tier(&[100, 1_000], cases)), [0, 1, 1, 2]);
    }

    #[test]
    fn equals_share_a_place_and_the_next_is_left_out() {
        let scores = [Some(95), Some(90), None, Some(90), Some(80)];
        assert_eq!(places(&scores), [Some(1), Some(2), None, Some(2), Some(4)]);
        let places: Vec<Option<usize>> = (1..=12).map(Some).collect();
        let listed = lists(&places, [5, 5]);
        assert_eq!(listed.iter().filter(|one| **one == Some(true)).count(), 5);
        assert_eq!(listed.iter().filter(|one| **one == Some(false)).count(), 5);
        let three = lists(&[Some(1), Some(2), Some(3)], [5, 5]);
        assert_eq!(three, [Some(true), None, Some(false)], "of three nobody is on both");
    }
}
