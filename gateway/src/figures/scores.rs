//! 月考: the scores of a class of units for a month, each compared with those of its class and volume only.

use domain::context::Rulebook;
use domain::org::{Unit, UnitKind};
use domain::policy::{Assessment, Scheme};
use jiff::civil::Date;
use projections::metrics::Tally;
use projections::metrics::score::{self, Grade, Score};
use projections::{FiguresBy, FiguresQuery, Scope, Views};
use serde::Serialize;

use crate::console::views_failed;
use crate::http::problem::Problem;

/// A unit's month.
#[derive(Debug, Clone, Serialize)]
pub struct Scored {
    /// The unit.
    pub unit: String,
    /// Its name.
    pub name: String,
    /// The class of its scheme.
    pub class: String,
    /// The tier of its volume, from 0.
    pub tier: usize,
    /// Its cases.
    pub cases: i64,
    /// Left out of them.
    pub excluded: i64,
    /// The score, and what made it.
    pub score: Score,
    /// 优秀 · 良好 · 合格 · 不合格; none without a score.
    pub grade: Option<Grade>,
    /// Its place among its class and tier; none where nobody is ranked, or it has no score.
    pub place: Option<usize>,
    /// On the red list, or on the black.
    pub red: Option<bool>,
}

/// The word of a kind of unit in a scheme.
fn class(kind: UnitKind) -> &'static str {
    match kind {
        UnitKind::Grid => "grid",
        UnitKind::Community => "community",
        UnitKind::Station => "station",
        UnitKind::Street => "street",
        UnitKind::District => "district",
        UnitKind::Department => "department",
    }
}

/// The scores of a month of every unit in the scope that a scheme is for, by class, tier and name.
///
/// # Errors
/// The views failed.
pub async fn month(
    views: &Views,
    rules: &Rulebook,
    scope: &Scope,
    month: Date,
    as_of: Option<Date>,
) -> Result<Vec<Scored>, Problem> {
    let assessment = &rules.policy.assessment;
    let query = FiguresQuery {
        by: FiguresBy::Path,
        from: Some(month.first_of_month()),
        to: Some(month.last_of_month()),
        as_of,
        scope: scope.clone(),
        ..FiguresQuery::default()
    };
    let lines = views.figures(&query).await.map_err(views_failed)?;
    let mut scored = Vec::new();
    for scheme in &assessment.scheme {
        for unit in rules.org.units().iter().filter(|unit| class(unit.kind) == scheme.class) {
            let under = lines.range(unit.path.clone()..).take_while(|(path, _)| path.starts_with(&unit.path));
            let tally: Tally = under.map(|(_, tally)| *tally).sum();
            if tally != Tally::default() {
                scored.push(of(assessment, scheme, unit, &tally, month));
            }
        }
    }
    if assessment.ranking {
        rank(&mut scored, assessment);
    }
    Ok(scored)
}

fn of(assessment: &Assessment, scheme: &Scheme, unit: &Unit, tally: &Tally, month: Date) -> Scored {
    let named = month.strftime("%Y-%m").to_string();
    let mine = assessment.adjustment.iter().filter(|given| given.unit == unit.code && given.month == named);
    let given: Vec<i64> = mine.map(|given| given.points).collect();
    let difficulty = assessment.difficulty.get(&unit.code).copied().unwrap_or(100);
    let score = score::month(assessment, scheme, tally, difficulty, &given);
    Scored {
        unit: unit.code.to_string(),
        name: unit.name.clone(),
        class: scheme.class.clone(),
        tier: score::tier(&assessment.tiers, tally.cases),
        cases: tally.cases,
        excluded: tally.excluded,
        grade: score.total.map(|total| score::grade(&assessment.grades, total)),
        score,
        place: None,
        red: None,
    }
}

/// Only those of one class and one tier are compared.
fn rank(scored: &mut [Scored], assessment: &Assessment) {
    let mut groups: Vec<(String, usize)> = scored.iter().map(|one| (one.class.clone(), one.tier)).collect();
    groups.sort();
    groups.dedup();
    for group in groups {
        let mut members: Vec<&mut Scored> = scored
            .iter_mut()
            .filter(|one| (one.class.as_str(), one.tier) == (group.0.as_str(), group.1))
            .collect();
        let totals: Vec<Option<i64>> = members.iter().map(|one| one.score.total).collect();
        let places = score::places(&totals);
        let listed = score::lists(&places, assessment.lists);
        for ((one, place), red) in members.iter_mut().zip(places).zip(listed) {
            (one.place, one.red) = (place, red);
        }
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    fn scored(unit: &str, tier: usize, total: Option<i64>) -> Scored {
        let score = Score {
            scheme: "1".into(),
            indicators: Vec::new(),
            difficulty: 100,
            bonus: 0,
            deduction: 0,
            total,
        };
        let (unit, class) = (unit.to_owned(), "street".to_owned());
        Scored {
            name: unit.clone(),
            unit,
            class,
            tier,
            cases: 0,
            excluded: 0,
            score,
            grade: None,
            place: None,
            red: None,
        }
    }

    #[test]
    fn only_units_of_one_class_and_volume_are_compared() {
        let mut all = vec![
            scored("a", 1, Some(90_000)),
            scored("b", 1, Some(95_000)),
            scored("c", 2, Some(70_000)),
            scored("d", 1, None),
            scored("e", 1, Some(90_000)),
            scored("f", 1, Some(60_000)),
        ];
        rank(&mut all, &Assessment::default());
        let places: Vec<Option<usize>> = all.iter().map(|one| one.place).collect();
        assert_eq!(places, [Some(2), Some(1), Some(1), None, Some(2), Some(4)]);
    }
}
