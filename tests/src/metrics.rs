//! Figures at length: random lives of the real domain as one log, its figures counted on as it is read, anew from
//! the whole of it, and once more by plain loops over the exported rows, for now and as of days in between.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use domain::case::{Case, Command, Event as CaseEvent, Life, State};
use domain::context::{Actor, Context, Rulebook};
use domain::decider::Decider;
use domain::ids::CaseId;
use domain::recorded::{Meta, Recorded};
use domain::sample;
use domain::stream::{Event, StreamId};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use projections::metrics::Tally;
use projections::{
    CaseFilter, Feed, FeedError, FeedEvent, FeedItem, FiguresBy, FiguresQuery, Runner, Scope, Views,
};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::Value;
use uuid::Uuid;

use crate::walk::World;

/// Cases that go on at the same time.
const AT_ONCE: usize = 400;

/// A log in memory.
#[derive(Clone)]
pub struct Log(pub Arc<Vec<FeedItem>>);

#[async_trait::async_trait]
impl Feed for Log {
    async fn read_after(&self, position: u64, limit: u32) -> Result<Vec<FeedItem>, FeedError> {
        let from = usize::try_from(position).unwrap_or(usize::MAX).min(self.0.len());
        Ok(self.0[from..].iter().take(limit as usize).cloned().collect())
    }

    async fn between(&self, after: u64, through: u64) -> Result<Vec<FeedItem>, FeedError> {
        let limit = u32::try_from(through.saturating_sub(after)).unwrap_or(u32::MAX);
        self.read_after(after, limit).await
    }

    async fn head(&self) -> Result<u64, FeedError> {
        Ok(self.0.len() as u64)
    }
}

struct Living {
    id: Uuid,
    state: State,
    sequence: u64,
    /// What is still to be done of its beginning.
    script: Vec<(Actor, Command)>,
    /// Acts that are left.
    left: u32,
}

/// So many events of random lives, over some months.
pub fn log(events: usize, seed: u64) -> Log {
    let rules = sample::rulebook().expect("the sample is sound");
    let world = World::small();
    let mut random = StdRng::seed_from_u64(seed);
    let mut now: Timestamp = "2026-03-02T00:00:00Z".parse().expect("a time");
    let pace = 60 * 86_400 * 3 / i64::try_from(events.max(1)).expect("few");
    let mut items: Vec<FeedItem> = Vec::with_capacity(events + 100);
    let mut living: Vec<Living> = Vec::new();
    let mut born = 0_u128;
    while items.len() < events {
        now += SignedDuration::from_micros(1 + random.random_range(0..=2 * pace.max(1) * 1_000_000));
        if living.len() < AT_ONCE.min(events / 40 + 1) {
            born += 1;
            let script = &world.beginnings[random.random_range(0..world.beginnings.len())].1;
            let script = script.iter().rev().map(|given| anew(given, born, now)).collect();
            let left = random.random_range(5..60);
            living.push(Living {
                id: Uuid::from_u128(born),
                state: State::default(),
                sequence: 0,
                script,
                left,
            });
        }
        let chosen = random.random_range(0..living.len());
        let case = &mut living[chosen];
        pass(case, now, &rules, &mut items);
        let (actor, command) = match case.script.pop() {
            Some(given) => anew(&given, case.id.as_u128(), now),
            None => anew(&world.moves[random.random_range(0..world.moves.len())], case.id.as_u128(), now),
        };
        give(case, &actor, &command, now, &rules, &mut items);
        case.left = case.left.saturating_sub(1);
        if case.left == 0 {
            living.swap_remove(chosen);
        }
    }
    items.truncate(events);
    Log(Arc::new(items))
}

/// The same command, with the number and the time of this case.
fn anew((actor, command): &(Actor, Command), number: u128, now: Timestamp) -> (Actor, Command) {
    let mut command = command.clone();
    if let Command::Register(register) = &mut command {
        register.case_no = format!("2026-{number}");
        register.received_at = now;
        register.clocks_from = now;
        register.test = number.is_multiple_of(50);
    }
    (actor.clone(), command)
}

fn pass(case: &mut Living, now: Timestamp, rules: &Rulebook, items: &mut Vec<FeedItem>) {
    for _ in 0..40 {
        let Some(next) = case.state.next_deadline().filter(|next| next.due_at <= now) else { return };
        give(case, &Actor::system("deadlines"), &Command::PassDeadline(next), now, rules, items);
    }
}

fn give(
    case: &mut Living,
    actor: &Actor,
    command: &Command,
    now: Timestamp,
    rules: &Rulebook,
    items: &mut Vec<FeedItem>,
) {
    let context = Context { now, occurred_at: now, actor, rules };
    let Ok(events) = Case::decide(&case.state, command, &context) else { return };
    for event in events {
        Case::evolve(&mut case.state, &event);
        case.sequence += 1;
        let position = items.len() as u64 + 1;
        let meta = Meta {
            occurred_at: now,
            recorded_at: now,
            actor: actor.clone(),
            correlation: Uuid::nil(),
            causation: Uuid::nil(),
            command_id: Uuid::from_u128(u128::from(position)),
        };
        let stream = StreamId::case(CaseId(case.id));
        let recorded =
            Recorded { position, stream, sequence: case.sequence, event: Event::Case(event), meta };
        let item = FeedEvent::Known { recorded: Box::new(recorded), content: None };
        items.push(FeedItem { position, hash: hash(position), item });
    }
}

