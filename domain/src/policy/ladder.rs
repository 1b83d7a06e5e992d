//! How the rungs share a resolve limit, and when a case moves up.

use jiff::Timestamp;
use serde::Serialize;

use super::keys::{Keys, entries};
use crate::calendar::{Budget, Counted};
use crate::fault::Fault;
use crate::ids::Rung;

/// Shares of the running time, in percent. Read with [`Ladder::parse`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ladder {
    /// Share of the grid, community, station and street, in this order; a rung with 0 is left out.
    pub shares: [u8; 4],
    /// When a clock turns amber, percent of its running time.
    pub amber: u8,
    /// The new answer clock of the district when it receives a case at 100 %.
    pub district_answer: Budget,
}

/// The rungs that have a share.
const SHARED: [Rung; 4] = [Rung::Grid, Rung::Community, Rung::Station, Rung::Street];

impl Ladder {
    /// Reads `ladder.toml`: `[shares]` with `grid community station street` (whole percent,
    /// 100 together, the street above 0), `amber` (1 to 99) and `district_answer` (a budget).
    /// All are required.
    ///
    /// Errors: every fault of the file in order of line; `POLICY_*`, `BUDGET_INVALID`.
    pub fn parse(file: &str, text: &str) -> Result<Ladder, Vec<Fault>> {
        let (mut keys, root) = Keys::read(file, text);
        let (mut shares, mut amber, mut answer) = (None, None, None);
        for entry in entries(root.get_ref()) {
            match entry.key {
                "shares" => shares = Some((read_shares(&mut keys, &entry), entry.at.clone())),
                "amber" => amber = Some((keys.percent(&entry), entry.value.span())),
                "district_answer" => answer = Some(keys.budget(&entry)),
                _ => keys.unknown(&entry),
            }
        }
        let given = [("shares", shares.is_some()), ("amber", amber.is_some()), ("district_answer", answer.is_some())];
        for (field, _) in given.iter().filter(|(_, given)| !given) {
            keys.missing(0..0, field);
        }
        if let Some((Some([.., street]), at)) = shares.as_ref().map(|(shares, at)| (*shares, at.clone())) {
            let sum: u32 = shares.iter().flat_map(|(shares, _)| shares.iter().flatten()).map(|share| u32::from(*share)).sum();
            if sum != 100 || street == 0 {
                keys.fault(
                    "POLICY_SHARES", at, "shares",
                    &format!("四级份额合计为 {sum}，应为 100，且街道须大于 0"),
                    &format!("the shares sum to {sum}; they must sum to 100 and the street's be above 0"),
                );
            }
        }
        if let Some((Some(0 | 100..), at)) = amber.clone() {
            keys.fault("POLICY_VALUE_INVALID", at, "amber", "值不对，应为 1…99", "the value must be 1…99");
        }
        let ladder = Ladder {
            shares: shares.and_then(|(shares, _)| shares).unwrap_or_default(),
            amber: amber.and_then(|(amber, _)| amber).unwrap_or_default(),
            district_answer: answer.flatten().unwrap_or(Budget::WorkDays { days: 1 }),
        };
        keys.finish(ladder)
    }

    /// When the case moves into each rung above `start`, in order of time: into the next one
    /// when the shares up to it, renormalised over the rungs from `start` to the street, are
    /// used; into the district at the due instant. From the district: nothing.
    pub fn steps(&self, start: Rung, counted: &Counted) -> Vec<(Rung, Timestamp)> {
        let from = usize::from(start.level());
        let Some(shares) = self.shares.get(from..).filter(|shares| !shares.is_empty()) else {
            return Vec::new();
        };
        let whole: u32 = shares.iter().map(|share| u32::from(*share)).sum();
        let mut steps = Vec::new();
        let mut used = 0;
        for (rung, share) in SHARED.into_iter().zip(self.shares).skip(from) {
            if rung != start && share > 0 {
                steps.push((rung, counted.at_share(used, whole)));
            }
            used += u32::from(share);
        }
        steps.push((Rung::District, counted.due_at));
        steps
    }

    /// When the clock turns amber.
    pub fn amber_at(&self, counted: &Counted) -> Timestamp {
        counted.at_share(u32::from(self.amber), 100)
    }
}

fn read_shares<'t>(keys: &mut Keys<'t>, entry: &super::keys::Entry<'_, 't>) -> Option<[u8; 4]> {
    let mut found = [None; 4];
    for entry in keys.entries(entry) {
        match SHARED.iter().position(|rung| rung.as_str() == entry.key) {
            Some(index) => {
                if let Some(share) = found.get_mut(index) {
                    *share = keys.percent(&entry);
                }
            }
            None => keys.unknown(&entry),
        }
    }
    if entry.value.get_ref().is_table() {
        let table = entry.value.get_ref().as_table();
        for rung in SHARED.iter().filter(|rung| table.is_some_and(|table| !table.contains_key(rung.as_str()))) {
            keys.missing(entry.at.clone(), rung.as_str());
        }
    }
    match found {
        [Some(grid), Some(community), Some(station), Some(street)] => Some([grid, community, station, street]),
        _ => None,
    }
}
