//! Secrets that the file only points at.

use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
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
    /// The file that this key names cannot be read.
    #[error("{0}：无法读取 {path} · cannot read {path}: {2}", path = .1.display())]
    Unreadable(String, PathBuf, std::io::Error),
    /// The file that this key names is no certificate.
    #[error("{0}：{path} 里没有 PEM 证书 · {path} holds no certificate in PEM", path = .1.display())]
    NoCertificate(String, PathBuf),
    /// The file that this key names is no seed.
    #[error("{0}：{path} 里没有 nkey 私钥 · {path} holds no seed of an nkey", path = .1.display())]
    NoSeed(String, PathBuf),
    /// The URL cannot be understood.
    #[error("{0} is no URL of a database: {1}")]
    Url(&'static str, url::ParseError),
    /// A channel of notifications that cannot be understood.
    #[error("notify.channel {0}：无法使用 · cannot be used: {1}")]
    Channel(String, String),
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
            let text = String::from_utf8(read(&format!("{name}_file"), file)?)
                .map_err(|error| std::io::Error::new(std::io::ErrorKind::InvalidData, error));
            let text = text
                .map_err(|error| SecretError::Unreadable(format!("{name}_file"), file.to_owned(), error))?;
            Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
        }
        (None, None) => Ok(None),
    }
}

/// What the file of this key holds.
pub(super) fn read(key: &str, file: &Path) -> Result<Vec<u8>, SecretError> {
    std::fs::read(file).map_err(|error| SecretError::Unreadable(key.to_owned(), file.to_owned(), error))
}

/// Sees that the file of this key holds a certificate: without one nobody could ever be trusted, and
/// a client would try for ever.
pub(super) fn certificate(key: &str, file: &Path) -> Result<(), SecretError> {
    let text = read(key, file)?;
    let mut certificates = CertificateDer::pem_slice_iter(&text);
    match certificates.next() {
        Some(Ok(_)) => Ok(()),
        _ => Err(SecretError::NoCertificate(key.to_owned(), file.to_owned())),
    }
}

/// The URL with this password in it.
pub(super) fn with_password(
    name: &'static str,
    url: &str,
    password: Option<String>,
) -> Result<String, SecretError> {
    let mut parsed = Url::parse(url).map_err(|error| SecretError::Url(name, error))?;
    for (parameter, value) in parsed.query_pairs() {
        // The authority itself may stand there, too.
        if parameter == "sslrootcert" && !value.trim_start().starts_with("-----BEGIN") {
            certificate(&format!("{name} sslrootcert"), Path::new(&*value))?;
        }
    }
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
    fn what_cannot_be_used_is_told_with_its_key_and_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        let path = file.display().to_string();
        let missing = one_of("postgres.password", None, Some(&file)).unwrap_err().to_string();
        assert!(missing.contains("postgres.password_file") && missing.contains(&path), "{missing}");
        std::fs::write(&file, "no certificate\n").unwrap();
        let url = format!("postgres://ann@db/w?sslmode=verify-full&sslrootcert={path}");
        let wrong = with_password("postgres.url", &url, None).unwrap_err().to_string();
        assert!(wrong.contains("postgres.url sslrootcert") && wrong.contains(&path), "{wrong}");
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
