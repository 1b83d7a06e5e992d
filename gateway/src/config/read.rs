//! Reads the file, and puts in what it refers to.

use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::de::{DeTable, DeValue, Deserializer};

use super::Config;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: {reason}", path = .0.display(), reason = .1)]
    Unreadable(PathBuf, std::io::Error),
    /// The file is wrong; the message names line and key.
    #[error("{path}: {reason}", path = .0.display(), reason = .1)]
    Invalid(PathBuf, Box<toml::de::Error>),
    /// It refers to a variable that is not set.
    #[error("{path}: line {line}: the environment has no {name}", path = .path.display())]
    Unset {
        /// The file.
        path: PathBuf,
        /// Where.
        line: usize,
        /// The variable.
        name: String,
    },
}

/// A reference that leads nowhere: the variable, and where it stands.
type Unset = (String, Range<usize>);

impl Config {
    /// Reads the file. In a string `${NAME}` stands for the variable of the environment, `$${` for `${`.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable(path.to_owned(), error))?;
        Self::parse(path, &text, &|name| std::env::var(name).ok())
    }

    fn parse(
        path: &Path,
        text: &str,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let invalid = |mut error: toml::de::Error| {
            error.set_input(Some(text));
            ConfigError::Invalid(path.to_owned(), Box::new(error))
        };
        let mut document = DeTable::parse(text).map_err(invalid)?;
        fill_table(document.get_mut(), environment).map_err(|(name, at)| {
            let line = 1 + text.get(..at.start).unwrap_or_default().matches('\n').count();
            ConfigError::Unset { path: path.to_owned(), line, name }
        })?;
        Self::deserialize(Deserializer::from(document)).map_err(invalid)
    }
}

fn fill_table(table: &mut DeTable<'_>, environment: &dyn Fn(&str) -> Option<String>) -> Result<(), Unset> {
    for (_, value) in table.iter_mut() {
        let at = value.span();
        fill(value.get_mut(), at, environment)?;
    }
    Ok(())
}

fn fill(
    value: &mut DeValue<'_>,
    at: Range<usize>,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<(), Unset> {
    match value {
        DeValue::String(text) => {
            let filled = filled(text, environment).map_err(|name| (name, at))?;
            *text = Cow::Owned(filled);
        }
        DeValue::Array(values) => {
            for value in values.iter_mut() {
                let at = value.span();
                fill(value.get_mut(), at, environment)?;
            }
        }
        DeValue::Table(table) => fill_table(table, environment)?,
        _ => {}
    }
    Ok(())
}

/// The text with its references followed; else the name of the first that is not set.
fn filled(text: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, from) = rest.split_at(start);
        if let Some(literal) = before.strip_suffix('$') {
            done.push_str(literal);
            done.push_str("${");
            rest = &from[2..];
            continue;
        }
        done.push_str(before);
        let Some(end) = from.find('}') else {
            done.push_str(from);
            return Ok(done);
        };
        let name = &from[2..end];
        done.push_str(&environment(name).ok_or_else(|| name.to_owned())?);
        rest = &from[end + 1..];
    }
    done.push_str(rest);
    Ok(done)
}

#[cfg(test)]
mod specs {
    use super::*;

    fn read(text: &str) -> Result<Config, ConfigError> {
        Config::parse(Path::new("config.toml"), text, &|name| match name {
            "HOST" => Some("db.example".to_owned()),
            "QUOTE" => Some("a\"b".to_owned()),
            _ => None,
        })
    }

    #[test]
    fn references_are_followed_also_within_a_text_and_a_list() {
        let config = read(
            "master_key = \"${QUOTE}\"\n[postgres]\nurl = 'postgres://ann@${HOST}/w'\n[nats]\nurl = [\"nats://${HOST}\"]",
        )
        .unwrap();
        assert_eq!(config.master_key.as_deref(), Some("a\"b"));
        assert_eq!(config.postgres.unwrap().url, "postgres://ann@db.example/w");
        assert_eq!(config.nats.unwrap().url.joined(), "nats://db.example");
    }

    #[test]
    fn a_reference_that_leads_nowhere_is_told_with_its_line() {
        let wrong = read("# ${NOT_READ}\n[postgres]\nurl = \"${MISSING}\"").unwrap_err().to_string();
        assert_eq!(wrong, "config.toml: line 3: the environment has no MISSING");
        assert_eq!(read("master_key = \"$${HOST}\"").unwrap().master_key.as_deref(), Some("${HOST}"));
    }

    #[test]
    fn an_unknown_key_is_told_with_its_line_and_is_no_configuration() {
        let wrong = read("[http]\nadress = \"127.0.0.1:80\"").unwrap_err().to_string();
        assert!(wrong.contains("line 2") && wrong.contains("adress"), "{wrong}");
        assert!(read("[postgres]\nurl = \"x\"\nurls = \"y\"").is_err());
        assert!(read("[http]\ntrusted_proxies = [\"10.0.0.0/33\"]").is_err());
    }

    #[test]
    fn the_files_that_are_delivered_can_be_read() {
        for file in ["../deploy/embedded/config.toml", "../deploy/scaled/config.toml"] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
            let text = std::fs::read_to_string(&path).unwrap();
            let config = Config::parse(&path, &text, &|_| Some("value".to_owned()));
            assert!(config.is_ok(), "{}", config.unwrap_err());
        }
    }
}
