//! 承接: a unit that has ended hands its open work to its successor. What it did stays its own.

use uuid::Uuid;

use super::event::{PartShift, Shift, WorkMoved};
use super::state::State;
use crate::context::Context;
use crate::ids::UnitId;

/// Who has to take over now; none where every unit of the case still exists, or has no successor.
pub(super) fn moved(state: &State, revision: Uuid, context: &Context<'_>) -> Option<WorkMoved> {
    let today = context.rules.calendar.date_of(context.now);
    let place = state.place.as_ref();
    let shift = |unit: Option<&UnitId>| {
        let unit = unit?;
        let heir = context.rules.org.heir(unit, place, today)?;
        (heir.code != *unit).then(|| Shift { from: unit.clone(), to: heir.code.clone() })
    };
    let parts = state.parts.open();
    let moved = WorkMoved {
        revision,
        place: shift(place),
        lead: shift(state.lead.as_ref()),
        responsible: shift(state.responsible.as_ref()),
        parts: parts
            .filter_map(|part| Some(PartShift { part: part.part, shift: shift(Some(&part.unit))? }))
            .collect(),
    };
    let units = [&moved.place, &moved.lead, &moved.responsible];
    (units.into_iter().any(Option::is_some) || !moved.parts.is_empty()).then_some(moved)
}
