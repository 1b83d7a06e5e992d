//! What units answer over the bus: signed, contacted, result, return, extension. Each answer is a command with
//! the answer's own id; what cannot be applied goes to the dead with its code and sentence.

use std::sync::Arc;
use std::time::Duration;

use domain::case::{Code, Command, Hand, Rejection};
use domain::context::Actor;
use domain::fault::Fault;
use domain::ids::{CaseId, UnitId};
use domain::intake;
use domain::intake::event::ResponseNoted;
use domain::recorded::Recorded;
use futures::future::BoxFuture;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::time::Instant;
use tracing::{error, warn};
use uuid::Uuid;

use super::answer::{Action, Answer, fault_of, response_id};
use super::cloudevent::{Envelope, Kind};
use super::dead::DeadLetter;
use super::intake::Taken;
use super::subject::{self, Subjects};
use super::{Bus, BusError, Delivery, Inbox, Settlement, Stored, Stream};
use crate::intake::Intake;
use crate::keyring::KeyError;
use crate::lanes::in_lanes;
use crate::submit::{Accepted, Engine, Request, SubmitError};

/// Most messages of one step.
const BATCH: usize = 256;
/// Between an answer's return and the one that waits for it.
const AFTER: Duration = Duration::from_secs(1);
/// So often a result waits for what may come before it.
const PATIENT: u64 = 7;
/// Name space of the commands that answers become: uuid v5 over unit, source and id of the
/// `CloudEvent`, each but the last with a line feed.
pub const RESPONSE: Uuid = Uuid::from_u128(0xb5e1_3c70_8f1d_4c1a_a7d2_0a96_5e4f_c833);

/// Finds a case by its number. None: there is no such case. An error: that cannot be told now, and
/// the answer is kept for later.
pub type Resolver = Arc<dyn Fn(String) -> BoxFuture<'static, Result<Option<CaseId>, String>> + Send + Sync>;

/// Takes the units' answers from the bus.
pub struct ResponseConsumer {
    engine: Engine,
    bus: Arc<dyn Bus>,
    subjects: Subjects,
    wait: Duration,
    resolver: Option<Resolver>,
    intake: Intake,
    took_over: bool,
    awaited: Option<Instant>,
}

/// Why an answer was not applied.
enum Failed {
    /// It never will be. The case, as far as it could be read.
    Dead(Option<CaseId>, Vec<Fault>),
    /// The one before it may still come: it is judged once more after this time.
    Early(Duration),
    /// We failed; it is tried again.
    Later(String),
}

/// An answer, as the command that it is.
struct Read {
    case: CaseId,
    request: Request,
}

/// What the log said to an answer's command, with its id; or why there is no command.
type Answered = Result<(CaseId, Uuid, Result<Accepted, SubmitError>), Failed>;
type Concluding = (Delivery, Answered);

/// What became of a delivery.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Applied,
    Dead,
    Early,
    /// By our fault: it comes again, and may find that those after it went ahead.
    Failed,
}

impl ResponseConsumer {
    /// A consumer for this jurisdiction. A step waits at most so long for the first message.
    pub fn new(engine: Engine, bus: Arc<dyn Bus>, subjects: Subjects, wait: Duration) -> Self {
        let intake = Intake::new(engine.clone());
        Self { intake, engine, bus, subjects, wait, resolver: None, took_over: true, awaited: None }
    }

    /// Also takes answers that name their case by its number only.
    #[must_use]
    pub fn with_resolver(mut self, resolver: Resolver) -> Self {
        self.resolver = Some(resolver);
        self
    }

    /// Another node took the answers until now. What it took and did not settle comes again: until
    /// then results wait, and nothing is refused for what may have come before it.
    pub fn take_over(&mut self) {
        self.took_over = true;
    }

