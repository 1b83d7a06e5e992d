//! The tree of units: district, street, station, community, grid, and the departments.

mod locate;
mod pairs;
mod parse;
mod succession;
pub(crate) mod table;

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ids::{Rung, UnitId};
pub use locate::Located;
use locate::Places;
pub use pairs::Pairing;
pub use succession::Succession;

/// What a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// 网格
    Grid,
    /// 社区、村
    Community,
    /// 区域网格联动工作站
    Station,
    /// 街道、镇
    Street,
    /// 区
    District,
    /// 职能部门 of the district.
    Department,
}

impl UnitKind {
    /// All kinds.
    pub const ALL: [UnitKind; 6] = [
        UnitKind::Grid,
        UnitKind::Community,
        UnitKind::Station,
        UnitKind::Street,
        UnitKind::District,
        UnitKind::Department,
    ];

    /// The word in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            UnitKind::Department => "department",
            other => other.rung().as_str(),
        }
    }

    /// Where it stands on the ladder; a department stands beside the district.
    pub fn rung(self) -> Rung {
        match self {
            UnitKind::Grid => Rung::Grid,
            UnitKind::Community => Rung::Community,
            UnitKind::Station => Rung::Station,
            UnitKind::Street => Rung::Street,
            UnitKind::District | UnitKind::Department => Rung::District,
        }
    }

    /// What its parent must be; a district has none.
    fn parent(self) -> Option<UnitKind> {
        match self {
            UnitKind::Grid => Some(UnitKind::Community),
            UnitKind::Community => Some(UnitKind::Station),
            UnitKind::Station => Some(UnitKind::Street),
            UnitKind::Street | UnitKind::Department => Some(UnitKind::District),
            UnitKind::District => None,
        }
    }
}

/// A unit of the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unit {
    /// Its code: ASCII letters, digits, `-`, `_`; safe in a path and in a bus subject.
    pub code: UnitId,
    /// Chinese name, as written.
    pub name: String,
    /// English name; empty where the file gives none.
    pub name_en: String,
    /// What it is.
    pub kind: UnitKind,
    /// Where it stands on the ladder.
    pub rung: Rung,
    /// The unit above; none for a district.
    pub parent: Option<UnitId>,
    /// Codes from the district down to it, `/320506/320506001/`; a unit sees what begins with its path.
    pub path: String,
    /// Lead names of the catalogue that mean this unit.
    pub leads: Vec<String>,
    /// Other names by which an address may call it.
    pub aliases: Vec<String>,
    /// First day on which it exists.
    pub valid_from: Option<Date>,
    /// Last day on which it exists.
    pub valid_to: Option<Date>,
    /// Remark of the file.
    pub note: String,
    /// 共建单位: units that this one may whistle for by itself (部门哨).
    pub paired: Vec<Pairing>,
    /// Line of the file.
    pub line: u64,
}

impl Unit {
    /// Whether it exists on this day.
    pub fn is_valid_on(&self, date: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= date) && self.valid_to.is_none_or(|to| date <= to)
    }

    /// Whether `other` is this unit or stands below it.
    pub fn covers(&self, other: &Unit) -> bool {
        other.path.starts_with(&self.path)
    }
}

/// Who a lead name of the catalogue means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lead<'a> {
    /// The unit of this rung that the place belongs to (社区, 街道, 网格).
    Local(Rung),
    /// One unit of the file.
    Unit(&'a Unit),
}

/// The organisation of one jurisdiction. Read with [`Org::parse`].
#[derive(Debug, Clone)]
pub struct Org {
    units: Vec<Unit>,
    by_code: HashMap<UnitId, usize>,
    by_lead: HashMap<String, usize>,
    children: HashMap<UnitId, Vec<usize>>,
    places: Places,
    successions: Vec<Succession>,
}

impl Org {
    /// All units in order of the file.
    pub fn units(&self) -> &[Unit] {
        &self.units
    }

