//! 关联与并单 (国办函〔2025〕66号: 重复诉求原则上并单处理). While it is merged nothing of a case is due and
//! nobody is reminded; its complainant stays a party of its own. Taken apart again, everything is as it was,
//! with the time in between left out of every clock.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::barred::Barred;
use super::clocks::{self, DeadlineName, Due};
use super::event::{CaseLinked, CaseMerged, CaseUnmerged, Event};
use super::hands::Hands;
use super::part;
use super::rejection::{Code, Rejection};
use super::state::{Life, State};
use super::supervision;
use crate::calendar::Suspension;
use crate::context::{Context, Rulebook};
use crate::ids::{CaseId, ItemCode, Rung, UnitId};
use crate::intake::redact;

/// Another case, as far as it must be known to put the two together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Other {
    /// Which.
    pub case: CaseId,
    /// Its number.
    pub case_no: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// Where in its life.
    pub life: Life,
    /// Its item, where it is known.
    #[serde(default)]
    pub item: Option<ItemCode>,
    /// Its place, where it is known.
    #[serde(default)]
    pub place: Option<UnitId>,
    /// Units in whose hands it is.
    #[serde(default)]
    pub holders: Vec<UnitId>,
    /// Who is kept from it.
    #[serde(default)]
    pub barred: Barred,
}

impl Other {
    /// What another case shows of itself.
    pub fn of(case: CaseId, state: &State) -> Option<Self> {
        Some(Self {
            case,
            case_no: state.case_no.clone(),
            received_at: state.received_at?,
            life: state.life,
            item: state.item.clone(),
            place: state.place.clone(),
            holders: state.holders().into_iter().cloned().collect(),
            barred: state.barred.clone(),
        })
    }
}

/// What a merged case was before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Merged {
    /// The case that goes on for both.
    pub into_no: String,
    /// Since when its clocks stand.
    pub since: Timestamp,
    /// Where in its life it was.
    pub life: Life,
    /// What was due.
    pub dues: Vec<(DeadlineName, Due)>,
    /// What had passed, and been told.
    pub passed: Vec<(DeadlineName, Due)>,
    /// Who had it in hand, and what they asked for.
    pub hands: Hands,
    /// Its own pause.
    pub suspended: Option<(Timestamp, Option<Timestamp>)>,
}

/// 关联
pub(super) fn link(state: &State, other: &Other, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    fits(state, other, context)?;
    Ok(vec![Event::CaseLinked(CaseLinked { other: other.case, other_no: other.case_no.clone() })])
}

/// 并单, always into the earlier one: two cases can never be merged into each other.
pub(super) fn merge(state: &State, into: &Other, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    fits(state, into, context)?;
    if !into.life.is_open() {
        return Err(Rejection::about(Code::MergeTargetClosed, &into.case_no));
    }
    let own = state.received_at.unwrap_or(Timestamp::MIN);
    // Of two that came at the same instant either may go on: the other is merged, and takes nothing in.
    if into.received_at > own {
        return Err(Rejection::about(Code::MergeIntoOlder, &into.case_no));
    }
    if !same_matter(state, into, context) {
        return Err(Rejection::about(Code::NotTheSameMatter, &into.case_no));
    }
    part::none_open(state)?;
    if state.whistle.open().next().is_some() {
        return Err(Code::LegsOpen.into());
    }
    Ok(vec![Event::CaseMerged(CaseMerged {
        into: into.case,
        into_no: into.case_no.clone(),
        at: context.occurred_at,
    })])
}

/// One item, in one community, within the policy's days (DOMAIN §2.7); what is not known of either speaks
/// against nothing. What is alike and not the same is linked.
fn same_matter(state: &State, into: &Other, context: &Context<'_>) -> bool {
    let Rulebook { org, policy, .. } = context.rules;
    let community = |place: &UnitId| org.ancestor_at(place, Rung::Community).map(|unit| unit.code.clone());
    let same = |own: &UnitId, other: &UnitId| {
        let shared = community(own).is_some() && community(own) == community(other);
        shared || org.is_within(own, other) || org.is_within(other, own)
    };
    let item = state.item.as_ref().zip(into.item.as_ref()).is_none_or(|(own, other)| own == other);
    let place = state.place.as_ref().zip(into.place.as_ref()).is_none_or(|(own, other)| same(own, other));
    let hours = state.received_at.map_or(0, |own| own.duration_since(into.received_at).as_hours());
    item && place && hours <= i64::from(policy.sla.duplicate_days) * 24
}

/// Neither case may betray the other: a report against somebody is put together only with one against the
/// same units, whoever has either of them.
fn fits(state: &State, other: &Other, context: &Context<'_>) -> Result<(), Rejection> {
    if other.case_no == state.case_no {
        return Err(Code::MergeIntoItself.into());
    }
    if state.barred != other.barred {
        return Err(Code::AccusedDiffer.into());
    }
    let org = &context.rules.org;
    let theirs = other.holders.iter().find(|unit| state.barred.bars(unit, org));
    theirs.map_or(Ok(()), |unit| Err(Rejection::about(Code::UnitIsBarred, unit)))
}

/// 撤销并单: clocks, parties and callbacks are put back.
pub(super) fn unmerge(state: &State, reason: &str, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    let merged = state.merged.as_ref().ok_or(Code::CaseIsNotMerged)?;
    if reason.trim().is_empty() {
        return Err(Code::ReasonMissing.into());
    }
    let between = Suspension { from: merged.since, to: Some(context.occurred_at) };
    let pause = (merged.since < context.occurred_at && merged.life != Life::Suspended).then_some(between);
    let resolve = match (&state.resolve, state.start, &pause) {
        (Some(clock), Some(start), Some(pause)) if merged.life.is_running() => {
            Some(clocks::recount(clock, start, None, Some(*pause), context)?)
        }
        _ => None,
    };
    let dues = merged.dues.iter().map(|(name, due)| Ok((*name, clocks::later(due, pause, context)?)));
    let unmerged = Event::CaseUnmerged(CaseUnmerged {
        reason: redact::reason(reason),
        resolve,
        dues: dues.collect::<Result<_, Rejection>>()?,
    });
    Ok([vec![unmerged], supervision::paused(state, pause, context)?].concat())
}

