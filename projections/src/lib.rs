//! THE VIEWS of Whistlepost 哨所: everything that pages, lists and boards show is a fold of the log.
//!
//! [`views`] holds the folds, pure; [`store`] keeps the rows in SQLite and answers questions
//! about them; [`Runner`] carries the log into the store, page by page. Nothing here can
//! append to the log: this crate does not know the engine.

pub mod compare;
pub mod feed;
pub mod metrics;
pub mod rebuild;
pub mod runner;
pub mod store;
pub mod views;

pub use compare::Difference;
pub use feed::{Feed, FeedError, FeedEvent, FeedItem};
pub use rebuild::{Rebuilt, is_taken, rebuild};
pub use runner::{Progress, Runner, RunnerError};
pub use store::{
    Alike, BoardBy, BoardNumber, BoardQuery, BoardRow, COUNT_MAX, CalledLeg, CaseFilter, Changed, Checkpoint,
    DeskCounts, Export, FiguresBy, FiguresQuery, GivenPart, Lines, Notification, Outgoing, Page, Parked,
    Scope, Standing, Theme, ToCall, Views, ViewsError, Waiting,
};
pub use store::{CasePaper, PaperFilter, PaperPage, day_at, first_of};
pub use views::board::Counts;
pub use views::callback::{Attempt, CallsRow};
pub use views::case_row::CaseRow;
pub use views::hands::{AskedFor, HandsRow};
pub use views::legs::LegRow;
pub use views::likeness::Likeness;
pub use views::papers::{Paper, PaperState};
pub use views::parts::PartRow;
pub use views::waits::{Wait, WaitFor};
