//! How long a browser takes until a board can be used, the first time and again, and what it loads for that: the release
//! worker on loopback, Chromium with an empty profile, medians.
//!
//! ```sh
//! cargo bench -p tests --bench web --profile dev
//! ```

#[path = "../tests/web/browser.rs"]
#[expect(dead_code, reason = "the tests do more with a window")]
mod browser;

use browser::{Chromium, Window};
use serde_json::{Value, json};
use tests::patience::ANSWER;
use tests::wire::Socket;
use tests::world::World;

const ROUNDS: usize = 5;

/// Tasks of the board that is not empty, an event each.
const TASKS: u64 = 5_000;

/// Events of a push.
const BATCH: usize = 100;

const WINDOW: (u32, u32) = (1280, 900);

/// When the board was there, in milliseconds since the navigation began.
const BOARD: &str = "performance.getEntriesByName('board')[0]?.startTime";

/// What the page and its scripts loaded until now: requests, and bytes over the network.
const LOADED: &str = "(() => { \
    const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]; \
    return { requests: all.length, bytes: all.reduce((sum, it) => sum + it.transferSize, 0) }; })()";

/// Calls `done` with the time when all tasks are counted on the board.
const COUNTED: &str = "const look = () => { \
    const counts = [...document.querySelectorAll('.count')].map((it) => Number(it.textContent)); \
    if (counts.reduce((sum, count) => sum + count, 0) === TASKS) done(performance.now()); \
    else setTimeout(look, 5); }; look();";

#[tokio::main]
async fn main() {
    let chromium = tokio::task::spawn_blocking(Chromium::start).await.expect("chromedriver is started");
    let chromium = chromium.unwrap_or_else(|error| panic!("{error}"));
    let world = World::start().await;
    fill(&world, "full").await;
    let counted = COUNTED.replace("TASKS", &TASKS.to_string());
    let (mut first, mut again, mut full, mut full_again) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut loaded = Value::Null;
    for round in 0..ROUNDS {
        let window = chromium.open(&world.url(&format!("/s/empty-{round}")), WINDOW).await;
        first.push(board(&window).await);
        loaded = window.eval(LOADED).await;
        window.reload().await;
        again.push(board(&window).await);
        window.close().await;
        let window = chromium.open(&world.url("/s/full"), WINDOW).await;
        full.push(window.eval_later(&counted).await.as_f64().expect("a time"));
        window.until(ANSWER, "document.querySelector('#status').textContent === 'Synced'").await;
        window.reload().await;
        full_again.push(window.eval_later(&counted).await.as_f64().expect("a time"));
        window.close().await;
    }
    println!("{ROUNDS} rounds, medians, in milliseconds since the navigation");
    println!("an empty board, first visit   {:.0}", median(first));
    println!("an empty board, again         {:.0}", median(again));
    println!("{TASKS} events, first visit   {:.0}", median(full));
    println!("{TASKS} events, again         {:.0}", median(full_again));
    println!("loaded until the board was there: {loaded}");
}

async fn board(window: &Window) -> f64 {
    window.until(ANSWER, BOARD).await;
    window.eval(BOARD).await.as_f64().expect("a time")
}

async fn fill(world: &World, store: &str) {
    let mut socket = Socket::open(world.address(), store).await;
    let backend = socket.backend_id().await;
    let event = |number: u64| {
        let column = ["todo", "doing", "done"][usize::try_from(number % 3).unwrap_or_default()];
        json!({
            "name": "v1.TaskCreated", "seqNum": number, "parentSeqNum": number - 1,
            "clientId": "bench", "sessionId": "bench",
            "args": { "id": format!("task-{number}"), "title": format!("Task {number}"), "column": column,
                "rank": number, "at": 1_700_000_000_000_u64 + number },
        })
    };
    let events: Vec<Value> = (1..=TASKS).map(event).collect();
    for batch in events.chunks(BATCH) {
        socket.store(&backend, batch).await;
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
