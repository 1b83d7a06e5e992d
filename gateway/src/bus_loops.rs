//! The loops of the bus: complaints and answers in, receipts, tasks, status and daily lists out.

use std::sync::Arc;
use std::time::Duration;

use domain::ids::CaseId;
use engine::bus::Bus;
use engine::bus::intake::IntakeConsumer;
use engine::bus::nats::{NatsBus, NatsConfig};
use engine::bus::responses::{Resolver, ResponseConsumer};
use engine::bus::subject::Subjects;
use engine::dispatcher::Publisher;
use engine::lease::Lease;
use engine::log::StoreError;
use engine::reconcile::Reconciler;
use projections::{Scope, Views};
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::compose::House;
use crate::config::{Nats, SecretError};
use crate::loops::{Ended, all, idle, named};
use crate::status::Status;
use crate::trouble::Trouble;

/// How long a consumer waits for the first message of a step.
const WAIT: Duration = Duration::from_secs(1);
/// Between two looks at a log that stands still.
const POLL: Duration = Duration::from_millis(250);
/// How long an answer waits for views that lag, before it is kept for later.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between two looks whether a day is over.
const DAY_POLL: Duration = Duration::from_secs(60);
/// Between two looks whether streams and consumers are all there.
const HEAL: Duration = Duration::from_secs(10);
/// The lease of the one node that closes days.
const RECONCILIATION: &str = "reconciliation";
/// The lease of the one node that takes what units answer.
const RESPONSES: &str = "responses";
/// The lease of the one node that publishes.
pub const PUBLISHER: &str = "publisher";

/// Runs the bus of this house until all its loops have stopped as they were told, or one ends otherwise.
/// Every node takes complaints in; one takes the answers of units and one publishes, each under a lease.
///
/// # Errors
/// Which ended, and why; or that the bus is not configured as it can be.
pub async fn run(house: House, config: NatsConfig, status: Status, stop: CancellationToken) -> Ended {
    let subjects = Subjects::new(&config.jurisdiction);
    let nats = Arc::new(NatsBus::connect(config).await.map_err(|error| error.to_string())?);
    status.has_bus(nats.clone());
    let bus: Arc<dyn Bus> = nats;
    let engine = house.engine.clone();
    let publisher = Publisher::new(engine.store().clone(), bus.clone(), subjects.clone())
        .reading(engine.tail().clone())
        .by_rules(engine.rules_in_force())
        .counting(engine.metrics().bus.clone());
    let intake = IntakeConsumer::new(engine.clone(), bus.clone(), subjects.clone(), WAIT);
    let responses =
        ResponseConsumer::new(engine, bus.clone(), subjects, WAIT).with_resolver(by_number(house.clone()));
    let mut loops = tokio::task::JoinSet::new();
    loops.spawn(named("places", heal(bus.clone(), stop.clone())));
    loops.spawn(named(RECONCILIATION, close_days(house.clone(), stop.clone())));
    loops.spawn(named("intake", take_in(intake, stop.clone())));
    loops.spawn(named(RESPONSES, take_answers(responses, house.clone(), status.clone(), stop.clone())));
    loops.spawn(named("publisher", publish(publisher, house, status, stop)));
    all(loops).await
}

/// The bus as configured, for the jurisdiction of this house's log.
///
/// # Errors
/// A secret that cannot be had, or a log that does not answer.
pub async fn configured(house: &House, nats: &Nats) -> Result<NatsConfig, ConnectError> {
    let log = house.engine.store().identity().await?;
    let mut config = NatsConfig::new(&nats.url.joined(), &log.jurisdiction).with_prefix(&nats.stream_prefix);
    config.epoch = log.epoch;
    config.user = nats.user()?;
    config.nkey = nats.nkey()?;
    config.units = house.rules().org.units().iter().map(|unit| unit.code.to_string()).collect();
    config.sources.clone_from(&nats.sources);
    config.credentials = nats.credentials()?;
    config.certificate = nats.certificate()?;
    config.ca = nats.ca()?;
    config.replicas = nats.replicas.unwrap_or(config.replicas);
    config.max_bytes = nats.max_bytes.map_or(-1, |bytes| i64::try_from(bytes).unwrap_or(i64::MAX));
    Ok(config)
}

/// Why the bus cannot be configured.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// A secret cannot be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The log does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Finds a case by the number that people see: what a department copies from its screen.
fn by_number(house: House) -> Resolver {
    Arc::new(move |number| {
        let house = house.clone();
        Box::pin(async move { numbered(&house, number.trim()).await })
    })
}

