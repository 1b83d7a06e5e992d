//! Rows of a file of complaints, whatever its format: one object each, or why there is none.

use std::io::{self, BufRead};

use domain::fault::Fault;
use domain::intake::Complaint;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::csv_records::Records;
use super::jsonl;
use super::lines::Lines;
use super::map::FieldMap;
use super::sheet::Workbook;
use super::sheet::complaint_field;
use super::sheet::complaints::{Place, Reading, SheetRows};
use super::source::{Format, Source};

/// A row.
pub struct Row {
    /// Line on which it begins, from 1.
    pub line: u64,
    /// Its fields by our names, or what is wrong with the row as such.
    pub value: Result<Value, Fault>,
    /// Where it stands in its workbook, if it comes from one.
    pub place: Option<Place>,
}

impl Row {
    /// The complaint in it.
    ///
    /// # Errors
    /// Everything that is wrong with it; in a workbook each in its cell.
    pub fn complaint(self, source: &str, now: Timestamp) -> Result<Complaint, Vec<Fault>> {
        let read = self.value.map_err(|fault| vec![fault]);
        let read = read.and_then(|value| Complaint::from_json(value, source, now));
        match (read, self.place) {
            (read, None) => read,
            (Ok(complaint), Some(place)) if place.is_sound() => Ok(complaint),
            (read, Some(place)) => Err(place.faults(read.err().unwrap_or_default())),
        }
    }
}

/// Reads rows one after the other.
pub struct Rows {
    kind: Kind,
    map: FieldMap,
}

enum Kind {
    JsonLines(Lines<Box<dyn BufRead + Send>>),
    Csv { records: Records<Box<dyn BufRead + Send>>, header: Vec<String> },
    Sheets(SheetRows),
}

impl Rows {
    /// Rows of this source; a table's header is read at once.
    ///
    /// # Errors
    /// The header cannot be read, or a column that the map names is not there.
    pub fn new(source: Source, map: FieldMap) -> Result<Self, Vec<Fault>> {
        let kind = match source.format {
            Format::JsonLines => Kind::JsonLines(Lines::new(source.input)),
            Format::Csv => {
                let mut records = Records::new(source.input);
                let header = header(&mut records)?;
                map.check(&header)?;
                let header = understood(header, &map);
                Kind::Csv { records, header }
            }
        };
        Ok(Self { kind, map })
    }

    /// Rows of a workbook, sheet after sheet.
    ///
    /// # Errors
    /// What is wrong with the sheets as such.
    pub fn of_workbook(book: Workbook, mut map: FieldMap, reading: &Reading) -> Result<Self, Vec<Fault>> {
        let rows = SheetRows::new(book, &mut map, reading)?;
        Ok(Self { kind: Kind::Sheets(rows), map })
    }

    /// How many rows there are, where that is known before they are read.
    pub fn left(&self) -> Option<usize> {
        if let Kind::Sheets(rows) = &self.kind { Some(rows.left()) } else { None }
    }

    /// The next row; none at the end.
    ///
    /// # Errors
    /// The file's own: what was read before stands.
    pub fn next_row(&mut self) -> io::Result<Option<Row>> {
        let mut place = None;
        let (line, value) = match &mut self.kind {
            Kind::Sheets(rows) => {
                let Some((object, stands)) = rows.next_row() else { return Ok(None) };
                let line = stands.line();
                place = Some(stands);
                (line, Ok(Value::Object(object)))
            }
            Kind::JsonLines(lines) => loop {
                let Some((number, line)) = lines.next_line()? else { return Ok(None) };
                if !line.is_blank() {
                    break (number, jsonl::value(&line));
                }
            },
            Kind::Csv { records, header } => {
                let Some(record) = records.next_record()? else { return Ok(None) };
                (record.line, record.cells.and_then(|cells| object(header, cells)))
            }
        };
        let table = !matches!(self.kind, Kind::JsonLines(_));
        let value = value.map(|value| match value {
            Value::Object(object) => {
                let fields = self.map.apply(object);
                Value::Object(if table { with_reporter(fields) } else { fields })
            }
            // The reader of complaints says what is wrong with it.
            other => other,
        });
        Ok(Some(Row { line, value, place }))
    }
}

