//! From a complaint to a case: recognised, sealed, registered. The same complaint never opens twice.
//!
//! Identity: (source, external id), or the content's hash where there is no id. It names the case's
//! stream and the command, so that nothing but the log itself remembers what has come in.

mod arrival;
mod orders;

pub use arrival::Arrival;
use arrival::Mode;
pub use orders::OrderArrival;

use domain::case::command::{RecordedOutcome, Register};
use domain::case::{self, Code};
use domain::context::Actor;
use domain::fault::Fault;
use domain::ids::{CaseId, UnitId};
use domain::intake::event::{ComplaintRefused, ComplaintRepeated};
use domain::intake::{self, Complaint, place};
use domain::number::case_number;
use domain::stream::{Event, StreamId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::keyring::{KeyError, Keyring};
use crate::lanes::in_lanes;
use crate::submit::{Accepted, Command, Engine, Request, SubmitError};

/// Name space of the ids that are derived from complaints.
const COMPLAINT: Uuid = Uuid::from_u128(0x6f0f_9c3e_5c6b_4a41_9d0a_7f3d_2b8e_11c5);

/// What became of a complaint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A case was opened.
    Opened {
        /// Its stream.
        case: CaseId,
        /// Its number.
        case_no: String,
    },
    /// The same complaint with other content: added to its case.
    Supplement {
        /// Its stream.
        case: CaseId,
        /// Its number.
        case_no: String,
    },
    /// The same complaint, unchanged.
    Duplicate {
        /// Its stream.
        case: CaseId,
        /// Its number.
        case_no: String,
    },
}

/// The intake; cheap to clone.
#[derive(Clone)]
pub struct Intake {
    engine: Engine,
}

/// What is remembered of an arrival while its registration is under way.
struct Pending {
    arrival: Arrival,
    case: CaseId,
    hash: [u8; 32],
    case_no: String,
}

impl Intake {
    /// An intake in front of this engine.
    pub fn new(engine: Engine) -> Self {
        Self { engine }
    }

    /// Takes one complaint in; durable when it returns.
    ///
    /// # Errors
    /// See [`SubmitError`]; sending the complaint again is always safe.
    pub async fn receive(&self, arrival: Arrival) -> Result<Outcome, SubmitError> {
        let mut outcomes = self.receive_many(vec![arrival]).await;
        outcomes.pop().unwrap_or(Err(SubmitError::Unavailable))
    }

    /// Takes many in; the outcomes are in the order of the arrivals.
    pub async fn receive_many(&self, arrivals: Vec<Arrival>) -> Vec<Result<Outcome, SubmitError>> {
        let engine = self.engine.clone();
        // Sealing is pure computation: off the threads that serve I/O.
        let prepared = tokio::task::spawn_blocking(move || {
            let prepare = |arrival| prepare(&engine, arrival);
            arrivals.into_iter().map(prepare).collect::<Vec<_>>()
        })
        .await;
        let Ok(prepared) = prepared else { return vec![] };
        let mut requests = Vec::with_capacity(prepared.len());
        let mut pending = Vec::with_capacity(prepared.len());
        for one in prepared {
            match one {
                Ok((waiting, request)) => {
                    requests.push(request);
                    pending.push(Ok(waiting));
                }
                Err(error) => pending.push(Err(error)),
            }
        }
        let mut answers = self.engine.submit_many(requests).await.into_iter();
        let answered = pending.into_iter().enumerate().map(|(place, waiting)| match waiting {
            Ok(waiting) => {
                let answer = answers.next().unwrap_or(Err(SubmitError::Unavailable));
                (Ok(waiting.case), Ok((waiting, answer)))
            }
            Err(error) => (Err(place), Err(error)),
        });
        in_lanes(answered.collect(), async |answered| {
            let (waiting, answer) = answered?;
            self.conclude(waiting, answer).await
        })
        .await
    }

    /// The case that a complaint opens or belongs to.
    pub(crate) fn case_of(&self, arrival: &Arrival) -> CaseId {
        identify(&self.engine, &arrival.complaint).0
    }

    /// Notes a message that could not be understood, so that its refusal goes out with every fault.
    ///
    /// # Errors
    /// See [`SubmitError`].
    pub async fn refuse(
        &self,
        source: &str,
        external_id: Option<&str>,
        about: &str,
        (message_id, arrived_at): (Uuid, Timestamp),
        faults: Vec<Fault>,
    ) -> Result<(), SubmitError> {
        let event = ComplaintRefused::new(source, external_id, arrived_at, faults).about(about);
        self.note(intake::Event::ComplaintRefused(event), source, message_id, message_id, arrived_at).await
    }

