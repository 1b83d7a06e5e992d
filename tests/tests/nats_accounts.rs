//! Who may do what on NATS: the configuration that `deploy/nats` and `whistlepost nats-config` make,
//! on a real server, attacked by a department and a hotline.

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::Client;
use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::{Context, stream};
use futures::StreamExt;
use serde_json::{Value, json};
use tests::Service;
use tests::bus::{House, nats_servers};

const UNIT: &str = "320506001012001";
/// How long an answer that must not come is waited for.
const MOMENT: Duration = Duration::from_millis(200);
const OTHER: &str = "D-chengguan";

fn event(kind: &str, id: &str, data: &Value) -> String {
    json!({ "specversion": "1.0", "id": id, "source": "/test", "type": kind, "data": data }).to_string()
}

async fn publish(bus: &Context, subject: &str, payload: String) {
    for _ in 0..100 {
        if let Ok(sent) = bus.publish(subject.to_owned(), payload.clone().into()).await
            && sent.await.is_ok()
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{subject} takes no messages");
}

/// The next message of a place that is ours; what the kit's clients do.
async fn next(bus: &Client, stream: &str, durable: &str) -> Value {
    let place = format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}");
    // A new house makes a consumer for each of its hundreds of units first.
    for _ in 0..300 {
        let inbox = bus.new_inbox();
        let mut answers = bus.subscribe(inbox.clone()).await.expect("an inbox");
        let wish = json!({ "batch": 1, "expires": 1_000_000_000_u64 }).to_string();
        bus.publish_with_reply(place.clone(), inbox, wish.into()).await.expect("sent");
        let answer = tokio::time::timeout(Duration::from_secs(2), answers.next()).await;
        if let Ok(Some(message)) = answer
            && message.status.is_none()
        {
            let ack = message.reply.expect("where to acknowledge");
            bus.request(ack, "+ACK".into()).await.expect("acknowledged");
            return serde_json::from_slice(&message.payload).expect("JSON");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{durable} of {stream} is not ours");
}

/// How many messages a stream keeps, by subject.
async fn subjects(bus: &Context, stream: &str) -> BTreeMap<String, usize> {
    let stream = bus.get_stream(stream).await.expect("a stream");
    let mut listed = stream.info_with_subjects(">").await.expect("subjects");
    let mut seen = BTreeMap::new();
    while let Some(Ok((subject, number))) = listed.next().await {
        seen.insert(subject, number);
    }
    seen
}

/// A complaint goes round, each of the three with nothing but its own rights.
async fn work(house: &House) {
    let (hotline_inbox, hotline) = house.sign_in("SOURCE_12345").await;
    let (unit_inbox, unit) = house.sign_in(&format!("UNIT_{UNIT}")).await;
    let complaint = json!({
        "external_id": "A-1", "received_at": "2026-11-20T09:00:00+08:00", "item": "0101",
        "title": "垃圾桶满溢", "address": "长桥街道龙桥社区第1网格(样例)",
    });
    publish(&hotline, "whistle.320506.intake.12345", event("whistlepost.complaint", "1", &complaint)).await;
    let receipt = next(&hotline_inbox, "RECEIPTS", "receipt-12345").await;
    assert_eq!(receipt["data"]["outcome"], "accepted");
    let task = next(&unit_inbox, "DISPATCH", UNIT).await;
    assert_eq!(task["data"]["case_no"], receipt["data"]["case_no"]);
    let sign = event("whistlepost.response", "s", &json!({ "case": task["data"]["case"], "action": "sign" }));
    publish(&unit, &format!("whistle.320506.response.{UNIT}"), sign).await;
    loop {
        let status = next(&hotline_inbox, "RECEIPTS", "status-12345").await;
        if status["data"]["event"] == "CaseSigned" {
            return;
        }
    }
}

/// A unit's consumer that is gone is made again, without anybody's doing.
async fn lost(house: &House) {
    let (_, ours) = house.sign_in("WHISTLEPOST").await;
    let stream = ours.get_stream("DISPATCH").await.expect("a stream");
    stream.delete_consumer(UNIT).await.expect("deleted");
    house.wait_for_place("DISPATCH", UNIT).await;
}

/// Everything that nobody outside may do, tried by one of them.
async fn attack(house: &House, name: &str, own: &str) {
    let (client, bus) = house.sign_in(name).await;
    let mut everything = client.subscribe(">").await.expect("sent");
    let mut tasks = client.subscribe("whistle.>").await.expect("sent");
    let theirs: Result<PullConsumer, _> = bus.get_consumer_from_stream(UNIT, "DISPATCH").await;
    assert!(theirs.is_err(), "{name} reads another's tasks");
    let another =
        stream::Config { name: "MINE".to_owned(), subjects: vec!["mine".to_owned()], ..Default::default() };
    assert!(bus.create_stream(another).await.is_err(), "{name} makes a stream");
    for forbidden in [
        "$JS.API.STREAM.PURGE.DISPATCH".to_owned(),
        "$JS.API.STREAM.DELETE.DISPATCH".to_owned(),
        "$JS.API.STREAM.NAMES".to_owned(),
        "$JS.API.STREAM.MSG.GET.DISPATCH".to_owned(),
        "$JS.API.DIRECT.GET.DISPATCH".to_owned(),
        "$JS.API.CONSUMER.LIST.DISPATCH".to_owned(),
        format!("$JS.API.CONSUMER.DELETE.DISPATCH.{UNIT}"),
        format!("$JS.API.CONSUMER.MSG.NEXT.DISPATCH.{UNIT}"),
        format!("$JS.API.CONSUMER.INFO.DISPATCH.{UNIT}"),
        format!("whistle.320506.response.{UNIT}"),
        "whistle.320506.intake.12345".to_owned(),
        "whistle.320506.dead.intake".to_owned(),
    ] {
        let request = async_nats::Request::new().payload("{\"seq\":1}".into()).timeout(Some(MOMENT));
        let answer = client.send_request(forbidden.clone(), request).await;
        assert!(answer.is_err(), "{name} may use {forbidden}");
        // Through the server's own word: it would be sent as the server, to where the reply points.
        client.publish_with_reply(own.to_owned(), forbidden, "{}".into()).await.expect("sent");
    }
    client.flush().await.expect("sent");
    let heard = tokio::time::timeout(MOMENT, everything.next()).await;
    assert!(!matches!(heard, Ok(Some(_))), "{name} hears {heard:?}");
    let heard = tokio::time::timeout(MOMENT, tasks.next()).await;
    assert!(!matches!(heard, Ok(Some(_))), "{name} hears {heard:?}");
}

#[tokio::test]
async fn everybody_outside_has_what_is_theirs_and_nothing_else() {
    for program in nats_servers() {
        let folder = tempfile::tempdir().expect("a folder");
        let house = House::start(folder.path(), &program, &["12345", "web.hall"]);
        let _service = Service::start(&["serve", "--config", &house.config()], &folder.path().join("data"));
        work(&house).await;
        lost(&house).await;
        let (_, ours) = house.sign_in("WHISTLEPOST").await;
        let before = [subjects(&ours, "DISPATCH").await, subjects(&ours, "RECEIPTS").await];
        attack(&house, &format!("UNIT_{OTHER}"), &format!("whistle.320506.response.{OTHER}")).await;
        attack(&house, "SOURCE_web=2Ehall", "whistle.320506.intake.web=2Ehall").await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        // What they made of their own rights was refused, each to itself; the others' is untouched.
        for (stream, before) in ["DISPATCH", "RECEIPTS"].into_iter().zip(before) {
            let after = subjects(&ours, stream).await;
            for (subject, number) in before {
                assert_eq!(after.get(&subject), Some(&number), "{subject} on {}", program.display());
            }
        }
        let response = |unit: &str| format!("whistle.320506.response.{unit}");
        let answers = BTreeMap::from([(response(UNIT), 1), (response(OTHER), 12)]);
        assert_eq!(subjects(&ours, "RESPONSES").await, answers, "{}", program.display());
    }
}

#[test]
fn seeds_are_for_their_owner_only_and_never_made_anew() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let keys = folder.path().join("keys");
    let generate = || {
        let output = std::process::Command::new(tests::whistlepost())
            .args(["nats-config", "--source", "12345", "--unit", UNIT, "--keys"])
            .arg(&keys)
            .output()
            .expect("the binary runs");
        assert!(output.status.success());
        output.stdout
    };
    let first = generate();
    assert_eq!(first, generate(), "the same keys lead to the same accounts");
    let seed = keys.join(format!("UNIT_{UNIT}.nk"));
    assert_eq!(std::fs::metadata(&seed).expect("a seed").permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(&keys).expect("a folder").permissions().mode() & 0o777, 0o700);
    let secret = std::fs::read_to_string(keys.join("WHISTLEPOST.nk")).expect("a seed");
    assert!(!String::from_utf8_lossy(&first).contains(secret.trim()), "no seed is printed");
}
