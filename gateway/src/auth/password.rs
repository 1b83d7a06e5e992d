//! Passwords: argon2id, off the async threads because hashing is slow on purpose.

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use rand::RngCore;

use super::AccountError;

/// The password of every demo account; `serve` refuses to start while one still has it.
pub const DEMO_PASSWORD: &str = "whistlepost-demo";

/// Shortest password that is taken.
const SHORTEST: usize = 8;

/// Verified against when there is no such account, so that the answer takes as long.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZS1vdGhlci1zYWx0$\
                      kRnXqgU2CkxgEGZkTAKrDK2Tb9mIyvZ3LQv1YFbEwfo";

/// Hashes a password.
pub(super) async fn hash(password: &str) -> Result<String, AccountError> {
    if password.chars().count() < SHORTEST {
        return Err(AccountError::Password);
    }
    let password = password.to_owned();
    tokio::task::spawn_blocking(move || {
        let mut salt = [0_u8; 16];
        rand::rng().fill_bytes(&mut salt);
        let salt = SaltString::encode_b64(&salt).map_err(|_| AccountError::Hash)?;
        Argon2::default()
            .hash_password(password.as_bytes(), &salt)
            .map(|hash| hash.to_string())
            .map_err(|_| AccountError::Hash)
    })
    .await
    .map_err(|_| AccountError::Hash)?
}

/// Whether the password is the one that was hashed; no hash is never matched, in the same time.
pub(super) async fn matches(password: &str, hash: Option<String>) -> bool {
    let password = password.to_owned();
    let known = hash.is_some();
    let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
    let same = tokio::task::spawn_blocking(move || {
        PasswordHash::new(&hash)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    });
    same.await.unwrap_or(false) && known
}

#[cfg(test)]
mod specs {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let hash = hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(matches("correct horse", Some(hash.clone())).await);
        assert!(!matches("correct hors", Some(hash)).await);
        assert!(!matches("correct horse", None).await);
    }

    #[test]
    fn the_stand_in_hash_is_well_formed() {
        assert!(PasswordHash::new(NOBODY).is_ok());
    }
}
