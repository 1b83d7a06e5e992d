//! What the figures need of a case beside what its row shows: firsts, counts, and whom it was given to before.

use domain::case::Event;
use domain::case::clocks::DeadlineName;
use domain::ids::UnitId;
use domain::recorded::Recorded;
use jiff::Timestamp;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

use super::case_row::CaseRow;
use super::fold::Told;

/// That part of a case's row.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FiguresRow {
    /// First contact of this round.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_contact_at: Option<Timestamp>,
    /// The limit for signing has passed unsigned.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sign_passed: bool,
    /// The limit for the first contact has passed without one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub contact_passed: bool,
    /// The limit for the result that was told last to have passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_passed: Option<Timestamp>,
    /// Checks that it passed.
    #[serde(skip_serializing_if = "is_zero")]
    pub passed_checks: u32,
    /// How often it was suspended.
    #[serde(skip_serializing_if = "is_zero")]
    pub suspensions: u32,
    /// Whistles that were sounded.
    #[serde(skip_serializing_if = "is_zero")]
    pub whistles: u32,
    /// Escalations past a rung.
    #[serde(skip_serializing_if = "is_zero")]
    pub skips: u32,
    /// A return was approved, and it has not been dispatched again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub returned: bool,
    /// Dispatches that are over.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<Former>,
    /// 督办单、通报 that were issued, and not withdrawn.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<Charge>,
    /// The latest day on which something was recorded, from 1970-01-01 on, in Chinese time.
    pub day: i32,
}

/// An order of the supervisors, or a notice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Charge {
    /// 督办单; else 通报.
    pub order: bool,
    /// Its number within the case.
    pub number: u32,
    /// About whom.
    pub unit: UnitId,
    /// That unit's path.
    pub path: String,
    /// 销号.
    pub settled: bool,
}

/// A dispatch that is over: it went back, or on to another unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Former {
    /// The unit that had it.
    pub unit: UnitId,
    /// Its path.
    pub path: String,
    /// It was sent back, and that was approved.
    pub returned: bool,
    /// It went to another unit then.
    pub moved: bool,
    /// It had a limit for signing, which was kept (true) or not; none where it had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_in_time: Option<bool>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The day of this instant in Chinese time, from 1970-01-01 on.
pub fn day_of(at: Timestamp) -> i32 {
    let day = Offset::constant(8).to_datetime(at).date();
    let since = day.since(jiff::civil::Date::constant(1970, 1, 1)).map(|span| span.get_days());
    since.unwrap_or_default()
}

/// Something was recorded about the case: also what stands in another stream.
pub(super) fn touch(row: &mut CaseRow, recorded: &Recorded) {
    row.figures.day = row.figures.day.max(day_of(recorded.meta.recorded_at));
}

/// Takes an event into the figures, before it changes the row.
pub(super) fn note(row: &mut CaseRow, event: &Event, told: &Told<'_>) {
    let recorded = told.recorded;
    touch(row, recorded);
    match event {
        Event::CaseDispatched(e) => dispatched(row, &e.unit),
        Event::ReturnApproved(_) => row.figures.returned = true,
        Event::ComplainantContacted(_) => {
            let at = recorded.meta.occurred_at;
            row.figures.first_contact_at.get_or_insert(at);
        }
        Event::DeadlinePassed(e) => match e.name {
            DeadlineName::Sign => row.figures.sign_passed = true,
            DeadlineName::Contact => row.figures.contact_passed = true,
            DeadlineName::Resolve => row.figures.limit_passed = Some(e.due_at),
            _ => {}
        },
        Event::CaseReopened(_) => {
            row.figures.first_contact_at = None;
            row.figures.contact_passed = false;
        }
        Event::VerificationPassed(_) => row.figures.passed_checks += 1,
        Event::CaseSuspended(_) => row.figures.suspensions += 1,
        Event::WhistleSounded(_) => row.figures.whistles += 1,
        // A step by time follows the ladder; whoever passes a rung over names the rule.
        Event::CaseEscalated(e) => row.figures.skips += u32::from(!e.rule.is_empty()),
        Event::SupervisionIssued(e) => charged(row, true, e.order, &e.unit, told),
        Event::SupervisionClosed(e) => {
            let orders = row.figures.charges.iter_mut().filter(|charge| charge.order);
            orders.filter(|order| order.number == e.order).for_each(|order| order.settled = true);
        }
        Event::NoticeIssued(e) => charged(row, false, e.notice, &e.unit, told),
        Event::NoticeWithdrawn(e) => {
            row.figures.charges.retain(|charge| charge.order || charge.number != e.notice);
        }
        _ => {}
    }
}

/// A corrected notice is the same one.
fn charged(row: &mut CaseRow, order: bool, number: u32, unit: &UnitId, told: &Told<'_>) {
    let charges = &mut row.figures.charges;
    if !charges.iter().any(|charge| (charge.order, charge.number) == (order, number)) {
        let path = told.org.path(unit);
        charges.push(Charge { order, number, unit: unit.clone(), path, settled: false });
    }
}

fn dispatched(row: &mut CaseRow, unit: &UnitId) {
    if let Some(lead) = &row.lead {
        let moved = lead != unit;
        if moved || row.figures.returned {
            row.figures.former.push(Former {
                unit: lead.clone(),
                path: row.lead_path.clone(),
                returned: row.figures.returned,
                moved,
                signed_in_time: signed_in_time(row),
            });
        }
    }
    row.figures.returned = false;
    row.figures.sign_passed = false;
    row.figures.first_contact_at = None;
    row.figures.contact_passed = false;
}

/// Whether the limit for signing was kept; none where there is none, or it has not come.
pub(super) fn signed_in_time(row: &CaseRow) -> Option<bool> {
    match (row.signed_at, row.sign_due_at) {
        _ if row.figures.sign_passed => Some(false),
        (Some(signed), Some(due)) => Some(signed <= due),
        _ => None,
    }
}

/// Whether the limit for the first contact was kept; likewise.
pub(super) fn contacted_in_time(row: &CaseRow) -> Option<bool> {
    match (row.figures.first_contact_at, row.contact_due_at) {
        _ if row.figures.contact_passed => Some(false),
        (Some(contacted), Some(due)) => Some(contacted <= due),
        _ => None,
    }
}
