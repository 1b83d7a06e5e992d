//! Makes the tables, brings older ones up to this program, or sees that they are those it knows.

use sqlx::{ConnectOptions, Connection, Executor, PgConnection, PgPool};
use tracing::{info, warn};
use uuid::Uuid;

use super::options::{PostgresOptions, quoted};
use crate::log::StoreError;
use crate::log::column;

/// Each brings the tables on by one version; what has been published is never changed.
const MIGRATIONS: [&str; 6] = [
    include_str!("migrations/0001_log.sql"),
    include_str!("migrations/0002_leases.sql"),
    include_str!("migrations/0003_parked.sql"),
    include_str!("migrations/0004_deadlines_in_order.sql"),
    include_str!("migrations/0005_rows.sql"),
    include_str!("migrations/0006_checks.sql"),
];
/// Functions, put in place anew at every start, each by `CREATE OR REPLACE`: outside the numbered
/// migrations. One whose arguments or meaning change gets a new name, for nodes of both versions
/// may run side by side.
const FUNCTIONS: &[(&str, &str)] = &[("append_batch", include_str!("append.sql"))];

/// What the application's role may do with each table: append to what lasts, change what is derived.
const GRANTS: [(&str, &str); 7] = [
    ("events", "SELECT, INSERT"),
    ("receipts", "SELECT, INSERT"),
    ("case_keys", "SELECT, INSERT"),
    ("deadlines", "SELECT, INSERT, UPDATE, DELETE"),
    ("leases", "SELECT, INSERT, UPDATE"),
    ("parked", "SELECT, INSERT, DELETE"),
    ("log", "SELECT, UPDATE (head_position, head_hash)"),
];

/// Once returned, the schema holds a log of this jurisdiction in a version that this program knows,
/// and the application's role may use it.
pub(super) async fn prepare(
    pool: &PgPool,
    options: &PostgresOptions,
    jurisdiction: &str,
) -> Result<(), StoreError> {
    let role: String = sqlx::query_scalar("SELECT current_user::text").fetch_one(pool).await?;
    if let Some(owner) = options.owner()? {
        let mut owner = owner.connect().await?;
        own(&mut owner, options.schema.as_deref(), jurisdiction, &role).await?;
        return Ok(owner.close().await?);
    }
    let mut connection = pool.acquire().await?;
    if may_only_use(&mut connection).await? {
        info!(role, "the log is opened by a role that may not change its tables; no owner_url is given");
        return check(&mut connection, jurisdiction, &role).await;
    }
    if !may_make(&mut connection).await? {
        return Err(StoreError::TablesMissing(role));
    }
    warn!(role, "one database role makes the tables and writes: it could take their guards away");
    own(&mut connection, options.schema.as_deref(), jurisdiction, &role).await
}

/// Whether the tables are there and are somebody else's.
async fn may_only_use(db: &mut PgConnection) -> Result<bool, StoreError> {
    let others = sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass('log')
         AND NOT pg_has_role(relowner, 'USAGE'))",
    );
    Ok(others.fetch_one(db).await?)
}

/// Whether this role may make tables, or the schema that they shall be in.
async fn may_make(db: &mut PgConnection) -> Result<bool, StoreError> {
    let may = sqlx::query_scalar(
        "SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'),
         has_database_privilege(current_database(), 'CREATE'))",
    );
    Ok(may.fetch_one(db).await?)
}

/// Brings the tables up to this program; nodes that start together do it once.
async fn own(
    db: &mut PgConnection,
    schema: Option<&str>,
    jurisdiction: &str,
    role: &str,
) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('whistlepost schema', 0))")
        .execute(&mut *tx)
        .await?;
    if let Some(schema) = schema {
        tx.execute(format!("CREATE SCHEMA IF NOT EXISTS {}", quoted(schema)).as_str()).await?;
    }
    migrate(&mut tx, jurisdiction).await?;
    for (_, function) in FUNCTIONS {
        tx.execute(*function).await?;
    }
    let owner: String = sqlx::query_scalar("SELECT current_user::text").fetch_one(&mut *tx).await?;
    if owner != role {
        grant(&mut tx, role).await?;
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

/// Exactly what it needs, whatever it was granted before.
async fn grant(db: &mut PgConnection, role: &str) -> Result<(), StoreError> {
    let schema: String = sqlx::query_scalar("SELECT current_schema()::text").fetch_one(&mut *db).await?;
    let (schema, role) = (quoted(&schema), quoted(role));
    let mut statements = format!("GRANT USAGE ON SCHEMA {schema} TO {role};");
    for (table, rights) in GRANTS {
        statements
            .push_str(&format!("REVOKE ALL ON {table} FROM {role}; GRANT {rights} ON {table} TO {role};"));
    }
    for (function, _) in FUNCTIONS {
        statements.push_str(&format!("GRANT EXECUTE ON FUNCTION {function} TO {role};"));
    }
    db.execute(statements.as_str()).await?;
    Ok(())
}

/// Sees that the owner has brought the tables up to this program.
async fn check(db: &mut PgConnection, jurisdiction: &str, role: &str) -> Result<(), StoreError> {
    let version = version(db, jurisdiction).await?;
    let mut missing = usize::try_from(version).is_ok_and(|version| version < MIGRATIONS.len());
    for (function, _) in FUNCTIONS {
        let here = sqlx::query_scalar("SELECT to_regproc($1) IS NOT NULL").bind(function);
        let here: bool = here.fetch_one(&mut *db).await?;
        missing |= !here;
    }
    if missing {
        return Err(StoreError::Broken(format!(
            "the log's tables are older than this program, and role {role} may not change them: \
             start it once with the owner's owner_url"
        )));
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
