//! Random schedules: several clients on sockets and over HTTP, a store that is slow, fails and has rivals, an object
//! that sleeps and dies. What a client may rely on is checked at every step, and in the end that all have everything.
//!
//! A schedule is made from its seed alone. `SIMULATION_SEED` runs that one again and tells its steps;
//! `SIMULATION_RUNS` is how many are run, from that seed on or else from the first.

mod checker;
mod client;
mod schedule;
mod world;

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use schedule::Schedule;

/// Schedules of an ordinary run of the tests.
const RUNS: u64 = 250;

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} must be a number, not {text:?}")))
}

#[test]
fn simulation() {
    let seed = number("SIMULATION_SEED");
    let runs = number("SIMULATION_RUNS").unwrap_or(if seed.is_some() { 1 } else { RUNS });
    let first = seed.unwrap_or(0);
    let mut totals = schedule::Totals::default();
    for seed in first..first + runs {
        let run = || Schedule::new(seed, runs == 1).run();
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(counted) => totals.add(&counted),
            Err(panic) => {
                eprintln!(
                    "SIMULATION_SEED={seed} cargo test -p runtime simulation   # shows the steps of this schedule"
                );
                resume_unwind(panic)
            }
        }
    }
    println!("{runs} schedules: {totals:?}");
}
