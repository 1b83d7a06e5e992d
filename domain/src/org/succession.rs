//! 撤并: which unit takes over when one ends, from which day, and at which places.
//!
//! What happened stays with the unit that did it. Open work goes to the successor by events, and new
//! work goes there at once.

use jiff::civil::Date;

use super::Org;
use super::table::{Row, Table};
use crate::fault::Fault;
use crate::ids::UnitId;

const REQUIRED: [&str; 3] = ["from", "to", "on"];
const OPTIONAL: [&str; 2] = ["place", "note"];
/// A successor of a successor, and so on: more is a mistake.
const MOST: usize = 16;

/// A unit that ends, and who takes over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Succession {
    /// The unit that ends.
    pub from: UnitId,
    /// Its successor: of the same kind.
    pub to: UnitId,
    /// First day on which the successor answers.
    pub on: Date,
    /// Only for what lies within this unit; none takes the rest.
    pub place: Option<UnitId>,
    /// Line of the file.
    pub line: u64,
}

impl Org {
    /// The same tree with its successions. Columns `from,to,on` and, if wanted, `place,note`. A unit that
    /// is split has a row for each place, and perhaps one without for the rest.
    ///
    /// # Errors
    /// Every fault of the file in order of line; codes `SUCCESSION_*` and `TABLE_*`.
    pub fn succeeded(mut self, file: &str, text: &str) -> Result<Org, Vec<Fault>> {
        let mut table = Table::read(file, text, &REQUIRED, &OPTIONAL);
        let rows = std::mem::take(&mut table.rows);
        let read: Vec<Succession> = rows.iter().filter_map(|row| succession(&mut table, row)).collect();
        for (index, one) in read.iter().enumerate() {
            self.check(&mut table, one, read.get(..index).unwrap_or_default());
        }
        self.successions = read;
        for one in &self.successions {
            let known = self.unit(&one.to).is_some();
            if known && self.heir(&one.from, one.place.as_ref(), Date::MAX).is_none() {
                table.fault(
                    "SUCCESSION_CYCLE",
                    one.line,
                    "to",
                    "承接关系成环",
                    "the successors go round in a circle",
                );
            }
        }
        if !table.faults.is_empty() {
            table.faults.sort_by_key(|fault| fault.line);
            return Err(table.faults);
        }
        self.nest();
        Ok(self)
    }

    /// Who takes over from whom, in order of the file.
    pub fn successions(&self) -> &[Succession] {
        &self.successions
    }

    /// The unit that answers for this one on a day, for what lies at this place: itself while it exists,
    /// else its successor, or the successor of that. None for a unit that is not in the file.
    pub fn heir(&self, code: &UnitId, place: Option<&UnitId>, on: Date) -> Option<&super::Unit> {
        let mut code = code;
        for _ in 0..MOST {
            match self.next(code, place, on) {
                Some(one) => code = &one.to,
                None => return self.unit(code),
            }
        }
        None
    }

    fn next(&self, code: &UnitId, place: Option<&UnitId>, on: Date) -> Option<&Succession> {
        let mut due = self.successions.iter().filter(|one| one.from == *code && one.on <= on);
        let here = due.clone().find(|one| {
            one.place.as_ref().zip(place).is_some_and(|(part, place)| self.is_within(place, part))
        });
        here.or_else(|| due.find(|one| one.place.is_none()))
    }

    /// The one successor of a unit that was merged into it; none where it exists or was split.
    pub fn merged_into(&self, code: &UnitId, on: Date) -> Option<&super::Unit> {
        let mut rows = self.successions.iter().filter(|one| one.from == *code && one.on <= on);
        match (rows.next(), rows.next()) {
            (Some(one), None) if one.place.is_none() => self.heir(&one.to, None, on),
            _ => None,
        }
    }

    fn check(&self, table: &mut Table, one: &Succession, before: &[Succession]) {
        let mut known = true;
        for (column, code) in
            [("from", Some(&one.from)), ("to", Some(&one.to)), ("place", one.place.as_ref())]
        {
            if code.is_some_and(|code| self.unit(code).is_none()) {
                known = false;
                table.fault(
                    "SUCCESSION_UNIT_UNKNOWN",
                    one.line,
                    column,
                    "单位表中没有这个编码",
                    "no unit has this code",
                );
            }
        }
        if before.iter().any(|other| (&other.from, &other.place) == (&one.from, &one.place)) {
            table.fault(
                "SUCCESSION_REPEATED",
                one.line,
                "from",
                "同一单位同一范围已有承接单位",
                "this unit has a successor for this place already",
            );
        }
        let (Some(from), Some(to), true) = (self.unit(&one.from), self.unit(&one.to), known) else { return };
        if from.kind != to.kind {
            table.fault(
                "SUCCESSION_KIND",
                one.line,
                "to",
                "承接单位须与原单位同级",
                "a successor is of the same kind as the unit that ends",
            );
        }
        if from.valid_to.is_none_or(|last| last >= one.on) {
            table.fault(
                "SUCCESSION_DATES",
                one.line,
                "on",
                "原单位的失效日期 valid_to 须早于承接日期",
                "the unit's valid_to must be before this day",
            );
        }
        if !to.is_valid_on(one.on) {
            table.fault(
                "SUCCESSION_DATES",
                one.line,
                "to",
                "承接单位在承接日期尚未生效或已失效",
                "the successor does not exist on this day",
            );
        }
    }

