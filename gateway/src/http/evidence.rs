//! Photographs and files on their way in and out: one door for pages and the interface.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use domain::case::admissible::{self, Kind};
use domain::case::command::Command;
use domain::case::event::{EvidenceFile, EvidenceKind};
use engine::evidence::{BYTES_MAX, EvidenceError, EvidenceStore, Unfit};
use engine::{Accepted, Request};
use uuid::Uuid;

use super::App;
use super::problem::{EdgeCode, Problem};
use crate::auth::{Action, Reader};
use crate::console::case::Seen;

/// Most bytes of a body with a file in it: the file, and the fields beside it.
pub const BODY_MAX: usize = BYTES_MAX + 64 * 1024;

/// Keeps a file and attaches it to the case, in the reader's name, if it may: first the file, durably,
/// then the event. Sent twice it is attached once.
///
/// # Errors
/// Not allowed, not fit to be kept, or refused by the rules.
pub async fn attach(
    app: &Arc<App>,
    reader: &Reader,
    seen: &Seen,
    kind: EvidenceKind,
    content: Vec<u8>,
    id: Uuid,
) -> Result<Accepted, Problem> {
    if !reader.may(Action::Case(Kind::AttachEvidence), &seen.row) {
        return Err(if reader.sees(&seen.row) { EdgeCode::NotAllowed.into() } else { Problem::no_case() });
    }
    // Nothing is kept for a case that takes nothing any more.
    if let Some(code) = admissible::answer(Kind::AttachEvidence, seen.history.state.life) {
        return Err(domain::case::Rejection::new(code).into());
    }
    let store = store(app)?;
    let fit = store.prepare(content).await.map_err(unfit)?;
    let file = EvidenceFile {
        id: store.put(seen.case, &fit.content).await.map_err(failed)?,
        kind,
        media_type: fit.media_type.to_owned(),
        bytes: fit.content.len() as u64,
        size: fit.size,
    };
    let request = Request::case(seen.case, Command::AttachEvidence { file }, reader.account.actor());
    Ok(app.engine.submit(request.with_id(id)).await?)
}

/// A file of a case that the reader may see. Only pictures are shown in the page; all else is saved.
///
/// # Errors
/// `EVIDENCE_NOT_FOUND` for what this case does not have.
pub async fn fetch(app: &App, seen: &Seen, id: &str) -> Result<Response, Problem> {
    let known = seen.history.state.evidence.iter().find(|file| file.id == id);
    let file = known.ok_or(EdgeCode::EvidenceNotFound)?;
    let content = store(app)?.get(seen.case, id).await.map_err(failed)?;
    let shown = if file.size.is_some() { "inline" } else { "attachment" };
    let ending = file.media_type.rsplit('/').next().unwrap_or("bin");
    let name = format!("{shown}; filename=\"{}-{}.{ending}\"", seen.row.case_no, file.kind.as_str());
    let mut response = Response::new(Body::from(content));
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    for (key, value) in [(header::CONTENT_TYPE, &file.media_type), (header::CONTENT_DISPOSITION, &name)] {
        headers.insert(key, HeaderValue::from_str(value).map_err(|_| EdgeCode::Internal)?);
    }
    // It never changes under its name; and it is for this reader only.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600, immutable"));
    Ok(response)
}

fn store(app: &App) -> Result<&EvidenceStore, Problem> {
    app.evidence.as_ref().ok_or_else(|| EdgeCode::EvidenceNotConfigured.into())
}

fn unfit(unfit: Unfit) -> Problem {
    match unfit {
        Unfit::TooLarge | Unfit::TooManyPixels => Problem::from(EdgeCode::EvidenceTooLarge),
        Unfit::UnknownKind => Problem::from(EdgeCode::EvidenceKindUnknown),
        Unfit::Empty | Unfit::Broken => Problem::from(EdgeCode::EvidenceUnreadable),
    }
}

fn failed(error: EvidenceError) -> Problem {
    match error {
        EvidenceError::Absent => EdgeCode::EvidenceNotFound.into(),
        error => Problem::away("the evidence store failed", &error),
    }
}
