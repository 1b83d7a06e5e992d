//! How the rungs share a resolve limit, and when a case moves up.

use jiff::Timestamp;
use serde::Serialize;

use super::keys::{Keys, entries};
use crate::calendar::{Budget, Counted};
use crate::case::event::EscalationReason;
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
    /// Rungs that a person may pass over, each with the reasons for it.
    pub skip: Vec<(Rung, Vec<EscalationReason>)>,
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
        let mut skip = Vec::new();
        for entry in entries(root.get_ref()) {
            match entry.key {
                "shares" => shares = Some((read_shares(&mut keys, &entry), entry.at.clone())),
                "amber" => amber = Some((keys.percent(&entry), entry.value.span())),
                "district_answer" => answer = Some(keys.budget(&entry)),
                "skip" => skip = read_skip(&mut keys, &entry),
                _ => keys.unknown(&entry),
            }
        }
        let given =
            [("shares", shares.is_some()), ("amber", amber.is_some()), ("district_answer", answer.is_some())];
        for (field, _) in given.iter().filter(|(_, given)| !given) {
            keys.missing(0..0, field);
        }
        if let Some((Some([.., street]), at)) = shares.as_ref().map(|(shares, at)| (*shares, at.clone())) {
            let sum: u32 = shares
                .iter()
                .flat_map(|(shares, _)| shares.iter().flatten())
                .map(|share| u32::from(*share))
                .sum();
            if sum != 100 || street == 0 {
                keys.fault(
                    "POLICY_SHARES",
                    at,
                    "shares",
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
            skip,
        };
        keys.finish(ladder)
    }

    /// When the case moves into each rung above `start`, in order of time: into the next one
    /// when the shares up to it, renormalised over the rungs from `start` to the street, are
    /// used; into the district at the due instant. From the district: nothing.
    pub fn steps(&self, start: Rung, counted: &Counted) -> Vec<(Rung, Timestamp)> {
        self.steps_after(counted.start(), start, counted)
    }

    /// The same shares of what is left of the running time after an instant: whoever gets a case late
    /// does not answer for the time of those before. Where nothing is left, only the district's step.
    pub fn steps_after(&self, after: Timestamp, start: Rung, counted: &Counted) -> Vec<(Rung, Timestamp)> {
        if after >= counted.due_at && start < Rung::District {
            return vec![(Rung::District, counted.due_at)];
        }
        let from = usize::from(start.level());
        let Some(shares) = self.shares.get(from..).filter(|shares| !shares.is_empty()) else {
            return Vec::new();
        };
        let whole: u32 = shares.iter().map(|share| u32::from(*share)).sum();
        let mut steps = Vec::new();
        let mut used = 0;
        for (rung, share) in SHARED.into_iter().zip(self.shares).skip(from) {
            if rung != start && share > 0 {
                steps.push((rung, counted.at_share_after(after, used, whole)));
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

fn read_skip<'t>(
    keys: &mut Keys<'t>,
    entry: &super::keys::Entry<'_, 't>,
) -> Vec<(Rung, Vec<EscalationReason>)> {
    let mut skip = Vec::new();
    for entry in keys.entries(entry) {
        match SHARED.into_iter().find(|rung| rung.as_str() == entry.key) {
            Some(rung) => skip.push((rung, keys.words(&entry, &EscalationReason::GIVEN))),
            None => keys.unknown(&entry),
        }
    }
    skip
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
        for rung in SHARED.iter().filter(|rung| table.is_some_and(|table| !table.contains_key(rung.as_str())))
        {
            keys.missing(entry.at.clone(), rung.as_str());
        }
    }
    match found {
        [Some(grid), Some(community), Some(station), Some(street)] => {
            Some([grid, community, station, street])
        }
        _ => None,
    }
}

#[cfg(test)]
mod specs {
    use super::*;
    use crate::calendar::Clock;
    use crate::calendar::samples::{at, budget, calendar};

    fn delivered() -> Ladder {
        Ladder::parse("ladder.toml", include_str!("../../../deploy/policy/ladder.toml")).unwrap()
    }

    fn counted(word: &str) -> Counted {
        calendar().count(&Clock::new(at("2026-11-13T10:00:00+08:00"), budget(word))).unwrap()
    }

    #[test]
    fn a_case_on_the_grid_climbs_at_20_50_70_and_100_percent() {
        let steps = delivered().steps(Rung::Grid, &counted("10wd"));
        assert_eq!(
            steps,
            [
                (Rung::Community, at("2026-11-17T17:30:00+08:00")),
                (Rung::Station, at("2026-11-20T17:30:00+08:00")),
                (Rung::Street, at("2026-11-24T17:30:00+08:00")),
                (Rung::District, at("2026-11-27T17:30:00+08:00")),
            ]
        );
    }

    #[test]
    fn a_case_that_starts_higher_shares_the_whole_time_among_the_rungs_left() {
        let counted = counted("5wd");
        let steps = delivered().steps(Rung::Station, &counted);
        assert_eq!(
            steps,
            [(Rung::Street, at("2026-11-17T17:30:00+08:00")), (Rung::District, counted.due_at)],
            "20 of 50 percent is two of five days"
        );
        assert_eq!(delivered().steps(Rung::Street, &counted), [(Rung::District, counted.due_at)]);
        assert_eq!(delivered().steps(Rung::District, &counted), []);
    }

    #[test]
    fn a_rung_without_a_share_is_left_out() {
        let text = "amber = 80\ndistrict_answer = \"5wd\"\n[shares]\ngrid = 20\ncommunity = 50\nstation = 0\nstreet = 30\n";
        let rungs = |start| -> Vec<Rung> {
            let ladder = Ladder::parse("ladder.toml", text).unwrap();
            ladder.steps(start, &counted("5wd")).into_iter().map(|(rung, _)| rung).collect()
        };
        assert_eq!(rungs(Rung::Grid), [Rung::Community, Rung::Street, Rung::District]);
    }

    #[test]
    fn amber_is_at_eighty_percent() {
        assert_eq!(delivered().amber_at(&counted("5wd")), at("2026-11-19T17:30:00+08:00"));
    }

    #[test]
    fn every_mistake_is_named_with_its_line() {
        let text = "amber = 100\ndistrict_answer = \"5\"\nextra = 1\n[shares]\ngrid = 20\ncommunity = 30\nstation = 20\nstreet = 40\ncity = 1\n";
        let faults = Ladder::parse("ladder.toml", text).err().unwrap();
        let found: Vec<_> = faults.iter().map(|fault| (fault.code.as_str(), fault.line.unwrap())).collect();
        assert_eq!(
            found,
            [
                ("POLICY_VALUE_INVALID", 1),
                ("BUDGET_INVALID", 2),
                ("POLICY_KEY_UNKNOWN", 3),
                ("POLICY_SHARES", 4),
                ("POLICY_KEY_UNKNOWN", 9),
            ]
        );
        assert_eq!(Ladder::parse("ladder.toml", "").err().unwrap().len(), 3);
        assert_eq!(
            Ladder::parse("ladder.toml", "amber = 80\ndistrict_answer = \"5wd\"\n[shares]\ngrid = -1\n")
                .err()
                .unwrap()
                .len(),
            4
        );
    }
}
