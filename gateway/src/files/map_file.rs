//! A map as it stands in its file (`docs/import.md`).

use std::collections::BTreeMap;
use std::path::Path;

use domain::fault::Fault;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::map::{FieldMap, Target};
use super::text;

/// The file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct MapFile {
    source: Option<String>,
    zone: Option<String>,
    #[serde(default)]
    formats: Vec<String>,
    #[serde(default)]
    fields: BTreeMap<String, Columns>,
    #[serde(default)]
    constants: BTreeMap<String, toml::Value>,
    #[serde(default)]
    unknown: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    drop: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Columns {
    One(String),
    Several(Vec<String>),
}

/// Reads a map file.
///
/// # Errors
/// Every fault, `MAP_*`, each with its line where the file has one.
pub fn read(path: &Path) -> Result<FieldMap, Vec<Fault>> {
    let name = path.display().to_string();
    let text = text::read(path).map_err(|fault| vec![fault])?;
    parse(&text).map_err(|faults| faults.into_iter().map(|fault| fault.in_file(&name)).collect())
}

/// Reads a map.
///
/// # Errors
/// See [`read`].
pub fn parse(text: &str) -> Result<FieldMap, Vec<Fault>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let file: MapFile = toml::from_str(text).map_err(|error| {
        let before = text.as_bytes().iter().take(error.span().map_or(0, |span| span.start));
        let line = before.filter(|byte| **byte == b'\n').count() as u64 + 1;
        vec![Fault::new("MAP_INVALID", "映射文件有误", error.message()).at_line(line)]
    })?;
    let mut faults = Vec::new();
    let zone = file.zone.as_deref().and_then(|name| {
        let found = TimeZone::get(name).ok();
        if found.is_none() {
            faults.push(
                Fault::new(
                    "MAP_ZONE_UNKNOWN",
                    "时区不存在，应为 IANA 名称",
                    "no such time zone; use an IANA name",
                )
                .in_field("zone"),
            );
        }
        found
    });
    if !file.formats.is_empty() && file.zone.is_none() {
        faults.push(
            Fault::new("MAP_ZONE_MISSING", "写了 formats 就须写 zone", "formats need a zone")
                .in_field("zone"),
        );
    }
    let targets = file.fields.into_iter().map(|(field, columns)| Target {
        field,
        columns: match columns {
            Columns::One(column) => vec![column],
            Columns::Several(columns) => columns,
        },
    });
    let mut constants = Vec::new();
    for (field, value) in file.constants {
        match serde_json::to_value(&value) {
            Ok(value) if value.is_string() || value.is_number() || value.is_boolean() => {
                constants.push((field, value));
            }
            _ => faults.push(
                Fault::new(
                    "MAP_INVALID",
                    "常量应为文字、数字或是否",
                    "a constant is a text, a number or true/false",
                )
                .in_field(&field),
            ),
        }
    }
    let map = FieldMap {
        source: file.source,
        zone,
        formats: file.formats,
        targets: targets.collect(),
        constants,
        unknown: file.unknown,
        drop: file.drop,
    };
    if faults.is_empty() { Ok(map) } else { Err(faults) }
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn the_maps_that_are_delivered_are_sound() {
        for text in [
            include_str!("../../../deploy/maps/chinese.toml"),
            include_str!("../../../deploy/maps/boston.toml"),
            include_str!("../../../deploy/maps/baltimore.toml"),
            include_str!("../../../deploy/maps/nyc.toml"),
        ] {
            assert!(parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn mistakes_have_their_line() {
        let found = |text: &str| {
            let faults = parse(text).err().unwrap_or_default();
            faults.into_iter().map(|fault| (fault.code, fault.line)).collect::<Vec<_>>()
        };
        assert_eq!(found("source = 's'\ncolour = 1\n"), [("MAP_INVALID".to_owned(), Some(2))]);
        assert_eq!(found("zone = 'Mars/Base'"), [("MAP_ZONE_UNKNOWN".to_owned(), None)]);
        assert_eq!(found("formats = ['%Y']"), [("MAP_ZONE_MISSING".to_owned(), None)]);
    }
}
