//! What happens to a case shows in its row.

use domain::case::Life;
use domain::case::clocks::DeadlineName;
use domain::ids::{Rung, UnitId};
use serde_json::json;

use super::board::contribution;
use super::page::Parking;
use super::sample::*;

const DUE: &str = "2026-11-27T17:30:00+08:00";
const IN_TIME: &str = "2026-11-26T10:00:00+08:00";
const LATE: &str = "2026-11-28T10:00:00+08:00";

fn on_the_grid() -> Log {
    Log::new().add(1, registered("N1")).add(1, classified(GRID)).add(1, dispatched(GRID, DUE))
}

fn called_back_after(result_at: &str) -> Log {
    on_the_grid()
        .add(1, signed())
        .add(1, result(result_at))
        .at("2026-12-02T10:00:00+08:00")
        .add(1, check_passed())
        .add(1, called_back(true))
}

#[test]
fn a_complaint_without_a_place_waits_for_dispatch_where_only_the_root_sees_it() {
    let row = Log::new().add(1, registered("N1")).row(1);
    assert_eq!((row.life, row.next_due_name), (Life::Registered, Some(DeadlineName::Dispatch)));
    assert_eq!((row.scope_path.as_str(), row.lead), ("", None));
}

#[test]
fn the_title_shows_neither_name_nor_number() {
    let title = Log::new().add(1, registered("N1")).row(1).title;
    assert!(title.contains("路灯") && !title.contains("李雷") && !title.contains("13812345678"), "{title}");
}

#[test]
fn before_dispatch_the_place_decides_who_sees_it_then_the_lead() {
    let classified = Log::new().add(1, registered("N1")).add(1, classified(GRID));
    assert_eq!(classified.row(1).scope_path, format!("{COMMUNITY_PATH}{GRID}/"));
    let dispatched = classified.add(1, dispatched(OTHER, DUE)).row(1);
    assert_eq!(dispatched.scope_path, dispatched.lead_path);
    assert_eq!(dispatched.lead_path, "/320506/320506110/");
}

#[test]
fn the_next_thing_to_do_follows_the_work() {
    let next = |log: &Log| log.row(1).next_due_name;
    let log = on_the_grid();
    assert_eq!(next(&log), Some(DeadlineName::Sign));
    let log = log.add(1, signed());
    assert_eq!(next(&log), Some(DeadlineName::Contact));
    let log = log.add(1, contacted());
    assert_eq!(next(&log), Some(DeadlineName::Resolve));
    let log = log.add(1, result(IN_TIME));
    assert_eq!(next(&log), Some(DeadlineName::Verify));
    let log = log.add(1, check_passed());
    assert_eq!(next(&log), Some(DeadlineName::Callback));
    let log = log.add(1, called_back(true)).add(1, closed());
    assert_eq!(next(&log), None);
}

#[test]
fn a_callback_after_the_limit_is_not_the_handlers_time() {
    let row = called_back_after(IN_TIME).add(1, closed()).row(1);
    assert_eq!((row.closed_at, row.on_time), (Some(at(IN_TIME)), Some(true)));
}

#[test]
fn a_result_after_the_limit_is_late_however_it_ends() {
    let row = called_back_after(LATE).add(1, closed()).row(1);
    assert_eq!((row.closed_at, row.on_time), (Some(at(LATE)), Some(false)));
}

#[test]
fn nothing_is_judged_before_the_close() {
    assert_eq!(called_back_after(LATE).row(1).on_time, None);
}

#[test]
fn a_reopened_case_is_not_closed_any_more_and_has_a_new_limit() {
    let due = "2026-12-09T17:30:00+08:00";
    let row = called_back_after(IN_TIME).add(1, closed()).add(1, escalated()).add(1, reopened(due)).row(1);
    assert_eq!((row.closed_at, row.on_time, row.due_at), (None, None, Some(at(due))));
    assert_eq!((row.reopened, row.rung), (1, Some(Rung::Grid)));
    assert_eq!(row.responsible, Some(UnitId::new(GRID)));
    assert_eq!(row.next_due_name, Some(DeadlineName::Resolve));
}

#[test]
fn a_failed_check_gives_the_work_back() {
    let due = "2026-11-30T17:30:00+08:00";
    let row = on_the_grid().add(1, signed()).add(1, result(IN_TIME)).add(1, check_failed(due)).row(1);
    assert_eq!((row.life, row.handled_at, row.due_at), (Life::InProgress, None, Some(at(due))));
    assert_eq!((row.failed_checks, row.next_due_name), (1, Some(DeadlineName::Resolve)));
}

