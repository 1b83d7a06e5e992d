//! The figures of any day, counted as things happened, are those of a log that ended with that day and is gone
//! through case by case.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::metrics::{Metric, Tally, Weights};
use crate::runner::Runner;
use crate::views::facts::{Fact, facts};
use crate::views::properties::event;
use crate::views::sample::*;
use crate::views::tallies::{date_of, day_number};

/// What happens besides: whistles, parts, limits that pass, returns, exclusions, repeats.
fn more() -> impl Strategy<Value = Value> {
    let name = prop_oneof![Just("sign"), Just("contact"), Just("resolve")];
    prop_oneof![
        name.prop_map(
            |name| json!({"DeadlinePassed": {"name": name, "due_at": "2026-12-01T17:30:00+08:00"}})
        ),
        Just(json!({"WhistleSounded": {
            "whistle": 1, "kind": "routine", "sounder": GRID, "by": "user:a", "reason": "…",
            "legs": [{"leg": 1, "unit": OTHER, "clocks": {"rule": "", "finish_rule": "", "policy": ""}}]
        }})),
        Just(json!({"WhistleResponded": {"leg": 1, "unit": OTHER, "by": "user:b"}})),
        Just(json!({"WhistleRated": {"leg": 1, "by": GRID, "of": OTHER, "by_sounder": true, "score": 4}})),
        Just(json!({"ReturnApproved": {"unit": GRID}})),
        Just(json!({"CaseExcluded": {"ground": "impossible"}})),
        Just(json!({"CaseClosed": {"mode": "voided"}})),
        Just(json!({"UnitBarred": {"unit": OTHER, "reason": "…"}})),
    ]
}

/// A log of five cases over some weeks; anything may happen to them.
fn log() -> impl Strategy<Value = Log> {
    let one = (1_u128..=5, prop_oneof![3 => event(), 1 => more()], 0_u8..3, any::<bool>());
    proptest::collection::vec(one, 0..60).prop_map(|events| {
        let opened = (1..=5).fold(Log::new(), |log, case| {
            let channel = if case == 1 { "patrol" } else { "phone" };
            log.add(
                case,
                registered_with(&format!("N{case}"), json!({"test": case == 5, "channel": channel})),
            )
        });
        // Legs have numbers of their own; the latest is the one that answers.
        let mut legs = [0; 6];
        events.into_iter().fold(opened, |log, (case, mut event, days, again)| {
            let leg = &mut legs[usize::try_from(case).expect("small")];
            if let Some(sounded) = event.get_mut("WhistleSounded") {
                *leg += 1;
                sounded["legs"][0]["leg"] = json!(*leg);
            }
            for answer in ["WhistleResponded", "WhistleRated"] {
                event.get_mut(answer).into_iter().for_each(|answer| answer["leg"] = json!(*leg));
            }
            let log = log.later(days).add(case, event);
            if again && case == 2 { log.add_intake(repeated(2)) } else { log }
        })
    })
}

fn queries() -> Vec<FiguresQuery> {
    use FiguresBy::{Below, Item, Month, Path, Place, Rung, Unit};
    let day = |text: &str| Some(text.parse().expect("a date"));
    let mut queries = Vec::new();
    for by in [Unit, Below, Path, Rung, Item, Place, Month] {
        let all = FiguresQuery { by, ..FiguresQuery::default() };
        queries.push(FiguresQuery { scope: Scope::Within("/320506/320506001/".into()), ..all.clone() });
        queries.push(FiguresQuery { from: day("2026-12-01"), to: day("2026-12-31"), ..all.clone() });
        queries.push(FiguresQuery { from: day("2026-11-25"), to: day("2026-12-09"), ..all.clone() });
        queries.push(FiguresQuery { rung: Some("community".into()), ..all.clone() });
        queries.push(FiguresQuery {
            item: Some("0101".into()),
            place: Some(COMMUNITY.into()),
            ..all.clone()
        });
        queries.push(all);
    }
    queries
}

/// The same by going through every case of the log.
fn by_hand(log: &Log, query: &FiguresQuery) -> Lines {
    let mut lines = Lines::new();
    for fact in log.rows().iter().flat_map(facts) {
        let inside = match &query.scope {
            Scope::All => true,
            Scope::Within(path) => fact.path.starts_with(path.as_str()),
        };
        let day = date_of(fact.day);
        let is = |asked: &Option<String>, found: &str| asked.as_deref().is_none_or(|asked| asked == found);
        let asked = query.from.is_none_or(|from| from <= day)
            && query.to.is_none_or(|to| day <= to)
            && is(&query.rung, fact.rung)
            && is(&query.item, &fact.item)
            && is(&query.place, &fact.place);
        if inside && asked {
            *lines.entry(key(&fact, query)).or_default() += fact.tally;
        }
    }
    lines.retain(|_, tally| *tally != Tally::default());
    lines
}

