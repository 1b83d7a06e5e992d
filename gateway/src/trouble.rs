//! What a loop does about something that is away: waits, longer each time, and says so once.

use std::fmt::Display;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

const PAUSE: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(4);
/// What passes sooner is not worth a line: a connection, or streams that are just being made.
const WORTH_TELLING: Duration = Duration::from_secs(10);
/// How often it is said again.
const REMIND: Duration = Duration::from_secs(60);

/// The trouble of one loop.
pub struct Trouble {
    name: &'static str,
    stop: CancellationToken,
    now: Option<Now>,
}

struct Now {
    since: Instant,
    told: Option<Instant>,
    pause: Duration,
}

impl Trouble {
    /// None yet, for the loop of this name.
    pub fn new(name: &'static str, stop: &CancellationToken) -> Self {
        Self { name, stop: stop.clone(), now: None }
    }

    /// Notes a failure and waits a while; no longer than until the process is told to stop.
    pub async fn wait(&mut self, error: &(dyn Display + Sync)) {
        let now = self.now.get_or_insert_with(|| Now { since: Instant::now(), told: None, pause: PAUSE });
        let due = now.told.is_none_or(|told| told.elapsed() >= REMIND);
        if due && now.since.elapsed() >= WORTH_TELLING {
            warn!(part = self.name, %error, "等待恢复，数据不会丢失 · waiting; nothing is lost");
            now.told = Some(Instant::now());
        }
        let pause = now.pause;
        now.pause = (pause * 2).min(PAUSE_MAX);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = self.stop.cancelled() => {}
        }
    }

    /// It works again.
    pub fn over(&mut self) {
        if let Some(Now { since, told: Some(_), .. }) = self.now.take() {
            let seconds = since.elapsed().as_secs();
            info!(part = self.name, seconds, "已恢复 · goes on");
        }
    }
}
