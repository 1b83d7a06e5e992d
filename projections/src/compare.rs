//! Are the views what the log says? Everything is folded afresh and compared.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use domain::context::Rulebook;
use futures::{Stream, StreamExt};

use crate::feed::Feed;
use crate::rebuild::build;
use crate::runner::RunnerError;
use crate::store::{Snapshot, Views, ViewsError, beside, remove};

/// Something in the views that is not what the log says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// The log has another event at the position up to which the views are, or ends before it.
    Head {
        /// That position.
        position: u64,
    },
    /// A case's row; JSON, absent where there is none.
    Row {
        /// Position of the case's first event.
        opened: i64,
        /// As stored.
        views: Option<String>,
        /// As folded afresh.
        log: Option<String>,
    },
    /// A cell of the board; its counts, absent where there is none.
    Cell {
        /// Month, path, unit, rung and item.
        key: String,
        /// As stored.
        views: Option<String>,
        /// As counted afresh.
        log: Option<String>,
    },
    /// A word of the search; how many cases it finds, absent where it finds none.
    Word {
        /// The word.
        word: String,
        /// As kept.
        views: Option<String>,
        /// As made afresh.
        log: Option<String>,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_none = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
        match self {
            Self::Head { position } => {
                write!(f, "position {position}: the log is not the one that the views were made from")
            }
            Self::Row { opened, views, log } => {
                write!(
                    f,
                    "case opened at position {opened}: views have {}, the log says {}",
                    or_none(views),
                    or_none(log)
                )
            }
            Self::Word { word, views, log } => {
                write!(f, "word {word}: finds {} cases, the log says {}", or_none(views), or_none(log))
            }
            Self::Cell { key, views, log } => {
                write!(f, "board cell {key}: views have {}, the log says {}", or_none(views), or_none(log))
            }
        }
    }
}

/// Differences that are listed; more of them are one and the same trouble.
const LISTED: usize = 1_000;

impl Views {
    /// Folds the log afresh, up to where the views are, and lists what differs; at most a thousand.
    /// Works beside a running program.
    ///
    /// # Errors
    /// See [`RunnerError`].
    pub async fn compare(
        &self,
        feed: Arc<dyn Feed>,
        rules: Arc<Rulebook>,
    ) -> Result<Vec<Difference>, RunnerError> {
        let mut stored = self.snapshot().await?;
        let path = beside(self.path(), "verify");
        build(&path, feed, &rules, stored.checkpoint.position, |_| {}).await?;
        let afresh = Views::open(&path).await?;
        let outcome = differences(&mut stored, &mut afresh.snapshot().await?).await;
        afresh.close().await;
        remove(&path).await?;
        outcome
    }
}

async fn differences(views: &mut Snapshot, log: &mut Snapshot) -> Result<Vec<Difference>, RunnerError> {
    let mut found = Vec::new();
    let (here, there) = (views.checkpoint, log.checkpoint);
    if (here.position, here.hash) != (there.position, there.hash) {
        found.push(Difference::Head { position: here.position });
    }
    merge(views.rows(), log.rows(), |opened, views, log| {
        found.push(Difference::Row { opened, views, log });
        found.len() < LISTED
    })
    .await?;
    merge(views.columns(), log.columns(), |opened, views, log| {
        found.push(Difference::Row { opened, views, log });
        found.len() < LISTED
    })
    .await?;
    merge(views.legs(), log.legs(), |(opened, _), views, log| {
        found.push(Difference::Row { opened, views, log });
        found.len() < LISTED
    })
    .await?;
    merge(views.parts(), log.parts(), |(opened, _), views, log| {
        found.push(Difference::Row { opened, views, log });
        found.len() < LISTED
    })
    .await?;
    merge(views.waits(), log.waits(), |(opened, _), views, log| {
        found.push(Difference::Row { opened, views, log });
        found.len() < LISTED
    })
    .await?;
    merge(views.papers(), log.papers(), |(opened, _), views, log| {
        found.push(Difference::Row { opened, views, log });
        found.len() < LISTED
    })
    .await?;
    merge(views.states(), log.states(), |opened, views, log| {
        found.push(Difference::Row { opened, views, log });
        found.len() < LISTED
    })
    .await?;
    merge(views.notifications(), log.notifications(), |key, views, log| {
        found.push(Difference::Cell { key, views, log });
        found.len() < LISTED
    })
    .await?;
    merge(views.cells(), log.cells(), |key, views, log| {
        found.push(Difference::Cell { key, views, log });
        found.len() < LISTED
    })
    .await?;
    merge(views.facts(), log.facts(), |(opened, ..), views, log| {
        found.push(Difference::Row { opened, views, log });
        found.len() < LISTED
    })
    .await?;
    merge(views.tallies(), log.tallies(), |key, views, log| {
        found.push(Difference::Cell { key, views, log });
        found.len() < LISTED
    })
    .await?;
    merge(views.words(), log.words(), |word, views, log| {
        found.push(Difference::Word { word, views, log });
        found.len() < LISTED
    })
    .await?;
    Ok(found)
}

/// Walks two lists in the order of their keys and tells what only one of them has, or both differently.
async fn merge<K: Ord>(
    left: impl Stream<Item = Result<(K, String), ViewsError>>,
    right: impl Stream<Item = Result<(K, String), ViewsError>>,
    mut differ: impl FnMut(K, Option<String>, Option<String>) -> bool,
) -> Result<(), ViewsError> {
    let (mut left, mut right) = (std::pin::pin!(left.peekable()), std::pin::pin!(right.peekable()));
    loop {
        let side = match (left.as_mut().peek().await, right.as_mut().peek().await) {
            (None, None) => return Ok(()),
            (Some(Ok((left, _))), Some(Ok((right, _)))) => left.cmp(right),
            // An error is taken out below.
            (Some(_), None) | (Some(Err(_)), _) => Ordering::Less,
            (None, Some(_)) | (_, Some(Err(_))) => Ordering::Greater,
        };
        let ours = if side.is_le() { left.next().await.transpose()? } else { None };
        let theirs = if side.is_ge() { right.next().await.transpose()? } else { None };
        let go_on = match (ours, theirs) {
            (Some((_, ours)), Some((_, theirs))) if ours == theirs => true,
            (Some((key, ours)), Some((_, theirs))) => differ(key, Some(ours), Some(theirs)),
            (Some((key, ours)), None) => differ(key, Some(ours), None),
            (None, Some((key, theirs))) => differ(key, None, Some(theirs)),
            (None, None) => true,
        };
        if !go_on {
            return Ok(());
        }
    }
}