fn key(fact: &Fact, query: &FiguresQuery) -> String {
    match query.by {
        FiguresBy::Unit => fact.unit.clone(),
        FiguresBy::Path => fact.path.clone(),
        FiguresBy::Rung => fact.rung.to_owned(),
        FiguresBy::Item => fact.item.clone(),
        FiguresBy::Place => fact.place.clone(),
        FiguresBy::Month => date_of(fact.day).strftime("%Y-%m").to_string(),
        FiguresBy::Below => {
            let (segments, depth): (Vec<&str>, usize) =
                (fact.path.split('/').collect(), if query.scope == Scope::All { 2 } else { 3 });
            let own = segments.get(depth - 1).copied().unwrap_or_default();
            segments.get(depth).copied().filter(|next| !next.is_empty()).unwrap_or(own).to_owned()
        }
    }
}

async fn every_day_is_a_log_of_its_own(log: &Log) -> Result<(), TestCaseError> {
    let folder = TempDir::new().expect("a folder");
    let views = Views::open(folder.path().join("views.db")).await.expect("opens");
    let mut runner = Runner::new(views.clone(), Arc::new(log.clone()), rules());
    runner.catch_up().await.expect("catches up");
    let first = day_number("2026-11-19".parse().expect("a date"));
    for query in queries() {
        let lines = views.figures(&query).await.expect("figures");
        prop_assert_eq!(lines, by_hand(log, &query), "now {:?}", query);
        for day in [first, first + 2, first + 12, first + 400] {
            let query = FiguresQuery { as_of: Some(date_of(day)), ..query.clone() };
            let lines = views.figures(&query).await.expect("figures");
            prop_assert_eq!(lines, by_hand(&log.until(day), &query), "{:?}", query);
        }
    }
    let differences = views.compare(Arc::new(log.clone()), rules()).await.expect("compares");
    prop_assert_eq!(differences, []);
    // And the same where pages of the log end anywhere.
    let pieces = Views::open(folder.path().join("pieces.db")).await.expect("opens");
    let items = log.items();
    for end in (1..=items.len()).filter(|end| end % 3 == 0 || *end == items.len()) {
        let prefix = Log::of(items[..end].to_vec());
        Runner::new(pieces.clone(), Arc::new(prefix), rules()).catch_up().await.expect("catches up");
    }
    let differences = pieces.compare(Arc::new(log.clone()), rules()).await.expect("compares");
    prop_assert_eq!(differences, []);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn the_figures_of_a_day_are_those_of_a_log_that_ended_with_it(log in log()) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(every_day_is_a_log_of_its_own(&log))?;
    }
}

#[tokio::test]
async fn no_figure_is_counted_by_reading_everything() {
    let folder = TempDir::new().expect("a folder");
    let views = Views::open(folder.path().join("views.db")).await.expect("opens");
    for query in queries() {
        for as_of in [None, Some(date_of(20_000))] {
            let asked = figures::asked(&FiguresQuery { as_of, ..query.clone() }, 20_000, 20_030);
            let plan = format!("EXPLAIN QUERY PLAN {}", asked.sql());
            let mut reader = views.reader().await.expect("a reader");
            let steps: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(&plan).fetch_all(&mut *reader).await.expect("a plan");
            let found = steps.iter().find(|(.., step)| step.contains("facts")).expect("reads facts");
            assert!(
                found.3.contains("SEARCH facts USING PRIMARY KEY (past=? AND day=?"),
                "{query:?}: {}",
                found.3
            );
        }
    }
}

/// What is changed and changed back within a day leaves the same, wherever a page of the log ends.
#[tokio::test]
async fn a_change_that_is_taken_back_the_same_day_leaves_nothing_behind() {
    let due = "2026-11-27T17:30:00+08:00";
    let folder = TempDir::new().expect("a folder");
    let views = Views::open(folder.path().join("views.db")).await.expect("opens");
    let log = Log::new().add(1, registered("A")).add(1, classified(GRID)).add(1, dispatched(GRID, due));
    let mut runner = Runner::new(views.clone(), Arc::new(log.clone()), rules());
    runner.catch_up().await.expect("follows");
    let mut log = log.later(1);
    for due in ["2026-12-31T17:30:00+08:00", due] {
        log = log.add(1, json!({"OutsideDueSet": {"due_at": due}}));
        runner.step().await.expect("follows");
    }
    assert_eq!(views.compare(Arc::new(log), rules()).await.expect("compares"), []);
}

