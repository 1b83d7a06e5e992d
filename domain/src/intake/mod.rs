//! The stream of what came in: complaints as outside systems send them, read with every fault named.

pub mod attachment;
pub mod complaint;
pub mod event;
pub mod order;
pub mod place;
pub mod reconciled;
pub mod redact;
pub mod shape;

mod read;

pub use complaint::Complaint;
pub use event::Event;
pub use order::{Order, OrderKind};
pub use reconciled::{DayClosed, DayReconciled, ReconciledId};
