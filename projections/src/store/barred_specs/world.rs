//! Histories drawn at random and decided by the real rules.

use std::collections::{BTreeMap, BTreeSet};

use domain::calendar::Budget;
use domain::case::command::{Command, Register};
use domain::case::event::{
    CloseMode, EscalationReason, EvidenceFile, EvidenceKind, ExclusionGround, ReturnReason, Satisfaction,
    SupervisionCheck, WhistleKind,
};
use domain::case::part::PartCommand;
use domain::case::{Accused, Case, Code, Edge, Hand, Other, State, Supervise};
use domain::context::{Actor, Context};
use domain::decider::Decider;
use domain::ids::{CaseId, ItemCode, UnitId};
use domain::reaction::{self, Message, Origin};
use domain::recorded::{Meta, Recorded};
use domain::sealed::{Content, Sealed};
use domain::stream::{Event, StreamId};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::feed::{FeedEvent, FeedItem};
use crate::views::sample::{at, rules};

const STEPS: u64 = 14;

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

pub(super) struct World {
    dice: Dice,
    pub units: Vec<UnitId>,
    pub items: Vec<FeedItem>,
    /// How the cases before this one stand.
    before: Vec<Other>,
    /// Whom each case accuses in the end.
    pub barred: BTreeMap<CaseId, BTreeSet<UnitId>>,
}

impl World {
    pub fn new() -> Self {
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
        match self.dice.roll(46) {
            0 => Command::Classify { item: ItemCode::new("1102"), place: self.unit() },
            1 => Command::Dispatch { unit: None },
            2 => Command::Dispatch { unit: Some(self.unit()) },
            3 | 4 => Command::Sign,
            5 | 6 => Command::SubmitResult { solved: true, reply: Sealed("…".into()) },
            7 => Command::Verify { passed: judged.1, reason: reason() },
            8 => Command::RecordCallback {
                contacted: judged.0,
                solved: judged.1,
                satisfaction: judged.2,
                said: Default::default(),
            },
            9 => Command::Close { mode: CloseMode::Explained, reason: "已说明".into() },
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
            20..26 => self.asked_or_put_together(),
            26..32 => self.of_a_part(state),
            32..40 => self.of_supervision(),
            _ => self.waits_for_a_decision(state),
        }
    }

    /// 分办: what is given to others, and what becomes of it.
    fn of_a_part(&mut self, state: &State) -> Command {
        let (reason, task) = ("理由".to_owned(), "清运".to_owned());
        let open: Vec<UnitId> = state.parts.open().map(|part| part.unit.clone()).collect();
        let unit = if open.is_empty() { self.unit() } else { self.dice.of(&open).clone() };
        let granted = self.dice.roll(2) == 0;
        Command::Part(match self.dice.roll(10) {
            0 | 1 => PartCommand::AddCoUnit { units: vec![self.unit(), self.unit()], task, within: None },
            2 | 3 => PartCommand::SubDispatch { unit: self.below(state.lead.as_ref()), task, within: None },
            4 => PartCommand::SignPart,
            5 => PartCommand::FinishPart { feedback: Sealed("…".into()) },
            6 | 7 => PartCommand::RequestRelease { reason },
            8 => PartCommand::DecideRelease { unit, granted, reason },
            _ if granted => PartCommand::ExplainPart { unit, reason },
            _ => PartCommand::TakeBackPart { unit, reason },
        })
    }

    /// 督查督办: what is put out about a late case, and what the unit answers.
    fn of_supervision(&mut self) -> Command {
        let (reason, passed) = ("理由".to_owned(), self.dice.roll(3) > 0);
        let reply = Sealed("…".into());
        let check = *self.dice.of(&SupervisionCheck::ALL);
        Command::Supervise(match self.dice.roll(20) {
            0 => Supervise::Urge { reason },
            1 => Supervise::SendWrittenUrge { reason },
            2..5 => Supervise::IssueSupervision { facts: String::new(), asks: reason, within: None },
            5..7 => Supervise::ReplySupervision { order: None, reply },
            7..10 => Supervise::CheckSupervision { order: None, check, passed, finding: reason },
            10 => Supervise::CloseSupervision { order: None, root_cause: reason },
            11 => Supervise::GiveReason { reason },
            12 => Supervise::JudgeReason { accepted: passed, reason },
            13 => Supervise::DraftNotice { text: String::new() },
            14 | 15 => Supervise::ApproveNotice { notice: None },
            16 => Supervise::ReplyNotice { notice: None, reply },
            17 => Supervise::CorrectNotice { notice: None, text: reason.clone(), reason },
            18 => Supervise::WithdrawNotice { notice: None, reason },
            _ if passed => Supervise::ListSupervision { reason },
            _ => Supervise::RecordInterview { who: reason.clone(), held_at: None, result: reason },
        })
    }

