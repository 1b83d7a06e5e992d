//! Sessions: a random token in a cookie, its hash in the file, an end when idle and an end for good.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use rand::RngCore;
use sha2::{Digest, Sha256};

use super::store::account;
use super::{Account, AccountError, Accounts};

/// A session that nobody uses ends after this.
const IDLE: SignedDuration = SignedDuration::from_hours(2);
/// A session ends after this in any case: a working day with its overtime.
const ABSOLUTE: SignedDuration = SignedDuration::from_hours(12);

/// A secret of 256 random bits; only its hash is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A new one.
    pub fn random() -> Token {
        let mut bytes = [0_u8; 32];
        rand::rng().fill_bytes(&mut bytes);
        Token(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// One that a client sent; none if it cannot be ours.
    pub fn parse(text: &str) -> Option<Token> {
        let plausible = text.len() == 43 && URL_SAFE_NO_PAD.decode(text).is_ok();
        plausible.then(|| Token(text.to_owned()))
    }

    /// For the cookie or the `Authorization` header.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// For the file.
    pub(super) fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.0.as_bytes()))
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The token that every form of this visit must carry: derived, so that it needs no storage,
/// and one-way, so that a page never holds the session itself.
pub fn csrf_token(visit: &Token) -> String {
    let digest =
        Sha256::new().chain_update(b"whistlepost form\0").chain_update(visit.0.as_bytes()).finalize();
    URL_SAFE_NO_PAD.encode(digest)
}

impl Accounts {
    /// Opens a session; what has run out is swept away on the occasion.
    ///
    /// # Errors
    /// The store failed.
    pub async fn start_session(&self, account: &Account, now: Timestamp) -> Result<Token, AccountError> {
        let token = Token::random();
        sqlx::query("DELETE FROM sessions WHERE created_at <= $1 OR seen_at <= $2")
            .bind((now - ABSOLUTE).as_second())
            .bind((now - IDLE).as_second())
            .execute(self.pool())
            .await?;
        sqlx::query(
            "INSERT INTO sessions (token_hash, account, created_at, seen_at) VALUES ($1, $2, $3, $3)",
        )
        .bind(token.hash())
        .bind(&account.name)
        .bind(now.as_second())
        .execute(self.pool())
        .await?;
        Ok(token)
    }

    /// Whose session it is, if it still runs; being used keeps it running.
    ///
    /// # Errors
    /// The store failed.
    pub async fn session(&self, token: &Token, now: Timestamp) -> Result<Option<Account>, AccountError> {
        let found: Option<(i64, String, String, String, String)> = sqlx::query_as(
            "SELECT seen_at, name, display, role, unit FROM sessions JOIN accounts ON name = account \
             WHERE sessions.token_hash = $1 AND created_at > $2 AND seen_at > $3",
        )
        .bind(token.hash())
        .bind((now - ABSOLUTE).as_second())
        .bind((now - IDLE).as_second())
        .fetch_optional(self.pool())
        .await?;
        let Some((seen_at, name, display, role, unit)) = found else { return Ok(None) };
        // Once a minute is enough: reading a page should not be a write.
        if now.as_second() - seen_at >= 60 {
            sqlx::query("UPDATE sessions SET seen_at = $2 WHERE token_hash = $1")
                .bind(token.hash())
                .bind(now.as_second())
                .execute(self.pool())
                .await?;
        }
        Ok(account((name, display, role, unit)))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// The store failed.
    pub async fn end_session(&self, token: &Token) -> Result<(), AccountError> {
        sqlx::query("DELETE FROM sessions WHERE token_hash = $1")
            .bind(token.hash())
            .execute(self.pool())
            .await?;
        Ok(())
    }
}
