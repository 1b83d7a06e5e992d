//! Finds the unit that an address names.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, MatchKind};
use jiff::civil::Date;

use super::{Org, Unit, UnitKind};
use crate::ids::UnitId;

/// What an address says about where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Located {
    /// One unit, the deepest that is named.
    Found(UnitId),
    /// No unit is named.
    Unknown,
    /// Several units fit, or the names contradict each other: a person decides.
    Ambiguous(Vec<UnitId>),
}

/// Endings of official names, the longer first. What stands before one is the stem.
const ENDINGS: [&str; 13] = [
    "社区居民委员会",
    "社区居民委会",
    "社区居委会",
    "村民委员会",
    "居民委员会",
    "村委会",
    "居委会",
    "街道办事处",
    "街道",
    "社区",
    "镇",
    "村",
    "区",
];

/// After a bare stem these make it the name of a road or a water, not of a unit.
const ROADS: [&str; 17] = [
    "路", "街", "巷", "弄", "桥", "河", "港", "浜", "湖", "山", "大道", "大街", "东路", "西路", "南路",
    "北路", "中路",
];

/// More different names than this no address has; the rest is not looked at.
const MOST_NAMES: usize = 16;

/// All names of places, in one automaton.
#[derive(Debug, Clone)]
pub(super) struct Places {
    names: Option<AhoCorasick>,
    meanings: Vec<Meaning>,
}

#[derive(Debug, Clone, Default)]
struct Meaning {
    /// Units that this name may mean.
    units: Vec<usize>,
    /// A stem without its ending counts only where it stands alone.
    bare: bool,
    /// An alias counts unless it begins the name of a road.
    alias: bool,
}

impl Places {
    /// Names of every unit but the departments: whole, with the usual endings, and bare.
    pub(super) fn of(units: &[Unit]) -> Places {
        let mut whole: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        let mut alias: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        let mut bare: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for (index, unit) in units.iter().enumerate().filter(|(_, unit)| unit.kind != UnitKind::Department) {
            let (names, stem) = spellings(unit);
            for name in names {
                whole.entry(name).or_default().insert(index);
            }
            for name in &unit.aliases {
                alias.entry(name.clone()).or_default().insert(index);
            }
            if let Some(stem) = stem.filter(|stem| stem.chars().count() >= 2) {
                bare.entry(stem).or_default().insert(index);
            }
        }
        let mut patterns = Vec::new();
        let mut meanings = Vec::new();
        let mut taken = BTreeSet::new();
        for (names, is_alias, is_bare) in [(whole, false, false), (alias, true, false), (bare, false, true)] {
            for (name, units) in names {
                if taken.insert(name.clone()) {
                    patterns.push(name);
                    meanings.push(Meaning {
                        units: units.into_iter().collect(),
                        bare: is_bare,
                        alias: is_alias,
                    });
                }
            }
        }
        let names = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&patterns).ok();
        Places { names, meanings }
    }

    /// Meanings of the names that the text contains.
    fn named(&self, text: &str) -> Vec<&Meaning> {
        let Some(names) = &self.names else {
            return Vec::new();
        };
        let found: Vec<_> = names.find_iter(text).collect();
        let mut named: BTreeMap<usize, &Meaning> = BTreeMap::new();
        for (index, hit) in found.iter().enumerate() {
            let Some(meaning) = self.meanings.get(hit.pattern().as_usize()) else {
                continue;
            };
            let rest = text.get(hit.end()..).unwrap_or("");
            let joined = found.get(index + 1).is_some_and(|next| next.start() == hit.end());
            let counts = match (meaning.bare, meaning.alias) {
                (true, _) => joined || stands_alone(rest),
                (_, true) => joined || !is_road(rest),
                _ => true,
            };
            if counts && named.len() < MOST_NAMES {
                named.insert(hit.pattern().as_usize(), meaning);
            }
        }
        named.into_values().collect()
    }
}

/// Whole names of a unit, and its stem. What stands in brackets, as in `一站(样例)`, may be left out.
fn spellings(unit: &Unit) -> (BTreeSet<String>, Option<String>) {
    let mut names = BTreeSet::from([unit.name.clone()]);
    let plain = unit.name.split(['(', '（']).next().unwrap_or(&unit.name).trim().to_owned();
    let stem = ENDINGS.iter().find_map(|ending| {
        plain.strip_suffix(ending).filter(|stem| !stem.is_empty()).map(|stem| (stem.to_owned(), *ending))
    });
    names.insert(plain);
    names.remove("");
    let Some((stem, ending)) = stem else {
        return (names, None);
    };
    match unit.kind {
        UnitKind::Community if ending.starts_with('村') => {
            names.extend(["村", "村委会", "村民委员会"].map(|ending| format!("{stem}{ending}")));
        }
        UnitKind::Community => {
            names.extend(["社区", "社区居委会", "社区居民委员会"].map(|ending| format!("{stem}{ending}")));
        }
        UnitKind::Street | UnitKind::District => {}
        _ => return (names, None),
    }
    (names, Some(stem))
}

fn stands_alone(rest: &str) -> bool {
    rest.chars().next().is_none_or(|next| !next.is_alphabetic())
}

fn is_road(rest: &str) -> bool {
    !rest.starts_with("街道") && ROADS.iter().any(|road| rest.starts_with(road))
}

impl Org {
    /// The unit that an address names, whatever its dates; see [`Org::locate_on`].
    pub fn locate(&self, text: &str) -> Located {
        self.place(text, |_| true)
    }

