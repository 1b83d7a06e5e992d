//! The stream of the rules: which edition came into force when, and which revisions people confirmed
//! for open cases. One stream a log.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::case::{Code, Rejection};
use crate::context::Rulebook;

/// What can be asked of the rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "command")]
pub enum Command {
    /// 启用: a node decides by this edition from now on.
    Adopt(RulesAdopted),
    /// 修订: a person has seen the preview and confirms it.
    Order(RevisionOrdered),
    /// 修订完成: no open case is left that would move.
    Finish(RevisionFinished),
}

/// What happened to the rules. In the log for ever, like [`crate::case::Event`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// 启用规则
    RulesAdopted(RulesAdopted),
    /// 确认修订
    RevisionOrdered(RevisionOrdered),
    /// 修订完成
    RevisionFinished(RevisionFinished),
}

/// See [`Event::RulesAdopted`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesAdopted {
    /// The edition of all files together.
    pub edition: String,
    /// Version of the policy.
    pub policy: String,
    /// Revision of the calendar.
    pub calendar: String,
    /// How many units there are.
    pub units: usize,
}

/// See [`Event::RevisionOrdered`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionOrdered {
    /// The revision.
    pub revision: Uuid,
    /// The edition that was previewed, and is applied.
    pub edition: String,
    /// Limits are counted under the budgets of that edition; else only calendar and ladder are new.
    pub budgets: bool,
    /// Cases that would change, as the preview said.
    pub cases: u64,
}

/// See [`Event::RevisionFinished`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionFinished {
    /// The revision.
    pub revision: Uuid,
    /// Cases that were changed.
    pub cases: u64,
}

/// What is known of the rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// The edition that a node last took into force.
    pub adopted: Option<RulesAdopted>,
    /// The revision under way.
    pub ordered: Option<RevisionOrdered>,
    /// The last that was finished.
    pub finished: Option<RevisionFinished>,
}

impl RulesAdopted {
    /// What the log keeps of these rules.
    pub fn of(rules: &Rulebook) -> Self {
        Self {
            edition: rules.edition.clone(),
            policy: rules.policy.version.clone(),
            calendar: rules.calendar.revision().to_owned(),
            units: rules.org.units().len(),
        }
    }
}

impl Event {
    /// The variant's name: `event_type` in the log.
    pub fn name(&self) -> &'static str {
        match self {
            Event::RulesAdopted(_) => "RulesAdopted",
            Event::RevisionOrdered(_) => "RevisionOrdered",
            Event::RevisionFinished(_) => "RevisionFinished",
        }
    }
}

impl State {
    /// Takes one event in.
    pub fn evolve(&mut self, event: &Event) {
        match event {
            Event::RulesAdopted(e) => self.adopted = Some(e.clone()),
            Event::RevisionOrdered(e) => self.ordered = Some(e.clone()),
            Event::RevisionFinished(e) => {
                self.ordered = None;
                self.finished = Some(e.clone());
            }
        }
    }

    /// Judges a command; `in_force` is the edition of the node that judges.
    ///
    /// # Errors
    /// A second revision before the first is finished, or one that was previewed by another edition.
    pub fn decide(&self, command: &Command, in_force: &str) -> Result<Option<Event>, Rejection> {
        match command {
            Command::Adopt(adopted) if self.adopted.as_ref() == Some(adopted) => Ok(None),
            Command::Adopt(adopted) => Ok(Some(Event::RulesAdopted(adopted.clone()))),
            Command::Order(order) => match &self.ordered {
                Some(running) if running.revision == order.revision => Ok(None),
                Some(running) => Err(Rejection::about(Code::RevisionRunning, &running.edition)),
                None if order.edition != in_force => {
                    Err(Rejection::about(Code::EditionChanged, &order.edition))
                }
                None => Ok(Some(Event::RevisionOrdered(order.clone()))),
            },
            Command::Finish(finished) => {
                let running = self.ordered.as_ref().is_some_and(|order| order.revision == finished.revision);
                Ok(running.then(|| Event::RevisionFinished(finished.clone())))
            }
        }
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    fn order(number: u128) -> Command {
        let revision = Uuid::from_u128(number);
        Command::Order(RevisionOrdered { revision, edition: "e1".into(), budgets: true, cases: 3 })
    }

    fn told(commands: &[Command]) -> State {
        let mut state = State::default();
        for command in commands {
            let event = state.decide(command, "e1").expect("accepted").expect("an event");
            state.evolve(&event);
        }
        state
    }

    #[test]
    fn one_revision_runs_at_a_time_and_ends_once() {
        let running = told(&[order(1)]);
        assert_eq!(running.decide(&order(1), "e1"), Ok(None), "the same once more");
        let second = running.decide(&order(2), "e1").expect_err("a second");
        assert_eq!(second.code, Code::RevisionRunning);
        let end = Command::Finish(RevisionFinished { revision: Uuid::from_u128(1), cases: 3 });
        let done = told(&[order(1), end.clone()]);
        assert_eq!(done.decide(&end, "e1"), Ok(None));
        assert!(done.decide(&order(2), "e1").is_ok());
    }

    #[test]
    fn what_was_previewed_by_other_rules_is_not_applied() {
        let refused = State::default().decide(&order(1), "e2").expect_err("other rules");
        assert_eq!(refused.code, Code::EditionChanged);
    }

    #[test]
    fn an_edition_is_noted_when_it_changes_also_back() {
        let rules = crate::sample::rulebook().expect("rules");
        let one = RulesAdopted::of(&rules);
        let other = RulesAdopted { edition: "other".into(), ..one.clone() };
        let state = told(&[Command::Adopt(one.clone())]);
        assert_eq!(state.decide(&Command::Adopt(one.clone()), "e1"), Ok(None));
        let state = told(&[Command::Adopt(one.clone()), Command::Adopt(other)]);
        assert!(state.decide(&Command::Adopt(one), "e1").expect("accepted").is_some());
    }
}
