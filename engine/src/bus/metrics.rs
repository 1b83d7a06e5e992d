//! What the bus counts. No label ever carries a case, a person or a text.

use prometheus::{Gauge, IntCounterVec, IntGauge, Opts, Registry};

use super::intake::Taken;
use super::{Delivery, Inbox, Stream};

/// The bus's figures.
#[derive(Debug, Clone)]
pub struct BusMetrics {
    taken: IntCounterVec,
    redelivered: IntCounterVec,
    settled: IntCounterVec,
    published: IntCounterVec,
    /// Events of the log that are not published yet.
    pub lag_events: IntGauge,
    /// Age of the event that was published last, while the publisher is behind; 0 where it is level.
    pub lag_seconds: Gauge,
    /// Streams that are held back because this program does not understand them.
    pub parked: IntGauge,
}

impl BusMetrics {
    /// Makes the figures and registers them.
    ///
    /// # Errors
    /// Where a figure of the same name is registered already.
    pub fn register(registry: &Registry) -> prometheus::Result<Self> {
        let counter = |name: &str, help: &str, labels: &[&str]| {
            let counter = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(counter.clone()))?;
            prometheus::Result::Ok(counter)
        };
        let gauge = |name: &str, help: &str| {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            prometheus::Result::Ok(gauge)
        };
        let lag_seconds = Gauge::new(
            "whistlepost_publish_lag_seconds",
            "Age of the event published last, while the publisher is behind.",
        )?;
        registry.register(Box::new(lag_seconds.clone()))?;
        Ok(Self {
            taken: counter("whistlepost_bus_taken_total", "Messages taken in.", &["inbox"])?,
            redelivered: counter(
                "whistlepost_bus_redelivered_total",
                "Messages taken in that were delivered before.",
                &["inbox"],
            )?,
            settled: counter(
                "whistlepost_bus_settled_total",
                "Messages by what became of them: done, dead (told to the sender), later.",
                &["inbox", "outcome"],
            )?,
            published: counter(
                "whistlepost_bus_published_total",
                "Messages published from the log.",
                &["stream"],
            )?,
            lag_events: gauge("whistlepost_publish_lag_events", "Events of the log not published yet.")?,
            lag_seconds,
            parked: gauge(
                "whistlepost_publish_parked",
                "Streams held back: this program does not understand them.",
            )?,
        })
    }

    /// These were delivered.
    pub fn taken(&self, inbox: Inbox, deliveries: &[Delivery]) {
        let again = deliveries.iter().filter(|delivery| delivery.attempt > 1).count();
        self.taken.with_label_values(&[inbox.name()]).inc_by(deliveries.len() as u64);
        self.redelivered.with_label_values(&[inbox.name()]).inc_by(again as u64);
    }

    /// This became of them.
    pub fn settled(&self, inbox: Inbox, taken: &Taken) {
        let figures = [("done", taken.done - taken.dead), ("dead", taken.dead), ("later", taken.later)];
        for (outcome, count) in figures {
            self.settled.with_label_values(&[inbox.name(), outcome]).inc_by(count as u64);
        }
    }

    /// So many went out.
    pub fn published(&self, stream: Stream, messages: usize) {
        self.published.with_label_values(&[stream.name()]).inc_by(messages as u64);
    }
}
