//! What is appended, refused and read.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::ids::CaseId;
use domain::intake;
use domain::stream::{Event, StreamId};
use engine::log::{Appended, Batch, Head, Parked, Past, Store, replay};
use uuid::Uuid;

use crate::entries::*;
use crate::places::{JURISDICTION, Place};

pub async fn a_log_says_who_it_is_and_starts_empty<P: Place>(place: &P) {
    let store = place.open().await;
    let identity = store.identity().await.expect("who it is");
    assert_eq!((identity.jurisdiction.as_str(), identity.epoch), (JURISDICTION, 1));
    assert_eq!(place.open().await.identity().await.expect("who it is"), identity);
    assert_eq!(store.head().await.expect("a head"), Head::default());
    assert_eq!(all(&store).await, []);
    assert_eq!(store.next_due_at().await.expect("an answer"), None);
}

pub async fn what_was_appended_is_read_as_it_was_written<P: Place>(place: &P) {
    let store = place.open().await;
    // Bytes that a rewriting store would change: spaces, an escape, a number's last zero.
    let revealed = r#"{ "ReporterRevealed" : {"purpose":"核实 \u4e00 \"引\"","x":1.50 } }"#;
    let case = case();
    let mut first = entry(case, 0, 0);
    first.events = vec![case_event(r#"{"ComplainantContacted":{"channel":"phone"}}"#), case_event(revealed)];
    let repeated = intake::Event::ComplaintRepeated(intake::event::ComplaintRepeated::new(
        "12345",
        Some("W-1"),
        CaseId(case.id),
        "20261120-7K3QD",
    ));
    let repeated = Event::Intake(repeated);
    let intake = StreamId::intake(Uuid::new_v4());
    let mut second = entry(intake, 0, 0);
    second.events = vec![row(&repeated, repeated.encode().expect("JSON"))];
    store.append(&[first.clone(), second.clone()], now()).await.expect("both are written");

    let rows = all(&store).await;
    for (stored, (new, of)) in rows.iter().zip([
        (&first.events[0], &first),
        (&first.events[1], &first),
        (&second.events[0], &second),
    ]) {
        assert_eq!(stored.stream(), Some(of.stream));
        assert_eq!((stored.event_type.as_str(), stored.event_version.as_str()), (new.event_type, "1"));
        assert_eq!(stored.payload, new.payload, "byte by byte");
        assert_eq!(stored.metadata, format!(r#"{{"content_hash":"{}"}}"#, "07".repeat(32)));
        assert_eq!((stored.occurred_at, stored.recorded_at), (new.occurred_at, now().as_microsecond()));
        assert_eq!((stored.actor.as_str(), stored.correlation), (new.actor.as_str(), new.correlation));
        assert_eq!((stored.causation, stored.command_id), (new.causation, of.command_id));
    }
    let unknown = StreamId::intake(case.id);
    let loaded = store.load(&[intake, unknown, case, case]).await.expect("they load");
    assert_eq!(loaded, rows.iter().map(|row| row.decode().expect("it reads")).collect::<Vec<_>>());
    assert_eq!(loaded[2].event, repeated);
}

pub async fn positions_grow_in_the_order_of_the_entries<P: Place>(place: &P) {
    let store = place.open().await;
    let (one, two) = (case(), case());
    let batch = store.append(&[entry(two, 0, 2), entry(one, 0, 3)], now()).await.expect("an answer");
    let places: Vec<_> = batch
        .outcomes
        .into_iter()
        .map(written)
        .map(|receipt| (receipt.stream, receipt.first_position, receipt.last_position))
        .collect();
    assert_eq!(places, [(two, 1, 2), (one, 3, 5)]);
    let receipt = append(&store, entry(two, 2, 1)).await;
    assert_eq!((receipt.first_position, receipt.last_position), (6, 6));

    let rows = all(&store).await;
    let places: Vec<_> = rows.iter().map(|row| (row.position, row.sequence)).collect();
    assert_eq!(places, [(1, 1), (2, 2), (3, 1), (4, 2), (5, 3), (6, 3)]);
    let head = store.head().await.expect("a head");
    assert_eq!(head, Head { position: 6, hash: rows[5].hash });
}

/// Readers of the node are given what the append answers, and never fetch it.
pub async fn an_append_answers_with_the_rows_as_they_stand_in_the_log<P: Place>(place: &P) {
    let (one, two) = (place.open().await, place.open().await);
    let moved_on = case();
    let mut answered = Vec::new();
    for round in 0..6 {
        // Now by the one, now by the other, now with a conflict and a repetition in between.
        let store = if round % 3 == 1 { &two } else { &one };
        let fresh = entry(case(), 0, 2);
        store
            .append(std::slice::from_ref(&fresh), now())
            .await
            .map(|batch| answered.extend(batch.rows))
            .expect("an answer");
        let mixed = [entry(moved_on, round, 1), entry(moved_on, 77, 1), fresh, entry(case(), 0, 1)];
        answered.extend(store.append(&mixed, now()).await.expect("an answer").rows);
        let streams: Vec<_> = (0..3).map(|_| entry(case(), 0, 1)).collect();
        answered.extend(store.append(&streams, now()).await.expect("an answer").rows);
    }
    assert_eq!(answered.len(), 6 * 7);
    assert_eq!(answered, all(&one).await);
    assert_eq!(faults(&two).await, []);
}

pub async fn a_large_batch_is_written_whole<P: Place>(place: &P) {
    let store = place.open().await;
    let batch: Vec<_> = (0..300)
        .map(|number| {
            let mut entry = entry(case(), 0, 3);
            entry.new_key = Some(vec![1; 60]);
            let name = domain::case::clocks::DeadlineName::Sign;
            if number % 2 == 0 { with_deadline(entry, name, minutes(number)) } else { entry }
        })
        .collect();
    let outcomes = store.append(&batch, now()).await.expect("an answer").outcomes;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Appended::Written(_))));
    assert_eq!(all(&store).await.len(), 900);
    assert_eq!(store.deadlines_after(None, 1000).await.expect("deadlines").len(), 150);
    assert_eq!(store.receipts_after(None, 1000).await.expect("receipts").len(), 300);
    let cases: Vec<_> = batch.iter().map(|entry| entry.stream.id).collect();
    assert_eq!(store.keys(&cases).await.expect("keys").len(), 300);
    assert_eq!(faults(&store).await, []);
}

pub async fn a_conflict_fails_only_its_own_entry<P: Place>(place: &P) {
    let store = place.open().await;
    let moved_on = case();
    append(&store, entry(moved_on, 0, 2)).await;
    let (before, behind) = (case(), case());
    let batch = [entry(before, 0, 1), entry(moved_on, 1, 1), entry(case(), 5, 1), entry(behind, 0, 1)];
    let outcomes = store.append(&batch, now()).await.expect("an answer").outcomes;
    assert_eq!(outcomes[1..3], [Appended::Conflict, Appended::Conflict]);
    let streams: Vec<_> = all(&store).await.iter().filter_map(|row| row.stream()).collect();
    assert_eq!(streams, [moved_on, moved_on, before, behind]);
    assert_eq!(store.receipts(&[batch[1].command_id]).await.expect("an answer"), []);
}

/// Also where the batch goes to the store in several parts, and what does not fit is in the last of them.
pub async fn what_does_not_fit_in_a_large_batch_concerns_itself_only<P: Place>(place: &P) {
    let (store, other) = tokio::join!(place.open(), place.open());
    let (moved_on, once) = (case(), entry(case(), 0, 1));
    append(&store, entry(moved_on, 0, 1)).await;
    let receipt = append(&store, once.clone()).await;
    append(&other, entry(moved_on, 1, 1)).await;
    let batch = || {
        let mut batch: Vec<_> = (0..200).map(|_| entry(case(), 0, 3)).collect();
        batch.extend([entry(moved_on, 1, 1), once.clone(), entry(case(), 0, 1)]);
        batch
    };
    for _ in 0..2 {
        // The second time this handle was the last to write.
        let mut outcomes = store.append(&batch(), now()).await.expect("an answer").outcomes;
        let last = outcomes.split_off(200);
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Appended::Written(_))));
        assert_eq!(last[..2], [Appended::Conflict, Appended::Repeated(receipt.clone())]);
        assert!(matches!(last[2], Appended::Written(_)));
    }
    assert_eq!(all(&other).await.len(), 3 + 2 * 601);
    assert_eq!(faults(&other).await, []);
}

