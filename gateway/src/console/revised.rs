//! What a revision of the rules did to a case, in a sentence.

use domain::case::clocks::DeadlineName;
use domain::case::event::{DeadlineRecalculated, WorkMoved};

use super::lang::Lang;
use super::when::Times;
use super::words;
use crate::http::App;

/// From which unit to which.
pub fn work_moved(app: &App, e: &WorkMoved, l: Lang) -> String {
    let rules = app.rules();
    let shifts = [&e.lead, &e.responsible, &e.place].into_iter().flatten();
    let mut told: Vec<String> = shifts
        .chain(e.parts.iter().map(|moved| &moved.shift))
        .map(|shift| {
            format!("{} → {}", words::unit(&rules.org, &shift.from, l), words::unit(&rules.org, &shift.to, l))
        })
        .collect();
    told.dedup();
    told.join(" · ")
}

/// Which limits are other ones now, and by which rules.
pub fn recalculated(e: &DeadlineRecalculated, times: &Times) -> String {
    let l = times.l;
    let resolve = e.resolve.iter().map(|clock| (DeadlineName::Resolve, clock.due_at));
    let dues = e.dues.iter().map(|moved| (moved.name, moved.due.due_at));
    let moved =
        resolve.chain(dues).map(|(name, at)| format!("{} {}", words::deadline(name, l), times.full(at)));
    let basis = l.f("日历 {}", "calendar {}", &e.calendar);
    moved.chain([basis]).collect::<Vec<_>>().join(" · ")
}
