//! Sheets of complaints as rows: every visible sheet whose header is one of complaints.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use domain::fault::Fault;
use domain::policy::Catalogue;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::{Grid, Head, Role, Seen, Workbook, complaint_field, find, place, text};
use crate::files::map::FieldMap;

/// How people write times in a sheet, besides ISO 8601.
const FORMATS: [&str; 12] = [
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%Y.%m.%d %H:%M",
    "%Y.%m.%d",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日%H时%M分",
    "%Y年%m月%d日",
    "%Y-%m-%d %H时%M分",
];

/// What a sheet must be read by.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Zone of times, which Excel never says.
    pub zone: TimeZone,
    /// Codes of items that begin with zeros, by what Excel makes of them.
    pub zeros: Arc<HashMap<String, String>>,
}

impl Reading {
    /// By these rules.
    pub fn new(zone: &TimeZone, catalogue: &Catalogue) -> Self {
        let codes = catalogue.items().iter().map(|item| item.code.as_str());
        let zeros = codes.filter_map(|code| {
            let bare = code.trim_start_matches('0');
            let lost = bare.len() < code.len() && bare.bytes().all(|byte| byte.is_ascii_digit());
            (lost && catalogue.find(bare).is_none()).then(|| (bare.to_owned(), code.to_owned()))
        });
        Self { zone: zone.clone(), zeros: Arc::new(zeros.collect()) }
    }
}

/// Rows of a workbook.
pub struct SheetRows {
    rows: std::vec::IntoIter<SheetRow>,
    zeros: Arc<HashMap<String, String>>,
}

struct SheetRow {
    sheet: Arc<Sheet>,
    row: u32,
    cells: BTreeMap<u32, Seen>,
    faults: Vec<Fault>,
}

/// A sheet that holds complaints.
#[derive(Debug)]
struct Sheet {
    name: String,
    head: Head,
    /// By field: the column that it comes from.
    fields: HashMap<String, u32>,
}

/// Where a row stands, and what is wrong with its cells as such.
#[derive(Debug)]
pub struct Place {
    sheet: Arc<Sheet>,
    row: u32,
    faults: Vec<Fault>,
}

impl SheetRows {
    /// The rows of all sheets of complaints; the map learns how times are written.
    ///
    /// # Errors
    /// `SHEET_HEADER_MISSING` where no sheet is one, and everything that is wrong with the sheets as such.
    pub fn new(book: Workbook, map: &mut FieldMap, reading: &Reading) -> Result<Self, Vec<Fault>> {
        map.zone.get_or_insert_with(|| reading.zone.clone());
        map.formats.extend(FORMATS.map(str::to_owned));
        let mut faults = Vec::new();
        let mut rows = Vec::new();
        let mut passed = Vec::new();
        let meaning =
            |name: &str| if map.names(name) { Some(name.to_owned()) } else { complaint_field(name) };
        for grid in book.grids {
            let Some(head) = find(&grid, &meaning) else {
                passed.push(grid.name);
                continue;
            };
            faults.extend(head.faults(&grid.name));
            let mut stray: HashMap<u32, Vec<Fault>> = HashMap::new();
            for (row, fault) in head.stray(&grid) {
                stray.entry(row).or_default().push(fault);
            }
            let header: Vec<String> = head.columns.iter().map(|(name, _)| name.clone()).collect();
            let cell = place(&grid.name, head.row, 0);
            faults.extend(
                map.check(&header).err().into_iter().flatten().map(|fault| fault.in_cell(cell.clone())),
            );
            let Grid { name, rows: cells, .. } = grid;
            let sheet = Arc::new(Sheet { fields: fields(&head, map), name, head });
            let below = cells.into_iter().filter(|(row, _)| *row > sheet.head.row);
            rows.extend(below.map(|(row, cells)| {
                let faults = stray.remove(&row).unwrap_or_default();
                SheetRow { sheet: sheet.clone(), row, cells, faults }
            }));
        }
        if rows.is_empty() && faults.is_empty() {
            faults.push(no_header(&passed));
        }
        if faults.is_empty() {
            Ok(Self { rows: rows.into_iter(), zeros: reading.zeros.clone() })
        } else {
            Err(faults)
        }
    }

