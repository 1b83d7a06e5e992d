//! The places of those outside: each unit and each hotline has pull consumers that the engine makes,
//! so that nobody outside needs the right to make one. `deploy/nats` grants exactly these.

use async_nats::jetstream::consumer::{AckPolicy, pull};

use super::Stream;
use super::nats::SETTLE_WITHIN;
use super::nats_config::NatsConfig;
use super::subject::{Subjects, token};

/// A pull consumer for somebody outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Of which stream.
    pub stream: Stream,
    /// The durable's name.
    pub durable: String,
    /// What it delivers.
    pub filter: String,
}

impl Place {
    /// Where a unit takes its tasks.
    pub fn unit(subjects: &Subjects, unit: &str) -> Self {
        Self { stream: Stream::Dispatch, durable: token(unit), filter: subjects.dispatch(unit) }
    }

    /// Where a hotline reads what became of its complaints: a place for each kind of message, because
    /// servers before 2.10 know one filter a consumer.
    pub fn source(subjects: &Subjects, source: &str) -> Vec<Self> {
        let place = |pattern: String| {
            let filter = pattern.strip_suffix('*').map(|kind| format!("{kind}{}", token(source)));
            let filter = filter.unwrap_or(pattern);
            let kind = filter.rsplit('.').nth(1).unwrap_or_default();
            Self { stream: Stream::Receipts, durable: format!("{kind}-{}", token(source)), filter }
        };
        subjects.patterns(Stream::Receipts).into_iter().map(place).collect()
    }

    /// All that this configuration names.
    pub(super) fn all(config: &NatsConfig, subjects: &Subjects) -> Vec<Self> {
        let units = config.units.iter().map(|unit| Self::unit(subjects, unit));
        let sources = config.sources.iter().flat_map(|source| Self::source(subjects, source));
        sources.chain(units).collect()
    }

    /// As the server is asked for it.
    pub(super) fn consumer(&self) -> pull::Config {
        pull::Config {
            durable_name: Some(self.durable.clone()),
            filter_subject: self.filter.clone(),
            ack_policy: AckPolicy::Explicit,
            ack_wait: SETTLE_WITHIN,
            // What its reader fails at is delivered until it succeeds.
            max_deliver: -1,
            ..pull::Config::default()
        }
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn nobody_outside_has_a_place_that_shows_anothers_messages() {
        let subjects = Subjects::new("320506");
        let unit = Place::unit(&subjects, "D.x");
        assert_eq!((unit.durable.as_str(), unit.filter.as_str()), ("D=2Ex", "whistle.320506.dispatch.D=2Ex"));
        let places = Place::source(&subjects, "12345");
        assert_eq!(places[0].durable, "receipt-12345");
        assert_eq!(places[0].filter, "whistle.320506.receipt.12345");
        for place in places {
            assert!(!place.filter.contains(['*', '>']), "{}", place.filter);
        }
    }
}