fn hash(position: u64) -> [u8; 32] {
    let mut hash = [7; 32];
    hash[..8].copy_from_slice(&position.to_be_bytes());
    hash
}

/// What was compared.
#[derive(Debug, Default)]
pub struct Compared {
    /// Events of the log.
    pub events: usize,
    /// Cases in it.
    pub cases: usize,
    /// Numbers that were compared with plain loops.
    pub numbers: usize,
    /// What differs.
    pub wrong: Vec<String>,
}

/// Counts the log in all three ways and compares them; as of so many days in between too.
pub async fn compare(log: &Log, days: usize, folder: &Path) -> Compared {
    let rules = Arc::new(sample::rulebook().expect("the sample is sound"));
    let views = followed(log, &rules, &folder.join("views.db")).await;
    let mut compared = Compared { events: log.0.len(), ..Compared::default() };
    let different = views.compare(Arc::new(log.clone()), rules.clone()).await.expect("compares");
    compared.wrong.extend(different.iter().take(20).map(|one| format!("anew: {one}")));
    compared.cases = by_hand(&views, log, None, &mut compared).await;
    for part in 1..=days {
        let at = log.0.len() * part / (days + 1);
        let day = day_of(&log.0[at]);
        let until = log.0.iter().take_while(|item| day_of(item) <= day).cloned().collect();
        let prefix = Log(Arc::new(until));
        let path = folder.join(format!("as-of-{part}.db"));
        let then = followed(&prefix, &rules, &path).await;
        let rows = rows(&then).await;
        compare_loops(&views, &prefix, rows, Some(day), &mut compared).await;
        then.close().await;
        let _ = std::fs::remove_file(path);
    }
    compared
}

async fn followed(log: &Log, rules: &Arc<Rulebook>, path: &Path) -> Views {
    let views = Views::open(path).await.expect("opens");
    // Step by step, so that nothing is made anew from the whole.
    let short = Log(Arc::new(log.0[..log.0.len().min(10)].to_vec()));
    Runner::new(views.clone(), Arc::new(short), rules.clone()).catch_up().await.expect("follows");
    Runner::new(views.clone(), Arc::new(log.clone()), rules.clone()).catch_up().await.expect("follows");
    views
}

async fn by_hand(views: &Views, log: &Log, day: Option<jiff::civil::Date>, compared: &mut Compared) -> usize {
    let rows = rows(views).await;
    let cases = rows.len();
    compare_loops(views, log, rows, day, compared).await;
    cases
}

/// The exported rows, as JSON: what anybody outside gets.
async fn rows(views: &Views) -> Vec<Value> {
    let mut export = views.export(&CaseFilter::default(), &Scope::All).await.expect("exports");
    let mut rows = Vec::with_capacity(export.total());
    while let Some(chunk) = export.next_chunk().await.expect("exports") {
        rows.extend(chunk.iter().map(|row| serde_json::to_value(row).expect("JSON")));
    }
    rows
}

fn day_of(item: &FeedItem) -> jiff::civil::Date {
    let FeedEvent::Known { recorded, .. } = &item.item else { unreachable!("all are known") };
    Offset::constant(8).to_datetime(recorded.meta.recorded_at).date()
}

