//! How far the log is folded, and who may fold on.

use sqlx::{Row, SqliteConnection};

use super::{Views, ViewsError, codec};

/// How far the log is folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// Position of the last event that was taken.
    pub position: u64,
    /// Hash of the log there: its chain's head, kept outside the log.
    pub hash: [u8; 32],
    /// Grows with every claim.
    pub epoch: u64,
}

/// The right to fold on, until somebody else claims it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The epoch that was claimed.
    pub epoch: u64,
    /// Where to fold on.
    pub position: u64,
}

impl Views {
    /// How far the log is folded.
    ///
    /// # Errors
    /// The store failed.
    pub async fn checkpoint(&self) -> Result<Checkpoint, ViewsError> {
        read(&mut *self.reader().await?).await
    }

    /// Takes over: whoever folded before is fenced off and stops at its next page.
    ///
    /// # Errors
    /// The store failed.
    pub async fn claim(&self) -> Result<Claim, ViewsError> {
        let mut writer = self.writer().await?;
        sqlx::query("UPDATE checkpoint SET epoch = epoch + 1 WHERE name = 'cases'")
            .execute(&mut *writer)
            .await?;
        let Checkpoint { position, epoch, .. } = read(&mut writer).await?;
        Ok(Claim { epoch, position })
    }
}

pub(super) async fn read(connection: &mut SqliteConnection) -> Result<Checkpoint, ViewsError> {
    let row = sqlx::query("SELECT position, hash, epoch FROM checkpoint WHERE name = 'cases'")
        .fetch_one(connection)
        .await?;
    let hash: Vec<u8> = row.try_get("hash")?;
    Ok(Checkpoint {
        position: codec::unsigned(row.try_get("position")?),
        hash: hash.try_into().map_err(|_| ViewsError::Unreadable("checkpoint".to_owned()))?,
        epoch: codec::unsigned(row.try_get("epoch")?),
    })
}

/// Moves on from the claimed position.
///
/// # Errors
/// [`ViewsError::Superseded`] for a claim that is no longer good: nothing may be committed.
pub(super) async fn advance(
    connection: &mut SqliteConnection,
    claim: &Claim,
    position: u64,
    hash: [u8; 32],
) -> Result<(), ViewsError> {
    let moved = sqlx::query(
        "UPDATE checkpoint SET position = ?, hash = ? WHERE name = 'cases' AND epoch = ? AND position = ?",
    )
    .bind(codec::signed(position))
    .bind(hash.to_vec())
    .bind(codec::signed(claim.epoch))
    .bind(codec::signed(claim.position))
    .execute(connection)
    .await?;
    if moved.rows_affected() == 1 { Ok(()) } else { Err(ViewsError::Superseded) }
}

impl Views {
    /// By which tree of units the paths were written; none before the first event.
    pub(crate) async fn paths(&self) -> Result<Option<[u8; 32]>, ViewsError> {
        let hash: Vec<u8> = sqlx::query_scalar("SELECT hash FROM checkpoint WHERE name = 'paths'")
            .fetch_one(&mut *self.reader().await?)
            .await?;
        let hash: [u8; 32] = hash.try_into().map_err(|_| ViewsError::Unreadable("paths".to_owned()))?;
        Ok(Some(hash).filter(|hash| hash != &[0; 32]))
    }

    /// From the first event on they are written by this tree.
    pub(crate) async fn note_paths(&self, paths: [u8; 32]) -> Result<(), ViewsError> {
        note_paths(&mut *self.writer().await?, paths).await
    }
}

pub(super) async fn note_paths(connection: &mut SqliteConnection, paths: [u8; 32]) -> Result<(), ViewsError> {
    sqlx::query("UPDATE checkpoint SET hash = ? WHERE name = 'paths'")
        .bind(paths.to_vec())
        .execute(connection)
        .await?;
    Ok(())
}
