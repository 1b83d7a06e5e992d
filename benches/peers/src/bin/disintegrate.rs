//! disintegrate 4 on its PostgreSQL event store: decisions over a state query, without snapshots.

use clap::Parser;
use disintegrate::serde::json::Json;
use disintegrate::{Decision, DecisionError, Event, NoSnapshot, StateMutate, StateQuery};
use disintegrate_postgres::{PgDecisionMaker, PgEventStore, decision_maker};
use peers::{Args, Case, Command, Fact, Failure, Peer, Refused};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use uuid::Uuid;

/// How often a decision that another one overtook is taken anew.
const ATTEMPTS: u32 = 1_000;

#[derive(Debug, Clone, PartialEq, Eq, Event, Serialize, Deserialize)]
enum CaseEvent {
    Registered {
        #[id]
        case_id: Uuid,
        fact: Fact,
    },
    Classified {
        #[id]
        case_id: Uuid,
        fact: Fact,
    },
    Dispatched {
        #[id]
        case_id: Uuid,
        fact: Fact,
    },
    Acknowledged {
        #[id]
        case_id: Uuid,
        fact: Fact,
    },
    ResultSubmitted {
        #[id]
        case_id: Uuid,
        fact: Fact,
    },
    CalledBack {
        #[id]
        case_id: Uuid,
        fact: Fact,
    },
    Closed {
        #[id]
        case_id: Uuid,
        fact: Fact,
    },
}

#[derive(Debug, Default, Clone, StateQuery, Serialize, Deserialize)]
#[state_query(CaseEvent)]
struct Complaint {
    #[id]
    case_id: Uuid,
    case: Case,
}

impl StateMutate for Complaint {
    fn mutate(&mut self, event: CaseEvent) {
        match event {
            CaseEvent::Registered { fact, .. }
            | CaseEvent::Classified { fact, .. }
            | CaseEvent::Dispatched { fact, .. }
            | CaseEvent::Acknowledged { fact, .. }
            | CaseEvent::ResultSubmitted { fact, .. }
            | CaseEvent::CalledBack { fact, .. }
            | CaseEvent::Closed { fact, .. } => self.case.apply(&fact),
        }
    }
}

struct Step {
    case_id: Uuid,
    command: Command,
}

impl Decision for Step {
    type Event = CaseEvent;
    type StateQuery = Complaint;
    type Error = Refused;

    fn state_query(&self) -> Complaint {
        Complaint { case_id: self.case_id, ..Complaint::default() }
    }

    fn process(&self, state: &Complaint) -> Result<Vec<CaseEvent>, Refused> {
        let facts = state.case.decide(self.command)?;
        Ok(facts.into_iter().map(|fact| event(self.case_id, fact)).collect())
    }
}

fn event(case_id: Uuid, fact: Fact) -> CaseEvent {
    match &fact {
        Fact::Registered { .. } => CaseEvent::Registered { case_id, fact },
        Fact::Classified { .. } => CaseEvent::Classified { case_id, fact },
        Fact::Dispatched { .. } => CaseEvent::Dispatched { case_id, fact },
        Fact::Acknowledged { .. } => CaseEvent::Acknowledged { case_id, fact },
        Fact::ResultSubmitted { .. } => CaseEvent::ResultSubmitted { case_id, fact },
        Fact::CalledBack { .. } => CaseEvent::CalledBack { case_id, fact },
        Fact::Closed { .. } => CaseEvent::Closed { case_id, fact },
    }
}

struct Stock(PgDecisionMaker<CaseEvent, Json<CaseEvent>, NoSnapshot>);

impl Peer for Stock {
    async fn execute(&self, case: Uuid, command: Command) -> Result<(), Failure> {
        let mut attempt = 0;
        loop {
            match self.0.make(Step { case_id: case, command }).await {
                Ok(_) => return Ok(()),
                // Its serializable transactions fail each other; it is the caller that tries again.
                Err(DecisionError::EventStore(_)) if attempt < ATTEMPTS => attempt += 1,
                Err(error) => return Err(format!("{error:?}").into()),
            }
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let pool = PgPool::connect(&args.database_url).await?;
    let store = PgEventStore::try_new(pool, Json::<CaseEvent>::default()).await?;
    peers::run(&args, Stock(decision_maker(store, NoSnapshot))).await
}
