//! Why an event cannot be taken into a row.

/// An event that does not fit the row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// An event of a case that was never registered.
    #[error("the case was never registered")]
    NotRegistered,
    /// A case registered again.
    #[error("the case was registered twice")]
    RegisteredTwice,
    /// An event is missing or came twice.
    #[error("event {found} of the case came where {expected} was due")]
    OutOfOrder {
        /// The sequence that was due.
        expected: u64,
        /// The one that came.
        found: u64,
    },
}