fn header(records: &mut Records<Box<dyn BufRead + Send>>) -> Result<Vec<String>, Vec<Fault>> {
    let record = records.next_record().map_err(|error| {
        vec![Fault::new("FILE_UNREADABLE", format!("无法读取：{error}"), format!("cannot be read: {error}"))]
    })?;
    let Some(record) = record else { return Ok(Vec::new()) };
    let header = record.cells.map_err(|fault| vec![fault.at_line(record.line)])?;
    let header: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
    let mut faults = Vec::new();
    for (index, name) in header.iter().enumerate() {
        if header.iter().take(index).any(|before| before == name) && !name.is_empty() {
            faults.push(
                Fault::new("TABLE_COLUMN_REPEATED", "列重复", "this column is given twice")
                    .at_line(record.line)
                    .in_field(name),
            );
        }
    }
    if faults.is_empty() { Ok(header) } else { Err(faults) }
}

/// Columns that the map leaves alone, by the names of our fields where they mean one.
fn understood(header: Vec<String>, map: &FieldMap) -> Vec<String> {
    let ours = |name: &String| {
        let field = complaint_field(name).filter(|field| !map.names(name) && !header.contains(field));
        field.unwrap_or_else(|| name.clone())
    };
    let found: Vec<String> = header.iter().map(ours).collect();
    let twice = |field: &String| found.iter().filter(|other| *other == field).count() > 1;
    // Two columns that mean the same stay what they are called.
    header.iter().zip(&found).map(|(name, field)| if twice(field) { name } else { field }.clone()).collect()
}

/// A table's row as an object: empty cells are absent.
fn object(header: &[String], cells: Vec<String>) -> Result<Value, Fault> {
    if cells.len() != header.len() {
        let (found, wanted) = (cells.len(), header.len());
        return Err(Fault::new(
            "TABLE_ROW_WIDTH",
            format!("本行有 {found} 列，表头有 {wanted} 列"),
            format!("this row has {found} cells, the header {wanted}"),
        ));
    }
    let named = header.iter().zip(cells).filter(|(name, cell)| !name.is_empty() && !cell.trim().is_empty());
    Ok(Value::Object(named.map(|(name, cell)| (name.clone(), Value::String(cell))).collect()))
}

/// A table has no objects in it: `reporter.name` and `reporter_name` are the reporter's name.
fn with_reporter(fields: Map<String, Value>) -> Map<String, Value> {
    let mut reporter = Map::new();
    let mut object = Map::new();
    for (name, value) in fields {
        match name.strip_prefix("reporter.").or_else(|| name.strip_prefix("reporter_")) {
            Some(inner) => reporter.insert(inner.to_owned(), value),
            None => object.insert(name, value),
        };
    }
    if !reporter.is_empty() {
        object.insert("reporter".to_owned(), Value::Object(reporter));
    }
    object
}

#[cfg(test)]
mod specs {
    use super::*;

    fn rows(format: Format, text: &'static str) -> Vec<String> {
        let source = Source { input: Box::new(text.as_bytes()), format };
        let mut rows = Rows::new(source, FieldMap::default()).map_err(|_| "header").expect("header");
        let mut found = Vec::new();
        while let Some(row) = rows.next_row().expect("memory") {
            let value = row.value.map_or_else(|fault| fault.code, |value| value.to_string());
            found.push(format!("{} {value}", row.line));
        }
        found
    }

    #[test]
    fn a_table_is_read_by_its_header_and_empty_cells_are_absent() {
        let found = rows(Format::Csv, "title,reporter.name,lat\n路灯,甲,\n只有一列\n");
        let first = serde_json::json!({"title": "路灯", "reporter": {"name": "甲"}});
        assert_eq!(found, [format!("2 {first}"), "3 TABLE_ROW_WIDTH".to_owned()]);
    }

    #[test]
    fn spoiled_lines_are_rows_and_empty_ones_are_not() {
        assert_eq!(
            rows(Format::JsonLines, "{\"a\":1}\n\n{\"a\":\n[1]\nnull\n{\"a\":\"\u{0}\"}\n"),
            ["1 {\"a\":1}", "3 JSON_INVALID", "4 [1]", "5 null", "6 JSON_INVALID"]
        );
    }
}
