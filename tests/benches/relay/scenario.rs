//! What clients do to a relay, each bounded in time.

use std::cell::Cell;
use std::error::Error;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use serde_json::Value;
use tests::wire::events;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::client::{Client, Received, is_chunk};
use crate::measure::{Meter, Sample};
use crate::side::Side;

/// Events of one push while a store is filled.
const FILL: u64 = 100;

/// Something that clients do.
#[derive(Debug)]
pub(crate) struct Scenario {
    /// In few words.
    pub(crate) name: &'static str,
    /// What an event, the thing that is counted, is here.
    pub(crate) unit: &'static str,
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    /// In each of some stores one client pushes, each time after the answer to the last, and others have a live pull.
    Push { stores: usize, subscribers: usize, batch: u64 },
    /// One client after the other pulls everything, from the beginning.
    Pull { events: u64 },
    /// Clients connect to one store at once and pull; then all leave.
    Connect { sockets: usize },
    /// One store after the other is used for the first time: a client pulls and pushes an event.
    Begin,
}

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Nothing is begun after this.
    pub(crate) time: Duration,
    /// What was begun is given up after this.
    patience: Duration,
    /// For the filling of a store, once a side.
    fill: Duration,
}

impl Bounds {
    pub(crate) fn new(time: Duration) -> Self {
        Self { time, patience: time * 3, fill: time * 15 }
    }
}

impl Scenario {
    /// In the order of the report.
    pub(crate) const ALL: [Self; 8] = [
        Self::new("push 1, 10 subscribers", "event", Kind::Push { stores: 1, subscribers: 10, batch: 1 }),
        Self::new("push 50, 10 subscribers", "event", Kind::Push { stores: 1, subscribers: 10, batch: 50 }),
        Self::new("push 1, 100 subscribers", "event", Kind::Push { stores: 1, subscribers: 100, batch: 1 }),
        Self::new("push 1, 20 stores of 2", "event", Kind::Push { stores: 20, subscribers: 2, batch: 1 }),
        Self::new("cold pull of 5,000", "event", Kind::Pull { events: 5_000 }),
        Self::new("cold pull of 50,000", "event", Kind::Pull { events: 50_000 }),
        Self::new("200 connections", "socket", Kind::Connect { sockets: 200 }),
        Self::new("new stores", "store", Kind::Begin),
    ];

    const fn new(name: &'static str, unit: &'static str, kind: Kind) -> Self {
        Self { name, unit, kind }
    }

    /// Has it done to a relay once.
    pub(crate) async fn run(&self, side: &mut Side, bounds: Bounds) -> Result<Sample, Box<dyn Error>> {
        match self.kind {
            Kind::Push { stores, subscribers, batch } => push(side, bounds, stores, subscribers, batch).await,
            Kind::Pull { events } => pull(side, bounds, events).await,
            Kind::Connect { sockets } => connect(side, bounds, sockets).await,
            Kind::Begin => begin(side, bounds).await,
        }
    }
}

async fn push(
    side: &mut Side,
    bounds: Bounds,
    stores: usize,
    subscribers: usize,
    batch: u64,
) -> Result<Sample, Box<dyn Error>> {
    let (mut pushers, mut pulls) = (Vec::new(), Vec::new());
    for _ in 0..stores {
        let store_id = side.new_store();
        let backend_id = Client::backend_id(&side.address, &store_id).await?;
        let (sender, goal) = watch::channel(None);
        for _ in 0..subscribers {
            let mut client = Client::open(&side.address, &store_id).await?;
            client.pull(true).await?;
            pulls.push((client, goal.clone()));
        }
        pushers.push((Client::open(&side.address, &store_id).await?, backend_id, sender));
    }

    let meter = Meter::start(side.process)?;
    let end = Instant::now() + bounds.time;
    let pushed = pushers.into_iter().map(async |(mut client, backend_id, goal)| {
        let mut head = 0;
        while Instant::now() < end {
            client.push(&backend_id, &events(head + 1..=head + batch)).await?;
            head += batch;
        }
        goal.send_replace(Some(head));
        Ok::<_, Box<dyn Error>>(head)
    });
    let received = pulls.into_iter().map(|(client, goal)| follow(client, goal, bounds.patience));
    let (pushed, received) = tokio::join!(try_join_all(pushed), try_join_all(received));
    let (pushed, received) = (pushed?, received?);
    let mut sample = meter.stop(pushed.iter().sum())?;
    let expected = pushed.iter().sum::<u64>() * subscribers as u64;
    sample.deliveries = received.iter().map(|it| it.events).sum();
    sample.finished = sample.deliveries >= expected;
    sample.misplaced = received.iter().map(|it| it.misplaced).sum();
    Ok(sample)
}

