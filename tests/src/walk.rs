//! A bounded exhaustive walk: every command by every actor at every instant of a small world, the rules
//! changed at any point, and the invariants of DOMAIN §5 asked after every step.

mod editions;
pub mod invariants;
mod supervision;
mod world;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use domain::case::clocks::Deadline;
use domain::case::{Case, Code, Command, Event, Life, Rejection, State};
use domain::context::{Actor, Context};
use domain::decider::Decider;
use domain::reaction::Origin;

use self::invariants::{INVARIANTS, Step};
pub use world::World;

/// How far the walk goes.
#[derive(Debug, Clone, Copy)]
pub struct Bound {
    /// Commands of people after each beginning.
    pub moves: u8,
    /// Instants to which the clock is turned.
    pub instants: usize,
    /// The walk ends with so many distinct states, if it has not ended before.
    pub states: usize,
    /// Threads that walk.
    pub threads: usize,
}

/// What was walked.
#[derive(Debug, Default, Clone)]
pub struct Walked {
    /// Distinct states: of the case, the clock and the rules in force.
    pub states: usize,
    /// Decisions that were asked for.
    pub decisions: u64,
    /// Decisions that changed something.
    pub steps: u64,
    /// The bound of moves and instants was reached everywhere, not the number of states.
    pub complete: bool,
    /// What broke an invariant, with the way there; empty where none did.
    pub broken: Vec<String>,
}

/// A place of the walk.
#[derive(Clone, Default)]
struct Node {
    state: State,
    /// What the reactions know of the case.
    origin: Origin,
    /// Place in the world's instants.
    instant: usize,
    /// Which of the world's rules.
    rules: usize,
    moves: u8,
    way: Option<Arc<Way>>,
}

/// How a place was reached.
struct Way {
    before: Option<Arc<Way>>,
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    Began(usize),
    Moved(usize),
    ClockTurned(usize),
    RulesChanged,
}

struct Shared {
    open: Vec<Node>,
    /// The fewest moves with which a state was reached.
    seen: HashMap<u128, u8>,
    walked: Walked,
    busy: usize,
}

/// Walks the world up to the bound.
pub fn walk(world: &World, bound: Bound) -> Walked {
    let mut walked = Walked::default();
    let begun: Vec<Node> =
        (0..world.beginnings.len()).filter_map(|place| begin(world, place, &mut walked)).collect();
    let seen = begun.iter().map(|node| (key(node), 0)).collect();
    let shared = Mutex::new(Shared { open: begun, seen, walked, busy: 0 });
    let woken = Condvar::new();
    std::thread::scope(|scope| {
        for _ in 0..bound.threads.max(1) {
            scope.spawn(|| walk_on(world, bound, &shared, &woken));
        }
    });
    let shared = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    Walked { complete: shared.open.is_empty(), states: shared.seen.len(), ..shared.walked }
}

/// Where a beginning of the world leads to; its steps are asked too.
fn begin(world: &World, place: usize, walked: &mut Walked) -> Option<Node> {
    let mut node = Node { way: further(&None, What::Began(place)), ..Node::default() };
    for (actor, command) in &world.beginnings[place].1 {
        let Ok(events) = decide(world, &node, actor, command) else {
            walked.broken.push(format!("a beginning does not begin: {command:?}\n  {}", told(world, &node)));
            return None;
        };
        let after = node.clone();
        node = stepped(world, &node, after, actor, command, &events, &mut walked.broken).unwrap_or(node);
    }
    Some(node)
}

/// What came of one life.
#[derive(Debug, Default)]
pub struct Lived {
    /// What broke an invariant, with the way there.
    pub broken: Vec<String>,
    /// Why commands were refused.
    pub refused: Vec<Code>,
    /// How many were accepted.
    pub accepted: u64,
}

/// One life from this beginning: each number is a command that somebody tries, or beyond them the clock that
/// is turned, or other rules.
pub fn live(world: &World, beginning: usize, acts: &[usize]) -> Lived {
    let mut walked = Walked::default();
    let mut lived = Lived::default();
    let node = begin(world, beginning % world.beginnings.len(), &mut walked);
    lived.broken.append(&mut walked.broken);
    let Some(mut node) = node else { return lived };
    let turns = world.moves.len() / 12;
    for act in acts {
        match act % (world.moves.len() + turns + turns / 3) {
            place if place < world.moves.len() => {
                let (actor, command) = &world.moves[place];
                match decide(world, &node, actor, command) {
                    Err(rejection) => lived.refused.push(rejection.code),
                    Ok(events) => {
                        lived.accepted += 1;
                        let after = Node { way: further(&node.way, What::Moved(place)), ..node.clone() };
                        let after = stepped(world, &node, after, actor, command, &events, &mut lived.broken);
                        node = after.unwrap_or(node);
                    }
                }
            }
            turn if turn < world.moves.len() + turns => {
                if node.instant + 1 < world.instants.len() {
                    node = turned(world, &node, &mut lived.broken);
                }
            }
            _ => node.rules = (node.rules + 1).min(world.rules.len() - 1),
        }
    }
    lived
}

