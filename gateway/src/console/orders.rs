//! A filled-in form, read as an order.

use domain::case::State;
use domain::ids::{ItemCode, UnitId};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;

use super::callback_forms;
use super::fields::Input;
use super::forms::next_rung;
use super::hand_forms;
use super::part_forms;
use super::supervise_forms;
use super::{decisions, edges};
use crate::http::order::Order;
use crate::http::problem::{EdgeCode, Problem};

/// Reads the form of this action.
///
/// # Errors
/// `BAD_FIELD` with the field; `PAGE_NOT_FOUND` for an action that does not exist.
pub fn read(action: &str, input: &Input, state: &State, zone: &TimeZone) -> Result<Order, Problem> {
    let text = |name: &str| input.get(name).map(|text| text.trim().to_owned()).unwrap_or_default();
    Ok(match action {
        "classify" => {
            Order::Classify { item: ItemCode::new(text("item")), place: UnitId::new(text("place")) }
        }
        "dispatch" => Order::Dispatch { unit: unit(&text("unit")) },
        "sign" => Order::Sign {},
        "contact" => Order::Contact { channel: text("channel"), note: text("note") },
        "extend" => Order::Extend {
            by: word("by", input)?,
            reason: text("reason"),
            complainant_told: text("complainant_told") == "true",
        },
        "suspend" => Order::Suspend {
            review_at: close_of_day(&text("review_at"), zone)?,
            reason: text("reason"),
            complainant_told: text("complainant_told") == "true",
        },
        "resume" => Order::Resume {},
        "submit_result" => Order::SubmitResult { solved: yes("solved", input)?, reply: text("reply") },
        "verify" => Order::Verify { passed: yes("passed", input)?, reason: text("reason") },
        "reopen" => Order::Reopen { reason: text("reason") },
        "escalate" => Order::Escalate {
            to: match input.get("to").filter(|to| !to.is_empty()) {
                Some(_) => word("to", input)?,
                None => next_rung(state).ok_or(EdgeCode::BadField)?,
            },
            reason: word("reason", input)?,
        },
        "bar_unit" => Order::BarUnit {
            unit: Some(text("unit")).filter(|unit| !unit.is_empty()).map(UnitId::new),
            reason: text("reason"),
        },
        "reveal_reporter" => Order::RevealReporter { purpose: text("purpose") },
        _ => match decisions::read(action, input)
            .or_else(|| edges::read(action, input))
            .or_else(|| callback_forms::read(action, input))
        {
            Some(order) => order?,
            None => on_a_whistle(action, input, state, zone)?,
        },
    })
}

/// What is said on a whistle; all else is for the hands that have the case.
fn on_a_whistle(action: &str, input: &Input, state: &State, zone: &TimeZone) -> Result<Order, Problem> {
    let text = |name: &str| input.get(name).map(|text| text.trim().to_owned()).unwrap_or_default();
    Ok(match action {
        "sound_whistle" => Order::SoundWhistle {
            kind: word("kind", input)?,
            units: units_of(&text("units")),
            reason: text("reason"),
            place: text("place"),
        },
        "approve_whistle" => {
            Order::ApproveWhistle { approved: yes("approved", input)?, reason: text("reason") }
        }
        "respond_whistle" => Order::RespondWhistle {},
        "arrive_on_site" => Order::ArriveOnSite { place: text("place") },
        "decline_whistle" => Order::DeclineWhistle { reason: text("reason") },
        "adjudicate_decline" => Order::AdjudicateDecline {
            unit: UnitId::new(text("unit")),
            upheld: yes("upheld", input)?,
            reason: text("reason"),
        },
        "finish_leg" => Order::FinishLeg { feedback: text("feedback") },
        "stand_down" => Order::StandDown { whistle: None, reason: text("reason") },
        "rate_whistle" => Order::RateWhistle {
            unit: Some(text("unit")).filter(|unit| !unit.is_empty()).map(UnitId::new),
            score: text("score").parse().map_err(|_| bad("score"))?,
            reason: text("reason"),
        },
        other => match part_forms::read(other, input) {
            Some(order) => Order::Part(order?),
            None => match supervise_forms::read(other, input) {
                Some(order) => Order::Supervise(order?),
                None => Order::Hand(hand_forms::read(other, input, state, zone)?),
            },
        },
    })
}

/// Codes of units, separated by commas or spaces.
pub(super) fn units_of(codes: &str) -> Vec<UnitId> {
    let separators = ['、', ',', '，', ';', '；', ' '];
    codes.split(separators).filter(|code| !code.is_empty()).map(UnitId::new).collect()
}

/// A unit's code; none where the field was left empty.
pub(super) fn unit(code: &str) -> Option<UnitId> {
    Some(code).filter(|code| !code.is_empty()).map(UnitId::new)
}

fn bad(field: &str) -> Problem {
    Problem::from(EdgeCode::BadField).about(field)
}

pub fn yes(field: &str, input: &Input) -> Result<bool, Problem> {
    input.get(field).and_then(|word| word.parse().ok()).ok_or_else(|| bad(field))
}

/// A word of the domain, as its JSON spells it.
pub(super) fn word<T: DeserializeOwned>(field: &str, input: &Input) -> Result<T, Problem> {
    let word = input.get(field).map(|word| word.trim().to_owned()).unwrap_or_default();
    serde_json::from_value(word.into()).map_err(|_| bad(field))
}

/// A review falls due at the close of business of its day.
pub(super) fn close_of_day(day: &str, zone: &TimeZone) -> Result<Timestamp, Problem> {
    let day: Date = day.parse().map_err(|_| bad("review_at"))?;
    let local = day.at(17, 30, 0, 0);
    zone.to_ambiguous_zoned(local).compatible().map(|zoned| zoned.timestamp()).map_err(|_| bad("review_at"))
}
