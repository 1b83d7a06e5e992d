//! A log for specs: events as they stand in a real one, made from their JSON.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use async_trait::async_trait;
use domain::context::{Actor, Rulebook};
use domain::ids::CaseId;
use domain::org::Org;
use domain::recorded::{Meta, Recorded};
use domain::sealed::Content;
use domain::stream::{EVENT_VERSION, Event, StreamId};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::case_row::CaseRow;
use super::figures::day_of;
use super::page::PageFold;
use crate::feed::{Feed, FeedError, FeedEvent, FeedItem};

/// A grid of the sample, with its community, station and street.
pub const GRID: &str = "320506001012001";
pub const COMMUNITY: &str = "320506001012";
pub const COMMUNITY_PATH: &str = "/320506/320506001/S-320506001-01/320506001012/";
/// Another street.
pub const OTHER: &str = "320506110";

pub fn rules() -> Arc<Rulebook> {
    static RULES: OnceLock<Arc<Rulebook>> = OnceLock::new();
    RULES.get_or_init(|| Arc::new(domain::sample::rulebook().expect("the sample is sound"))).clone()
}

pub fn org() -> Org {
    rules().org.clone()
}

pub fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// A log in memory that grows one event at a time, a minute between them.
#[derive(Clone)]
pub struct Log {
    inner: Arc<Mutex<Inner>>,
}

/// What happened to whom; a failed property prints it.
impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let told = |item: FeedItem| match item.item {
            FeedEvent::Known { recorded, .. } => {
                format!("{} {}", recorded.stream.id.as_u128(), recorded.event.event_type())
            }
            FeedEvent::Unknown { stream, .. } => format!("{stream} unknown"),
        };
        f.debug_list().entries(self.items().into_iter().map(told)).finish()
    }
}

struct Inner {
    items: Vec<FeedItem>,
    sequences: HashMap<StreamId, u64>,
    now: Timestamp,
}

impl Log {
    pub fn new() -> Self {
        let inner =
            Inner { items: Vec::new(), sequences: HashMap::new(), now: at("2026-11-20T10:00:00+08:00") };
        Self { inner: Arc::new(Mutex::new(inner)) }
    }

    /// A log of these events.
    pub fn of(items: Vec<FeedItem>) -> Self {
        let log = Self::new();
        log.inner.lock().expect("lock").items = items;
        log
    }

    /// Turns the clock.
    pub fn at(self, time: &str) -> Self {
        self.inner.lock().expect("lock").now = at(time);
        self
    }

    /// Lets days pass.
    pub fn later(self, days: u8) -> Self {
        self.inner.lock().expect("lock").now += SignedDuration::from_hours(24 * i64::from(days));
        self
    }

    /// The log as it ended with this day, in Chinese time.
    pub fn until(&self, day: i32) -> Self {
        let items = self.items().into_iter().filter(|item| match &item.item {
            FeedEvent::Known { recorded, .. } => day_of(recorded.meta.recorded_at) <= day,
            FeedEvent::Unknown { .. } => true,
        });
        Self::of(items.collect())
    }

    /// The next event of a case.
    pub fn add(self, case: u128, event: Value) -> Self {
        self.push(StreamId::case(CaseId(Uuid::from_u128(case))), "case", event)
    }

    /// A message that opened nothing.
    pub fn add_intake(self, event: Value) -> Self {
        let id = Uuid::from_u128(1_000_000 + self.len() as u128);
        self.push(StreamId::intake(id), "intake", event)
    }

    /// An event that this program does not know.
    pub fn add_unknown(self, case: u128) -> Self {
        let stream = StreamId::case(CaseId(Uuid::from_u128(case)));
        let mut inner = self.inner.lock().expect("lock");
        *inner.sequences.entry(stream).or_default() += 1;
        let position = inner.items.len() as u64 + 1;
        let item = FeedEvent::Unknown { stream: stream.to_string(), reason: "unknown version".into() };
        inner.items.push(FeedItem { position, hash: hash(position), item });
        drop(inner);
        self
    }