#[cfg(test)]
mod specs {
    use super::*;
    use crate::case::Command;
    use crate::case::Edge;
    use crate::case::spec::*;
    use uuid::Uuid;

    fn earlier() -> Other {
        Other {
            case: CaseId(Uuid::from_u128(1)),
            case_no: "20261119-EARLIER0".into(),
            received_at: at("2026-11-19T10:00:00+08:00"),
            life: Life::InProgress,
            item: None,
            place: None,
            holders: vec![community()],
            barred: Barred::default(),
        }
    }

    fn merge() -> Command {
        Command::Edge(Edge::MergeInto { into: Box::new(earlier()) })
    }

    fn unmerge() -> Command {
        Command::Edge(Edge::Unmerge { reason: "不是同一处".into() })
    }

    #[test]
    fn a_merged_case_never_nags() {
        let given = [street_case(), merge()];
        let events = spec().given(&given).run_deadlines_until("2027-06-01T00:00:00+08:00");
        assert_eq!(events, []);
        spec().given(&given).when(Command::Resume).then_rejected(Code::CaseIsMerged);
    }

    #[test]
    fn taken_apart_it_is_as_it_was_and_the_time_between_does_not_count() {
        let before = state_of(&spec().when(street_case()).events());
        let apart = spec()
            .given(&[street_case(), merge()])
            .at("2026-11-27T10:00:00+08:00")
            .when(unmerge())
            .then_named(&["CaseUnmerged"]);
        let after = state_of(&apart);
        assert_eq!((after.life, &after.lead, &after.merged), (before.life, &before.lead, &None));
        let days = |state: &State| state.resolve.as_ref().map(|clock| clock.due_at);
        // From Friday to Friday; the day of intake does not count anyway: four working days later.
        let rules = rules();
        let mut calendar_days = 0;
        let (mut day, end) = (days(&before).unwrap(), days(&after).unwrap());
        while day < end {
            day += jiff::SignedDuration::from_hours(24);
            calendar_days += i32::from(rules.calendar.is_working_day(rules.calendar.date_of(day)));
        }
        assert_eq!(calendar_days, 4);
        let names = |state: &State| state.dues.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        assert_eq!(names(&after), names(&before));
        assert!(after.dues.iter().zip(&before.dues).all(|((_, later), (_, due))| later.due_at > due.due_at));
    }

    #[test]
    fn a_case_is_merged_into_an_earlier_open_one_only() {
        let with = |change: fn(&mut Other)| {
            let mut other = earlier();
            change(&mut other);
            Command::Edge(Edge::MergeInto { into: Box::new(other) })
        };
        let given = [register()];
        spec()
            .given(&given)
            .when(with(|other| other.received_at = at("2026-11-21T10:00:00+08:00")))
            .then_rejected(Code::MergeIntoOlder);
        spec()
            .given(&given)
            .when(with(|other| other.life = Life::Closed))
            .then_rejected(Code::MergeTargetClosed);
        spec()
            .given(&given)
            .when(with(|other| other.case_no = register_fields().case_no))
            .then_rejected(Code::MergeIntoItself);
        spec().given(&given).when(unmerge()).then_rejected(Code::CaseIsNotMerged);
    }

    #[test]
    fn another_matter_is_linked_and_not_merged() {
        let with = |change: fn(&mut Other)| {
            let mut other = earlier();
            change(&mut other);
            Box::new(other)
        };
        let merge = |into| Command::Edge(Edge::MergeInto { into });
        let item: fn(&mut Other) = |other| other.item = Some(ItemCode::new("9999"));
        let place: fn(&mut Other) = |other| other.place = Some(UnitId::new("320506110"));
        let old: fn(&mut Other) = |other| other.received_at = at("2026-09-01T10:00:00+08:00");
        spec().given(&[register()]).when(merge(with(item))).then_rejected(Code::NotTheSameMatter);
        spec().given(&[register()]).when(merge(with(old))).then_rejected(Code::NotTheSameMatter);
        spec().given(&[register()]).when(merge(with(place))).then_rejected(Code::NotTheSameMatter);
        let near: fn(&mut Other) = |other| other.place = Some(community());
        spec().given(&[register()]).when(merge(with(near))).then_named(&["CaseMerged"]);
        let link = Command::Edge(Edge::LinkDuplicate { other: with(item) });
        spec().given(&[register()]).when(link).then_named(&["CaseLinked"]);
    }

    #[test]
    fn a_report_is_not_merged_with_what_the_accused_has() {
        let mut fields = register_fields();
        fields.accused.units = vec![community()];
        let report = Command::Register(Box::new(fields));
        spec().given(std::slice::from_ref(&report)).when(merge()).then_rejected(Code::AccusedDiffer);
        // Nor where the accused has it all the same.
        let mut same = earlier();
        same.barred.units.insert(community());
        let link = Command::Edge(Edge::LinkDuplicate { other: Box::new(same) });
        spec().given(&[report]).when(link).then_rejected(Code::UnitIsBarred);
        let mut other = earlier();
        other.holders.clear();
        other.barred.units.insert(community());
        let link = Command::Edge(Edge::LinkDuplicate { other: Box::new(other) });
        spec().given(&[register()]).when(link).then_rejected(Code::AccusedDiffer);
    }
}
