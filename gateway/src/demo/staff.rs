//! The people of the demo: what the next step of a case is, who takes it and after how long.

use super::whistles;
use domain::calendar::Budget;
use domain::case::command::Command;
use domain::case::event::{CloseMode, Said, Satisfaction};
use domain::case::{Life, State};
use domain::context::Actor;
use domain::ids::CaseId;
use engine::keyring::KeyError;
use engine::{Engine, Request, SubmitError};
use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use rand::rngs::StdRng;

/// How a case fares in the demo, drawn when it is registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Done in time.
    Prompt,
    /// Done, but late.
    Late,
    /// Nobody touches it: it climbs.
    Forgotten,
    /// The first result does not hold.
    Reworked,
    /// The complainant is not content: reopened once.
    Reopened,
    /// More time is granted.
    Extended,
    /// Put off with a review date.
    Suspended,
    /// Where a street has it: it calls two departments.
    Joint,
}

impl Fate {
    /// Most are done in time; enough are not for every list to have something on it.
    pub fn draw(rng: &mut StdRng) -> Self {
        match rng.random_range(0..100) {
            0..46 => Self::Prompt,
            46..62 => Self::Joint,
            62..74 => Self::Late,
            74..82 => Self::Forgotten,
            82..88 => Self::Reworked,
            88..94 => Self::Reopened,
            94..98 => Self::Extended,
            _ => Self::Suspended,
        }
    }
}

/// A case that the demo's staff looks after.
#[derive(Debug, Clone)]
pub(super) struct Charge {
    pub case: CaseId,
    pub fate: Fate,
    pub reply: &'static str,
    /// The next step is taken then.
    pub at: Timestamp,
    /// Steps taken; keeps one fate from being played twice.
    pub steps: u32,
}

/// The next step in a case's life, or none where its fate is to wait. `hands_off`: what the demo's department
/// owes is left to whoever signs in as it.
pub(super) async fn next_step(
    engine: &Engine,
    charge: &Charge,
    state: &State,
    hands_off: bool,
) -> Result<Option<Request>, SubmitError> {
    let told = |_: KeyError| SubmitError::Unavailable;
    if (charge.fate, state.life) == (Fate::Joint, Life::InProgress) {
        let step = whistles::next_step(engine, charge.case, state, hands_off).await.map_err(told)?;
        match step {
            Some((command, actor)) => return Ok(Some(Request::case(charge.case, command, actor))),
            None if state.whistle.open().next().is_some() => return Ok(None),
            None => {}
        }
    }
    let first = state.reopened == 0;
    let command = match state.life {
        Life::Dispatched if charge.fate == Fate::Forgotten => return Ok(None),
        Life::Dispatched => Command::Sign,
        Life::InProgress if charge.fate == Fate::Extended && has_no_extension(state) => Command::Extend {
            by: Budget::WorkDays { days: 2 },
            reason: "等待配件到货，已电话告知诉求人".to_owned(),
            complainant_told: true,
        },
        Life::InProgress if charge.fate == Fate::Suspended && charge.steps == 1 => Command::Suspend {
            reason: "需列入下季度改造计划".to_owned(),
            review_at: engine.now().saturating_add(SignedDuration::from_hours(24 * 20)).unwrap_or_default(),
            complainant_told: true,
        },
        Life::InProgress if charge.steps.is_multiple_of(2) => {
            let reply = engine.keyring().seal(charge.case, &charge.reply).await.map_err(told)?;
            Command::SubmitResult { solved: true, reply }
        }
        Life::InProgress => Command::Contact { channel: "phone".to_owned(), note: None },
        Life::Handled if charge.fate == Fate::Reworked && charge.steps < 5 => {
            Command::Verify { passed: false, reason: "现场仍有问题".to_owned() }
        }
        Life::Handled => Command::Verify { passed: true, reason: String::new() },
        Life::PendingCallback => {
            let solved = !(charge.fate == Fate::Reopened && first);
            let satisfaction = match (solved, charge.fate) {
                (false, _) => Satisfaction::Dissatisfied,
                (true, Fate::Late) => Satisfaction::FairlySatisfied,
                (true, _) => Satisfaction::Satisfied,
            };
            Command::RecordCallback { contacted: true, solved, satisfaction, said: Said::default() }
        }
        Life::CalledBack if first => {
            Command::Reopen { reason: "诉求人表示问题没有解决".to_owned() }
        }
        Life::CalledBack => {
            Command::Close { mode: CloseMode::Explained, reason: "已依法向诉求人说明".to_owned() }
        }
        _ => return Ok(None),
    };
    let actor = actor_for(&command, state);
    Ok(Some(Request::case(charge.case, command, actor)))
}

fn has_no_extension(state: &State) -> bool {
    state.resolve.as_ref().is_some_and(|clock| clock.extensions.is_empty())
}

/// How long the staff takes for the next step, as its fate has it.
pub(super) fn pace(charge: &Charge, state: &State, now: Timestamp, rng: &mut StdRng) -> Timestamp {
    let minutes = match state.life {
        Life::Dispatched => rng.random_range(5..80),
        Life::InProgress if charge.fate == Fate::Late => {
            // Past the limit, by a few hours.
            let due = state.resolve.as_ref().map_or(now, |clock| clock.due_at);
            let late = due.saturating_add(SignedDuration::from_hours(rng.random_range(2..30)));
            return late.unwrap_or(now).max(now);
        }
        Life::InProgress => rng.random_range(30..150),
        Life::Handled => rng.random_range(60..900),
        Life::PendingCallback => rng.random_range(60..1200),
        _ => rng.random_range(30..300),
    };
    now.saturating_add(SignedDuration::from_mins(minutes)).unwrap_or(now)
}

fn actor_for(command: &Command, state: &State) -> Actor {
    let lead = state.lead.as_ref().map_or("", |unit| unit.as_str());
    match command {
        Command::Sign | Command::Contact { .. } | Command::SubmitResult { .. } => {
            Actor::person(&format!("chengban-{lead}"), lead)
        }
        _ => Actor { id: "user:ducha".to_owned(), unit: None },
    }
}
