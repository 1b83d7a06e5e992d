//! 证据: the photographs and files of a case, before beside after, and the form that adds one.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::case::event::{EvidenceFile, EvidenceKind};
use uuid::Uuid;

use super::case::{self, Seen};
use super::failed;
use super::lang::Lang;
use crate::auth::Reader;
use crate::http::problem::{EdgeCode, Problem};
use crate::http::visit::Visit;
use crate::http::{App, evidence, order};

/// The files of a case, as its page shows them.
pub struct Evidence {
    /// Where a form may add one: the id of its command.
    pub form: Option<Uuid>,
    /// What there is to choose, with its word.
    pub kinds: Vec<(&'static str, &'static str)>,
    /// Pictures of before and after, side by side.
    pub pairs: Vec<Picture>,
    /// Other pictures.
    pub pictures: Vec<Picture>,
    /// What is saved and not shown.
    pub files: Vec<Picture>,
}

/// One of them.
pub struct Picture {
    /// Where it is.
    pub address: String,
    /// What it shows.
    pub label: String,
    /// In pixels; 0 where it is no picture.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

impl Evidence {
    /// Those of this case; with a form where one may be added.
    pub fn of(seen: &Seen, admitted: bool, l: Lang) -> Evidence {
        let picture = |file: &EvidenceFile| {
            let (width, height) = file.size.unwrap_or_default();
            let address = format!("/cases/{}/evidence/{}", seen.row.case_no, file.id);
            let label = l.t(file.kind.zh(), file.kind.en()).to_owned();
            Picture { address, label, width, height }
        };
        let files = &seen.history.state.evidence;
        let paired = |file: &EvidenceFile| matches!(file.kind, EvidenceKind::Before | EvidenceKind::After);
        let of = |kind| files.iter().filter(move |file| file.kind == kind && file.size.is_some());
        let (mut before, mut after) = (of(EvidenceKind::Before), of(EvidenceKind::After));
        let mut pairs = Vec::new();
        loop {
            let pair = [before.next(), after.next()];
            if pair.iter().all(Option::is_none) {
                break;
            }
            pairs.extend(pair.into_iter().flatten().map(picture));
        }
        let shown = |file: &&EvidenceFile| file.size.is_some() && !paired(file);
        Evidence {
            form: admitted.then(Uuid::now_v7),
            kinds: EvidenceKind::ALL.map(|kind| (kind.as_str(), l.t(kind.zh(), kind.en()))).into(),
            pairs,
            pictures: files.iter().filter(shown).map(picture).collect(),
            files: files.iter().filter(|file| file.size.is_none()).map(picture).collect(),
        }
    }
}

/// `GET /cases/{no}/evidence/{id}`
pub async fn get(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Path((no, id)): Path<(String, String)>,
) -> Response {
    let found = match case::find(&app, &reader, &no).await {
        Ok(seen) => evidence::fetch(&app, &seen, &id).await,
        Err(problem) => Err(problem),
    };
    match found {
        Ok(file) => file,
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

/// `POST /cases/{no}/evidence`
pub async fn post(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Path(no): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match take(&app, &reader, &no, &headers, body).await {
        Ok(()) => Redirect::to(&format!("/cases/{no}?done=1#evidence")).into_response(),
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

async fn take(
    app: &Arc<App>,
    reader: &Reader,
    no: &str,
    headers: &HeaderMap,
    body: Bytes,
) -> Result<(), Problem> {
    let seen = case::find(app, reader, no).await?;
    let mut fields = parts(headers, body).await.ok_or(EdgeCode::BadBody)?;
    let word = |fields: &HashMap<String, Bytes>, name: &str| {
        fields.get(name).and_then(|value| String::from_utf8(value.to_vec()).ok()).unwrap_or_default()
    };
    let kind = EvidenceKind::parse(&word(&fields, "kind"))
        .ok_or_else(|| Problem::from(EdgeCode::BadField).about("kind"))?;
    let id = order::command_id(reader, &word(&fields, "_id"));
    let content = fields.remove("file").unwrap_or_default().to_vec();
    let accepted = evidence::attach(app, reader, &seen, kind, content, id).await?;
    if let Some(receipt) = accepted.receipt {
        super::caught_up(app, receipt.last_position).await;
    }
    Ok(())
}

/// The parts of a form with a file; none where it is no such form.
pub async fn parts(headers: &HeaderMap, body: Bytes) -> Option<HashMap<String, Bytes>> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let boundary = multer::parse_boundary(kind).ok()?;
    let whole = futures::stream::once(std::future::ready(Ok::<_, std::convert::Infallible>(body)));
    let mut form = multer::Multipart::new(whole, boundary);
    let mut fields = HashMap::new();
    while let Some(field) = form.next_field().await.ok()? {
        let name = field.name().unwrap_or_default().to_owned();
        fields.insert(name, field.bytes().await.ok()?);
    }
    Some(fields)
}