    /// A unit that was merged stands below its successor from now on: who sees the one sees what the
    /// other did.
    fn nest(&mut self) {
        for index in 0..self.units.len() {
            let Some(unit) = self.units.get(index) else { continue };
            let (code, old) = (unit.code.clone(), unit.path.clone());
            let Some(heir) = self.merged_into(&code, Date::MAX) else { continue };
            let new = format!("{}{code}/", heir.path);
            for unit in &mut self.units {
                if let Some(rest) = unit.path.strip_prefix(&old) {
                    unit.path = format!("{new}{rest}");
                }
            }
        }
    }
}

fn succession(table: &mut Table, row: &Row) -> Option<Succession> {
    let text = table.cell(row, "on").to_owned();
    let on = text.parse::<Date>().ok().filter(|date| date.to_string() == text);
    if on.is_none() {
        table.fault(
            "SUCCESSION_DATE_INVALID",
            row.line,
            "on",
            "日期无效，应为 YYYY-MM-DD",
            "not a date of the form YYYY-MM-DD",
        );
    }
    Some(Succession {
        from: UnitId::new(table.cell(row, "from")),
        to: UnitId::new(table.cell(row, "to")),
        on: on?,
        place: Some(table.cell(row, "place")).filter(|place| !place.is_empty()).map(UnitId::new),
        line: row.line,
    })
}

#[cfg(test)]
mod specs {
    use super::*;
    use jiff::civil::date;

    const UNITS: &str = "code,name,kind,parent,valid_from,valid_to\n\
        1,甲区,district,,,\n\
        A,东街道,street,1,,2026-12-31\nB,西街道,street,1,,2026-12-31\nC,中街道,street,1,,2026-12-31\n\
        N,新街道,street,1,2027-01-01,\nM,北街道,street,1,2027-01-01,\n\
        S,东站,station,N,,\nT,中站,station,M,,\n\
        P,东社区,community,S,,\nQ,中社区,community,T,,\n";
    const ROWS: &str =
        "from,to,on,place\nA,N,2027-01-01,\nB,N,2027-01-01,\nC,M,2027-01-01,Q\nC,N,2027-01-01,\n";

    fn org(rows: &str) -> Result<Org, Vec<Fault>> {
        Org::parse("units.csv", UNITS).expect("a tree").succeeded("succession.csv", rows)
    }

    fn heir(code: &str, place: &str, on: Date) -> String {
        let org = org(ROWS).expect("sound");
        let heir = org.heir(&UnitId::new(code), Some(&UnitId::new(place)), on).expect("a unit");
        heir.code.to_string()
    }

    #[test]
    fn on_the_day_the_successor_answers_and_not_before() {
        assert_eq!(heir("A", "P", date(2026, 12, 31)), "A");
        assert_eq!(heir("A", "P", date(2027, 1, 1)), "N");
        assert_eq!(heir("N", "P", date(2027, 1, 1)), "N");
    }

    #[test]
    fn a_split_names_who_takes_what_by_place() {
        assert_eq!(heir("C", "Q", date(2027, 1, 1)), "M");
        assert_eq!(heir("C", "P", date(2027, 1, 1)), "N", "the rest");
    }

    #[test]
    fn who_sees_the_successor_sees_what_the_merged_units_did() {
        let org = org(ROWS).expect("sound");
        assert_eq!(org.path(&UnitId::new("A")), "/1/N/A/");
        assert_eq!(org.path(&UnitId::new("B")), "/1/N/B/");
        assert_eq!(org.path(&UnitId::new("C")), "/1/C/", "a split unit's past is the district's");
    }

    #[test]
    fn every_mistake_is_named_with_its_line() {
        let rows = "from,to,on,place\nA,X,2027-01-01,\nA,N,2026-12-31,\nA,S,2027-01-01,P\nB,N,soon,\nN,N,2027-01-01,\n";
        let found: Vec<_> = org(rows)
            .expect_err("wrong")
            .into_iter()
            .map(|fault| (fault.code, fault.line.unwrap_or(0)))
            .collect();
        let has = |code: &str, line| found.contains(&(code.to_owned(), line));
        assert!(has("SUCCESSION_UNIT_UNKNOWN", 2), "{found:?}");
        assert!(has("SUCCESSION_DATES", 3) && has("SUCCESSION_REPEATED", 3), "{found:?}");
        assert!(has("SUCCESSION_KIND", 4), "{found:?}");
        assert!(has("SUCCESSION_DATE_INVALID", 5), "{found:?}");
        assert!(has("SUCCESSION_CYCLE", 6), "{found:?}");
    }
}
