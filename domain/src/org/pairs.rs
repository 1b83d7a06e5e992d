//! 共建单位: which units a community may whistle for by itself (部门哨), and from when to when.

use std::collections::HashSet;

use jiff::civil::Date;
use serde::Serialize;

use super::Unit;
use super::table::{Row, Table, parts};
use crate::ids::UnitId;

/// A unit that another one is paired with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pairing {
    /// The unit that may be called.
    pub unit: UnitId,
    /// First day.
    pub valid_from: Option<Date>,
    /// Last day.
    pub valid_to: Option<Date>,
}

impl Pairing {
    /// Whether it holds on this day.
    pub fn holds_on(&self, date: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= date) && self.valid_to.is_none_or(|to| date <= to)
    }
}

/// The column `paired` of a row: `P-1@2026-01-01/2026-12-31、P-2`.
pub(super) fn pairs(table: &mut Table, row: &Row) -> Vec<Pairing> {
    let cell = table.cell(row, "paired").to_owned();
    let mut found = Vec::new();
    for part in parts(&cell) {
        match pair(part) {
            Some(pair) => found.push(pair),
            None => table.fault(
                "ORG_PAIR_INVALID",
                row.line,
                "paired",
                "共建单位应写成 编码 或 编码@起/止，日期为 YYYY-MM-DD",
                "a pairing is CODE or CODE@FROM/TO, with dates of the form YYYY-MM-DD",
            ),
        }
    }
    found
}

fn pair(text: &str) -> Option<Pairing> {
    let Some((unit, days)) = text.split_once('@') else {
        return Some(Pairing { unit: UnitId::new(text), valid_from: None, valid_to: None });
    };
    let (from, to) = days.split_once('/')?;
    let (valid_from, valid_to) = (date(from)?, date(to)?);
    let reversed = valid_from.zip(valid_to).is_some_and(|(from, to)| to < from);
    (!reversed).then(|| Pairing { unit: UnitId::new(unit), valid_from, valid_to })
}

/// A date, or none where nothing is written; the outer none is a mistake.
fn date(text: &str) -> Option<Option<Date>> {
    if text.is_empty() {
        return Some(None);
    }
    let date = text.parse::<Date>().ok().filter(|date| date.to_string() == text)?;
    Some(Some(date))
}

/// Each unit that is named must be there. A row that was left out for another fault is.
pub(super) fn check_pairs(table: &mut Table, units: &[Unit], written: &HashSet<String>) {
    for unit in units {
        for pair in unit.paired.iter().filter(|pair| !written.contains(pair.unit.as_str())) {
            let named: String = pair.unit.as_str().chars().take(40).collect();
            table.fault(
                "ORG_PAIR_UNKNOWN",
                unit.line,
                "paired",
                &format!("共建单位 {named} 不存在"),
                &format!("the paired unit {named} does not exist"),
            );
        }
    }
}

#[cfg(test)]
mod specs {
    use super::super::Org;
    use super::*;

    const TREE: &str = "code,name,kind,parent,paired\n1,甲区,district,,\n2,乙街道,street,1,\n3,丙站,station,2,\n\
        P,会议中心,department,1,\n";

    fn read(paired: &str) -> Result<Org, Vec<(String, u64)>> {
        let text = format!("{TREE}4,丁社区,community,3,{paired}\n");
        let told = |faults: Vec<crate::fault::Fault>| {
            faults.into_iter().map(|fault| (fault.code, fault.line.unwrap_or(0))).collect()
        };
        Org::parse("units.csv", &text).map_err(told)
    }

    #[test]
    fn a_pairing_holds_from_its_first_to_its_last_day() {
        let org = read("P@2026-02-01/2026-12-31").unwrap();
        let on = |day: &str| org.is_paired(&UnitId::new("4"), &UnitId::new("P"), day.parse().unwrap());
        assert_eq!(
            [on("2026-01-31"), on("2026-02-01"), on("2026-12-31"), on("2027-01-01")],
            [false, true, true, false]
        );
        let always = read("P").unwrap();
        assert!(always.is_paired(&UnitId::new("4"), &UnitId::new("P"), "1999-01-01".parse().unwrap()));
        assert!(!always.is_paired(&UnitId::new("P"), &UnitId::new("4"), "1999-01-01".parse().unwrap()));
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let told = |paired: &str| read(paired).err().unwrap_or_default();
        assert_eq!(told("P@2026"), [("ORG_PAIR_INVALID".to_owned(), 6)]);
        assert_eq!(told("P@2026-02-30/"), [("ORG_PAIR_INVALID".to_owned(), 6)]);
        assert_eq!(told("P@2026-03-01/2026-02-01"), [("ORG_PAIR_INVALID".to_owned(), 6)]);
        assert_eq!(told("X"), [("ORG_PAIR_UNKNOWN".to_owned(), 6)]);
    }
}
