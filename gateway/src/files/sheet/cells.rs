//! The cells of a workbook, sheet by sheet, without the gaps between them.

use std::collections::BTreeMap;

use calamine::{DataRef, Dimensions, ExcelDateTime, Reader, SheetType, SheetVisible};
use domain::fault::Fault;
use jiff::Unit;
use jiff::civil::{Date, DateTime, Time};

use super::open::{Book, damaged, too_large, unreadable};
use super::{Workbook, place};

/// Most cells with something in them.
const CELLS_MOST: usize = 3_000_000;

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    /// Text.
    Text(String),
    /// A number.
    Number(f64),
    /// A date, with its time.
    Time(DateTime),
    /// True or false.
    Flag(bool),
    /// Nothing that can be read.
    Wrong(Box<Fault>),
}

/// A sheet.
#[derive(Debug, Default)]
pub struct Grid {
    /// Its name.
    pub name: String,
    /// Cells that are not empty, by row and column, both from 0.
    pub rows: BTreeMap<u32, BTreeMap<u32, Seen>>,
    /// Regions of several cells that are shown as one.
    pub merged: Vec<Dimensions>,
}

impl Grid {
    /// What stands in a cell; in a merged region, what stands in its first.
    pub fn at(&self, row: u32, column: u32) -> Option<&Seen> {
        let region = self.merged.iter().find(|region| region.contains(row, column));
        let (row, column) = region.map_or((row, column), |region| region.start);
        self.rows.get(&row)?.get(&column)
    }
}

/// Reads all sheets that are seen.
pub(super) fn workbook(book: &mut Book) -> Result<Workbook, Fault> {
    let mut read = Workbook { grids: Vec::new(), hidden: Vec::new() };
    let mut left = CELLS_MOST;
    for sheet in book.sheets_metadata().to_vec() {
        if sheet.typ != SheetType::WorkSheet {
            continue;
        }
        if sheet.visible != SheetVisible::Visible {
            read.hidden.push(sheet.name);
            continue;
        }
        let mut grid = Grid { name: sheet.name, ..Grid::default() };
        fill(book, &mut grid, &mut left)?;
        if !grid.rows.is_empty() {
            let merged = book.merge_cells_by_sheet_name(&grid.name).map_err(|error| damaged(&error))?;
            grid.merged = merged.into_iter().filter(|region| region.start != region.end).collect();
            read.grids.push(grid);
        }
    }
    Ok(read)
}

fn fill(book: &mut Book, grid: &mut Grid, left: &mut usize) -> Result<(), Fault> {
    let mut reader = book.worksheet_cells_reader(&grid.name).map_err(|error| unreadable(&error))?;
    let mut last = (0, 0);
    loop {
        let next = reader.next_cell_with_formula_metadata().map_err(|error| {
            let fault = damaged(&error);
            Fault { cell: place(&grid.name, last.0, last.1), ..fault }
        })?;
        let Some(cell) = next else { return Ok(()) };
        last = cell.pos;
        let Some(seen) = seen(cell.value, cell.formula.is_some()) else { continue };
        *left = left.checked_sub(1).ok_or_else(too_large)?;
        grid.rows.entry(cell.pos.0).or_default().insert(cell.pos.1, seen);
    }
}

fn seen(value: DataRef<'_>, is_formula: bool) -> Option<Seen> {
    let text = |text: &str| (!text.trim().is_empty()).then(|| Seen::Text(text.to_owned()));
    match value {
        DataRef::Empty if is_formula => Some(wrong(
            "CELL_FORMULA_UNCOMPUTED",
            "公式没有算出结果；请在 Excel 中打开并保存，或改填数值",
            "a formula without a result; open and save the file in Excel, or enter the value",
        )),
        DataRef::Empty => None,
        DataRef::String(value) => text(&value),
        DataRef::SharedString(value) => text(value),
        #[expect(clippy::cast_precision_loss, reason = "beyond 15 digits it is refused in any case")]
        DataRef::Int(number) => Some(Seen::Number(number as f64)),
        DataRef::Float(number) => Some(Seen::Number(number)),
        DataRef::Bool(flag) => Some(Seen::Flag(flag)),
        DataRef::DateTime(time) => Some(moment(&time)),
        DataRef::DateTimeIso(time) => Some(match time.trim_end_matches('Z').parse() {
            Ok(time) => Seen::Time(time),
            Err(_) => Seen::Text(time),
        }),
        DataRef::DurationIso(text) => Some(Seen::Text(text)),
        DataRef::Error(error) => {
            let (zh, en) = (format!("单元格是错误值 {error}"), format!("the cell holds the error {error}"));
            Some(Seen::Wrong(Box::new(Fault::new("CELL_ERROR", zh, en))))
        }
    }
}

/// Excel keeps days and parts of a day as one number: whole seconds are what was meant.
fn moment(time: &ExcelDateTime) -> Seen {
    let not_a_date =
        || wrong("CELL_NOT_A_DATE", "不是日期：只有时刻或时长", "no date: a time of day or a duration alone");
    if !time.is_datetime() || time.as_f64() < 1.0 {
        return not_a_date();
    }
    let (year, month, day, hour, minute, second, milli) = time.to_ymd_hms_milli();
    let read = || {
        let number = |value: u8| i8::try_from(value).ok();
        let date = Date::new(i16::try_from(year).ok()?, number(month)?, number(day)?).ok()?;
        let milli = i32::from(milli).checked_mul(1_000_000)?;
        let time = Time::new(number(hour)?, number(minute)?, number(second)?, milli).ok()?;
        date.to_datetime(time).round(Unit::Second).ok()
    };
    read().map_or_else(not_a_date, Seen::Time)
}

fn wrong(code: &str, zh: &str, en: &str) -> Seen {
    Seen::Wrong(Box::new(Fault::new(code, zh, en)))
}
