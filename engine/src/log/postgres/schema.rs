//! Makes the tables, or sees that they are those this program knows.

use sqlx::{Executor, PgConnection, PgPool};
use uuid::Uuid;

use crate::log::StoreError;
use crate::log::column::{self, SCHEMA_VERSION};

/// Once returned, the schema holds a log of this jurisdiction in a version that this program knows.
pub(super) async fn prepare(pool: &PgPool, jurisdiction: &str) -> Result<(), StoreError> {
    let mut tx = pool.begin().await?;
    // Nodes that start together make the tables once.
    sqlx::query(
        "SELECT pg_advisory_xact_lock(hashtextextended('whistlepost schema ' || current_schema(), 0))",
    )
    .execute(&mut *tx)
    .await?;
    if !exists(&mut tx).await? {
        create(&mut tx, jurisdiction).await?;
    }
    let (version, found): (i64, String) =
        sqlx::query_as("SELECT schema_version, jurisdiction FROM log").fetch_one(&mut *tx).await?;
    column::welcome(version, &found, jurisdiction)?;
    Ok(tx.commit().await?)
}

async fn exists(db: &mut PgConnection) -> Result<bool, StoreError> {
    let exists = sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'log')",
    );
    Ok(exists.fetch_one(db).await?)
}

async fn create(db: &mut PgConnection, jurisdiction: &str) -> Result<(), StoreError> {
    db.execute(include_str!("schema.sql")).await?;
    sqlx::query("INSERT INTO log VALUES (1, $1, $2, 1, 0, decode(repeat('00', 32), 'hex'), $3)")
        .bind(Uuid::new_v4())
        .bind(jurisdiction)
        .bind(SCHEMA_VERSION)
        .execute(db)
        .await?;
    Ok(())
}
