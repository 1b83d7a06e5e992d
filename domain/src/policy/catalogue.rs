//! The catalogue of items: who leads, from which rung, within what time.

use std::collections::HashMap;

use serde::Serialize;

use crate::calendar::Budget;
use crate::fault::Fault;
use crate::ids::{ItemCode, Rung};
use crate::org::table::{Row, Table, parts};

const REQUIRED: [&str; 10] = [
    "code",
    "item",
    "lowest_rung",
    "lead",
    "co_units",
    "first_action",
    "resolve",
    "sla_class",
    "source",
    "note",
];

/// Behind a lead's name: the item is routed to another channel, never dispatched.
const ROUTED: &str = "(route, do not dispatch)";

/// One item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Its code, e.g. `0301`.
    pub code: ItemCode,
    /// Its name, e.g. `占道经营/流动摊点`.
    pub name: String,
    /// Other words for it in the item field of a complaint.
    pub aliases: Vec<String>,
    /// The lowest rung that may handle it; none: routed elsewhere, never dispatched.
    pub lowest_rung: Option<Rung>,
    /// Generic name of who leads; the org file says which unit that is.
    pub lead: String,
    /// Generic names of who helps.
    pub co_units: Vec<String>,
    /// First action on site, where the item sets a limit of its own.
    pub first_action: Option<Budget>,
    /// Result, where the item sets a limit of its own.
    pub resolve: Option<Budget>,
    /// Class whose limits hold where the item sets none.
    pub sla_class: String,
    /// Where its limits come from.
    pub source: String,
    /// Remark.
    pub note: String,
    /// Line of the file.
    pub line: u64,
}

impl Item {
    /// Whether it is only routed to another channel and never dispatched.
    pub fn is_routed(&self) -> bool {
        self.lowest_rung.is_none()
    }
}

/// The items of one profile. Read with [`Catalogue::parse`].
#[derive(Debug, Clone)]
pub struct Catalogue {
    items: Vec<Item>,
    index: HashMap<String, usize>,
}

impl Catalogue {
    /// Reads the catalogue (CSV). Columns `code,item,lowest_rung,lead,co_units,first_action,
    /// resolve,sla_class,source,note`, and if wanted `aliases`. `lowest_rung` is grid,
    /// community, station, street or district. An item that is only routed has `—` there, or a
    /// lead that ends in `(route, do not dispatch)`.
    /// `co_units` and `aliases` list names between `、` or `;`. Budgets may be empty.
    ///
    /// Errors: every fault of the file in order of line; `ITEM_*`, `BUDGET_INVALID`, `TABLE_*`.
    pub fn parse(file: &str, text: &str) -> Result<Catalogue, Vec<Fault>> {
        let (catalogue, faults) = Catalogue::read(file, text);
        if faults.is_empty() { Ok(catalogue) } else { Err(faults) }
    }

    /// What can be read of the catalogue, and every fault: one wrong row does not hide another.
    pub(super) fn read(file: &str, text: &str) -> (Catalogue, Vec<Fault>) {
        let mut table = Table::read(file, text, &REQUIRED, &["aliases"]);
        let rows = std::mem::take(&mut table.rows);
        let items: Vec<Item> = rows.iter().map(|row| item(&mut table, row)).collect();
        let index = index(&mut table, &items);
        if items.is_empty() && table.faults.is_empty() {
            table.fault("ITEM_NONE", 1, "", "没有任何事项", "there is no item");
        }
        table.faults.sort_by_key(|fault| fault.line);
        (Catalogue { items, index }, table.faults)
    }

    /// All items in order of the file.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The item of this code.
    pub fn item(&self, code: &ItemCode) -> Option<&Item> {
        self.find(code.as_str()).filter(|item| item.code == *code)
    }

    /// The item that a word means: its code, its exact name, or one of its aliases. Not for
    /// free text.
    pub fn find(&self, word: &str) -> Option<&Item> {
        self.items.get(*self.index.get(word.trim())?)
    }
}

fn item(table: &mut Table, row: &Row) -> Item {
    let text = |table: &Table, column: &str| table.cell(row, column).to_owned();
    let code = text(table, "code");
    if !(1..=20).contains(&code.len())
        || !code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    {
        table.fault(
            "ITEM_CODE_INVALID",
            row.line,
            "code",
            "编码应为 1 至 20 个字母、数字、-、_ 或 .",
            "a code has 1 to 20 letters, digits, -, _ or .",
        );
    }
    for column in ["item", "lead", "sla_class"] {
        if table.cell(row, column).is_empty() {
            table.fault("ITEM_CELL_EMPTY", row.line, column, "不得为空", "must not be empty");
        }
    }
    let word = text(table, "lowest_rung");
    let rung = Rung::parse(&word);
    if rung.is_none() && word != "—" {
        table.fault(
            "ITEM_RUNG_UNKNOWN",
            row.line,
            "lowest_rung",
            "应为 grid、community、station、street、district 或 —",
            "must be grid, community, station, street, district or —",
        );
    }
    let lead = text(table, "lead");
    let dispatched = lead.strip_suffix(ROUTED).is_none();
    let first_action = budget(table, row, "first_action");
    let resolve = budget(table, row, "resolve");
    Item {
        code: ItemCode::new(code),
        name: text(table, "item"),
        aliases: parts(table.cell(row, "aliases")).map(str::to_owned).collect(),
        lowest_rung: rung.filter(|_| dispatched),
        lead: lead.trim_end_matches(ROUTED).trim_end().to_owned(),
        co_units: parts(table.cell(row, "co_units")).map(str::to_owned).collect(),
        first_action,
        resolve,
        sla_class: text(table, "sla_class"),
        source: text(table, "source"),
        note: text(table, "note"),
        line: row.line,
    }
}