    /// How many rows are left.
    pub fn left(&self) -> usize {
        self.rows.len()
    }

    /// The next row, by the names of its columns.
    pub fn next_row(&mut self) -> Option<(Map<String, Value>, Place)> {
        let SheetRow { sheet, row, cells, mut faults } = self.rows.next()?;
        let mut object = Map::new();
        for (name, column) in &sheet.head.columns {
            let Some(seen) = cells.get(column) else { continue };
            let field = sheet.fields.iter().find(|(_, at)| *at == column).map_or(name, |(field, _)| field);
            match self.read(seen, role(field)) {
                Ok(Some(text)) => drop(object.insert(name.clone(), Value::String(text))),
                Ok(None) => {}
                Err(fault) => {
                    faults.push(fault.in_field(field).in_cell(place(&sheet.name, row, *column)));
                }
            }
        }
        Some((object, Place { sheet, row, faults }))
    }

    fn read(&self, seen: &Seen, role: Role) -> Result<Option<String>, Fault> {
        let text = text(seen, role)?;
        let lost = text.as_ref().filter(|_| role == Role::Code && matches!(seen, Seen::Number(_)));
        match lost.and_then(|digits| Some((digits, self.zeros.get(digits)?))) {
            None => Ok(text),
            Some((digits, code)) => Err(Fault::new(
                "CELL_CODE_IS_NUMBER",
                format!(
                    "事项编码成了数字 {digits}，开头的零丢失（应为 {code}？）；请把该列设为“文本”后重新填写"
                ),
                format!(
                    "the item's code has become the number {digits} and lost its zeros ({code}?); make the column text and enter it again"
                ),
            )),
        }
    }
}

fn role(field: &str) -> Role {
    match field {
        "received_at" | "due_at" | "closed_at" | "replied_at" => Role::Time,
        "external_id" | "reporter.phone" | "reporter.id_number" | "sequence" => Role::Digits,
        "item" => Role::Code,
        _ => Role::Plain,
    }
}

/// A column may be a field by its own name or by the map's.
fn fields(head: &Head, map: &FieldMap) -> HashMap<String, u32> {
    let at = |name: &String| head.columns.iter().find(|(column, _)| column == name).map(|(_, at)| *at);
    let own = head.columns.iter().filter(|(name, _)| !map.names(name)).cloned();
    let mapped = map.targets.iter().filter_map(|target| {
        let field = target.field.replacen("reporter_", "reporter.", 1);
        Some((field, target.columns.iter().find_map(at)?))
    });
    own.chain(mapped).collect()
}

fn no_header(passed: &[String]) -> Fault {
    let listed = passed.join("、");
    Fault::new(
        "SHEET_HEADER_MISSING",
        format!("没有一张可见的表有诉求的表头，也没有数据行（看过：{listed}）"),
        format!("no visible sheet has a header of complaints with rows below it (seen: {listed})"),
    )
}

impl Place {
    /// The row's number, from 1.
    pub fn line(&self) -> u64 {
        u64::from(self.row) + 1
    }

    /// Everything that is wrong: its cells, and what the reader of complaints found, each in its cell. A
    /// cell that could not be read is not blamed twice.
    pub fn faults(self, found: Vec<Fault>) -> Vec<Fault> {
        let Place { sheet, row, mut faults } = self;
        let spoilt: Vec<String> = faults.iter().map(|fault| fault.cell.clone()).collect();
        for fault in found {
            let column = sheet.fields.get(&fault.field).copied().unwrap_or_default();
            let cell = place(&sheet.name, row, column);
            if !spoilt.contains(&cell) {
                faults.push(fault.in_cell(cell));
            }
        }
        faults
    }

    /// Whether its cells as such are sound.
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }
}
