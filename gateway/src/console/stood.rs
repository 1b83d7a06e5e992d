//! A case as it stood at a time: the log up to then, folded by the very folds that make the present.

use domain::case::{Case, State};
use domain::decider::Decider;
use domain::sealed::Content;
use domain::stream::Event;
use engine::CaseHistory;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use projections::views::fold::{self, Told};

use super::case::Seen;
use super::legs::LegView;
use crate::http::App;
use crate::http::problem::{EdgeCode, Problem};

/// The time that a form's field names, in the office's zone; with seconds also where it names none.
///
/// # Errors
/// `BAD_QUERY`.
pub fn time(at: &str, zone: &TimeZone) -> Result<Timestamp, Problem> {
    let bad = || Problem::from(EdgeCode::BadQuery).about("at");
    let local: DateTime = at.parse().map_err(|_| bad())?;
    // To the end of the minute that was named: what happened in it is there.
    let end = if at.len() <= 16 {
        local.with().second(59).subsec_nanosecond(999_999_999).build()
    } else {
        Ok(local)
    };
    let zoned = zone.to_ambiguous_zoned(end.map_err(|_| bad())?).compatible().map_err(|_| bad())?;
    Ok(zoned.timestamp())
}

/// The case as the log had it then; as it is, where no time is named.
///
/// # Errors
/// `BAD_QUERY` where there was no such case yet; a log that does not fold.
pub fn at(app: &App, seen: Seen, at: Option<Timestamp>, content: Option<&Content>) -> Result<Seen, Problem> {
    let Some(at) = at else { return Ok(seen) };
    let Seen { case, history, row: now } = seen;
    let events: Vec<_> =
        history.events.into_iter().take_while(|recorded| recorded.meta.recorded_at <= at).collect();
    let rules = app.rules();
    let (mut row, mut state) = (None, State::default());
    for recorded in &events {
        let Event::Case(event) = &recorded.event else { continue };
        Case::evolve(&mut state, event);
        let told = Told { recorded, content, org: &rules.org };
        fold::case(&mut row, event, &told)
            .map_err(|error| Problem::inside("a case does not fold", &error))?;
    }
    let mut row = row.ok_or_else(|| Problem::from(EdgeCode::BadQuery).about("at"))?;
    // What keeps somebody away is asked of the present.
    row.barred = now.barred;
    Ok(Seen { row, case, history: CaseHistory { state, events } })
}

/// In the past nothing can be done.
pub fn read_only(mut legs: Vec<LegView>, past: bool) -> Vec<LegView> {
    for leg in legs.iter_mut().filter(|_| past) {
        leg.buttons.clear();
        leg.forms.clear();
    }
    legs
}
