//! Which cases, as an address says it. The same words filter the console's lists and the API's,
//! and every number on desk and board is a link made of them.

use axum::extract::Query;
use axum::http::Uri;
use domain::case::Life;
use domain::ids::Rung;
use jiff::Timestamp;
use projections::CaseFilter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::problem::{EdgeCode, Problem};
use super::visit::url_encode;

/// The query of a list. Empty is absent; `-` stands for "not known yet".
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct CaseQuery {
    /// A number, an external id, or text of the title: two characters at least, between blanks all of
    /// them. The other filters are then not looked at, and there is one page, of `limit` cases.
    pub q: String,
    /// States of life between commas, e.g. `dispatched,in_progress`.
    pub life: String,
    /// `yes`: somebody has to do something.
    pub open: String,
    /// Lead unit.
    pub unit: String,
    /// Rung that answers now, e.g. `grid`.
    pub rung: String,
    /// Item code.
    pub item: String,
    /// Community of the place.
    pub locality: String,
    /// In the month in which it arrived, `2026-11`.
    pub arrived: String,
    /// Sending system.
    pub source: String,
    /// From this month of the limit on, `2026-11`.
    pub from: String,
    /// Up to and with this month.
    pub to: String,
    /// `yes`: closed within the limit; `no`: after it.
    pub on_time: String,
    /// `yes`: the result is owed and late.
    pub overdue: String,
    /// `yes`: amber.
    pub at_risk: String,
    /// `yes`: not signed, and late.
    pub unsigned: String,
    /// `yes` or `no`.
    pub reopened: String,
    /// `yes` or `no`: went up the ladder.
    pub escalated: String,
    /// `yes` or `no`: imported as recorded elsewhere.
    pub recorded: String,
    /// `yes`: test orders, and only they.
    pub test: String,
    /// Where the page before ended.
    pub cursor: String,
    /// Rows of a page, at most 500.
    pub limit: Option<u32>,
}

impl CaseQuery {
    /// The filter at this time.
    ///
    /// # Errors
    /// `BAD_QUERY` with the parameter that cannot be understood.
    pub fn filter(&self, now: Timestamp) -> Result<CaseFilter, Problem> {
        let at = |flag: Option<bool>| flag.filter(|flag| *flag).map(|_| now);
        Ok(CaseFilter {
            lives: self.lives()?,
            open: flag("open", &self.open)?,
            unit: known(&self.unit),
            rung: self.rung()?,
            item: known(&self.item),
            locality: known(&self.locality),
            arrived: month("arrived", &self.arrived)?,
            source: known(&self.source),
            from_month: month("from", &self.from)?,
            to_month: month("to", &self.to)?,
            on_time: flag("on_time", &self.on_time)?,
            overdue_at: at(flag("overdue", &self.overdue)?),
            at_risk_at: at(flag("at_risk", &self.at_risk)?),
            unsigned_at: at(flag("unsigned", &self.unsigned)?),
            reopened: flag("reopened", &self.reopened)?,
            escalated: flag("escalated", &self.escalated)?,
            recorded: flag("recorded", &self.recorded)?,
            test: flag("test", &self.test)? == Some(true),
        })
    }

    /// Reads the query of an address.
    ///
    /// # Errors
    /// `BAD_QUERY`.
    pub fn read(query: &str) -> Result<CaseQuery, Problem> {
        let uri: Uri = format!("/cases?{query}").parse().map_err(|_| bad("query"))?;
        let Query(read) = Query::try_from_uri(&uri).map_err(|_| bad("query"))?;
        Ok(read)
    }

    /// The cursor, where there is one.
    pub fn cursor(&self) -> Option<&str> {
        Some(self.cursor.as_str()).filter(|cursor| !cursor.is_empty())
    }

    fn lives(&self) -> Result<Vec<Life>, Problem> {
        let words = self.life.split(',').map(str::trim).filter(|word| !word.is_empty());
        words.map(|word| Life::parse(word).ok_or_else(|| bad("life"))).collect()
    }

