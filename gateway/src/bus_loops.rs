//! The loops of the bus: complaints and answers in, receipts, tasks and status out.

use std::sync::Arc;
use std::time::Duration;

use domain::ids::CaseId;
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
/// How long an answer waits for views that lag, before it is kept for later.
const PATIENCE: Duration = Duration::from_secs(1);

/// Runs the bus of this house until one of its loops ends, which none should; says why.
pub async fn run(house: &Embedded, config: &Nats) -> String {
    let (bus, subjects) = match connect(house, config).await {
        Ok(connected) => connected,
        Err(error) => return error.to_string(),
    };
    let engine = house.engine.clone();
    let publisher = Publisher::new(engine.store().clone(), bus.clone(), subjects.clone())
        .counting(engine.metrics().bus.clone());
    let intake = IntakeConsumer::new(engine.clone(), bus.clone(), subjects.clone(), WAIT);
    let responses =
        ResponseConsumer::new(engine, bus, subjects, WAIT).with_resolver(by_number(house.clone()));
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
fn by_number(house: Embedded) -> Resolver {
    Arc::new(move |number| {
        let house = house.clone();
        Box::pin(async move { numbered(&house, number.trim()).await })
    })
}

async fn numbered(house: &Embedded, number: &str) -> Result<Option<CaseId>, String> {
    if let Some(found) = look_up(&house.views, number).await? {
        return Ok(Some(found));
    }
    // Views that lag know less than the log: only once they are level is a number unknown.
    level(house).await?;
    look_up(&house.views, number).await
}

/// By its number only: an external id of another system may look like one.
async fn look_up(views: &Views, number: &str) -> Result<Option<CaseId>, String> {
    let rows = views.find(number, &Scope::All).await.map_err(|error| error.to_string())?;
    Ok(rows.iter().find(|row| row.case_no.eq_ignore_ascii_case(number)).map(|row| row.case_id))
}

/// Waits a little until the views have all that the log has now.
async fn level(house: &Embedded) -> Result<(), String> {
    let head = house.engine.store().head().await.map_err(|error| error.to_string())?.position;
    let until = tokio::time::Instant::now() + PATIENCE;
    loop {
        let views = house.views.checkpoint().await.map_err(|error| error.to_string())?.position;
        if views >= head {
            return Ok(());
        }
        if tokio::time::Instant::now() >= until {
            return Err("views are behind".to_owned());
        }
        tokio::time::sleep(PATIENCE / 20).await;
    }
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

#[cfg(test)]
mod specs {
    use super::*;
    use crate::compose::Settings;
    use domain::intake::Complaint;
    use engine::intake::{Arrival, Outcome};
    use serde_json::json;

    #[tokio::test]
    async fn a_number_is_unknown_only_once_the_views_are_level() {
        let folder = tempfile::tempdir().unwrap();
        let rules = Arc::new(domain::sample::rulebook().unwrap());
        let house = Embedded::open(Settings::new(folder.path(), rules)).await.unwrap();
        let now = house.engine.now();
        let complaint =
            json!({"external_id": "E-1", "source": "s", "received_at": now.to_string(), "text": "x"});
        let complaint = Complaint::from_json(complaint, "s", now).unwrap();
        let arrival = Arrival::live(complaint, domain::context::Actor { id: "a".into(), unit: None });
        let outcome = house.intake.receive_many(vec![arrival]).await.remove(0).unwrap();
        let Outcome::Opened { case_no, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!(numbered(&house, &case_no).await, Err("views are behind".to_owned()));
        house.catch_up().await.unwrap();
        assert!(matches!(numbered(&house, &case_no).await, Ok(Some(_))));
        assert_eq!(numbered(&house, "E-1").await, Ok(None), "an external id is no number");
    }
}