    /// One batch of answers, from the bus to the log; those about one case in the order in which the
    /// bus keeps them.
    ///
    /// # Errors
    /// [`BusError`]; what was not settled is delivered again, and known then.
    pub async fn step(&mut self) -> Result<Taken, BusError> {
        let deliveries = self.bus.pull(Inbox::Responses, BATCH, self.wait).await?;
        self.engine.metrics().bus.taken(Inbox::Responses, &deliveries);
        if self.took_over {
            let unsettled = self.bus.unsettled(Inbox::Responses).await?;
            if unsettled.messages > deliveries.len() {
                self.awaited = Some(Instant::now() + unsettled.within + AFTER);
            }
            self.took_over = false;
        }
        let reading = deliveries.into_iter().enumerate().collect();
        let read = in_lanes(reading, async |delivery: Delivery| {
            let read = self.read(&delivery).await;
            (delivery, read)
        });
        let answered = self.submit(read.await).await;
        let concluded = in_lanes(answered, async |(delivery, outcome): (Delivery, _)| {
            let (settlement, fate) = self.conclude(&delivery, outcome).await;
            ((delivery, settlement), fate)
        });
        let (settled, fates): (Vec<_>, Vec<Fate>) = concluded.await.into_iter().unzip();
        for ((_, settlement), fate) in settled.iter().zip(&fates) {
            if let (Settlement::Later(delay), Fate::Failed) = (settlement, fate) {
                self.awaited = self.awaited.max(Some(Instant::now() + *delay + AFTER));
            }
        }
        let dead = fates.into_iter().filter(|fate| *fate == Fate::Dead).count();
        let mut taken = Taken { dead, ..Taken::default() };
        taken.done = settled.iter().filter(|(_, settlement)| *settlement == Settlement::Done).count();
        taken.later = settled.len() - taken.done;
        self.bus.settle(Inbox::Responses, &settled).await?;
        self.engine.metrics().bus.settled(Inbox::Responses, &taken);
        Ok(taken)
    }

    /// Whether this answer was applied.
    ///
    /// # Errors
    /// The log's.
    pub async fn has_taken(&self, message: &Stored) -> Result<bool, SubmitError> {
        let id = response_id(message, &Envelope::read(&message.payload, Kind::Response));
        Ok(!self.engine.store().receipts(&[id]).await?.is_empty())
    }

    /// All commands at once, in the order of the answers; what became of each, with its lane.
    async fn submit(&self, read: Vec<(Delivery, Result<Read, Failed>)>) -> Vec<(Uuid, Concluding)> {
        let mut requests = Vec::with_capacity(read.len());
        let mut waiting = Vec::with_capacity(read.len());
        for (delivery, read) in read {
            waiting.push((
                delivery,
                read.map(|Read { case, request }| {
                    let id = request.command_id;
                    requests.push(request);
                    (case, id)
                }),
            ));
        }
        let mut answers = self.engine.submit_many(requests).await.into_iter();
        let mut concluding = Vec::with_capacity(waiting.len());
        for (delivery, read) in waiting {
            let answered =
                read.map(|(case, id)| (case, id, answers.next().unwrap_or(Err(SubmitError::Unavailable))));
            // What is refused is one lane: letters keep the order of the answers.
            let lane = match &answered {
                Ok((case, _, Ok(_))) => case.0,
                _ => Uuid::nil(),
            };
            concluding.push((lane, (delivery, answered)));
        }
        concluding
    }

    /// How long it is until what was taken before us, or failed, has come again.
    fn awaits(&self) -> Option<Duration> {
        self.awaited?.checked_duration_since(Instant::now())
    }

    async fn conclude(&self, delivery: &Delivery, answered: Answered) -> (Settlement, Fate) {
        let outcome = match answered {
            Ok((case, id, answer)) => self.applied(delivery, case, id, answer).await,
            Err(failed) => Err(failed),
        };
        match outcome {
            Ok(()) => (Settlement::Done, Fate::Applied),
            Err(Failed::Dead(case, faults)) => match self.refuse(delivery, case, faults).await {
                Settlement::Done => (Settlement::Done, Fate::Dead),
                later => (later, Fate::Failed),
            },
            Err(Failed::Early(delay)) => (Settlement::Later(delay), Fate::Early),
            Err(Failed::Later(failure)) => {
                error!(failure, "an answer could not be applied; it is delivered again");
                (Settlement::Later(delivery.patience()), Fate::Failed)
            }
        }
    }