/// What a live pull is sent until it has all events up to the goal; no longer than `patience` after that is known.
async fn follow(
    mut client: Client,
    mut goal: watch::Receiver<Option<u64>>,
    patience: Duration,
) -> Result<Received, Box<dyn Error>> {
    let mut received = Received::default();
    loop {
        let known = *goal.borrow_and_update();
        let frame = match known {
            Some(events) if received.events >= events => return Ok(received),
            Some(_) => match timeout(patience, client.next()).await {
                Ok(frame) => frame?,
                Err(_) => return Ok(received),
            },
            None => tokio::select! {
                frame = client.next() => frame?,
                changed = goal.changed() => {
                    changed?;
                    continue;
                }
            },
        };
        received.take(&frame);
        client.acknowledge(&frame).await?;
    }
}

async fn pull(side: &mut Side, bounds: Bounds, events: u64) -> Result<Sample, Box<dyn Error>> {
    let Some(store_id) = filled(side, bounds, events).await? else { return Ok(Sample::default()) };
    let meter = Meter::start(side.process)?;
    let end = Instant::now() + bounds.time;
    let (mut all, mut misplaced, mut finished) = (0, 0, true);
    while Instant::now() < end && finished {
        let mut received = Received::default();
        let pulled = timeout(bounds.patience, history(&side.address, &store_id, &mut received)).await;
        finished = pulled.is_ok();
        if let Ok(Err(error)) = pulled {
            return Err(error);
        }
        all += received.events;
        misplaced += received.misplaced;
        finished &= received.events == events;
    }
    let mut sample = meter.stop(all)?;
    (sample.finished, sample.misplaced) = (finished, misplaced);
    Ok(sample)
}

/// Pulls everything from the beginning, to the end of the pull.
async fn history(address: &str, store_id: &str, received: &mut Received) -> Result<(), Box<dyn Error>> {
    let mut client = Client::open(address, store_id).await?;
    received.take(&client.pull(false).await?);
    loop {
        let frame = client.next().await?;
        if !is_chunk(&frame) {
            return Ok(());
        }
        received.take(&frame);
        client.acknowledge(&frame).await?;
    }
}

/// A store with this many events, filled once a side; `None` if that takes too long.
async fn filled(side: &mut Side, bounds: Bounds, events: u64) -> Result<Option<String>, Box<dyn Error>> {
    if let Some((_, store_id)) = side.filled.iter().find(|(filled, _)| *filled == events) {
        return Ok(store_id.clone());
    }
    let store_id = side.new_store();
    let filled = match timeout(bounds.fill, fill(&side.address, &store_id, events)).await {
        Ok(filled) => filled.map(|()| Some(store_id))?,
        Err(_) => None,
    };
    side.filled.push((events, filled.clone()));
    Ok(filled)
}

async fn fill(address: &str, store_id: &str, count: u64) -> Result<(), Box<dyn Error>> {
    let backend_id = Client::backend_id(address, store_id).await?;
    let mut client = Client::open(address, store_id).await?;
    for head in (0..count).step_by(usize::try_from(FILL)?) {
        client.push(&backend_id, &events(head + 1..=head + FILL)).await?;
    }
    Ok(())
}

async fn connect(side: &mut Side, bounds: Bounds, sockets: usize) -> Result<Sample, Box<dyn Error>> {
    let store_id = side.new_store();
    let backend_id = Client::backend_id(&side.address, &store_id).await?;
    Client::open(&side.address, &store_id).await?.push(&backend_id, &events(1..=10)).await?;
    let meter = Meter::start(side.process)?;
    let end = Instant::now() + bounds.time;
    let (connected, mut finished) = (Cell::new(0), true);
    while Instant::now() < end && finished {
        let clients = (0..sockets).map(async |_| {
            let mut client = Client::open(&side.address, &store_id).await?;
            client.pull(true).await?;
            connected.update(|it| it + 1);
            Ok::<_, Box<dyn Error>>(client)
        });
        finished = match timeout(bounds.patience, try_join_all(clients)).await {
            Ok(clients) => clients.map(|_| true)?,
            Err(_) => false,
        };
    }
    let mut sample = meter.stop(connected.get())?;
    sample.finished = finished;
    Ok(sample)
}

async fn begin(side: &mut Side, bounds: Bounds) -> Result<Sample, Box<dyn Error>> {
    let meter = Meter::start(side.process)?;
    let end = Instant::now() + bounds.time;
    let mut begun = 0;
    let batch: Vec<Value> = events(1..=1);
    while Instant::now() < end {
        let store_id = side.new_store();
        let backend_id = Client::backend_id(&side.address, &store_id).await?;
        Client::open(&side.address, &store_id).await?.push(&backend_id, &batch).await?;
        begun += 1;
    }
    meter.stop(begun)
}
