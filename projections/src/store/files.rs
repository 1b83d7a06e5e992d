//! The files behind the views: the database, its journal, and a new edition beside them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::{ConnectOptions, Connection};
use tokio::time::Instant;

use super::{ViewsError, open};

/// Somebody else is writing: `SQLITE_BUSY`, plain, in recovery and as a stale snapshot.
pub(super) const BUSY_CODES: [&str; 3] = ["5", "261", "517"];

/// How long somebody who has a file open is given to close it.
const LET_GO: Duration = Duration::from_millis(500);

/// `views.db` → `views.new.db`
pub(crate) fn beside(path: &Path, word: &str) -> PathBuf {
    path.with_extension(format!("{word}.db"))
}

/// Removes a database with its journal; one that is not there is no fault.
pub(crate) async fn remove(path: &Path) -> Result<(), ViewsError> {
    for file in [path.to_owned(), sidecar(path, "-wal"), sidecar(path, "-shm")] {
        match tokio::fs::remove_file(file).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// Removes a database that no other program has open.
///
/// # Errors
/// [`ViewsError::InUse`].
pub(super) async fn discard(path: &Path) -> Result<(), ViewsError> {
    merge_journal(path).await?;
    remove(path).await
}

/// Puts the new database in the place of the old one, in one step.
///
/// # Errors
/// [`ViewsError::InUse`]: the old one is still open somewhere else.
pub(crate) async fn replace(old: &Path, new: &Path) -> Result<(), ViewsError> {
    merge_journal(new).await?;
    // A journal left of the old file would be taken for one of the new.
    if tokio::fs::try_exists(sidecar(old, "-wal")).await? {
        match merge_journal(old).await {
            Err(ViewsError::Database(error)) if is_broken(&error) => remove(old).await?,
            other => other?,
        }
    }
    tokio::fs::rename(new, old).await?;
    Ok(())
}

/// Leaves journal mode, which only the last user of a file can: proof that nobody else has it open.
/// SQLite does not wait here for one that is about to close it, so we do.
async fn merge_journal(path: &Path) -> Result<(), ViewsError> {
    let give_up = Instant::now() + LET_GO;
    loop {
        let options = open::options(path).busy_timeout(LET_GO);
        let mut connection = options.connect().await?;
        let mode: Result<String, _> =
            sqlx::query_scalar("PRAGMA journal_mode = DELETE").fetch_one(&mut connection).await;
        connection.close().await?;
        match mode {
            Ok(mode) if mode == "delete" => return Ok(()),
            Err(error) if !has_code(&error, &BUSY_CODES) => return Err(error.into()),
            _ if Instant::now() >= give_up => return Err(ViewsError::InUse),
            _ => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// What cannot be read as a database at all holds nothing worth keeping.
fn is_broken(error: &sqlx::Error) -> bool {
    has_code(error, &["11", "26"])
}

pub(super) fn has_code(error: &sqlx::Error, codes: &[&str]) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| codes.contains(&code.as_ref()))
}

pub(super) fn sidecar(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
