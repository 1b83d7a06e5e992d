//! Views made anew: beside a running program, of another log, of another version.

use std::sync::Arc;

use tempfile::TempDir;

use super::specs::{House, street};
use super::*;
use crate::views::sample::*;
use crate::{FeedItem, Rebuilt, is_taken, rebuild};

#[tokio::test]
async fn rebuilt_under_the_running_program_the_views_go_on() {
    let log = street();
    let house = House::of(&log).await;
    let mut runner = house.runner(&log);
    runner.step().await.expect("follows");
    sqlx::raw_sql("DELETE FROM case_rows; DELETE FROM case_bodies")
        .execute(&mut *house.views.writer().await.expect("w"))
        .await
        .expect("lost");
    let mut steps = 0;
    house.views.rebuild(Arc::new(log.clone()), rules(), |_| steps += 1).await.expect("rebuilds");
    assert!(steps > 0);
    assert_eq!(house.differences(&log).await, []);
    let log = log.add(11, registered("N11"));
    assert_eq!(runner.step().await.expect("goes on").events, 1);
    assert_eq!(house.views.find("N11", &Scope::All).await.expect("finds").len(), 1);
    assert_eq!(log.len() as u64, house.views.checkpoint().await.expect("reads").position);
}

#[tokio::test]
async fn a_broken_file_is_rebuilt() {
    let log = street();
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("views.db");
    std::fs::write(&path, vec![7; 10_000]).expect("writes");
    std::fs::write(folder.path().join("views.db-wal"), "left over").expect("writes");
    assert!(Views::open(&path).await.is_err());
    rebuild(&path, Arc::new(log.clone()), rules(), |_| {}).await.expect("rebuilds");
    let house = House { views: Views::open(&path).await.expect("opens"), folder };
    assert_eq!(house.differences(&log).await, []);
    let left: Vec<_> = std::fs::read_dir(house.folder.path())
        .expect("lists")
        .filter_map(|file| file.ok().map(|file| file.file_name()))
        .filter(|name| name.to_string_lossy().contains("new"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn views_that_are_made_anew_beside_a_running_program_are_taken_over_by_it() {
    let log = street();
    let house = House::of(&log).await;
    let mut runner = house.runner(&log);
    runner.step().await.expect("follows");
    let lost = sqlx::raw_sql("DELETE FROM case_rows; DELETE FROM case_bodies");
    lost.execute(&mut *house.views.writer().await.expect("w")).await.expect("lost");
    let path = house.views.path();
    let rebuilt = rebuild(path, Arc::new(log.clone()), rules(), |_| {}).await.expect("rebuilds");
    assert!(matches!(rebuilt, Rebuilt::HandedOver(_)), "{rebuilt:?}");
    assert!(!is_taken(path).await.expect("looks"), "the old ones are served until the runner's next step");
    let log = log.add(11, registered("N11"));
    assert_eq!(runner.step().await.expect("goes on").events, 1);
    assert!(is_taken(path).await.expect("looks"));
    assert_eq!(house.differences(&log).await, []);
}

#[tokio::test]
async fn views_of_another_log_are_made_anew_and_never_mixed() {
    let house = House::of(&street()).await;
    let other = Log::new().add(21, registered("M21"));
    assert_eq!(house.runner(&other).catch_up().await.expect("catches up").position, 1);
    assert_eq!(house.differences(&other).await, [], "a log that ends before the views");
    let longer = (1..60).fold(Log::new().add(22, registered("M22")), |log, case| {
        log.add(100 + case, registered(&format!("L{case}")))
    });
    let longer = Log::of(longer.items().into_iter().map(|item| FeedItem { hash: [9; 32], ..item }).collect());
    house.runner(&longer).catch_up().await.expect("catches up");
    assert_eq!(house.differences(&longer).await, [], "a log that is another at the same place");
    assert_eq!(house.views.find("M21", &Scope::All).await.expect("finds"), []);
}

#[tokio::test]
async fn a_file_of_another_version_is_made_anew_from_the_log() {
    let log = street();
    let house = House::of(&log).await;
    sqlx::raw_sql("DROP TABLE cells; PRAGMA user_version = 1")
        .execute(&mut *house.views.writer().await.expect("w"))
        .await
        .expect("made old");
    house.views.close().await;
    let again = House { views: Views::open(house.views.path()).await.expect("opens"), folder: house.folder };
    assert_eq!(again.views.checkpoint().await.expect("reads").position, 0);
    again.runner(&log).catch_up().await.expect("catches up");
    assert_eq!(again.differences(&log).await, []);
}

#[tokio::test]
async fn cases_that_go_on_long_after_they_were_over_are_rebuilt_as_they_were_followed() {
    let due_at = "2026-11-27T17:30:00+08:00";
    let life = |log: Log, case: u128| {
        let log = log.add(case, registered(&format!("N{case}"))).add(case, classified(GRID));
        let log = log.add(case, dispatched(GRID, due_at)).add(case, signed());
        let log = log.add(case, result("2026-11-25T10:00:00+08:00")).add(case, check_passed());
        log.add(case, called_back(true)).add(case, closed())
    };
    let mut log = (1..20).fold(Log::new(), life);
    for case in 1..20 {
        log = log.add(case, reopened("2026-12-07T17:30:00+08:00")).add_intake(repeated(20 - case));
    }
    let house = House::of(&log).await;
    house.runner(&log).catch_up().await.expect("follows");
    assert_eq!(house.differences(&log).await, []);
    let found = house.views.find("N7", &Scope::All).await.expect("finds");
    assert_eq!(found.iter().map(|row| (row.reopened, row.repeats)).collect::<Vec<_>>(), [(1, 1)]);
}
