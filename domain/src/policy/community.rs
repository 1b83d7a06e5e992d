//! 社区职责清单: what may be handed to a community and its grids, and as what (北京条例 §17; 准入).
//!
//! The catalogue says how low an item *can* be solved; this list says what a community *may* be given.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Catalogue;
use crate::fault::Fault;
use crate::ids::ItemCode;
use crate::org::table::Table;

const REQUIRED: [&str; 4] = ["code", "duty", "version", "basis"];
const OPTIONAL: [&str; 2] = ["item", "note"];

/// As what a community may be given an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Duty {
    /// 不得交社区: struck off the list.
    None,
    /// 协助: it helps and never leads.
    Assist,
    /// 主责: it may lead.
    Lead,
}

impl Duty {
    /// The words in the file.
    const ALL: [(&'static str, &'static str, Self); 3] =
        [("none", "无", Self::None), ("assist", "协助", Self::Assist), ("lead", "主责", Self::Lead)];

    fn parse(word: &str) -> Option<Self> {
        let known = Self::ALL.iter().find(|(en, zh, _)| [*en, *zh].contains(&word));
        known.map(|(_, _, duty)| *duty)
    }

    /// The word in the file.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, _, duty)| *duty == self).map_or("", |(word, _, _)| word)
    }
}

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Admission {
    /// As what.
    pub duty: Duty,
    /// Edition of the list with which it came in.
    pub version: String,
    /// Where that is written.
    pub basis: String,
    /// Line of the file.
    pub line: u64,
}

/// The list. Read with [`Community::parse`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Community {
    /// Its newest edition.
    pub version: String,
    rows: BTreeMap<ItemCode, Admission>,
}

impl Community {
    /// Reads the list (CSV). Columns `code,duty,version,basis` and if wanted `item,note`. `code` is an
    /// item of the catalogue; `duty` is lead 主责, assist 协助 or none 无. What has no row is off the list.
    ///
    /// Errors: every fault of the file in order of line; `COMMUNITY_*`, `TABLE_*`.
    pub fn parse(file: &str, text: &str, catalogue: &Catalogue) -> Result<Community, Vec<Fault>> {
        let mut table = Table::read(file, text, &REQUIRED, &OPTIONAL);
        let mut list = Community { version: String::new(), rows: BTreeMap::new() };
        for row in std::mem::take(&mut table.rows) {
            let cell = |table: &Table, column: &str| table.cell(&row, column).to_owned();
            let (word, version, basis) =
                (cell(&table, "duty"), cell(&table, "version"), cell(&table, "basis"));
            for (column, value) in [("version", &version), ("basis", &basis)] {
                if value.is_empty() {
                    table.fault("COMMUNITY_CELL_EMPTY", row.line, column, "不得为空", "must not be empty");
                }
            }
            let Some(duty) = Duty::parse(&word) else {
                let (zh, en) = (
                    "应为 lead（主责）、assist（协助）或 none（不得交社区）",
                    "must be lead, assist or none",
                );
                table.fault("COMMUNITY_DUTY_UNKNOWN", row.line, "duty", zh, en);
                continue;
            };
            let Some(item) = catalogue.item(&ItemCode::new(cell(&table, "code"))) else {
                let (zh, en) = ("事项目录中没有这个事项", "the catalogue has no such item");
                table.fault("COMMUNITY_ITEM_UNKNOWN", row.line, "code", zh, en);
                continue;
            };
            if let Some(first) = list.rows.get(&item.code).map(|first| first.line) {
                let zh = format!("事项 {} 与第 {first} 行重复", item.code);
                let en = format!("the item {} is also on line {first}", item.code);
                table.fault("COMMUNITY_ITEM_REPEATED", row.line, "code", &zh, &en);
                continue;
            }
            list.version = list.version.max(version.clone());
            list.rows.insert(item.code.clone(), Admission { duty, version, basis, line: row.line });
        }
        if table.faults.is_empty() { Ok(list) } else { Err(table.faults) }
    }

    /// The row of an item; none: it is off the list.
    pub fn row(&self, item: &ItemCode) -> Option<&Admission> {
        self.rows.get(item)
    }

    /// All rows, by item.
    pub fn rows(&self) -> impl Iterator<Item = (&ItemCode, &Admission)> {
        self.rows.iter()
    }

    /// As what a community may be given this item.
    pub fn duty(&self, item: &ItemCode) -> Duty {
        self.row(item).map_or(Duty::None, |row| row.duty)
    }

    /// The row with its edition, for whoever is refused because of it.
    pub fn cited(&self, item: &ItemCode) -> String {
        match self.row(item) {
            Some(row) => {
                format!(
                    "{item} {} · community.csv:{} · {} · {}",
                    row.duty.as_str(),
                    row.line,
                    row.version,
                    row.basis
                )
            }
            None => format!("{item} — · community.csv · {}", self.version),
        }
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    fn catalogue() -> Catalogue {
        Catalogue::parse("catalogue.csv", crate::sample::CATALOGUE).unwrap()
    }

    #[test]
    fn the_delivered_list_admits_all_that_the_catalogue_puts_at_a_community_or_its_grids() {
        let catalogue = catalogue();
        let list = Community::parse("community.csv", crate::sample::COMMUNITY, &catalogue).unwrap();
        for item in catalogue.items() {
            let low = item.lowest_rung.is_some_and(|rung| rung <= crate::ids::Rung::Community);
            assert_eq!(list.duty(&item.code) == Duty::Lead, low, "{}", item.code);
        }
        assert_eq!(list.duty(&ItemCode::new("0204")), Duty::Assist);
        assert_eq!(list.version, "sample-2026-1");
    }

    #[test]
    fn a_row_is_cited_with_its_line_and_edition_and_what_is_off_the_list_with_the_lists() {
        let text = "code,duty,version,basis\n0301,协助,2026-2,准入会\n";
        let list = Community::parse("community.csv", text, &catalogue()).unwrap();
        assert_eq!(list.cited(&ItemCode::new("0301")), "0301 assist · community.csv:2 · 2026-2 · 准入会");
        assert_eq!(list.cited(&ItemCode::new("0101")), "0101 — · community.csv · 2026-2");
    }

    #[test]
    fn every_mistake_is_named_with_its_line() {
        let text = "code,duty,version,basis\n0101,lead,1,x\n0101,lead,1,x\n9999,lead,1,x\n0102,maybe,1,x\n0103,lead,,\n";
        let faults = Community::parse("community.csv", text, &catalogue()).unwrap_err();
        let found: Vec<_> = faults
            .iter()
            .map(|fault| (fault.code.as_str(), fault.line.unwrap(), fault.field.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("COMMUNITY_ITEM_REPEATED", 3, "code"),
                ("COMMUNITY_ITEM_UNKNOWN", 4, "code"),
                ("COMMUNITY_DUTY_UNKNOWN", 5, "duty"),
                ("COMMUNITY_CELL_EMPTY", 6, "version"),
                ("COMMUNITY_CELL_EMPTY", 6, "basis"),
            ]
        );
    }
}
