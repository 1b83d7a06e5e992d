//! Reads the file of units and names every mistake in it with its line.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;

use super::locate::Places;
use super::pairs::{check_pairs, pairs};
use super::table::{Row, Table, parts};
use super::{Leads, Org, Unit, UnitKind};
use crate::fault::Fault;
use crate::ids::UnitId;

const REQUIRED: [&str; 4] = ["code", "name", "kind", "parent"];
const OPTIONAL: [&str; 7] = ["name_en", "leads", "aliases", "valid_from", "valid_to", "note", "paired"];

impl Org {
    /// Reads the units (CSV). Columns `code,name,kind,parent` and, if wanted,
    /// `name_en,leads,aliases,valid_from,valid_to,note,paired`, in any order. `kind` is one of
    /// grid, community, station, street, district, department; each stands directly under
    /// the next, a department under a district. `leads` and `aliases` list names between
    /// `、` or `;`. Dates are `YYYY-MM-DD`, both inclusive. `paired` lists 共建单位 by code, each with its
    /// days where it has any: `P-1@2026-01-01/2026-12-31`, `P-2@2026-01-01/`.
    ///
    /// Errors: every fault of the file in order of line; codes `ORG_*` and `TABLE_*`.
    pub fn parse(file: &str, text: &str) -> Result<Org, Vec<Fault>> {
        let mut table = Table::read(file, text, &REQUIRED, &OPTIONAL);
        let rows = std::mem::take(&mut table.rows);
        let units: Vec<Unit> = rows.iter().filter_map(|row| unit(&mut table, row)).collect();
        let by_code = index_codes(&mut table, &units);
        // A row that was left out for another fault is there all the same.
        let written: HashSet<String> = rows.iter().map(|row| table.cell(row, "code").to_owned()).collect();
        check_pairs(&mut table, &units, &written);
        check_parents(&mut table, &units, &by_code, &written);
        let by_lead = index_leads(&mut table, &units);
        if units.is_empty() && table.faults.is_empty() {
            table.fault("ORG_EMPTY", 1, "", "没有任何单位", "there is no unit");
        }
        table.faults.sort_by_key(|fault| fault.line);
        match table.faults.is_empty() {
            true => Ok(assemble(units, by_code, by_lead)),
            false => Err(table.faults),
        }
    }
}

impl Leads {
    /// Reads only the lead names of the units, whatever else is wrong with the file.
    pub fn read(text: &str) -> Leads {
        let table = Table::read("", text, &REQUIRED, &OPTIONAL);
        let cells = table.rows.iter().flat_map(|row| parts(table.cell(row, "leads")));
        Leads(cells.map(str::to_owned).collect())
    }
}

/// One row as a unit; none when its kind is unknown, or its code unusable.
fn unit(table: &mut Table, row: &Row) -> Option<Unit> {
    let code = table.cell(row, "code").to_owned();
    let sound = (1..=40).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if !sound {
        table.fault(
            "ORG_CODE_INVALID",
            row.line,
            "code",
            "编码应为 1 至 40 个字母、数字、- 或 _",
            "a code has 1 to 40 letters, digits, - or _",
        );
    }
    let name = table.cell(row, "name").to_owned();
    if name.is_empty() {
        table.fault("ORG_NAME_EMPTY", row.line, "name", "名称为空", "the name is empty");
    }
    let word = table.cell(row, "kind").to_owned();
    let kind = UnitKind::ALL.into_iter().find(|kind| kind.as_str() == word);
    if kind.is_none() {
        table.fault(
            "ORG_KIND_UNKNOWN",
            row.line,
            "kind",
            "类型应为 grid、community、station、street、district 或 department",
            "the kind must be grid, community, station, street, district or department",
        );
    }
    let valid_from = date(table, row, "valid_from");
    let valid_to = date(table, row, "valid_to");
    if valid_from.zip(valid_to).is_some_and(|(from, to)| to < from) {
        table.fault(
            "ORG_DATES_REVERSED",
            row.line,
            "valid_to",
            "失效日期早于生效日期",
            "the last day is before the first",
        );
    }
    let kind = kind.filter(|_| sound)?;
    let parent = Some(table.cell(row, "parent")).filter(|parent| !parent.is_empty());
    Some(Unit {
        code: UnitId::new(code),
        name,
        name_en: table.cell(row, "name_en").to_owned(),
        kind,
        rung: kind.rung(),
        parent: parent.map(UnitId::new),
        path: String::new(),
        leads: parts(table.cell(row, "leads")).map(str::to_owned).collect(),
        aliases: parts(table.cell(row, "aliases")).map(str::to_owned).collect(),
        valid_from,
        valid_to,
        note: table.cell(row, "note").to_owned(),
        paired: pairs(table, row),
        line: row.line,
    })
}

