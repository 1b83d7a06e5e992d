//! Several gateways on one PostgreSQL and one NATS: what a city sees.

use std::time::{Duration, Instant};

use async_nats::jetstream;
use async_nats::jetstream::consumer::pull;
use futures::StreamExt;
use serde_json::{Value, json};
use tests::city::{City, readiness, until};
use tests::{Service, http};
use uuid::Uuid;

const JURISDICTION: &str = "320506";
const PASSWORD: &str = "a long secret";
const SOON: Duration = Duration::from_secs(20);

fn complaint(id: &str) -> Value {
    json!({
        "external_id": id, "received_at": "2026-11-20T09:00:00+08:00", "item": "0101",
        "title": "垃圾桶满溢", "address": "长桥街道龙桥社区第1网格(样例)", "channel": "phone",
    })
}

async fn bus(city: &City) -> jetstream::Context {
    jetstream::new(async_nats::connect(&city.nats).await.expect("the bus"))
}

/// Sends a complaint; the streams are made soon after the first gateway has started.
async fn send(bus: &jetstream::Context, id: &str) {
    let event = json!({
        "specversion": "1.0", "id": format!("m-{id}"), "source": "/test", "type": "whistlepost.complaint",
        "datacontenttype": "application/json", "data": complaint(id),
    });
    let sent = async || {
        let subject = format!("whistle.{JURISDICTION}.intake.12345");
        bus.publish(subject, event.to_string().into()).await.ok()?.await.ok()
    };
    until("a complaint is taken by the bus", SOON, sent).await;
}

/// The case of this outside id as this gateway shows it, once it does.
async fn shown(service: &Service, session: &str, id: &str) -> (String, Duration) {
    let look = async || {
        let path = format!("/api/v1/cases?q={id}");
        let answer = http::get(&service.address, &path, &[("cookie", session)]).await.ok()?;
        let list: Value = serde_json::from_str(&answer.body).ok()?;
        list["cases"].as_array()?.first()?["case_no"].as_str().map(str::to_owned)
    };
    until(id, SOON, look).await
}

/// Which of these gateways holds the lease, once one does.
async fn leader(gateways: &[&Service], lease: &str) -> usize {
    let look = async || {
        for (index, gateway) in gateways.iter().enumerate() {
            let says = readiness(gateway).await?;
            if says["leads"].as_array()?.iter().any(|held| held == lease) {
                return Some(index);
            }
        }
        None
    };
    until(lease, SOON, look).await.0
}

