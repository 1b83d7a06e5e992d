//! Saved views: a filter of the list of cases under a name, one's own or one's unit's.

use uuid::Uuid;

use super::{Account, AccountError, Accounts};

/// Most views that one account keeps.
const MOST: i64 = 50;

/// A filter with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedView {
    /// Its id.
    pub id: String,
    /// Whose.
    pub account: String,
    /// Everybody of the unit has it too.
    pub shared: bool,
    /// Its name.
    pub name: String,
    /// The filter, as the address of the list says it.
    pub query: String,
}

impl Accounts {
    /// Keeps a filter under a name; one of the same name of one's own is replaced.
    ///
    /// # Errors
    /// The store failed.
    pub async fn save_view(
        &self,
        account: &Account,
        (name, query): (&str, &str),
        shared: bool,
    ) -> Result<(), AccountError> {
        let mut one = self.pool().begin().await?;
        sqlx::query("DELETE FROM saved_views WHERE account = $1 AND name = $2")
            .bind(&account.name)
            .bind(name)
            .execute(&mut *one)
            .await?;
        sqlx::query(
            "INSERT INTO saved_views (id, account, unit, shared, name, query) \
             SELECT $1, $2, $3, $4, $5, $6 WHERE (SELECT COUNT(*) FROM saved_views WHERE account = $2) < $7",
        )
        .bind(Uuid::now_v7().to_string())
        .bind(&account.name)
        .bind(account.unit.as_str())
        .bind(i64::from(shared))
        .bind(name)
        .bind(query)
        .bind(MOST)
        .execute(&mut *one)
        .await?;
        one.commit().await?;
        Ok(())
    }

    /// One's own views and those that one's unit shares, by name.
    ///
    /// # Errors
    /// The store failed.
    pub async fn saved_views(&self, account: &Account) -> Result<Vec<SavedView>, AccountError> {
        let rows: Vec<(String, String, i64, String, String)> = sqlx::query_as(
            "SELECT id, account, shared, name, query FROM saved_views \
             WHERE account = $1 OR (shared = 1 AND unit = $2) ORDER BY name, id",
        )
        .bind(&account.name)
        .bind(account.unit.as_str())
        .fetch_all(self.pool())
        .await?;
        let view =
            |(id, account, shared, name, query)| SavedView { id, account, shared: shared == 1, name, query };
        Ok(rows.into_iter().map(view).collect())
    }

    /// Forgets one of one's own views.
    ///
    /// # Errors
    /// The store failed.
    pub async fn forget_view(&self, account: &Account, id: &str) -> Result<(), AccountError> {
        sqlx::query("DELETE FROM saved_views WHERE id = $1 AND account = $2")
            .bind(id)
            .bind(&account.name)
            .execute(self.pool())
            .await?;
        Ok(())
    }
}