async fn numbered(house: &House, number: &str) -> Result<Option<CaseId>, String> {
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
async fn level(house: &House) -> Result<(), String> {
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

async fn publish(mut publisher: Publisher, house: House, status: Status, stop: CancellationToken) -> Ended {
    let engine = house.engine;
    let mut lease = Lease::new(engine.store().clone(), PUBLISHER);
    let mut appended = engine.appended();
    let mut trouble = Trouble::new("publisher", &stop);
    while !stop.is_cancelled() {
        let leads = match lease.held().await {
            Ok(held) => held.is_some(),
            Err(error) => {
                status.leads(PUBLISHER, false);
                trouble.wait(&error).await;
                continue;
            }
        };
        status.leads(PUBLISHER, leads);
        if !leads {
            trouble.over();
            // Another node's lag now, and told by that one.
            engine.metrics().bus.lag_events.set(0);
            engine.metrics().bus.lag_seconds.set(0.0);
            idle(&mut appended, POLL, &stop).await;
            continue;
        }
        match publisher.step().await {
            Ok(read) => {
                trouble.over();
                if read == 0 {
                    idle(&mut appended, POLL, &stop).await;
                }
            }
            Err(error) => trouble.wait(&error).await,
        }
    }
    lease.release().await;
    Ok(())
}

/// Once a day is over, what became of its messages is noted, to go out like everything else.
async fn close_days(house: House, stop: CancellationToken) -> Ended {
    let mut lease = Lease::new(house.engine.store().clone(), RECONCILIATION);
    let mut reconciler = Reconciler::new(house.engine);
    let mut trouble = Trouble::new(RECONCILIATION, &stop);
    while !stop.is_cancelled() {
        let leads = match lease.held().await {
            Ok(held) => held.is_some(),
            Err(error) => {
                trouble.wait(&error).await;
                continue;
            }
        };
        match if leads { reconciler.step().await } else { Ok(None) } {
            Ok(Some(day)) => info!(%day, "对账已记 · the day's lists are noted"),
            Ok(None) => {
                trouble.over();
                tokio::select! {
                    () = tokio::time::sleep(DAY_POLL) => {}
                    () = stop.cancelled() => {}
                }
            }
            Err(error) => trouble.wait(&error).await,
        }
    }
    lease.release().await;
    Ok(())
}

/// Makes what is gone, also the consumers of those outside: they cannot make them themselves.
async fn heal(bus: Arc<dyn Bus>, stop: CancellationToken) -> Ended {
    while !stop.is_cancelled() {
        // A bus that is away is noticed and told by the other loops.
        let _ = bus.ensure().await;
        tokio::select! {
            () = tokio::time::sleep(HEAL) => {}
            () = stop.cancelled() => {}
        }
    }
    Ok(())
}

async fn take_in(mut consumer: IntakeConsumer, stop: CancellationToken) -> Ended {
    let mut trouble = Trouble::new("intake", &stop);
    while !stop.is_cancelled() {
        match consumer.step().await {
            Ok(_) => trouble.over(),
            Err(error) => trouble.wait(&error).await,
        }
    }
    Ok(())
}

/// One node for all: two would overtake each other, and a contact that comes after its result is refused.
async fn take_answers(
    mut consumer: ResponseConsumer,
    house: House,
    status: Status,
    stop: CancellationToken,
) -> Ended {
    let mut lease = Lease::new(house.engine.store().clone(), RESPONSES);
    let mut trouble = Trouble::new(RESPONSES, &stop);
    let mut led = None;
    while !stop.is_cancelled() {
        let held = match lease.held().await {
            Ok(held) => held,
            Err(error) => {
                status.leads(RESPONSES, false);
                trouble.wait(&error).await;
                continue;
            }
        };
        status.leads(RESPONSES, held.is_some());
        if held.is_none() {
            trouble.over();
            tokio::select! {
                () = tokio::time::sleep(POLL) => {}
                () = stop.cancelled() => {}
            }
            continue;
        }
        if held != led {
            consumer.take_over();
            led = held;
        }
        match consumer.step().await {
            Ok(_) => trouble.over(),
            Err(error) => trouble.wait(&error).await,
        }
    }
    lease.release().await;
    Ok(())
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
        let house = House::open(Settings::new(folder.path(), rules)).await.unwrap();
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
