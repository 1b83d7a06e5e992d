//! 月报、周报: a unit's month or week on a few sheets. Every number is one of the board's, asked for by the same
//! question.

pub mod book;

use domain::context::Rulebook;
use domain::ids::UnitId;
use jiff::civil::{Date, Weekday};
use jiff::{Span, Zoned};
use projections::metrics::{ALL, Metric, Ratio, Tally, Weights};
use projections::{Scope, Views};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::console::lang::Lang;
use crate::console::unit_name;
use crate::figures::{self, Answer, Asked, Line, shown};
use crate::http::problem::{EdgeCode, Problem};

/// Which report, as an address says it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// The month of the limits, `2026-11`; the present one where nothing is said.
    pub month: String,
    /// A day of the week, `2026-11-16`: a weekly brief.
    pub week: String,
    /// A unit with all under it.
    pub of: String,
    /// As it stood at the end of this day; else now.
    pub as_of: String,
}

/// The first and the last day of a period.
type Days = (Date, Date);

/// Items and months that are listed.
const ITEMS: usize = 20;
const MONTHS: i32 = 6;

/// A report.
pub struct Report {
    /// `月报` or `周报`.
    pub title: &'static str,
    /// Whose.
    pub unit: String,
    /// `2026-11`, or the days of a week.
    pub period: String,
    /// First and last day.
    pub days: (Date, Date),
    /// As it stood at the end of this day; none for now.
    pub as_of: Option<Date>,
    /// When it was made.
    pub made: Zoned,
    /// For whom: stands on every page.
    pub by: String,
    /// Version of the scheme.
    pub version: String,
    /// What the formulas weigh with.
    pub weights: Weights,
    /// The period's numbers.
    pub total: Tally,
    /// Those of the period before.
    pub before: Tally,
    /// By what lies right below the unit.
    pub units: Vec<Line>,
    /// By item, the most cases first.
    pub items: Vec<Line>,
    /// The last months, up to this one.
    pub months: Vec<Line>,
}

/// What a report is made of.
pub struct Sources<'a> {
    /// The views.
    pub views: &'a Views,
    /// The rules.
    pub rules: &'a Rulebook,
    /// What the reader may see.
    pub scope: &'a Scope,
    /// The reader's unit.
    pub unit: &'a UnitId,
    /// Who asks.
    pub by: &'a str,
    /// The time.
    pub now: Zoned,
}

fn bad(parameter: &'static str) -> Problem {
    Problem::from(EdgeCode::BadQuery).about(parameter)
}

impl Wanted {
    /// Which kind it is, its days, and those of the period before.
    ///
    /// # Errors
    /// `BAD_QUERY`.
    pub fn days(&self, today: Date) -> Result<(bool, Days, Days), Problem> {
        let span = |first: Date, days: i32| (first, first.saturating_add(Span::new().days(days)));
        if !self.week.is_empty() {
            let day: Date = self.week.parse().map_err(|_| bad("week"))?;
            let monday = day.saturating_sub(Span::new().days(day.weekday().since(Weekday::Monday)));
            return Ok((true, span(monday, 6), span(monday.saturating_sub(Span::new().days(7)), 6)));
        }
        let first = match self.month.as_str() {
            "" => today.first_of_month(),
            month => projections::first_of(month).ok_or_else(|| bad("month"))?,
        };
        let before = first.saturating_sub(Span::new().months(1));
        Ok((false, (first, first.last_of_month()), (before, before.last_of_month())))
    }
}

