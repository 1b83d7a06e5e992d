//! Messages to real receivers on this machine: one that fails a third of the time and hangs now and then, a mail
//! server, a robot that refuses. None is lost, none is told twice, and intake goes on beside it.
//!
//! `WHISTLEPOST_NOTIFICATIONS=10000 cargo test -p gateway --test notify_delivery none_is_lost` is the whole run.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use domain::context::{Actor, Rulebook};
use domain::ids::{CaseId, UnitId};
use domain::intake::Complaint;
use domain::notify::{About, Command, Matter, Notice, Post, Urgency};
use domain::policy::Roster;
use domain::stream::Event;
use engine::Request;
use engine::intake::Arrival;
use gateway::compose::{House, Settings};
use gateway::config::NotifyConfig;
use gateway::loops;
use gateway::notify::Channels;
use gateway::status::Status;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// What a receiver has seen.
#[derive(Default)]
struct Seen {
    asked: AtomicUsize,
    /// How often each id was taken.
    taken: Mutex<HashMap<String, usize>>,
}

/// Fails a third of the time, and now and then does not answer at all.
async fn unreliable(State(seen): State<Arc<Seen>>, headers: HeaderMap) -> StatusCode {
    let asked = seen.asked.fetch_add(1, Ordering::Relaxed);
    if asked % 211 == 100 {
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    if asked % 3 == 1 {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    let id = headers["webhook-id"].to_str().expect("an id").to_owned();
    *seen.taken.lock().expect("taken").entry(id).or_default() += 1;
    StatusCode::OK
}

async fn listen(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// Takes every mail; what was said is kept.
async fn mail_server(kept: Arc<Mutex<String>>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let kept = kept.clone();
            tokio::spawn(async move {
                let (read, mut write) = socket.into_split();
                let mut lines = BufReader::new(read).lines();
                let _ = write.write_all(b"220 test\r\n").await;
                let mut data = false;
                while let Ok(Some(line)) = lines.next_line().await {
                    kept.lock().expect("kept").push_str(&format!("{line}\n"));
                    let answer = match (data, line.as_str()) {
                        (true, ".") => "250 kept",
                        (true, _) => continue,
                        (_, "DATA") => "354 go on",
                        (_, "QUIT") => "221 bye",
                        _ => "250 ok",
                    };
                    data = answer.starts_with("354");
                    if write.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    format!("smtp://{address}")
}

/// A service with these channels, under the sample's rules with this roster and these tries.
struct Service {
    house: House,
    stop: CancellationToken,
    running: tokio::task::JoinHandle<loops::Ended>,
    _folder: tempfile::TempDir,
}

impl Service {
    async fn new(config: &str, roster: &str, retry: Vec<u32>) -> Self {
        let config: NotifyConfig = toml::from_str(config).expect("a configuration");
        let mut rules: Rulebook = domain::sample::rulebook().expect("rules");
        rules.policy.notify.retry = retry;
        rules.policy.roster = Roster::parse("roster.toml", roster).expect("a roster");
        let folder = tempfile::tempdir().expect("a folder");
        let channels = Channels::configured(&config).expect("channels");
        let settings = Settings { channels, ..Settings::new(folder.path(), Arc::new(rules)) };
        let house = House::open(settings).await.expect("a house");
        let stop = CancellationToken::new();
        let status = Status::new(&house.registry, stop.clone()).expect("figures");
        let running = tokio::spawn(loops::run(house.clone(), status, stop.clone()));
        Self { house, stop, running, _folder: folder }
    }

    async fn raise(&self, from: usize, to: usize) {
        let request = |number: usize| {
            let notice = Notice {
                cause: number as u64,
                event: "WhistleSounded".into(),
                case: CaseId(Uuid::from_u128(7)),
                template: "emergency".into(),
                urgency: Urgency::Emergency,
                matter: Matter::Note,
                about: About { case_no: format!("20260217-{number:08}"), ..About::default() },
                unit: UnitId::new("D-ranqi"),
                first: Post::Duty,
                then: Vec::new(),
                barred: Vec::new(),
            };
            let (id, command) = (notice.id(), Command::Raise(Box::new(notice)));
            Request::notification(id, command, "raise", Actor::system("test"))
        };
        for outcome in self.house.engine.submit_many((from..to).map(request).collect()).await {
            outcome.expect("raised");
        }
    }

    /// Until nothing waits to go out.
    async fn gone_out(&self) -> (u64, u64) {
        let head = self.house.engine.store().head().await.expect("a head").position;
        let begun = Instant::now();
        loop {
            let seen = self.house.views.checkpoint().await.expect("views").position;
            let counted = self.house.views.deliveries_count().await.expect("views");
            if seen >= head && counted.0 == 0 {
                return counted;
            }
            assert!(begun.elapsed() < Duration::from_secs(85), "{counted:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// How many events of each name the log has of notifications.
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

    async fn ended(self) {
        self.stop.cancel();
        self.running.await.expect("no panic").expect("as it was told");
    }
}

const ROSTER: &str =
    "[person.a]\nname = \"甲\"\nto = { hook = \"\" }\n[[duty]]\nunit = \"D-ranqi\"\nduty = \"a\"\n";
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[tokio::test(flavor = "multi_thread")]
async fn none_is_lost_and_none_is_told_twice_by_a_receiver_that_fails_a_third_and_hangs() {
    let wanted = std::env::var("WHISTLEPOST_NOTIFICATIONS").ok().and_then(|text| text.parse().ok());
    let wanted: usize = wanted.unwrap_or(600);
    let seen = Arc::new(Seen::default());
    let url = listen(Router::new().route("/", post(unreliable)).with_state(seen.clone())).await;
    let config = format!(
        "timeout_seconds = 1\nat_once = 32\n[[channel]]\nname = \"hook\"\nkind = \"webhook\"\nurl = \"{url}/\"\nsecret = \"{SECRET}\"\n"
    );
    let service = Service::new(&config, ROSTER, vec![0; 40]).await;
    let begun = Instant::now();
    service.raise(0, wanted).await;
    // Complaints come in meanwhile.
    let mut slowest = Duration::ZERO;
    for number in 0..20 {
        let complaint = json!({
            "external_id": format!("n-{number}"), "received_at": "2026-11-20T09:59:00+08:00",
            "title": "噪声", "text": "噪声", "address": "龙桥社区", "item": "0305",
        });
        let complaint =
            Complaint::from_json(complaint, "12345", service.house.engine.now()).expect("a complaint");
        let at = Instant::now();
        service
            .house
            .intake
            .receive(Arrival::live(complaint, Actor::system("test")))
            .await
            .expect("taken in");
        slowest = slowest.max(at.elapsed());
    }
    let (_, parked) = service.gone_out().await;
    let seconds = begun.elapsed().as_secs_f64();
    let taken = seen.taken.lock().expect("taken").clone();
    let twice = taken.values().filter(|times| **times > 1).count();
    let events = service.events().await;
    eprintln!(
        "{wanted} in {seconds:.1} s, {} requests, {} failed, slowest complaint {slowest:?}",
        seen.asked.load(Ordering::Relaxed),
        events["NotificationFailed"],
    );
    assert_eq!((taken.len(), twice, parked), (wanted, 0, 0));
    assert_eq!(events["NotificationSent"], wanted);
    assert!(slowest < Duration::from_secs(5), "{slowest:?}");
    service.ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_reaches_its_address_and_what_is_refused_is_parked_until_it_is_sent_again() {
    let kept = Arc::new(Mutex::new(String::new()));
    let mail = mail_server(kept.clone()).await;
    let refuses = Arc::new(AtomicUsize::new(0));
    let robot = |State(refuses): State<Arc<AtomicUsize>>| async move {
        let code = if refuses.fetch_add(1, Ordering::Relaxed) < 2 { 310_000 } else { 0 };
        json!({"errcode": code, "errmsg": "x"}).to_string()
    };
    let url = listen(Router::new().route("/send", post(robot)).with_state(refuses.clone())).await;
    let config = format!(
        "base_url = \"http://post.test\"\n[[channel]]\nname = \"mail\"\nkind = \"smtp\"\nurl = \"{mail}\"\nfrom = \"post@example.test\"\n\
         [[channel]]\nname = \"group\"\nkind = \"dingtalk\"\nurl = \"{url}/send?access_token=verysecret\"\nsecret = \"SECx\"\n"
    );
    let roster = "[person.a]\nname = \"甲\"\nto = { mail = \"a@example.test\", group = \"138\", gone = \"\" }\n\
                  [[duty]]\nunit = \"D-ranqi\"\nduty = \"a\"\n";
    let service = Service::new(&config, roster, vec![0]).await;
    service.raise(0, 1).await;
    let (_, parked) = service.gone_out().await;
    assert_eq!(parked, 2, "the robot said no twice, and one channel does not exist");
    let mail = kept.lock().expect("kept").clone();
    for word in ["RCPT TO:<a@example.test>", "Importance: high", "From: post@example.test"] {
        assert!(mail.contains(word), "{word} in {mail}");
    }
    let parked = service.house.views.deliveries_parked(10).await.expect("views");
    let reasons: Vec<&str> = parked.iter().filter_map(|one| Some(one.delivery()?.reason.as_str())).collect();
    assert_eq!(reasons, ["no such channel is configured", "code 310000"]);
    // A person has seen to it.
    let id = parked[0].notification.id;
    let again = Command::Replay { deliveries: Vec::new() };
    let request = Request::notification(id, again, "again", Actor::person("admin", "320506"));
    service.house.engine.submit(request).await.expect("sent again");
    let (_, parked) = service.gone_out().await;
    assert_eq!(parked, 1, "that channel still does not exist");
    let events = service.events().await;
    assert_eq!((events["NotificationSent"], events["NotificationParked"]), (2, 3));
    service.ended().await;
}