/// Messages in a stream; 0 where it is not there.
async fn messages(bus: &jetstream::Context, stream: &str) -> u64 {
    match bus.get_stream(stream).await {
        Ok(stream) => stream.cached_info().state.messages,
        Err(_) => 0,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_gateways_share_cases_accounts_and_sessions() {
    let Some(city) = City::found().await else { return };
    let (a, b) = (city.serve("a"), city.serve("b"));
    city.account("ducha", "supervisor", PASSWORD);
    let session = http::sign_in(&a.address, "ducha", PASSWORD).await;

    let bus = bus(&city).await;
    send(&bus, "S-1").await;
    let (on_a, _) = shown(&a, &session, "S-1").await;
    let (on_b, _) = shown(&b, &session, "S-1").await;
    assert_eq!(on_a, on_b, "one case, seen on both, by a session that began on the other");
    until("its receipt", SOON, async || (messages(&bus, "RECEIPTS").await > 0).then_some(())).await;

    // Signed out on one is signed out on both.
    let page = http::get(&b.address, "/cases", &[("cookie", &session), ("accept", "text/html")])
        .await
        .expect("a page");
    let form = format!("_csrf={}", page.field("_csrf"));
    let headers = [("cookie", session.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    let out = http::ask(&b.address, "POST", "/sign-out", &headers, &form).await.expect("an answer");
    assert_eq!(out.status, 303);
    let after = http::get(&a.address, "/api/v1/cases", &[("cookie", &session)]).await.expect("an answer");
    assert_eq!(after.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_unit_answers_keeps_its_order_however_many_gateways_run() {
    const CASES: usize = 40;
    let Some(city) = City::found().await else { return };
    let _gateways = (city.serve("a"), city.serve("b"));
    let bus = bus(&city).await;
    for number in 0..CASES {
        send(&bus, &format!("R-{number}")).await;
    }
    let (stream, _) = until("tasks", SOON, async || bus.get_stream("DISPATCH").await.ok()).await;
    let place = stream.create_consumer(pull::OrderedConfig::default()).await.expect("a reader");
    let mut told = place.messages().await.expect("messages");
    let (mut outcomes, mut refused) = (0, Vec::new());
    while outcomes < 3 * CASES {
        let message =
            tokio::time::timeout(SOON, told.next()).await.expect("soon").expect("more").expect("one");
        let event: Value = serde_json::from_slice(&message.payload).expect("JSON");
        if event["type"] == "whistlepost.dispatch" {
            answer(&bus, &message.subject.replace("dispatch", "response"), &event["data"]["case"]).await;
        } else if event["type"] == "whistlepost.answer" {
            outcomes += 1;
            refused.extend((event["data"]["outcome"] != "accepted").then(|| event["data"].clone()));
        }
    }
    assert!(refused.is_empty(), "{refused:?}");
}

/// Everything that a unit says about a case, each once the bus has what came before.
async fn answer(bus: &jetstream::Context, subject: &str, case: &Value) {
    for action in ["sign", "contact", "result"] {
        let mut data = json!({"case": case, "action": action});
        match action {
            "contact" => (data["channel"], data["text"]) = (json!("phone"), json!("已联系。")),
            "result" => (data["solved"], data["text"]) = (json!(true), json!("已清理。")),
            _ => {}
        }
        let event = json!({
            "specversion": "1.0", "id": Uuid::new_v4(), "source": "/unit", "type": "whistlepost.response",
            "data": data,
        });
        let sent = bus.publish(subject.to_owned(), event.to_string().into()).await.expect("sent");
        sent.await.expect("kept");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_page_on_one_gateway_hears_within_a_second_what_the_other_wrote() {
    let Some(city) = City::found().await else { return };
    let (a, b) = (city.serve("a"), city.serve("b"));
    city.account("paidan", "dispatcher", PASSWORD);
    let session = http::sign_in(&a.address, "paidan", PASSWORD).await;
    let token = city.run(&["account", "token", "paidan"], "");
    let bearer = format!("Bearer {}", String::from_utf8(token.stdout).expect("text").trim());

    let mut live = tests::http::Live::open(&b.address, &session).await;
    for number in 0..5 {
        let body = complaint(&format!("L-{number}")).to_string();
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let sent =
            http::ask(&a.address, "POST", "/api/v1/complaints", &headers, &body).await.expect("an answer");
        assert_eq!(sent.status, 200, "{}", sent.body);
        let case: Value = serde_json::from_str(&sent.body).expect("json");
        let answered = Instant::now();
        live.hears(case["case_no"].as_str().expect("a number")).await;
        let lag = answered.elapsed();
        eprintln!("heard on the other gateway after {lag:?}");
        assert!(lag < Duration::from_secs(1), "{lag:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_gateway_that_leads_is_killed_the_other_takes_over_within_seconds() {
    let Some(city) = City::found().await else { return };
    let (a, b) = (city.serve("a"), city.serve("b"));
    let bus = bus(&city).await;
    send(&bus, "K-1").await;
    until("the first receipt", SOON, async || (messages(&bus, "RECEIPTS").await > 0).then_some(())).await;
    // Everything about the first complaint is out.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = messages(&bus, "RECEIPTS").await;
    let mut gateways = vec![a, b];
    let publishes = leader(&[&gateways[0], &gateways[1]], "publisher").await;
    let sweeps = leader(&[&gateways[0], &gateways[1]], "deadlines").await;

    // Whoever does either is killed; a complaint is under way meanwhile.
    let killed = Instant::now();
    gateways.remove(publishes).kill();
    send(&bus, "K-2").await;
    until("the next receipt", SOON, async || (messages(&bus, "RECEIPTS").await > before).then_some(())).await;
    eprintln!("publishing went on {:?} after the kill", killed.elapsed());
    assert!(killed.elapsed() < Duration::from_secs(10));
    leader(&[&gateways[0]], "deadlines").await;
    eprintln!(
        "sweeping was taken over {:?} after the kill (killed: {publishes}, swept: {sweeps})",
        killed.elapsed()
    );
    assert!(killed.elapsed() < Duration::from_secs(10));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_told_to_stop_lets_go_at_once_and_ends_well() {
    let Some(city) = City::found().await else { return };
    let a = city.serve("a");
    leader(&[&a], "publisher").await;
    leader(&[&a], "deadlines").await;
    let b = city.serve("b");
    let told = Instant::now();
    assert_eq!(a.stop(), Some(0));
    eprintln!("stopped within {:?}", told.elapsed());
    assert!(told.elapsed() < Duration::from_secs(15), "{:?}", told.elapsed());
    let free = Instant::now();
    leader(&[&b], "publisher").await;
    leader(&[&b], "deadlines").await;
    eprintln!("leases handed over {:?} after that", free.elapsed());
    assert!(free.elapsed() < Duration::from_secs(3), "{:?}", free.elapsed());
    assert_eq!(b.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_works_beside_running_gateways_and_disturbs_none() {
    let Some(city) = City::found().await else { return };
    let (a, b) = (city.serve("a"), city.serve("b"));
    let file = city.folder.path().join("in.jsonl");
    let rows: Vec<String> = (0..50).map(|number| complaint(&format!("C-{number}")).to_string()).collect();
    std::fs::write(&file, rows.join("\n")).expect("written");
    let path = file.display().to_string();
    let told = |output: &std::process::Output| String::from_utf8_lossy(&output.stderr).into_owned();

    let imported = city.run(&["import", &path, "--source", "file"], "");
    assert!(imported.status.success(), "{}", told(&imported));
    // In the folder of a running gateway, and in one of its own.
    for folder in ["a", "command"] {
        let shown = city.run_in(folder, &["show", "C-7", "--json"], "");
        assert!(shown.status.success(), "{folder}: {}", told(&shown));
        let exported = city.run_in(folder, &["export", "cases", "--format", "jsonl"], "");
        assert_eq!(
            String::from_utf8_lossy(&exported.stdout).lines().count(),
            50,
            "{folder}: {}",
            told(&exported)
        );
        let sound = city.run_in(folder, &["verify", "--json"], "");
        assert!(sound.status.success(), "{folder}: {}", String::from_utf8_lossy(&sound.stdout));
    }
    let rebuilt = city.run(&["rebuild", "--json"], "");
    assert!(rebuilt.status.success(), "{}", told(&rebuilt));
    for gateway in [&a, &b] {
        let level = async || (readiness(gateway).await?["lag"] == 0).then_some(());
        until("the views of a gateway", SOON, level).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_service_on_the_same_folder_and_a_key_of_its_own_are_refused() {
    let Some(city) = City::found().await else { return };
    let _a = city.serve("a");
    let second = city.run_in("a", &["serve", "--address", "127.0.0.1:0"], "");
    let told = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(!second.status.success() && told.contains("DATA_IN_USE"), "{told}");

    let other = city.configuration(&city.database_url()).replace("0011", "1100");
    std::fs::write(city.config(), other).expect("written");
    let refused = city.run_in("b", &["serve", "--address", "127.0.0.1:0"], "");
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && told.contains("another master key"), "{told}");
}
