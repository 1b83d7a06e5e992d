//! 社区准入: nothing off its list is handed to a community or its grids, and where it only assists it is
//! not made the lead (北京条例 §17).

use super::rejection::{Code, Rejection};
use crate::context::Rulebook;
use crate::ids::Rung;
use crate::policy::{Duty, Item};

/// Whether work on this item may be handed down to a unit of this rung: to help is enough for that, the
/// giver stays lead.
pub(super) fn may_help(item: &Item, rung: Rung, rules: &Rulebook) -> Result<(), Rejection> {
    match may_lead(item, rung, rules) {
        Err(Rejection { code: Code::CommunityAssistsOnly, .. }) => Ok(()),
        answer => answer,
    }
}

/// Whether a unit of this rung may lead a case of this item. The refusal cites the list's row and edition.
pub(super) fn may_lead(item: &Item, rung: Rung, rules: &Rulebook) -> Result<(), Rejection> {
    let Some(list) = rules.policy.community.as_ref().filter(|_| rung <= Rung::Community) else {
        return Ok(());
    };
    let code = match list.duty(&item.code) {
        Duty::Lead => return Ok(()),
        Duty::Assist => Code::CommunityAssistsOnly,
        Duty::None => Code::OffCommunityList,
    };
    Err(Rejection::about(code, list.cited(&item.code)))
}

#[cfg(test)]
mod specs {
    use crate::case::spec::*;
    use crate::case::{Case, Code, Command, Event, PartCommand, State};
    use crate::context::{Actor, Context, Rulebook};
    use crate::decider::Decider;
    use crate::ids::Rung;
    use crate::policy::{Policy, PolicyFile, PolicyFiles};
    use crate::sample;

    /// The sample's rules with another duty for the item of [`register`].
    fn listed(duty: &str) -> Rulebook {
        let row = "1102,独居高龄老人需求 (助餐等),lead,";
        assert!(sample::COMMUNITY.contains(row));
        let text = sample::COMMUNITY.replace(row, &format!("1102,独居高龄老人需求 (助餐等),{duty},"));
        let file = |name, text| PolicyFile { name, text };
        let files = PolicyFiles {
            catalogue: file("catalogue.csv", sample::CATALOGUE),
            sla: file("sla.toml", sample::SLA),
            ladder: file("ladder.toml", sample::LADDER),
            community: Some(file("community.csv", &text)),
            ..PolicyFiles::default()
        };
        Rulebook { policy: Policy::parse(&files, None).expect("a policy"), ..rules().clone() }
    }

    fn decide(state: &State, command: &Command, rules: &Rulebook) -> Result<Vec<Event>, (Code, String)> {
        let (now, actor) = (at("2026-11-20T10:00:00+08:00"), Actor::person("pai", "320506"));
        let context = Context { now, occurred_at: now, actor: &actor, rules };
        Case::decide(state, command, &context).map_err(|rejection| (rejection.code, rejection.about))
    }

    fn triaged() -> State {
        let mut fields = register_fields();
        fields.dispatch_at_once = false;
        state_of(&spec().when(Command::Register(Box::new(fields))).events())
    }

    #[test]
    fn what_is_off_the_list_goes_past_the_community_by_itself() {
        for duty in ["none", "assist"] {
            let events = decide(&State::default(), &register(), &listed(duty)).expect("dispatched");
            let dispatched = events.iter().find_map(|event| match event {
                Event::CaseDispatched(e) => Some(e.rung),
                _ => None,
            });
            assert_eq!(dispatched, Some(Rung::Station));
        }
    }

    #[test]
    fn nobody_hands_it_to_a_community_or_a_grid_and_the_refusal_cites_row_and_edition() {
        let to = |unit| Command::Dispatch { unit: Some(unit) };
        for unit in [community(), grid()] {
            let (code, about) = decide(&triaged(), &to(unit.clone()), &listed("none")).expect_err("refused");
            assert_eq!(code, Code::OffCommunityList);
            assert!(about.contains("1102 none · community.csv:45 · sample-2026-1"), "{about}");
            let (code, _) = decide(&triaged(), &to(unit), &listed("assist")).expect_err("refused");
            assert_eq!(code, Code::CommunityAssistsOnly);
        }
        assert!(decide(&triaged(), &to(community()), rules()).is_ok(), "what is on the list goes there");
        assert!(
            decide(&triaged(), &to(street()), &listed("none")).is_ok(),
            "the list binds communities only"
        );
    }

    #[test]
    fn work_is_handed_down_where_the_community_at_least_assists() {
        let lead =
            decide(&triaged(), &Command::Dispatch { unit: Some(community()) }, rules()).expect("dispatched");
        let mut state = triaged();
        lead.iter().for_each(|event| Case::evolve(&mut state, event));
        let part = PartCommand::SubDispatch { unit: grid(), task: "上门".into(), within: None };
        let down = |duty| {
            let (now, actor) = (at("2026-11-20T10:00:00+08:00"), Actor::person("she", community().as_str()));
            let rules = listed(duty);
            let context = Context { now, occurred_at: now, actor: &actor, rules: &rules };
            Case::decide(&state, &Command::Part(part.clone()), &context).map_err(|rejection| rejection.code)
        };
        assert_eq!(down("none"), Err(Code::OffCommunityList));
        assert_eq!(down("assist").map(|events| events.len()), Ok(1));
    }

    #[test]
    fn nothing_comes_down_to_a_community_that_is_off_its_list() {
        use crate::case::Hand;
        use crate::case::event::EscalationReason;
        let up = |to| Command::Escalate { to, reason: EscalationReason::NoResource };
        let at_station = spec().given(&[register(), up(Rung::Community), up(Rung::Station)]).state();
        let (reason, resources) = ("社区可办".to_owned(), "经费".to_owned());
        let down = hand(Hand::Deescalate { to: Rung::Community, reason, resources });
        assert_eq!(
            decide(&at_station, &down, &listed("none")).map_err(|(code, _)| code),
            Err(Code::OffCommunityList)
        );
        assert!(decide(&at_station, &down, rules()).is_ok());
    }
}