fn walk_on(world: &World, bound: Bound, shared: &Mutex<Shared>, woken: &Condvar) {
    loop {
        let mut held = shared.lock().unwrap_or_else(PoisonError::into_inner);
        let node = loop {
            if held.seen.len() >= bound.states || !held.walked.broken.is_empty() {
                woken.notify_all();
                return;
            }
            match held.open.pop() {
                Some(node) => break node,
                None if held.busy == 0 => {
                    woken.notify_all();
                    return;
                }
                None => held = woken.wait(held).unwrap_or_else(PoisonError::into_inner),
            }
        };
        held.busy += 1;
        drop(held);
        let mut decisions = 0;
        let mut broken = Vec::new();
        let reached = reach(world, bound, &node, &mut decisions, &mut broken);
        let keyed: Vec<(u128, Node)> = reached.into_iter().map(|node| (key(&node), node)).collect();
        let mut held = shared.lock().unwrap_or_else(PoisonError::into_inner);
        held.busy -= 1;
        held.walked.decisions += decisions;
        held.walked.broken.extend(broken);
        for (key, node) in keyed {
            held.walked.steps += 1;
            let fewest = held.seen.entry(key).or_insert(u8::MAX);
            if node.moves < *fewest {
                *fewest = node.moves;
                held.open.push(node);
            }
        }
        woken.notify_all();
    }
}

/// Every place one step away.
fn reach(
    world: &World,
    bound: Bound,
    node: &Node,
    decisions: &mut u64,
    broken: &mut Vec<String>,
) -> Vec<Node> {
    let mut reached = Vec::new();
    if node.instant + 1 < world.instants.len().min(bound.instants) {
        reached.push(turned(world, node, broken));
    }
    if node.state.life != Life::Absent && node.rules + 1 < world.rules.len() {
        let way = further(&node.way, What::RulesChanged);
        reached.push(Node { rules: node.rules + 1, way, ..node.clone() });
    }
    if node.moves < bound.moves {
        for (place, (actor, command)) in world.moves.iter().enumerate() {
            *decisions += 1;
            let Ok(events) = decide(world, node, actor, command) else { continue };
            let way = further(&node.way, What::Moved(place));
            let after = Node { moves: node.moves + 1, way, ..node.clone() };
            reached.extend(stepped(world, node, after, actor, command, &events, broken));
        }
    }
    reached
}

fn further(way: &Option<Arc<Way>>, what: What) -> Option<Arc<Way>> {
    Some(Arc::new(Way { before: way.clone(), what }))
}

/// The way to a place, a line a step.
fn told(world: &World, node: &Node) -> String {
    let mut steps = Vec::new();
    let mut way = node.way.as_ref();
    while let Some(step) = way {
        steps.push(match step.what {
            What::Began(place) => world.beginnings[place].0.clone(),
            What::Moved(place) => {
                let (actor, command) = &world.moves[place];
                format!("{}: {}", actor.id, serde_json::to_string(command).unwrap_or_default())
            }
            What::ClockTurned(instant) => format!("clock {}", world.instants[instant]),
            What::RulesChanged => "rules change".to_owned(),
        });
        way = step.before.as_ref();
    }
    steps.reverse();
    steps.join("\n  ")
}

fn decide(world: &World, node: &Node, actor: &Actor, command: &Command) -> Result<Vec<Event>, Rejection> {
    let now = world.instants[node.instant];
    let context = Context { now, occurred_at: now, actor, rules: &world.rules[node.rules] };
    Case::decide(&node.state, command, &context)
}

/// The state after the events, if they change anything; and whether the invariants still hold.
fn stepped(
    world: &World,
    before: &Node,
    mut after: Node,
    actor: &Actor,
    command: &Command,
    events: &[Event],
    broken: &mut Vec<String>,
) -> Option<Node> {
    events.iter().for_each(|event| Case::evolve(&mut after.state, event));
    let step = Step {
        before: &before.state,
        after: &after.state,
        origin: &before.origin,
        actor,
        command,
        events,
        now: world.instants[after.instant],
        rules: &world.rules[after.rules],
    };
    for (what, holds) in INVARIANTS {
        if !holds(&step) {
            broken.push(format!("{what}\n  {}\n  {}: {command:?}", told(world, &after), actor.id));
        }
    }
    events.iter().for_each(|event| after.origin.evolve(event));
    (after.state != before.state).then_some(after)
}

/// The clock at the next instant, every deadline up to it passed in its order, each once.
fn turned(world: &World, node: &Node, broken: &mut Vec<String>) -> Node {
    let actor = Actor::system("deadlines");
    let instant = node.instant + 1;
    let now = world.instants[instant];
    let way = further(&node.way, What::ClockTurned(instant));
    let mut node = Node { instant, way, ..node.clone() };
    let mut passed: Vec<Deadline> = Vec::new();
    while let Some(next) = node.state.next_deadline().filter(|next| next.due_at <= now) {
        let command = Command::PassDeadline(next.clone());
        let Ok(events) = decide(world, &node, &actor, &command) else {
            broken.push(format!("a due deadline is refused: {next:?}\n  {}", told(world, &node)));
            break;
        };
        if events.is_empty() || passed.len() > 200 {
            broken.push(format!("a due deadline has no end: {next:?}\n  {}", told(world, &node)));
            break;
        }
        let after = stepped(world, &node, node.clone(), &actor, &command, &events, broken);
        node = after.unwrap_or(node);
        // Steps of the ladder that a near limit has pushed together bear the same name and instant.
        let another = node.state.next_deadline().as_ref() == Some(&next);
        if !another && !decide(world, &node, &actor, &command).is_ok_and(|events| events.is_empty()) {
            broken.push(format!("a deadline passes twice: {command:?}\n  {}", told(world, &node)));
        }
        passed.push(next);
    }
    if !passed.is_sorted_by_key(|deadline| deadline.due_at) {
        broken.push(format!("deadlines pass out of order: {passed:?}\n  {}", told(world, &node)));
    }
    node
}

fn key(node: &Node) -> u128 {
    let text = serde_json::to_vec(&node.state).unwrap_or_default();
    let half = |salt: u64| {
        let mut hasher = DefaultHasher::new();
        (salt, &text, node.instant, node.rules).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    (half(1) << 64) | half(2)
}
