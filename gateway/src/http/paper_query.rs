//! Which papers of supervision, as an address says it: the same words for page, file and interface.

use domain::case::event::SupervisionStep;
use domain::ids::UnitId;
use jiff::Timestamp;
use jiff::civil::Date;
use projections::{PaperFilter, PaperState};
use serde::Deserialize;
use utoipa::IntoParams;

use super::App;
use super::problem::{EdgeCode, Problem};
use super::visit::url_encode;

/// The query of a list of papers. Empty is absent.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct PaperQuery {
    /// `urge`, `written_urge`, `order`, `notice`, `listing` or `interview`; none for all.
    pub kind: String,
    /// `open` (the default): somebody still has something to do; `late`: past its limit; `all`; or one of
    /// `to_reply`, `to_approve`, `to_check`, `to_close`, `to_interview`, `sent`, `replied`, `done`,
    /// `lapsed`, `withdrawn`.
    pub state: String,
    /// About this unit or one under it.
    pub unit: String,
    /// From this day on, `2026-11-20`.
    pub from: String,
    /// Up to and with this day.
    pub to: String,
    /// `unit`: how many of each kind for each unit, and no list.
    pub by: String,
    /// Where the page before ended.
    pub cursor: String,
    /// Rows of a page, at most 500.
    pub limit: Option<u32>,
}

impl PaperQuery {
    /// The filter at this time.
    ///
    /// # Errors
    /// `BAD_QUERY` with the parameter that cannot be understood.
    pub fn filter(&self, app: &App, now: Timestamp) -> Result<PaperFilter, Problem> {
        let rules = app.rules();
        let kind = match self.kind.trim() {
            "" => None,
            word => Some(
                SupervisionStep::ALL
                    .into_iter()
                    .find(|step| step.as_str() == word)
                    .ok_or_else(|| bad("kind"))?,
            ),
        };
        let unit = match self.unit.trim() {
            "" => None,
            code => Some(
                rules
                    .org
                    .unit(&UnitId::new(code))
                    .map(|unit| unit.path.clone())
                    .ok_or_else(|| bad("unit"))?,
            ),
        };
        let midnight = |name: &'static str, text: &str, days: i64| match text.trim() {
            "" => Ok::<_, Problem>(None),
            text => {
                let day: Date = text.parse().map_err(|_| bad(name))?;
                let day = day.checked_add(jiff::Span::new().days(days)).map_err(|_| bad(name))?;
                let start = day.to_zoned(rules.calendar.zone().clone()).map_err(|_| bad(name))?;
                Ok(Some(start.timestamp()))
            }
        };
        let mut filter = PaperFilter {
            kind,
            unit,
            from: midnight("from", &self.from, 0)?,
            to: midnight("to", &self.to, 1)?,
            ..PaperFilter::default()
        };
        match self.state() {
            "open" => filter.open = true,
            "late" => filter.late_at = Some(now),
            "all" => {}
            word => filter.state = Some(PaperState::parse(word).ok_or_else(|| bad("state"))?),
        }
        Ok(filter)
    }

    /// The state that is asked for: what is open, where papers are listed; where they are counted for each
    /// unit, all of them.
    pub fn state(&self) -> &str {
        match (self.state.trim(), self.is_by_unit()) {
            ("", true) => "all",
            ("", false) => "open",
            (word, _) => word,
        }
    }

    /// Counted for each unit.
    pub fn is_by_unit(&self) -> bool {
        self.by.trim() == "unit"
    }

    /// The cursor, where there is one.
    pub fn cursor(&self) -> Option<&str> {
        Some(self.cursor.as_str()).filter(|cursor| !cursor.is_empty())
    }

    /// The same question as an address; with other values for some of its words.
    pub fn address(&self, page: &str, other: &[(&str, &str)]) -> String {
        let own = [
            ("kind", self.kind.as_str()),
            ("state", self.state.as_str()),
            ("unit", self.unit.as_str()),
            ("from", self.from.as_str()),
            ("to", self.to.as_str()),
            ("by", self.by.as_str()),
        ];
        let kept = own.into_iter().filter(|(name, _)| other.iter().all(|(changed, _)| changed != name));
        let words = kept.chain(other.iter().copied()).filter(|(_, value)| !value.is_empty());
        let words: Vec<String> = words.map(|(name, value)| format!("{name}={}", url_encode(value))).collect();
        if words.is_empty() { page.to_owned() } else { format!("{page}?{}", words.join("&")) }
    }
}

fn bad(parameter: &str) -> Problem {
    Problem::from(EdgeCode::BadQuery).about(parameter)
}
