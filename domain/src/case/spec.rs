//! given / when / then for the case, over the sample district's own rules, with a clock one turns.

use jiff::Timestamp;
use uuid::Uuid;

use super::command::{RecordedOutcome, Register};
use super::event::{Said, Satisfaction, WhistleKind};
use super::{Case, Code, Command, Event, Hand, PartCommand, State};
use crate::calendar::Budget;
use crate::context::{Actor, Context, Rulebook};
use crate::decider::{Decider, fold};
use crate::ids::{CaseId, ItemCode, UnitId};
use crate::sealed::Sealed;

/// A Friday morning in office hours.
pub const FRIDAY: &str = "2026-11-20T10:00:00+08:00";

/// The sample district's rules.
pub fn rules() -> &'static Rulebook {
    static RULES: std::sync::OnceLock<Rulebook> = std::sync::OnceLock::new();
    RULES.get_or_init(|| crate::sample::rulebook().expect("the sample's rules are sound"))
}

pub fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

pub fn budget(text: &str) -> Budget {
    Budget::parse(text).expect("a budget")
}

/// The first grid of the sample.
pub fn grid() -> UnitId {
    let grid = rules().org.units().iter().find(|unit| unit.rung == crate::ids::Rung::Grid);
    grid.expect("a grid").code.clone()
}

/// The community above [`grid`].
pub fn community() -> UnitId {
    rules().org.ancestor_at(&grid(), crate::ids::Rung::Community).expect("a community").code.clone()
}

pub fn register_fields() -> Register {
    Register {
        case_no: crate::number::case_number(CaseId(Uuid::from_u128(7)), jiff::civil::date(2026, 11, 20)),
        source: "12345".into(),
        external_id: Some("A-1".into()),
        channel: "phone".into(),
        received_at: at(FRIDAY),
        clocks_from: at(FRIDAY),
        item: Some(ItemCode::new("1102")),
        place: Some(grid()),
        point: None,
        confidential: false,
        anonymous: false,
        test: false,
        outside_due_at: None,
        revision: None,
        sealed: Sealed("sealed".into()),
        accused: Default::default(),
        dispatch_at_once: true,
        recorded: None,
    }
}

pub fn register() -> Command {
    Command::Register(Box::new(register_fields()))
}

/// A case of a city hotline that decides returns, extensions, ratings and closings itself.
pub fn city_case() -> Command {
    let mut fields = register_fields();
    fields.source = "city-12345".into();
    Command::Register(Box::new(fields))
}

/// A neighbour of [`grid`].
pub fn other_grid() -> UnitId {
    let grids = rules().org.units().iter().filter(|unit| unit.rung == crate::ids::Rung::Grid);
    let parent = rules().org.unit(&grid()).and_then(|unit| unit.parent.clone());
    let mut beside = grids.filter(|unit| unit.parent == parent && unit.code != grid());
    beside.next().expect("a second grid").code.clone()
}

/// Somebody of [`other_grid`].
pub fn neighbour() -> Actor {
    Actor { id: "user:linju".into(), unit: Some(other_grid()) }
}

/// A case whose lowest rung is the street.
pub fn street_case() -> Command {
    let mut fields = register_fields();
    fields.item = Some(ItemCode::new("0305"));
    Command::Register(Box::new(fields))
}

/// A case that the community has.
pub fn community_case() -> Command {
    community_case_on(FRIDAY)
}

pub fn community_case_on(day: &str) -> Command {
    let mut fields = register_fields();
    fields.place = Some(community());
    (fields.received_at, fields.clocks_from) = (at(day), at(day));
    Command::Register(Box::new(fields))
}

/// The street above [`grid`].
pub fn street() -> UnitId {
    rules().org.ancestor_at(&grid(), crate::ids::Rung::Street).expect("a street").code.clone()
}

pub fn sound(kind: WhistleKind, units: &[&str]) -> Command {
    let units = units.iter().map(|unit| UnitId::new(*unit)).collect();
    Command::SoundWhistle { kind, units, reason: "需部门到场".into(), place: String::new() }
}