/// What a limit that passed says is said of that limit: one set further out since has not passed.
#[tokio::test]
async fn a_limit_that_was_set_further_out_has_not_passed() {
    let due = "2026-11-27T17:30:00+08:00";
    let passed = json!({"DeadlinePassed": {"name": "resolve", "due_at": due}});
    let log = Log::new().add(1, registered("A")).add(1, classified(GRID)).add(1, dispatched(GRID, due));
    let log = log.add(1, passed);
    assert_eq!(facts(&log.row(1))[0].tally.overdue, 1);
    let moved = json!({"OutsideDueSet": {"due_at": "2026-12-31T17:30:00+08:00"}});
    assert_eq!(facts(&log.add(1, moved).row(1))[0].tally.overdue, 0);
}

/// Orders and notices count for the unit that they are about; so do calls that reached nobody.
#[tokio::test]
async fn orders_notices_and_vain_calls_are_counted() {
    let order = |number: u32| {
        json!({"SupervisionIssued": {
            "order": number, "number": "督1", "unit": OTHER, "cause": "overdue", "facts": "…", "asks": "…",
            "at": "2026-11-28T10:00:00+08:00",
        }})
    };
    let notice = json!({"NoticeIssued": {
        "notice": 1, "edition": 1, "number": "通1", "unit": OTHER, "to": [OTHER], "text": "…", "by": "user:b",
    }});
    let vain = json!({"CallbackAttempted": {
        "at": "2026-11-28T10:00:00+08:00", "by": "user:d", "outcome": "busy", "counted": true,
    }});
    let log = Log::new().add(1, registered("A")).add(1, classified(GRID));
    let log = log.add(1, dispatched(GRID, "2026-11-27T17:30:00+08:00"));
    let log = log.add(1, order(1)).add(1, order(2)).add(1, notice.clone()).add(1, notice);
    let done = json!({"SupervisionClosed": {"order": 1, "root_cause": "…", "by": "user:d"}});
    let log = log.add(1, done).add(1, vain);
    let counted = facts(&log.row(1));
    let (own, other) = (counted[0].tally, counted[1].tally);
    assert_eq!((counted[1].unit.as_str(), other.orders, other.orders_closed), (OTHER, 2, 1));
    assert_eq!((other.notices, other.notices_rectified), (1, 0));
    assert_eq!((own.to_callback, own.attempted, own.valid), (1, 1, 0));
    let log = log.add(1, closed());
    assert_eq!(facts(&log.row(1))[1].tally.notices_rectified, 1);
}

/// A month as somebody would count it by hand.
#[tokio::test]
async fn a_small_month() {
    let due = "2026-11-27T17:30:00+08:00";
    let mut log = Log::new();
    for case in 1..=4 {
        log = log.add(case, registered(&format!("N{case}"))).add(case, classified(GRID));
        log = log.add(case, dispatched(GRID, due)).add(case, signed()).add(case, contacted());
    }
    // One in time and satisfied, one late and called back unsolved, one overdue, one still within its limit.
    log = log
        .add(1, result("2026-11-26T10:00:00+08:00"))
        .add(1, check_passed())
        .add(1, called_back(true))
        .add(1, closed());
    log = log.add(2, result("2026-11-28T10:00:00+08:00")).add(2, check_passed()).add(2, called_back(false));
    log = log.add(3, json!({"DeadlinePassed": {"name": "resolve", "due_at": due}}));
    let folder = TempDir::new().expect("a folder");
    let views = Views::open(folder.path().join("views.db")).await.expect("opens");
    Runner::new(views.clone(), Arc::new(log), rules()).catch_up().await.expect("catches up");
    let lines = views.figures(&FiguresQuery::default()).await.expect("figures");
    let tally = lines[GRID];
    assert_eq!((tally.cases, tally.in_time, tally.late, tally.overdue), (4, 1, 1, 1));
    assert_eq!((tally.valid, tally.solved, tally.satisfied, tally.dissatisfied), (2, 1, 1, 1));
    let figure = |key: &str| Metric::named(key).expect("a figure").of(&tally, &Weights::default());
    assert_eq!(figure("result").thousandths(), Some(333));
    assert_eq!(figure("overdue").thousandths(), Some(667));
    assert_eq!(figure("signing").thousandths(), Some(1_000));
    assert!(!figure("result").is_enough(), "three are too few to say anything");
}
