//! What the worker that LiveStore publishes gets wrong, beside ours: every scenario of `tests::faults` on both.
//!
//! ```sh
//! cargo bench -p tests --bench faults
//! cargo bench -p tests --bench faults -- overtake
//! ```
//! The last argument keeps the scenarios whose name contains it. Each runs against a relay that was just started. It
//! fails if ours shows a fault; what the other shows is for reading.

use std::fmt::Display;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use clap::Parser;
use futures_util::FutureExt;
use generator::progress::Progress;
use tests::faults::{self, Outcome};
use tests::peers::{Peer, Storage};
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

/// The scenarios, by their names.
const SCENARIOS: [&str; 12] = [
    "a_live_pull_lets_its_object_sleep",
    "a_push_that_fails_halfway_does_not_wedge_the_store",
    "a_broadcast_does_not_overtake_history",
    "a_socket_reads_no_other_store",
    "stores_with_like_names_are_apart",
    "a_batch_out_of_sequence_is_refused",
    "no_event_is_stored_that_cannot_be_pulled",
    "an_ended_pull_gets_nothing_more",
    "a_socket_outlives_many_pulls",
    "a_cold_pull_takes_time_in_proportion",
    "a_crash_leaves_head_and_events_in_step",
    "a_push_during_the_first_read_of_a_pull_arrives_once",
];

async fn play(scenario: &str, relay: &mut impl Relay) -> Outcome {
    match scenario {
        "a_live_pull_lets_its_object_sleep" => faults::a_live_pull_lets_its_object_sleep(relay).await,
        "a_push_that_fails_halfway_does_not_wedge_the_store" => {
            faults::a_push_that_fails_halfway_does_not_wedge_the_store(relay.address()).await
        }
        "a_broadcast_does_not_overtake_history" => {
            faults::a_broadcast_does_not_overtake_history(relay.address()).await
        }
        "a_socket_reads_no_other_store" => faults::a_socket_reads_no_other_store(relay).await,
        "stores_with_like_names_are_apart" => faults::stores_with_like_names_are_apart(relay.address()).await,
        "a_batch_out_of_sequence_is_refused" => {
            faults::a_batch_out_of_sequence_is_refused(relay.address()).await
        }
        "no_event_is_stored_that_cannot_be_pulled" => {
            faults::no_event_is_stored_that_cannot_be_pulled(relay.address()).await
        }
        "an_ended_pull_gets_nothing_more" => faults::an_ended_pull_gets_nothing_more(relay.address()).await,
        "a_socket_outlives_many_pulls" => faults::a_socket_outlives_many_pulls(relay.address()).await,
        "a_cold_pull_takes_time_in_proportion" => {
            faults::a_cold_pull_takes_time_in_proportion(relay.address()).await
        }
        "a_crash_leaves_head_and_events_in_step" => {
            faults::a_crash_leaves_head_and_events_in_step(relay).await
        }
        _ => faults::a_push_during_the_first_read_of_a_pull_arrives_once(relay.address()).await,
    }
}

/// What came of a scenario, as a cell of the table.
async fn shown(scenario: &str, relay: &mut impl Relay) -> (bool, String) {
    match AssertUnwindSafe(play(scenario, relay)).catch_unwind().await {
        Ok(Ok(())) => (true, "right".to_owned()),
        Ok(Err(seen)) => (false, format!("fault: {seen}")),
        Err(_) => (false, "neither: see above".to_owned()),
    }
}

fn line(side: impl Display, seen: &str) {
    println!("    {side:<12} {seen}");
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let progress = Progress::of_work();
    let mut ours_is_right = true;
    for scenario in SCENARIOS.iter().filter(|name| arguments.filter.iter().all(|it| name.contains(it))) {
        let step = progress.step(*scenario);
        println!("{}", scenario.replace('_', " "));
        let (right, seen) = shown(scenario, &mut World::start().await).await;
        ours_is_right &= right;
        line("ours", &seen);
        for (name, storage) in [("official d1", Storage::D1), ("official do", Storage::DurableObject)] {
            let (_, seen) = shown(scenario, &mut Peer::official(storage).await).await;
            line(name, &seen);
        }
        step.done();
    }
    if ours_is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
