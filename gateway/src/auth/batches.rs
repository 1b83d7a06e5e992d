//! 成批办理: what a person asked of many cases at once. It is held for a moment, in which it can be taken
//! back, then carried out case by case; each keeps its outcome.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{AccountError, Accounts};

/// How long a batch is held: long enough to see a mistake, short enough not to be waited for.
pub const HELD: SignedDuration = SignedDuration::from_secs(10);

/// Where a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchState {
    /// Nothing was done yet, and it can be taken back.
    Held,
    /// It was taken back: nothing was done.
    TakenBack,
    /// It is being carried out.
    Running,
    /// Every case has its outcome.
    Done,
}

impl BatchState {
    /// The word in the store and on pages' attributes.
    pub fn as_str(self) -> &'static str {
        match self {
            BatchState::Held => "held",
            BatchState::TakenBack => "taken_back",
            BatchState::Running => "running",
            BatchState::Done => "done",
        }
    }

    fn parse(word: &str) -> BatchState {
        match word {
            "held" => BatchState::Held,
            "taken_back" => BatchState::TakenBack,
            "running" => BatchState::Running,
            _ => BatchState::Done,
        }
    }
}

/// What was asked of many cases at once.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Its id: command ids are made of it, so that nothing is done twice.
    pub id: Uuid,
    /// Who asked.
    pub account: String,
    /// The command's name in addresses.
    pub action: String,
    /// What the form said; emptied when it is done.
    pub fields: Vec<(String, String)>,
    /// Carried out from then on.
    pub from_at: Timestamp,
    /// Where it is.
    pub state: BatchState,
    /// How many cases it is about.
    pub cases: u64,
}

/// What became of one case of a batch; an empty outcome: not its turn yet.
#[derive(Debug, Clone)]
pub struct BatchCase {
    /// Place in the batch.
    pub place: i64,
    /// Its number.
    pub case_no: String,
    /// `done`, `already`, or the code of a refusal.
    pub outcome: String,
    /// What the refusal is about.
    pub about: String,
}

type Row = (String, String, String, String, i64, String, i64);
const COLUMNS: &str = "SELECT id, account, action, fields, from_at, state, \
    (SELECT COUNT(*) FROM batch_cases WHERE batch = batches.id) FROM batches";

fn batch((id, account, action, fields, from_at, state, cases): Row) -> Option<Batch> {
    Some(Batch {
        id: Uuid::parse_str(&id).ok()?,
        account,
        action,
        fields: serde_json::from_str(&fields).unwrap_or_default(),
        from_at: Timestamp::from_second(from_at).ok()?,
        state: BatchState::parse(&state),
        cases: u64::try_from(cases).unwrap_or_default(),
    })
}

impl Accounts {
    /// Keeps a batch, held from now; all of it or nothing.
    ///
    /// # Errors
    /// The store failed.
    pub async fn keep_batch(
        &self,
        batch: &Batch,
        cases: &[String],
        now: Timestamp,
    ) -> Result<(), AccountError> {
        let mut one = self.pool().begin().await?;
        sqlx::query(
            "INSERT INTO batches (id, account, action, fields, asked_at, from_at, state) \
             VALUES ($1, $2, $3, $4, $5, $6, 'held')",
        )
        .bind(batch.id.to_string())
        .bind(&batch.account)
        .bind(&batch.action)
        .bind(serde_json::to_string(&batch.fields).unwrap_or_default())
        .bind(now.as_second())
        .bind(batch.from_at.as_second())
        .execute(&mut *one)
        .await?;
        for (place, case_no) in (0_i64..).zip(cases) {
            sqlx::query("INSERT INTO batch_cases (batch, place, case_no) VALUES ($1, $2, $3)")
                .bind(batch.id.to_string())
                .bind(place)
                .bind(case_no)
                .execute(&mut *one)
                .await?;
        }
        one.commit().await?;
        Ok(())
    }

