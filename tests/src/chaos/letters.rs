//! What the hotlines send: well-formed complaints, repeats, strays and nonsense, all from one seed.

use std::collections::BTreeMap;

use engine::bus::intake::MESSAGE;
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Of a hundred messages so many repeat an earlier one.
const DUPLICATES: usize = 10;
/// Of a hundred messages so many cannot be understood.
const MALFORMED: usize = 2;
/// Of a hundred messages so many come at another time than their turn.
const STRAYS: usize = 5;
/// The hotlines; one whose name is no plain token.
const SOURCES: [&str; 3] = ["12345", "12345-suburb", "web.hall"];
/// Where things happen: grids of the sample.
const PLACES: [&str; 2] = ["长桥街道龙桥社区第1网格(样例)", "长桥街道龙桥社区第2网格(样例)"];
/// What happens: items whose lowest rung is the grid.
const ITEMS: [&str; 4] = ["0101", "0104", "0301", "0303"];

/// One message.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The hotline.
    pub source: &'static str,
    /// The bytes.
    pub payload: Vec<u8>,
    /// Message id by which a receipt names it; none where the message has no readable id.
    pub causation: Option<Uuid>,
    /// What must become of it.
    pub fate: Fate,
}

/// What must become of a message.
#[derive(Debug, Clone)]
pub enum Fate {
    /// It opens this order's case, or points to it.
    Order(String),
    /// It goes to the dead with this fault.
    Dead(&'static str),
}

impl Letter {
    /// SHA-256 of the bytes, as a dead letter names them.
    pub fn sha256(&self) -> String {
        hex::encode(Sha256::digest(&self.payload))
    }
}

/// So many messages from this seed, in the order in which they are sent.
pub fn letters(count: usize, seed: u64) -> Vec<Letter> {
    let mut rng = StdRng::seed_from_u64(seed);
    let malformed = count * MALFORMED / 100;
    let duplicates = count * DUPLICATES / 100;
    let originals = count - malformed - duplicates;
    let mut turns: Vec<(f64, Letter)> = Vec::with_capacity(count);
    for number in 0..originals {
        turns.push((number as f64, complaint(number, seed, "", &mut rng)));
    }
    for again in 0..duplicates {
        let number = rng.random_range(0..originals);
        let (_, first) = &turns[number];
        let letter = match again % 10 {
            // Other content under the same order: a supplement.
            0 => complaint(number, seed, "补充：", &mut rng),
            // A message of its own that says the same.
            1..=4 => renamed(first, again),
            // The same bytes again.
            _ => first.clone(),
        };
        let later = number as f64 + rng.random_range(0.0..2_000.0);
        turns.push((later.min(originals as f64), letter));
    }
    for number in 0..malformed {
        turns.push((rng.random_range(0.0..originals as f64), nonsense(number, seed)));
    }
    let strays = count * STRAYS / 100;
    let mut places: Vec<usize> = (0..turns.len()).collect();
    places.shuffle(&mut rng);
    for place in places.into_iter().take(strays) {
        turns[place].0 += rng.random_range(-2_000.0..2_000.0);
    }
    turns.sort_by(|one, other| one.0.total_cmp(&other.0));
    turns.into_iter().map(|(_, letter)| letter).collect()
}

/// The distinct orders among the messages.
pub fn orders(letters: &[Letter]) -> BTreeMap<String, &'static str> {
    let of = |letter: &Letter| match &letter.fate {
        Fate::Order(order) => Some((order.clone(), letter.source)),
        Fate::Dead(_) => None,
    };
    letters.iter().filter_map(of).collect()
}

fn complaint(number: usize, seed: u64, before: &str, rng: &mut StdRng) -> Letter {
    let source = SOURCES[number % SOURCES.len()];
    let order = format!("CH{seed}-{number:07}");
    let data = json!({
        "external_id": order, "channel": "phone",
        "received_at": Timestamp::now().to_string(),
        "item": ITEMS[number % ITEMS.len()],
        "title": format!("{before}第{number}号诉求"),
        "text": format!("{before}{}旁垃圾桶满溢，影响通行，请尽快处理。", PLACES[number % PLACES.len()]),
        "address": PLACES[number % PLACES.len()],
        "reporter": { "name": "王某", "phone": format!("138{:08}", rng.random_range(0..100_000_000_u32)) },
    });
    let id =
        if before.is_empty() { format!("{order}/1") } else { format!("{order}/{}", rng.random::<u32>()) };
    envelope(source, &id, data, Fate::Order(order))
}

fn renamed(first: &Letter, again: usize) -> Letter {
    let mut event: Value = serde_json::from_slice(&first.payload).expect("our own message");
    let id = format!("again-{again}");
    let data = event["data"].take();
    envelope(first.source, &id, data, first.fate.clone())
}

fn envelope(source: &'static str, id: &str, data: Value, fate: Fate) -> Letter {
    let event = event(source, id, data);
    Letter { source, payload: event.to_string().into_bytes(), causation: Some(message_id(source, id)), fate }
}

fn event(source: &str, id: &str, data: Value) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": format!("/hotline/{source}"),
        "type": "whistlepost.complaint", "whistleversion": "1",
        "datacontenttype": "application/json", "data": data,
    })
}

fn message_id(source: &str, id: &str) -> Uuid {
    Uuid::new_v5(&MESSAGE, format!("/hotline/{source}\n{id}").as_bytes())
}

/// A message that cannot be understood, in one of eight ways; no two are the same.
fn nonsense(number: usize, seed: u64) -> Letter {
    let source = SOURCES.choose(&mut StdRng::seed_from_u64(number as u64)).expect("a source");
    let id = format!("bad-{seed}-{number}");
    let now = Timestamp::now().to_string();
    let (data, fault) = match number % 8 {
        0 => {
            return raw(
                source,
                format!("{{\"specversion\":\"1.0\",\"id\":\"{id}\",").into_bytes(),
                "NOT_JSON",
            );
        }
        1 => {
            return raw(source, [b"\xff\xfe", id.as_bytes()].concat(), "NOT_UTF8");
        }
        2 => return raw(source, format!("[\"{id}\"]").into_bytes(), "NOT_AN_OBJECT"),
        3 => (json!({ "external_id": id, "text": "没有时间" }), "RECEIVED_AT_MISSING"),
        4 => (json!({ "external_id": id, "received_at": now }), "NO_CONTENT"),
        5 => (json!({ "external_id": id, "received_at": now, "text": 7 }), "WRONG_TYPE"),
        6 => (
            json!({ "external_id": id, "received_at": now, "text": "x", "source": "another" }),
            "SOURCE_MISMATCH",
        ),
        _ => (json!({ "external_id": id, "received_at": "昨天", "text": "x" }), "TIME_INVALID"),
    };
    let event = event(source, &id, data);
    let payload = event.to_string().into_bytes();
    let causation = Uuid::new_v5(&message_id(source, &id), &Sha256::digest(&payload));
    Letter { source, payload, causation: Some(causation), fate: Fate::Dead(fault) }
}

fn raw(source: &'static str, payload: Vec<u8>, fault: &'static str) -> Letter {
    Letter { source, payload, causation: None, fate: Fate::Dead(fault) }
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn of_a_thousand_messages_a_tenth_repeats_and_two_in_a_hundred_are_nonsense() {
        let letters = letters(1_000, 7);
        assert_eq!(letters.len(), 1_000);
        assert_eq!(letters.iter().filter(|letter| matches!(letter.fate, Fate::Dead(_))).count(), 20);
        assert_eq!(orders(&letters).len(), 880);
    }
}
