//! The figures as text and as JSON.

use std::fmt::Write;
use std::fs;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tests::peers::Storage;

use crate::measure::{Sample, median};
use crate::scenario::Scenario;
use crate::side::{Relay, Side};

/// A scenario with each side's samples.
pub(crate) struct Row {
    pub(crate) scenario: &'static Scenario,
    pub(crate) samples: Vec<Vec<Sample>>,
}

/// All figures, and where they come from.
pub(crate) struct Report {
    rounds: u32,
    time: Duration,
    sides: Vec<(Relay, Storage, String)>,
    load: String,
    pub(crate) rows: Vec<Row>,
}

/// How ours does beside another, above 1 where ours is better: medians of the rounds, in each of which both had their
/// turn.
struct Ratios {
    rate: Option<f64>,
    processor: Option<f64>,
}

impl Report {
    /// Without figures yet.
    pub(crate) fn new(rounds: u32, time: Duration, sides: &[Side]) -> Self {
        let sides = sides.iter().map(|side| (side.relay, side.storage, side.name())).collect();
        Self { rounds, time, sides, load: load(), rows: Vec::new() }
    }

    /// A table for a person.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        line(
            &mut text,
            format_args!(
                "\nMedians of {} rounds of {:.1} s, on {} processors; load {} at the start, {} at the end.\n\
                 Rates are by the clock; µs are processor time of the workerd, its database included. The ratios are\n\
                 ours : the other by rate, and the other : ours by processor time, so that more than 1 is better for ours.\n",
                self.rounds,
                self.time.as_secs_f64(),
                cores(),
                self.load,
                load()
            ),
        );
        line(
            &mut text,
            format_args!(
                "{:<25} {:<12} {:>12} {:>10} {:>12} {:>8} {:>10}",
                "", "", "a second", "µs each", "a delivery", "by rate", "by µs"
            ),
        );
        for row in &self.rows {
            for (at, (_, _, name)) in self.sides.iter().enumerate() {
                let title = if at == 0 { row.scenario.name } else { "" };
                line(&mut text, format_args!("{title:<25} {name:<12} {}", self.cells(row, at)));
            }
        }
        text
    }

    /// One object for a program.
    pub(crate) fn json(&self) -> String {
        let rows = self.rows.iter().map(|row| {
            let sides = self.sides.iter().enumerate().map(|(at, (_, _, name))| {
                let (samples, ratios) = (&row.samples[at], self.ratios(row, at));
                json!({
                    "side": name,
                    "per_second": median(samples.iter().map(Sample::rate)),
                    "processor_us_each": median(samples.iter().map(Sample::each_event)),
                    "processor_us_each_delivery": median(samples.iter().map(Sample::each_delivery)),
                    "finished": samples.iter().all(|it| it.finished),
                    "misplaced": samples.iter().map(|it| it.misplaced).sum::<u64>(),
                    "ratio_by_rate": ratios.as_ref().and_then(|it| it.rate),
                    "ratio_by_processor": ratios.as_ref().and_then(|it| it.processor),
                })
            });
            let sides: Vec<Value> = sides.collect();
            json!({ "scenario": row.scenario.name, "unit": row.scenario.unit, "sides": sides })
        });
        let report = json!({
            "rounds": self.rounds,
            "seconds": self.time.as_secs_f64(),
            "cores": cores(),
            "load": { "start": self.load, "end": load() },
            "rows": rows.collect::<Vec<_>>(),
        });
        format!("{report:#}\n")
    }

    fn cells(&self, row: &Row, at: usize) -> String {
        let samples = &row.samples[at];
        let (Some(rate), Some(each)) =
            (median(samples.iter().map(Sample::rate)), median(samples.iter().map(Sample::each_event)))
        else {
            return "nothing in time".to_owned();
        };
        let delivery = shown(median(samples.iter().map(Sample::each_delivery)), 1);
        let (by_rate, by_processor) = match self.ratios(row, at) {
            Some(Ratios { rate, processor }) => (shown(rate, 2), shown(processor, 2)),
            None => (String::new(), String::new()),
        };
        let mut notes = String::new();
        if !samples.iter().all(|it| it.finished) {
            notes.push_str("  not all in time");
        }
        let misplaced: u64 = samples.iter().map(|it| it.misplaced).sum();
        if misplaced > 0 {
            let _infallible = write!(notes, "  {misplaced} out of order");
        }
        let unit = row.scenario.unit;
        format!("{rate:>6.0} {unit}s {each:>9.0} {delivery:>12} {by_rate:>8} {by_processor:>10}{notes}")
    }

    /// How ours with the same storage does beside a side.
    fn ratios(&self, row: &Row, at: usize) -> Option<Ratios> {
        let (relay, storage, _) = self.sides[at];
        if relay == Relay::Ours {
            return None;
        }
        let ours = self.sides.iter().position(|side| (side.0, side.1) == (Relay::Ours, storage))?;
        let pairs = || row.samples[ours].iter().zip(&row.samples[at]);
        Some(Ratios {
            rate: median(pairs().map(|(ours, other)| Some(ours.rate()? / other.rate()?))),
            processor: median(pairs().map(|(ours, other)| Some(other.each_event()? / ours.each_event()?))),
        })
    }
}

fn shown(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(String::new, |value| format!("{value:.digits$}"))
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// How many processes the machine had to run in the last minute.
fn load() -> String {
    let averages = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    averages.split_whitespace().next().unwrap_or("unknown").to_owned()
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _infallible = writeln!(text, "{arguments}");
}