    /// The unit of this code.
    pub fn unit(&self, code: &UnitId) -> Option<&Unit> {
        self.units.get(*self.by_code.get(code)?)
    }

    /// Path of a unit, `/320506/320506001/…/`; empty for a code that is not in the file.
    pub fn path(&self, code: &UnitId) -> String {
        self.unit(code).map_or_else(String::new, |unit| unit.path.clone())
    }

    /// What names all paths: 32 bytes that change when a unit comes to stand elsewhere.
    pub fn paths(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for unit in &self.units {
            hash.update(unit.path.as_bytes());
            hash.update([0]);
        }
        hash.finalize().into()
    }

    /// Units directly below, in order of the file.
    pub fn children(&self, code: &UnitId) -> Vec<&Unit> {
        let below = self.children.get(code).map_or(&[][..], Vec::as_slice);
        below.iter().filter_map(|index| self.units.get(*index)).collect()
    }

    /// The unit itself or the one above it that stands on this rung.
    pub fn ancestor_at(&self, code: &UnitId, rung: Rung) -> Option<&Unit> {
        let mut unit = self.unit(code)?;
        while unit.rung != rung {
            unit = self.unit(unit.parent.as_ref()?)?;
        }
        Some(unit)
    }

    /// Whether `inner` is `outer` or stands below it.
    pub fn is_within(&self, inner: &UnitId, outer: &UnitId) -> bool {
        self.unit(outer).zip(self.unit(inner)).is_some_and(|(outer, inner)| outer.covers(inner))
    }

    /// Whether the unit has this one as its 共建单位 on this day.
    pub fn is_paired(&self, unit: &UnitId, with: &UnitId, date: Date) -> bool {
        self.unit(unit)
            .is_some_and(|unit| unit.paired.iter().any(|pair| pair.unit == *with && pair.holds_on(date)))
    }

    /// The unit that a lead name of the catalogue means by the `leads` column. Of `水务/市政`
    /// the first part that is known counts; what stands in brackets is left out.
    pub fn department_for(&self, lead: &str) -> Option<&Unit> {
        spellings(lead).find_map(|name| self.units.get(*self.by_lead.get(name)?))
    }

    /// The units that a name may mean: by code, by name with or without what stands in brackets, by
    /// alias or lead name, else as an address names it.
    pub fn named(&self, name: &str) -> Vec<UnitId> {
        let name = name.trim();
        if let Some(unit) = self.unit(&UnitId::new(name)) {
            return vec![unit.code.clone()];
        }
        let bare = |text: &str| text.split(['(', '（']).next().unwrap_or(text).trim().to_owned();
        let means = |unit: &&Unit| {
            let others = unit.aliases.iter().chain(&unit.leads);
            unit.name == name
                || bare(&unit.name) == bare(name)
                || others.into_iter().any(|other| other == name)
        };
        let found: Vec<UnitId> = self.units.iter().filter(means).map(|unit| unit.code.clone()).collect();
        if !found.is_empty() {
            return found;
        }
        match self.locate(name) {
            Located::Found(unit) => vec![unit],
            Located::Ambiguous(units) => units,
            Located::Unknown => Vec::new(),
        }
    }

    /// The names that its units go by as leads.
    pub fn leads(&self) -> Leads {
        Leads(self.by_lead.keys().cloned().collect())
    }

    /// Who a lead name means: a unit by the `leads` column, else the local 社区, 街道 or 网格.
    pub fn lead(&self, lead: &str) -> Option<Lead<'_>> {
        spellings(lead).find_map(|name| match self.by_lead.get(name) {
            Some(index) => self.units.get(*index).map(Lead::Unit),
            None => [Rung::Grid, Rung::Community, Rung::Street]
                .into_iter()
                .find(|rung| name.starts_with(rung.zh()))
                .map(Lead::Local),
        })
    }

    /// The unit that a lead name means for a case at this place.
    pub fn lead_for(&self, lead: &str, place: &UnitId) -> Option<&Unit> {
        match self.lead(lead)? {
            Lead::Unit(unit) => Some(unit),
            Lead::Local(rung) => self.ancestor_at(place, rung),
        }
    }
}