    fn rung(&self) -> Result<Option<String>, Problem> {
        match known(&self.rung) {
            Some(word) if !word.is_empty() && Rung::parse(&word).is_none() => Err(bad("rung")),
            rung => Ok(rung),
        }
    }
}

fn bad(parameter: &str) -> Problem {
    Problem::from(EdgeCode::BadQuery).about(parameter)
}

fn known(value: &str) -> Option<String> {
    match value.trim() {
        "" => None,
        "-" => Some(String::new()),
        value => Some(value.to_owned()),
    }
}

fn flag(parameter: &str, value: &str) -> Result<Option<bool>, Problem> {
    match value {
        "" => Ok(None),
        "yes" => Ok(Some(true)),
        "no" => Ok(Some(false)),
        _ => Err(bad(parameter)),
    }
}

/// `2026-11`, or nothing.
///
/// # Errors
/// `BAD_QUERY`.
pub fn month(parameter: &str, value: &str) -> Result<Option<String>, Problem> {
    if value.is_empty() {
        return Ok(None);
    }
    let valid = value.len() == 7 && format!("{value}-01").parse::<jiff::civil::Date>().is_ok();
    if valid { Ok(Some(value.to_owned())) } else { Err(bad(parameter)) }
}

/// The query that lists exactly the cases of this filter.
pub fn query(filter: &CaseFilter) -> String {
    let text = |value: &Option<String>| match value.as_deref() {
        None => String::new(),
        Some("") => "-".to_owned(),
        Some(value) => value.to_owned(),
    };
    let yes_no = |flag: Option<bool>| flag.map_or("", |flag| if flag { "yes" } else { "no" }).to_owned();
    let yes = |set: bool| yes_no(set.then_some(true));
    let lives: Vec<&str> = filter.lives.iter().map(|life| life.as_str()).collect();
    let pairs = [
        ("life", lives.join(",")),
        ("open", yes_no(filter.open)),
        ("unit", text(&filter.unit)),
        ("rung", text(&filter.rung)),
        ("item", text(&filter.item)),
        ("locality", text(&filter.locality)),
        ("arrived", text(&filter.arrived)),
        ("source", text(&filter.source)),
        ("from", text(&filter.from_month)),
        ("to", text(&filter.to_month)),
        ("on_time", yes_no(filter.on_time)),
        ("overdue", yes(filter.overdue_at.is_some())),
        ("at_risk", yes(filter.at_risk_at.is_some())),
        ("unsigned", yes(filter.unsigned_at.is_some())),
        ("reopened", yes_no(filter.reopened)),
        ("escalated", yes_no(filter.escalated)),
        ("recorded", yes_no(filter.recorded)),
        ("test", yes(filter.test)),
    ];
    let said = pairs.iter().filter(|(_, value)| !value.is_empty());
    said.map(|(name, value)| format!("{name}={}", url_encode(value))).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod specs {
    use super::*;

    fn read(query: &str, now: Timestamp) -> Result<CaseFilter, String> {
        let read = CaseQuery::read(query).map_err(|problem| problem.about)?;
        read.filter(now).map_err(|problem| problem.about)
    }

    #[test]
    fn a_filter_reads_as_it_is_written() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let filter = CaseFilter {
            lives: vec![Life::Dispatched, Life::InProgress],
            open: Some(true),
            unit: Some("320506001".into()),
            rung: Some(String::new()),
            item: Some("违建 & 噪声".into()),
            from_month: Some("2026-01".into()),
            on_time: Some(false),
            overdue_at: Some(now),
            escalated: Some(true),
            test: true,
            ..CaseFilter::default()
        };
        assert_eq!(read(&query(&filter), now), Ok(filter));
        assert_eq!(read("", now), Ok(CaseFilter::default()));
    }

    #[test]
    fn what_cannot_be_understood_is_named() {
        let now = Timestamp::UNIX_EPOCH;
        for (query, parameter) in
            [("life=asleep", "life"), ("open=maybe", "open"), ("from=2026-13", "from"), ("rung=moon", "rung")]
        {
            assert_eq!(read(query, now), Err(parameter.to_owned()));
        }
    }
}
