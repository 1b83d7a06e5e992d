//! 热线对接样例 · a hotline's client in Rust: posts complaints, follows receipts and status.
//!
//! `kit-hotline URL CA SEED SOURCE COMPLAINTS.jsonl SEEN.txt SECONDS`
//!
//! 已收消息的 id 写入 SEEN 文件后才确认。The ids of what came are on disk before it is acknowledged.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::time::{Duration, Instant};

use async_nats::{Client, ConnectOptions, Message, jetstream};
use futures::StreamExt;
use serde_json::{Value, json};

const JURISDICTION: &str = "320506";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, ca, seed, source, complaints, seen, seconds] = arguments.as_slice() else {
        return Err("URL CA SEED SOURCE COMPLAINTS.jsonl SEEN.txt SECONDS".into());
    };
    let seed = std::fs::read_to_string(seed)?;
    // nkey 即身份，CA 即信任 · the nkey says who we are, the authority whom we trust
    let options = ConnectOptions::with_nkey(seed.trim().to_owned())
        .add_root_certificates(ca.into())
        .require_tls(true)
        .retry_on_initial_connect()
        .max_reconnects(None);
    let bus = options.connect(url).await?;
    for line in BufReader::new(File::open(complaints)?).lines() {
        send(&bus, source, &serde_json::from_str(&line?)?).await;
    }
    let until = Instant::now() + Duration::from_secs(seconds.parse()?);
    let mut seen = Seen::open(seen)?;
    while Instant::now() < until {
        for kind in ["receipt", "status"] {
            for message in fetch(&bus, "RECEIPTS", &format!("{kind}-{source}")).await? {
                let event: Value = serde_json::from_slice(&message.payload)?;
                if seen.add(event["id"].as_str().unwrap_or_default())? {
                    println!("{kind} {}", event["data"]);
                }
                acknowledge(&bus, &message).await;
            }
        }
    }
    Ok(())
}

/// 等 JetStream 确认；超时=未知，用同一编号重发。
/// Waits until JetStream confirms; a time-out means unknown: again, under the same ids.
async fn send(bus: &Client, source: &str, complaint: &Value) {
    let id = complaint["external_id"].as_str().unwrap_or_default();
    let event = json!({
        "specversion": "1.0", "id": format!("{id}/1"), "source": format!("/hotline/{source}"),
        "type": "whistlepost.complaint", "whistleversion": "1", "data": complaint,
    });
    let subject = format!("whistle.{JURISDICTION}.intake.{source}");
    let stream = jetstream::new(bus.clone());
    loop {
        if let Ok(sent) = stream.publish(subject.clone(), event.to_string().into()).await
            && sent.await.is_ok()
        {
            println!("sent {id}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// 从哨所预建的 consumer 取：只需一个主题的权限。
/// From the consumer that was made for us: the right to one subject is all it takes.
async fn fetch(bus: &Client, stream: &str, durable: &str) -> Result<Vec<Message>, Box<dyn Error>> {
    let inbox = bus.new_inbox();
    let mut answers = bus.subscribe(inbox.clone()).await?;
    let wish = json!({ "batch": 100, "expires": 500_000_000_u64 }).to_string();
    bus.publish_with_reply(format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"), inbox, wish.into())
        .await?;
    let mut taken = Vec::new();
    // 带状态码的不是消息：没有更多了 · what has a status is no message: there are no more
    while let Ok(Some(message)) = tokio::time::timeout(Duration::from_secs(2), answers.next()).await {
        if message.status.is_some() {
            break;
        }
        taken.push(message);
    }
    Ok(taken)
}

/// 丢失的确认只会导致重投 · an acknowledgement that is lost leads to another delivery, never to a loss.
async fn acknowledge(bus: &Client, message: &Message) {
    if let Some(reply) = &message.reply {
        let _ = bus.request(reply.clone(), "+ACK".into()).await;
    }
}

/// 自己的库：这里是一个文件 · our own commit; here a file.
struct Seen {
    ids: BTreeSet<String>,
    file: File,
}

impl Seen {
    fn open(path: &str) -> std::io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).read(true).open(path)?;
        let ids = BufReader::new(file.try_clone()?).lines().collect::<Result<_, _>>()?;
        Ok(Self { ids, file })
    }

    /// Whether it is new; it is on disk when this returns.
    fn add(&mut self, id: &str) -> std::io::Result<bool> {
        let new = self.ids.insert(id.to_owned());
        if new {
            writeln!(self.file, "{id}")?;
            self.file.sync_all()?;
        }
        Ok(new)
    }
}