pub fn approve(approved: bool) -> Command {
    Command::ApproveWhistle { approved, reason: "社区可自行协调".into() }
}

pub fn respond() -> Command {
    Command::RespondWhistle
}

pub fn arrive() -> Command {
    Command::ArriveOnSite { place: "现场".into() }
}

pub fn finish() -> Command {
    Command::FinishLeg { feedback: Sealed("feedback".into()) }
}

pub fn decline() -> Command {
    Command::DeclineWhistle { reason: "不属本单位职责".into() }
}

pub fn adjudicate(upheld: bool) -> Command {
    Command::AdjudicateDecline { unit: UnitId::new("D-gongan"), upheld, reason: "依三定方案".into() }
}

pub fn stand_down(reason: &str) -> Command {
    Command::StandDown { whistle: None, reason: reason.into() }
}

pub fn rate(unit: Option<&str>, score: u8) -> Command {
    Command::RateWhistle { unit: unit.map(UnitId::new), score, reason: "配合有力".into() }
}

pub fn co(units: &[&str]) -> Command {
    let units = units.iter().map(|unit| UnitId::new(*unit)).collect();
    Command::Part(PartCommand::AddCoUnit { units, task: "现场协助".into(), within: None })
}

pub fn sub(unit: &UnitId) -> Command {
    let task = "现场处置".to_owned();
    Command::Part(PartCommand::SubDispatch { unit: unit.clone(), task, within: None })
}

pub fn sign_part() -> Command {
    Command::Part(PartCommand::SignPart)
}

pub fn finish_part() -> Command {
    Command::Part(PartCommand::FinishPart { feedback: Sealed("feedback".into()) })
}

pub fn recorded() -> Command {
    let mut fields = register_fields();
    fields.recorded = Some(RecordedOutcome {
        unit: Some(UnitId::new("PWDx")),
        item: None,
        due_at: Some(at(FRIDAY)),
        closed_at: Some(at(FRIDAY)),
    });
    Command::Register(Box::new(fields))
}

pub fn contact() -> Command {
    Command::Contact { channel: "phone".into(), note: None }
}

pub fn result() -> Command {
    Command::SubmitResult { solved: true, reply: Sealed("reply".into()) }
}

pub fn hand(hand: Hand) -> Command {
    Command::Hand(hand)
}

pub fn passed() -> Command {
    Command::Verify { passed: true, reason: String::new() }
}

pub fn callback(solved: bool) -> Command {
    let satisfaction = if solved { Satisfaction::Satisfied } else { Satisfaction::Dissatisfied };
    Command::RecordCallback { contacted: true, solved, satisfaction, said: Said::default() }
}

pub fn reopen() -> Command {
    Command::Reopen { reason: "问题又出现".into() }
}

pub fn supervisor() -> Actor {
    Actor { id: "user:ducha".into(), unit: None }
}

pub fn handler() -> Actor {
    Actor { id: "user:wangge".into(), unit: Some(grid()) }
}