pub async fn a_second_entry_for_a_stream_is_a_conflict<P: Place>(place: &P) {
    let store = place.open().await;
    let stream = case();
    let outcomes =
        store.append(&[entry(stream, 0, 1), entry(stream, 1, 1)], now()).await.expect("an answer").outcomes;
    assert_eq!(outcomes[1], Appended::Conflict);
    assert_eq!(all(&store).await.len(), 1);
}

pub async fn a_repeated_command_gets_its_first_receipt<P: Place>(place: &P) {
    let store = place.open().await;
    let stream = case();
    let once = entry(stream, 0, 2);
    let receipt = append(&store, once.clone()).await;
    assert_eq!(receipt.content_hash, [7; 32]);
    append(&store, entry(stream, 2, 1)).await;

    // Decided anew and with other content: the receipt tells what was written, and of what.
    let mut again = entry(stream, 3, 1);
    (again.command_id, again.content_hash) = (once.command_id, [8; 32]);
    let fresh = case();
    let outcomes = store.append(&[once, entry(fresh, 0, 1), again], now()).await.expect("an answer").outcomes;
    assert_eq!(outcomes[0], Appended::Repeated(receipt.clone()));
    assert_eq!(outcomes[2], Appended::Repeated(receipt));
    assert_eq!(written(outcomes[1].clone()).first_position, 4);
    assert_eq!(all(&store).await.len(), 4);
}

