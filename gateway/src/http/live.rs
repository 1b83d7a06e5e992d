//! `GET /live`: tells an open page which of its reader's cases changed, as it happens.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, StreamExt};
use projections::{Changed, Scope};
use tokio_stream::wrappers::BroadcastStream;

use super::App;
use crate::auth::Reader;

/// Which case the page shows.
#[derive(Debug, Default, serde::Deserialize)]
pub struct Open {
    #[serde(default)]
    on: String,
}

/// Only numbers of cases in scope go out; what changed, the page asks for itself, so that the
/// feed needs no permissions of its own. A session that has ended ends with the connection.
pub async fn live(
    State(app): State<Arc<App>>,
    reader: Reader,
    Query(open): Query<Open>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let scope = reader.scope();
    let changes = BroadcastStream::new(app.views.changes()).filter_map(move |change| {
        let event = match change {
            Ok(change) if in_scope(&scope, &change) => {
                Some(Event::default().event("case").data(change.case_no))
            }
            Ok(_) => None,
            // The page fell behind: it asks for everything again.
            Err(_) => Some(Event::default().event("lost").data("")),
        };
        async move { event.map(Ok) }
    });
    // Who has the case open that this page shows: said by the page itself, which asks for the names.
    let here = BroadcastStream::new(app.accounts.looks()).filter_map(move |look| {
        let ours = matches!(look, Ok(no) if !open.on.is_empty() && no == open.on);
        async move { ours.then(|| Ok(Event::default().event("here").data(""))) }
    });
    let changes = futures::stream::select(changes, here);
    // A connection ends now and then, and the browser comes back: its session is asked again.
    let stop = app.status.stop().clone();
    let end = async move {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(300)) => {}
            // A process that stops does not wait for open pages.
            () = stop.cancelled() => {}
        }
    };
    let bounded = changes.take_until(Box::pin(end));
    Sse::new(bounded).keep_alive(KeepAlive::new().interval(Duration::from_secs(20)))
}

fn in_scope(scope: &Scope, change: &Changed) -> bool {
    match scope {
        Scope::All => true,
        Scope::Within(path) => {
            let within = |of: &String| of.starts_with(path.as_str());
            within(&change.lead_path) || change.called.iter().any(within)
        }
    }
}
