//! 吹哨报到 in the demo: the street calls two departments, and theirs come, except for what is left to whoever
//! signs in as the department.

use domain::case::State;
use domain::case::command::Command;
use domain::case::event::WhistleKind;
use domain::case::whistle::{Leg, Phase};
use domain::context::Actor;
use domain::ids::{CaseId, Rung, UnitId};
use engine::Engine;
use engine::keyring::KeyError;

/// The department that people sign in as: 城管.
pub const DEMO_DEPARTMENT: &str = "D-chengguan";
/// The one that is called beside it: 公安.
const BESIDE: &str = "D-gongan";

/// The next step of a case that needs more than one unit; none where it needs no whistle.
///
/// # Errors
/// [`KeyError`] where the feedback cannot be sealed.
pub(super) async fn next_step(
    engine: &Engine,
    case: CaseId,
    state: &State,
    hands_off: bool,
) -> Result<Option<(Command, Actor)>, KeyError> {
    let Some(street) = state.lead.clone().filter(|_| state.start == Some(Rung::Street)) else {
        return Ok(None);
    };
    if state.whistle.legs.is_empty() {
        return Ok(Some((call(), person(&street))));
    }
    let unfinished = |leg: &&Leg| matches!(leg.phase, Phase::Called | Phase::Responded | Phase::Arrived);
    let left_alone = |leg: &&Leg| hands_off && leg.unit.as_str() == DEMO_DEPARTMENT;
    let open: Vec<&Leg> = state.whistle.open().collect();
    if let Some(leg) = open.iter().find(|leg| unfinished(leg) && !left_alone(leg)) {
        let command = match leg.phase {
            Phase::Called => Command::RespondWhistle,
            Phase::Responded => Command::ArriveOnSite { place: "现场".to_owned() },
            _ => {
                let feedback = engine.keyring().seal(case, &"已到场处置，隐患已消除").await?;
                Command::FinishLeg { feedback }
            }
        };
        return Ok(Some((command, person(&leg.unit))));
    }
    let all_done = !open.is_empty() && open.iter().all(|leg| leg.phase == Phase::Finished);
    let end = Command::StandDown { whistle: None, reason: String::new() };
    Ok(all_done.then(|| (end, person(&street))))
}

fn call() -> Command {
    Command::SoundWhistle {
        kind: WhistleKind::Enforcement,
        units: vec![UnitId::new(DEMO_DEPARTMENT), UnitId::new(BESIDE)],
        reason: "多部门职责，需联合到场处置".to_owned(),
        place: String::new(),
    }
}

fn person(unit: &UnitId) -> Actor {
    Actor::person(&format!("chengban-{unit}"), unit.as_str())
}