#[test]
fn a_suspended_case_waits_for_its_review_and_goes_on_where_it_was() {
    let log = on_the_grid().add(1, suspended());
    assert_eq!(log.row(1).next_due_name, Some(DeadlineName::Review));
    assert!(!log.row(1).is_running());
    let row = log.add(1, resumed("2026-12-04T17:30:00+08:00")).row(1);
    assert_eq!((row.life, row.next_due_name), (Life::Dispatched, Some(DeadlineName::Resolve)));
}

#[test]
fn an_extension_moves_the_limit() {
    let row = on_the_grid().add(1, extended("2026-12-04T17:30:00+08:00")).row(1);
    assert_eq!((row.extensions, row.due_at), (1, Some(at("2026-12-04T17:30:00+08:00"))));
}

#[test]
fn an_escalated_case_is_answered_by_the_superior_and_the_lead_stays() {
    let row = on_the_grid().add(1, escalated()).row(1);
    assert_eq!(row.responsible, Some(UnitId::new(COMMUNITY)));
    assert_eq!((row.lead, row.escalations), (Some(UnitId::new(GRID)), 1));
}

#[test]
fn history_keeps_its_own_times_and_asks_nothing_of_anybody() {
    let log = Log::new().add(1, registered("N1")).add(1, recorded("市城管局", Some(DUE), Some(LATE)));
    let row = log.row(1);
    assert_eq!((row.life, row.on_time, row.next_due_at), (Life::RecordedClosed, Some(false), None));
    assert_eq!(row.lead_path, "/recorded/市城管局/");
    assert_eq!(contribution(&row).map(|(_, counts)| (counts.total, counts.late)), Some((1, 1)));
}

#[test]
fn history_without_a_limit_is_not_judged() {
    let log = Log::new().add(1, registered("N1")).add(1, recorded(COMMUNITY, None, Some(LATE)));
    let row = log.row(1);
    assert_eq!((row.on_time, row.rung), (None, Some(Rung::Community)));
}

#[test]
fn a_case_counts_in_the_chinese_month_of_its_limit() {
    let row = Log::new()
        .add(1, registered("N1"))
        .add(1, classified(GRID))
        .add(1, dispatched(GRID, "2026-11-30T16:30:00Z"))
        .row(1);
    assert_eq!(row.month(), "2026-12");
}

#[test]
fn a_test_order_counts_nowhere() {
    let row = Log::new().add(1, registered_with("N1", json!({"test": true}))).row(1);
    assert_eq!(contribution(&row), None);
}

#[test]
fn the_limit_of_the_outside_order_holds_until_ours_is_counted() {
    let row = Log::new().add(1, registered_with("N1", json!({"outside_due_at": DUE}))).row(1);
    assert_eq!(row.due_at, Some(at(DUE)));
}

#[test]
fn a_repeated_complaint_is_counted_on_its_case() {
    let row = on_the_grid().add_intake(repeated(1)).row(1);
    assert_eq!((row.repeats, row.position), (1, 4));
}

#[test]
fn an_event_that_does_not_fit_parks_its_stream_and_no_other() {
    let log = Log::new().add(1, signed()).add(2, registered("N2")).add(1, contacted());
    let mut fold = super::page::PageFold::default();
    let mut parked = std::collections::HashSet::new();
    let org = org();
    log.items().iter().for_each(|item| fold.take(item, &mut parked, &org));
    let change = fold.finish();
    let what: Vec<_> = change.parkings.iter().map(|(_, parking)| parking.clone()).collect();
    let reason = "the case was never registered".to_owned();
    assert_eq!(what, [Parking::Park { position: 1, reason }, Parking::Skip { position: 3 }]);
    assert_eq!(change.rows.len(), 1);
}

#[test]
fn a_row_survives_its_own_json() {
    let row = called_back_after(LATE).add(1, closed()).row(1);
    // Stands in a table of its own.
    let row = super::case_row::CaseRow { state: None, ..row };
    let text = serde_json::to_string(&row).expect("encodes");
    assert_eq!(serde_json::from_str::<super::case_row::CaseRow>(&text).expect("decodes"), row);
}
