//! The figures as pages, interface, files and reports show them: one question, one answer, the same words.

pub mod scores;
pub mod shown;

use domain::context::Rulebook;
use domain::ids::{ItemCode, Rung, UnitId};
use jiff::civil::Date;
use projections::metrics::{Metric, Reading, Tally, Weights};
use projections::{FiguresBy, FiguresQuery, Scope, Views};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::console::lang::Lang;
use crate::console::{unit_name, views_failed};
use crate::http::problem::{EdgeCode, Problem};

/// Which figures, as an address says it. Empty is absent.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct Asked {
    /// `unit` (the default), `below`, `rung`, `item`, `place` or `month`.
    pub by: String,
    /// From this month or day of the limit on: `2026-11`, `2026-11-03`.
    pub from: String,
    /// Up to and with this month or day.
    pub to: String,
    /// As they stood at the end of this day, `2026-11-30`; else now.
    pub as_of: String,
    /// A unit with all under it.
    pub of: String,
    /// A rung.
    pub rung: String,
    /// An item's code.
    pub item: String,
    /// A community's places.
    pub place: String,
    /// Which group of figures: `callback`, `limits`, `quality`, `asides`, `whistle`, `levels`, `supervision`.
    pub show: String,
    /// In order of this figure, by the lower bound of its interval; else by name.
    pub order: String,
    /// From this line on, on pages.
    pub start: usize,
}

/// Figures that stand side by side.
pub struct Group {
    /// The word in addresses.
    pub key: &'static str,
    /// The word on a Chinese page.
    pub zh: &'static str,
    /// The word on an English page.
    pub en: &'static str,
    /// The figures' words.
    pub metrics: &'static [&'static str],
}

/// Every group; each figure is in one.
pub const GROUPS: [Group; 7] = [
    Group {
        key: "limits",
        zh: "时限",
        en: "Limits",
        metrics: &["result", "closing", "overdue", "signing", "first_contact", "co_units"],
    },
    Group {
        key: "callback",
        zh: "回访",
        en: "Callback",
        metrics: &["response", "solution", "satisfaction", "composite", "called_back", "valid_callback"],
    },
    Group {
        key: "quality",
        zh: "质量",
        en: "Quality",
        metrics: &["at_once", "reopened", "rework", "returned", "misdirected", "repeated", "first_lead"],
    },
    Group {
        key: "asides",
        zh: "挂账延期剔除",
        en: "Set aside",
        metrics: &["suspended", "extended", "excluded"],
    },
    Group {
        key: "whistle",
        zh: "吹哨报到",
        en: "Whistles",
        metrics: &["sounded", "responded", "arrived", "finished", "rating", "sounder_rating"],
    },
    Group {
        key: "levels",
        zh: "层级来源",
        en: "Rungs and sources",
        metrics: &["grid", "community", "skipped", "found_first"],
    },
    Group { key: "supervision", zh: "督办", en: "Supervision", metrics: &["orders", "notices"] },
];

const BY: [(&str, FiguresBy, &str, &str); 6] = [
    ("unit", FiguresBy::Unit, "单位", "Unit"),
    ("below", FiguresBy::Below, "下级", "Below"),
    ("rung", FiguresBy::Rung, "层级", "Rung"),
    ("item", FiguresBy::Item, "事项", "Item"),
    ("place", FiguresBy::Place, "所在社区", "Place"),
    ("month", FiguresBy::Month, "月份", "Month"),
];

/// A line: what it stands for, and its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Unit, rung, item, community or month; empty where it is not known.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its numbers.
    pub tally: Tally,
}

/// The figures that were asked for.
pub struct Answer {
    /// What the lines stand for: the word in addresses, and the heading.
    pub by: (&'static str, &'static str),
    /// The lines, in order.
    pub lines: Vec<Line>,
    /// All of them.
    pub total: Tally,
    /// The question.
    pub query: FiguresQuery,
    /// What the formulas weigh with.
    pub weights: Weights,
    /// Version of the scheme.
    pub version: String,
}

impl Asked {
    /// The group of figures that is asked for.
    ///
    /// # Errors
    /// `BAD_QUERY`.
    pub fn group(&self) -> Result<&'static Group, Problem> {
        let word = if self.show.is_empty() { "limits" } else { self.show.as_str() };
        GROUPS.iter().find(|group| group.key == word).ok_or_else(|| bad("show"))
    }

    /// The question within this scope.
    ///
    /// # Errors
    /// `BAD_QUERY` with the parameter that cannot be understood, or asks for what lies outside the scope.
    pub fn query(&self, rules: &Rulebook, scope: &Scope) -> Result<FiguresQuery, Problem> {
        let by = if self.by.is_empty() { "unit" } else { self.by.as_str() };
        let (_, by, ..) = BY.into_iter().find(|(word, ..)| *word == by).ok_or_else(|| bad("by"))?;
        let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        if some(&self.rung).is_some_and(|rung| Rung::parse(&rung).is_none()) {
            return Err(bad("rung"));
        }
        let (from, to) = (day("from", &self.from, false)?, day("to", &self.to, true)?);
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            return Err(bad("to"));
        }
        Ok(FiguresQuery {
            by,
            from,
            to,
            as_of: day("as_of", &self.as_of, true)?,
            scope: narrowed(rules, scope, &self.of)?,
            rung: some(&self.rung),
            item: some(&self.item),
            place: some(&self.place),
        })
    }
}

fn bad(parameter: &'static str) -> Problem {
    Problem::from(EdgeCode::BadQuery).about(parameter)
}

