//! Views over a real file.

use std::sync::Arc;

use domain::case::Life;
use domain::ids::UnitId;
use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::runner::{Runner, RunnerError};
use crate::views::sample::*;
use crate::{CaseRow, Difference};

const DUE: &str = "2026-11-27T17:30:00+08:00";
const NOW: &str = "2026-11-27T12:00:00+08:00";

pub(super) struct House {
    pub folder: TempDir,
    pub views: Views,
}

impl House {
    async fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let views = Views::open(folder.path().join("views.db")).await.expect("opens");
        Self { folder, views }
    }

    pub async fn of(log: &Log) -> Self {
        let house = Self::new().await;
        house.runner(log).catch_up().await.expect("catches up");
        house
    }

    pub fn runner(&self, log: &Log) -> Runner {
        Runner::new(self.views.clone(), Arc::new(log.clone()), rules())
    }

    pub async fn differences(&self, log: &Log) -> Vec<Difference> {
        self.views.compare(Arc::new(log.clone()), rules()).await.expect("compares")
    }
}

/// Ten cases in all states: two in triage, history, a test order, and open ones of two streets.
pub(super) fn street() -> Log {
    let open = |log: Log, case: u128, unit: &str, due: &str| {
        log.add(case, registered(&format!("N{case}")))
            .add(case, classified(unit))
            .add(case, dispatched(unit, due))
    };
    let log = Log::new().add(1, registered("N1")).add(2, registered("N2")).add(2, classified(GRID));
    let log = open(log, 3, GRID, DUE);
    let log = open(log, 4, GRID, "2026-11-26T17:30:00+08:00").add(4, signed()).add(4, escalated());
    let log = open(log, 5, OTHER, DUE).add(5, signed()).add(5, suspended());
    let log = open(log, 6, GRID, DUE).add(6, signed()).add(6, result(NOW));
    let log = open(log, 7, GRID, DUE).add(7, signed()).add(7, result(NOW)).add(7, check_passed());
    let log = open(log, 8, GRID, DUE)
        .add(8, signed())
        .add(8, result("2026-11-28T12:00:00+08:00"))
        .add(8, check_passed())
        .add(8, called_back(true))
        .add(8, closed());
    let log = log.add(9, registered("N9")).add(9, recorded("市城管局", Some(DUE), Some(NOW)));
    log.add(10, registered_with("N10", json!({"test": true})))
        .add(10, classified(GRID))
        .add(10, dispatched(GRID, DUE))
}

fn numbers(page: &Page) -> Vec<&str> {
    page.rows.iter().map(|row| row.case_no.as_str()).collect()
}

#[tokio::test]
async fn what_is_stored_is_what_was_folded() {
    let log = street();
    let house = House::of(&log).await;
    for row in log.rows() {
        let row = CaseRow { state: None, ..row };
        assert_eq!(house.views.find(&row.case_no, &Scope::All).await.expect("finds"), [row]);
    }
    assert_eq!(house.differences(&log).await, []);
}

#[tokio::test]
async fn a_program_that_dies_between_pages_goes_on_where_it_was() {
    let log = street();
    let whole = log.items();
    let house = House::new().await;
    for cut in [3, 7, 20, whole.len()] {
        let views = Views::open(house.views.path()).await.expect("opens again");
        let mut claim = views.claim().await.expect("claims");
        let from = usize::try_from(claim.position).expect("small");
        views.apply(&mut claim, &whole[from..cut], &rules().org).await.expect("applies");
    }
    assert_eq!(house.views.checkpoint().await.expect("reads").position, whole.len() as u64);
    assert_eq!(house.differences(&log).await, []);
}

#[tokio::test]
async fn a_zombie_writes_nothing_and_stops() {
    let log = Log::new().add(1, registered("N1"));
    let house = House::new().await;
    let mut zombie = house.runner(&log);
    zombie.step().await.expect("the first page");
    house.runner(&log).step().await.expect("takes over");
    let log = log.add(2, registered("N2"));
    let error = zombie.step().await.expect_err("fenced off");
    assert!(matches!(error, RunnerError::Store(ViewsError::Superseded)) && error.is_final());
    assert_eq!(house.views.count(&CaseFilter::default(), &Scope::All).await.expect("counts"), 1);
    assert_eq!(log.len(), 2);
}

