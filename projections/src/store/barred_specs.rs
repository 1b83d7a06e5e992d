//! 被举报单位回避, over a thousand random histories (`PROPTEST_CASES=10000` for more): what the real rules decide is folded into real views,
//! and every question is asked as each accused unit and as what is under it.

use std::collections::{BTreeMap, BTreeSet};

use domain::case::command::{Command, Register};
use domain::case::event::{CloseMode, EscalationReason, ReturnReason, Satisfaction, WhistleKind};
use domain::case::{Accused, Case, Code, Edge, Hand, Other, State};
use domain::context::{Actor, Context};
use domain::decider::Decider;
use domain::ids::{CaseId, ItemCode, UnitId};
use domain::reaction::{self, Message, Origin};
use domain::recorded::{Meta, Recorded};
use domain::sealed::{Content, Sealed};
use domain::stream::{Event, StreamId};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::specs::House;
use super::{BoardBy, BoardQuery, CaseFilter, Scope};
use crate::feed::{FeedEvent, FeedItem};
use crate::views::case_row::CaseRow;
use crate::views::sample::{Log, at, rules};

const HISTORIES: u32 = 1_000;
const STEPS: u64 = 9;

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let index = self.roll(all.len() as u64);
        &all[usize::try_from(index).expect("small")]
    }
}

/// A corner of the district: one street with what is under it, another street, two departments.
fn corner() -> Vec<UnitId> {
    let org = &rules().org;
    let near = |unit: &&domain::org::Unit| {
        unit.path.contains("/S-320506001-01/") || unit.path.contains("/S-320506110-01/")
    };
    let mut units: Vec<UnitId> = org.units().iter().filter(near).map(|unit| unit.code.clone()).collect();
    units.extend(["320506001", "320506110", "D-chengguan", "D-jiaojing"].map(UnitId::new));
    units
}

/// One case: its state, its events, and the messages of each.
struct History {
    case: CaseId,
    state: State,
    origin: Origin,
    sequence: u64,
    now: Timestamp,
}

struct World {
    dice: Dice,
    units: Vec<UnitId>,
    items: Vec<FeedItem>,
    /// How the cases before this one stand.
    before: Vec<Other>,
    /// Whom each case accuses in the end.
    barred: BTreeMap<CaseId, BTreeSet<UnitId>>,
}

impl World {
    fn new() -> Self {
        Self {
            dice: Dice(20_261_121),
            units: corner(),
            items: Vec::new(),
            before: Vec::new(),
            barred: BTreeMap::new(),
        }
    }

    fn unit(&mut self) -> UnitId {
        self.dice.of(&self.units).clone()
    }

    fn accused(&mut self) -> Accused {
        match self.dice.roll(4) {
            0 => Accused::default(),
            1 => Accused { units: vec![self.unit()], unclear: self.dice.roll(3) == 0 },
            2 => Accused { units: vec![self.unit(), self.unit()], unclear: false },
            _ => Accused { units: Vec::new(), unclear: self.dice.roll(2) == 0 },
        }
    }

    fn register(&mut self, number: u32) -> Command {
        let item = *self.dice.of(&["1102", "0305", "0301", "0203", "0602", "1202"]);
        Command::Register(Box::new(Register {
            case_no: format!("N{number}"),
            source: "12345".into(),
            external_id: Some(format!("X{number}")),
            channel: "phone".into(),
            received_at: at("2026-11-20T10:00:00+08:00"),
            clocks_from: at("2026-11-20T10:00:00+08:00"),
            item: (self.dice.roll(5) > 0).then(|| ItemCode::new(item)),
            place: (self.dice.roll(5) > 0).then(|| self.unit()),
            point: None,
            confidential: false,
            anonymous: false,
            test: false,
            outside_due_at: None,
            revision: None,
            sealed: Sealed("…".into()),
            accused: self.accused(),
            dispatch_at_once: self.dice.roll(4) > 0,
            recorded: None,
        }))
    }

