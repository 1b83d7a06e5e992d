//! Whom to tell of an event, and what: pure, made of the event, the case as it is after it, and the rules.

use super::decide::Notice;
use super::event::About;
use super::matter::Matter;
use super::named::{Concern, Named, named};
use super::words::Post;
use crate::case::{Event as CaseEvent, State};
use crate::context::Rulebook;
use crate::ids::{CaseId, Rung, UnitId};
use crate::policy::{Audience, NotifyRule};
use crate::recorded::Recorded;
use crate::stream::Event;

/// The notices that an event of a case calls for. `state` is the case just after it. Test orders and cases
/// that ran elsewhere are the caller's to leave out.
///
/// Who did it need not be told of it, and a unit that is kept from the case never is.
pub fn notices(recorded: &Recorded, state: &State, rules: &Rulebook) -> Vec<Notice> {
    let Event::Case(event) = &recorded.event else { return Vec::new() };
    let named = named(event, state);
    let Some(rule) = rules.policy.notify.rule(event.name(), named.detail) else { return Vec::new() };
    let make = Make { recorded, event, state, rules, rule };
    let mut notices: Vec<Notice> = Vec::new();
    for (unit, first, concern) in make.audience(&named) {
        let notice = make.notice(unit, first, concern);
        let ours = recorded.meta.actor.unit.as_ref() == Some(&notice.unit) && first.role().is_none();
        let barred = state.barred.bars(&notice.unit, &rules.org);
        let known = notices.iter().any(|other| other.id() == notice.id());
        if !ours && !barred && !known {
            notices.push(notice);
        }
    }
    notices
}

struct Make<'a> {
    recorded: &'a Recorded,
    event: &'a CaseEvent,
    state: &'a State,
    rules: &'a Rulebook,
    rule: &'a NotifyRule,
}

impl Make<'_> {
    /// Unit and post, with what the event says of them.
    fn audience<'n>(&self, named: &'n Named) -> Vec<(UnitId, Post, Option<&'n Concern>)> {
        let mut all = Vec::new();
        let about = named.concerns.first();
        for audience in &self.rule.tell {
            let plain = |unit: Option<&UnitId>| unit.map(|unit| (unit.clone(), self.rule.first, about));
            match audience {
                Audience::Unit => {
                    let concerned = named.concerns.iter();
                    all.extend(concerned.map(|one| (one.unit.clone(), self.rule.first, Some(one))));
                }
                Audience::Copied => {
                    all.extend(named.copied.iter().map(|unit| (unit.clone(), self.rule.first, about)));
                }
                Audience::Lead => all.extend(plain(self.state.lead.as_ref())),
                Audience::Responsible => all.extend(plain(self.state.responsible.as_ref())),
                Audience::Sounder => all.extend(plain(named.sounder.as_ref())),
                Audience::Superior => all.extend(named.concerns.iter().filter_map(|one| {
                    let above = self.rules.org.unit(&one.unit)?.parent.clone()?;
                    Some((above, self.rule.first, Some(one)))
                })),
                Audience::Supervisors => {
                    all.extend(self.street().map(|unit| (unit, Post::Supervisors, about)));
                }
                Audience::Dispatchers => {
                    all.extend(self.root().map(|unit| (unit, Post::Dispatchers, about)));
                }
            }
        }
        all
    }

    fn notice(&self, unit: UnitId, first: Post, concern: Option<&Concern>) -> Notice {
        let chained = !self.rule.then.is_empty();
        let about = About {
            case_no: self.state.case_no.clone(),
            item: self.state.item.clone(),
            place: self.state.place.clone(),
            unit: concern.map(|one| one.unit.clone()),
            due_at: concern.and_then(|one| one.due_at),
        };
        Notice {
            cause: self.recorded.position,
            event: self.event.name().to_owned(),
            case: CaseId(self.recorded.stream.id),
            template: self.rule.template.clone(),
            urgency: self.rule.urgency,
            // Only whoever is asked can answer.
            matter: concern.filter(|one| chained && one.unit == unit).map_or(Matter::Note, |one| one.matter),
            about,
            unit,
            first,
            then: self.rule.then.clone(),
            barred: self.state.barred.units.iter().cloned().collect(),
        }
    }

    /// The street that supervises the case: that of its place, else of its lead; a district's case is the
    /// district's.
    fn street(&self) -> Option<UnitId> {
        let org = &self.rules.org;
        let places = [self.state.place.as_ref(), self.state.lead.as_ref()];
        let street = places.into_iter().flatten().find_map(|unit| org.ancestor_at(unit, Rung::Street));
        street.map(|unit| unit.code.clone()).or_else(|| self.root())
    }

    fn root(&self) -> Option<UnitId> {
        let root = self.rules.org.units().iter().find(|unit| unit.parent.is_none());
        root.map(|unit| unit.code.clone())
    }
}
