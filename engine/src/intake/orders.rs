//! What a sending system says afterwards about a case that it sent: found by its own id for it, so that
//! it reaches no other.

use domain::case;
use domain::context::Actor;
use domain::ids::CaseId;
use domain::intake::Order;
use domain::intake::event::ComplaintRepeated;
use domain::stream::{Event, StreamId};
use jiff::Timestamp;
use uuid::Uuid;

use super::{Intake, derived, named};
use crate::lanes::in_lanes;
use crate::submit::{Accepted, Request, SubmitError};

/// One of them, as it arrived.
#[derive(Debug, Clone)]
pub struct OrderArrival {
    /// What is asked.
    pub order: Order,
    /// The sending system.
    pub source: String,
    /// The message's id.
    pub message_id: Uuid,
    /// When the bus stored it.
    pub arrived_at: Timestamp,
    /// The bus delivers it again: its sender did not send it again.
    pub redelivered: bool,
}

impl Intake {
    /// Carries many out; the outcomes are in the order of the arrivals, and those about one case keep
    /// their order.
    pub async fn follow(&self, arrivals: Vec<OrderArrival>) -> Vec<Result<(), SubmitError>> {
        let requests = arrivals.iter().map(request).collect();
        let answers = self.engine.submit_many(requests).await;
        let answered =
            arrivals.iter().zip(answers).map(|(arrival, answer)| (case_of(arrival), (arrival, answer)));
        in_lanes(answered.collect(), async |(arrival, answer)| match answer {
            Ok(Accepted { repeated: true, .. }) => self.followed_before(arrival, false).await,
            // The rules did nothing with it: the case knows something newer.
            Ok(Accepted { receipt: None, .. }) => self.followed_before(arrival, true).await,
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        })
        .await
    }

    async fn followed_before(&self, arrival: &OrderArrival, stale: bool) -> Result<(), SubmitError> {
        let case = case_of(arrival);
        let events = self.engine.store().load(&[StreamId::case(case)]).await?;
        let came_by = events.iter().any(|recorded| recorded.meta.causation == arrival.message_id);
        if arrival.redelivered && came_by {
            return Ok(());
        }
        let Some(Event::Case(case::Event::CaseRegistered(first))) = events.first().map(|first| &first.event)
        else {
            return Ok(());
        };
        let event =
            ComplaintRepeated::new(&arrival.source, Some(&arrival.order.external_id), case, &first.case_no)
                .about(arrival.order.kind.as_str())
                .stale(stale)
                .test(first.test);
        self.note_repeated(event, arrival.message_id, arrival.arrived_at).await
    }
}

fn case_of(arrival: &OrderArrival) -> CaseId {
    named(&arrival.source, &arrival.order.external_id)
}

fn request(arrival: &OrderArrival) -> Request {
    let actor = Actor { id: format!("bus:{}", arrival.source), unit: None };
    let mut request = Request::case(case_of(arrival), arrival.order.command.clone(), actor)
        .with_id(derived(&[arrival.message_id.as_bytes(), b"order"]))
        .occurred_at(arrival.arrived_at);
    request.causation = arrival.message_id;
    request
}