fn date(table: &mut Table, row: &Row, column: &str) -> Option<Date> {
    let text = table.cell(row, column).to_owned();
    let date = text.parse::<Date>().ok().filter(|date| date.to_string() == text);
    if date.is_none() && !text.is_empty() {
        table.fault(
            "ORG_DATE_INVALID",
            row.line,
            column,
            "日期无效，应为 YYYY-MM-DD",
            "not a date of the form YYYY-MM-DD",
        );
    }
    date
}

fn index_codes(table: &mut Table, units: &[Unit]) -> HashMap<UnitId, usize> {
    let mut by_code: HashMap<UnitId, usize> = HashMap::with_capacity(units.len());
    for (index, unit) in units.iter().enumerate() {
        match by_code.get(&unit.code).and_then(|first| units.get(*first)) {
            Some(first) => table.fault(
                "ORG_CODE_REPEATED",
                unit.line,
                "code",
                &format!("编码 {} 与第 {} 行重复", unit.code, first.line),
                &format!("the code {} is also on line {}", unit.code, first.line),
            ),
            None => {
                by_code.insert(unit.code.clone(), index);
            }
        }
    }
    by_code
}

/// Each parent must exist, be of the right kind, and lead up to a district. One whose row was left out for
/// another fault is not reported again.
fn check_parents(
    table: &mut Table,
    units: &[Unit],
    by_code: &HashMap<UnitId, usize>,
    written: &HashSet<String>,
) {
    for unit in units {
        let parent = unit.parent.as_ref().and_then(|code| units.get(*by_code.get(code)?));
        match (unit.kind.parent(), &unit.parent, parent) {
            (None, None, _) => {}
            (None, Some(_), _) => table.fault(
                "ORG_PARENT_KIND",
                unit.line,
                "parent",
                "区没有上级单位",
                "a district has no parent",
            ),
            (Some(wanted), None, _) => table.fault(
                "ORG_PARENT_MISSING",
                unit.line,
                "parent",
                &format!("缺少上级单位，应为 {}", wanted.as_str()),
                &format!("the parent is missing; it must be a {}", wanted.as_str()),
            ),
            (Some(_), Some(code), None) if !written.contains(code.as_str()) => {
                table.fault(
                    "ORG_PARENT_UNKNOWN",
                    unit.line,
                    "parent",
                    &format!("上级单位 {} 不存在", show(code)),
                    &format!("the parent {} does not exist", show(code)),
                );
            }
            (Some(wanted), Some(_), Some(parent)) if parent.kind != wanted => table.fault(
                "ORG_PARENT_KIND",
                unit.line,
                "parent",
                &format!("上级单位是 {}，应为 {}（不得缺级）", parent.kind.as_str(), wanted.as_str()),
                &format!(
                    "the parent is a {}, it must be a {}: no rung may be missing",
                    parent.kind.as_str(),
                    wanted.as_str()
                ),
            ),
            _ => {}
        }
        if in_cycle(unit, units, by_code) {
            table.fault("ORG_CYCLE", unit.line, "parent", "上级关系成环", "the unit is above itself");
        }
    }
}

/// Whether the unit is above itself. A longer way than this breaks the order of kinds anyway.
fn in_cycle(unit: &Unit, units: &[Unit], by_code: &HashMap<UnitId, usize>) -> bool {
    let above = |unit: &Unit| units.get(*by_code.get(unit.parent.as_ref()?)?);
    std::iter::successors(above(unit), |unit| above(unit)).take(64).any(|above| above.code == unit.code)
}

fn index_leads(table: &mut Table, units: &[Unit]) -> HashMap<String, usize> {
    let mut by_lead: HashMap<String, usize> = HashMap::new();
    for (index, unit) in units.iter().enumerate() {
        for lead in &unit.leads {
            match by_lead.get(lead).and_then(|first| units.get(*first)) {
                Some(first) => table.fault(
                    "ORG_LEAD_REPEATED",
                    unit.line,
                    "leads",
                    &format!("牵头名称「{lead}」已属于第 {} 行", first.line),
                    &format!("the lead name “{lead}” already belongs to line {}", first.line),
                ),
                None => {
                    by_lead.insert(lead.clone(), index);
                }
            }
        }
    }
    by_lead
}