    fn command(&mut self, state: &State) -> Command {
        let reason = || "理由".to_owned();
        let judged = (true, self.dice.roll(2) == 0, Satisfaction::Satisfied);
        match self.dice.roll(26) {
            0 => Command::Classify { item: ItemCode::new("1102"), place: self.unit() },
            1 => Command::Dispatch { unit: None },
            2 => Command::Dispatch { unit: Some(self.unit()) },
            3 | 4 => Command::Sign,
            5 | 6 => Command::SubmitResult { solved: true, reply: Sealed("…".into()) },
            7 => Command::Verify { passed: judged.1, reason: reason() },
            8 => Command::RecordCallback { contacted: judged.0, solved: judged.1, satisfaction: judged.2 },
            9 => Command::Close { mode: CloseMode::Explained },
            10 => Command::Reopen { reason: reason() },
            11 => Command::Escalate {
                to: state.rung.and_then(domain::ids::Rung::up).unwrap_or(domain::ids::Rung::Street),
                reason: EscalationReason::NoAuthority,
            },
            12 => Command::BarUnit { unit: Some(self.unit()), reason: reason() },
            13 => Command::BarUnit { unit: None, reason: reason() },
            14 => Command::Supplement {
                received_at: at("2026-11-21T10:00:00+08:00"),
                revision: None,
                sealed: Sealed("…".into()),
                accused: self.accused(),
            },
            15 => state.next_deadline().map_or(Command::Resume, Command::PassDeadline),
            16 | 17 => Command::SoundWhistle {
                kind: *self.dice.of(&[WhistleKind::Routine, WhistleKind::Emergency]),
                units: vec![self.unit(), self.unit()],
                reason: reason(),
                place: String::new(),
            },
            18 => Command::RespondWhistle,
            19 => Command::FinishLeg { feedback: Sealed("…".into()) },
            _ => self.asked_or_put_together(),
        }
    }

    /// What the hands ask for, and what becomes of two cases that may be one.
    fn asked_or_put_together(&mut self) -> Command {
        let reason = || "理由".to_owned();
        match self.dice.roll(7) {
            0 => Command::Hand(Hand::RequestReturn {
                reason: ReturnReason::NotOurDuty,
                note: String::new(),
                suggested: Some(self.unit()),
            }),
            1 => Command::Hand(Hand::ApproveReturn { note: String::new() }),
            2 => Command::Hand(Hand::Adjudicate { unit: Some(self.unit()), reason: reason() }),
            3 => Command::Hand(Hand::DesignateFinal { unit: Some(self.unit()), reason: reason() }),
            4 => Command::Edge(Edge::Unmerge { reason: reason() }),
            _ if self.before.is_empty() => Command::Sign,
            5 => Command::Edge(Edge::LinkDuplicate { other: Box::new(self.dice.of(&self.before).clone()) }),
            _ => Command::Edge(Edge::MergeInto { into: Box::new(self.dice.of(&self.before).clone()) }),
        }
    }

    fn history(&mut self, number: u32) {
        let case = CaseId(Uuid::from_u128(u128::from(number) + 1));
        let now = at("2026-11-20T10:00:00+08:00");
        let mut history =
            History { case, state: State::default(), origin: Origin::default(), sequence: 0, now };
        let register = self.register(number);
        self.give(&mut history, &register, None);
        for _ in 0..self.dice.roll(STEPS) {
            let command = self.command(&history.state);
            let own = self.dice.roll(3) > 0;
            let unit = if own { history.state.lead.clone() } else { None };
            self.give(&mut history, &command, unit);
            // An accused unit is told that there is no such case, whatever it asks for.
            if let Some(accused) = history.state.barred.units.iter().next().cloned() {
                let refused = decide(&history, &command, &Actor::person("x", accused.as_str()));
                assert_eq!(refused.map_err(|refusal| refusal.code), Err(Code::CaseNotFound));
            }
        }
        self.before.extend(Other::of(case, &history.state));
        if !history.state.barred.units.is_empty() {
            self.barred.insert(case, history.state.barred.units.clone());
        }
    }