    async fn read(&self, delivery: &Delivery) -> Result<Read, Failed> {
        let message = &delivery.message;
        let unit = subject::last_word(&message.subject);
        let mut envelope = Envelope::read(&message.payload, Kind::Response);
        let id = response_id(message, &envelope);
        let mut answer = match envelope.data.take() {
            None => return Err(Failed::Dead(None, envelope.faults)),
            Some(Value::Object(fields)) => Answer { fields, faults: envelope.faults },
            Some(_) => {
                envelope.fault("data", "NOT_AN_OBJECT", "应为一个 JSON 对象。", "A JSON object is expected.");
                return Err(Failed::Dead(None, envelope.faults));
            }
        };
        let case = self.case(&mut answer, &UnitId::new(&unit)).await?;
        let action = answer.action();
        let (Some(case), Some(action), true) = (case, action, answer.faults.is_empty()) else {
            return Err(Failed::Dead(case, answer.faults));
        };
        // A contact that comes after it would be refused.
        if let (Action::Result { .. }, Some(left), 0..PATIENT) = (&action, self.awaits(), delivery.attempt) {
            return Err(Failed::Early(left + AFTER));
        }
        let command = self.command(case, action).await?;
        let actor = Actor { id: format!("bus:{unit}"), unit: Some(UnitId::new(&unit)) };
        // The bus's own time: what a unit says about when it answered would be judged by itself.
        let request = Request::case(case, command, actor).with_id(id).occurred_at(message.stored_at);
        Ok(Read { case, request })
    }

    async fn applied(
        &self,
        delivery: &Delivery,
        case: CaseId,
        id: Uuid,
        answer: Result<Accepted, SubmitError>,
    ) -> Result<(), Failed> {
        let message = &delivery.message;
        match answer {
            // Sent again, or said before by another way: it is so already.
            Ok(accepted) if accepted.repeated || accepted.receipt.is_none() => {
                self.repeated(message, &subject::last_word(&message.subject), case, id).await
            }
            Ok(_) => Ok(()),
            Err(SubmitError::Rejected(Rejection {
                code: Code::NotSigned | Code::NotDispatched | Code::NotCalled | Code::NotArrived,
                ..
            })) if delivery.attempt == 1 || self.awaits().is_some() => {
                Err(Failed::Early(self.awaits().unwrap_or_else(|| delivery.patience())))
            }
            Err(SubmitError::Rejected(rejection)) => {
                Err(Failed::Dead(Some(case), vec![fault_of(&rejection)]))
            }
            Err(failure) => Err(Failed::Later(failure.to_string())),
        }
    }

    async fn case(&self, answer: &mut Answer, unit: &UnitId) -> Result<Option<CaseId>, Failed> {
        if let Some(case) = answer.text("case") {
            let Ok(case) = Uuid::parse_str(case.trim()) else {
                answer.fault(
                    "case",
                    "WRONG_TYPE",
                    "应为派单消息中的案件 UUID。",
                    "The uuid of the dispatch message is expected.",
                );
                return Ok(None);
            };
            return Ok(Some(CaseId(case)));
        }
        if let (Some(resolver), Some(case_no)) = (&self.resolver, answer.text("case_no")) {
            let mut found = resolver(case_no).await.map_err(Failed::Later)?;
            // A unit that is accused is answered as if there were no such case.
            if let Some(case) = found
                && self.is_barred(unit, case).await?
            {
                found = None;
            }
            if found.is_none() {
                answer.faults.push(fault_of(&Rejection::new(Code::CaseNotFound)));
            }
            return Ok(found);
        }
        answer.fault(
            "case",
            "FIELD_MISSING",
            "缺少派单消息中的案件 UUID。",
            "The case's uuid of the dispatch message is missing.",
        );
        Ok(None)
    }

    async fn is_barred(&self, unit: &UnitId, case: CaseId) -> Result<bool, Failed> {
        let history = self.engine.case(case).await.map_err(|error| Failed::Later(error.to_string()))?;
        let org = &self.engine.rules().org;
        Ok(history.is_some_and(|history| history.state.barred.bars(unit, org)))
    }

    async fn command(&self, case: CaseId, action: Action) -> Result<Command, Failed> {
        Ok(match action {
            Action::Sign => Command::Sign,
            Action::Contact { channel, note } => {
                let note = if note.is_empty() { None } else { Some(self.seal(case, &note).await?) };
                Command::Contact { channel, note }
            }
            Action::Result { solved, reply } => {
                Command::SubmitResult { solved, reply: self.seal(case, &reply).await? }
            }
            Action::Return { reason, note, suggested } => {
                Command::Hand(Hand::RequestReturn { reason, note, suggested })
            }
            Action::Extension { by, reason, complainant_told } => {
                Command::Hand(Hand::RequestExtension { by, reason, complainant_told })
            }
            Action::Respond => Command::RespondWhistle,
            Action::Arrive { place } => Command::ArriveOnSite { place },
            Action::Decline { reason } => Command::DeclineWhistle { reason },
            Action::Finish { feedback } => Command::FinishLeg { feedback: self.seal(case, &feedback).await? },
        })
    }