pub async fn a_command_repeated_within_a_batch_is_written_once<P: Place>(place: &P) {
    let store = place.open().await;
    let one = entry(case(), 0, 1);
    let mut two = entry(case(), 0, 1);
    two.command_id = one.command_id;
    let outcomes = store.append(&[one, two], now()).await.expect("an answer").outcomes;
    let receipt = written(outcomes[0].clone());
    assert_eq!(outcomes[1], Appended::Repeated(receipt));
    assert_eq!(all(&store).await.len(), 1);
}

pub async fn a_batch_with_nothing_to_write_leaves_the_log_as_it_was<P: Place>(place: &P) {
    let store = place.open().await;
    let once = entry(case(), 0, 1);
    append(&store, once.clone()).await;
    let head = store.head().await.expect("a head");
    assert_eq!(store.append(&[], now()).await.expect("an answer"), Batch::default());
    store.append(&[once, entry(case(), 9, 1)], now()).await.expect("an answer");
    assert_eq!(store.head().await.expect("a head"), head);
    assert_eq!(append(&store, entry(case(), 0, 1)).await.first_position, 2);
}

pub async fn an_entry_without_events_is_refused_with_its_whole_batch<P: Place>(place: &P) {
    let store = place.open().await;
    let refused = store.append(&[entry(case(), 0, 1), entry(case(), 0, 0)], now()).await;
    assert!(refused.expect_err("refused").to_string().contains("has no events"));
    assert_eq!(all(&store).await, []);
    append(&store, entry(case(), 0, 1)).await;
}

