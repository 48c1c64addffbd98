//! What a relay took for something, and what several such samples say together.

use std::error::Error;
use std::time::{Duration, Instant};

use tests::process::Process;

/// A measurement under way.
pub(crate) struct Meter {
    process: Process,
    started: Instant,
    processor: Duration,
}

/// What was done in one run, and what it took. Nothing was done where `events` is 0.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sample {
    /// What was counted: events stored or read, sockets, stores.
    pub(crate) events: u64,
    /// Events that live pulls were sent.
    pub(crate) deliveries: u64,
    wall: Duration,
    processor: Duration,
    /// Whether all was done in time.
    pub(crate) finished: bool,
    /// Deliveries that did not follow the one before.
    pub(crate) misplaced: u64,
}

impl Meter {
    pub(crate) fn start(process: Process) -> Result<Self, Box<dyn Error>> {
        Ok(Self { process, processor: process.processor()?, started: Instant::now() })
    }

    /// A finished sample without deliveries.
    pub(crate) fn stop(self, events: u64) -> Result<Sample, Box<dyn Error>> {
        let wall = self.started.elapsed();
        let processor = self.process.processor()?.saturating_sub(self.processor);
        Ok(Sample { events, deliveries: 0, wall, processor, finished: true, misplaced: 0 })
    }
}

#[allow(clippy::cast_precision_loss)]
impl Sample {
    /// Events a second.
    pub(crate) fn rate(&self) -> Option<f64> {
        (self.events > 0).then(|| self.events as f64 / self.wall.as_secs_f64())
    }

    /// Microseconds of processor time for an event.
    pub(crate) fn each_event(&self) -> Option<f64> {
        self.each(self.events)
    }

    /// Microseconds of processor time for a delivery.
    pub(crate) fn each_delivery(&self) -> Option<f64> {
        self.each(self.deliveries)
    }

    fn each(&self, count: u64) -> Option<f64> {
        (count > 0).then(|| self.processor.as_secs_f64() * 1e6 / count as f64)
    }
}

/// The one in the middle of those that there are.
pub(crate) fn median(values: impl IntoIterator<Item = Option<f64>>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().flatten().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
