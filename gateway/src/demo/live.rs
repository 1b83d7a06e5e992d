//! Live traffic of the demo: a complaint now and then, and staff that works on what is open.

use std::collections::VecDeque;

use domain::ids::CaseId;
use domain::stream::StreamId;
use engine::intake::{Arrival, Intake, Outcome};
use engine::{Engine, SubmitError};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::history::states;
use super::residents::{DEMO_GRID, Residents};
use super::staff::{self, Charge, Fate};

/// Cases that the live staff keeps in hand; older ones are left to their deadlines.
const IN_HAND: usize = 60;

/// Live traffic; call [`Traffic::step`] every few seconds.
pub struct Traffic {
    engine: Engine,
    intake: Intake,
    residents: Residents,
    charges: VecDeque<Charge>,
    rng: StdRng,
}

impl Traffic {
    /// Traffic in front of this engine.
    pub fn new(engine: Engine) -> Self {
        let batch = engine.now().as_second().to_string();
        Self {
            intake: Intake::new(engine.clone()),
            residents: Residents::of(&engine.rules(), &batch),
            charges: VecDeque::new(),
            rng: StdRng::from_os_rng(),
            engine,
        }
    }

    /// One complaint, or one step of somebody's work. Cases of the demo handler's own grid are left
    /// to whoever sits in front of the screen.
    ///
    /// # Errors
    /// [`SubmitError`] where the engine cannot write.
    pub async fn step(&mut self) -> Result<(), SubmitError> {
        if self.charges.is_empty() || self.rng.random_bool(0.35) {
            return self.complain().await;
        }
        let Some(mut charge) = self.charges.pop_front() else { return Ok(()) };
        let state = states(&self.engine, &[StreamId::case(charge.case)]).await?.pop().unwrap_or_default();
        if state.lead.as_ref().is_some_and(|lead| lead.as_str() == DEMO_GRID) || !state.life.is_open() {
            return Ok(());
        }
        if let Some(request) = staff::next_step(&self.engine, &charge, &state, true).await? {
            match self.engine.submit(request).await {
                Ok(_) | Err(SubmitError::Rejected(_)) => {}
                Err(error) => return Err(error),
            }
        }
        charge.steps += 1;
        self.charges.push_back(charge);
        Ok(())
    }

    async fn complain(&mut self) -> Result<(), SubmitError> {
        let now = self.engine.now();
        let (complaint, reply) = self.residents.complain(&self.engine.rules(), now, &mut self.rng);
        let arrival = Arrival::live(complaint, Residents::actor());
        if let Outcome::Opened { case, .. } = self.intake.receive(arrival).await? {
            self.take(case, reply);
        }
        Ok(())
    }

    fn take(&mut self, case: CaseId, reply: &'static str) {
        let fate = Fate::draw(&mut self.rng);
        self.charges.push_back(Charge { case, fate, reply, at: self.engine.now(), steps: 0 });
        if self.charges.len() > IN_HAND {
            self.charges.pop_front();
        }
    }
}
