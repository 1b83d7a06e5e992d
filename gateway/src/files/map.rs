//! Other systems' columns as our fields.

use std::collections::{BTreeMap, BTreeSet};

use domain::fault::Fault;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

/// Fields that hold free text: several columns are joined in them, line by line. Of the columns
/// of any other field the first that is known counts.
const TEXTS: [&str; 4] = ["title", "text", "address", "reply_text"];
/// Fields that hold a time.
const TIMES: [&str; 4] = ["received_at", "due_at", "closed_at", "replied_at"];

/// How columns become fields. The empty map leaves every column as it is.
#[derive(Debug, Clone, Default)]
pub struct FieldMap {
    /// The sending system, where a row names none.
    pub source: Option<String>,
    /// Zone of times that have no offset.
    pub zone: Option<TimeZone>,
    /// How such times are written (`strptime`); ISO 8601 is always understood.
    pub formats: Vec<String>,
    /// Fields and the columns that they come from.
    pub targets: Vec<Target>,
    /// Fields with the same value in every row.
    pub constants: Vec<(String, Value)>,
    /// By column: values that mean that nothing is known.
    pub unknown: BTreeMap<String, Vec<String>>,
    /// Columns to leave out.
    pub drop: Vec<String>,
}

/// A field and where it comes from.
#[derive(Debug, Clone)]
pub struct Target {
    /// Our field, or a new name for a column that is only kept.
    pub field: String,
    /// Columns there.
    pub columns: Vec<String>,
}

impl FieldMap {
    /// Whether a table's header has what the map names.
    ///
    /// # Errors
    /// `MAP_COLUMN_MISSING` for each column that is not there.
    pub fn check(&self, header: &[String]) -> Result<(), Vec<Fault>> {
        let named = self.targets.iter().flat_map(|target| &target.columns).chain(self.unknown.keys());
        let missing: BTreeSet<&String> = named.filter(|column| !header.contains(column)).collect();
        let fault = |column: &&String| {
            Fault::new(
                "MAP_COLUMN_MISSING",
                "映射所写的列在文件中没有",
                "the map names a column that the file lacks",
            )
            .in_field(column)
        };
        if missing.is_empty() { Ok(()) } else { Err(missing.iter().map(fault).collect()) }
    }

    /// Whether the map says what becomes of a column.
    pub fn names(&self, column: &str) -> bool {
        self.targets.iter().any(|target| target.columns.iter().any(|name| name == column))
            || self.unknown.contains_key(column)
            || self.drop.iter().any(|name| name == column)
    }

    /// The row by our names. A column that no field asks for keeps its own.
    pub fn apply(&self, mut row: Map<String, Value>) -> Map<String, Value> {
        for (column, values) in &self.unknown {
            if row.get(column).is_some_and(|value| values.iter().any(|unknown| same(value, unknown))) {
                row.remove(column);
            }
        }
        for column in &self.drop {
            row.remove(column);
        }
        let mut fields = Map::new();
        for target in &self.targets {
            let found =
                target.columns.iter().filter_map(|column| row.get(column)).filter(|value| !value.is_null());
            if let Some(value) = gather(&target.field, found) {
                fields.insert(target.field.clone(), value);
            }
        }
        for (field, value) in &self.constants {
            fields.insert(field.clone(), value.clone());
        }
        let asked =
            |column: &str| self.targets.iter().any(|target| target.columns.iter().any(|name| name == column));
        let taken = |column: &str| {
            self.targets.iter().any(|target| target.field == column)
                || self.constants.iter().any(|(field, _)| field == column)
        };
        for (column, value) in row {
            if asked(&column) {
                continue;
            }
            // The map gives this name to something else: the column is kept beside it.
            let name = if taken(&column) { format!("column_{column}") } else { column };
            fields.insert(name, value);
        }
        self.read_times(&mut fields);
        fields
    }

    /// Gives times without an offset the offset of the map's zone. What cannot be read stays,
    /// and the reader of complaints says so.
    fn read_times(&self, fields: &mut Map<String, Value>) {
        let Some(zone) = &self.zone else { return };
        for field in TIMES {
            let Some(Value::String(text)) = fields.get(field) else { continue };
            let text = text.trim();
            if text.is_empty() || text.parse::<jiff::Timestamp>().is_ok() {
                continue;
            }
            let read = self.formats.iter().find_map(|format| DateTime::strptime(format, text).ok());
            let civil = read.or_else(|| text.parse::<DateTime>().ok());
            if let Some(time) = civil.and_then(|civil| civil.to_zoned(zone.clone()).ok()) {
                fields.insert(field.to_owned(), Value::String(time.timestamp().to_string()));
            }
        }
    }
}

/// The value of a field from its columns.
fn gather<'v>(field: &str, mut found: impl Iterator<Item = &'v Value>) -> Option<Value> {
    let first = found.next()?.clone();
    if !TEXTS.contains(&field) {
        return Some(first);
    }
    let mut text = match first {
        Value::String(text) => text,
        other => return Some(other),
    };
    for more in found {
        text.push('\n');
        match more {
            Value::String(more) => text.push_str(more),
            other => text.push_str(&other.to_string()),
        }
    }
    Some(Value::String(text))
}

/// Whether a value is this one: the same text, or the same number however it is written.
fn same(value: &Value, wanted: &str) -> bool {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return false,
    };
    text == wanted
        || matches!((text.parse::<f64>(), wanted.parse::<f64>()), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod specs {
    use super::super::map_file::parse;
    use serde_json::{Value, json};

    fn apply(map: &str, row: Value) -> Value {
        let map = parse(map).expect("a sound map");
        Value::Object(map.apply(row.as_object().cloned().expect("an object")))
    }

    #[test]
    fn columns_become_fields_and_the_rest_keeps_its_name() {
        let map = "source = 's'\n[fields]\nunit = 'department'\ntext = ['text', 'note']\nitem = ['a', 'b']\n[constants]\nchannel = 'web'\n";
        let row =
            json!({"department": "PWD", "text": "一", "note": "二", "b": "x", "channel": "old", "ward": "7"});
        assert_eq!(
            apply(map, row),
            json!({"unit": "PWD", "text": "一\n二", "item": "x", "channel": "web", "column_channel": "old", "ward": "7"})
        );
    }

    #[test]
    fn values_that_stand_for_unknown_are_left_out_however_they_are_written() {
        let map = "[unknown]\nlat = ['39']\nlon = ['-77']\n";
        assert_eq!(apply(map, json!({"lat": "39.0", "lon": -77.0, "zip": "39"})), json!({"zip": "39"}));
    }

    #[test]
    fn times_without_an_offset_are_the_maps() {
        let map = "zone = 'America/New_York'\nformats = ['%m/%d/%Y %I:%M:%S %p']\n";
        let row = json!({"received_at": "07/01/2011 01:32:33 AM", "due_at": "2011-07-01T01:32:33",
                         "closed_at": "2011-07-01T01:32:33-04:00", "replied_at": "soon"});
        assert_eq!(
            apply(map, row),
            json!({"received_at": "2011-07-01T05:32:33Z", "due_at": "2011-07-01T05:32:33Z",
                   "closed_at": "2011-07-01T01:32:33-04:00", "replied_at": "soon"})
        );
    }

    #[test]
    fn a_column_that_the_map_names_must_be_there() {
        let map = parse("[fields]\nunit = 'department'\n").expect("sound");
        let faults = map.check(&["unit".to_owned()]).expect_err("missing");
        assert_eq!((faults[0].code.as_str(), faults[0].field.as_str()), ("MAP_COLUMN_MISSING", "department"));
    }
}
