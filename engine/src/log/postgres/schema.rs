//! Makes the tables, brings older ones up to this program, or sees that they are those it knows.

use sqlx::{Executor, PgConnection, PgPool};
use uuid::Uuid;

use crate::log::StoreError;
use crate::log::column;

/// Each brings the tables on by one version; what has been published is never changed.
const MIGRATIONS: [&str; 2] =
    [include_str!("migrations/0001_log.sql"), include_str!("migrations/0002_leases.sql")];
/// Functions, put in place anew at every start: each `CREATE OR REPLACE`, outside the numbered
/// migrations. One whose arguments or meaning change gets a new name, for nodes of both versions
/// may run side by side.
const FUNCTIONS: [&str; 1] = [include_str!("append.sql")];

/// Once returned, the schema holds a log of this jurisdiction in a version that this program knows.
pub(super) async fn prepare(pool: &PgPool, jurisdiction: &str) -> Result<(), StoreError> {
    let mut tx = pool.begin().await?;
    // Nodes that start together make the tables once.
    sqlx::query(
        "SELECT pg_advisory_xact_lock(hashtextextended('whistlepost schema ' || current_schema(), 0))",
    )
    .execute(&mut *tx)
    .await?;
    migrate(&mut tx, jurisdiction).await?;
    for function in FUNCTIONS {
        tx.execute(function).await?;
    }
    Ok(tx.commit().await?)
}

async fn migrate(db: &mut PgConnection, jurisdiction: &str) -> Result<(), StoreError> {
    let found = if exists(db).await? { version(db, jurisdiction).await? } else { 0 };
    for (before, migration) in (0_i64..).zip(MIGRATIONS).skip_while(|(before, _)| *before < found) {
        db.execute(migration).await?;
        if before == 0 {
            create(db, jurisdiction).await?;
        }
        sqlx::query("UPDATE log SET schema_version = $1").bind(before + 1).execute(&mut *db).await?;
    }
    Ok(())
}

/// The version of the tables; refused are a newer one and the log of another jurisdiction.
async fn version(db: &mut PgConnection, jurisdiction: &str) -> Result<i64, StoreError> {
    let (version, found): (i64, String) =
        sqlx::query_as("SELECT schema_version, jurisdiction FROM log").fetch_one(db).await?;
    column::welcome((version, MIGRATIONS.len()), (&found, jurisdiction))?;
    Ok(version)
}

async fn exists(db: &mut PgConnection) -> Result<bool, StoreError> {
    let exists = sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'log')",
    );
    Ok(exists.fetch_one(db).await?)
}

async fn create(db: &mut PgConnection, jurisdiction: &str) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO log VALUES (1, $1, $2, 1, 0, decode(repeat('00', 32), 'hex'), 1)")
        .bind(Uuid::new_v4())
        .bind(jurisdiction)
        .execute(db)
        .await?;
    Ok(())
}
