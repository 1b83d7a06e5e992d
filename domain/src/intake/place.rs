//! Where a complaint belongs: item and unit, as far as its own words say.

use super::complaint::Complaint;
use crate::case::Accused;
use crate::context::Rulebook;
use crate::ids::{ItemCode, UnitId};
use crate::org::Located;

/// What could be understood. Anything unknown goes to triage: a visible queue, never a guess.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Understood {
    /// Row of the catalogue.
    pub item: Option<ItemCode>,
    /// Deepest unit whose area the place lies in.
    pub place: Option<UnitId>,
}

/// Looks item and place up. The place is read from the address, then the title.
pub fn understand(complaint: &Complaint, rules: &Rulebook) -> Understood {
    let item = complaint.item.as_deref().and_then(|item| rules.policy.catalogue.find(item));
    let words = [&complaint.content.address, &complaint.content.title];
    let place = words.into_iter().find_map(|text| match rules.org.locate(text) {
        Located::Found(unit) => Some(unit),
        Located::Unknown | Located::Ambiguous(_) => None,
    });
    Understood { item: item.map(|item| item.code.clone()), place }
}

/// Whom the complaint accuses. Where a name may mean several units all of them are kept away; where it
/// means none a person must look.
pub fn accused(complaint: &Complaint, rules: &Rulebook) -> Accused {
    let mut accused = Accused::default();
    for name in &complaint.content.accused {
        let meant = rules.org.named(name);
        accused.unclear |= meant.is_empty();
        for unit in meant {
            if !accused.units.contains(&unit) {
                accused.units.push(unit);
            }
        }
    }
    accused
}