    async fn seal(&self, case: CaseId, text: &String) -> Result<domain::sealed::Sealed, Failed> {
        self.engine.keyring().seal(case, text).await.map_err(|error| match error {
            KeyError::NoKey => Failed::Dead(Some(case), vec![fault_of(&Rejection::new(Code::CaseNotFound))]),
            other => Failed::Later(other.to_string()),
        })
    }

    /// An answer that counts already: the unit sent it again and is told so. Where the bus delivered it
    /// again, the event itself has told it.
    async fn repeated(&self, message: &Stored, unit: &str, case: CaseId, id: Uuid) -> Result<(), Failed> {
        let later = |failure: &dyn std::fmt::Display| Failed::Later(failure.to_string());
        let history = self.engine.case(case).await.map_err(|error| later(&error))?;
        let this_one = |recorded: &Recorded| {
            recorded.meta.command_id == id && recorded.meta.occurred_at == message.stored_at
        };
        if history.as_ref().is_some_and(|history| history.events.iter().any(this_one)) {
            return Ok(());
        }
        let case_no = history.map(|history| history.state.case_no);
        let noted = ResponseNoted::repeated(UnitId::new(unit), case, case_no);
        self.note(message, noted, id).await.map_err(|error| later(&error))
    }

    /// The letter first, then the unit's receipt: both can be repeated, and neither is lost.
    async fn refuse(&self, delivery: &Delivery, case: Option<CaseId>, faults: Vec<Fault>) -> Settlement {
        let message = &delivery.message;
        warn!(
            subject = message.subject,
            sequence = message.sequence,
            faults = faults.len(),
            "an answer is not applied"
        );
        let name = Sha256::digest([message.subject.as_bytes(), b"\n", &message.payload].concat());
        let letter = DeadLetter::new("response", message, faults.clone())
            .message(&self.subjects, Uuid::new_v5(&RESPONSE, &name));
        let kept = match letter {
            Ok(letter) => self.bus.publish(Stream::Dead, None, &[letter]).await,
            Err(failure) => Err(failure),
        };
        if let Err(failure) = kept {
            error!(%failure, "a dead letter could not be kept; the answer is delivered again");
            return Settlement::Later(delivery.patience());
        }
        let unit = UnitId::new(subject::last_word(&message.subject));
        let case_no = self.number_for(&unit, case).await;
        let id = response_id(message, &Envelope::read(&message.payload, Kind::Response));
        match self.note(message, ResponseNoted::refused(unit, case, case_no, faults), id).await {
            Ok(()) | Err(SubmitError::Rejected(_)) => Settlement::Done,
            Err(failure) => {
                error!(%failure, "a refusal could not be noted; the answer is delivered again");
                Settlement::Later(delivery.patience())
            }
        }
    }

    /// The case's number, where the case is the unit's own.
    async fn number_for(&self, unit: &UnitId, case: Option<CaseId>) -> Option<String> {
        let state = self.engine.case(case?).await.ok()??.state;
        let called = state.whistle.leg_of(unit).is_some() || state.parts.part_of(unit).is_some();
        let own = called || state.lead.as_ref() == Some(unit) || state.responsible.as_ref() == Some(unit);
        own.then_some(state.case_no)
    }

    /// Sent twice under one id are two messages, told apart by when they were stored: each is answered.
    async fn note(&self, message: &Stored, noted: ResponseNoted, id: Uuid) -> Result<(), SubmitError> {
        let stored_at = message.stored_at.as_microsecond().to_be_bytes();
        let note = Uuid::new_v5(&RESPONSE, &[&id.as_bytes()[..], &stored_at].concat());
        let unit = noted.unit.to_string();
        self.intake.note(intake::Event::ResponseNoted(noted), &unit, note, id, message.stored_at).await
    }
}
