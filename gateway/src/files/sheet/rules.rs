//! Sheets of the rules as the CSV that their readers know. Line for line the same: a fault on line 17
//! of the text is in row 17 of the sheet.

use domain::fault::Fault;

use super::words::{CATALOGUE, COMMUNITY, UNITS, canonical, meaning};
use super::{Grid, Head, Role, Workbook, find, place, text};

/// Tables of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// `org/units.csv`
    Units,
    /// `policy/catalogue.csv`
    Catalogue,
    /// `policy/community.csv`
    Community,
}

impl Table {
    const ALL: [Table; 3] = [Table::Units, Table::Catalogue, Table::Community];

    fn columns(self) -> &'static [(&'static str, &'static [&'static str])] {
        match self {
            Table::Units => &UNITS,
            Table::Catalogue => &CATALOGUE,
            Table::Community => &COMMUNITY,
        }
    }

    /// Columns that no other table has.
    fn own(self) -> &'static [&'static str] {
        match self {
            Table::Units => &["kind", "parent"],
            Table::Catalogue => &["lowest_rung", "sla_class"],
            Table::Community => &["duty"],
        }
    }

    fn role(self, column: &str) -> Role {
        match (self, column) {
            (Table::Catalogue | Table::Community, "code") => Role::Code,
            (Table::Units, "code" | "parent") => Role::Digits,
            _ => Role::Plain,
        }
    }
}

/// A sheet of the rules.
#[derive(Debug)]
pub struct RuleSheet {
    /// Which table it is.
    pub table: Table,
    /// Its name.
    pub name: String,
    /// It as CSV, each row on the line that has its number.
    pub csv: String,
    /// What is wrong with its cells as such.
    pub faults: Vec<Fault>,
    head: Head,
}

/// The sheets of a workbook that are tables of the rules, each at most once.
///
/// # Errors
/// `SHEET_NOT_RULES` where none is, `SHEET_TABLE_TWICE` where two are the same.
pub fn sheets(book: &Workbook) -> Result<Vec<RuleSheet>, Vec<Fault>> {
    let mut sheets: Vec<RuleSheet> = Vec::new();
    let mut faults = Vec::new();
    for grid in &book.grids {
        let Some((table, head)) = recognise(grid) else { continue };
        let cell = place(&grid.name, head.row, 0);
        if sheets.iter().any(|sheet| sheet.table == table) {
            let fault = Fault::new(
                "SHEET_TABLE_TWICE",
                "同一种表出现两次，看不出以哪张为准",
                "this table is in the workbook twice, and which one holds is not known",
            );
            faults.push(fault.in_cell(cell));
        } else {
            sheets.push(sheet(grid, table, head));
        }
    }
    if sheets.is_empty() {
        faults.push(Fault::new(
            "SHEET_NOT_RULES",
            "没有一张可见的表是单位表或事项目录：看不到它们的表头",
            "no visible sheet is the table of units or the catalogue: their headers are not there",
        ));
    }
    if faults.is_empty() { Ok(sheets) } else { Err(faults) }
}

fn recognise(grid: &Grid) -> Option<(Table, Head)> {
    let mut found = Table::ALL.into_iter().filter_map(|table| {
        let head = find(grid, &|name| meaning(table.columns(), name))?;
        let own = |(name, _): &(String, u32)| table.own().contains(&name.as_str());
        head.columns.iter().any(own).then_some((table, head))
    });
    found.next()
}

fn sheet(grid: &Grid, table: Table, head: Head) -> RuleSheet {
    let mut faults: Vec<Fault> = head.stray(grid).into_iter().map(|(_, fault)| fault).collect();
    let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
    let mut csv = "\n".repeat(head.row as usize);
    let names: Vec<String> = head.columns.iter().map(|(name, _)| quoted(name)).collect();
    csv.push_str(&names.join(","));
    let mut line = head.row;
    for (row, cells) in grid.rows.range(head.row + 1..) {
        csv.push_str(&"\n".repeat((*row - line) as usize));
        line = *row;
        let mut written = Vec::with_capacity(head.columns.len());
        for (name, column) in &head.columns {
            let read = cells.get(column).map(|seen| code_or_text(seen, table.role(name))).transpose();
            let word = read.unwrap_or_else(|fault| {
                faults.push(fault.in_field(name).in_cell(place(&grid.name, *row, *column)));
                None
            });
            written.push(quoted(&canonical(name, word.flatten().unwrap_or_default())));
        }
        csv.push_str(&written.join(","));
    }
    csv.push('\n');
    RuleSheet { table, name: grid.name.clone(), csv, faults, head }
}

fn code_or_text(seen: &super::Seen, role: Role) -> Result<Option<String>, Fault> {
    let text = text(seen, role)?;
    match (&text, seen) {
        (Some(digits), super::Seen::Number(_)) if role == Role::Code => Err(Fault::new(
            "CELL_CODE_IS_NUMBER",
            format!("编码成了数字 {digits}：开头的零（如 0101）会丢失；请把该列设为“文本”后重新填写"),
            format!(
                "the code has become the number {digits}: leading zeros, as of 0101, are lost; make the column text and enter it again"
            ),
        )),
        (Some(words), _) if words.chars().any(char::is_control) => Err(Fault::new(
            "TABLE_CONTROL_CHARACTER",
            "含有控制字符（如换行）",
            "contains a control character such as a line break",
        )),
        _ => Ok(text),
    }
}

impl RuleSheet {
    /// A fault that the reader of the CSV has found, in its cell; none where the cell was named already.
    pub fn placed(&self, fault: Fault) -> Option<Fault> {
        let Some(line) = fault.line else { return Some(fault) };
        let of_header = line == 1 || fault.code.starts_with("TABLE_COLUMN_");
        let row = if of_header { self.head.row } else { u32::try_from(line - 1).unwrap_or_default() };
        let column = self.head.columns.iter().find(|(name, _)| *name == fault.field);
        let cell = place(&self.name, row, column.map_or(0, |(_, column)| *column));
        let known = self.faults.iter().any(|known| known.cell == cell);
        (!known).then(|| Fault { line: None, ..fault }.in_cell(cell))
    }

    /// It as CSV without the lines that only keep the count.
    pub fn compact(&self) -> String {
        self.csv.lines().filter(|line| !line.is_empty()).fold(String::new(), |text, line| text + line + "\n")
    }
}
