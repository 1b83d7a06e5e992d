//! Counts again what happened, from the bare events and by other means than the engine and the views:
//! was every limit that fell due told exactly once, and do the boards say what the log says?

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::case::Event;
use domain::case::clocks::{Due, ResolveClock};
use domain::ids::Rung;
use domain::stream;
use engine::log::{Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use uuid::Uuid;

/// Events read at once.
const PAGE: u32 = 2_000;

/// What was found.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Audit {
    /// Events of the log.
    pub events: u64,
    /// Limits that were told, and steps that were climbed.
    pub fired: u64,
    /// Told although it had been told already, or was not due to anybody.
    pub twice: u64,
    /// Fell due, and nothing was told.
    pub missed: u64,
    /// The longest time between a limit, or the event that set one in the past, and its event, in seconds.
    pub worst_lag_seconds: i64,
    /// Cases by lead unit.
    #[serde(skip)]
    pub units: BTreeMap<String, UnitCount>,
}

/// Cases of a lead unit.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct UnitCount {
    /// All.
    pub total: i64,
    /// Somebody has to do something.
    pub open: i64,
    /// Closed.
    pub closed: i64,
    /// Closed, the accepted result within its limit.
    pub on_time: i64,
    /// Closed, the accepted result after it.
    pub late: i64,
    /// Reopened at least once.
    pub reopened: i64,
    /// Gone up at least once.
    pub escalated: i64,
}

/// A limit that runs: its name and, for a step, the rung.
type Key = (&'static str, Option<Rung>);

/// When it is due, and when it was set: a limit of work that is done again may lie in the past by then.
#[derive(Clone, Copy)]
struct Running {
    due: Timestamp,
    set: Timestamp,
}

/// One case, as its bare events tell it.
#[derive(Default)]
struct Followed {
    running: HashMap<Key, Running>,
    /// When the latest event was recorded.
    at: Timestamp,
    /// Told already, for the clock of now.
    told: HashMap<&'static str, Timestamp>,
    fired: HashSet<(Key, Timestamp)>,
    clock: Option<ResolveClock>,
    rung: Option<Rung>,
    start: Option<Rung>,
    lead: String,
    handled_at: Option<Timestamp>,
    closed: bool,
    reopened: bool,
    escalated: bool,
}

/// Reads the log while it is written, and counts.
#[derive(Default)]
pub struct Auditor {
    audit: Audit,
    cases: HashMap<Uuid, Followed>,
    /// Up to here it is counted.
    after: u64,
}

impl Auditor {
    /// Reads on, one page; whether there was anything.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn step(&mut self, store: &dyn Store) -> Result<bool, StoreError> {
        let rows = store.read_after(self.after, PAGE).await?;
        let Some(last) = rows.last() else { return Ok(false) };
        self.after = last.position;
        for row in rows {
            let recorded = row.decode()?;
            self.audit.events += 1;
            if let stream::Event::Case(event) = &recorded.event {
                let case = self.cases.entry(recorded.stream.id).or_default();
                case.follow(event, recorded.meta.recorded_at, &mut self.audit);
            }
        }
        Ok(true)
    }

    /// Up to here it is counted.
    pub fn position(&self) -> u64 {
        self.after
    }

    /// What was found, as it is `now`.
    pub fn end(self, now: Timestamp) -> Audit {
        let Self { mut audit, cases, .. } = self;
        for case in cases.values() {
            audit.missed += case.running.values().filter(|running| running.due <= now).count() as u64;
            let unit = audit.units.entry(case.lead.clone()).or_default();
            unit.total += 1;
            unit.open += i64::from(!case.closed);
            unit.closed += i64::from(case.closed);
            unit.reopened += i64::from(case.reopened);
            unit.escalated += i64::from(case.escalated);
            let due = case.clock.as_ref().map(|clock| clock.due_at);
            if let (true, Some(handled), Some(due)) = (case.closed, case.handled_at, due) {
                unit.on_time += i64::from(handled <= due);
                unit.late += i64::from(handled > due);
            }
        }
        audit
    }
}