    /// Somebody's batch.
    ///
    /// # Errors
    /// The store failed.
    pub async fn batch(&self, account: &str, id: Uuid) -> Result<Option<Batch>, AccountError> {
        let row: Option<Row> = sqlx::query_as(&format!("{COLUMNS} WHERE id = $1 AND account = $2"))
            .bind(id.to_string())
            .bind(account)
            .fetch_optional(self.pool())
            .await?;
        Ok(row.and_then(batch))
    }

    /// Somebody's latest batches.
    ///
    /// # Errors
    /// The store failed.
    pub async fn batches(&self, account: &str) -> Result<Vec<Batch>, AccountError> {
        let rows: Vec<Row> =
            sqlx::query_as(&format!("{COLUMNS} WHERE account = $1 ORDER BY asked_at DESC, id LIMIT 20"))
                .bind(account)
                .fetch_all(self.pool())
                .await?;
        Ok(rows.into_iter().filter_map(batch).collect())
    }

    /// The cases of a batch, in their order; only those without an outcome, or all.
    ///
    /// # Errors
    /// The store failed.
    pub async fn batch_cases(&self, id: Uuid, open_only: bool) -> Result<Vec<BatchCase>, AccountError> {
        let only = if open_only { "AND outcome = '' " } else { "" };
        let rows: Vec<(i64, String, String, String)> = sqlx::query_as(&format!(
            "SELECT place, case_no, outcome, about FROM batch_cases WHERE batch = $1 {only}ORDER BY place"
        ))
        .bind(id.to_string())
        .fetch_all(self.pool())
        .await?;
        let case = |(place, case_no, outcome, about)| BatchCase { place, case_no, outcome, about };
        Ok(rows.into_iter().map(case).collect())
    }

    /// Takes a batch back while it is held; whether that was still possible.
    ///
    /// # Errors
    /// The store failed.
    pub async fn take_batch_back(&self, account: &str, id: Uuid) -> Result<bool, AccountError> {
        let taken = sqlx::query(
            "UPDATE batches SET state = 'taken_back', fields = '[]' \
             WHERE id = $1 AND account = $2 AND state = 'held'",
        )
        .bind(id.to_string())
        .bind(account)
        .execute(self.pool())
        .await?;
        Ok(taken.rows_affected() > 0)
    }

    /// The next batch to carry out; from now on it can no longer be taken back.
    ///
    /// # Errors
    /// The store failed.
    pub async fn begin_batch(&self, now: Timestamp) -> Result<Option<Batch>, AccountError> {
        let row: Option<Row> = sqlx::query_as(&format!(
            "{COLUMNS} WHERE state IN ('held', 'running') AND from_at <= $1 ORDER BY from_at, id LIMIT 1"
        ))
        .bind(now.as_second())
        .fetch_optional(self.pool())
        .await?;
        let Some(mut batch) = row.and_then(batch) else { return Ok(None) };
        let begun =
            sqlx::query("UPDATE batches SET state = 'running' WHERE id = $1 AND state <> 'taken_back'")
                .bind(batch.id.to_string())
                .execute(self.pool())
                .await?;
        batch.state = BatchState::Running;
        // Taken back between the two statements: then there is nothing to carry out.
        Ok((begun.rows_affected() > 0).then_some(batch))
    }

    /// Notes what became of one case.
    ///
    /// # Errors
    /// The store failed.
    pub async fn note_outcome(
        &self,
        id: Uuid,
        place: i64,
        (outcome, about): (&str, &str),
    ) -> Result<(), AccountError> {
        sqlx::query("UPDATE batch_cases SET outcome = $3, about = $4 WHERE batch = $1 AND place = $2")
            .bind(id.to_string())
            .bind(place)
            .bind(outcome)
            .bind(about)
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Every case has its outcome: what was said is not kept longer.
    ///
    /// # Errors
    /// The store failed.
    pub async fn end_batch(&self, id: Uuid) -> Result<(), AccountError> {
        sqlx::query("UPDATE batches SET state = 'done', fields = '[]' WHERE id = $1")
            .bind(id.to_string())
            .execute(self.pool())
            .await?;
        Ok(())
    }
}