    /// A unit of this corner below another, where there is one.
    fn below(&mut self, lead: Option<&UnitId>) -> UnitId {
        let org = &rules().org;
        let under = |unit: &&UnitId| lead.is_some_and(|lead| *unit != lead && org.is_within(unit, lead));
        let units: Vec<UnitId> = self.units.iter().filter(under).cloned().collect();
        if units.is_empty() { self.unit() } else { self.dice.of(&units).clone() }
    }

    /// What waits for somebody's decision, and some of the decisions.
    fn waits_for_a_decision(&mut self, state: &State) -> Command {
        let reason = || "理由".to_owned();
        let granted = self.dice.roll(2) == 0;
        let review_at = at("2026-12-10T10:00:00+08:00");
        let open: Vec<UnitId> = state.whistle.open().map(|leg| leg.unit.clone()).collect();
        let called = if open.is_empty() { self.unit() } else { self.dice.of(&open).clone() };
        // What can be declined is declined often enough to be seen, and evidence leads to an exclusion.
        let sides = if open.is_empty() { 16 } else { 24 };
        let drawn = self.dice.roll(sides);
        match if drawn < 8 && !state.evidence.is_empty() { 11 } else { drawn } {
            0 | 1 => Command::Hand(Hand::RequestExtension {
                by: Budget::WorkDays { days: 1 },
                reason: reason(),
                complainant_told: true,
            }),
            2 => Command::Hand(Hand::RefuseExtension { reason: reason() }),
            3 | 4 => {
                Command::Hand(Hand::ApplySuspension { reason: reason(), review_at, complainant_told: true })
            }
            5 => Command::Hand(Hand::ApproveSuspension),
            6 => Command::Hand(Hand::RaiseObjection { reason: reason(), suggested: Some(self.unit()) }),
            7 | 16.. => Command::DeclineWhistle { reason: reason() },
            8 => Command::AdjudicateDecline { unit: called, upheld: granted, reason: reason() },
            9 => Command::RequestVoid { reason: reason() },
            10 => Command::DecideVoid { granted, reason: reason() },
            11 if state.evidence.is_empty() => Command::AttachEvidence {
                file: EvidenceFile {
                    id: "e".repeat(64),
                    kind: EvidenceKind::Before,
                    media_type: "image/jpeg".into(),
                    bytes: 1,
                    size: None,
                },
            },
            11 => Command::ApplyExclusion { ground: ExclusionGround::WrongDispatch, reason: reason() },
            12 => Command::DecideExclusion { granted, reason: reason() },
            13 => Command::Edge(Edge::RequestReveal { purpose: reason() }),
            14 => Command::Edge(Edge::DecideReveal { granted, reason: reason() }),
            _ => Command::ApproveWhistle { approved: granted, reason: reason() },
        }
    }

    /// Who asks: nobody's unit, the lead, or one that was called or has a part.
    fn asks(&mut self, state: &State) -> Option<UnitId> {
        let called =
            state.whistle.open().map(|leg| &leg.unit).chain(state.parts.open().map(|part| &part.unit));
        let called: Vec<UnitId> = called.cloned().collect();
        match self.dice.roll(6) {
            0 | 1 => None,
            2 | 3 if !called.is_empty() => Some(self.dice.of(&called).clone()),
            _ => state.lead.clone(),
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

    pub fn history(&mut self, number: u32) {
        let case = CaseId(Uuid::from_u128(u128::from(number) + 1));
        let now = at("2026-11-20T10:00:00+08:00");
        let mut history =
            History { case, state: State::default(), origin: Origin::default(), sequence: 0, now };
        let register = self.register(number);
        self.give(&mut history, &register, None);
        for _ in 0..self.dice.roll(STEPS) {
            let command = self.command(&history.state);
            let unit = self.asks(&history.state);
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