    /// As a newer program reads it: the unknown event at this position is this one.
    pub fn understand(&self, position: u64, sequence: u64, case: u128, event: Value) {
        let mut inner = self.inner.lock().expect("lock");
        let stream = StreamId::case(CaseId(Uuid::from_u128(case)));
        let now = inner.now;
        let item = known(stream, sequence, position, now, "case", event);
        inner.items[usize::try_from(position).expect("small") - 1] = item;
    }

    pub fn len(&self) -> usize {
        self.inner.lock().expect("lock").items.len()
    }

    pub fn items(&self) -> Vec<FeedItem> {
        self.inner.lock().expect("lock").items.clone()
    }

    /// The row of a case, folded from the whole log.
    pub fn row(&self, case: u128) -> CaseRow {
        let id = CaseId(Uuid::from_u128(case));
        self.rows().into_iter().find(|row| row.case_id == id).expect("the case has a row")
    }

    pub fn rows(&self) -> Vec<CaseRow> {
        let mut fold = PageFold::default();
        let mut parked = std::collections::HashSet::new();
        for item in self.items() {
            fold.take(&item, &mut parked, &rules().org);
        }
        fold.finish().rows.into_iter().map(|change| change.row).collect()
    }

    fn push(self, stream: StreamId, kind: &str, event: Value) -> Self {
        let mut inner = self.inner.lock().expect("lock");
        let sequence = inner.sequences.entry(stream).or_default();
        *sequence += 1;
        let (sequence, position) = (*sequence, inner.items.len() as u64 + 1);
        inner.now += SignedDuration::from_mins(1);
        let item = known(stream, sequence, position, inner.now, kind, event);
        inner.items.push(item);
        drop(inner);
        self
    }
}

#[async_trait]
impl Feed for Log {
    async fn read_after(&self, position: u64, limit: u32) -> Result<Vec<FeedItem>, FeedError> {
        let items = self.items();
        Ok(items.into_iter().filter(|item| item.position > position).take(limit as usize).collect())
    }

    async fn between(&self, after: u64, through: u64) -> Result<Vec<FeedItem>, FeedError> {
        let mut items = self.read_after(after, u32::MAX).await?;
        items.retain(|item| item.position <= through);
        Ok(items)
    }

    async fn head(&self) -> Result<u64, FeedError> {
        Ok(self.len() as u64)
    }
}

fn hash(position: u64) -> [u8; 32] {
    [u8::try_from(position % 251).expect("small"); 32]
}

fn known(
    stream: StreamId,
    sequence: u64,
    position: u64,
    now: Timestamp,
    kind: &str,
    event: Value,
) -> FeedItem {
    let name = event.as_object().and_then(|event| event.keys().next()).expect("a name").clone();
    let content = event[&name]
        .get("content")
        .map(|content| serde_json::from_value::<Content>(content.clone()).expect("content"));
    let event = Event::decode(kind, &name, EVENT_VERSION, &event.to_string()).expect("an event of the log");
    let meta = Meta {
        occurred_at: now,
        recorded_at: now,
        actor: Actor::system("spec"),
        correlation: Uuid::nil(),
        causation: Uuid::nil(),
        command_id: Uuid::from_u128(u128::from(position)),
    };
    let recorded = Box::new(Recorded { position, stream, sequence, event, meta });
    FeedItem { position, hash: hash(position), item: FeedEvent::Known { recorded, content } }
}

/// A complaint without item and place.
pub fn registered(number: &str) -> Value {
    json!({"CaseRegistered": {
        "case_no": number, "source": "12345", "external_id": format!("X-{number}"), "channel": "phone",
        "received_at": "2026-11-20T10:00:00+08:00",
        "dispatch": due("2026-11-20T14:00:00+08:00"),
        "sealed": "…", "content": {"title": "路灯不亮，联系人：李雷 13812345678"}
    }})
}

