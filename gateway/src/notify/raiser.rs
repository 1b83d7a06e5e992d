//! Raises notifications: every event of a case is looked at once, in order of the log.
//!
//! Where it has come to stands in the log itself, every thousand events or so. A notification's id is made of the
//! event that it tells of, so whoever goes on after a kill, or beside another node, raises none twice.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::case::{Case, Event as CaseEvent, State};
use domain::context::{Actor, Rulebook};
use domain::decider::Decider;
use domain::notify::{Command, Notice, notices};
use domain::recorded::Recorded;
use domain::stream::{Event, StreamId, StreamKind};
use engine::lease::Lease;
use engine::log::{StoreError, StoredRow};
use engine::{Engine, Request, SubmitError};
use jiff::{SignedDuration, Timestamp};
use tracing::{error, warn};
use uuid::Uuid;

/// Events of one step: few enough that intake beside it does not wait long.
const STEP: u32 = 500;
/// Events after which it is noted where the log has been looked through.
const NOTED: u64 = 1_000;
/// What was recorded longer ago is no news: notifications were off meanwhile.
const STALE: SignedDuration = SignedDuration::from_hours(24);
/// A unit that is barred later must not be told any more.
const BARRED: &str = "UnitBarred";

/// Why a step failed; the next one tries again.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// The log.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The views.
    #[error(transparent)]
    Views(#[from] projections::ViewsError),
    /// A command.
    #[error(transparent)]
    Submit(#[from] SubmitError),
}

/// Tells those whom an event concerns; on one node at a time.
pub struct Raiser {
    engine: Engine,
    lease: Lease,
    /// Where it has come to; none before the log was asked.
    at: Option<u64>,
    /// Up to where the log says so.
    noted: u64,
}

impl Raiser {
    /// A raiser of this house, under a lease of this process.
    pub fn new(engine: Engine) -> Self {
        let lease = Lease::new(engine.store().clone(), "notifications");
        Self { engine, lease, at: None, noted: 0 }
    }

    /// Lets another node go on.
    pub async fn release(&mut self) {
        self.at = None;
        self.lease.release().await;
    }

    /// A page of the log; how many events it had: none at the end, or where another node does it.
    ///
    /// # Errors
    /// See [`NotifyError`].
    pub async fn step(&mut self) -> Result<usize, NotifyError> {
        if self.lease.held().await?.is_none() {
            // Another may have gone further.
            self.at = None;
            return Ok(0);
        }
        let at = match self.at {
            Some(at) => at,
            None => self.begin().await?,
        };
        let rows = self.engine.tail().read_after(at, STEP).await?;
        let Some(last) = rows.last().map(|row| row.position) else { return Ok(0) };
        let requests = self.requests(&rows).await?;
        self.submit(requests).await?;
        self.at = Some(last);
        if last.saturating_sub(self.noted) >= NOTED {
            self.note(last).await?;
        }
        Ok(rows.len())
    }

    /// Where the log says that it was looked through; the first time ever, where it ends: what happened before
    /// notifications were switched on is told to nobody.
    async fn begin(&mut self) -> Result<u64, NotifyError> {
        let history = self.engine.store().load(&[StreamId::followed()]).await?;
        let mut state = domain::notify::State::default();
        for recorded in &history {
            if let Event::Notification(event) = &recorded.event {
                state.evolve(event);
            }
        }
        match state.through {
            Some(through) => self.noted = through,
            None => self.note(self.engine.store().head().await?.position).await?,
        }
        self.at = Some(self.noted);
        Ok(self.noted)
    }

    async fn note(&mut self, through: u64) -> Result<(), NotifyError> {
        let command = Command::Follow { through };
        let (id, what) = (StreamId::followed().id, format!("follow {through}"));
        self.engine.submit(Request::notification(id, command, &what, actor())).await?;
        self.noted = through;
        Ok(())
    }

    /// What the rows call for. Rows that concern nobody are not even read.
    async fn requests(&self, rows: &[StoredRow]) -> Result<Vec<Request>, NotifyError> {
        let (rules, now) = (self.engine.rules(), self.engine.now());
        let notify = &rules.policy.notify;
        let mut concerned: HashMap<&str, bool> = HashMap::new();
        let mut wanted = HashSet::new();
        let mut streams = Vec::new();
        for row in rows.iter().filter(|row| row.stream_kind == StreamKind::Case.as_str()) {
            let tells = concerned
                .entry(&row.event_type)
                .or_insert_with_key(|name| *name == BARRED || notify.concerns(name));
            let fresh = is_fresh(row.recorded_at, now);
            if let Some(stream) = row.stream().filter(|_| *tells && fresh) {
                wanted.insert(row.position);
                streams.push(stream);
            }
        }
        if streams.is_empty() {
            return Ok(Vec::new());
        }
        streams.sort_unstable();
        streams.dedup();
        let mut histories: BTreeMap<StreamId, Vec<Recorded>> = BTreeMap::new();
        for row in self.engine.store().rows(&streams).await? {
            match row.decode() {
                Ok(recorded) => histories.entry(recorded.stream).or_default().push(recorded),
                // The program that wrote it tells of it.
                Err(unknown) => warn!(%unknown, "an event is newer than this program"),
            }
        }
        Ok(histories.values().flat_map(|history| of_case(history, &wanted, &rules)).collect())
    }

    async fn submit(&self, requests: Vec<Request>) -> Result<(), NotifyError> {
        for outcome in self.engine.submit_many(requests).await {
            match outcome {
                Ok(_) => {}
                // One that cannot be counted, or read, must not hold up the others.
                Err(error @ (SubmitError::Rejected(_) | SubmitError::Newer(_))) => {
                    error!(%error, "a notification could not be raised");
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

fn actor() -> Actor {
    Actor::system("notify")
}

fn is_fresh(recorded_at: i64, now: Timestamp) -> bool {
    now.as_microsecond().saturating_sub(recorded_at) < i64::try_from(STALE.as_micros()).unwrap_or(i64::MAX)
}

/// What the wanted events of one case call for. Test orders, and cases that ran elsewhere, concern nobody.
fn of_case(history: &[Recorded], wanted: &HashSet<u64>, rules: &Rulebook) -> Vec<Request> {
    let silent = |recorded: &Recorded| match &recorded.event {
        Event::Case(CaseEvent::CaseRegistered(e)) => e.test,
        Event::Case(CaseEvent::CaseRecorded(_)) => true,
        _ => false,
    };
    if history.iter().any(silent) {
        return Vec::new();
    }
    let (mut state, mut requests, mut raised) = (State::default(), Vec::new(), Vec::new());
    for recorded in history {
        let Event::Case(event) = &recorded.event else { continue };
        Case::evolve(&mut state, event);
        let found = notices(recorded, &state, rules);
        raised.extend(found.iter().map(Notice::id));
        if !wanted.contains(&recorded.position) {
            continue;
        }
        requests.extend(
            found.into_iter().map(|notice| (recorded, notice.id(), Command::Raise(Box::new(notice)))),
        );
        if let CaseEvent::UnitBarred(e) = event {
            let barred: Vec<_> = e.unit.iter().cloned().collect();
            let withdraw = |id: &Uuid| (recorded, *id, Command::Withdraw { barred: barred.clone() });
            requests.extend(raised.iter().map(withdraw));
        }
    }
    // Nobody is told who is kept from the case by now.
    let told = |command: &Command| match command {
        Command::Raise(notice) => !state.barred.bars(&notice.unit, &rules.org),
        _ => true,
    };
    let requests = requests.into_iter().filter(|(_, _, command)| told(command));
    requests.map(|(recorded, id, command)| request(recorded, id, command)).collect()
}

fn request(recorded: &Recorded, id: Uuid, command: Command) -> Request {
    let what = match &command {
        Command::Raise(_) => "raise".to_owned(),
        _ => format!("after {}", recorded.position),
    };
    let request = Request::notification(id, command, &what, actor());
    Request { causation: recorded.meta.command_id, ..request }
}
