//! 被举报单位回避, over a thousand random histories (`PROPTEST_CASES=10000` for more): what the real rules decide
//! is folded into real views, and every question is asked as each accused unit and as what is under it.

mod world;

use domain::ids::UnitId;

use self::world::World;
use super::specs::House;
use super::{BoardBy, BoardQuery, CaseFilter, PaperFilter, Scope};
use crate::views::case_row::CaseRow;
use crate::views::sample::{Log, at, rules};
use crate::views::waits::WaitFor;

const HISTORIES: u32 = 1_000;

/// What units are called to and what they are given, with every count of it.
async fn called(house: &House, scope: &Scope, unit: &UnitId) -> Vec<CaseRow> {
    let (views, now) = (&house.views, at("2027-03-01T10:00:00+08:00"));
    let mut listed = Vec::new();
    let open = views.legs_of(unit, 500).await.expect("legs");
    let silent = views.silent_legs(now, scope, 500).await.expect("legs");
    let counts = (views.legs_count(unit).await, views.silent_legs_count(now, scope).await);
    assert_eq!((up_to(counts.0), up_to(counts.1)), (open.len(), silent.len()), "{unit}");
    let over = views.past_legs_of(unit, 500).await.expect("legs");
    listed.extend([open, silent, over].into_iter().flatten().map(|called| called.case));
    let open = views.parts_of(unit, 500).await.expect("parts");
    let late = views.late_parts(now, scope, 500).await.expect("parts");
    let counts = (views.parts_count(unit).await, views.late_parts_count(now, scope).await);
    assert_eq!((up_to(counts.0), up_to(counts.1)), (open.len(), late.len()), "{unit}");
    let over = views.past_parts_of(unit, 500).await.expect("parts");
    listed.extend([open, late, over].into_iter().flatten().map(|given| given.case));
    listed
}

/// Of a count as much as a list tells of.
fn up_to(count: Result<u64, super::ViewsError>) -> usize {
    usize::try_from(count.expect("counts").min(500)).expect("small")
}

/// What waits to be decided: of each kind and of all, and how much it is.
async fn waits(house: &House, scope: &Scope) -> Vec<CaseRow> {
    let (views, now) = (&house.views, at("2027-03-01T10:00:00+08:00"));
    let counts = views.waits_count(now, scope).await.expect("counts");
    let mut listed = Vec::new();
    for what in WaitFor::ALL {
        let waiting = views.waits(Some(what), scope, 500).await.expect("waits");
        let count = counts.iter().find(|(kind, ..)| *kind == what).map_or(0, |(_, count, _)| *count);
        assert_eq!(up_to(Ok(count)), waiting.len(), "{what:?}");
        listed.extend(waiting.into_iter().map(|one| one.case));
    }
    let all = views.waits(None, scope, 500).await.expect("waits");
    assert_eq!(all.len(), listed.len().min(500));
    listed.extend(all.into_iter().map(|one| one.case));
    listed
}

