//! Who is kept from a case, and who therefore may see it.
//!
//! What decides everywhere is the path of the row: lists, counts, boards, search, export and live pages
//! ask whether it lies at or below the reader's own. A path that is cut off above every accused unit lies
//! within no path of that unit or of what is under it, so that no question of theirs can find the case.

use domain::case::{Accused, Life, event};
use domain::org::Org;

use super::case_row::CaseRow;

/// Somebody is accused in a supplement, and not identified.
pub(super) fn accuse(row: &mut CaseRow, accused: &Accused) {
    for unit in &accused.units {
        if !row.barred.contains(unit) {
            row.barred.push(unit.clone());
        }
    }
    row.accused_unclear |= accused.unclear;
}

/// 回避: what the unit had is taken back, and the case waits for another.
pub(super) fn barred(row: &mut CaseRow, e: &event::UnitBarred, org: &Org) {
    accuse(row, &Accused { units: e.unit.iter().cloned().collect(), unclear: false });
    row.accused_unclear = false;
    row.legs.retain(|leg| !e.recalled.contains(&leg.unit));
    if row.lead.as_ref().is_some_and(|lead| e.recalled.contains(lead)) {
        super::hands::settle(row);
        row.legs.clear();
        row.whistle_waits_for = None;
        row.life = Life::PendingDispatch;
        row.lead = None;
        row.lead_rung = None;
        row.lead_path.clear();
        row.responsible = None;
        row.rung = None;
        row.signed_at = None;
        row.sign_due_at = None;
        row.contacted_at = None;
        row.contact_due_at = None;
        row.answer_due_at = None;
        row.review_at = None;
        row.handled_at = None;
        row.verify_due_at = None;
        row.callback_due_at = None;
        row.dispatched_at = None;
        row.dispatch_due_at = e.dispatch.as_ref().map(|due| due.due_at);
    }
    row.scope_path = match &row.lead {
        Some(_) => row.lead_path.clone(),
        None => row.place.as_ref().map(|place| org.path(place)).unwrap_or_default(),
    };
}

/// Cuts the path off above every unit that is accused.
pub(super) fn cut(row: &mut CaseRow, org: &Org) {
    if row.accused_unclear {
        row.scope_path.clear();
    }
    let barred = row.barred.iter().filter_map(|unit| org.unit(unit));
    let paths: Vec<&str> = barred.map(|unit| unit.path.as_str()).collect();
    row.legs.retain(|leg| !paths.iter().any(|path| leg.path.starts_with(path)));
    row.parts.retain(|part| !paths.iter().any(|path| part.path.starts_with(path)));
    // What is above one accused unit may lie under another one.
    while let Some(accused) = row
        .barred
        .iter()
        .filter_map(|unit| org.unit(unit))
        .find(|unit| row.scope_path.starts_with(unit.path.as_str()))
    {
        row.scope_path = accused.parent.as_ref().map(|parent| org.path(parent)).unwrap_or_default();
    }
}

#[cfg(test)]
mod specs {
    use crate::views::sample::{COMMUNITY, GRID, Log, classified, dispatched, registered, registered_with};
    use serde_json::json;

    const STREET: &str = "320506001";

    #[test]
    fn a_report_against_a_community_is_seen_by_the_station_above_it_and_by_nobody_below() {
        let log = Log::new()
            .add(1, registered_with("A", json!({"place": GRID, "accused": {"units": [COMMUNITY]}})));
        let row = log.row(1);
        assert_eq!(row.scope_path, "/320506/320506001/S-320506001-01/");
    }

    #[test]
    fn an_accused_street_leaves_the_case_to_the_district() {
        let log = Log::new()
            .add(1, registered_with("A", json!({"accused": {"units": [COMMUNITY, STREET]}})))
            .add(1, classified(GRID));
        assert_eq!(log.row(1).scope_path, "/320506/");
    }

    #[test]
    fn until_the_accused_is_identified_only_the_root_sees_it() {
        let log =
            Log::new().add(1, registered_with("A", json!({"place": GRID, "accused": {"unclear": true}})));
        assert_eq!(log.row(1).scope_path, "");
        let log = log.add(1, json!({"UnitBarred": {"reason": "指的是社区", "unit": COMMUNITY}}));
        assert_eq!(log.row(1).scope_path, "/320506/320506001/S-320506001-01/");
    }

    #[test]
    fn whoever_had_it_and_is_accused_afterwards_has_it_no_more() {
        let log = Log::new()
            .add(1, registered("A"))
            .add(1, classified(GRID))
            .add(1, dispatched(GRID, "2026-11-27T17:30:00+08:00"))
            .add(1, json!({"UnitBarred": {"reason": "举报网格员", "unit": GRID, "recalled": [GRID]}}));
        let row = log.row(1);
        assert_eq!((row.lead, row.responsible), (None, None));
        assert_eq!(row.scope_path, "/320506/320506001/S-320506001-01/320506001012/");
    }
}
