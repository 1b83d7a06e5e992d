//! How the cases of due notifications stand: whether anybody still waits for an answer.

use std::collections::HashMap;

use domain::case::{Case, State};
use domain::decider::Decider;
use domain::ids::CaseId;
use domain::notify::{self, Standing};
use domain::stream::{Event, StreamId, StreamKind};
use uuid::Uuid;

use crate::log::{PendingDeadline, Store, StoreError};

/// By notification. One that cannot be read, or whose case cannot, is absent: it waits for a program that can.
pub(super) async fn standings(
    store: &dyn Store,
    due: &[PendingDeadline],
) -> Result<HashMap<Uuid, Standing>, StoreError> {
    let streams = due.iter().map(|pending| pending.stream);
    let streams: Vec<StreamId> = streams.filter(|stream| stream.kind == StreamKind::Notification).collect();
    if streams.is_empty() {
        return Ok(HashMap::new());
    }
    let mut notifications: HashMap<Uuid, notify::State> = HashMap::new();
    for row in store.rows(&streams).await? {
        let Ok(recorded) = row.decode() else { continue };
        if let Event::Notification(event) = &recorded.event {
            notifications.entry(recorded.stream.id).or_default().evolve(event);
        }
    }
    let mut cases: Vec<StreamId> =
        notifications.values().map(|notification| StreamId::case(notification.case)).collect();
    cases.sort_unstable();
    cases.dedup();
    let mut states: HashMap<CaseId, State> = HashMap::new();
    for row in store.rows(&cases).await? {
        let Ok(recorded) = row.decode() else { continue };
        if let Event::Case(event) = &recorded.event {
            Case::evolve(states.entry(CaseId(recorded.stream.id)).or_default(), event);
        }
    }
    let standing = |(id, notification): (Uuid, notify::State)| {
        let state = states.get(&notification.case)?;
        Some((id, Standing::of(state, notification.matter)))
    };
    Ok(notifications.into_iter().filter_map(standing).collect())
}