    /// The unit that an address names, among those that exist on this day. Official names
    /// count with and without 居委会 and the like, and aliases unless a road begins with
    /// them; a bare stem (长桥) counts only where it stands alone or before another name,
    /// because roads are called so too. Names that lie within each other narrow down, and the
    /// deepest wins; names that do not are ambiguous.
    pub fn locate_on(&self, text: &str, date: Date) -> Located {
        self.place(text, |unit| unit.is_valid_on(date))
    }

    fn place(&self, text: &str, exists: impl Fn(&Unit) -> bool) -> Located {
        let sets: Vec<Vec<&Unit>> = self
            .places
            .named(text)
            .into_iter()
            .map(|meaning| meaning.units.iter().filter_map(|index| self.units.get(*index)))
            .map(|units| units.filter(|unit| exists(unit)).collect::<Vec<_>>())
            .filter(|units| !units.is_empty())
            .collect();
        let support =
            |unit: &Unit| sets.iter().filter(|set| set.iter().any(|above| above.covers(unit))).count();
        let mut best: Vec<&Unit> = Vec::new();
        let mut most = 0;
        for unit in sets.iter().flatten() {
            let supported = support(unit);
            if supported > most {
                most = supported;
                best.clear();
            }
            if supported == most && !best.iter().any(|known| known.code == unit.code) {
                best.push(unit);
            }
        }
        let above_all = best.iter().find(|unit| best.iter().all(|other| unit.covers(other)));
        match (best.as_slice(), above_all) {
            ([], _) => Located::Unknown,
            (_, Some(one)) => Located::Found(one.code.clone()),
            _ => {
                let mut codes: Vec<UnitId> = best.iter().map(|unit| unit.code.clone()).collect();
                codes.sort();
                Located::Ambiguous(codes)
            }
        }
    }
}

#[cfg(test)]
mod specs {
    use super::super::samples::org;
    use super::*;

    fn name(text: &str) -> String {
        let org = org();
        match org.locate(text) {
            Located::Found(code) => org.unit(&code).unwrap().name.clone(),
            Located::Unknown => "?".to_owned(),
            Located::Ambiguous(codes) => format!("{} units", codes.len()),
        }
    }

    #[test]
    fn the_deepest_name_wins() {
        assert_eq!(name("苏州市吴中区长桥街道龙桥社区第1网格3栋"), "龙桥社区第1网格(样例)");
        assert_eq!(name("江苏省苏州市吴中区长桥街道龙桥社区居委会旁"), "龙桥社区居委会");
        assert_eq!(name("龙桥社区3栋楼道堆物"), "龙桥社区居委会");
        assert_eq!(name("吴中区长桥街道吴中西路8号"), "长桥街道");
        assert_eq!(name("吴中区"), "吴中区");
        assert_eq!(name("旺山村民委员会门口"), "旺山村委会");
    }

    #[test]
    fn a_road_is_not_the_unit_it_is_named_after() {
        assert_eq!(name("龙西路128号"), "?");
        assert_eq!(name("吴中区太湖大道1号"), "吴中区");
        assert_eq!(name("木渎路1号"), "?");
        assert_eq!(name("木渎金枫路1号"), "木渎镇", "an alias");
        assert_eq!(name("长桥街道龙西路与先锋路口"), "长桥街道");
    }

    #[test]
    fn a_bare_name_counts_where_it_stands_alone_or_before_another() {
        assert_eq!(name("长桥街道，龙桥，3栋"), "龙桥社区居委会");
        assert_eq!(name("长桥龙桥社区"), "龙桥社区居委会");
        assert_eq!(name("东山陆巷村"), "陆巷村委会");
    }

    #[test]
    fn names_that_contradict_each_other_are_for_a_person() {
        assert_eq!(name("长桥街道香溪社区"), "2 units");
        assert_eq!(name("龙桥社区与龙西社区交界处"), "2 units");
        assert_eq!(name("公园里"), "?");
        assert_eq!(name(""), "?");
    }

    const TWINS: &str = "code,name,kind,parent,valid_to\n1,甲区,district,,\n\
        2,东街道,street,1,\n3,东站,station,2,\n4,新华社区居委会,community,3,\n\
        5,西街道,street,1,\n6,西站,station,5,\n7,新华社区居委会,community,6,2025-12-31\n";

    #[test]
    fn one_name_in_two_streets_needs_the_street() {
        let org = Org::parse("units.csv", TWINS).unwrap();
        let both = Located::Ambiguous(vec![UnitId::new("4"), UnitId::new("7")]);
        assert_eq!(org.locate("新华社区5号"), both);
        assert_eq!(org.locate("甲区新华社区5号"), both);
        assert_eq!(org.locate("西街道新华社区5号"), Located::Found(UnitId::new("7")));
        let later = jiff::civil::date(2026, 1, 1);
        assert_eq!(
            org.locate_on("新华社区5号", later),
            Located::Found(UnitId::new("4")),
            "the other no longer exists"
        );
    }

    #[test]
    fn every_community_is_found_by_its_own_name() {
        let org = org();
        for unit in org.units().iter().filter(|unit| unit.kind == UnitKind::Community) {
            let street = org.ancestor_at(&unit.code, crate::ids::Rung::Street).unwrap();
            let address = format!("吴中区{}{}12号", street.name, unit.name);
            assert_eq!(org.locate(&address), Located::Found(unit.code.clone()), "{address}");
        }
    }

    #[test]
    fn a_text_full_of_names_is_answered_at_once() {
        let org = org();
        let names: String = org.units().iter().map(|unit| unit.name.as_str()).collect();
        assert!(matches!(org.locate(&names.repeat(20)), Located::Ambiguous(_)));
    }
}
