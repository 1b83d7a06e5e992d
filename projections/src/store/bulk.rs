//! A whole log into a new file: folded in memory, written in large pieces, indexed at the end.
//!
//! Nobody reads the file before it is complete, so nothing has to survive a crash on the way: it has no
//! journal and is forced to disk once, before it takes the old file's place.

use std::collections::{HashMap, HashSet};
use std::future::ready;
use std::path::Path;

use domain::ids::CaseId;
use domain::org::Org;
use sqlx::query_builder::QueryBuilder;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Sqlite, SqliteConnection};
use tokio::task::JoinHandle;

use super::{ViewsError, apply, checkpoint, codec, facts, open};
use crate::feed::FeedItem;
use crate::views::board::Deltas;
use crate::views::case_row::CaseRow;
use crate::views::page::{PageFold, case_of, opens};
use crate::views::tallies::Tallies;

/// Cases that are taken in before what is over of them is written.
const HELD: usize = if cfg!(test) { 3 } else { 4_096 };
/// Open cases, of which more is to come, that are kept in memory: about 300 MB. Beyond that they are
/// written too, and read back when they go on.
const OPEN: usize = if cfg!(test) { 2 } else { 200_000 };
/// The page cache, in KiB with a minus sign: what does not fit is read again for every index.
const CACHE: &str = "-131072";
/// Words gathered in memory before they are written, in bytes.
const WORDS: &str = "33554432";

/// A file in the making.
pub(crate) struct Bulk {
    /// Writes while the log is read and folded further.
    writing: JoinHandle<Result<Writer, ViewsError>>,
    fold: PageFold,
    parked: HashSet<String>,
    /// Cases in memory at which it is written again.
    full_at: usize,
    /// Where the rows lie that are written already.
    written: HashMap<CaseId, u64>,
    head: (u64, [u8; 32]),
    paths: [u8; 32],
}

/// Who writes the file. The numbers are added up and come last.
struct Writer {
    connection: SqliteConnection,
    deltas: Deltas,
    tallies: Tallies,
}

impl Bulk {
    /// Begins a new file.
    pub(crate) async fn create(path: &Path) -> Result<Self, ViewsError> {
        let writer = Writer::create(path).await?;
        Ok(Self {
            writing: tokio::spawn(ready(Ok(writer))),
            fold: PageFold::default(),
            parked: HashSet::new(),
            full_at: HELD,
            written: HashMap::new(),
            head: (0, [0; 32]),
            paths: [0; 32],
        })
    }

    /// Position up to which the log was taken.
    pub(crate) fn position(&self) -> u64 {
        self.head.0
    }

    /// Takes the next piece of the log.
    pub(crate) async fn take(&mut self, items: &[FeedItem], org: &Org) -> Result<(), ViewsError> {
        let Some(last) = items.last() else { return Ok(()) };
        if self.head.0 == 0 {
            self.paths = org.paths();
        }
        self.fetch(items).await?;
        for item in items {
            self.fold.take(item, &mut self.parked, org);
        }
        self.head = (last.position, last.hash);
        if self.fold.len() >= self.full_at {
            self.write().await?;
        }
        Ok(())
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
        if wanted.is_empty() {
            return Ok(());
        }
        wanted.sort_unstable();
        wanted.dedup();
        let mut writer = self.writer().await?;
        self.fold.hold(writer.read(&wanted).await?);
        self.writing = tokio::spawn(ready(Ok(writer)));
        Ok(())
    }

    /// The writer, when it has written what it was given.
    async fn writer(&mut self) -> Result<Writer, ViewsError> {
        (&mut self.writing).await.map_err(std::io::Error::from)?
    }

    /// Has written what is over, and what is open too where that is too much.
    async fn write(&mut self) -> Result<(), ViewsError> {
        let mut writer = self.writer().await?;
        let all = self.fold.rows().filter(|row| row.life.is_open()).count() > OPEN;
        let part = self.fold.take_out(|row| all || !row.life.is_open());
        self.full_at = self.fold.len() + HELD;
        self.written.extend(part.rows().map(|row| (row.case_id, row.opened)));
        self.writing = tokio::spawn(async move { writer.write(part).await.map(|()| writer) });
        Ok(())
    }

    /// Writes what is left, and forces the file to disk.
    pub(crate) async fn finish(mut self, path: &Path) -> Result<(), ViewsError> {
        let mut writer = self.writer().await?;
        writer.write(self.fold).await?;
        writer.finish(self.head, self.paths).await?;
        tokio::fs::File::open(path).await?.sync_all().await?;
        Ok(())
    }
}

impl Writer {
    async fn create(path: &Path) -> Result<Self, ViewsError> {
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
        sqlx::query(&facts::table()).execute(&mut connection).await?;
        for (setting, value) in [("hashsize", WORDS), ("automerge", "0")] {
            let set = format!("INSERT INTO case_words (case_words, rank) VALUES ('{setting}', {value})");
            sqlx::query(&set).execute(&mut connection).await?;
        }
        // One transaction for all of it: what is written first is not forced out before what comes next.
        sqlx::query("BEGIN").execute(&mut connection).await?;
        Ok(Self { connection, deltas: Deltas::new(), tallies: Tallies::new() })
    }

    async fn read(&mut self, opened: &[u64]) -> Result<Vec<CaseRow>, ViewsError> {
        let mut rows = Vec::with_capacity(opened.len());
        for chunk in codec::chunks(opened) {
            let mut query = QueryBuilder::<Sqlite>::new(
                "SELECT body, state FROM case_bodies LEFT JOIN standing USING (opened) WHERE opened IN (",
            );
            let mut ids = query.separated(", ");
            for opened in chunk {
                ids.push_bind(codec::signed(*opened));
            }
            query.push(")");
            for row in query.build().fetch_all(&mut self.connection).await? {
                rows.push(codec::read_whole(&row)?);
            }
        }
        Ok(rows)
    }

    async fn write(&mut self, part: PageFold) -> Result<(), ViewsError> {
        let change = part.finish();
        apply::write(&mut self.connection, &change).await?;
        for (key, counts) in change.deltas {
            *self.deltas.entry(key).or_default() += counts;
        }
        for (key, tally) in change.tallies {
            *self.tallies.entry(key).or_default() += tally;
        }
        Ok(())
    }

    /// Everything that is made once, at the end.
    async fn finish(self, (position, hash): (u64, [u8; 32]), paths: [u8; 32]) -> Result<(), ViewsError> {
        let Self { mut connection, deltas, tallies } = self;
        apply::add(&mut connection, deltas).await?;
        facts::add(&mut connection, tallies).await?;
        for index in open::INDEXES.split_inclusive(';') {
            sqlx::query(index).execute(&mut connection).await?;
        }
        for (setting, value) in [("hashsize", "1048576"), ("automerge", "4")] {
            let set = format!("INSERT INTO case_words (case_words, rank) VALUES ('{setting}', {value})");
            sqlx::query(&set).execute(&mut connection).await?;
        }
        sqlx::query("UPDATE checkpoint SET position = ?, hash = ?, epoch = 1 WHERE name = 'cases'")
            .bind(codec::signed(position))
            .bind(hash.to_vec())
            .execute(&mut connection)
            .await?;
        checkpoint::note_paths(&mut connection, paths).await?;
        sqlx::query(&format!("PRAGMA user_version = {}", open::SCHEMA_VERSION))
            .execute(&mut connection)
            .await?;
        sqlx::query("COMMIT").execute(&mut connection).await?;
        connection.close().await?;
        Ok(())
    }
}
