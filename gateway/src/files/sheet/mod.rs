//! Excel workbooks that come in: opened with care, read cell by cell, handed to the readers that CSV has.

mod cells;
pub mod complaints;
mod head;
mod open;
pub mod rules;
mod words;

use domain::fault::Fault;
use jiff::civil::DateTime;

pub use cells::{Grid, Seen};
pub use head::{Head, find};
pub use open::{FILE_MOST, is_workbook_file, read, read_file};
pub use words::complaint_field;

/// What a workbook holds.
pub struct Workbook {
    /// Sheets that are seen and hold something, in their order.
    pub grids: Vec<Grid>,
    /// Names of sheets that are hidden: they are not read.
    pub hidden: Vec<String>,
}

/// A cell by the name that Excel's name box understands: `诉求!C17`. Row and column from 0.
pub fn place(sheet: &str, row: u32, column: u32) -> String {
    let plain = sheet.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !sheet.chars().next().is_some_and(|c| c.is_ascii_digit());
    let sheet = if plain { sheet.to_owned() } else { format!("'{}'", sheet.replace('\'', "''")) };
    format!("{sheet}!{}{}", letters(column), row + 1)
}

fn letters(mut column: u32) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + u8::try_from(column % 26).unwrap_or_default()));
        if column < 26 {
            break;
        }
        column = column / 26 - 1;
    }
    letters.iter().rev().collect()
}

/// What a column is for: that decides what a number or a date in it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A time.
    Time,
    /// Digits that are no quantity: telephone, identifier.
    Digits,
    /// A code that may begin with a zero.
    Code,
    /// Anything else.
    Plain,
}

/// What stands in a cell, as the text that CSV would have; nothing where it is blank.
///
/// # Errors
/// `CELL_*`: Excel has changed it, or there is nothing in it that can be read.
pub fn text(seen: &Seen, role: Role) -> Result<Option<String>, Fault> {
    match seen {
        Seen::Wrong(fault) => Err((**fault).clone()),
        Seen::Flag(flag) => Ok(Some(flag.to_string())),
        Seen::Time(time) if role == Role::Time => Ok(Some(time.to_string())),
        Seen::Time(time) => Ok(Some(day_or_time(*time))),
        Seen::Number(number) => digits(*number, role).map(Some),
        Seen::Text(text) if text.trim().is_empty() => Ok(None),
        Seen::Text(text) if role != Role::Plain && is_shortened(text.trim()) => Err(Fault::new(
            "CELL_NUMBER_SHORTENED",
            "号码被 Excel 写成了科学记数，原来的数字已看不出；请把该列设为“文本”后重新填写",
            "Excel has written this number in powers of ten and its digits are gone; make the column text and enter it again",
        )),
        Seen::Text(text) => Ok(Some(text.clone())),
    }
}

fn digits(number: f64, role: Role) -> Result<String, Fault> {
    if role == Role::Time {
        return Err(Fault::new(
            "CELL_DATE_IS_NUMBER",
            "这里应为时间，单元格却是数字；请把格式设为日期",
            "a time is wanted and the cell holds a number; give it a date format",
        ));
    }
    if number.abs() >= 1e15 {
        return Err(Fault::new(
            "CELL_DIGITS_LOST",
            "超过 15 位的数字，Excel 已丢失末尾几位；请把该列设为“文本”后重新填写",
            "a number of more than 15 digits, of which Excel has lost the last; make the column text and enter it again",
        ));
    }
    Ok(number.to_string())
}

/// `1.39E+10`
fn is_shortened(text: &str) -> bool {
    let Some((mantissa, power)) = text.split_once(['E', 'e']) else { return false };
    power.starts_with('+')
        && mantissa.starts_with(|c: char| c.is_ascii_digit())
        && mantissa.contains('.')
        && text.parse::<f64>().is_ok()
}

fn day_or_time(time: DateTime) -> String {
    if time == time.date().at(0, 0, 0, 0) {
        time.date().to_string()
    } else {
        time.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }
}

#[cfg(test)]
mod specs {
    use super::*;
    use jiff::civil::date;

    fn read(seen: Seen, role: Role) -> String {
        text(&seen, role).map_or_else(|fault| fault.code, Option::unwrap_or_default)
    }

    #[test]
    fn a_cell_is_named_as_excel_names_it() {
        assert_eq!(place("诉求", 16, 2), "诉求!C17");
        assert_eq!(place("11月 诉求", 0, 25), "'11月 诉求'!Z1");
        assert_eq!(place("A'b", 9, 26), "'A''b'!AA10");
        assert_eq!(letters(16_383), "XFD");
    }

    #[test]
    fn a_telephone_number_that_became_a_number_is_its_digits() {
        assert_eq!(read(Seen::Number(13_912_345_678.0), Role::Digits), "13912345678");
        assert_eq!(read(Seen::Number(31.25), Role::Plain), "31.25");
    }

    #[test]
    fn what_excel_has_lost_is_said() {
        assert_eq!(read(Seen::Number(320_506_199_001_011_200.0), Role::Digits), "CELL_DIGITS_LOST");
        assert_eq!(read(Seen::Text("1.39E+10".into()), Role::Digits), "CELL_NUMBER_SHORTENED");
        assert_eq!(read(Seen::Text("1.39E+10".into()), Role::Plain), "1.39E+10");
        assert_eq!(read(Seen::Number(46_346.4), Role::Time), "CELL_DATE_IS_NUMBER");
    }

    #[test]
    fn a_date_is_a_day_unless_it_has_a_time() {
        let noon = date(2026, 11, 20).at(12, 5, 0, 0);
        assert_eq!(read(Seen::Time(noon), Role::Time), "2026-11-20T12:05:00");
        assert_eq!(read(Seen::Time(noon), Role::Plain), "2026-11-20 12:05:00");
        assert_eq!(read(Seen::Time(date(2026, 1, 2).at(0, 0, 0, 0)), Role::Plain), "2026-01-02");
    }
}
