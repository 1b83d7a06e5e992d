//! A whole log into a new file: folded in memory, written in large pieces, indexed at the end.
//!
//! Nobody reads the file before it is complete, so nothing has to survive a crash on the way: it has no
//! journal and is forced to disk once, before it takes the old file's place.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use domain::ids::CaseId;
use domain::org::Org;
use sqlx::query_builder::QueryBuilder;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Sqlite, SqliteConnection};

use super::{ViewsError, apply, codec, open};
use crate::feed::FeedItem;
use crate::views::board::Deltas;
use crate::views::case_row::CaseRow;
use crate::views::page::{PageFold, case_of, opens};

/// Rows held in memory before they are written: about 100 MB.
const HELD: usize = if cfg!(test) { 3 } else { 50_000 };
/// The page cache, in KiB with a minus sign: what does not fit is read again for every index.
const CACHE: &str = "-131072";
/// Words gathered in memory before they are written, in bytes.
const WORDS: &str = "33554432";

/// A file in the making.
pub(crate) struct Bulk {
    connection: SqliteConnection,
    fold: PageFold,
    parked: HashSet<String>,
    deltas: Deltas,
    /// Where the rows lie that are written already.
    written: HashMap<CaseId, u64>,
    head: (u64, [u8; 32]),
}

impl Bulk {
    /// Begins a new file.
    pub(crate) async fn create(path: &Path) -> Result<Self, ViewsError> {
        let mut connection = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Off)
            .synchronous(SqliteSynchronous::Off)
            .locking_mode(SqliteLockingMode::Exclusive)
            .pragma("temp_store", "MEMORY")
            .pragma("cache_size", CACHE)
            .connect()
            .await?;
        sqlx::query(open::SCHEMA).execute(&mut connection).await?;
        for (setting, value) in [("hashsize", WORDS), ("automerge", "0")] {
            let set = format!("INSERT INTO case_words (case_words, rank) VALUES ('{setting}', {value})");
            sqlx::query(&set).execute(&mut connection).await?;
        }
        Ok(Self {
            connection,
            fold: PageFold::default(),
            parked: HashSet::new(),
            deltas: Deltas::new(),
            written: HashMap::new(),
            head: (0, [0; 32]),
        })
    }

    /// Position up to which the log was taken.
    pub(crate) fn position(&self) -> u64 {
        self.head.0
    }

    /// Takes the next piece of the log.
    pub(crate) async fn take(&mut self, items: &[FeedItem], org: &Org) -> Result<(), ViewsError> {
        let Some(last) = items.last() else { return Ok(()) };
        self.fetch(items).await?;
        for item in items {
            self.fold.take(item, &mut self.parked, org);
        }
        self.head = (last.position, last.hash);
        if self.fold.len() >= HELD { self.write().await } else { Ok(()) }
    }

    /// Reads rows back that were written and go on now.
    async fn fetch(&mut self, items: &[FeedItem]) -> Result<(), ViewsError> {
        let mut wanted: Vec<u64> = items
            .iter()
            .filter(|item| !opens(item))
            .filter_map(case_of)
            .filter(|case| !self.fold.holds(*case))
            .filter_map(|case| self.written.get(&case).copied())
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        for chunk in codec::chunks(&wanted) {
            let mut query = QueryBuilder::<Sqlite>::new("SELECT body FROM case_bodies WHERE opened IN (");
            let mut ids = query.separated(", ");
            for opened in chunk {
                ids.push_bind(codec::signed(*opened));
            }
            query.push(")");
            let found = query.build().fetch_all(&mut self.connection).await?;
            let rows: Vec<CaseRow> = found.iter().map(codec::read).collect::<Result<_, _>>()?;
            self.fold.hold(rows);
        }
        Ok(())
    }

    async fn write(&mut self) -> Result<(), ViewsError> {
        let change = std::mem::take(&mut self.fold).finish();
        let mut transaction = self.connection.begin().await?;
        apply::write(&mut transaction, &change).await?;
        transaction.commit().await?;
        self.written.extend(change.rows.iter().map(|change| (change.row.case_id, change.row.opened)));
        for (key, counts) in change.deltas {
            *self.deltas.entry(key).or_default() += counts;
        }
        Ok(())
    }

    /// Writes what is left, and forces the file to disk.
    pub(crate) async fn finish(mut self, path: &Path) -> Result<(), ViewsError> {
        self.write().await?;
        let mut transaction = self.connection.begin().await?;
        apply::add(&mut transaction, std::mem::take(&mut self.deltas)).await?;
        for index in open::INDEXES.split_inclusive(';') {
            sqlx::query(index).execute(&mut *transaction).await?;
        }
        for (setting, value) in [("hashsize", "1048576"), ("automerge", "4")] {
            let set = format!("INSERT INTO case_words (case_words, rank) VALUES ('{setting}', {value})");
            sqlx::query(&set).execute(&mut *transaction).await?;
        }
        sqlx::query("UPDATE checkpoint SET position = ?, hash = ?, epoch = 1 WHERE name = 'cases'")
            .bind(codec::signed(self.head.0))
            .bind(self.head.1.to_vec())
            .execute(&mut *transaction)
            .await?;
        sqlx::query(&format!("PRAGMA user_version = {}", open::SCHEMA_VERSION))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        self.connection.close().await?;
        tokio::fs::File::open(path).await?.sync_all().await?;
        Ok(())
    }
}
