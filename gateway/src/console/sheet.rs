//! A list as a file under way: its rows, its name, and the answer that carries it.

use std::sync::Arc;

use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;

use super::failed;
use super::when::Times;
use crate::auth::Reader;
use crate::files::table::{Cell, Table, TableFormat};
use crate::http::App;
use crate::http::problem::{EdgeCode, Problem};
use crate::http::visit::{Visit, url_encode};

/// Most rows of a file. Whoever needs more asks the command line.
pub(super) const MOST: usize = 200_000;
/// Files that are made at once: each holds its rows in memory while it is packed.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// A sheet under way, and the leave to make it.
pub(super) struct Sheet {
    format: TableFormat,
    table: Table<Vec<u8>>,
    rows: usize,
    _leave: tokio::sync::SemaphorePermit<'static>,
}

/// A file that is ready.
pub(super) struct File {
    bytes: Vec<u8>,
    name: String,
    plain: String,
}

impl Sheet {
    pub async fn new(columns: &[&'static str]) -> Result<Self, Problem> {
        Self::of(TableFormat::Xlsx, columns).await
    }

    pub async fn of(format: TableFormat, columns: &[&'static str]) -> Result<Self, Problem> {
        let leave = AT_ONCE.acquire().await.map_err(|error| Problem::inside("no leave to export", &error))?;
        let table = Table::new(format, columns, Vec::new()).map_err(|error| unwritten(&error))?;
        Ok(Self { format, table, rows: 0, _leave: leave })
    }

    pub fn add(&mut self, rows: impl Iterator<Item = Vec<Cell>>) -> Result<(), Problem> {
        for row in rows {
            self.rows += 1;
            if self.rows > MOST {
                return Err(Problem::from(EdgeCode::TooManyRows).about(self.rows));
            }
            self.table.add(&row).map_err(|error| unwritten(&error))?;
        }
        Ok(())
    }

    /// Packs it, on a thread where that keeps nobody else waiting.
    pub async fn finish(self, zh: &'static str, en: &'static str, times: &Times) -> Result<File, Problem> {
        let Sheet { format, mut table, _leave: leave, .. } = self;
        table.name(times.l.t(zh, en)).map_err(|error| unwritten(&error))?;
        let end = if format == TableFormat::Csv { "csv" } else { "xlsx" };
        let packed = tokio::task::spawn_blocking(move || {
            let _leave = leave;
            table.into_bytes()
        });
        let bytes = packed
            .await
            .map_err(|error| Problem::inside("a file could not be made", &error))?
            .map_err(|error| unwritten(&error))?;
        let day = times.now.to_zoned(times.zone.clone()).strftime("%Y%m%d-%H%M").to_string();
        let name = format!("{}-{day}.{end}", times.l.t(zh, en));
        Ok(File { bytes, name, plain: format!("{en}-{day}.{end}") })
    }
}

fn unwritten(error: &std::io::Error) -> Problem {
    Problem::inside("a file could not be written", error)
}

pub(super) async fn answer(
    app: &Arc<App>,
    visit: &Visit,
    reader: &Reader,
    made: Result<File, Problem>,
) -> Response {
    let File { bytes, name, plain } = match made {
        Ok(file) => file,
        Err(problem) if visit.bearer => return problem.into_response(),
        Err(problem) => return failed(app, visit, Some(reader), problem).await,
    };
    let disposition = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", url_encode(&name));
    let kind = if plain.ends_with(".csv") {
        "text/csv; charset=utf-8"
    } else {
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    };
    let headers = [
        (CONTENT_TYPE, kind.to_owned()),
        (CONTENT_DISPOSITION, disposition),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, bytes).into_response()
}