    async fn conclude(
        &self,
        waiting: Pending,
        answer: Result<Accepted, SubmitError>,
    ) -> Result<Outcome, SubmitError> {
        let (case, case_no) = (waiting.case, waiting.case_no.clone());
        match answer {
            Ok(accepted) if !accepted.repeated => Ok(Outcome::Opened { case, case_no }),
            Ok(_) => self.repeated(waiting, case_no, false).await,
            Err(SubmitError::Rejected(rejection)) if rejection.code == Code::IdReused => {
                self.supplement(waiting).await
            }
            Err(error) => Err(error),
        }
    }

    /// Other content under the same id: a supplement, itself recognised when it comes again.
    async fn supplement(&self, waiting: Pending) -> Result<Outcome, SubmitError> {
        let (case, case_no) = (waiting.case, self.number_of(waiting.case).await?);
        let content = &waiting.arrival.complaint.content;
        let sealed = self.engine.keyring().seal(case, content).await.map_err(key_error)?;
        let complaint = &waiting.arrival.complaint;
        let (received_at, revision) = (complaint.received_at, complaint.revision);
        let accused = place::accused(complaint, &self.engine.rules());
        let command = case::Command::Supplement { received_at, revision, sealed, accused };
        let mut request = Request::case(case, command, waiting.arrival.actor.clone()).with_id(derived(&[
            case.0.as_bytes(),
            b"supplement",
            &waiting.hash,
        ]));
        request.content_hash = waiting.hash;
        request.occurred_at = waiting.arrival.arrived_at;
        request.causation = waiting.arrival.message_id.unwrap_or(request.command_id);
        let accepted = self.engine.submit(request).await?;
        // The rules did nothing with it: the case has a newer version.
        let stale = accepted.receipt.is_none();
        if accepted.repeated || stale {
            return self.repeated(waiting, case_no, stale).await;
        }
        Ok(Outcome::Supplement { case, case_no })
    }

    async fn repeated(&self, waiting: Pending, case_no: String, stale: bool) -> Result<Outcome, SubmitError> {
        let case = waiting.case;
        if let (Some(message_id), Some(arrived_at)) = (waiting.arrival.message_id, waiting.arrival.arrived_at)
            && !(waiting.arrival.redelivered && self.came_by(case, message_id).await?)
        {
            let complaint = &waiting.arrival.complaint;
            let event =
                ComplaintRepeated::new(&complaint.source, complaint.external_id.as_deref(), case, &case_no)
                    .stale(stale)
                    .test(complaint.test);
            self.note_repeated(event, message_id, arrived_at).await?;
        }
        Ok(Outcome::Duplicate { case, case_no })
    }

    /// Sent twice under one id are two messages, told apart by when they were stored: each is answered.
    async fn note_repeated(
        &self,
        event: ComplaintRepeated,
        message_id: Uuid,
        arrived_at: Timestamp,
    ) -> Result<(), SubmitError> {
        let note = note_of(message_id, arrived_at);
        let source = event.source.clone();
        self.note(intake::Event::ComplaintRepeated(event), &source, note, message_id, arrived_at).await
    }

    /// This very message led to something in the case: it was delivered again, not sent again.
    pub(crate) async fn came_by(&self, case: CaseId, message_id: Uuid) -> Result<bool, SubmitError> {
        let events = self.engine.store().load(&[StreamId::case(case)]).await?;
        Ok(events.iter().any(|recorded| recorded.meta.causation == message_id))
    }

    /// Its repetition is noted.
    pub(crate) async fn is_noted(&self, message_id: Uuid, at: Timestamp) -> Result<bool, SubmitError> {
        let command = derived(&[note_of(message_id, at).as_bytes(), b"note"]);
        Ok(!self.engine.store().receipts(&[command]).await?.is_empty())
    }

    /// Notes what opened nothing, so that its sender is told.
    pub(crate) async fn note(
        &self,
        event: intake::Event,
        source: &str,
        note: Uuid,
        message_id: Uuid,
        arrived_at: Timestamp,
    ) -> Result<(), SubmitError> {
        let request = Request {
            stream: StreamId::intake(note),
            command: Command::Note(event),
            command_id: derived(&[note.as_bytes(), b"note"]),
            // The id is the message's own: the same message is the same note.
            content_hash: [0; 32],
            actor: Actor { id: format!("bus:{source}"), unit: None },
            occurred_at: Some(arrived_at),
            causation: message_id,
            new_key: None,
        };
        self.engine.submit(request).await.map(|_| ())
    }

