//! What the models' route adds to an answer, beside asking its upstream itself, and beside the floor: the least JavaScript
//! that passes an answer on in the same workerd.
//!
//! ```sh
//! cargo bench -p tests --bench llm
//! cargo bench -p tests --bench llm -- --rounds 20
//! ```
//! The upstream is part of this program and writes into each token when it was sent, so that each token's way is known by
//! one clock; times are in milliseconds. All ways take turns, over loopback sockets and past wrangler's proxy. Numbers are for reading: nothing here
//! fails because it is slow. It needs Linux, whose `/proc` says what a process took.

mod ask;
mod upstream;

use std::error::Error;
use std::fmt;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use futures_util::future::try_join_all;
use generator::process::Group;
use generator::progress::Progress;
use tests::peers::Peer;
use tests::process::Process;
use tests::project::LLM;
use tests::world::{Values, World};
use tokio::time::timeout;

use ask::{Answer, Asked};
use upstream::Upstream;

/// How many answers stream at once in the second part.
const STREAMS: usize = 50;

/// How long the right port may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

const TOKEN: &str = "of-the-clients";

/// Measures what the models' route adds.
#[derive(Parser)]
struct Arguments {
    /// How many answers one after another, and a tenth of it how often 50 at once.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
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
    let upstream = Upstream::start().await?;
    let secrets = format!("BRAINTRUST_API_KEY=\"bt-st-measured\"\nAPP_TOKEN=\"{TOKEN}\"");
    let vars = vec![("BRAINTRUST_URL", upstream.base_url())];
    let world = World::start_with(LLM, Values { secrets, vars }).await;
    let bare = Peer::bare_proxy(&upstream.completions()).await;
    let sides = [
        Side { name: "upstream", asked: Asked::new(upstream.completions(), TOKEN), process: None },
        Side::worker("floor", bare.group(), bare.address(), "/").await?,
        Side::worker("route", world.group(), world.address(), "/v1/chat/completions").await?,
    ];
    let progress = Progress::of_work();
    println!(
        "{:>8}  {:<8} {:>11} {:>10} {:>8} {:>8} {:>18}",
        "at once", "asked", "first token", "p99", "a token", "p99", "CPU, 1,000 tokens"
    );
    for (streams, rounds) in [(1, arguments.rounds), (STREAMS, arguments.rounds.div_ceil(10))] {
        let step = progress.step(format!("{streams} at once"));
        let mut figures = sides.each_ref().map(|_| Figures::default());
        for side in &sides {
            side.asked.answer().await?; // what is done once
        }
        for _ in 0..rounds {
            for (side, figures) in sides.iter().zip(&mut figures) {
                figures.add(side, streams).await?;
            }
        }
        step.done();
        for (side, figures) in sides.iter().zip(figures) {
            println!("{streams:>8}  {:<8} {figures}", side.name);
        }
    }
    Ok(())
}

/// Who answers.
struct Side {
    name: &'static str,
    asked: Asked,
    /// What does the work, if it is not this program.
    process: Option<Process>,
}

impl Side {
    /// A worker, past wrangler's proxy, which a deployment does not have.
    async fn worker(
        name: &'static str,
        group: Group,
        public: &str,
        path: &str,
    ) -> Result<Self, Box<dyn Error>> {
        for process in Process::workerds(group.id())? {
            for port in process.ports()? {
                let address = format!("127.0.0.1:{port}");
                let asked = Asked::new(format!("http://{address}{path}"), TOKEN);
                // Its other ports speak other protocols, and leave some requests unanswered.
                if address != public && matches!(timeout(PATIENCE, asked.answer()).await, Ok(Ok(_))) {
                    return Ok(Self { name, asked, process: Some(process) });
                }
            }
        }
        Err(format!("no workerd answers as the {name} does").into())
    }

    fn processor(&self) -> Result<Duration, Box<dyn Error>> {
        self.process.map_or(Ok(Duration::ZERO), Process::processor)
    }
}

/// What was found of one side.
#[derive(Default)]
struct Figures {
    answers: Vec<Answer>,
    processor: Duration,
}

impl Figures {
    async fn add(&mut self, side: &Side, streams: usize) -> Result<(), Box<dyn Error>> {
        let before = side.processor()?;
        self.answers.extend(try_join_all((0..streams).map(|_| side.asked.answer())).await?);
        self.processor += side.processor()?.saturating_sub(before);
        Ok(())
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first: Vec<Duration> = self.answers.iter().map(|it| it.first).collect();
        let lags: Vec<Duration> = self.answers.iter().flat_map(|it| it.lags.iter().copied()).collect();
        let thousands = lags.len() as f64 / 1e3;
        let [first, late] = [50, 99].map(|percent| millis(part(first.clone(), percent)));
        let [lag, behind] = [50, 99].map(|percent| millis(part(lags.clone(), percent)));
        write!(f, "{first:>11} {late:>10} {lag:>8} {behind:>8} ")?;
        write!(f, "{:>18}", format!("{:.0} ms", self.processor.as_secs_f64() * 1e3 / thousands))
    }
}

/// The value below which `percent` of them are.
fn part(mut values: Vec<Duration>, percent: usize) -> Duration {
    values.sort_unstable();
    values.get(values.len() * percent / 100).copied().unwrap_or_default()
}

fn millis(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64() * 1e3)
}
