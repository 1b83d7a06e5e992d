//! Who has a case open just now, and who is writing: kept with the accounts, so that people on two gateways
//! know of each other. It runs out by itself, and nothing of it is history.

use jiff::{SignedDuration, Timestamp};
use tokio::sync::broadcast;

use super::{AccountError, Accounts};

/// A page that says no more is closed after this.
pub const LOOKS: SignedDuration = SignedDuration::from_secs(45);

/// Somebody who has the case open too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// Name on pages.
    pub display: String,
    /// Is filling in a form.
    pub typing: bool,
}

impl Accounts {
    /// Notes that somebody has a case open. Those on this node who have it open too are told when that is new.
    ///
    /// # Errors
    /// The store failed.
    pub async fn look(
        &self,
        case_no: &str,
        account: &str,
        typing: bool,
        now: Timestamp,
    ) -> Result<(), AccountError> {
        let before: Option<(i64,)> =
            sqlx::query_as("SELECT typing FROM presence WHERE case_no = $1 AND account = $2 AND until >= $3")
                .bind(case_no)
                .bind(account)
                .bind(now.as_second())
                .fetch_optional(self.pool())
                .await?;
        sqlx::query(
            "INSERT INTO presence (case_no, account, typing, until) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (case_no, account) DO UPDATE SET typing = excluded.typing, until = excluded.until",
        )
        .bind(case_no)
        .bind(account)
        .bind(i64::from(typing))
        .bind((now + LOOKS).as_second())
        .execute(self.pool())
        .await?;
        if before != Some((i64::from(typing),)) {
            sqlx::query("DELETE FROM presence WHERE until < $1")
                .bind(now.as_second())
                .execute(self.pool())
                .await?;
            self.tell(case_no);
        }
        Ok(())
    }

    /// Notes that somebody closed it.
    ///
    /// # Errors
    /// The store failed.
    pub async fn look_away(&self, case_no: &str, account: &str) -> Result<(), AccountError> {
        sqlx::query("DELETE FROM presence WHERE case_no = $1 AND account = $2")
            .bind(case_no)
            .bind(account)
            .execute(self.pool())
            .await?;
        self.tell(case_no);
        Ok(())
    }

    /// Who else has it open.
    ///
    /// # Errors
    /// The store failed.
    pub async fn others(
        &self,
        case_no: &str,
        account: &str,
        now: Timestamp,
    ) -> Result<Vec<Other>, AccountError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT display, typing FROM presence JOIN accounts ON accounts.name = presence.account \
             WHERE case_no = $1 AND account <> $2 AND until >= $3 ORDER BY display LIMIT 5",
        )
        .bind(case_no)
        .bind(account)
        .bind(now.as_second())
        .fetch_all(self.pool())
        .await?;
        Ok(rows.into_iter().map(|(display, typing)| Other { display, typing: typing == 1 }).collect())
    }

    /// Numbers of cases at which somebody came, went, or began to write, on this node.
    pub fn looks(&self) -> broadcast::Receiver<String> {
        self.looked().subscribe()
    }

    fn tell(&self, case_no: &str) {
        // Nobody may be listening.
        let _ = self.looked().send(case_no.to_owned());
    }
}