pub async fn receipts_are_found_by_command_and_listed_in_its_order<P: Place>(place: &P) {
    let store = place.open().await;
    let batch: Vec<_> = (0..5).map(|_| entry(case(), 0, 2)).collect();
    let outcomes = store.append(&batch, now()).await.expect("an answer").outcomes;
    let mut receipts: Vec<_> = outcomes.into_iter().map(written).collect();
    let asked = [receipts[3].command_id, Uuid::new_v4(), receipts[3].command_id];
    assert_eq!(store.receipts(&asked).await.expect("an answer"), [receipts[3].clone()]);

    receipts.sort_by_key(|receipt| receipt.command_id);
    let first = store.receipts_after(None, 2).await.expect("an answer");
    let rest = store.receipts_after(Some(receipts[1].command_id), 9).await.expect("an answer");
    assert_eq!([first, rest].concat(), receipts);
}

pub async fn keys_are_kept_with_the_cases_they_open<P: Place>(place: &P) {
    let store = place.open().await;
    let (sealed, open) = (case(), case());
    let mut with_key = entry(sealed, 0, 1);
    with_key.new_key = Some(vec![3, 1, 4]);
    store.append(&[with_key, entry(open, 0, 1)], now()).await.expect("an answer");
    let keys = store.keys(&[open.id, sealed.id, Uuid::new_v4()]).await.expect("keys");
    assert_eq!(keys, [(sealed.id, vec![3, 1, 4])]);
}

pub async fn a_page_ends_at_its_limit_and_the_next_goes_on_behind_it<P: Place>(place: &P) {
    let store = place.open().await;
    append(&store, entry(case(), 0, 7)).await;
    let positions = async |after, limit| -> Vec<u64> {
        let page = store.read_after(after, limit).await.expect("a page");
        page.iter().map(|row| row.position).collect()
    };
    assert_eq!(positions(0, 3).await, [1, 2, 3]);
    assert_eq!(positions(3, 3).await, [4, 5, 6]);
    assert_eq!(positions(6, 3).await, [7]);
    assert!(positions(7, 3).await.is_empty());
    assert!(positions(u64::MAX, 3).await.is_empty());
}

pub async fn a_replay_folds_what_the_rows_say_in_their_order<P: Place>(place: &P) {
    let store = place.open().await;
    three_cases(&store).await;
    append(&store, entry(case(), 0, 2_500)).await;
    let mut expected = Vec::new();
    for row in all(&store).await {
        let recorded = row.decode().expect("an event of ours");
        expected.push((recorded.position, recorded.stream, recorded.sequence, recorded.event));
    }
    let store: Arc<dyn Store> = Arc::new(store);
    for after in [0, 3, 2_001] {
        let mut folded = Vec::new();
        let fold = |past: Past| folded.push((past.position, past.stream, past.sequence, past.event));
        let head = replay(&store, after, fold).await.expect("a replay");
        assert_eq!(head, expected.len() as u64);
        assert_eq!(folded, expected[after as usize..]);
    }
}

pub async fn a_sound_log_passes_its_own_check<P: Place>(place: &P) {
    let store = place.open().await;
    let streams: BTreeSet<_> = three_cases(&store).await.into_iter().collect();
    assert_eq!(streams.len(), 3);
    assert_eq!(store.self_check().await.expect("an answer").faults, Vec::<String>::new());
    assert_eq!(faults(&store).await, []);
}

pub async fn a_parked_stream_stays_where_it_was_parked_until_it_is_released<P: Place>(place: &P) {
    let store = place.open().await;
    let parked = |id: &str, position| Parked {
        // Of a kind that this program does not know.
        stream_kind: "matter".to_owned(),
        stream_id: id.to_owned(),
        position,
        reason: "unknown \"kind\" of stream".to_owned(),
    };
    store.park(&[parked("b", 9), parked("a", 4)]).await.expect("parked");
    store.park(&[parked("a", 7), parked("c", 8)]).await.expect("parked");
    let held = [parked("a", 4), parked("c", 8), parked("b", 9)];
    assert_eq!(place.open().await.parked().await.expect("the parked"), held);
    store.unpark(&[parked("a", 4), parked("b", 9), parked("never", 1)]).await.expect("released");
    store.unpark(&[]).await.expect("released");
    assert_eq!(store.parked().await.expect("the parked"), [parked("c", 8)]);
}
