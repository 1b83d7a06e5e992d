//! The whole store as it stands at one moment, whatever is written meanwhile.

use std::sync::LazyLock;

use futures::{Stream, StreamExt, TryStreamExt};
use sqlx::pool::PoolConnection;
use sqlx::{Row, Sqlite, Transaction};

use super::checkpoint::{self, Checkpoint};
use super::{Views, ViewsError, codec};
use crate::metrics::Tally;

/// Rows and cells at one moment.
pub(crate) struct Snapshot {
    /// How far the log was folded.
    pub checkpoint: Checkpoint,
    transaction: Transaction<'static, Sqlite>,
}

impl Views {
    /// Holds the store as it stands now.
    pub(crate) async fn snapshot(&self) -> Result<Snapshot, ViewsError> {
        let reader: PoolConnection<Sqlite> = self.reader().await?;
        let mut transaction = Transaction::begin(reader, None).await?;
        let checkpoint = checkpoint::read(&mut transaction).await?;
        Ok(Snapshot { checkpoint, transaction })
    }
}

impl Snapshot {
    /// All rows as stored, by their first position.
    pub(crate) fn rows(&mut self) -> impl Stream<Item = Result<(i64, String), ViewsError>> {
        sqlx::query("SELECT opened, body FROM case_bodies ORDER BY opened")
            .fetch(&mut *self.transaction)
            .map_err(ViewsError::from)
            .map(|row| row.and_then(|row| Ok((row.try_get("opened")?, row.try_get("body")?))))
    }

    /// The folds of the cases themselves, by their first position.
    pub(crate) fn states(&mut self) -> impl Stream<Item = Result<(i64, String), ViewsError>> {
        sqlx::query("SELECT opened, open || ' ' || state AS state FROM standing ORDER BY opened")
            .fetch(&mut *self.transaction)
            .map_err(ViewsError::from)
            .map(|row| row.and_then(|row| Ok((row.try_get("opened")?, row.try_get("state")?))))
    }

    /// What all rows are searched by, by their first position.
    pub(crate) fn columns(&mut self) -> impl Stream<Item = Result<(i64, String), ViewsError>> {
        static ALL: LazyLock<String> = LazyLock::new(|| {
            format!("SELECT opened, {} AS columns FROM case_rows ORDER BY opened", codec::as_json())
        });
        sqlx::query(&ALL)
            .fetch(&mut *self.transaction)
            .map_err(ViewsError::from)
            .map(|row| row.and_then(|row| Ok((row.try_get("opened")?, row.try_get("columns")?))))
    }

    /// Every leg, by its case and number.
    pub(crate) fn legs(&mut self) -> impl Stream<Item = Result<((i64, i64), String), ViewsError>> {
        sqlx::query(
            "SELECT opened, leg, 'unit ' || unit || ' path ' || path || ' case ' || case_path || ' test ' || \
             test || ' open ' || open || ' due ' || due_at || ' running ' || running AS columns \
             FROM legs ORDER BY opened, leg",
        )
        .fetch(&mut *self.transaction)
        .map_err(ViewsError::from)
        .map(|row| {
            row.and_then(|row| Ok(((row.try_get("opened")?, row.try_get("leg")?), row.try_get("columns")?)))
        })
    }

    /// Every part, by its case and number.
    pub(crate) fn parts(&mut self) -> impl Stream<Item = Result<((i64, i64), String), ViewsError>> {
        sqlx::query(
            "SELECT opened, part, 'unit ' || unit || ' path ' || path || ' case ' || case_path || ' test ' || \
             test || ' open ' || open || ' asking ' || asking || ' due ' || due_at || ' running ' || running \
             AS columns FROM parts ORDER BY opened, part",
        )
        .fetch(&mut *self.transaction)
        .map_err(ViewsError::from)
        .map(|row| {
            row.and_then(|row| Ok(((row.try_get("opened")?, row.try_get("part")?), row.try_get("columns")?)))
        })
    }

    /// Everything that waits, by its case, kind and number.
    pub(crate) fn waits(&mut self) -> impl Stream<Item = Result<((i64, String), String), ViewsError>> {
        sqlx::query(
            "SELECT opened, what || ' ' || number AS place, 'path ' || path || ' test ' || test || ' due ' || \
             due_at || ' since ' || since AS columns FROM waits ORDER BY opened, place",
        )
        .fetch(&mut *self.transaction)
        .map_err(ViewsError::from)
        .map(|row| {
            row.and_then(|row| Ok(((row.try_get("opened")?, row.try_get("place")?), row.try_get("columns")?)))
        })
    }

