//! A complaint on its way in.

use domain::context::Actor;
use domain::intake::Complaint;
use jiff::Timestamp;
use uuid::Uuid;

/// How a complaint came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Clocks start when it reached us.
    Live,
    /// From a file: clocks start now.
    Imported,
    /// History from elsewhere: no clock runs.
    Recorded,
}

/// A well-formed complaint that has arrived.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub(super) complaint: Complaint,
    pub(super) actor: Actor,
    pub(super) mode: Mode,
    /// When it reached us: the bus's store time, the server's receipt.
    pub(super) arrived_at: Option<Timestamp>,
    pub(super) message_id: Option<Uuid>,
    /// The bus delivers it again: its sender did not send it again.
    pub(super) redelivered: bool,
    /// A dispatcher chooses the unit.
    pub(super) by_hand: bool,
}

impl Arrival {
    /// By request or message: its clocks start when it reached us.
    pub fn live(complaint: Complaint, actor: Actor) -> Self {
        let (arrived_at, message_id) = (None, None);
        let (redelivered, by_hand) = (false, false);
        Self { complaint, actor, mode: Mode::Live, arrived_at, message_id, redelivered, by_hand }
    }

    /// From a file: a case opens with its own time of receipt, its clocks start now.
    pub fn imported(complaint: Complaint, actor: Actor) -> Self {
        Self { mode: Mode::Imported, ..Self::live(complaint, actor) }
    }

    /// From a file, as recorded elsewhere: due and closing times are kept, nothing fires.
    pub fn recorded(complaint: Complaint, actor: Actor) -> Self {
        Self { mode: Mode::Recorded, ..Self::live(complaint, actor) }
    }

    /// The same, by a message with this id that reached us then: a repetition is noted in the log,
    /// so that its receipt goes out.
    #[must_use]
    pub fn by_message(mut self, message_id: Uuid, arrived_at: Timestamp) -> Self {
        self.message_id = Some(message_id);
        self.arrived_at = Some(arrived_at);
        self
    }

    /// The same, left to a dispatcher.
    #[must_use]
    pub fn by_hand(self) -> Self {
        Self { by_hand: true, ..self }
    }

    /// The same, delivered once more by the bus: what it led to the first time is not noted again.
    #[must_use]
    pub fn redelivered(mut self) -> Self {
        self.redelivered = true;
        self
    }
}
