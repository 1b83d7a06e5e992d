//! How this node is: what `/readyz` and `/metrics` tell.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use engine::bus::nats::NatsBus;
use prometheus::{IntGauge, IntGaugeVec, Opts, Registry};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::http::App;

/// How long a question to the database may take before it counts as away.
const PATIENCE: Duration = Duration::from_secs(2);
/// Events that the views of a node that is ready may lag behind.
const READY_LAG: u64 = 10_000;

/// How this node is. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Status {
    inner: Arc<Inner>,
}

struct Inner {
    stop: CancellationToken,
    bus: OnceLock<Arc<NatsBus>>,
    leads: Mutex<BTreeMap<&'static str, bool>>,
    figures: Figures,
}

/// Whether this node should be sent visitors.
#[derive(Debug, Serialize)]
pub struct Readiness {
    /// It should.
    pub ready: bool,
    /// The log answers.
    pub log: bool,
    /// The views answer.
    pub views: bool,
    /// Positions of the log that this node's views have not taken in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag: Option<u64>,
    /// The bus is connected; absent where there is none. Pages work without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bus: Option<bool>,
    /// What this node does for all.
    pub leads: Vec<&'static str>,
    /// It has been told to stop.
    pub stopping: bool,
}

impl Status {
    /// A node that has just started.
    ///
    /// # Errors
    /// A figure of the same name is registered already.
    pub fn new(registry: &Registry, stop: CancellationToken) -> prometheus::Result<Self> {
        let inner = Inner {
            stop,
            bus: OnceLock::new(),
            leads: Mutex::default(),
            figures: Figures::register(registry)?,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Told to stop.
    pub fn stop(&self) -> &CancellationToken {
        &self.inner.stop
    }

    /// This node has a bus.
    pub fn has_bus(&self, bus: Arc<NatsBus>) {
        // Told once: there is one bus.
        let _ = self.inner.bus.set(bus);
    }

    /// The bus of this node.
    pub fn bus(&self) -> Option<Arc<NatsBus>> {
        self.inner.bus.get().cloned()
    }

    /// Whether this node holds this lease.
    pub fn leads(&self, name: &'static str, leads: bool) {
        self.inner.leads.lock().unwrap_or_else(PoisonError::into_inner).insert(name, leads);
        self.inner.figures.leads.with_label_values(&[name]).set(i64::from(leads));
    }

    /// Asks everybody.
    pub async fn readiness(&self, app: &App) -> Readiness {
        let (head, views, lag) = positions(app).await;
        let stopping = self.inner.stop.is_cancelled();
        let leads = self.inner.leads.lock().unwrap_or_else(PoisonError::into_inner);
        let leads = leads.iter().filter(|(_, leads)| **leads).map(|(name, _)| *name).collect();
        Readiness {
            // Views that are ahead of the log are another history's.
            ready: lag.is_some_and(|lag| lag <= READY_LAG) && views <= head && !stopping,
            log: head.is_some(),
            views: views.is_some(),
            lag,
            bus: self.connected(),
            leads,
            stopping,
        }
    }

    fn connected(&self) -> Option<bool> {
        self.inner.bus.get().map(|bus| bus.connected())
    }

    /// Brings the figures up to date: they are asked for now.
    pub async fn measure(&self, app: &App) {
        let figures = &self.inner.figures;
        let (head, views, lag) = positions(app).await;
        figures.log_up.set(i64::from(head.is_some()));
        set(&figures.log_position, head);
        set(&figures.views_position, views);
        set(&figures.views_lag, lag);
        if let Some(connected) = self.connected() {
            figures.bus_connected.set(i64::from(connected));
        }
        let next = tokio::time::timeout(PATIENCE, app.engine.store().next_due_at()).await;
        if let Ok(Ok(next)) = next {
            let now = app.engine.now();
            let overdue = next.map_or(0, |due| now.duration_since(due).as_secs().max(0));
            figures.oldest_overdue.set(overdue);
        }
        let pending = tokio::time::timeout(PATIENCE, app.engine.store().deadlines_pending()).await;
        set(&figures.deadlines_pending, pending.ok().and_then(Result::ok));
    }
}

/// Head of the log, position of the views, and what lies between.
async fn positions(app: &App) -> (Option<u64>, Option<u64>, Option<u64>) {
    let head = tokio::time::timeout(PATIENCE, app.engine.store().head()).await;
    let head = head.ok().and_then(Result::ok).map(|head| head.position);
    let views = app.views.checkpoint().await.ok().map(|checkpoint| checkpoint.position);
    (head, views, head.zip(views).map(|(head, views)| head.saturating_sub(views)))
}

fn set(figure: &IntGauge, value: Option<u64>) {
    if let Some(value) = value {
        figure.set(i64::try_from(value).unwrap_or(i64::MAX));
    }
}

/// Figures that are measured when somebody asks for them.
struct Figures {
    log_up: IntGauge,
    log_position: IntGauge,
    views_position: IntGauge,
    views_lag: IntGauge,
    bus_connected: IntGauge,
    deadlines_pending: IntGauge,
    oldest_overdue: IntGauge,
    leads: IntGaugeVec,
}

impl Figures {
    fn register(registry: &Registry) -> prometheus::Result<Self> {
        let gauge = |name: &str, help: &str| {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            prometheus::Result::Ok(gauge)
        };
        let leads = Opts::new("whistlepost_lease_held", "1 where this node does it for all, by lease.");
        let leads = IntGaugeVec::new(leads, &["lease"])?;
        registry.register(Box::new(leads.clone()))?;
        Ok(Self {
            log_up: gauge("whistlepost_log_up", "1 where the log answers.")?,
            log_position: gauge("whistlepost_log_position", "Last position of the log.")?,
            views_position: gauge("whistlepost_views_position", "Position up to which the views are.")?,
            views_lag: gauge("whistlepost_views_lag_events", "Events that the views lag behind the log.")?,
            bus_connected: gauge("whistlepost_bus_connected", "1 where the bus is connected.")?,
            deadlines_pending: gauge("whistlepost_deadlines_pending", "Cases that wait for a deadline.")?,
            oldest_overdue: gauge(
                "whistlepost_deadlines_oldest_overdue_seconds",
                "How long the oldest deadline is due and not passed.",
            )?,
            leads,
        })
    }
}
