//! The figures as text and as JSON.

use std::fmt::Write;
use std::fs;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::measure::Figures;
use crate::subject::Scenario;

/// One scenario of the comparison.
#[derive(Debug)]
pub(crate) struct Row {
    /// What was done.
    pub(crate) scenario: Scenario,
    /// Each subject's, the generator's first.
    pub(crate) figures: Vec<Figures>,
}

/// The generator on a schema of some size.
#[derive(Debug)]
pub(crate) struct Growth {
    /// How many tables.
    pub(crate) tables: u32,
    /// Each scenario's, in their order.
    pub(crate) figures: Vec<Figures>,
}

/// All figures, and where they come from.
#[derive(Debug)]
pub(crate) struct Report {
    runs: u32,
    tables: u32,
    subjects: Vec<String>,
    cores: usize,
    load: String,
    pub(crate) rows: Vec<Row>,
    pub(crate) growth: Vec<Growth>,
}

impl Report {
    /// Without figures yet.
    pub(crate) fn new(runs: u32, tables: u32, subjects: Vec<String>) -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self { runs, tables, subjects, cores, load: load(), rows: Vec::new(), growth: Vec::new() }
    }

    /// Tables for a person.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        let (runs, cores, start, end) = (self.runs, self.cores, &self.load, load());
        line(&mut text, format_args!("\nMedians of {runs} runs, whole processes, on {cores} processors;"));
        line(&mut text, format_args!("load {start} at the start, {end} at the end.\n"));
        let tables = format!("{} tables", self.tables);
        line(&mut text, format_args!("{}  ratios to the generator", heading(&tables, "")));
        for row in &self.rows {
            for (at, (name, it)) in self.subjects.iter().zip(&row.figures).enumerate() {
                let (title, ratio) = match row.figures.first() {
                    Some(ours) if at > 0 => (String::new(), ratio(ours, it)),
                    _ => (row.scenario.to_string(), String::new()),
                };
                line(&mut text, format_args!("{title:<22} {name:<20} {}{ratio}", cells(it)));
            }
        }
        line(&mut text, format_args!("\n{}    each table", heading("The generator's growth", "tables")));
        for (at, scenario) in Scenario::ALL.iter().enumerate() {
            for (row, growth) in self.growth.iter().enumerate() {
                let title = if row == 0 { scenario.to_string() } else { String::new() };
                let (tables, it) = (growth.tables, &growth.figures[at]);
                let each = milliseconds(it.median) / f64::from(tables);
                line(&mut text, format_args!("{title:<22} {tables:<20} {} {each:>10.2} ms", cells(it)));
            }
        }
        text
    }

    /// One object for a program.
    pub(crate) fn json(&self) -> String {
        let comparison = self.rows.iter().map(|row| {
            let figures = self.subjects.iter().zip(&row.figures);
            let figures: Vec<Value> =
                figures.map(|(name, it)| object(json!({ "subject": name }), it)).collect();
            json!({ "scenario": row.scenario.to_string(), "tables": self.tables, "figures": figures })
        });
        let growth = self.growth.iter().map(|growth| {
            let figures = Scenario::ALL.iter().zip(&growth.figures);
            let figures: Vec<Value> = figures
                .map(|(scenario, it)| object(json!({ "scenario": scenario.to_string() }), it))
                .collect();
            json!({ "tables": growth.tables, "figures": figures })
        });
        let report = json!({
            "runs": self.runs,
            "cores": self.cores,
            "load": { "start": self.load, "end": load() },
            "comparison": comparison.collect::<Vec<_>>(),
            "growth": growth.collect::<Vec<_>>(),
        });
        format!("{report:#}\n")
    }
}

/// The names of the columns.
fn heading(first: &str, second: &str) -> String {
    format!(
        "{first:<22} {second:<20} {:>10} {:>14} {:>11} {:>11}",
        "time", "least to most", "processor", "memory"
    )
}

/// The columns of a row.
fn cells(it: &Figures) -> String {
    let [median, least, most, processor] = [it.median, it.least, it.most, it.processor].map(milliseconds);
    let spread = format!("{least:.0} to {most:.0}");
    let memory = megabytes(it.peak);
    format!("{median:>7.0} ms {spread:>14} {processor:>8.0} ms {memory:>8.1} MB")
}

/// How many times `other` is more than `ours`.
fn ratio(ours: &Figures, other: &Figures) -> String {
    let times = |of: fn(&Figures) -> f64| of(other) / of(ours);
    format!(
        "  time {:.1}, processor {:.1}, memory {:.1}",
        times(|it| milliseconds(it.median)),
        times(|it| milliseconds(it.processor)),
        times(|it| megabytes(it.peak)),
    )
}

fn object(mut named: Value, it: &Figures) -> Value {
    named["median_ms"] = json!(milliseconds(it.median));
    named["least_ms"] = json!(milliseconds(it.least));
    named["most_ms"] = json!(milliseconds(it.most));
    named["processor_ms"] = json!(milliseconds(it.processor));
    named["peak_bytes"] = json!(it.peak);
    named
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Decimal ones.
#[allow(clippy::cast_precision_loss)]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// How many processes the machine had to run in the last minute, where the system tells.
fn load() -> String {
    let averages = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    averages.split_whitespace().next().unwrap_or("unknown").to_owned()
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _infallible = writeln!(text, "{arguments}");
}
