//! What the engine counts. No label ever carries a case, a person or a text.

use prometheus::{Gauge, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, Opts, Registry};

use crate::bus::metrics::BusMetrics;

/// The engine's figures.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// Commands by outcome: `written`, `nothing_to_do`, `repeated`, `rejected`, `failed`.
    pub commands: IntCounterVec,
    /// Events appended.
    pub events: IntCounter,
    /// Commands per append.
    pub batch: Histogram,
    /// Seconds per append.
    pub append_seconds: Histogram,
    /// Deadlines fired, by name.
    pub deadlines: IntCounterVec,
    /// Deadlines that are due and could not be passed.
    pub deadlines_stuck: IntGauge,
    /// What the bus counts.
    pub bus: BusMetrics,
    /// Whether this node's deadlines are frozen, because its clock cannot be believed.
    pub deadlines_frozen: IntGauge,
    /// Seconds by which this node's clock is ahead of the database's.
    pub clock_drift: Gauge,
}

impl Metrics {
    /// Makes the figures and registers them.
    ///
    /// # Errors
    /// Where a figure of the same name is registered already.
    pub fn register(registry: &Registry) -> prometheus::Result<Self> {
        let counter =
            |name: &str, help: &str, label: &str| IntCounterVec::new(Opts::new(name, help), &[label]);
        let metrics = Self {
            commands: counter("whistlepost_commands_total", "Commands by outcome.", "outcome")?,
            events: IntCounter::new("whistlepost_events_total", "Events appended.")?,
            batch: Histogram::with_opts(
                HistogramOpts::new("whistlepost_append_batch_commands", "Commands per append.")
                    .buckets(vec![1.0, 4.0, 16.0, 64.0, 256.0, 1024.0]),
            )?,
            append_seconds: Histogram::with_opts(HistogramOpts::new(
                "whistlepost_append_seconds",
                "Seconds per append, durable.",
            ))?,
            deadlines: counter("whistlepost_deadlines_total", "Deadlines passed, by name.", "name")?,
            deadlines_stuck: IntGauge::new(
                "whistlepost_deadlines_stuck",
                "Deadlines due that could not be passed.",
            )?,
            bus: BusMetrics::register(registry)?,
            deadlines_frozen: IntGauge::new(
                "whistlepost_deadlines_frozen",
                "1 while this node passes no deadlines because its clock is off.",
            )?,
            clock_drift: Gauge::new(
                "whistlepost_clock_drift_seconds",
                "Seconds by which this node's clock is ahead of the database's.",
            )?,
        };
        registry.register(Box::new(metrics.commands.clone()))?;
        registry.register(Box::new(metrics.events.clone()))?;
        registry.register(Box::new(metrics.batch.clone()))?;
        registry.register(Box::new(metrics.append_seconds.clone()))?;
        registry.register(Box::new(metrics.deadlines.clone()))?;
        registry.register(Box::new(metrics.deadlines_stuck.clone()))?;
        registry.register(Box::new(metrics.deadlines_frozen.clone()))?;
        registry.register(Box::new(metrics.clock_drift.clone()))?;
        Ok(metrics)
    }
}
