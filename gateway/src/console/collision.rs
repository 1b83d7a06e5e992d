//! Somebody else was quicker: nothing that was typed is lost, and nothing goes in unseen.

use domain::recorded::Recorded;

use super::case::Seen;
use super::fields::Input;
use super::forms::{Form, Refused};
use super::legs::LegView;
use crate::auth::Reader;

/// The place of the last event that the form was made on, where somebody else did something since: the reader must have seen
/// that before its words go in.
pub fn moved_since(reader: &Reader, seen: &Seen, input: &Input) -> Option<u64> {
    let made_on: usize = input.get("_seen")?.parse().ok()?;
    let own = reader.account.actor().id;
    let by_other = |recorded: &Recorded| {
        let actor = &recorded.meta.actor.id;
        actor.starts_with("user:") && *actor != own
    };
    let since = seen.history.events.get(made_on..)?;
    let before = seen.history.events.get(made_on.checked_sub(1)?)?.sequence;
    since.iter().any(by_other).then_some(before)
}

/// What was typed into a form that the case, as it now is, does not have.
pub fn lost(
    (forms, legs): (&[Form], &[&Vec<LegView>]),
    refused: Refused<'_>,
    is_refused: bool,
) -> Vec<(String, String)> {
    let Some((action, input)) = refused.filter(|_| is_refused) else { return Vec::new() };
    let mut all = forms.iter().chain(legs.iter().flat_map(|legs| legs.iter()).flat_map(|leg| &leg.forms));
    if all.any(|form| form.action == action) {
        return Vec::new();
    }
    let typed = input.iter().filter(|(name, value)| !name.starts_with('_') && value.chars().count() > 3);
    typed.map(|(name, value)| (name.clone(), value.clone())).collect()
}
