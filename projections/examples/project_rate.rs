//! How many events a second the views take: `cargo run --release -p projections --example project_rate -- 100000`.
//!
//! Three events a case, as an import makes them, decoded from JSON like the log's own; into a
//! file of the data folder's kind. The last line is JSON.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use domain::context::Actor;
use domain::ids::CaseId;
use domain::recorded::{Meta, Recorded};
use domain::sealed::Content;
use domain::stream::{EVENT_VERSION, Event, StreamId};
use jiff::{SignedDuration, Timestamp};
use projections::{CaseFilter, Feed, FeedError, FeedEvent, FeedItem, Runner, Scope, Views};
use serde_json::json;
use uuid::Uuid;

const GRIDS: [&str; 4] = ["320506001012001", "320506001012002", "320506001013001", "320506001013002"];

/// Makes the log as it is read, so that a run of any length needs no memory.
struct Made {
    cases: u64,
    start: Timestamp,
    decoding: std::sync::Mutex<Duration>,
}

#[async_trait]
impl Feed for Made {
    async fn read_after(&self, position: u64, limit: u32) -> Result<Vec<FeedItem>, FeedError> {
        let end = (position + u64::from(limit)).min(self.cases * 3);
        let started = Instant::now();
        let items = (position + 1..=end).map(|position| self.item(position)).collect();
        if let Ok(mut decoding) = self.decoding.lock() {
            *decoding += started.elapsed();
        }
        items
    }

    async fn between(&self, after: u64, through: u64) -> Result<Vec<FeedItem>, FeedError> {
        self.read_after(after, u32::try_from(through - after).map_err(FeedError::new)?).await
    }

    async fn head(&self) -> Result<u64, FeedError> {
        Ok(self.cases * 3)
    }
}

impl Made {
    fn item(&self, position: u64) -> Result<FeedItem, FeedError> {
        let (case, sequence) = ((position - 1) / 3, (position - 1) % 3 + 1);
        let received = self.start + SignedDuration::from_mins(i64::try_from(case).unwrap_or(0));
        let grid = GRIDS[usize::try_from(case % 4).unwrap_or(0)];
        let (name, body) = match sequence {
            1 => (
                "CaseRegistered",
                json!({
                    "case_no": format!("20261120-{case:08}"), "source": "12345", "external_id": format!("X-{case}"),
                    "channel": "phone", "received_at": received, "item": "0101", "place": grid, "sealed": "c2VhbGVk".repeat(60),
                }),
            ),
            2 => (
                "CaseClassified",
                json!({
                    "item": "0101", "item_name": "路灯", "place": grid, "class": "N2", "policy_version": "1",
                }),
            ),
            _ => (
                "CaseDispatched",
                json!({
                    "unit": grid, "rung": "grid", "basis": "item 0101 → grid",
                    "sign": due(received, 2), "contact": due(received, 24),
                    "resolve": {
                        "from": received, "budget": "5wd", "due_at": received + SignedDuration::from_hours(120),
                        "amber_at": received + SignedDuration::from_hours(96), "rule": "item 0101", "policy": "1",
                        "calendar": "2026",
                    },
                }),
            ),
        };
        let payload = json!({ name: body }).to_string();
        let event = Event::decode("case", name, EVENT_VERSION, &payload).map_err(FeedError::new)?;
        let stream = StreamId::case(CaseId(Uuid::new_v5(&Uuid::NAMESPACE_OID, &case.to_be_bytes())));
        let meta = Meta {
            occurred_at: received,
            recorded_at: received,
            actor: Actor::system("import"),
            correlation: Uuid::nil(),
            causation: Uuid::nil(),
            command_id: Uuid::from_u128(u128::from(position)),
        };
        let content = (sequence == 1).then(|| Content {
            text: format!(
                "小区门口第{case}盏路灯晚上不亮，老人出行不便，请尽快修理，联系人李雷，电话13812345678"
            ),
            ..Content::default()
        });
        let recorded = Box::new(Recorded { position, stream, sequence, event, meta });
        Ok(FeedItem { position, hash: [7; 32], item: FeedEvent::Known { recorded, content } })
    }
}

fn due(from: Timestamp, hours: i64) -> serde_json::Value {
    json!({
        "due_at": from + SignedDuration::from_hours(hours), "from": from, "budget": "2wh", "calendar": "2026",
    })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cases = std::env::args().nth(1).map_or(Ok(100_000), |cases| cases.parse())?;
    let rules = Arc::new(domain::sample::rulebook().map_err(|faults| format!("{faults:?}"))?);
    let start = "2026-01-01T00:00:00Z".parse()?;
    let feed = Arc::new(Made { cases, start, decoding: std::sync::Mutex::default() });
    let folder = std::env::temp_dir().join(format!("project_rate_{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;

    let views = Views::open(folder.join("views.db")).await?;
    let mut runner = Runner::new(views.clone(), feed.clone(), rules);
    let started = Instant::now();
    let done = runner.catch_up().await?;
    let seconds = started.elapsed().as_secs_f64();
    let decoding = feed.decoding.lock().map(|decoding| decoding.as_secs_f64()).unwrap_or_default();

    let asked = Instant::now();
    let now: Timestamp = "2026-01-20T00:00:00Z".parse()?;
    let desk = views.desk(now, &Scope::All).await?;
    let desk_ms = asked.elapsed().as_secs_f64() * 1e3;
    let asked = Instant::now();
    let list = views.list(&CaseFilter::open(), &Scope::Within("/320506/".into()), None, 50).await?;
    let list_ms = asked.elapsed().as_secs_f64() * 1e3;
    eprintln!("desk {desk:?} in {desk_ms:.1} ms; {} rows in {list_ms:.1} ms", list.rows.len());
    let bytes = std::fs::metadata(views.path())?.len();
    views.close().await;
    std::fs::remove_dir_all(&folder)?;
    println!(
        "{}",
        json!({
            "events": done.events, "seconds": seconds, "events_per_s": done.events as f64 / seconds,
            "of_which_making_events_s": decoding, "bytes_per_case": bytes / cases.max(1),
            "desk_ms": desk_ms, "list_ms": list_ms,
        })
    );
    Ok(())
}
