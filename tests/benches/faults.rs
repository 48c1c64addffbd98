//! What the worker that LiveStore publishes gets wrong, beside ours: every scenario of `tests::faults` on both, with
//! events in D1 (`d1`) and in the objects themselves (`do`).
//!
//! ```sh
//! cargo bench -p tests --bench faults
//! cargo bench -p tests --bench faults -- overtake
//! ```
//! The last argument keeps the scenarios whose name contains it. It fails if ours shows a fault; what the other shows
//! is for reading.

use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use clap::Parser;
use futures_util::FutureExt;
use generator::progress::Progress;
use tests::faults::{self, Outcome};
use tests::peers::{Peer, Storage};
use tests::project::OBJECT;
use tests::relay::Relay;
use tests::world::World;

/// Looks for each fault in our relay and in the official one.
#[derive(Parser)]
struct Arguments {
    /// Only scenarios whose name contains this.
    filter: Option<String>,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

macro_rules! scenarios {
    ($relay:ident: $($name:ident($argument:expr),)*) => {
        const SCENARIOS: &[&str] = &[$(stringify!($name)),*];

        /// Plays the scenario of this name.
        async fn play(scenario: &str, $relay: &mut impl Relay) -> Outcome {
            match scenario {
                $(stringify!($name) => faults::$name($argument).await,)*
                other => panic!("there is no scenario {other}"),
            }
        }
    };
}

scenarios! { relay:
    a_live_pull_lets_its_object_sleep(relay),
    a_push_that_fails_halfway_does_not_wedge_the_store(relay.address()),
    a_broadcast_does_not_overtake_history(relay.address()),
    a_socket_reads_no_other_store(relay),
    stores_with_like_names_are_apart(relay.address()),
    a_batch_out_of_sequence_is_refused(relay.address()),
    no_event_is_stored_that_cannot_be_pulled(relay.address()),
    an_ended_pull_gets_nothing_more(relay.address()),
    a_socket_outlives_many_pulls(relay.address()),
    a_chunk_takes_time_in_proportion_to_its_events(relay.address()),
    a_crash_leaves_head_and_events_in_step(relay),
    a_push_during_the_first_read_of_a_pull_arrives_once(relay.address()),
}

/// What a relay did in each of these scenarios: whether that was right, and in words.
async fn judged(side: &str, mut relay: impl Relay, scenarios: &[&str]) -> Vec<(bool, String)> {
    let progress = Progress::of_work();
    let mut judged = Vec::new();
    for scenario in scenarios {
        let step = progress.step(format!("{side}: {scenario}"));
        let outcome = AssertUnwindSafe(play(scenario, &mut relay)).catch_unwind().await;
        let (right, words) = match outcome {
            Ok(Ok(())) => (true, "right".to_owned()),
            Ok(Err(seen)) => (false, format!("FAULT: {seen}")),
            Err(_) => (false, "neither: what it said is above".to_owned()),
        };
        step.done_with(&words);
        judged.push((right, words));
    }
    judged
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let is_wanted = |name: &&str| arguments.filter.iter().all(|it| name.contains(it));
    let scenarios: Vec<_> = SCENARIOS.iter().copied().filter(is_wanted).collect();
    let ours = [
        ("ours d1", judged("ours d1", World::start().await, &scenarios).await),
        ("ours do", judged("ours do", World::start_of(OBJECT).await, &scenarios).await),
    ];
    let official = [
        ("official d1", judged("official d1", Peer::official(Storage::D1).await, &scenarios).await),
        (
            "official do",
            judged("official do", Peer::official(Storage::DurableObject).await, &scenarios).await,
        ),
    ];
    for (at, scenario) in scenarios.iter().enumerate() {
        println!("{}", scenario.replace('_', " "));
        for (side, judged) in ours.iter().chain(&official) {
            println!("    {side:<12} {}", judged[at].1);
        }
    }
    let right = ours.iter().flat_map(|(_, judged)| judged).all(|(right, _)| *right);
    if right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