/// The first or the last day of a month, or a day.
fn day(parameter: &'static str, text: &str, last: bool) -> Result<Option<Date>, Problem> {
    match text.trim() {
        "" => Ok(None),
        month if month.len() == 7 => {
            let first = projections::first_of(month).ok_or_else(|| bad(parameter))?;
            Ok(Some(if last { first.last_of_month() } else { first }))
        }
        day => day.parse().map(Some).map_err(|_| bad(parameter)),
    }
}

/// A unit with all under it, where the reader may see it.
fn narrowed(rules: &Rulebook, scope: &Scope, of: &str) -> Result<Scope, Problem> {
    if of.trim().is_empty() {
        return Ok(scope.clone());
    }
    let unit = rules.org.unit(&UnitId::new(of.trim())).ok_or_else(|| bad("of"))?;
    let seen = match scope {
        Scope::All => true,
        Scope::Within(path) => unit.path.starts_with(path.as_str()),
    };
    if !seen {
        return Err(bad("of"));
    }
    // The root of the tree also has what has no place yet.
    Ok(if unit.parent.is_none() { scope.clone() } else { Scope::Within(unit.path.clone()) })
}

/// Asks the views.
///
/// # Errors
/// What cannot be understood, or the views failed.
pub async fn ask(
    views: &Views,
    rules: &Rulebook,
    scope: &Scope,
    asked: &Asked,
    l: Lang,
) -> Result<Answer, Problem> {
    let query = asked.query(rules, scope)?;
    let order = match asked.order.as_str() {
        "" => None,
        key => Some(Metric::named(key).ok_or_else(|| bad("order"))?),
    };
    let found = views.figures(&query).await.map_err(views_failed)?;
    let total: Tally = found.values().copied().sum();
    let mut lines: Vec<Line> = found
        .into_iter()
        .map(|(key, tally)| Line { name: name(rules, query.by, &key, l), key, tally })
        .collect();
    if query.by == FiguresBy::Rung {
        lines.sort_by_key(|line| Rung::parse(&line.key));
    }
    let weights = rules.policy.assessment.weights;
    if let Some(metric) = order {
        sort(&mut lines, metric, &weights);
    }
    let (word, _, zh, en) = BY.into_iter().find(|(_, by, ..)| *by == query.by).unwrap_or(BY[0]);
    let version = rules.policy.assessment.version.clone();
    Ok(Answer { by: (word, l.t(zh, en)), lines, total, query, weights, version })
}

/// The best first, by that end of the interval that is the worse for the line; who has too few comes last.
fn sort(lines: &mut [Line], metric: &Metric, weights: &Weights) {
    let worth = |line: &Line| {
        let ratio = metric.of(&line.tally, weights);
        let share = match metric.reading {
            Reading::Low => ratio.band().map(|(_, high)| 1.0 - high),
            Reading::Rating => ratio.hundredths().and_then(|mean| i32::try_from(mean).ok()).map(f64::from),
            Reading::High | Reading::Band => ratio.wilson(),
        };
        (ratio.is_enough(), share.unwrap_or(-1.0))
    };
    lines.sort_by(|left, right| {
        let ((enough, one), (also, other)) = (worth(left), worth(right));
        also.cmp(&enough).then(other.total_cmp(&one))
    });
}

fn name(rules: &Rulebook, by: FiguresBy, key: &str, l: Lang) -> String {
    if key.is_empty() {
        return l.t("（尚未确定）", "(not known yet)").to_owned();
    }
    match by {
        FiguresBy::Unit | FiguresBy::Below | FiguresBy::Path | FiguresBy::Place => {
            unit_name(&rules.org, &UnitId::new(key), l)
        }
        FiguresBy::Rung => Rung::parse(key).map_or(key, |rung| crate::console::rung_name(rung, l)).to_owned(),
        FiguresBy::Item => {
            let item = rules.policy.catalogue.item(&ItemCode::new(key));
            item.map_or_else(|| key.to_owned(), |item| item.name.clone())
        }
        FiguresBy::Month => key.to_owned(),
    }
}

/// The tabs: word and label of everything that lines can stand for.
pub fn ways(l: Lang) -> impl Iterator<Item = (&'static str, &'static str)> {
    BY.into_iter().map(move |(word, _, zh, en)| (word, l.t(zh, en)))
}

#[cfg(test)]
mod specs {
    use super::*;
    use projections::metrics;

    #[test]
    fn every_figure_stands_in_one_group() {
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|group| group.metrics).copied().collect();
        let mut all: Vec<&str> = metrics::ALL.iter().map(|metric| metric.key).collect();
        grouped.sort_unstable();
        all.sort_unstable();
        assert_eq!(grouped, all);
    }

    #[test]
    fn the_best_of_many_comes_before_all_of_few() {
        let line = |key: &str, in_time, late| Line {
            key: key.into(),
            name: key.into(),
            tally: Tally { in_time, late, ..Tally::default() },
        };
        let mut lines =
            vec![line("few", 3, 0), line("some", 30, 0), line("many", 960, 40), line("poor", 500, 500)];
        sort(&mut lines, Metric::named("result").expect("a figure"), &Weights::default());
        let order: Vec<&str> = lines.iter().map(|line| line.key.as_str()).collect();
        assert_eq!(order, ["many", "some", "poor", "few"]);
        sort(&mut lines, Metric::named("overdue").expect("a figure"), &Weights::default());
        assert_eq!(lines[0].key, "many", "the lower the better");
    }
}
