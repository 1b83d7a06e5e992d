//! The supervision ladder as data: what is done, and when, once a limit has passed.

use serde::Serialize;

use super::keys::{Entry, Keys, entries};
use crate::calendar::Budget;
use crate::case::event::SupervisionStep;
use crate::fault::Fault;

/// The ladder. Read with [`Supervision::parse`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Supervision {
    /// 催办
    pub urge: Step,
    /// 催办通知书
    pub written_urge: Step,
    /// 督办单
    pub order: Step,
    /// 通报
    pub notice: Step,
    /// 挂牌督办
    pub listing: Step,
    /// 约谈
    pub interview: Step,
    /// At so many failures a case is listed.
    pub failures: u32,
    /// 说明理由: limit for the judgement.
    pub decide: Option<Budget>,
}

/// One step; by default a person's alone, without limits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The clock takes it; else only a person does.
    pub timer: bool,
    /// From where it is counted to when it is due; none: at that very instant.
    pub after: Option<Budget>,
    /// Until when the unit replies.
    pub reply: Option<Budget>,
    /// Until when a second person approves.
    pub approve: Option<Budget>,
}

/// Without the file, or a number in it: the second failure.
const FAILURES: u32 = 2;

impl Supervision {
    /// Reads `supervision.toml`: a table for each step with `by` (`timer` or `person`), `after`, `reply`
    /// (order, notice), `approve` (notice) and `failures` (listing), and `[reason]` with `decide`.
    ///
    /// Errors: every fault of the file in order of line; `POLICY_*`, `BUDGET_INVALID`.
    pub fn parse(file: &str, text: &str) -> Result<Supervision, Vec<Fault>> {
        let (mut keys, root) = Keys::read(file, text);
        let mut read = Supervision {
            urge: Step::default(),
            written_urge: Step::default(),
            order: Step::default(),
            notice: Step::default(),
            listing: Step::default(),
            interview: Step::default(),
            failures: FAILURES,
            decide: None,
        };
        for entry in entries(root.get_ref()) {
            let step = SupervisionStep::ALL.into_iter().find(|step| step.as_str() == entry.key);
            match (step, entry.key) {
                (Some(step), _) => read.step_table(&mut keys, step, &entry),
                (None, "reason") => {
                    for entry in keys.entries(&entry) {
                        match entry.key {
                            "decide" => read.decide = keys.budget(&entry),
                            _ => keys.unknown(&entry),
                        }
                    }
                }
                _ => keys.unknown(&entry),
            }
        }
        keys.finish(read)
    }

    fn step_table<'t>(&mut self, keys: &mut Keys<'t>, step: SupervisionStep, table: &Entry<'_, 't>) {
        let mut read = Step::default();
        let mut by = None;
        for entry in keys.entries(table) {
            match (entry.key, step) {
                ("by", _) => by = Some(keys.word(&entry, &[("timer", true), ("person", false)])),
                // Listing comes with the failure that fills the number.
                ("after", step) if step != SupervisionStep::Listing => read.after = keys.budget(&entry),
                ("reply", SupervisionStep::Order | SupervisionStep::Notice) => {
                    read.reply = keys.budget(&entry);
                }
                ("approve", SupervisionStep::Notice) => read.approve = keys.budget(&entry),
                ("failures", SupervisionStep::Listing) => {
                    self.failures = keys.percent(&entry).map_or(FAILURES, u32::from).max(1);
                }
                _ => keys.unknown(&entry),
            }
        }
        match by {
            Some(by) => read.timer = by.unwrap_or_default(),
            None => keys.missing(table.at.clone(), "by"),
        }
        *self.step_mut(step) = read;
    }

    /// The terms of a step.
    pub fn step(&self, step: SupervisionStep) -> &Step {
        match step {
            SupervisionStep::Urge => &self.urge,
            SupervisionStep::WrittenUrge => &self.written_urge,
            SupervisionStep::Order => &self.order,
            SupervisionStep::Notice => &self.notice,
            SupervisionStep::Listing => &self.listing,
            SupervisionStep::Interview => &self.interview,
        }
    }

    fn step_mut(&mut self, step: SupervisionStep) -> &mut Step {
        match step {
            SupervisionStep::Urge => &mut self.urge,
            SupervisionStep::WrittenUrge => &mut self.written_urge,
            SupervisionStep::Order => &mut self.order,
            SupervisionStep::Notice => &mut self.notice,
            SupervisionStep::Listing => &mut self.listing,
            SupervisionStep::Interview => &mut self.interview,
        }
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn the_delivered_ladder_goes_up_at_red_and_one_three_and_five_working_days_later() {
        let ladder = Supervision::parse("supervision.toml", crate::sample::SUPERVISION).unwrap();
        let after = |step| ladder.step(step).after.map(|budget| budget.to_string());
        let steps = SupervisionStep::ALL.map(after);
        let days = |text: &str| Some(text.to_owned());
        assert_eq!(steps, [None, days("1wd"), days("3wd"), days("5wd"), None, days("3wd")]);
        assert!(SupervisionStep::ALL.iter().all(|step| ladder.step(*step).timer));
        assert_eq!(ladder.failures, 2);
    }

    #[test]
    fn a_step_that_has_no_table_is_left_to_people() {
        let ladder = Supervision::parse("supervision.toml", "[urge]\nby = \"timer\"\n").unwrap();
        assert!(ladder.urge.timer && !ladder.order.timer && !ladder.notice.timer);
    }

    #[test]
    fn every_mistake_is_named_with_its_line() {
        let text = "[urge]\nafter = \"1xx\"\n[order]\nby = \"nobody\"\napprove = \"1wd\"\n[praise]\nby = \"timer\"\n[reason]\nwithin = \"1wd\"\n";
        let faults = Supervision::parse("supervision.toml", text).err().unwrap();
        let found: Vec<_> = faults.iter().map(|fault| (fault.code.as_str(), fault.line.unwrap())).collect();
        assert_eq!(
            found,
            [
                ("POLICY_KEY_MISSING", 1),
                ("BUDGET_INVALID", 2),
                ("POLICY_VALUE_INVALID", 4),
                ("POLICY_KEY_UNKNOWN", 5),
                ("POLICY_KEY_UNKNOWN", 6),
                ("POLICY_KEY_UNKNOWN", 9),
            ]
        );
    }
}
