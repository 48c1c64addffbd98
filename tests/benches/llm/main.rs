//! What the models' route adds to an answer, beside asking its upstream itself.
//!
//! ```sh
//! cargo bench -p tests --bench llm
//! cargo bench -p tests --bench llm -- --rounds 20
//! ```
//! The upstream is part of this program and writes into each token when it was sent, so that each token's way is known by
//! one clock. Both ways take turns, over loopback sockets and past wrangler's proxy. Numbers are for reading: nothing here
//! fails because it is slow. It needs Linux, whose `/proc` says what a process took.

mod ask;
mod upstream;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use futures_util::future::try_join_all;
use generator::progress::Progress;
use tests::process::Process;
use tests::project::LLM;
use tests::world::{Values, World};

use ask::{Answer, Asked};
use upstream::{TOKENS, Upstream};

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
    let (address, process) = worker(&world).await?;
    let direct = Asked::new(format!("{}/chat/completions", upstream.base_url()), TOKEN);
    let route = Asked::new(format!("http://{address}/v1/chat/completions"), TOKEN);
    let progress = Progress::of_work();
    println!(
        "{:<12} {:<8} {:>12} {:>12} {:>12} {:>16}",
        "answers", "asked", "first token", "each token", "p99", "CPU, 1,000 tokens"
    );
    for (streams, rounds) in [(1, arguments.rounds), (STREAMS, arguments.rounds.div_ceil(10))] {
        let step = progress.step(format!("{streams} at once"));
        let mut answers = [Vec::new(), Vec::new()];
        let mut taken = Duration::ZERO;
        route.answer().await?; // what is done once
        for _ in 0..rounds {
            answers[0].extend(try_join_all((0..streams).map(|_| direct.answer())).await?);
            let before = process.processor()?;
            answers[1].extend(try_join_all((0..streams).map(|_| route.answer())).await?);
            taken += process.processor()?.saturating_sub(before);
        }
        step.done();
        show(streams, "upstream", &answers[0], None);
        let tokens = answers[1].len() * TOKENS;
        show(streams, "route", &answers[1], Some(taken.as_secs_f64() * 1e6 / tokens as f64));
    }
    Ok(())
}

/// The workerd that runs the worker, and its address past wrangler's proxy.
async fn worker(world: &World) -> Result<(String, Process), Box<dyn Error>> {
    let client = reqwest::Client::new();
    for process in Process::workerds(world.group().id())? {
        for port in process.ports()? {
            let address = format!("127.0.0.1:{port}");
            let health = client.get(format!("http://{address}/health")).timeout(PATIENCE).send().await;
            if address != world.address() && health.is_ok_and(|it| it.status().is_success()) {
                return Ok((address, process));
            }
        }
    }
    Err("no workerd answers as the worker does".into())
}

/// A line of the report; `processor` is in milliseconds.
fn show(streams: usize, asked: &str, answers: &[Answer], processor: Option<f64>) {
    let first = answers.iter().map(|it| it.first).collect();
    let lags: Vec<Duration> = answers.iter().flat_map(|it| it.lags.iter().copied()).collect();
    let processor = processor.map_or("-".to_owned(), |millis| format!("{millis:.0} ms"));
    println!(
        "{streams:<12} {asked:<8} {:>12} {:>12} {:>12} {processor:>16}",
        millis(part(first, 50)),
        millis(part(lags.clone(), 50)),
        millis(part(lags, 99)),
    );
}

/// The value below which `percent` of them are.
fn part(mut values: Vec<Duration>, percent: usize) -> Duration {
    values.sort_unstable();
    values.get(values.len() * percent / 100).copied().unwrap_or_default()
}

fn millis(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1e3)
}