/// The same with these fields.
pub fn registered_with(number: &str, fields: Value) -> Value {
    let mut event = registered(number);
    let target = event["CaseRegistered"].as_object_mut().expect("an object");
    target.extend(fields.as_object().expect("fields").clone());
    event
}

pub fn classified(place: &str) -> Value {
    json!({"CaseClassified": {
        "item": "0101", "item_name": "路灯", "place": place, "class": "N2", "policy_version": "1"
    }})
}

/// On the grid's rung, due at this time.
pub fn dispatched(unit: &str, due_at: &str) -> Value {
    json!({"CaseDispatched": {
        "unit": unit, "rung": "grid", "basis": "item", "sign": due("2026-11-20T14:00:00+08:00"),
        "contact": due("2026-11-23T17:30:00+08:00"), "resolve": clock(due_at)
    }})
}

pub fn signed() -> Value {
    json!({"CaseSigned": {"unit": GRID, "by": "user:wangge"}})
}

pub fn contacted() -> Value {
    json!({"ComplainantContacted": {"channel": "phone"}})
}

pub fn extended(due_at: &str) -> Value {
    json!({"ExtensionGranted": {"reason": "等待配件", "resolve": clock(due_at)}})
}

pub fn suspended() -> Value {
    json!({"CaseSuspended": {
        "reason": "列入改造计划", "from": "2026-11-21T10:00:00+08:00", "review_at": "2027-03-01T09:00:00+08:00"
    }})
}

pub fn resumed(due_at: &str) -> Value {
    json!({"CaseResumed": {"resolve": clock(due_at)}})
}

pub fn result(at: &str) -> Value {
    json!({"ResultSubmitted": {
        "unit": GRID, "by": "user:wangge", "at": at, "solved": true, "reply": "…",
        "verify": due("2026-12-01T17:30:00+08:00")
    }})
}

pub fn check_passed() -> Value {
    json!({"VerificationPassed": {"callback": due("2026-12-03T17:30:00+08:00")}})
}

pub fn check_failed(due_at: &str) -> Value {
    json!({"VerificationFailed": {"reason": "不实", "resolve": clock(due_at)}})
}

pub fn called_back(solved: bool) -> Value {
    let satisfaction = if solved { "satisfied" } else { "dissatisfied" };
    json!({"CallbackCompleted": {"contacted": true, "solved": solved, "satisfaction": satisfaction}})
}

pub fn closed() -> Value {
    json!({"CaseClosed": {"mode": "solved"}})
}

pub fn reopened(due_at: &str) -> Value {
    json!({"CaseReopened": {
        "reason": "问题又出现", "resolve": clock(due_at), "contact": due("2026-12-10T17:30:00+08:00")
    }})
}

pub fn escalated() -> Value {
    json!({"CaseEscalated": {
        "from": "grid", "to": "community", "responsible": COMMUNITY, "reason": "timeout"
    }})
}

pub fn recorded(unit: &str, due_at: Option<&str>, closed_at: Option<&str>) -> Value {
    json!({"CaseRecorded": {"unit": unit, "item": "市容环境", "due_at": due_at, "closed_at": closed_at}})
}

pub fn repeated(case: u128) -> Value {
    json!({"ComplaintRepeated": {"source": "12345", "case": Uuid::from_u128(case), "case_no": "N"}})
}

fn due(at: &str) -> Value {
    json!({"due_at": at, "from": "2026-11-20T10:00:00+08:00", "budget": "2wh", "calendar": "2026"})
}

fn clock(due_at: &str) -> Value {
    let amber: Timestamp = at(due_at) - SignedDuration::from_hours(24);
    json!({
        "from": "2026-11-20T10:00:00+08:00", "budget": "5wd", "due_at": due_at, "amber_at": amber,
        "rule": "item 0101", "policy": "1", "calendar": "2026"
    })
}