/// The names that units go by as leads, also where the tree itself has faults.
#[derive(Debug, Clone, Default)]
pub struct Leads(HashSet<String>);

impl Leads {
    /// Whether a lead name of the catalogue means somebody: a unit, or the local 社区, 街道 or 网格.
    pub fn knows(&self, lead: &str) -> bool {
        let local = |name: &str| {
            [Rung::Grid, Rung::Community, Rung::Street].iter().any(|rung| name.starts_with(rung.zh()))
        };
        spellings(lead).any(|name| self.0.contains(name) || local(name))
    }
}

/// The whole name, then the name without brackets, then each part of it between `/`.
fn spellings(lead: &str) -> impl Iterator<Item = &str> {
    let bare = lead.split(['(', '（']).next().unwrap_or(lead);
    [lead, bare].into_iter().chain(bare.split('/')).map(str::trim).filter(|name| !name.is_empty())
}

#[cfg(test)]
pub(crate) mod samples {
    use super::Org;

    /// The units that are delivered.
    pub(crate) fn org() -> Org {
        Org::parse("units.csv", include_str!("../../../deploy/org/units.csv"))
            .unwrap_or_else(|faults| panic!("{faults:#?}"))
    }
}

#[cfg(test)]
mod specs {
    use super::samples::org;
    use super::*;

    #[test]
    fn a_grid_knows_every_rung_above_it() {
        let org = org();
        let grid = UnitId::new("320506001012001");
        let above = |rung| org.ancestor_at(&grid, rung).unwrap().name.clone();
        assert_eq!(above(Rung::Grid), "龙桥社区第1网格(样例)");
        assert_eq!(above(Rung::Community), "龙桥社区居委会");
        assert_eq!(above(Rung::Station), "长桥联动一站(样例)");
        assert_eq!(above(Rung::Street), "长桥街道");
        assert_eq!(above(Rung::District), "吴中区");
        assert_eq!(org.path(&grid), "/320506/320506001/S-320506001-01/320506001012/320506001012001/");
        assert!(org.ancestor_at(&UnitId::new("320506"), Rung::Street).is_none());
        assert!(org.is_within(&grid, &UnitId::new("320506001")));
        assert!(!org.is_within(&UnitId::new("320506001"), &grid));
    }

    #[test]
    fn a_lead_name_finds_its_unit() {
        let org = org();
        let name = |lead| org.department_for(lead).map(|unit| unit.name.as_str());
        assert_eq!(name("住建"), Some("区住房和城乡建设局(样例)"));
        assert_eq!(name("生态环境/城管"), Some("区生态环境局(样例)"), "the first part that is known");
        assert_eq!(name("纪检监察 (route, do not dispatch)"), Some("区纪委监委(样例)"));
        assert_eq!(name("火星"), None);
    }

    #[test]
    fn a_community_that_leads_is_the_one_on_the_spot() {
        let org = org();
        let grid = UnitId::new("320506001012001");
        let name = |lead| org.lead_for(lead, &grid).map(|unit| unit.name.as_str());
        assert_eq!(name("社区"), Some("龙桥社区居委会"));
        assert_eq!(name("社区/文体"), Some("龙桥社区居委会"));
        assert_eq!(name("街道"), Some("长桥街道"));
        assert_eq!(name("水务"), Some("区水务局(样例)"));
        assert_eq!(org.lead("社区调解"), Some(Lead::Local(Rung::Community)));
    }

    #[test]
    fn a_station_covers_three_or_four_communities() {
        let org = org();
        for station in org.units().iter().filter(|unit| unit.kind == UnitKind::Station) {
            assert!((3..=4).contains(&org.children(&station.code).len()), "{}", station.name);
        }
        assert!(org.children(&UnitId::new("nowhere")).is_empty());
    }
}
