//! Plays a table, row by row.

use std::collections::HashMap;

use domain::case::{Other, State};
use domain::context::Actor;
use domain::ids::CaseId;
use domain::intake::Complaint;
use domain::recorded::Recorded;
use engine::intake::Outcome;
use engine::{Request, SubmitError};
use serde_json::{Map, Value, json};

use super::Failure;
use super::action::{self, Act, How, Meaning};
use super::check;
use super::people::UnitRef;
use super::prepare::{Prepared, Step, numbered};
use super::ready::{self, Want};
use super::words::truth;
use super::world::{Broken, Sent, World};

/// What a row led to.
#[derive(Default)]
pub(super) struct Happened {
    /// The refusal, with its code.
    pub refused: Option<String>,
    /// What the refusal is about.
    pub about: String,
    /// The row asked for something.
    pub asked: bool,
    /// What became of a complaint.
    pub outcome: Option<&'static str>,
    /// Position of the log's end before the row.
    pub from: u64,
    /// Position before the action, after the clock was turned.
    pub acted_from: u64,
    /// What was written since [`Happened::from`].
    pub events: Vec<Recorded>,
    /// The states of all cases before the row.
    pub before: HashMap<CaseId, State>,
}

/// Plays all rows; how much was checked, and what did not hold.
pub(super) async fn play(prepared: &Prepared) -> (usize, Vec<Failure>) {
    let (mut checks, mut failures) = (0, Vec::new());
    let Some(first) = prepared.rows.first() else { return (0, failures) };
    let broken = |line: u64, why: Broken| Failure {
        line,
        expected: "可继续 · the table goes on".to_owned(),
        zh: why.clone(),
        en: why,
    };
    let mut world = match World::new(prepared.rules.clone(), first.at).await {
        Ok(world) => world,
        Err(why) => return (0, vec![broken(first.line, why)]),
    };
    let mut player = Player { sent: None, happened: Happened::default() };
    for step in &prepared.rows {
        let played = match player.row(&mut world, step).await {
            Ok(()) => check::check(&mut world, step, &player.happened, &mut failures).await,
            Err(why) => Err(why),
        };
        match played {
            Ok(held) => checks += held,
            Err(why) => {
                failures.push(broken(step.line, why));
                break;
            }
        }
    }
    world.stop().await;
    (checks, failures)
}

struct Player {
    sent: Option<Sent>,
    happened: Happened,
}

impl Player {
    async fn row(&mut self, world: &mut World, step: &Step) -> Result<(), Broken> {
        let looks_on = matches!(step.act, Act::Look) && step.at == world.clock_now();
        if looks_on {
            return Ok(());
        }
        self.happened =
            Happened { from: world.head().await?, before: states(world).await?, ..Happened::default() };
        world.turn(step.at).await?;
        self.happened.acted_from = world.head().await?;
        self.act(world, step).await?;
        world.follow().await?;
        self.happened.events = world.since(self.happened.from).await?;
        Ok(())
    }

    async fn act(&mut self, world: &mut World, step: &Step) -> Result<(), Broken> {
        match &step.act {
            Act::Look => {}
            Act::Register(how, fields, count) => self.register(world, step, *how, fields, *count).await?,
            Act::Command(name, fields) => self.command(world, step, name, fields).await?,
            Act::Again => self.again(world).await?,
            Act::Restart => {
                world.stop().await;
                world.start().await?;
            }
            Act::Down => world.stop().await,
            Act::Up => world.start().await?,
            Act::SecondNode => world.second_node()?,
            Act::Rules(..) => {
                if let Some(rules) = &step.rules {
                    world.change_rules(rules.clone()).await?;
                }
            }
        }
        Ok(())
    }

    async fn register(
        &mut self,
        world: &mut World,
        step: &Step,
        how: How,
        fields: &[(String, String)],
        count: usize,
    ) -> Result<(), Broken> {
        let actor =
            step.who.actor(&State::default(), &world.rules).unwrap_or_else(|| Actor::system("scenario"));
        let label = step.case.clone().unwrap_or_default();
        let mut arrivals = Vec::new();
        for number in 1..=count {
            let name = numbered(&label, number);
            let complaint = match complaint(world, &name, fields) {
                Ok(complaint) => complaint,
                Err(code) => {
                    return {
                        self.refuse(code);
                        Ok(())
                    };
                }
            };
            arrivals.push((name, world.arrival(how, complaint, actor.clone())));
        }
        self.sent = arrivals.last().map(|(_, arrival)| Sent::Complaint(Box::new(arrival.clone())));
        let (names, arrivals): (Vec<_>, Vec<_>) = arrivals.into_iter().unzip();
        for (name, outcome) in names.into_iter().zip(world.receive_many(arrivals).await?) {
            self.outcome(world, Some(name), outcome);
        }
        Ok(())
    }

