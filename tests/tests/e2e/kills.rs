//! Clients push while the worker is killed again and again.
//!
//! ```sh
//! KILLS=60 cargo test -p tests --test e2e kills -- --nocapture
//! ```
//! `SEED` repeats the moments of an earlier run, as far as the machine does.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tests::patience::{CONVERGENCE, until};
use tests::project::OBJECT;
use tests::wire::{Socket, event, start_of, stored};
use tests::world::World;
use tokio::time::sleep;

const STORE: &str = "kills";
const CLIENTS: usize = 4;

/// What clients know to be stored, and whether they are to stop.
#[derive(Default)]
struct Ledger {
    /// The ids of events whose push was acknowledged, or that a pull brought.
    known: Mutex<BTreeSet<String>>,
    over: AtomicBool,
}

impl Ledger {
    fn known(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A client that makes events of its own and pushes them until they are stored.
struct Client {
    name: usize,
    made: usize,
    /// The ids of the events that it pushes together.
    pending: Vec<String>,
    random: Random,
    ledger: Arc<Ledger>,
}

impl Client {
    /// Pushes over one socket after the other.
    async fn run(mut self, address: String) {
        loop {
            match Socket::try_open(&address, STORE).await {
                Ok(socket) => match self.push_over(socket).await {
                    Ok(()) => return,
                    Err(_lost) => {}
                },
                Err(_away) => sleep(Duration::from_millis(20)).await,
            }
        }
    }

    /// Pushes until it is over; fails when the socket is lost.
    async fn push_over(&mut self, mut socket: Socket) -> Result<(), String> {
        let pull = socket.pull(false).await;
        let (mut news, backend_id) = socket.try_history(&pull).await?;
        let mut head = 0;
        loop {
            head += news.len() as u64;
            self.learn(&news);
            if self.pending.is_empty() {
                if self.ledger.over.load(Ordering::Relaxed) {
                    return Ok(());
                }
                for _ in 0..=self.random.below(4) {
                    self.made += 1;
                    self.pending.push(format!("{}-{}", self.name, self.made));
                }
            }
            let batch: Vec<_> = self.pending.iter().zip(head + 1..).map(|(id, at)| made(id, at)).collect();
            let push = socket.push(&backend_id, &batch).await;
            let answer = socket.exit(&push).await?;
            if answer == stored(&push) {
                news = batch;
            } else if answer["exit"]["cause"]["error"]["_tag"] == "ServerAheadError" {
                let pull = socket.pull_after(false, &backend_id, head).await;
                news = socket.try_history(&pull).await?.0;
            } else {
                panic!("a push was answered with {}", start_of(&answer));
            }
        }
    }

    /// Takes note of events that are stored. What was pushed together is stored together or not at all.
    fn learn(&mut self, news: &[Value]) {
        let ids: BTreeSet<_> = news.iter().map(id).collect();
        let found = self.pending.iter().filter(|id| ids.contains(id.as_str())).count();
        assert!(found == 0 || found == self.pending.len(), "{found} of {:?} are stored", self.pending);
        if found > 0 {
            self.pending.clear();
        }
        self.ledger.known().extend(ids.into_iter().map(str::to_owned));
    }
}

fn made(id: &str, seq_num: u64) -> Value {
    let mut event = event(seq_num);
    event["args"] = json!({ "id": id });
    event
}

fn id(event: &Value) -> &str {
    event["args"]["id"].as_str().unwrap_or_else(|| panic!("{event} is not of this test"))
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

fn setting(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

/// All events, each once and in its place, with everything in it that anybody knew of.
async fn whole_history(world: &World, ledger: &Ledger) -> (Vec<Value>, String) {
    let known = ledger.known().clone();
    let (history, backend_id) = Socket::open(world.address(), STORE).await.history().await;
    let mut places = BTreeMap::new();
    for (event, place) in history.iter().zip(1u64..) {
        assert_eq!((&event["seqNum"], &event["parentSeqNum"]), (&json!(place), &json!(place - 1)));
        if let Some(before) = places.insert(id(event), place) {
            panic!("{} is stored at {before} and at {place}", id(event));
        }
    }
    let lost: Vec<_> = known.iter().filter(|id| !places.contains_key(id.as_str())).collect();
    assert!(lost.is_empty(), "{lost:?} were acknowledged and are lost");
    (history, backend_id)
}

/// Kills a worker again and again, and returns how many events are stored in the end.
async fn survives_kills(world: &mut World) -> usize {
    let kills = setting("KILLS").unwrap_or(3);
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_nanos().into());
    let seed = setting("SEED").unwrap_or_else(now);
    println!("SEED={seed} KILLS={kills}");
    let mut random = Random(seed);
    let ledger = Arc::new(Ledger::default());
    let clients: Vec<_> = (0..CLIENTS)
        .map(|name| {
            let random = Random(seed + 1 + name as u64);
            let client = Client { name, made: 0, pending: Vec::new(), random, ledger: Arc::clone(&ledger) };
            tokio::spawn(client.run(world.address().to_owned()))
        })
        .collect();

    for kill in 1..=kills {
        let goal = ledger.known().len() + 1 + usize::try_from(random.below(200)).expect("small");
        until(CONVERGENCE, async || match ledger.known().len() {
            known if known >= goal => Ok(()),
            known => Err(format!("{known} of {goal} events are stored before kill {kill}")),
        })
        .await;
        // Somewhere in a push.
        sleep(Duration::from_micros(random.below(20_000))).await;
        world.kill();
        world.restart().await;
        whole_history(world, &ledger).await;
        println!("kill {kill}: {} events", ledger.known().len());
    }
    ledger.over.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.unwrap_or_else(|error| panic!("{error}"));
    }

    let (history, backend_id) = whole_history(world, &ledger).await;
    assert_eq!(history.len(), ledger.known().len());
    let next = made("last", history.len() as u64 + 1);
    Socket::open(world.address(), STORE).await.store(&backend_id, &[next]).await;
    println!("{} events of {CLIENTS} clients stored, each once, over {kills} kills", history.len());
    history.len() + 1
}

#[tokio::test]
async fn kills_lose_nothing_that_was_acknowledged_and_double_nothing() {
    let mut world = World::start().await;
    let stored = survives_kills(&mut world).await;
    assert_eq!(world.events(STORE).map(|rows| rows.len()), Ok(stored));
}

#[tokio::test]
async fn kills_lose_and_double_nothing_that_an_object_keeps_itself() {
    survives_kills(&mut World::start_of(OBJECT).await).await;
}
