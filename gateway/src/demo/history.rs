//! Two weeks of history, hour by hour, through the real engine with a clock that is turned.

use domain::case::State;
use domain::stream::StreamId;
use engine::clock::{Clock, TurnedClock};
use engine::deadlines::Sweeper;
use engine::intake::{Arrival, Intake, Outcome};
use engine::log::StoreError;
use engine::{Engine, SubmitError};
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::SEED;
use super::residents::{DEMO_GRID, Residents};
use super::staff::{self, Charge, Fate};

/// How far back the history goes.
const DAYS: i64 = 14;
/// What came to the demo handler's own grid within this time is left to whoever signs in as the handler.
const HANDS_OFF: SignedDuration = SignedDuration::from_hours(48);
/// One tick of the turned clock.
const TICK: SignedDuration = SignedDuration::from_mins(30);

/// Plays the history up to `until`. The engine must run on this clock.
///
/// # Errors
/// [`SubmitError`] where the engine cannot write.
pub async fn play(engine: &Engine, clock: &TurnedClock, until: Timestamp) -> Result<usize, SubmitError> {
    let mut rng = StdRng::seed_from_u64(SEED);
    let intake = Intake::new(engine.clone());
    let mut sweeper = Sweeper::new(engine.clone());
    let mut residents = Residents::of(&engine.rules(), "H");
    let mut charges: Vec<Charge> = Vec::new();
    clock.set(until.saturating_sub(SignedDuration::from_hours(24 * DAYS)).unwrap_or(until));
    let hands_off = until.saturating_sub(HANDS_OFF).unwrap_or(until);
    while clock.now() < until {
        let opened = arrivals(engine, &intake, &mut residents, &mut rng).await?;
        charges.extend(opened);
        work(engine, &mut charges, hands_off, &mut rng).await?;
        while sweeper.step().await.map_err(store)? > 0 {}
        clock.advance(TICK);
    }
    Ok(charges.len())
}

/// What comes in within one tick: more in office hours, hardly anything at night.
async fn arrivals(
    engine: &Engine,
    intake: &Intake,
    residents: &mut Residents,
    rng: &mut StdRng,
) -> Result<Vec<Charge>, SubmitError> {
    let now = engine.now();
    let rules = engine.rules();
    let hour = now.to_zoned(rules.calendar.zone().clone()).hour();
    let chance = match hour {
        8..=11 | 13..=17 => 0.9,
        18..=21 => 0.4,
        _ => 0.06,
    };
    let mut drawn = Vec::new();
    while drawn.len() < 3 && rng.random_bool(chance * 0.55) {
        drawn.push(residents.complain(&rules, now, rng));
    }
    let (complaints, replies): (Vec<_>, Vec<_>) = drawn.into_iter().unzip();
    let arrivals =
        complaints.into_iter().map(|complaint| Arrival::live(complaint, Residents::actor())).collect();
    let mut charges = Vec::new();
    for (outcome, reply) in intake.receive_many(arrivals).await.into_iter().zip(replies) {
        if let Outcome::Opened { case, .. } = outcome? {
            let minutes = rng.random_range(5..90);
            let at = now.saturating_add(SignedDuration::from_mins(minutes)).unwrap_or(now);
            charges.push(Charge { case, fate: Fate::draw(rng), reply, at, steps: 0 });
        }
    }
    Ok(charges)
}

/// Every step that is due now, in one batch.
async fn work(
    engine: &Engine,
    charges: &mut Vec<Charge>,
    hands_off: Timestamp,
    rng: &mut StdRng,
) -> Result<(), SubmitError> {
    let now = engine.now();
    if !engine.rules().calendar.is_open(now) {
        return Ok(());
    }
    let due: Vec<usize> = (0..charges.len()).filter(|index| charges[*index].at <= now).collect();
    let streams: Vec<StreamId> = due.iter().map(|index| StreamId::case(charges[*index].case)).collect();
    let states = states(engine, &streams).await?;
    let mut requests = Vec::new();
    let mut finished = Vec::new();
    for (index, state) in due.into_iter().zip(states) {
        let Some(charge) = charges.get_mut(index) else { continue };
        let theirs = state.lead.as_ref().is_some_and(|lead| lead.as_str() == DEMO_GRID);
        if theirs && now >= hands_off {
            continue;
        }
        charge.at = staff::pace(charge, &state, now, rng);
        match staff::next_step(engine, charge, &state, now >= hands_off).await? {
            Some(request) => requests.push(request),
            None if !state.life.is_open() => finished.push(index),
            None => {}
        }
        charge.steps += 1;
    }
    for outcome in engine.submit_many(requests).await {
        match outcome {
            // A limit may have passed in the meantime: the next tick looks again.
            Ok(_) | Err(SubmitError::Rejected(_)) => {}
            Err(error) => return Err(error),
        }
    }
    for index in finished.into_iter().rev() {
        charges.swap_remove(index);
    }
    Ok(())
}

/// The states of these streams, in their order.
pub(super) async fn states(engine: &Engine, streams: &[StreamId]) -> Result<Vec<State>, SubmitError> {
    use domain::case::Case;
    use domain::decider::Decider;
    use domain::stream::Event;
    let mut folded: std::collections::HashMap<StreamId, State> = std::collections::HashMap::new();
    if !streams.is_empty() {
        for recorded in engine.store().load(streams).await? {
            if let Event::Case(event) = &recorded.event {
                Case::evolve(folded.entry(recorded.stream).or_default(), event);
            }
        }
    }
    Ok(streams.iter().map(|stream| folded.remove(stream).unwrap_or_default()).collect())
}

fn store(error: StoreError) -> SubmitError {
    error.into()
}