    fn outcome(&mut self, world: &mut World, name: Option<String>, outcome: Result<Outcome, SubmitError>) {
        let known = |outcome: &Outcome| match outcome {
            Outcome::Opened { case, .. } => ("opened", *case),
            Outcome::Supplement { case, .. } => ("supplement", *case),
            Outcome::Duplicate { case, .. } => ("duplicate", *case),
        };
        if let Ok(outcome) = &outcome {
            let (word, case) = known(outcome);
            self.happened.outcome = Some(word);
            if let Some(name) = name {
                world.name(name, case);
            }
        }
        self.answered(outcome.map(|_| ()));
    }

    async fn command(
        &mut self,
        world: &mut World,
        step: &Step,
        name: &str,
        fields: &[(String, String)],
    ) -> Result<(), Broken> {
        let case = world.case(step.case.as_deref()).ok_or("没有这件工单 · no such case")?;
        let (state, _) = world.history(case).await?;
        let (fields, wants) = ready::wants(name, fields);
        let mut ready = HashMap::new();
        for (field, want) in wants {
            let value = match want {
                Want::Sealed(text) => world.seal(case, &text).await?,
                Want::Case(label) => {
                    let other = world.case(Some(&label)).ok_or("没有这件工单 · no such case")?;
                    json!(Other::of(other, &world.history(other).await?.0))
                }
                Want::File(kind) => ready::file(world.head().await?, &kind),
            };
            ready.insert(field, value);
        }
        let rules = world.rules.clone();
        let Some(actor) = step.who.actor(&state, &rules) else {
            return Err(
                "这一行的单位还不存在（尚未派单？） · there is no such unit yet (not dispatched?)".to_owned()
            );
        };
        let unit = |unit: &UnitRef| unit.resolve(&state, &rules);
        let cases = world.labels();
        let meaning = Meaning { rules: &rules, now: step.at, unit: &unit, cases: &cases, ready: &ready };
        let command = action::command(name, &fields, &meaning).map_err(|(zh, en)| format!("{zh} · {en}"))?;
        let request = Request::case(case, command, actor);
        self.sent = Some(Sent::Command(Box::new(request.clone())));
        let answer = world.submit(request).await?;
        self.answered(answer.map(|_| ()));
        Ok(())
    }

    async fn again(&mut self, world: &mut World) -> Result<(), Broken> {
        match self.sent.clone().ok_or("还没有可重投的消息 · nothing was sent yet")? {
            Sent::Command(request) => {
                let answer = world.submit(*request).await?;
                self.answered(answer.map(|_| ()));
            }
            Sent::Complaint(arrival) => {
                let outcome = world.receive((*arrival).redelivered()).await?;
                self.outcome(world, None, outcome);
            }
        }
        Ok(())
    }

    fn answered(&mut self, answer: Result<(), SubmitError>) {
        self.happened.asked = true;
        match answer {
            Ok(()) => {}
            Err(SubmitError::Rejected(rejection)) => {
                self.happened.about = rejection.about.clone();
                self.refuse(rejection.code.as_str().to_owned());
            }
            Err(other) => self.refuse(other.to_string()),
        }
    }

    fn refuse(&mut self, code: String) {
        self.happened.asked = true;
        self.happened.refused.get_or_insert(code);
    }
}

async fn states(world: &World) -> Result<HashMap<CaseId, State>, Broken> {
    let mut states = HashMap::new();
    // A great many cases are not compared one by one.
    for (_, case) in world.cases.iter().take(50) {
        states.insert(*case, world.history(*case).await?.0);
    }
    Ok(states)
}

/// The complaint of a row; the code of its first fault where it is not well-formed.
fn complaint(world: &World, name: &str, fields: &[(String, String)]) -> Result<Complaint, String> {
    let now = world.clock_now();
    let mut object = Map::new();
    object.insert("external_id".to_owned(), json!(format!("SC-{name}")));
    object.insert("received_at".to_owned(), json!(now));
    object.insert("title".to_owned(), json!("情景诉求"));
    for (field, text) in fields {
        let moment = super::moment::read(text, Some(now), world.rules.calendar.zone()).ok().flatten();
        let value = match (field.ends_with("_at"), moment, truth(text)) {
            (true, Some(moment), _) => json!(moment.at),
            (_, _, Some(truth)) if matches!(field.as_str(), "test" | "confidential" | "anonymous") => {
                json!(truth)
            }
            _ => json!(text),
        };
        object.insert(field.clone(), value);
    }
    let object = nest_reporter(object);
    Complaint::from_json(Value::Object(object), "12345", now)
        .map_err(|faults| faults.first().map(|fault| fault.code.clone()).unwrap_or_default())
}

/// What the reporter asked for stands with the reporter.
fn nest_reporter(mut object: Map<String, Value>) -> Map<String, Value> {
    let mut reporter = Map::new();
    for field in ["confidential", "anonymous"] {
        if let Some(value) = object.remove(field) {
            reporter.insert(field.to_owned(), value);
        }
    }
    if !reporter.is_empty() {
        object.insert("reporter".to_owned(), Value::Object(reporter));
    }
    object
}
