//! The loops of the bus: complaints and answers in, receipts, tasks and status out.

use std::sync::Arc;
use std::time::Duration;

use engine::bus::intake::IntakeConsumer;
use engine::bus::nats::{NatsBus, NatsConfig};
use engine::bus::responses::{Resolver, ResponseConsumer};
use engine::bus::subject::Subjects;
use engine::bus::{Bus, BusError};
use engine::dispatcher::Publisher;
use engine::log::StoreError;
use projections::{Scope, Views};
use tracing::{error, info};

use crate::compose::Embedded;
use crate::config::Nats;

/// How long a consumer waits for the first message of a step.
const WAIT: Duration = Duration::from_secs(1);
/// The pause after a failure, and between two looks at a log that stands still.
const PAUSE: Duration = Duration::from_millis(500);

/// Runs the bus of this house until one of its loops ends, which none should; says why.
pub async fn run(house: &Embedded, config: &Nats) -> String {
    let (bus, subjects) = match connect(house, config).await {
        Ok(connected) => connected,
        Err(error) => return error.to_string(),
    };
    let engine = house.engine.clone();
    let publisher = Publisher::new(engine.store().clone(), bus.clone(), subjects.clone());
    let intake = IntakeConsumer::new(engine.clone(), bus.clone(), subjects.clone(), WAIT);
    let responses =
        ResponseConsumer::new(engine, bus, subjects, WAIT).with_resolver(by_number(house.views.clone()));
    let mut loops = tokio::task::JoinSet::new();
    loops.spawn(publish(publisher, house.clone()));
    loops.spawn(take_in(intake));
    loops.spawn(take_answers(responses));
    match loops.join_next().await {
        Some(Err(panic)) => format!("bus: {panic}"),
        _ => "bus: a loop has ended".to_owned(),
    }
}

/// Finds a case by the number that people see: what a department copies from its screen.
fn by_number(views: Views) -> Resolver {
    Arc::new(move |number| {
        let views = views.clone();
        Box::pin(async move {
            match views.find(&number, &Scope::All).await {
                Ok(rows) => rows.first().map(|row| row.case_id),
                Err(error) => {
                    error!(%error, "a case number could not be looked up");
                    None
                }
            }
        })
    })
}

#[derive(Debug, thiserror::Error)]
enum ConnectError {
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

async fn connect(house: &Embedded, config: &Nats) -> Result<(Arc<dyn Bus>, Subjects), ConnectError> {
    let jurisdiction = house.engine.store().identity().await?.jurisdiction;
    let mut nats = NatsConfig::new(&config.url, &jurisdiction).with_prefix(&config.stream_prefix);
    nats.credentials.clone_from(&config.credentials);
    let bus = NatsBus::connect(nats).await?;
    info!("bus configured");
    Ok((Arc::new(bus), Subjects::new(&jurisdiction)))
}

async fn publish(mut publisher: Publisher, house: Embedded) {
    let mut appended = house.engine.appended();
    loop {
        match publisher.step().await {
            Ok(0) => {
                let _ = tokio::time::timeout(PAUSE, appended.changed()).await;
            }
            Ok(_) => {}
            Err(error) => pause("publisher", &error).await,
        }
    }
}

async fn take_in(mut consumer: IntakeConsumer) {
    loop {
        if let Err(error) = consumer.step().await {
            pause("intake", &error).await;
        }
    }
}

async fn take_answers(mut consumer: ResponseConsumer) {
    loop {
        if let Err(error) = consumer.step().await {
            pause("responses", &error).await;
        }
    }
}

/// A bus that is away is waited for: nothing is lost meanwhile, it is in the log or on the bus.
async fn pause(name: &str, error: &(dyn std::error::Error + Sync)) {
    error!(name, %error, "the bus stands still; trying again");
    tokio::time::sleep(PAUSE).await;
}