thread_local! {
    /// What the last `given` had led to, so that a spec may ask for the state after its events.
    static HISTORY: std::cell::RefCell<Vec<Event>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// What happened before the last command of this spec.
pub fn history() -> Vec<Event> {
    HISTORY.with_borrow(Clone::clone)
}

/// The state after the history of this spec and these events.
pub fn state_of(events: &[Event]) -> State {
    HISTORY.with_borrow(|history| fold::<Case>(history.iter().chain(events)))
}

pub struct Given {
    history: Vec<Event>,
    now: Timestamp,
    actor: Actor,
}

pub struct When(Result<Vec<Event>, super::Rejection>);

pub fn spec() -> Given {
    HISTORY.with_borrow_mut(Vec::clear);
    Given { history: Vec::new(), now: at(FRIDAY), actor: supervisor() }
}

impl Given {
    /// Earlier commands, each by whoever may give it.
    #[track_caller]
    pub fn given(mut self, commands: &[Command]) -> Self {
        for command in commands {
            let actor = match command {
                Command::Edge(crate::case::Edge::CloseOnSpot { .. })
                | Command::Sign
                | Command::Contact { .. }
                | Command::SubmitResult { .. } => {
                    Actor { unit: fold::<Case>(&self.history).lead.or(handler().unit), ..handler() }
                }
                Command::Hand(hand) if hand.is_asked_by_the_unit() => handler(),
                _ => supervisor(),
            };
            let events = self.decide(command, &actor).expect("given commands are accepted");
            self.history.extend(events);
        }
        self
    }

    pub fn at(mut self, time: &str) -> Self {
        self.now = at(time);
        self
    }

    /// Somebody in particular.
    pub fn by(mut self, actor: Actor) -> Self {
        self.actor = actor;
        self
    }

    /// An earlier command by somebody in particular.
    #[track_caller]
    pub fn and_by(mut self, actor: Actor, command: Command) -> Self {
        let events = self.decide(&command, &actor).expect("given commands are accepted");
        self.history.extend(events);
        self
    }

    /// Earlier commands by this unit.
    #[track_caller]
    pub fn given_by(mut self, unit: &str, commands: &[Command]) -> Self {
        let actor = Actor::person("jingban", unit);
        for command in commands {
            let events = self.decide(command, &actor).expect("given commands are accepted");
            self.history.extend(events);
        }
        self
    }

    pub fn by_unit(mut self, unit: &str) -> Self {
        self.actor = Actor::person("jingban", unit);
        self
    }

    pub fn by_street(self) -> Self {
        self.by_unit(street().as_str())
    }

    pub fn by_handler(mut self) -> Self {
        self.actor = handler();
        self
    }

    pub fn by_supervisor(mut self) -> Self {
        self.actor = supervisor();
        self
    }

    pub fn by_other_unit(mut self) -> Self {
        self.actor = Actor { id: "user:other".into(), unit: Some(UnitId::new("other")) };
        self
    }

    /// Lets every deadline pass up to this time, then goes on from there.
    pub fn after_deadlines_until(mut self, time: &str) -> Self {
        self.now = at(time);
        self.pass_deadlines();
        self
    }

    /// Lets every deadline pass and returns what happened.
    pub fn run_deadlines_until(mut self, time: &str) -> Vec<Event> {
        let before = self.history.len();
        self.now = at(time);
        self.pass_deadlines();
        self.history.split_off(before)
    }

    /// The case as it stands.
    pub fn state(&self) -> State {
        fold::<Case>(&self.history)
    }

    fn pass_deadlines(&mut self) {
        for _ in 0..100 {
            let state = fold::<Case>(&self.history);
            let Some(next) = state.next_deadline().filter(|next| next.due_at <= self.now) else { return };
            let actor = Actor::system("deadlines");
            let events = self.decide(&Command::PassDeadline(next), &actor).expect("a due deadline passes");
            assert!(!events.is_empty(), "a due deadline has an effect");
            self.history.extend(events);
        }
        panic!("deadlines never end");
    }

    fn decide(&self, command: &Command, actor: &Actor) -> Result<Vec<Event>, super::Rejection> {
        let context = Context { now: self.now, occurred_at: self.now, actor, rules: rules() };
        Case::decide(&fold::<Case>(&self.history), command, &context)
    }

    pub fn when(self, command: Command) -> When {
        let outcome = self.decide(&command, &self.actor);
        HISTORY.with_borrow_mut(|history| *history = self.history);
        When(outcome)
    }
}

impl When {
    #[track_caller]
    pub fn then_named(self, names: &[&str]) -> Vec<Event> {
        let events = self.0.expect("accepted");
        assert_eq!(events.iter().map(Event::name).collect::<Vec<_>>(), names);
        events
    }

    #[track_caller]
    pub fn then_rejected(self, code: Code) {
        assert_eq!(self.0.map_err(|rejection| rejection.code), Err(code));
    }

    /// The refusal, with what it is about.
    #[track_caller]
    pub fn then_rejected_about(self, code: Code, about: &str) {
        let rejection = self.0.expect_err("refused");
        assert_eq!((rejection.code, rejection.about.as_str()), (code, about));
    }

    #[track_caller]
    pub fn events(self) -> Vec<Event> {
        self.0.expect("accepted")
    }
}
