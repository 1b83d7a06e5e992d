//! Killed at every step of telling and sending; quiet hours and digests by a clock that is turned.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::context::Actor;
use domain::ids::{CaseId, UnitId};
use domain::intake::Complaint;
use domain::notify::{About, Command, Matter, Notice, Post, Urgency};
use domain::policy::Roster;
use domain::stream::Event;
use engine::Request;
use engine::clock::TurnedClock;
use engine::intake::Arrival;
use gateway::compose::{House, Settings};
use gateway::notify::{Channel, Channels, Outbound, Raiser, SendError, Sender};
use serde_json::json;
use uuid::Uuid;

/// Takes everything, and remembers it.
#[derive(Default)]
struct Remembers(Mutex<Vec<Outbound>>);

#[async_trait]
impl Channel for Remembers {
    async fn send(&self, message: &Outbound) -> Result<String, SendError> {
        self.0.lock().expect("kept").push(message.clone());
        Ok("taken".to_owned())
    }
}

struct World {
    house: House,
    clock: TurnedClock,
    kept: Arc<Remembers>,
    _folder: tempfile::TempDir,
}

impl World {
    async fn at(time: &str) -> Self {
        let mut rules = domain::sample::rulebook().expect("rules");
        let roster = "[unit.320506001]\nto = { hook = \"\" }\n";
        rules.policy.roster = Roster::parse("roster.toml", roster).expect("a roster");
        let folder = tempfile::tempdir().expect("a folder");
        let (clock, kept) = (TurnedClock::at(time.parse().expect("a time")), Arc::new(Remembers::default()));
        let channels = Channels::default().with("hook", kept.clone());
        let settings = Settings {
            channels,
            clock: Arc::new(clock.clone()),
            ..Settings::new(folder.path(), Arc::new(rules))
        };
        let house = House::open(settings).await.expect("a house");
        Raiser::new(house.engine.clone()).step().await.expect("begun");
        Self { house, clock, kept, _folder: folder }
    }

    fn raiser(&self) -> Raiser {
        Raiser::new(self.house.engine.clone())
    }

    fn sender(&self) -> Sender {
        Sender::new(self.house.engine.clone(), self.house.views.clone(), self.house.channels.clone())
    }

    async fn catch_up(&self) {
        self.house.catch_up().await.expect("views");
    }

    /// Sends whatever is due.
    async fn send(&self) {
        let mut sender = self.sender();
        for _ in 0..4 {
            self.catch_up().await;
            sender.step().await.expect("a step");
            if sender.is_busy() {
                sender.landed().await;
            }
        }
        sender.release().await;
        self.catch_up().await;
    }

    async fn raise(&self, cause: u64, urgency: Urgency) {
        let notice = Notice {
            cause,
            event: "CaseUrged".into(),
            case: CaseId(Uuid::from_u128(7)),
            template: "task".into(),
            urgency,
            matter: Matter::Note,
            about: About { case_no: format!("20260217-{cause}"), ..About::default() },
            unit: UnitId::new("320506001"),
            first: Post::Unit,
            then: Vec::new(),
            barred: Vec::new(),
        };
        let (id, command) = (notice.id(), Command::Raise(Box::new(notice)));
        let request = Request::notification(id, command, "raise", Actor::system("test"));
        self.house.engine.submit(request).await.expect("raised");
    }

    async fn register(&self) {
        let complaint = json!({
            "external_id": "a", "received_at": "2026-11-20T09:59:00+08:00", "title": "油烟", "text": "油烟",
            "address": "龙桥社区", "item": "0305",
        });
        let complaint = Complaint::from_json(complaint, "12345", self.house.engine.now()).expect("sound");
        let arrival = Arrival::live(complaint, Actor::system("test"));
        self.house.intake.receive(arrival).await.expect("taken in");
    }

    async fn events(&self) -> HashMap<&'static str, usize> {
        let rows = self.house.engine.store().read_after(0, u32::MAX).await.expect("rows");
        let mut counts = HashMap::new();
        for row in rows {
            if let Event::Notification(event) = row.decode().expect("an event").event {
                *counts.entry(event.name()).or_default() += 1;
            }
        }
        counts
    }

    fn kept(&self) -> Vec<Outbound> {
        self.kept.0.lock().expect("kept").clone()
    }
}

#[tokio::test]
async fn killed_at_any_step_it_is_raised_once_noted_once_and_sent_under_one_id() {
    for killed_after in 0..6 {
        let world = World::at("2026-11-20T10:00:00+08:00").await;
        world.register().await;
        let (mut raiser, mut sender) = (world.raiser(), world.sender());
        for step in 0..6 {
            match step {
                0 => drop(raiser.step().await.expect("raised")),
                1 | 5 => world.catch_up().await,
                2 | 4 => drop(sender.step().await.expect("started, or noted")),
                _ => sender.landed().await,
            }
            if step == killed_after {
                // Nothing that it knew is left.
                (raiser, sender) = (world.raiser(), world.sender());
            }
        }
        sender.release().await;
        while world.raiser().step().await.expect("raised") > 0 && world.events().await.is_empty() {}
        world.send().await;
        let (events, kept) = (world.events().await, world.kept());
        assert_eq!((events["NotificationRaised"], events["NotificationSent"]), (1, 1), "{killed_after}");
        assert!((1..=2).contains(&kept.len()), "{killed_after}: {}", kept.len());
        assert!(kept.iter().all(|one| one.id == kept[0].id), "{killed_after}");
    }
}

#[tokio::test]
async fn in_quiet_hours_only_an_emergency_goes_out_and_the_rest_in_the_morning() {
    let world = World::at("2026-02-17T03:00:00+08:00").await;
    world.raise(1, Urgency::Normal).await;
    world.raise(2, Urgency::Emergency).await;
    world.send().await;
    assert_eq!(world.kept().iter().map(|one| one.urgency).collect::<Vec<_>>(), ["emergency"]);
    world.clock.set("2026-02-17T07:29:59+08:00".parse().expect("a time"));
    world.send().await;
    assert_eq!(world.kept().len(), 1);
    world.clock.set("2026-02-17T07:30:00+08:00".parse().expect("a time"));
    world.send().await;
    assert_eq!(world.kept().len(), 2);
}

#[tokio::test]
async fn what_is_not_urgent_goes_out_together_at_its_time() {
    let world = World::at("2026-11-20T10:00:00+08:00").await;
    for cause in 1..=3 {
        world.raise(cause, Urgency::Low).await;
    }
    world.send().await;
    assert_eq!(world.kept(), []);
    world.clock.set("2026-11-20T16:30:00+08:00".parse().expect("a time"));
    world.send().await;
    let kept = world.kept();
    assert_eq!((kept.len(), kept[0].items.len()), (1, 3));
    assert_eq!(kept[0].title, "3 条通知");
    assert!(kept[0].id.starts_with("digest/"));
    assert_eq!(world.events().await["NotificationSent"], 3);
}