/// Makes a report.
///
/// # Errors
/// What cannot be understood, or the views failed.
pub async fn make(from: &Sources<'_>, wanted: &Wanted, l: Lang) -> Result<Report, Problem> {
    let (weekly, days, before) = wanted.days(from.now.date())?;
    let asked = |by: &str, (first, last): (Date, Date)| Asked {
        by: by.to_owned(),
        from: first.to_string(),
        to: last.to_string(),
        of: wanted.of.clone(),
        as_of: wanted.as_of.clone(),
        ..Asked::default()
    };
    let ask = async |asked: Asked| figures::ask(from.views, from.rules, from.scope, &asked, l).await;
    let units: Answer = ask(asked("below", days)).await?;
    let mut items = ask(asked("item", days)).await?.lines;
    items.sort_by(|left, right| right.tally.cases.cmp(&left.tally.cases).then(left.key.cmp(&right.key)));
    items.truncate(ITEMS);
    let earlier = days.1.first_of_month().saturating_sub(Span::new().months(MONTHS - 1));
    let months = ask(asked("month", (earlier, days.1.last_of_month()))).await?.lines;
    let of = if wanted.of.is_empty() { from.unit.clone() } else { UnitId::new(wanted.of.trim()) };
    Ok(Report {
        title: if weekly { l.t("周报", "Weekly brief") } else { l.t("月报", "Monthly report") },
        unit: unit_name(&from.rules.org, &of, l),
        period: if weekly {
            format!("{} – {}", days.0, days.1)
        } else {
            days.0.strftime("%Y-%m").to_string()
        },
        days,
        as_of: units.query.as_of,
        made: from.now.clone(),
        by: from.by.to_owned(),
        version: units.version.clone(),
        weights: units.weights,
        total: units.total,
        before: ask(asked("rung", before)).await?.total,
        units: units.lines,
        items,
        months,
    })
}

impl Report {
    /// Every figure with that of the period before; those of which nothing is known are left out.
    pub fn figures(&self) -> impl Iterator<Item = (&'static Metric, Ratio, Ratio)> {
        let both = |metric: &'static Metric| {
            (metric, metric.of(&self.total, &self.weights), metric.of(&self.before, &self.weights))
        };
        ALL.iter().map(both).filter(|(_, now, before)| now.sample > 0 || before.sample > 0)
    }

    /// Who exported it, and when: on every page and in a cell.
    pub fn watermark(&self, l: Lang) -> String {
        let at = self.made.strftime("%Y-%m-%d %H:%M");
        format!("{} {} · {at}", l.t("导出人", "Exported by"), self.by)
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let line = |line: &Line| json!({ "key": line.key, "name": line.name, "counts": counts(&line.tally) });
        let figures =
            self.figures().map(|(metric, now, _)| (metric.key.to_owned(), shown::json(metric, &now)));
        json!({
            "period": self.period,
            "from": self.days.0.to_string(),
            "to": self.days.1.to_string(),
            "as_of": self.as_of.map(|day| day.to_string()),
            "scheme": self.version,
            "counts": counts(&self.total),
            "before": counts(&self.before),
            "figures": figures.collect::<serde_json::Map<_, _>>(),
            "units": self.units.iter().map(line).collect::<Vec<_>>(),
            "items": self.items.iter().map(line).collect::<Vec<_>>(),
            "months": self.months.iter().map(line).collect::<Vec<_>>(),
        })
    }
}

fn counts(tally: &Tally) -> Value {
    Tally::NAMES
        .iter()
        .zip(tally.values())
        .map(|(name, value)| ((*name).to_owned(), Value::from(value)))
        .collect()
}

/// The numbers that stand at the head of a report and in its lines.
pub fn head(tally: &Tally, l: Lang) -> [(&'static str, i64); 9] {
    [
        (l.t("工单", "Cases"), tally.cases),
        (l.t("群众诉求", "Complaints"), tally.complaints),
        (l.t("巡查发现", "Found by patrol"), tally.patrol),
        (l.t("已结案", "Closed"), tally.closed),
        (l.t("按期办结", "Result in time"), tally.in_time),
        (l.t("超期办结", "Result late"), tally.late),
        (l.t("逾期未办结", "Overdue"), tally.overdue),
        (l.t("有效回访", "Valid callbacks"), tally.valid),
        (l.t("剔除", "Excluded"), tally.excluded),
    ]
}

#[cfg(test)]
mod specs {
    use super::*;

    fn days(month: &str, week: &str) -> Vec<String> {
        let wanted = Wanted { month: month.into(), week: week.into(), ..Wanted::default() };
        let today = jiff::civil::date(2026, 11, 20);
        let Ok((_, (first, last), (from, to))) = wanted.days(today) else { return Vec::new() };
        [first, last, from, to].iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_week_begins_on_monday_and_a_month_is_whole() {
        assert_eq!(days("", ""), ["2026-11-01", "2026-11-30", "2026-10-01", "2026-10-31"]);
        assert_eq!(days("2026-01", ""), ["2026-01-01", "2026-01-31", "2025-12-01", "2025-12-31"]);
        assert_eq!(days("", "2026-11-18"), ["2026-11-16", "2026-11-22", "2026-11-09", "2026-11-15"]);
        assert!(days("2026-13", "").is_empty() && days("", "soon").is_empty());
    }
}
