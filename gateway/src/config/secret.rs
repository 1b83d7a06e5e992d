//! Secrets that the file only points at.

use std::path::{Path, PathBuf};

use url::Url;

/// Why a secret cannot be had. Never quotes one.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Named as a value and as a file.
    #[error("{0} and {0}_file are both given; one is enough")]
    Twice(&'static str),
    /// One of two that belong together.
    #[error("{0} and {1} belong together; one of them is missing")]
    Half(&'static str, &'static str),
    /// The file cannot be read.
    #[error("{path}: {reason}", path = .0.display(), reason = .1)]
    Unreadable(PathBuf, std::io::Error),
    /// The URL cannot be understood.
    #[error("{0} is no URL of a database: {1}")]
    Url(&'static str, url::ParseError),
    /// The URL cannot carry a password.
    #[error("{0} names no user, so the password has no place in it")]
    NoUser(&'static str),
}

/// The value, or what the file holds without the line's end.
pub(super) fn one_of(
    name: &'static str,
    value: Option<&str>,
    file: Option<&Path>,
) -> Result<Option<String>, SecretError> {
    match (value, file) {
        (Some(_), Some(_)) => Err(SecretError::Twice(name)),
        (Some(value), None) => Ok(Some(value.to_owned())),
        (None, Some(file)) => {
            let text = std::fs::read_to_string(file)
                .map_err(|error| SecretError::Unreadable(file.to_owned(), error))?;
            Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
        }
        (None, None) => Ok(None),
    }
}

/// The URL with this password in it.
pub(super) fn with_password(
    name: &'static str,
    url: &str,
    password: Option<String>,
) -> Result<String, SecretError> {
    let mut parsed = Url::parse(url).map_err(|error| SecretError::Url(name, error))?;
    if let Some(password) = password {
        if parsed.username().is_empty() {
            return Err(SecretError::NoUser(name));
        }
        parsed.set_password(Some(&password)).map_err(|()| SecretError::NoUser(name))?;
    }
    Ok(parsed.into())
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn a_password_is_put_into_the_url_whatever_is_in_it() {
        let url = with_password("url", "postgres://ann@db/w", Some("a/b@c:d%".to_owned())).unwrap();
        let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
        assert_eq!(options.get_host(), "db");
        assert_eq!(options.get_username(), "ann");
        assert_eq!(Url::parse(&url).unwrap().password(), Some("a%2Fb%40c%3Ad%"));
    }

    #[test]
    fn a_password_without_a_user_is_refused() {
        let refused = with_password("url", "postgres://db/w", Some("x".to_owned()));
        assert!(matches!(refused, Err(SecretError::NoUser("url"))));
    }

    #[test]
    fn a_secret_file_may_end_with_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, "s3cret \n").unwrap();
        assert_eq!(one_of("password", None, Some(&file)).unwrap().as_deref(), Some("s3cret "));
        assert!(matches!(one_of("password", Some("x"), Some(&file)), Err(SecretError::Twice("password"))));
    }
}