fn budget(table: &mut Table, row: &Row, column: &str) -> Option<Budget> {
    let word = Some(table.cell(row, column)).filter(|word| !word.is_empty() && *word != "—")?;
    match Budget::parse(word) {
        Ok(budget) => Some(budget),
        Err(fault) => {
            table.fault(&fault.code, row.line, column, &fault.zh, &fault.en);
            None
        }
    }
}

/// Codes, names and aliases; each may mean one item only.
fn index(table: &mut Table, items: &[Item]) -> HashMap<String, usize> {
    let mut index: HashMap<String, usize> = HashMap::new();
    for (at, item) in items.iter().enumerate() {
        let aliases = item.aliases.iter().map(|alias| ("aliases", alias.as_str()));
        let words = [("code", item.code.as_str()), ("item", item.name.as_str())].into_iter().chain(aliases);
        for (field, word) in words.filter(|(_, word)| !word.is_empty()) {
            match index.get(word).and_then(|first| items.get(*first)) {
                Some(first) => table.fault(
                    "ITEM_NAME_REPEATED",
                    item.line,
                    field,
                    &format!("「{word}」已用于第 {} 行", first.line),
                    &format!("“{word}” is already used on line {}", first.line),
                ),
                None => {
                    index.insert(word.to_owned(), at);
                }
            }
        }
    }
    index
}

#[cfg(test)]
mod specs {
    use super::*;

    const HEADER: &str = "code,item,lowest_rung,lead,co_units,first_action,resolve,sla_class,source,note";

    fn delivered() -> Catalogue {
        Catalogue::parse("catalogue.csv", include_str!("../../../deploy/policy/catalogue.csv")).unwrap()
    }

    #[test]
    fn an_item_is_found_by_code_name_or_alias_and_by_nothing_else() {
        let catalogue = delivered();
        assert_eq!(catalogue.items().len(), 64);
        for word in ["0301", "占道经营/流动摊点", "占道经营", " 流动摊贩 "] {
            assert_eq!(catalogue.find(word).map(|item| item.code.as_str()), Some("0301"), "{word}");
        }
        assert!(catalogue.find("门口有人占道经营，请处理").is_none());
        assert!(catalogue.item(&ItemCode::new("占道经营")).is_none());
    }

    #[test]
    fn a_row_is_read_as_it_stands() {
        let catalogue = delivered();
        let item = catalogue.find("0201").unwrap();
        assert_eq!((item.lowest_rung, item.lead.as_str()), (Some(Rung::Street), "综合执法"));
        assert_eq!(item.co_units, ["住建", "规资"]);
        assert_eq!(item.first_action, Budget::parse("4wh").ok());
        assert_eq!(item.resolve, Budget::parse("5wd").ok());
        assert_eq!(catalogue.find("0302").unwrap().co_units, [""; 0]);
    }

    #[test]
    fn a_report_about_conduct_is_routed_and_has_no_rung() {
        let catalogue = delivered();
        let routed: Vec<_> = catalogue.items().iter().filter(|item| item.is_routed()).collect();
        assert_eq!(routed.len(), 1);
        assert_eq!((routed[0].code.as_str(), routed[0].lead.as_str()), ("1202", "纪检监察"));
    }

    #[test]
    fn the_original_columns_are_enough() {
        let text = format!("{HEADER}\n1,甲,—,乙,—,,,X,s,\n");
        assert!(Catalogue::parse("c.csv", &text).unwrap().find("甲").unwrap().is_routed());
    }

    #[test]
    fn every_mistake_is_named_with_its_line() {
        let text = format!(
            "{HEADER}\n1,甲,grid,乙,,,5wd,N2,,\n1,甲,village,,,0h,5d,,,\n!,丙,grid,乙,,,,N2,,\n2,丁,grid\n"
        );
        let faults = Catalogue::parse("c.csv", &text).err().unwrap();
        let found: Vec<_> =
            faults.iter().map(|fault| (fault.code.as_str(), fault.line, fault.field.as_str())).collect();
        assert_eq!(
            found,
            [
                ("ITEM_CELL_EMPTY", Some(3), "lead"),
                ("ITEM_CELL_EMPTY", Some(3), "sla_class"),
                ("ITEM_RUNG_UNKNOWN", Some(3), "lowest_rung"),
                ("BUDGET_INVALID", Some(3), "first_action"),
                ("BUDGET_INVALID", Some(3), "resolve"),
                ("ITEM_NAME_REPEATED", Some(3), "code"),
                ("ITEM_NAME_REPEATED", Some(3), "item"),
                ("ITEM_CODE_INVALID", Some(4), "code"),
                ("TABLE_ROW_WIDTH", Some(5), ""),
            ]
        );
    }
}
