//! `/dead`: messages of the bus that could not be understood or applied. Supervisors see the list;
//! what a resident wrote stands in a letter, so opening, mending and replaying are for admins.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::fault::Fault;
use engine::bus::dead::DeadLetter;
use engine::bus::intake::IntakeConsumer;
use engine::bus::nats::NatsBus;
use engine::bus::responses::ResponseConsumer;
use engine::bus::subject::Subjects;
use engine::bus::{Bus, BusError, Stored, Stream};
use serde::Deserialize;
use tracing::warn;

use super::failed;
use super::fields::Input;
use super::page::{Page, show, times};
use super::when::Times;
use crate::auth::{Action, Reader};
use crate::http::App;
use crate::http::problem::{EdgeCode, Problem};
use crate::http::visit::Visit;

/// Letters of a page.
const PER_PAGE: usize = 20;

#[derive(Template)]
#[template(path = "dead.html")]
struct List {
    page: Page,
    bus: BusView,
    total: u64,
    letters: Vec<Row>,
    /// Where the next page begins; 0 for none.
    next: u64,
    opens: bool,
}

/// What there is of a bus.
#[derive(PartialEq, Eq)]
enum BusView {
    None,
    Away,
    There,
}

/// One letter in the list: nothing of what its sender wrote.
struct Row {
    sequence: u64,
    at: String,
    origin: &'static str,
    subject: String,
    bytes: u64,
    faults: Vec<Fault>,
}

#[derive(Template)]
#[template(path = "dead_letter.html")]
struct Opened {
    page: Page,
    letter: Row,
    sha256: String,
    original: String,
    /// The original is text and whole: it can be mended.
    editable: bool,
    truncated: bool,
    replayed: Option<Replayed>,
}

/// What became of a replay.
enum Replayed {
    Waiting,
    Taken,
    DeadAgain(u64),
}

/// Where in the list, or which replay.
#[derive(Deserialize)]
pub struct Turn {
    from: Option<u64>,
}

/// `?replayed=` the place of the replayed message in its stream.
#[derive(Deserialize)]
pub struct After {
    replayed: Option<u64>,
}