    /// Every paper of supervision, by its case, kind and number.
    pub(crate) fn papers(&mut self) -> impl Stream<Item = Result<((i64, String), String), ViewsError>> {
        sqlx::query(
            "SELECT opened, kind || ' ' || number AS place, 'unit ' || unit || ' path ' || path || ' case ' || \
             case_path || ' test ' || test || ' state ' || state || ' open ' || open || ' due ' || due_at || \
             ' since ' || since AS columns FROM papers ORDER BY opened, place",
        )
        .fetch(&mut *self.transaction)
        .map_err(ViewsError::from)
        .map(|row| {
            row.and_then(|row| Ok(((row.try_get("opened")?, row.try_get("place")?), row.try_get("columns")?)))
        })
    }

    /// The folds of notifications, and who has them before them, by id.
    pub(crate) fn notifications(&mut self) -> impl Stream<Item = Result<(String, String), ViewsError>> {
        sqlx::query(
            "SELECT 'notification ' || hex(id) AS key, state || coalesce((SELECT group_concat(unit || role || account || \
             at || unread || withdrawn) FROM told WHERE told.id = notifications.id), '') || coalesce((SELECT \
             group_concat(number || channel || send_at || parked) FROM deliveries WHERE deliveries.id = \
             notifications.id), '') AS state FROM notifications ORDER BY key",
        )
        .fetch(&mut *self.transaction)
        .map_err(ViewsError::from)
        .map(|row| row.and_then(|row| Ok((row.try_get("key")?, row.try_get("state")?))))
    }

    /// All cells that count anything, as text, by their keys.
    pub(crate) fn cells(&mut self) -> impl Stream<Item = Result<(String, String), ViewsError>> {
        sqlx::query(
            "SELECT kind || ' ' || path || ' ' || name || ' ' || rung || ' ' || month AS key, \
             'total ' || total || ' open ' || open || ' closed ' || closed || ' on time ' || on_time || \
             ' late ' || late || ' reopened ' || reopened || ' escalated ' || escalated || \
             ' grid ' || grid || ' community ' || community || ' excluded ' || excluded AS counts FROM cells \
             WHERE (total, open, closed, on_time, late, reopened, escalated) <> (0, 0, 0, 0, 0, 0, 0) \
             ORDER BY key",
        )
        .fetch(&mut *self.transaction)
        .map_err(ViewsError::from)
        .map(|row| row.and_then(|row| Ok((row.try_get("key")?, row.try_get("counts")?))))
    }

    /// Every fact, by its case, number and first day.
    pub(crate) fn facts(&mut self) -> impl Stream<Item = Result<((i64, i64, i64), String), ViewsError>> {
        sqlx::query(
            "SELECT opened, number, since, 'until ' || until || ' past ' || past || ' day ' || day || ' path ' || path || \
             ' unit ' || unit || ' rung ' || rung || ' item ' || item || ' place ' || place || ' tally ' || hex(tally) \
             AS columns FROM facts ORDER BY opened, number, since",
        )
        .fetch(&mut *self.transaction)
        .map_err(ViewsError::from)
        .map(|row| {
            row.and_then(|row| {
                let key = (row.try_get("opened")?, row.try_get("number")?, row.try_get("since")?);
                Ok((key, row.try_get("columns")?))
            })
        })
    }

    /// All tallies that count anything, as text, by their keys.
    pub(crate) fn tallies(&mut self) -> impl Stream<Item = Result<(String, String), ViewsError>> {
        static ALL: LazyLock<String> = LazyLock::new(|| {
            let names = Tally::NAMES;
            format!(
                "SELECT kind || ' ' || path || ' ' || name || ' ' || rung || ' ' || month AS key, {} AS counts \
                 FROM tallies WHERE {} ORDER BY key",
                names.join(" || ' ' || "),
                names.join(" <> 0 OR ") + " <> 0"
            )
        });
        sqlx::query(&ALL)
            .fetch(&mut *self.transaction)
            .map_err(ViewsError::from)
            .map(|row| row.and_then(|row| Ok((row.try_get("key")?, row.try_get("counts")?))))
    }

    /// Every word that finds anything, with how many cases it finds.
    pub(crate) fn words(&mut self) -> impl Stream<Item = Result<(String, String), ViewsError>> {
        sqlx::query(
            "SELECT term, CAST(doc AS TEXT) AS found FROM case_vocabulary WHERE doc > 0 ORDER BY term",
        )
        .fetch(&mut *self.transaction)
        .map_err(ViewsError::from)
        .map(|row| row.and_then(|row| Ok((row.try_get("term")?, row.try_get("found")?))))
    }
}
