//! Database and bus go away and come back: a gateway waits, says so, and loses nothing.

use std::time::{Duration, Instant};

use async_nats::jetstream;
use serde_json::json;
use tests::city::{City, readiness, until};
use tests::line::Line;
use tests::{Service, http};

const JURISDICTION: &str = "320506";
const SOON: Duration = Duration::from_secs(40);

async fn send(city: &City, id: &str) {
    let event = json!({
        "specversion": "1.0", "id": format!("m-{id}"), "source": "/test", "type": "whistlepost.complaint",
        "datacontenttype": "application/json",
        "data": { "external_id": id, "received_at": "2026-11-20T09:00:00+08:00", "text": "路灯不亮" },
    });
    let sent = async || {
        let bus = jetstream::new(async_nats::connect(&city.nats).await.ok()?);
        let subject = format!("whistle.{JURISDICTION}.intake.12345");
        bus.publish(subject, event.to_string().into()).await.ok()?.await.ok()
    };
    until("a complaint is taken by the bus", SOON, sent).await;
}

/// Waits until so many receipts are on the bus.
async fn receipts(city: &City, count: u64) -> Duration {
    let look = async || {
        let bus = jetstream::new(async_nats::connect(&city.nats).await.ok()?);
        let stream = bus.get_stream("RECEIPTS").await.ok()?;
        (stream.cached_info().state.messages >= count).then_some(())
    };
    until("receipts", SOON, look).await.1
}

async fn is_ready(service: &Service, ready: bool) -> Duration {
    let look = async || (readiness(service).await?["ready"] == ready).then_some(());
    until(if ready { "ready" } else { "not ready" }, SOON, look).await.1
}

/// A configuration over a line that can be cut.
async fn over_a_line(city: &City) -> Line {
    let url = city.database_url();
    let server = url.split('@').nth(1).and_then(|rest| rest.split('/').next()).expect("a server").to_owned();
    let line = Line::to(server.clone()).await;
    let cuttable = url.replace(&server, &format!("127.0.0.1:{}", line.port));
    std::fs::write(city.config(), city.configuration(&cuttable)).expect("written");
    line
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_goes_away_and_comes_back_costs_nothing_but_time() {
    let Some(city) = City::found().await else { return };
    let line = over_a_line(&city).await;
    let gateway = city.serve("a");
    is_ready(&gateway, true).await;
    send(&city, "O-1").await;
    receipts(&city, 1).await;

    line.cut();
    is_ready(&gateway, false).await;
    let alive = http::get(&gateway.address, "/healthz", &[]).await.expect("an answer");
    assert_eq!(alive.status, 200, "the process lives: to kill it would mend nothing");
    send(&city, "O-2").await;
    tokio::time::sleep(Duration::from_secs(6)).await;
    let mended = Instant::now();
    line.mend();
    is_ready(&gateway, true).await;
    receipts(&city, 2).await;
    eprintln!("the complaint that waited had its receipt {:?} after the database was back", mended.elapsed());
    let sound = city.run(&["verify"], "");
    assert!(sound.status.success(), "{}", String::from_utf8_lossy(&sound.stdout));
    assert_eq!(gateway.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_starts_before_its_database_waits_for_it() {
    let Some(city) = City::found().await else { return };
    let line = over_a_line(&city).await;
    line.cut();
    let mend = line.cut_for(Duration::from_secs(3));
    let started = Instant::now();
    let (gateway, ()) = tokio::join!(city.serve_soon("a"), mend);
    assert!(started.elapsed() >= Duration::from_secs(3));
    is_ready(&gateway, true).await;
    assert_eq!(gateway.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bus_that_is_away_leaves_the_pages_and_is_caught_up_with() {
    let Some(mut city) = City::found().await else { return };
    city.stop_nats();
    let gateway = city.serve("a");
    is_ready(&gateway, true).await;
    assert_eq!(readiness(&gateway).await.expect("an answer")["bus"], false);
    city.account("paidan", "dispatcher", "a long secret");
    let token = city.run(&["account", "token", "paidan"], "");
    let bearer = format!("Bearer {}", String::from_utf8(token.stdout).expect("text").trim());
    let one = json!({ "external_id": "B-1", "received_at": "2026-11-20T09:00:00+08:00", "text": "路灯不亮" });
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let taken = http::ask(&gateway.address, "POST", "/api/v1/complaints", &headers, &one.to_string()).await;
    assert_eq!(taken.expect("an answer").status, 200);

    city.start_nats();
    send(&city, "B-2").await;
    let took = receipts(&city, 1).await;
    eprintln!("the bus was caught up with {took:?} after it was back");
    let told = async || {
        let bus = jetstream::new(async_nats::connect(&city.nats).await.ok()?);
        let events = bus.get_stream("EVENTS").await.ok()?;
        (events.cached_info().state.messages >= 2).then_some(())
    };
    until("what happened meanwhile goes out too", SOON, told).await;
    city.stop_nats();
    assert_eq!(gateway.stop(), Some(0), "also while the bus is away");
}
