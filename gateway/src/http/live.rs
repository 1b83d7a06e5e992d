//! `GET /live`: tells an open page which of its reader's cases changed, as it happens.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, StreamExt};
use projections::{Changed, Scope};
use tokio_stream::wrappers::BroadcastStream;

use super::App;
use crate::auth::Reader;

/// Only numbers of cases in scope go out; what changed, the page asks for itself, so that the
/// feed needs no permissions of its own. A session that has ended ends with the connection.
pub async fn live(
    State(app): State<Arc<App>>,
    reader: Reader,
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
