//! How fast the relay is and how much processor time it takes, beside the worker that LiveStore publishes and beside
//! the floor: the least JavaScript that can hold up the same conversation in the same workerd.
//!
//! ```sh
//! cargo bench -p tests --bench relay
//! cargo bench -p tests --bench relay -- --quick push
//! cargo bench -p tests --bench relay -- --json
//! ```
//! The last argument keeps the scenarios whose name contains it. All sides run at once, each in a workerd of its own with
//! a state folder of its own, and are reached over loopback sockets without Nagle's delay, past wrangler's proxy. They
//! take turns, so that what else the machine does meets all. Numbers are for reading: nothing here fails because it is
//! slow. It needs Linux, whose `/proc` says what a process took.

mod client;
mod measure;
mod report;
mod scenario;
mod side;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use generator::progress::Progress;

use measure::Sample;
use report::{Report, Row};
use scenario::{Bounds, Scenario};
use side::Side;

/// Measures the relay beside the official one and beside the floor.
#[derive(Parser)]
struct Arguments {
    /// Only scenarios whose name contains this.
    filter: Option<String>,
    /// How often each is run; medians are shown.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// One short round, to see that all works.
    #[arg(long)]
    quick: bool,
    /// Only sides whose name contains this: `ours`, `bare`, `official`, `d1`, `do`; may be given again.
    #[arg(long)]
    side: Vec<String>,
    /// Print one JSON object and no table.
    #[arg(long)]
    json: bool,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

// The clients share one thread, so that they leave the other processors to the relays.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (rounds, bounds) = match arguments.quick {
        true => (1, Bounds::new(Duration::from_millis(500))),
        false => (arguments.rounds, Bounds::new(Duration::from_secs(2))),
    };
    let progress = Progress::of_work();
    let is_measured =
        |side: &str| arguments.side.is_empty() || arguments.side.iter().any(|it| side.contains(it));
    let is_wanted = |scenario: &Scenario| arguments.filter.iter().all(|it| scenario.name.contains(it));
    let mut sides = Vec::new();
    for (relay, storage) in side::ALL {
        if is_measured(&side::name(relay, storage)) {
            let step = progress.step(format!("start of {}", side::name(relay, storage)));
            sides.push(Side::start(relay, storage).await?);
            step.done();
        }
    }
    let mut report = Report::new(rounds, bounds.time, &sides);
    for scenario in Scenario::ALL.iter().filter(|it| is_wanted(it)) {
        let step = progress.step(scenario.name);
        report.rows.push(Row { scenario, samples: compare(&mut sides, scenario, rounds, bounds).await });
        step.done();
    }
    print!("{}", if arguments.json { report.json() } else { report.text() });
    Ok(())
}

/// The samples of each side, taken in turns.
async fn compare(sides: &mut [Side], scenario: &Scenario, rounds: u32, bounds: Bounds) -> Vec<Vec<Sample>> {
    let mut samples: Vec<Vec<Sample>> = vec![Vec::new(); sides.len()];
    for _ in 0..rounds {
        for (side, samples) in sides.iter_mut().zip(&mut samples) {
            // A side that fails is measured no less in what it can do.
            samples.push(scenario.run(side, bounds).await.unwrap_or_else(|error| {
                eprintln!("{}: {}: {error}", side.name(), scenario.name);
                Sample::default()
            }));
        }
    }
    samples
}
