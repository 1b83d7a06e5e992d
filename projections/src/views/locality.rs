//! 所在社区: where a case happened, as coarse as repeated complaints are looked for. One is placed in a
//! grid and the next in its community: both are of that community.

use domain::ids::Rung;
use domain::org::{Org, Unit};

use super::case_row::CaseRow;

/// Notes the community at or above the case's place; the place itself where that lies higher. None for a
/// case that is kept from somebody: nothing is counted or suggested by it.
pub(super) fn note(row: &mut CaseRow, org: &Org) {
    let found = locality(row, org);
    row.locality_path = found.map(|unit| unit.path.clone()).unwrap_or_default();
    row.locality = found.map(|unit| unit.code.clone());
}

fn locality<'o>(row: &CaseRow, org: &'o Org) -> Option<&'o Unit> {
    if row.accused_unclear || !row.barred.is_empty() {
        return None;
    }
    let place = org.unit(row.place.as_ref()?)?;
    let mut here = place;
    while here.rung != Rung::Community {
        match here.parent.as_ref().and_then(|parent| org.unit(parent)) {
            Some(above) => here = above,
            None => return Some(place),
        }
    }
    Some(here)
}