fn show(code: &UnitId) -> String {
    code.as_str().chars().take(40).collect()
}

/// Everything is sound: paths, children and the places of the address reader.
fn assemble(mut units: Vec<Unit>, by_code: HashMap<UnitId, usize>, by_lead: HashMap<String, usize>) -> Org {
    let mut children: HashMap<UnitId, Vec<usize>> = HashMap::new();
    let mut paths = Vec::with_capacity(units.len());
    for (index, unit) in units.iter().enumerate() {
        if let Some(parent) = &unit.parent {
            children.entry(parent.clone()).or_default().push(index);
        }
        let mut path = format!("/{}/", unit.code);
        let mut at = unit;
        while let Some(parent) = at.parent.as_ref().and_then(|code| units.get(*by_code.get(code)?)) {
            path.insert_str(0, &format!("/{}", parent.code));
            at = parent;
        }
        paths.push(path);
    }
    for (unit, path) in units.iter_mut().zip(paths) {
        unit.path = path;
    }
    let places = Places::of(&units);
    Org { units, by_code, by_lead, children, places, successions: Vec::new() }
}

#[cfg(test)]
mod specs {
    use super::*;

    const TREE: &str = "code,name,kind,parent,leads,valid_from,valid_to\n\
        1,甲区,district,,,,\n2,乙街道,street,1,,,\n3,丙站,station,2,,,\n4,丁社区,community,3,,,\n5,戊网格,grid,4,,,\n";

    fn faults(rows: &str) -> Vec<(String, u64)> {
        let faults = Org::parse("units.csv", &format!("{TREE}{rows}")).err().unwrap_or_default();
        faults.into_iter().map(|fault| (fault.code, fault.line.unwrap())).collect()
    }

    #[test]
    fn a_sound_tree_is_read() {
        let org = Org::parse("units.csv", TREE).unwrap();
        assert_eq!(org.path(&UnitId::new("5")), "/1/2/3/4/5/");
    }

    #[test]
    fn one_bad_row_hides_no_other() {
        let rows = "6,科室,office,1,,,\n7,网格,grid,99,,,\n8,科室下,department,6,,,\n";
        let expected = [("ORG_KIND_UNKNOWN", 7), ("ORG_PARENT_UNKNOWN", 8)];
        assert_eq!(faults(rows), expected.map(|(code, line)| (code.to_owned(), line)));
    }

    #[test]
    fn every_mistake_is_named_with_its_line() {
        let rows = "2,重,street,1,,,\n\
            6,,grid,4,,,\n\
            7,跳级,grid,3,,,\n\
            8,孤儿,grid,99,,,\n\
            9,局,department,1,城管、住建,,\n\
            10,局二,department,1,住建,2026-13-01,\n\
            11,局三,department,1,,2026-02-01,2026-01-01\n\
            12,无上级,street,,,,\n\
            13,有上级,district,1,,,\n";
        let expected = [
            ("ORG_CODE_REPEATED", 7),
            ("ORG_NAME_EMPTY", 8),
            ("ORG_PARENT_KIND", 9),
            ("ORG_PARENT_UNKNOWN", 10),
            ("ORG_DATE_INVALID", 12),
            ("ORG_LEAD_REPEATED", 12),
            ("ORG_DATES_REVERSED", 13),
            ("ORG_PARENT_MISSING", 14),
            ("ORG_PARENT_KIND", 15),
        ];
        assert_eq!(faults(rows), expected.map(|(code, line)| (code.to_owned(), line)));
    }

    #[test]
    fn unknown_kinds_unusable_codes_and_short_rows_are_named() {
        let found = faults("a/b,名,grid,4,,,\n14,名,village,4,,,\n15,名,grid\n16,\u{1},grid,4,,,\n");
        let codes: Vec<_> = found.iter().map(|(code, line)| (code.as_str(), *line)).collect();
        assert_eq!(
            codes,
            [
                ("ORG_CODE_INVALID", 7),
                ("ORG_KIND_UNKNOWN", 8),
                ("TABLE_ROW_WIDTH", 9),
                ("TABLE_CONTROL_CHARACTER", 10)
            ]
        );
    }

    #[test]
    fn units_that_stand_above_each_other_are_a_cycle() {
        let found = faults("20,环一,grid,21,,,\n21,环二,grid,20,,,\n22,自环,grid,22,,,\n");
        let cycles = found.iter().filter(|(code, _)| code == "ORG_CYCLE").count();
        assert_eq!(cycles, 3);
    }
}
