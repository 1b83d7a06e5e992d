//! A CSV table read by column names, every mistake with its line.

use std::collections::BTreeSet;

use crate::fault::Fault;

/// A table whose header and row widths are sound.
pub(crate) struct Table {
    columns: Vec<String>,
    /// Rows in order of the file.
    pub(crate) rows: Vec<Row>,
    /// What was found wrong so far; the reader of the rows adds its own.
    pub(crate) faults: Vec<Fault>,
    file: String,
}

/// One row and the line on which it begins.
pub(crate) struct Row {
    /// Line, from 1.
    pub(crate) line: u64,
    cells: Vec<String>,
}

impl Table {
    /// Reads a CSV text with a header. Each of `required` must be a column; each of
    /// `optional` may be; no other, none twice. A row of another width or with a control
    /// character is a fault and left out. Faults: `TABLE_*`.
    pub(crate) fn read(file: &str, text: &str, required: &[&str], optional: &[&str]) -> Table {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut table =
            Table { columns: Vec::new(), rows: Vec::new(), faults: Vec::new(), file: file.to_owned() };
        let mut reader =
            csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
        match reader.headers() {
            Ok(headers) => table.columns = headers.iter().map(str::to_owned).collect(),
            Err(error) => table.fault("TABLE_SYNTAX", 1, "", "表格无法读取", &error.to_string()),
        }
        if !table.check_columns(required, optional) {
            return table;
        }
        for record in reader.records() {
            match record {
                Ok(record) => table.take(&record),
                Err(error) => {
                    let line = error.position().map_or(1, csv::Position::line);
                    table.fault("TABLE_SYNTAX", line, "", "表格无法读取", &error.to_string());
                }
            }
        }
        table
    }

    /// The cell of a column, trimmed; empty where the optional column is absent.
    pub(crate) fn cell<'t>(&self, row: &'t Row, column: &str) -> &'t str {
        let index = self.columns.iter().position(|name| name == column);
        index.and_then(|index| row.cells.get(index)).map_or("", String::as_str)
    }

    /// Adds a fault at a line.
    pub(crate) fn fault(&mut self, code: &str, line: u64, field: &str, zh: &str, en: &str) {
        let fault = Fault::new(code, zh, en).in_file(&self.file).at_line(line).in_field(field);
        self.faults.push(fault);
    }

    fn check_columns(&mut self, required: &[&str], optional: &[&str]) -> bool {
        let before = self.faults.len();
        let columns = std::mem::take(&mut self.columns);
        let mut seen = BTreeSet::new();
        for column in &columns {
            let known = required.iter().chain(optional).any(|name| name == column);
            if !known {
                self.fault("TABLE_COLUMN_UNKNOWN", 1, column, "不认识的列", "unknown column");
            } else if !seen.insert(column.as_str()) {
                self.fault("TABLE_COLUMN_REPEATED", 1, column, "列重复", "this column is given twice");
            }
        }
        for column in required.iter().filter(|name| !seen.contains(**name)) {
            self.fault("TABLE_COLUMN_MISSING", 1, column, "缺少此列", "this column is missing");
        }
        self.columns = columns;
        self.faults.len() == before
    }

    fn take(&mut self, record: &csv::StringRecord) {
        let line = record.position().map_or(1, csv::Position::line);
        let width = self.columns.len();
        if record.len() != width {
            let found = record.len();
            self.fault(
                "TABLE_ROW_WIDTH",
                line,
                "",
                &format!("本行有 {found} 列，表头有 {width} 列"),
                &format!("this row has {found} cells, the header {width}"),
            );
            return;
        }
        let spoiled = record.iter().position(|cell| cell.chars().any(char::is_control));
        if let Some(column) = spoiled {
            let name = self.columns.get(column).cloned().unwrap_or_default();
            self.fault(
                "TABLE_CONTROL_CHARACTER",
                line,
                &name,
                "含有控制字符（如换行或 NUL）",
                "contains a control character such as a line break or NUL",
            );
            return;
        }
        self.rows.push(Row { line, cells: record.iter().map(str::to_owned).collect() });
    }
}

/// The parts of a cell that lists several, separated by `、`, `;` or `；`; `—` is none.
pub(crate) fn parts(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(['、', ';', '；']).map(str::trim).filter(|part| !part.is_empty() && *part != "—")
}

#[cfg(test)]
mod specs {
    use super::*;

    fn faults(text: &str) -> Vec<(String, Option<u64>)> {
        let table = Table::read("t.csv", text, &["code", "name"], &["note"]);
        table.faults.into_iter().map(|fault| (fault.code, fault.line)).collect()
    }

    #[test]
    fn cells_are_found_by_name_in_any_order_of_columns() {
        let table = Table::read("t.csv", "\u{feff}name,code\n 甲 ,1\n", &["code", "name"], &["note"]);
        let row = &table.rows[0];
        assert_eq!(
            (table.cell(row, "code"), table.cell(row, "name"), table.cell(row, "note")),
            ("1", "甲", "")
        );
        assert_eq!(row.line, 2);
    }

    #[test]
    fn every_wrong_row_is_named() {
        let found = faults("code,name\n1\n2,b\n3,c,d\n4,\"x\ny\"\n5,\0\n");
        assert_eq!(
            found,
            [
                ("TABLE_ROW_WIDTH".into(), Some(2)),
                ("TABLE_ROW_WIDTH".into(), Some(4)),
                ("TABLE_CONTROL_CHARACTER".into(), Some(5)),
                ("TABLE_CONTROL_CHARACTER".into(), Some(7)),
            ]
        );
    }

    #[test]
    fn columns_must_be_the_known_ones() {
        let found: Vec<_> = faults("code,code,extra\n").into_iter().map(|(code, _)| code).collect();
        assert_eq!(found, ["TABLE_COLUMN_REPEATED", "TABLE_COLUMN_UNKNOWN", "TABLE_COLUMN_MISSING"]);
        assert_eq!(faults("").len(), 2);
    }

    #[test]
    fn a_list_in_a_cell_is_split() {
        assert_eq!(parts("住建、 公安;消防").collect::<Vec<_>>(), ["住建", "公安", "消防"]);
        assert_eq!(parts("—").count(), 0);
    }
}
