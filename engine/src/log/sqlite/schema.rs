//! Makes the tables, or sees that they are those this program knows.

use sqlx::{Executor, SqliteConnection, SqlitePool};
use uuid::Uuid;

use crate::log::column::{self, SCHEMA_VERSION};
use crate::log::StoreError;

/// Once returned, the file holds a log of this jurisdiction in a schema that this program knows.
pub(super) async fn prepare(writer: &SqlitePool, jurisdiction: &str) -> Result<(), StoreError> {
    // Turns the file itself; a connection option would ask for it again each time it opens.
    sqlx::query("PRAGMA journal_mode = WAL").execute(writer).await?;
    let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
    if !exists(&mut tx).await? {
        create(&mut tx, jurisdiction).await?;
    }
    let (version, found): (i64, String) =
        sqlx::query_as("SELECT schema_version, jurisdiction FROM log").fetch_one(&mut *tx).await?;
    column::welcome(version, &found, jurisdiction)?;
    Ok(tx.commit().await?)
}

async fn exists(db: &mut SqliteConnection) -> Result<bool, StoreError> {
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'log'")
        .fetch_one(db)
        .await?;
    Ok(tables > 0)
}

async fn create(db: &mut SqliteConnection, jurisdiction: &str) -> Result<(), StoreError> {
    db.execute(include_str!("schema.sql")).await?;
    sqlx::query("INSERT INTO log VALUES (1, ?, ?, 1, 0, zeroblob(32), ?)")
        .bind(Uuid::new_v4())
        .bind(jurisdiction)
        .bind(SCHEMA_VERSION)
        .execute(db)
        .await?;
    Ok(())
}
