//! `serve` with the bus: what a hotline's integrator and a department's system see from outside.

use std::path::Path;
use std::time::Duration;

use async_nats::jetstream::{self, consumer::DeliverPolicy, consumer::pull};
use futures::StreamExt;
use serde_json::{Value, json};
use tests::{Service, whistlepost};

const JURISDICTION: &str = "320506";

fn server() -> Option<String> {
    let url = std::env::var("WHISTLEPOST_TEST_NATS").ok();
    if url.is_none() {
        eprintln!("skipped: run tests/run");
    }
    url
}

fn configure(folder: &Path, url: &str) -> std::path::PathBuf {
    let path = folder.join("config.toml");
    let text = format!(
        "data = {:?}\n[nats]\nurl = {url:?}\nstream_prefix = \"service_\"\n",
        folder.join("data").display().to_string()
    );
    std::fs::write(&path, text).expect("written");
    path
}

fn serve(folder: &Path, config: &Path) -> Service {
    let config = config.display().to_string();
    Service::start(&["serve", "--config", &config], &folder.join("data"))
}

fn event(id: &str, data: &Value) -> Vec<u8> {
    let event = json!({
        "specversion": "1.0", "id": id, "source": "/test", "type": "whistlepost.complaint",
        "datacontenttype": "application/json", "data": data,
    });
    event.to_string().into_bytes()
}

async fn publish(bus: &jetstream::Context, subject: String, payload: Vec<u8>) {
    for _ in 0..100 {
        if let Ok(sent) = bus.publish(subject.clone(), payload.clone().into()).await
            && sent.await.is_ok()
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{subject} takes no messages");
}

/// The stream; the service makes it soon after it has started.
async fn stream_of(bus: &jetstream::Context, name: &str) -> jetstream::stream::Stream {
    for _ in 0..100 {
        if let Ok(stream) = bus.get_stream(name).await {
            return stream;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{name} is not made");
}

/// The data of the first message on this subject that fits.
async fn wait_for(
    bus: &jetstream::Context,
    stream: &str,
    subject: &str,
    fits: impl Fn(&Value) -> bool,
) -> Value {
    let stream = stream_of(bus, &format!("service_{stream}")).await;
    let config = pull::Config {
        filter_subject: subject.to_owned(),
        deliver_policy: DeliverPolicy::All,
        ..Default::default()
    };
    let consumer = stream.create_consumer(config).await.expect("a consumer");
    let mut messages = consumer.messages().await.expect("messages");
    let search = async {
        while let Some(message) = messages.next().await {
            let message = message.expect("a message");
            message.ack().await.expect("acknowledged");
            let event: Value = serde_json::from_slice(&message.payload).expect("json");
            if fits(&event["data"]) {
                return event["data"].clone();
            }
        }
        panic!("{subject} ended");
    };
    tokio::time::timeout(Duration::from_secs(30), search).await.expect("in time")
}

fn state(folder: &Path, case: &str) -> String {
    let shown = std::process::Command::new(whistlepost())
        .args(["show", case, "--json", "--data"])
        .arg(folder.join("data"))
        .output()
        .expect("show runs");
    let shown: Value = serde_json::from_slice(&shown.stdout).expect("json");
    shown["state"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_complaint_goes_round_the_bus_and_survives_a_kill() {
    let Some(url) = server() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let config = configure(folder.path(), &url);
    let service = serve(folder.path(), &config);
    let client = async_nats::connect(&url).await.expect("the bus");
    let bus = jetstream::new(client);
    let complaint = json!({
        "external_id": "SVC-1", "received_at": "2026-11-20T09:00:00+08:00", "item": "0101",
        "title": "垃圾桶满溢", "address": "长桥街道龙桥社区第1网格(样例)", "channel": "phone",
    });
    let intake = format!("whistle.{JURISDICTION}.intake.12345");
    publish(&bus, intake.clone(), event("m-1", &complaint)).await;

    let ours = |data: &Value| data["external_id"] == "SVC-1";
    let receipts = format!("whistle.{JURISDICTION}.receipt.12345");
    let receipt = wait_for(&bus, "RECEIPTS", &receipts, ours).await;
    assert_eq!(receipt["outcome"], "accepted");
    let number = receipt["case_no"].as_str().expect("a number").to_owned();
    let tasks = format!("whistle.{JURISDICTION}.dispatch.>");
    let task = wait_for(&bus, "DISPATCH", &tasks, |data| data["case_no"] == number.as_str()).await;
    assert_eq!(task["unit"], "320506001012001");

    // The unit's answer is on the bus while nobody is there to take it.
    service.kill();
    let answer = json!({ "case": task["case"], "action": "sign" });
    let mut sign = serde_json::from_slice::<Value>(&event("r-1", &answer)).expect("json");
    sign["type"] = json!("whistlepost.response");
    let subject = format!("whistle.{JURISDICTION}.response.320506001012001");
    publish(&bus, subject, sign.to_string().into_bytes()).await;
    publish(&bus, intake, event("m-2", &complaint)).await;
    let _service = serve(folder.path(), &config);
    let again =
        wait_for(&bus, "RECEIPTS", &receipts, |data| ours(data) && data["outcome"] == "duplicate").await;
    assert_eq!(again["case_no"], number.as_str());
    for _ in 0..100 {
        if state(folder.path(), &number) == "in_progress" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("the signature did not arrive: {}", state(folder.path(), &number));
}