    async fn number_of(&self, case: CaseId) -> Result<String, SubmitError> {
        let first = self.engine.store().load(&[StreamId::case(case)]).await?.into_iter().next();
        match first.map(|recorded| recorded.event) {
            Some(Event::Case(case::Event::CaseRegistered(event))) => Ok(event.case_no),
            _ => Err(Code::CaseNotFound.into()),
        }
    }
}

fn prepare(engine: &Engine, arrival: Arrival) -> Result<(Pending, Request), SubmitError> {
    let complaint = &arrival.complaint;
    let (case, hash) = identify(engine, complaint);
    let (key, wrapped) = engine.keyring().new_key(case).map_err(key_error)?;
    let sealed = Keyring::seal_with(&key, case, &complaint.content).map_err(key_error)?;
    let now = engine.now();
    let day = engine.rules().calendar.date_of(complaint.received_at);
    let case_no = case_number(case, day);
    let register = register(engine, &arrival, case_no.clone(), sealed, now);
    let mut request = Request::case(case, case::Command::Register(Box::new(register)), arrival.actor.clone())
        .with_id(derived(&[case.0.as_bytes(), b"register"]));
    request.content_hash = hash;
    request.new_key = Some(wrapped);
    request.occurred_at = match arrival.mode {
        Mode::Live => arrival.arrived_at,
        Mode::Imported | Mode::Recorded => Some(complaint.received_at),
    };
    if let Some(message_id) = arrival.message_id {
        request.causation = message_id;
    }
    Ok((Pending { case, hash, case_no, arrival }, request))
}

/// The complaint's case, and the keyed hash of its content.
fn identify(engine: &Engine, complaint: &Complaint) -> (CaseId, [u8; 32]) {
    let hash = engine.keyring().content_hash(complaint.canonical().as_bytes());
    let case = match &complaint.external_id {
        Some(id) => named(&complaint.source, id),
        None => CaseId(derived(&[complaint.source.as_bytes(), b"\0\0", &hash])),
    };
    (case, hash)
}

fn register(
    engine: &Engine,
    arrival: &Arrival,
    case_no: String,
    sealed: domain::sealed::Sealed,
    now: Timestamp,
) -> Register {
    let complaint = &arrival.complaint;
    let recorded = (arrival.mode == Mode::Recorded).then(|| RecordedOutcome {
        unit: complaint.unit.as_deref().map(UnitId::new),
        item: complaint.item.clone(),
        due_at: complaint.due_at,
        closed_at: complaint.closed_at,
    });
    let understood = if recorded.is_some() {
        place::Understood::default()
    } else {
        place::understand(complaint, &engine.rules())
    };
    Register {
        case_no,
        source: complaint.source.clone(),
        external_id: complaint.external_id.clone(),
        channel: complaint.channel.clone(),
        received_at: complaint.received_at,
        clocks_from: arrival.arrived_at.unwrap_or(now),
        item: understood.item,
        place: understood.place,
        point: complaint.point,
        confidential: complaint.confidential,
        anonymous: complaint.anonymous,
        test: complaint.test,
        // A file's due times belong to the past of another system.
        outside_due_at: complaint.due_at.filter(|_| arrival.mode == Mode::Live),
        revision: complaint.revision,
        sealed,
        accused: place::accused(complaint, &engine.rules()),
        dispatch_at_once: !arrival.by_hand,
        recorded,
    }
}

/// The case of the complaint that this system calls so.
pub(crate) fn named(source: &str, external_id: &str) -> CaseId {
    CaseId(derived(&[source.as_bytes(), b"\0", external_id.as_bytes()]))
}

fn note_of(message_id: Uuid, arrived_at: Timestamp) -> Uuid {
    derived(&[message_id.as_bytes(), &arrived_at.as_microsecond().to_be_bytes()])
}

fn derived(parts: &[&[u8]]) -> Uuid {
    Uuid::new_v5(&COMPLAINT, &parts.concat())
}

fn key_error(error: KeyError) -> SubmitError {
    SubmitError::Store(error.to_string())
}