/// `GET /dead`
pub async fn get(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Query(turn): Query<Turn>,
) -> Response {
    match list(&app, &visit, &reader, &turn).await {
        Ok(list) => show(StatusCode::OK, &list),
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

async fn list(app: &Arc<App>, visit: &Visit, reader: &Reader, turn: &Turn) -> Result<List, Problem> {
    let page = Page::inside(app, visit, reader).await?;
    let mut list = List {
        page,
        bus: BusView::None,
        total: 0,
        letters: Vec::new(),
        next: 0,
        opens: reader.may_ever(Action::OpenDeadLetter),
    };
    let Some(bus) = app.status.bus() else { return Ok(list) };
    let times = times(app, visit.lang);
    match browse(&bus, turn.from.unwrap_or(u64::MAX)).await {
        Ok((total, mut stored)) => {
            let more = stored.len() > PER_PAGE;
            stored.truncate(PER_PAGE);
            let last = stored.last().map_or(0, |stored| stored.sequence);
            list.next = if more { last.saturating_sub(1) } else { 0 };
            list.letters = stored
                .iter()
                .filter_map(|stored| Some(row(stored, &DeadLetter::read(stored)?, &times)))
                .collect();
            list.total = total;
            list.bus = BusView::There;
        }
        Err(error) => {
            warn!(%error, "the dead letters cannot be read");
            list.bus = BusView::Away;
        }
    }
    Ok(list)
}

async fn browse(bus: &NatsBus, from: u64) -> Result<(u64, Vec<Stored>), BusError> {
    let total = bus.state(Stream::Dead).await?.messages;
    Ok((total, bus.browse(Stream::Dead, from, PER_PAGE + 1).await?))
}

fn row(stored: &Stored, letter: &DeadLetter, times: &Times) -> Row {
    let origin = if letter.origin == "intake" { ("诉求", "Complaint") } else { ("回应", "Response") };
    Row {
        sequence: stored.sequence,
        at: times.full(letter.stored_at),
        origin: times.l.t(origin.0, origin.1),
        subject: letter.subject.clone(),
        bytes: letter.bytes,
        faults: letter.faults.clone(),
    }
}

/// `GET /dead/{sequence}`
pub async fn letter(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Path(sequence): Path<u64>,
    Query(after): Query<After>,
) -> Response {
    match opened(&app, &visit, &reader, sequence, &after).await {
        Ok(opened) => show(StatusCode::OK, &opened),
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

async fn opened(
    app: &Arc<App>,
    visit: &Visit,
    reader: &Reader,
    sequence: u64,
    after: &After,
) -> Result<Opened, Problem> {
    let (bus, stored, letter) = find(app, reader, sequence).await?;
    // What a resident wrote is read here: who did so is on record.
    warn!(account = %reader.account.name, sequence, subject = letter.subject, "a dead letter is opened");
    let bytes = letter.original().unwrap_or_default();
    let text = String::from_utf8(bytes);
    let editable = text.is_ok() && !letter.truncated;
    let original = text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    let pretty = serde_json::from_str::<serde_json::Value>(&original)
        .ok()
        .and_then(|json| serde_json::to_string_pretty(&json).ok());
    let replayed = match after.replayed {
        Some(at) => became(app, &bus, &letter, at).await?,
        None => None,
    };
    Ok(Opened {
        page: Page::inside(app, visit, reader).await?,
        letter: row(&stored, &letter, &times(app, visit.lang)),
        original: pretty.unwrap_or(original),
        editable,
        truncated: letter.truncated,
        sha256: letter.sha256,
        replayed,
    })
}

/// What became of the message at this place of its stream: another letter tells that it died, the log
/// that it was taken. None where the stream does not hold it any more.
async fn became(
    app: &App,
    bus: &Arc<NatsBus>,
    letter: &DeadLetter,
    at: u64,
) -> Result<Option<Replayed>, Problem> {
    let (engine, now) = (app.engine.clone(), Duration::ZERO);
    let subjects = subjects(app).await?;
    let complaint = letter.origin == "intake";
    let stream = if complaint { Stream::Intake } else { Stream::Responses };
    let found = bus.browse(stream, at, 1).await.map_err(away)?.pop();
    let Some(message) = found.filter(|found| found.sequence == at) else { return Ok(None) };
    if let Some(again) = bus.letter_of(&message).await.map_err(away)? {
        return Ok(Some(Replayed::DeadAgain(again)));
    }
    let taken = if complaint {
        IntakeConsumer::new(engine, bus.clone(), subjects, now).has_taken(&message).await
    } else {
        ResponseConsumer::new(engine, bus.clone(), subjects, now).has_taken(&message).await
    };
    let taken = taken.map_err(|error| Problem::inside("the log failed", &error))?;
    Ok(Some(if taken { Replayed::Taken } else { Replayed::Waiting }))
}

async fn subjects(app: &App) -> Result<Subjects, Problem> {
    let identity = app.engine.store().identity().await;
    let identity = identity.map_err(|error| Problem::inside("the log failed", &error))?;
    Ok(Subjects::new(&identity.jurisdiction))
}

async fn find(
    app: &App,
    _reader: &Reader,
    sequence: u64,
) -> Result<(Arc<NatsBus>, Stored, DeadLetter), Problem> {
    let bus = app.status.bus().ok_or(EdgeCode::PageNotFound)?;
    let mut found = bus.browse(Stream::Dead, sequence, 1).await.map_err(away)?;
    let stored = found.pop().filter(|stored| stored.sequence == sequence).ok_or(EdgeCode::PageNotFound)?;
    let letter = DeadLetter::read(&stored).ok_or(EdgeCode::PageNotFound)?;
    Ok((bus, stored, letter))
}

/// The page says what to do; the log says why.
#[expect(clippy::needless_pass_by_value, reason = "`map_err` calls it so")]
fn away(error: BusError) -> Problem {
    warn!(%error, "the bus does not answer a page");
    EdgeCode::BusAway.into()
}

/// `POST /dead/{sequence}/{action}`: `replay`, with `payload` where it was mended, or `discard`.
pub async fn act(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Path((sequence, action)): Path<(u64, String)>,
    Form(input): Form<Input>,
) -> Response {
    let done = match action.as_str() {
        "replay" => replay(&app, &reader, sequence, &input).await,
        "discard" => discard(&app, &reader, sequence).await,
        _ => Err(EdgeCode::PageNotFound.into()),
    };
    match done {
        Ok(place) => Redirect::to(&place).into_response(),
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

async fn replay(app: &App, reader: &Reader, sequence: u64, input: &Input) -> Result<String, Problem> {
    let (bus, _, letter) = find(app, reader, sequence).await?;
    let subjects = subjects(app).await?;
    // A form's lines end with CR LF.
    let mended = input.get("payload").map(|text| text.replace("\r\n", "\n").into_bytes());
    let is_mended = mended.is_some();
    let at = match letter.replay(bus.as_ref(), &subjects, mended).await {
        Err(BusError::TooLarge(_)) => return Err(EdgeCode::TooLarge.into()),
        other => other.map_err(away)?,
    };
    warn!(account = %reader.account.name, sequence, at, is_mended, "a dead letter is replayed");
    // Mostly it is dealt with at once: then the page can say so.
    for _ in 0..10 {
        if !matches!(became(app, &bus, &letter, at).await, Ok(Some(Replayed::Waiting))) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(format!("/dead/{sequence}?replayed={at}"))
}

async fn discard(app: &App, reader: &Reader, sequence: u64) -> Result<String, Problem> {
    let (bus, _, letter) = find(app, reader, sequence).await?;
    bus.discard(Stream::Dead, sequence).await.map_err(away)?;
    warn!(account = %reader.account.name, sequence, sha256 = letter.sha256, "a dead letter is discarded");
    Ok("/dead".to_owned())
}
