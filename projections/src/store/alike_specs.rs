//! Suggested duplicates and themes, over a real file.

use std::sync::Arc;

use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::runner::Runner;
use crate::views::case_row::CaseRow;
use crate::views::sample::*;

const DUE: &str = "2026-11-27T17:30:00+08:00";

struct Desk {
    _folder: TempDir,
    views: Views,
}

impl Desk {
    async fn of(log: &Log) -> Self {
        let folder = TempDir::new().expect("a folder");
        let views = Views::open(folder.path().join("views.db")).await.expect("opens");
        Runner::new(views.clone(), Arc::new(log.clone()), rules()).catch_up().await.expect("catches up");
        Self { _folder: folder, views }
    }

    async fn row(&self, no: &str) -> CaseRow {
        self.views.find(no, &Scope::All).await.expect("finds").pop().expect("the case")
    }

    async fn alike(&self, no: &str, scope: &Scope) -> Vec<String> {
        let found = self.views.alike(&self.row(no).await, 30, scope, 5).await.expect("finds");
        found.into_iter().map(|one| one.row.case_no).collect()
    }
}

fn titled(log: Log, case: u128, title: &str) -> Log {
    let content = json!({"content": {"title": title, "reporter": {"name": "欧阳明"}}});
    log.add(case, registered_with(&format!("N{case}"), content))
}

fn four() -> Log {
    let log =
        titled(Log::new(), 1, "龙桥社区路灯不亮").add(1, classified(GRID)).add(1, dispatched(GRID, DUE));
    let log = titled(log, 2, "巷口漆黑").add(2, classified(COMMUNITY));
    let log = titled(log, 3, "龙桥社区的路灯又不亮了");
    let log = titled(log, 4, "电梯困人").add(4, classified(OTHER));
    titled(log, 5, "路灯").add(5, classified(OTHER))
}

#[tokio::test]
async fn what_may_be_the_same_is_found_by_place_and_item_and_by_text() {
    let desk = Desk::of(&four()).await;
    assert_eq!(desk.alike("N1", &Scope::All).await, ["N2", "N3"]);
    assert_eq!(desk.alike("N3", &Scope::All).await, ["N1"], "without a place: by its words");
    assert_eq!(desk.alike("N4", &Scope::All).await, ["N5"], "same item, same street");
}

#[tokio::test]
async fn nobody_is_shown_what_is_not_theirs() {
    let desk = Desk::of(&four()).await;
    let grid = Scope::Within(format!("{COMMUNITY_PATH}{GRID}/"));
    assert_eq!(desk.alike("N2", &grid).await, ["N1"]);
    assert_eq!(desk.alike("N1", &grid).await, [""; 0], "neither the community's nor what has no place");
}

#[tokio::test]
async fn what_was_linked_or_merged_is_seen_from_both_sides() {
    let link = json!({"CaseLinked": {"other": "00000000-0000-0000-0000-000000000002", "other_no": "N2"}});
    let merge = json!({"CaseMerged": {"into": "00000000-0000-0000-0000-000000000002", "into_no": "N2",
        "at": "2026-11-20T11:00:00+08:00"}});
    let log = four().add(1, link).add(3, merge);
    let linked = async |log: &Log, no: &str| {
        let desk = Desk::of(log).await;
        let found = desk.views.linked(&desk.row(no).await, &Scope::All).await.expect("finds");
        found.into_iter().map(|row| row.case_no).collect::<Vec<_>>()
    };
    assert_eq!(linked(&log, "N2").await, ["N1", "N3"]);
    assert_eq!(linked(&log, "N1").await, ["N2"]);
    let apart = log.add(3, json!({"CaseUnmerged": {"reason": "不是同一处"}}));
    assert_eq!(linked(&apart, "N2").await, ["N1"]);
}

#[tokio::test]
async fn what_a_community_complains_of_again_and_again_is_a_theme() {
    let desk = Desk::of(&four()).await;
    let themes = desk.views.themes("2026-11", 2, &Scope::All).await.expect("themes");
    let told: Vec<(&str, i64, i64)> =
        themes.iter().map(|theme| (theme.place.0.as_str(), theme.cases, theme.open)).collect();
    assert_eq!(told, [(COMMUNITY, 2, 2), (OTHER, 2, 2)]);
    assert!(desk.views.themes("2026-10", 1, &Scope::All).await.expect("themes").is_empty());
    let within = Scope::Within(COMMUNITY_PATH.to_owned());
    assert_eq!(desk.views.themes("2026-11", 1, &within).await.expect("themes").len(), 1);
}

#[tokio::test]
async fn a_report_against_somebody_is_alike_to_nothing_by_its_place_and_counts_in_no_theme() {
    let accused = json!({"content": {"title": "社区乱收费"}, "accused": {"units": [COMMUNITY]}});
    let log = four().add(6, registered_with("N6", accused)).add(6, classified(GRID));
    let desk = Desk::of(&log).await;
    let themes = desk.views.themes("2026-11", 1, &Scope::All).await.expect("themes");
    assert_eq!(themes[0].cases, 2, "{themes:?}");
    assert_eq!(desk.alike("N6", &Scope::All).await, [""; 0]);
}