impl Followed {
    fn follow(&mut self, event: &Event, at: Timestamp, audit: &mut Audit) {
        self.at = at;
        match event {
            Event::CaseRegistered(e) => self.run("dispatch", e.dispatch.as_ref()),
            Event::CaseDispatched(e) => {
                self.end("dispatch", at, audit);
                e.unit.as_str().clone_into(&mut self.lead);
                (self.rung, self.start) = (Some(e.rung), Some(e.rung));
                self.run("sign", e.sign.as_ref());
                self.run("contact", e.contact.as_ref());
                self.clock(&e.resolve, true);
            }
            Event::CaseSigned(_) => self.end("sign", at, audit),
            Event::ComplainantContacted(_) => self.end("contact", at, audit),
            Event::ExtensionGranted(e) => self.clock(&e.resolve, false),
            Event::CaseSuspended(e) => {
                self.end_all(at, audit);
                self.set(("review", None), e.review_at);
            }
            Event::CaseResumed(e) => {
                self.end("review", at, audit);
                self.clock(&e.resolve, false);
                self.run("answer", e.answer.as_ref());
            }
            Event::ResultSubmitted(e) => {
                self.end_all(at, audit);
                self.handled_at = Some(e.at);
                self.run("verify", e.verify.as_ref());
            }
            Event::VerificationPassed(e) => {
                self.end("verify", at, audit);
                self.run("callback", e.callback.as_ref());
            }
            Event::VerificationFailed(e) => {
                self.end("verify", at, audit);
                self.clock(&e.resolve, false);
                self.run("answer", e.answer.as_ref());
            }
            Event::CallbackCompleted(_) => self.end("callback", at, audit),
            Event::CaseReopened(e) => {
                self.end_all(at, audit);
                (self.closed, self.reopened, self.rung) = (false, true, self.start);
                self.clock(&e.resolve, true);
                self.run("contact", e.contact.as_ref());
            }
            Event::CaseClosed(_) => {
                self.end_all(at, audit);
                self.closed = true;
            }
            Event::AmberReached(e) => self.tell(("amber", None), e.due_at, at, audit),
            Event::DeadlinePassed(e) => self.tell((e.name.as_str(), None), e.due_at, at, audit),
            Event::CaseEscalated(e) => {
                self.escalated = true;
                self.rung = Some(e.to);
                if let Some(due) = e.due_at {
                    self.tell(("escalate", Some(e.to)), due, at, audit);
                }
                self.run("answer", e.answer.as_ref());
            }
            Event::CaseUrged(e) => self.step("urge", e.due_at, audit),
            Event::UrgeWritten(e) => self.step("written_urge", e.due_at, audit),
            Event::SupervisionIssued(e) => self.step("order", e.due_at, audit),
            Event::NoticeDrafted(e) => self.step("notice", e.due_at, audit),
            Event::InterviewProposed(e) => self.step("interview", Some(e.due_at), audit),
            Event::SupervisionLate(e) => self.step(e.name.as_str(), Some(e.due_at), audit),
            _ => {}
        }
    }

    /// A step of the supervision ladder, by the clock. What is taken at the red instant itself is part of that.
    fn step(&mut self, name: &'static str, due: Option<Timestamp>, audit: &mut Audit) {
        let Some(due) = due.filter(|due| self.told.get("resolve") != Some(due)) else { return };
        audit.fired += 1;
        audit.twice += u64::from(!self.fired.insert(((name, None), due)));
    }

    fn set(&mut self, key: Key, due: Timestamp) {
        self.running.insert(key, Running { due, set: self.at });
    }

    fn run(&mut self, name: &'static str, due: Option<&Due>) {
        if let Some(due) = due {
            self.set((name, None), due.due_at);
        }
    }

    /// A clock for the result. What was told is told again only where it moved out, or by a new clock.
    fn clock(&mut self, clock: &ResolveClock, new: bool) {
        if new {
            self.told.clear();
        }
        for (name, due) in [("amber", clock.amber_at), ("resolve", clock.due_at)] {
            if self.told.get(name).is_some_and(|told| due <= *told) {
                self.running.remove(&(name, None));
            } else {
                self.set((name, None), due);
            }
        }
        let rung = self.rung;
        for step in clock.steps.iter().filter(|step| Some(step.to) > rung) {
            self.set(("escalate", Some(step.to)), step.at);
        }
        self.clock = Some(clock.clone());
    }

    fn tell(&mut self, key: Key, due: Timestamp, at: Timestamp, audit: &mut Audit) {
        audit.fired += 1;
        let first = self.fired.insert((key, due));
        let running = self.running.remove(&key);
        if running.is_none_or(|running| running.due != due) || !first {
            audit.twice += 1;
        }
        self.told.insert(key.0, due);
        let since = running.map_or(due, |running| running.set.max(due));
        let lag = at.duration_since(since).max(SignedDuration::ZERO).as_secs();
        audit.worst_lag_seconds = audit.worst_lag_seconds.max(lag);
    }

    /// It runs no more. Had it been due by then, it should have been told.
    fn end(&mut self, name: &'static str, at: Timestamp, audit: &mut Audit) {
        if self.running.remove(&(name, None)).is_some_and(|running| running.due < at) {
            audit.missed += 1;
        }
    }

    fn end_all(&mut self, at: Timestamp, audit: &mut Audit) {
        audit.missed += self.running.drain().filter(|(_, running)| running.due < at).count() as u64;
    }
}