type Numbers = BTreeMap<(String, String, &'static str), i64>;

/// Plain loops over the rows against what the views say, by unit and month.
async fn compare_loops(
    views: &Views,
    log: &Log,
    rows: Vec<Value>,
    day: Option<jiff::civil::Date>,
    compared: &mut Compared,
) {
    let theirs = loops(&rows, &passed(log));
    let months: std::collections::BTreeSet<String> =
        theirs.keys().map(|(_, month, _)| month.clone()).collect();
    for month in months {
        let first: jiff::civil::Date = format!("{month}-01").parse().expect("a month");
        let query = FiguresQuery {
            by: FiguresBy::Unit,
            from: Some(first),
            to: Some(first.last_of_month()),
            as_of: day,
            ..FiguresQuery::default()
        };
        let lines = views.figures(&query).await.expect("figures");
        let mut ours = Numbers::new();
        for (unit, tally) in &lines {
            for name in COMPARED {
                let place = Tally::NAMES.iter().position(|known| *known == name).expect("a number");
                *ours.entry((unit.clone(), month.clone(), name)).or_default() += tally.values()[place];
            }
        }
        ours.retain(|_, value| *value != 0);
        let mut here: Numbers = theirs.clone();
        here.retain(|(_, of, _), value| *of == month && *value != 0);
        compared.numbers += here.len().max(ours.len());
        if ours != here {
            let keys = ours.keys().chain(here.keys()).filter(|key| ours.get(*key) != here.get(*key));
            let told = keys
                .take(5)
                .map(|key| format!("{day:?} {key:?}: {:?}, by hand {:?}", ours.get(key), here.get(key)));
            compared.wrong.extend(told.collect::<Vec<_>>());
        }
    }
}

/// Of each case the last limit for the result that was told to have passed.
fn passed(log: &Log) -> HashMap<String, Timestamp> {
    let mut passed = HashMap::new();
    for item in log.0.iter() {
        let FeedEvent::Known { recorded, .. } = &item.item else { continue };
        if let Event::Case(CaseEvent::DeadlinePassed(e)) = &recorded.event
            && e.name == domain::case::clocks::DeadlineName::Resolve
        {
            passed.insert(recorded.stream.id.to_string(), e.due_at);
        }
    }
    passed
}

/// The numbers that the loops know of.
const COMPARED: [&str; 26] = [
    "cases",
    "excluded",
    "complaints",
    "patrol",
    "open",
    "closed",
    "in_time",
    "late",
    "overdue",
    "closed_in_time",
    "closed_at_once",
    "closed_reopened",
    "closed_at_grid",
    "closed_at_community",
    "failed_checks",
    "valid",
    "contacted",
    "solved",
    "satisfied",
    "fairly_satisfied",
    "dissatisfied",
    "no_answer",
    "extended",
    "called",
    "responded",
    "escalations",
];

fn loops(rows: &[Value], passed: &HashMap<String, Timestamp>) -> Numbers {
    let mut numbers = Numbers::new();
    for row in rows {
        if row["closed_as"] == "voided" {
            continue;
        }
        let time = |name: &str| row[name].as_str().and_then(|text| text.parse::<Timestamp>().ok());
        let (due, done) = (time("due_at"), time("closed_at").or(time("handled_at")));
        let month = due
            .or(time("received_at"))
            .map(|at| Offset::constant(8).to_datetime(at).strftime("%Y-%m").to_string());
        let (month, unit) = (month.unwrap_or_default(), row["lead"].as_str().unwrap_or_default().to_owned());
        let mut add = |unit: &str, name: &'static str, number: i64| {
            *numbers.entry((unit.to_owned(), month.clone(), name)).or_default() += number;
        };
        if row["excluded"] == true {
            add(&unit, "excluded", 1);
            continue;
        }
        let life = row["life"].as_str().unwrap_or_default();
        let open = Life::parse(life).is_some_and(Life::is_open);
        let closed = life == "closed" || life == "archived";
        let number = |name: &str| row[name].as_i64().unwrap_or_default();
        let yes = |is: bool| i64::from(is);
        add(&unit, "cases", 1);
        add(&unit, if row["channel"] == "patrol" { "patrol" } else { "complaints" }, 1);
        add(&unit, "open", yes(open));
        add(&unit, "closed", yes(closed));
        if let Some(due) = due {
            match done {
                Some(done) => add(&unit, if done <= due { "in_time" } else { "late" }, 1),
                None => {
                    let late =
                        passed.get(row["case_id"].as_str().unwrap_or_default()).is_some_and(|at| *at >= due);
                    add(&unit, "overdue", yes(open && late));
                }
            }
        }
        add(&unit, "closed_in_time", yes(closed && row["on_time"] == true));
        add(&unit, "closed_at_once", yes(closed && number("reopened") == 0 && number("failed_checks") == 0));
        add(&unit, "closed_reopened", yes(closed && number("reopened") > 0));
        add(&unit, "closed_at_grid", yes(closed && row["rung"] == "grid"));
        add(
            &unit,
            "closed_at_community",
            yes(closed && (row["rung"] == "grid" || row["rung"] == "community")),
        );
        add(&unit, "failed_checks", number("failed_checks"));
        add(&unit, "extended", yes(number("extensions") > 0));
        add(&unit, "escalations", number("escalations"));
        if row["callback"].is_object() {
            let said = &row["callback"];
            add(&unit, "valid", 1);
            add(&unit, "contacted", yes(said["contacted"] == true));
            add(&unit, "solved", yes(said["solved"] == true));
            for word in ["satisfied", "fairly_satisfied", "dissatisfied", "no_answer"] {
                add(&unit, word, yes(said["satisfaction"] == word));
            }
        }
        for (whose, responded) in called(row, &unit) {
            add(whose, "called", 1);
            add(whose, "responded", yes(responded));
        }
    }
    numbers
}

/// The units that were called, and whether each responded; one that is accused counts as the lead.
fn called<'a>(row: &'a Value, lead: &'a str) -> Vec<(&'a str, bool)> {
    let barred: Vec<&str> =
        row["barred"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let legs = row["legs"].as_array().into_iter().flatten().filter(|leg| leg["phase"] != "excused");
    let one = |leg: &'a Value| {
        let path = leg["path"].as_str().unwrap_or_default();
        let hidden = barred.iter().any(|unit| path.split('/').any(|part| part == *unit));
        let whose = if hidden { lead } else { leg["unit"].as_str().unwrap_or_default() };
        (whose, leg["responded_at"].is_string())
    };
    legs.map(one).collect()
}
