//! Who acts, and which unit is meant.

use domain::case::State;
use domain::context::{Actor, Rulebook};
use domain::ids::{Rung, UnitId};
use domain::org::Located;

use super::words::normal;

/// A unit, by name or by where it stands in a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum UnitRef {
    /// This one.
    Fixed(UnitId),
    /// The unit of this rung above the case's place.
    At(Rung),
    /// 主办
    Lead,
    /// 责任单位
    Responsible,
    /// The root of the tree.
    Root,
}

/// Whoever acts in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Person {
    /// Nobody: the clock.
    Clock,
    /// A machine or a resident: no unit.
    Alone(String),
    /// Somebody of a unit; without a name the unit's own clerk.
    Of(Option<String>, UnitRef),
}

/// Reads the rung that a word names.
pub(super) fn rung(word: &str) -> Option<Rung> {
    let word = word.trim();
    let zh = |rung: &Rung| rung.zh() == word || rung.zh().trim_start_matches("联动") == word;
    Rung::ALL.into_iter().find(zh).or_else(|| Rung::parse(&normal(word)))
}

impl UnitRef {
    /// A unit by code, name, or role in a case.
    pub fn read(word: &str, rules: &Rulebook) -> Option<UnitRef> {
        match normal(word).as_str() {
            "主办" | "主办单位" | "lead" => return Some(Self::Lead),
            "责任单位" | "responsible" => return Some(Self::Responsible),
            "全区" | "root" => return Some(Self::Root),
            _ => {}
        }
        if let Some(rung) = rung(word) {
            return Some(Self::At(rung));
        }
        Self::named(word, rules).map(Self::Fixed)
    }

    /// A unit by code or name only.
    pub fn named(word: &str, rules: &Rulebook) -> Option<UnitId> {
        let word = word.trim();
        if word.is_empty() {
            return None;
        }
        let plain = |name: &str| name.replace("(样例)", "");
        let units = rules.org.units();
        let exact = units.iter().find(|unit| unit.code.as_str() == word || unit.name == word);
        let loose = || units.iter().find(|unit| plain(&unit.name) == word);
        let department = || rules.org.department_for(word);
        if let Some(unit) = exact.or_else(loose).or_else(department) {
            return Some(unit.code.clone());
        }
        match rules.org.locate(word) {
            // Only where the text is nothing but the unit's name.
            Located::Found(code) => {
                rules.org.unit(&code).filter(|unit| unit.name.starts_with(word)).map(|unit| unit.code.clone())
            }
            _ => None,
        }
    }

    /// The unit that is meant in this case.
    pub fn resolve(&self, state: &State, rules: &Rulebook) -> Option<UnitId> {
        match self {
            Self::Fixed(code) => Some(code.clone()),
            Self::Lead => state.lead.clone(),
            Self::Responsible => state.responsible.clone(),
            Self::Root => {
                rules.org.units().iter().find(|unit| unit.parent.is_none()).map(|unit| unit.code.clone())
            }
            Self::At(rung) => {
                let from = state.place.as_ref().or(state.lead.as_ref())?;
                rules.org.ancestor_at(from, *rung).map(|unit| unit.code.clone())
            }
        }
    }
}

impl Person {
    /// Reads the second cell.
    pub fn read(cell: &str, rules: &Rulebook) -> Option<Person> {
        let alone = |id: &str| Some(Self::Alone(id.to_owned()));
        let central = |name: &str| Some(Self::Of(Some(name.to_owned()), UnitRef::Root));
        match normal(cell).as_str() {
            "" | "_" | "时钟" | "系统" | "clock" | "system" => return Some(Self::Clock),
            "热线" | "hotline" | "12345" => return alone("bus:12345"),
            "群众" | "居民" | "诉求人" | "resident" | "complainant" => return alone("user:resident"),
            "市中心" | "市级" | "city" => return alone("bus:12345"),
            "督查" | "督查员" | "督查队" | "supervisor" => return central("ducha"),
            "回访员" | "caller" => return central("huifang"),
            "派遣" | "派遣员" | "dispatcher" => return central("paidan"),
            "值班长" | "second_supervisor" => return central("zhibanzhang"),
            "管理员" | "admin" => return central("admin"),
            "承办人" | "承办" | "网格员" | "handler" | "grid_worker" => {
                return Some(Self::Of(None, UnitRef::Lead));
            }
            "责任人" | "answerer" => return Some(Self::Of(None, UnitRef::Responsible)),
            _ => {}
        }
        if let Some((name, unit)) = cell.split_once(['@', '＠']) {
            let unit = UnitRef::read(unit, rules)?;
            return (!name.trim().is_empty()).then(|| Self::Of(Some(name.trim().to_owned()), unit));
        }
        UnitRef::read(cell, rules).map(|unit| Self::Of(None, unit))
    }

    /// The actor, in this case; none where there is no such unit yet.
    pub fn actor(&self, state: &State, rules: &Rulebook) -> Option<Actor> {
        match self {
            Self::Clock => Some(Actor::system("scenario")),
            Self::Alone(id) => Some(Actor { id: id.clone(), unit: None }),
            Self::Of(name, unit) => {
                let unit = unit.resolve(state, rules)?;
                let name = name.clone().unwrap_or_else(|| unit.to_string());
                Some(Actor { id: format!("user:{name}"), unit: Some(unit) })
            }
        }
    }
}