/// What is in a unit's hands, page by page, and how much it is.
async fn inbox(house: &House, scope: &Scope, unit: &UnitId) -> Vec<CaseRow> {
    let mut listed = Vec::new();
    let mut cursor = None;
    loop {
        let page = house.views.inbox(unit, scope, cursor.as_deref(), 500).await.expect("an inbox");
        listed.extend(page.rows);
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(house.views.inbox_count(unit, scope).await.expect("counts"), listed.len() as u64, "{unit}");
    listed
}

/// Everything that a reader of this path is told, by whatever question.
async fn told(house: &House, path: &str, unit: &UnitId) -> Vec<CaseRow> {
    let (views, scope) = (&house.views, Scope::Within(path.to_owned()));
    let all = CaseFilter::default();
    let mut listed = Vec::new();
    let mut cursor = None;
    loop {
        let page = views.list(&all, &scope, cursor.as_deref(), 500).await.expect("lists");
        listed.extend(page.rows);
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    let count = views.count(&all, &scope).await.expect("counts");
    assert_eq!(count, listed.len() as u64, "{path}");
    let mut export = views.export(&all, &scope).await.expect("exports");
    while let Some(rows) = export.next_chunk().await.expect("a chunk") {
        listed.extend(rows);
    }
    for by in [BoardBy::Unit, BoardBy::Rung, BoardBy::Item, BoardBy::Month] {
        let query = BoardQuery { by, scope: scope.clone(), ..BoardQuery::default() };
        let (_, total) = views.board(&query).await.expect("a board");
        assert_eq!(total.counts.total.unsigned_abs(), count, "{path} {by:?}");
    }
    let now = at("2027-03-01T10:00:00+08:00");
    let open = listed.iter().take(usize::try_from(count).expect("small")).filter(|row| row.life.is_open());
    assert_eq!(views.desk(now, &scope).await.expect("a desk").open, open.count() as u64);
    listed.extend(views.search("独门特产", &scope, 500).await.expect("searches"));
    listed.extend(inbox(house, &scope, unit).await);
    let placed = listed.iter().filter(|row| row.locality.is_some() && row.item.is_some()).count() as i64;
    let themes = views.themes("2026-11", 1, &scope).await.expect("themes");
    assert!(themes.iter().map(|theme| theme.cases).sum::<i64>() <= placed, "{path}");
    listed.extend(called(house, &scope, unit).await);
    listed.extend(waits(house, &scope).await);
    listed.extend(papers(house, &scope, unit).await);
    let own: Vec<CaseRow> = listed.iter().take(20).cloned().collect();
    for row in &own {
        let alike = views.alike(row, 30, &scope, 50).await.expect("alike");
        listed.extend(alike.into_iter().map(|one| one.row));
        listed.extend(views.linked(row, &scope).await.expect("linked"));
    }
    listed
}

/// What supervision has put out: in a list, and in the inbox of the unit that has to reply.
async fn papers(house: &House, scope: &Scope, unit: &UnitId) -> Vec<CaseRow> {
    let (views, all) = (&house.views, PaperFilter::default());
    let listed = views.papers(&all, scope, None, 500).await.expect("papers").papers;
    let counted = views.papers_count(&all, scope).await.expect("counts");
    assert!(listed.len() as u64 == counted.min(500), "{counted}");
    let about = PaperFilter { unit: Some(rules().org.path(unit)), ..PaperFilter::default() };
    let about = views.papers(&about, &Scope::All, None, 500).await.expect("papers").papers;
    let owed = views.papers_of(unit, 500).await.expect("an inbox");
    listed.into_iter().chain(about).chain(owed).map(|one| one.case).collect()
}

#[tokio::test]
async fn no_question_of_an_accused_unit_ever_finds_the_case() {
    let asked_for = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let histories: u32 = asked_for.unwrap_or(HISTORIES);
    let mut world = World::new();
    for number in 0..histories {
        world.history(number);
    }
    assert!(world.barred.len() * 2 > histories as usize, "{}", world.barred.len());
    let log = Log::of(world.items);
    let house = House::of(&log).await;
    let org = &rules().org;
    let mut asked = 0;
    for unit in &world.units {
        let path = org.path(unit);
        let found: Vec<CaseRow> = told(&house, &path, unit).await;
        for row in &found {
            let barred = world.barred.get(&row.case_id);
            let leaks = barred.is_some_and(|barred| {
                barred.iter().any(|accused| accused == unit || org.is_within(unit, accused))
            });
            assert!(!leaks, "{unit} is told of {}", row.case_no);
        }
        asked += found.len();
    }
    assert!(asked > histories as usize, "the units are told of what concerns others: {asked}");
    // The histories have all that is asked about, but for what comes after a long life.
    let everyone = &Scope::All;
    // What supervision waits for has histories of its own: the tables of `tests/scenarios`.
    let supervised = [WaitFor::Reason, WaitFor::Notice, WaitFor::Order, WaitFor::Interview];
    let others = WaitFor::ALL.into_iter().filter(|what| !supervised.contains(what));
    let late = [WaitFor::Outside, WaitFor::Unsolved, WaitFor::Capped];
    for what in others.filter(|what| !late.contains(what)) {
        assert!(!house.views.waits(Some(what), everyone, 1).await.expect("waits").is_empty(), "{what:?}");
    }
    let now = at("2027-03-01T10:00:00+08:00");
    assert!(house.views.late_parts_count(now, everyone).await.expect("counts") > 0);
    // By its number too: to every accused unit each of its cases is not there.
    for (case, barred) in world.barred.iter().take(1_000) {
        for unit in barred {
            let scope = Scope::Within(org.path(unit));
            let (key, no) = (case.to_string(), [format!("N{}", case.0.as_u128() - 1)]);
            assert!(house.views.known(&no, &scope).await.expect("known").is_empty());
            assert!(house.views.find(&key, &scope).await.expect("finds").is_empty());
            assert!(house.views.find_called(&key, &scope).await.expect("finds").is_empty());
        }
    }
}