    fn give(&mut self, history: &mut History, command: &Command, unit: Option<UnitId>) {
        if let Command::PassDeadline(deadline) = command {
            history.now = history.now.max(deadline.due_at);
        }
        let actor = Actor { id: format!("user:{}", self.dice.roll(3)), unit };
        let Ok(events) = decide(history, command, &actor) else { return };
        for event in events {
            Case::evolve(&mut history.state, &event);
            history.sequence += 1;
            history.now += SignedDuration::from_mins(1);
            self.keep(history, event, &actor);
        }
    }

    fn keep(&mut self, history: &mut History, event: domain::case::Event, actor: &Actor) {
        let position = self.items.len() as u64 + 1;
        history.origin.evolve(&event);
        let meta = Meta {
            occurred_at: history.now,
            recorded_at: history.now,
            actor: actor.clone(),
            correlation: Uuid::nil(),
            causation: Uuid::nil(),
            command_id: Uuid::from_u128(u128::from(position)),
        };
        let stream = StreamId::case(history.case);
        let opens = matches!(event, domain::case::Event::CaseRegistered(_));
        let event = Event::Case(event);
        let recorded = Recorded { position, stream, sequence: history.sequence, event, meta };
        self.no_message_to_the_accused(history, &recorded);
        let content = opens.then(|| Content { title: "独门特产".into(), ..Content::default() });
        let hash = [u8::try_from(position % 251).expect("small"); 32];
        let item = FeedEvent::Known { recorded: Box::new(recorded), content };
        self.items.push(FeedItem { position, hash, item });
    }

    /// The bus: but for the recall by which it is taken back, nothing of the case goes to the accused.
    fn no_message_to_the_accused(&self, history: &History, recorded: &Recorded) {
        let bars = |unit: &UnitId| history.state.barred.bars(unit, &rules().org);
        let barring = matches!(&recorded.event, Event::Case(domain::case::Event::UnitBarred(_)));
        for message in reaction::react(recorded, &history.origin) {
            match message {
                Message::Dispatch(task) => assert!(!bars(&task.unit), "{task:?}"),
                Message::Leg(leg) => assert!(!bars(&leg.unit) && !bars(&leg.called), "{leg:?}"),
                Message::Answer(answer) => assert!(!bars(&answer.unit), "{answer:?}"),
                Message::Recall(recall) => assert!(barring || !bars(&recall.unit), "{recall:?}"),
                Message::Receipt(_) | Message::Status(_) | Message::Reconciliation(_) => {}
            }
        }
    }
}

fn decide(
    history: &History,
    command: &Command,
    actor: &Actor,
) -> Result<Vec<domain::case::Event>, domain::case::Rejection> {
    let context = Context { now: history.now, occurred_at: history.now, actor, rules: &rules() };
    Case::decide(&history.state, command, &context)
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
    listed.extend(views.inbox(unit, &scope, None, 500).await.expect("an inbox").rows);
    let legs = views.legs_of(unit, 500).await.expect("legs");
    listed.extend(legs.into_iter().map(|called| called.case));
    listed.extend(views.silent_legs(now, &scope, 500).await.expect("legs").into_iter().map(|leg| leg.case));
    let own: Vec<CaseRow> = listed.iter().take(20).cloned().collect();
    for row in &own {
        let alike = views.alike(row, 30, &scope, 50).await.expect("alike");
        listed.extend(alike.into_iter().map(|one| one.row));
        listed.extend(views.linked(row, &scope).await.expect("linked"));
    }
    listed
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
    // By its number too: to every accused unit each of its cases is not there.
    for (case, barred) in world.barred.iter().take(1_000) {
        for unit in barred {
            let scope = Scope::Within(org.path(unit));
            assert!(house.views.find(&case.to_string(), &scope).await.expect("finds").is_empty());
        }
    }
}
