//! The board's numbers are the lengths of their lists, and every question is answered by an index.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use sqlx::Row;
use tempfile::TempDir;

use super::filter::{Crowd, Order};
use super::*;
use crate::runner::Runner;
use crate::views::board::Counts;
use crate::views::properties::log;
use crate::views::sample::*;

const NUMBERS: [BoardNumber; 9] = [
    BoardNumber::Total,
    BoardNumber::Open,
    BoardNumber::Closed,
    BoardNumber::OnTime,
    BoardNumber::Late,
    BoardNumber::Reopened,
    BoardNumber::Escalated,
    BoardNumber::ClosedAtGrid,
    BoardNumber::Overdue,
];

async fn views_of(folder: &TempDir, log: &Log) -> Views {
    let views = Views::open(folder.path().join("views.db")).await.expect("opens");
    let mut runner = Runner::new(views.clone(), Arc::new(log.clone()), rules());
    runner.catch_up().await.expect("catches up");
    views
}

fn queries() -> Vec<BoardQuery> {
    let now = Some(at("2026-12-20T00:00:00+08:00"));
    let mut queries = Vec::new();
    for by in [BoardBy::Unit, BoardBy::Rung, BoardBy::Item, BoardBy::Month] {
        let all = BoardQuery { by, now, ..BoardQuery::default() };
        queries.push(BoardQuery { scope: Scope::Within("/320506/320506001/".into()), ..all.clone() });
        queries.push(BoardQuery { to_month: Some("2026-12".into()), ..all.clone() });
        queries.push(all);
    }
    queries
}

async fn every_number_is_a_list(log: &Log) -> Result<(), TestCaseError> {
    let folder = TempDir::new().expect("a folder");
    let views = views_of(&folder, log).await;
    for query in queries() {
        let (rows, total) = views.board(&query).await.expect("board");
        for number in NUMBERS {
            for row in &rows {
                let filter = query.filter(Some(&row.key), number);
                let count = views.count(&filter, &query.scope).await.expect("counts");
                prop_assert_eq!(
                    count,
                    row.number(number).unsigned_abs(),
                    "{:?} of {:?} {:?}",
                    number,
                    row.key,
                    query
                );
            }
            let count = views.count(&query.filter(None, number), &query.scope).await.expect("counts");
            prop_assert_eq!(count, total.number(number).unsigned_abs(), "{:?} in all {:?}", number, query);
        }
    }
    let differences = views.compare(Arc::new(log.clone()), rules()).await.expect("compares");
    prop_assert_eq!(differences, []);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn every_number_of_the_board_is_the_length_of_its_list(log in log()) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(every_number_is_a_list(&log))?;
    }
}

#[tokio::test]
async fn no_question_reads_the_whole_table() {
    let folder = TempDir::new().expect("a folder");
    let views = views_of(&folder, &Log::new()).await;
    let now = at("2026-12-20T00:00:00+08:00");
    let default = CaseFilter::default;
    let filters = [
        default(),
        CaseFilter::open(),
        CaseFilter::triage(),
        CaseFilter::overdue(now),
        CaseFilter::at_risk(now),
        CaseFilter::unsigned_late(now),
        CaseFilter::escalated_open(),
        CaseFilter::life(domain::case::Life::Closed),
        CaseFilter { unit: Some(GRID.into()), ..default() },
        CaseFilter { item: Some("0101".into()), ..default() },
        CaseFilter { source: Some("12345".into()), ..default() },
        CaseFilter { from_month: Some("2026-12".into()), ..default() },
        CaseFilter { on_time: Some(false), ..default() },
        CaseFilter { reopened: Some(true), ..default() },
        CaseFilter { escalated: Some(true), ..default() },
    ];
    let many = Counts { total: 1_000_000, ..Counts::default() };
    let great = Crowd(domain::case::Life::ALL.into_iter().map(|life| (life, many)).collect());
    for filter in filters {
        for scope in [Scope::All, Scope::Within("/320506/".into())] {
            for crowd in [Crowd::default(), great.clone()] {
                let way = filter.way(&crowd);
                let mut query = filter.query("EXPLAIN QUERY PLAN SELECT opened", &scope, &way);
                let Order { column, .. } = way.by;
                query.push(format_args!(" ORDER BY {column}, opened LIMIT 50"));
                let plan =
                    query.build().fetch_all(&mut *views.reader().await.expect("r")).await.expect("a plan");
                for step in plan {
                    let step: String = step.try_get("detail").expect("a detail");
                    let whole = step.starts_with("SCAN") && !step.contains(" INDEX ");
                    let may_sort = ["case_by_path", "running_amber"].contains(&way.index);
                    let sorted = crowd == great && step.contains("TEMP B-TREE") && !may_sort;
                    assert!(!whole && !sorted, "{filter:?} {scope:?} {crowd:?}: {step}");
                }
            }
        }
    }
}
