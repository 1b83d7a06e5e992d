//! Reads the lines of a file: headings, settings, rows. What they mean is read afterwards.

use domain::fault::Fault;

/// `key: value`, with its line.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub line: u64,
    pub key: String,
    pub value: String,
}

/// Four cells.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub line: u64,
    pub when: String,
    pub who: String,
    pub what: String,
    pub then: String,
}

/// A heading with the table below it.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    pub line: u64,
    pub name: String,
    pub settings: Vec<Setting>,
    pub rows: Vec<Row>,
}

/// Words of a header's first cell: the row names the columns.
const HEADER: [&str; 4] = ["时间", "when", "time", "时刻"];

/// The tables of a file, each with the settings that stand above all tables, then its own; and every line
/// that is none of it.
pub(super) fn read(stem: &str, text: &str) -> (Vec<Table>, Vec<Fault>) {
    let mut reader = Reader::default();
    reader.table.name = stem.to_owned();
    for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        reader.line(number, line.trim());
    }
    reader.close();
    if reader.tables.is_empty() && reader.faults.is_empty() {
        reader.fault(1, "SCENARIO_EMPTY", "文件中没有一行表格。", "The file has no row of a table.");
    }
    (reader.tables, reader.faults)
}

#[derive(Default)]
struct Reader {
    shared: Vec<Setting>,
    table: Table,
    tables: Vec<Table>,
    faults: Vec<Fault>,
    fenced: bool,
}

impl Reader {
    fn fault(&mut self, line: u64, code: &str, zh: &str, en: &str) {
        self.faults.push(Fault::new(code, zh, en).at_line(line));
    }

    fn line(&mut self, number: u64, line: &str) {
        if line.starts_with("```") {
            self.fenced = !self.fenced;
        } else if line.is_empty() || line.starts_with('>') || line.starts_with("//") {
        } else if let Some(name) = line.strip_prefix('#') {
            self.close();
            name.trim_start_matches('#').trim().clone_into(&mut self.table.name);
            self.table.line = number;
        } else if line.contains(['|', '｜']) {
            self.row(number, line);
        } else if let Some((key, value)) = line.split_once([':', '：']) {
            let setting =
                Setting { line: number, key: key.trim().to_owned(), value: value.trim().to_owned() };
            if !self.table.rows.is_empty() {
                self.fault(
                    number,
                    "SCENARIO_SETTING",
                    "设定须写在表格之前；表中途改规则请用「改规则」一行。",
                    "A setting stands above its table; to change the rules half-way, use a row `change rules`.",
                );
            }
            self.table.settings.push(setting);
        } else {
            self.fault(
                number,
                "SCENARIO_LINE",
                "看不懂这一行：应为标题（#）、设定（键：值）、表格行（| 隔开）或说明（>）。",
                "Not understood: a heading (#), a setting (key: value), a row (cells between |) or a note (>) is expected.",
            );
        }
    }

    fn row(&mut self, number: u64, line: &str) {
        let mut cells = cells(line);
        let first = cells.first().map(|cell| cell.to_lowercase()).unwrap_or_default();
        let is_rule = cells.iter().all(|cell| {
            !cell.is_empty() && cell.trim_matches(':').chars().all(|c| c == '-') && cell.contains("--")
        });
        if is_rule || HEADER.iter().any(|word| first.split_whitespace().any(|part| part == *word)) {
            return;
        }
        if cells.len() == 3 {
            cells.push(String::new());
        }
        let Ok([when, who, what, then]) = <[String; 4]>::try_from(cells) else {
            return self.fault(
                number,
                "SCENARIO_CELLS",
                "一行应有四格：时间 | 谁 | 做什么 | 结果（结果可省）。",
                "A row has four cells: when | who | what | then (the last may be left out).",
            );
        };
        if self.table.line == 0 {
            self.table.line = number;
        }
        self.table.rows.push(Row { line: number, when, who, what, then });
    }

    /// The end of a heading's part: a table, or settings for all that follow.
    fn close(&mut self) {
        let mut table = std::mem::take(&mut self.table);
        if table.rows.is_empty() {
            self.shared.append(&mut table.settings);
            return;
        }
        table.settings.splice(0..0, self.shared.iter().cloned());
        self.tables.push(table);
    }
}

/// The cells of a row; borders and `\|` as Markdown has them.
fn cells(line: &str) -> Vec<String> {
    let line = line.replace('｜', "|").replace("\\|", "\u{1}");
    let line = line.strip_prefix('|').unwrap_or(&line);
    let line = line.strip_suffix('|').unwrap_or(line);
    line.split('|')
        .map(|cell| cell.trim().trim_matches('`').replace('\u{1}', "|").trim().to_owned())
        .collect()
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn a_file_is_headings_settings_and_rows() {
        let text = "放假: 2026-11-23\n# 一 · one\n> a note\n份额: 网格 100\n| 时间 | 谁 | 做什么 | 结果 |\n|---|---|---|---|\n| 10:00 | 热线 | 登记 | |\n## two\n11:00 | 网格员 | 签收\n";
        let tables = read("stem", text).0;
        let names: Vec<_> = tables.iter().map(|table| (table.name.as_str(), table.settings.len())).collect();
        assert_eq!(names, [("一 · one", 2), ("two", 1)]);
        assert_eq!(tables[0].rows[0].line, 7);
        assert_eq!(tables[1].rows[0].what, "签收");
    }

    #[test]
    fn every_line_that_is_not_understood_is_named() {
        let faults = read("stem", "hello\n| a | b |\n| - | - | - | - |\n键: 值\n").1;
        let found: Vec<_> = faults.iter().map(|fault| (fault.line, fault.code.as_str())).collect();
        assert_eq!(
            found,
            [(Some(1), "SCENARIO_LINE"), (Some(2), "SCENARIO_CELLS"), (Some(4), "SCENARIO_SETTING")]
        );
        assert_eq!(read("stem", "").1[0].code, "SCENARIO_EMPTY");
    }
}
