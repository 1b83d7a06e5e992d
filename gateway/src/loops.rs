//! The loops of a house: views and deadlines here, the bus in [`crate::bus_loops`].
//!
//! Every node folds its own views. Deadlines are swept by one node of all that share the log, under
//! a lease; where it dies another takes over. A loop returns when it is told to stop; one that ends
//! otherwise ends the process, with its reason.

use std::time::Duration;

use engine::deadlines::Sweeper;
use projections::RunnerError;
use projections::ViewsError;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::compose::House;
use crate::follower::Follower;
use crate::notify::{Raiser, Sender};
use crate::reviser::Reviser;
use crate::status::Status;
use crate::trouble::Trouble;

/// How often a loop looks without being woken: the truth, waking is only for speed.
const POLL: Duration = Duration::from_millis(250);
/// How long views that another process took over must stand still before they are claimed anew.
const TAKEN_OVER: Duration = Duration::from_secs(2);
/// The lease of the one node that passes deadlines.
pub const DEADLINES: &str = "deadlines";

/// Why a loop ended.
pub type Ended = Result<(), String>;

/// Runs views and deadlines until all have stopped as they were told, or one ends otherwise.
///
/// # Errors
/// Which ended, and why.
pub async fn run(house: House, status: Status, stop: CancellationToken) -> Ended {
    let mut loops = JoinSet::new();
    loops.spawn(named("views", project(house.clone(), stop.clone())));
    loops.spawn(named("revision", revise(house.clone(), stop.clone())));
    loops.spawn(named("merged", follow(house.clone(), stop.clone())));
    loops.spawn(named("notifications", notify(house.clone(), stop.clone())));
    loops.spawn(named("deliveries", deliver(house.clone(), stop.clone())));
    loops.spawn(named("deadlines", sweep(house, status, stop)));
    all(loops).await
}

/// The loop, its reason prefixed with its name.
pub(crate) async fn named(name: &'static str, work: impl Future<Output = Ended>) -> Ended {
    work.await.map_err(|reason| format!("{name}: {reason}"))
}

/// Waits for all; the first that ends otherwise than told ends the waiting.
pub(crate) async fn all(mut loops: JoinSet<Ended>) -> Ended {
    while let Some(ended) = loops.join_next().await {
        ended.map_err(|panic| panic.to_string())??;
    }
    Ok(())
}

/// Waits for a reason to look; no longer than the poll, and not at all once told to stop.
pub(crate) async fn idle(
    appended: &mut tokio::sync::watch::Receiver<u64>,
    most: Duration,
    stop: &CancellationToken,
) {
    tokio::select! {
        _ = tokio::time::timeout(most, appended.changed()) => {}
        () = stop.cancelled() => {}
    }
}

async fn project(house: House, stop: CancellationToken) -> Ended {
    let mut runner = house.runner();
    let mut appended = house.engine.appended();
    let mut trouble = Trouble::new("views", &stop);
    while !stop.is_cancelled() {
        runner.follow(house.rules());
        match runner.step().await {
            Ok(progress) => {
                trouble.over();
                if progress.events == 0 {
                    idle(&mut appended, POLL, &stop).await;
                }
            }
            Err(RunnerError::Store(ViewsError::Superseded)) => {
                info!("another process carries the views on; taking them back when it is done");
                stands_still(&house, &stop).await;
                runner = house.runner();
            }
            Err(error) if error.is_final() => return Err(error.to_string()),
            Err(error) => trouble.wait(&error).await,
        }
    }
    Ok(())
}

/// Waits until the process that took the views over no longer moves them: to claim them sooner would
/// stop it halfway.
async fn stands_still(house: &House, stop: &CancellationToken) {
    let mut before = None;
    while !stop.is_cancelled() {
        let now =
            house.views.checkpoint().await.ok().map(|checkpoint| (checkpoint.epoch, checkpoint.position));
        if now.is_some() && now == before {
            return;
        }
        before = now;
        tokio::time::sleep(TAKEN_OVER).await;
    }
}

async fn sweep(house: House, status: Status, stop: CancellationToken) -> Ended {
    let mut sweeper = Sweeper::new(house.engine);
    let mut trouble = Trouble::new("deadlines", &stop);
    while !stop.is_cancelled() {
        let step = sweeper.step().await;
        status.leads(DEADLINES, step.is_ok() && sweeper.leads());
        match step {
            Ok(0) => {
                trouble.over();
                pause(&stop).await;
            }
            Ok(passed) => info!(passed, "deadlines passed"),
            Err(error) => trouble.wait(&error).await,
        }
    }
    sweeper.release().await;
    Ok(())
}

/// Applies revised rules to open cases, once a person has confirmed it.
async fn revise(house: House, stop: CancellationToken) -> Ended {
    let mut reviser = Reviser::new(house.engine, house.views);
    let mut trouble = Trouble::new("revision", &stop);
    while !stop.is_cancelled() {
        match reviser.step().await {
            Ok(more) => {
                trouble.over();
                if !more {
                    pause(&stop).await;
                }
            }
            Err(error) => trouble.wait(&error).await,
        }
    }
    reviser.release().await;
    Ok(())
}

/// Tells merged cases what became of their main case.
async fn follow(house: House, stop: CancellationToken) -> Ended {
    let mut follower = Follower::new(house.engine, house.views);
    let mut trouble = Trouble::new("merged", &stop);
    while !stop.is_cancelled() {
        match follower.step().await {
            Ok(told) => {
                trouble.over();
                if told == 0 {
                    pause(&stop).await;
                }
            }
            Err(error) => trouble.wait(&error).await,
        }
    }
    follower.release().await;
    Ok(())
}

/// Tells those whom an event concerns.
async fn notify(house: House, stop: CancellationToken) -> Ended {
    let mut appended = house.engine.appended();
    let mut raiser = Raiser::new(house.engine);
    let mut trouble = Trouble::new("notifications", &stop);
    while !stop.is_cancelled() {
        match raiser.step().await {
            Ok(events) => {
                trouble.over();
                if events == 0 {
                    idle(&mut appended, POLL, &stop).await;
                }
            }
            Err(error) => trouble.wait(&error).await,
        }
    }
    raiser.release().await;
    Ok(())
}

/// Sends what is to go out.
async fn deliver(house: House, stop: CancellationToken) -> Ended {
    let mut sender = Sender::new(house.engine, house.views, house.channels);
    let mut trouble = Trouble::new("deliveries", &stop);
    while !stop.is_cancelled() {
        match sender.step().await {
            Ok(0) => {
                trouble.over();
                tokio::select! {
                    () = pause(&stop) => {}
                    () = sender.landed(), if sender.is_busy() => {}
                }
            }
            Ok(_) => trouble.over(),
            Err(error) => trouble.wait(&error).await,
        }
    }
    sender.release().await;
    Ok(())
}

pub(crate) async fn pause(stop: &CancellationToken) {
    tokio::select! {
        () = tokio::time::sleep(POLL) => {}
        () = stop.cancelled() => {}
    }
}