#[tokio::test]
async fn a_poisoned_stream_is_parked_and_replayed_once_it_is_understood() {
    let log = Log::new()
        .add(1, registered("N1"))
        .add_unknown(1)
        .add(2, registered("N2"))
        .add(1, dispatched(GRID, DUE))
        .add_intake(repeated(1));
    let house = House::of(&log).await;
    let stream = log.items()[0].clone();
    let stream = crate::views::page::lane_of(&stream);
    let parked = house.views.parked().await.expect("lists");
    assert_eq!((parked[0].stream.as_str(), parked[0].position, parked[0].skipped), (stream.as_str(), 2, 2));
    assert_eq!(house.views.count(&CaseFilter::default(), &Scope::All).await.expect("counts"), 2);

    assert!(!house.views.replay("case/none").await.expect("asks"));
    assert!(house.views.replay(&stream).await.expect("asks"));
    house.runner(&log).step().await.expect("tries again");
    assert_eq!(house.views.parked().await.expect("lists").len(), 1, "still not understood");

    log.understand(2, 2, 1, classified(GRID));
    assert!(house.views.replay(&stream).await.expect("asks"));
    house.runner(&log).step().await.expect("replays");
    assert_eq!(house.views.parked().await.expect("lists"), []);
    assert_eq!(house.differences(&log).await, []);
    let row = house.views.find("N1", &Scope::All).await.expect("finds").remove(0);
    assert_eq!((row.life, row.repeats), (Life::Dispatched, 1));
}

#[tokio::test]
async fn a_case_is_found_by_number_external_id_and_uuid_within_its_scope() {
    let house = House::of(&street()).await;
    let uuid = uuid::Uuid::from_u128(3).to_string();
    for key in ["N3", " n3 ", "X-N3", uuid.as_str()] {
        let found = house.views.find(key, &Scope::All).await.expect("finds");
        assert_eq!(found.len(), 1, "{key}");
        assert_eq!(found[0].case_no, "N3");
    }
    let elsewhere = Scope::Within("/320506/320506110/".into());
    assert_eq!(house.views.find("N3", &elsewhere).await.expect("finds"), []);
}

#[tokio::test]
async fn a_list_goes_on_from_its_cursor_and_shows_each_case_once() {
    let house = House::of(&street()).await;
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page =
            house.views.list(&CaseFilter::default(), &Scope::All, cursor.as_deref(), 2).await.expect("lists");
        seen.extend(page.rows.iter().map(|row| row.case_no.clone()));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["N9", "N8", "N7", "N6", "N5", "N4", "N3", "N2", "N1"]);
    let list = house.views.list(&CaseFilter::default(), &Scope::All, Some("x"), 2).await;
    assert!(matches!(list, Err(ViewsError::Cursor)));
}

#[tokio::test]
async fn an_inbox_begins_with_what_is_due_first_and_holds_what_the_unit_leads_or_answers() {
    let house = House::of(&street()).await;
    let inbox = |unit: &str, limit| {
        let (views, unit) = (house.views.clone(), UnitId::new(unit));
        async move { views.inbox(&unit, &Scope::All, None, limit).await.expect("lists") }
    };
    let grid = inbox(GRID, 10).await;
    assert_eq!(numbers(&grid), ["N3", "N4", "N6", "N7"]);
    assert_eq!(numbers(&inbox(COMMUNITY, 10).await), ["N4"]);
    let first = inbox(GRID, 3).await;
    let rest = house.views.inbox(&UnitId::new(GRID), &Scope::All, first.next_cursor.as_deref(), 3).await;
    assert_eq!(numbers(&rest.expect("goes on")), ["N7"]);
    let count = house.views.inbox_count(&UnitId::new(GRID), &Scope::All).await;
    assert_eq!(count.expect("counts"), 4);
}

#[tokio::test]
async fn a_unit_sees_its_own_subtree_and_only_the_root_sees_what_has_no_place() {
    let house = House::of(&street()).await;
    let count = |scope| {
        let views = house.views.clone();
        async move { views.count(&CaseFilter::default(), &scope).await.expect("counts") }
    };
    assert_eq!(count(Scope::All).await, 9);
    assert_eq!(count(Scope::Within("/320506/".into())).await, 7);
    assert_eq!(count(Scope::Within(COMMUNITY_PATH.into())).await, 6);
    assert_eq!(count(Scope::Within("/320506/320506110/".into())).await, 1);
}

#[tokio::test]
async fn every_number_of_the_desk_is_the_length_of_its_list() {
    let house = House::of(&street()).await;
    let now = at(NOW);
    for scope in [Scope::All, Scope::Within("/320506/".into()), Scope::Within(COMMUNITY_PATH.into())] {
        let desk = house.views.desk(now, &scope).await.expect("desk");
        let numbers = [
            (desk.open, CaseFilter::open()),
            (desk.triage, CaseFilter::triage()),
            (desk.unsigned_late, CaseFilter::unsigned_late(now)),
            (desk.overdue, CaseFilter::overdue(now)),
            (desk.at_risk, CaseFilter::at_risk(now)),
            (desk.suspended, CaseFilter::life(Life::Suspended)),
            (desk.to_verify, CaseFilter::life(Life::Handled)),
            (desk.to_callback, CaseFilter::life(Life::PendingCallback)),
            (desk.called_back_unsolved, CaseFilter::life(Life::CalledBack)),
            (desk.escalated_open, CaseFilter::escalated_open()),
        ];
        for (number, filter) in numbers {
            let page = house.views.list(&filter, &scope, None, 100).await.expect("lists");
            assert_eq!(page.rows.len() as u64, number, "{filter:?}");
            assert_eq!(house.views.count(&filter, &scope).await.expect("counts"), number);
        }
    }
    let desk = house.views.desk(now, &Scope::All).await.expect("desk");
    let expected = DeskCounts {
        open: 7,
        triage: 2,
        unsigned_late: 1,
        overdue: 1,
        at_risk: 1,
        suspended: 1,
        to_verify: 1,
        to_callback: 1,
        called_back_unsolved: 0,
        escalated_open: 1,
    };
    assert_eq!(desk, expected);
}

#[tokio::test]
async fn history_is_on_the_board_and_on_nobodys_desk() {
    let log = Log::new().add(1, registered("N1")).add(1, recorded(GRID, Some(DUE), None));
    let house = House::of(&log).await;
    let later = at("2027-06-01T00:00:00+08:00");
    assert_eq!(house.views.desk(later, &Scope::All).await.expect("desk"), DeskCounts::default());
    let inbox = house.views.inbox(&UnitId::new(GRID), &Scope::All, None, 10).await.expect("lists");
    assert_eq!(inbox.rows, []);
    let (_, total) = house.views.board(&BoardQuery::default()).await.expect("board");
    assert_eq!(total.counts.total, 1);
}

#[tokio::test]
async fn an_export_has_the_cases_of_its_filter() {
    let house = House::of(&street()).await;
    let filter = CaseFilter { open: Some(true), ..CaseFilter::default() };
    let mut export = house.views.export(&filter, &Scope::All).await.expect("begins");
    assert_eq!(export.total(), 7);
    let mut rows = Vec::new();
    while let Some(chunk) = export.next_chunk().await.expect("goes on") {
        rows.extend(chunk.into_iter().map(|row| row.case_no));
    }
    assert_eq!(rows, ["N7", "N6", "N5", "N4", "N3", "N2", "N1"]);
}

#[tokio::test]
async fn test_orders_are_listed_only_where_asked_for() {
    let house = House::of(&street()).await;
    let filter = CaseFilter { test: true, ..CaseFilter::default() };
    let page = house.views.list(&filter, &Scope::All, None, 10).await.expect("lists");
    assert_eq!(numbers(&page), ["N10"]);
}

#[tokio::test]
async fn a_row_or_a_cell_that_was_changed_is_named() {
    let log = street();
    let house = House::of(&log).await;
    let mut writer = house.views.writer().await.expect("a connection");
    for change in [
        "UPDATE case_bodies SET body = replace(body, 'N3', 'N0') WHERE opened = 4",
        "DELETE FROM case_bodies WHERE opened = 1",
        "UPDATE case_rows SET path = '/' WHERE opened = 2",
        "UPDATE cells SET late = late + 1 WHERE late = 1 AND kind <> 'life'",
    ] {
        sqlx::query(change).execute(&mut *writer).await.expect("changes");
    }
    drop(writer);
    let named: Vec<_> = house
        .differences(&log)
        .await
        .into_iter()
        .map(|difference| match difference {
            Difference::Head { position } => format!("head {position}"),
            Difference::Row { opened, views, .. } => format!("row {opened} {}", views.is_some()),
            Difference::Cell { key, .. } => format!("cell {}", key.split(' ').next().unwrap_or_default()),
            Difference::Word { word, .. } => format!("word {word}"),
        })
        .collect();
    let rows = ["row 1 false", "row 4 true", "row 2 true"];
    let cells =
        ["cell everywhere", "cell item", "cell item_ever", "cell theme", "cell unit", "cell unit_ever"];
    assert_eq!(named, [rows.as_slice(), &cells].concat());
}

#[tokio::test]
async fn another_log_behind_the_same_views_is_noticed() {
    let house = House::of(&street()).await;
    let short = Log::new().add(1, registered("N1"));
    assert!(matches!(house.differences(&short).await[0], Difference::Head { .. }));
}

#[tokio::test]
async fn two_programs_may_open_a_new_file_at_once() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("views.db");
    let (one, two, three) = tokio::join!(Views::open(&path), Views::open(&path), Views::open(&path));
    for views in [one, two, three] {
        assert_eq!(views.expect("opens").checkpoint().await.expect("reads").position, 0);
    }
}

#[tokio::test]
async fn live_pages_are_told_what_changed() {
    let log = Log::new().add(1, registered("N1")).add(1, classified(GRID));
    let house = House::new().await;
    let mut changes = house.views.changes();
    house.runner(&log).step().await.expect("follows");
    let told = changes.recv().await.expect("told");
    assert_eq!((told.case_no.as_str(), told.position), ("N1", 2));
    assert_eq!(told.lead_path, format!("{COMMUNITY_PATH}{GRID}/"));
}
