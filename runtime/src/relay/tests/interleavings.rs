//! Whatever happens in whatever order: each pull gets each event once, ascending and without a gap, and
//! what was acknowledged is stored.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::Value;

use super::super::{Input, Limits, SocketId, Store, attachment};
use super::harness::*;
use crate::protocol::RequestId;

#[derive(Debug, Clone)]
enum Step {
    Pull {
        socket: usize,
        live: bool,
        from: u64,
    },
    /// On top of what the relay believes, or beside it.
    Push {
        socket: usize,
        count: u64,
        beside: bool,
    },
    Ack {
        pull: usize,
    },
    Interrupt {
        pull: usize,
    },
    Execute {
        index: usize,
        fate: Fate,
    },
    Deliver {
        index: usize,
    },
    Disconnect {
        socket: usize,
    },
    Sleep,
    /// Another object writes to the same store.
    Rival,
}

fn step() -> impl Strategy<Value = Step> {
    let fate = prop_oneof![30 => Just(Fate::Answered), 1 => Just(Fate::AnswerLost), 1 => Just(Fate::NotDone)];
    prop_oneof![
        4 => (0..3_usize, prop::bool::weighted(0.8), 0..30_u64)
            .prop_map(|(socket, live, from)| Step::Pull { socket, live, from }),
        8 => (0..3_usize, 1..6_u64, prop::bool::weighted(0.1))
            .prop_map(|(socket, count, beside)| Step::Push { socket, count, beside }),
        12 => any::<usize>().prop_map(|pull| Step::Ack { pull }),
        1 => any::<usize>().prop_map(|pull| Step::Interrupt { pull }),
        16 => (any::<usize>(), fate).prop_map(|(index, fate)| Step::Execute { index, fate }),
        16 => any::<usize>().prop_map(|index| Step::Deliver { index }),
        1 => (0..3_usize).prop_map(|socket| Step::Disconnect { socket }),
        1 => prop::bool::weighted(0.3).prop_map(|sleep| if sleep { Step::Sleep } else { Step::Rival }),
    ]
}

/// What a client knows of one of its pulls.
#[derive(Debug)]
struct Pulled {
    last: u64,
    live: bool,
    chunks: usize,
    unacknowledged: usize,
}

struct Clients {
    world: World,
    /// The connection that each of three clients has; each connects again when it is closed.
    sockets: [u64; 3],
    connections: u64,
    requests: u64,
    pulls: BTreeMap<(u64, String), Pulled>,
    acknowledged: BTreeSet<String>,
}

impl Clients {
    fn new() -> Self {
        let limits = Limits { unacknowledged_bytes: 2_500, reads: 2, ..Limits::default() };
        let mut clients = Self {
            world: World::with(limits),
            sockets: [0; 3],
            connections: 0,
            requests: 0,
            pulls: BTreeMap::new(),
            acknowledged: BTreeSet::new(),
        };
        clients.world.database.page_events = 3; // so that history takes several reads
        (0..3).for_each(|client| clients.connect(client));
        clients
    }

    fn connect(&mut self, client: usize) {
        let gone = self.sockets[client];
        self.pulls.retain(|(socket, _), _| *socket != gone);
        self.connections += 1;
        self.sockets[client] = self.connections;
        self.world.connect(self.connections);
    }

    fn next_id(&mut self) -> String {
        self.requests += 1;
        format!("r{}", self.requests)
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Pull { socket, live, from } => {
                let socket = self.sockets[socket];
                let from = from.min(self.world.database.head());
                let id = self.next_id();
                let pulled = Pulled { last: from, live, chunks: 0, unacknowledged: 0 };
                self.pulls.insert((socket, id.clone()), pulled);
                self.world.send(socket, &pull(&id, live, from));
            }
            Step::Push { socket, count, beside } => {
                let head = self.world.database.head() + u64::from(beside);
                self.push(self.sockets[socket], head, count);
            }
            Step::Ack { pull } => self.each(pull, |world, (socket, id), pulled| {
                pulled.unacknowledged = pulled.unacknowledged.saturating_sub(1);
                world.send(*socket, &ack(id));
            }),
            Step::Interrupt { pull } => {
                self.each(pull, |world, (socket, id), _| world.send(*socket, &interrupt(id)));
            }
            Step::Execute { index, fate } => {
                self.world.execute(index % self.world.asked.len().max(1), fate);
            }
            Step::Deliver { index } => {
                self.world.deliver(index % self.world.answers.len().max(1));
            }
            Step::Disconnect { socket } => {
                let id = self.sockets[socket];
                self.world.attachments.remove(&id);
                self.world.happens(Input::SocketClosed(SocketId(id)));
                self.connect(socket);
            }
            Step::Sleep => self.sleep(),
            Step::Rival => {
                let head = self.world.database.head();
                let event = item(&event_with("rival", "1", head + 1, head));
                self.world.database.rows.push((head + 1, "rival".to_owned(), event));
            }
        }
        self.read();
    }

    fn each(&mut self, index: usize, act: impl FnOnce(&mut World, &(u64, String), &mut Pulled)) {
        let index = index % self.pulls.len().max(1);
        if let Some((key, pulled)) = self.pulls.iter_mut().nth(index) {
            act(&mut self.world, key, pulled);
        }
    }

    /// The events carry the request's name, so that what was acknowledged can be found.
    fn push(&mut self, socket: u64, head: u64, count: u64) {
        let id = self.next_id();
        let events: Vec<_> = (head + 1..=head + count).map(|n| event_with(&id, "1", n, n - 1)).collect();
        self.world.send(socket, &push(&id, &events));
    }

    /// What the object had in mind is lost; requests that waited are never answered.
    fn sleep(&mut self) {
        let mut kept = BTreeSet::new();
        for (socket, text) in &self.world.attachments {
            for entry in attachment::parse(text).unwrap().pulls {
                let RequestId::Text(id) = entry.0 else { panic!("ids are text here") };
                kept.insert((*socket, id));
            }
        }
        self.pulls.retain(|key, _| kept.contains(key));
        self.world.sleep();
    }

    /// Takes every frame and checks it.
    fn read(&mut self) {
        for (socket, frames) in std::mem::take(&mut self.world.frames) {
            for frame in frames {
                let frame: Value = serde_json::from_str(&frame).unwrap();
                let id = frame["requestId"].as_str().unwrap().to_owned();
                let key = (socket, id.clone());
                match frame["_tag"].as_str().unwrap() {
                    "Chunk" => {
                        let pulled = self.pulls.get_mut(&key).expect("a chunk of an open pull");
                        for seq_num in seq_nums(&frame.to_string()) {
                            assert_eq!(seq_num, pulled.last + 1, "pull {id}");
                            pulled.last = seq_num;
                        }
                        pulled.chunks += 1;
                        pulled.unacknowledged += 1;
                    }
                    "Exit" if self.pulls.contains_key(&key) => {
                        let pulled = self.pulls.remove(&key).unwrap();
                        if frame["exit"]["_tag"] == "Success" {
                            assert!(!pulled.live && pulled.chunks > 0, "pull {id} ended: {pulled:?}");
                        }
                    }
                    _ => {
                        if frame["exit"]["_tag"] == "Success" {
                            self.acknowledged.insert(id);
                        }
                    }
                }
            }
        }
        for client in 0..3 {
            if self.world.closed.contains_key(&self.sockets[client]) {
                self.connect(client);
            }
        }
    }

    /// The store answers, and clients acknowledge, until nothing happens any more.
    fn settle(&mut self) {
        loop {
            self.world.settle();
            self.read();
            let open: Vec<_> = self.pulls.iter().filter(|(_, pulled)| pulled.unacknowledged > 0).collect();
            let acks: Vec<_> = open.iter().map(|((socket, id), _)| (*socket, id.clone())).collect();
            if acks.is_empty() && self.world.asked.is_empty() {
                return;
            }
            for (socket, id) in acks {
                if let Some(pulled) = self.pulls.get_mut(&(socket, id.clone())) {
                    pulled.unacknowledged -= 1;
                    self.world.send(socket, &ack(&id));
                }
            }
        }
    }

    fn check(&mut self) {
        self.settle();
        if let Store::Open(store) = &self.world.relay.store {
            let behind: Vec<_> = self.pulls.iter().filter(|(_, pulled)| pulled.last < store.head).collect();
            assert!(behind.is_empty(), "{behind:?} are behind {}", store.head);
        }
        // A rival's rows are found by the next push that meets them: at the head that the relay believes
        // in, which is one of those that the store has been through.
        for head in 0..=self.world.database.head() {
            self.push(self.sockets[0], head, 1);
            self.settle();
        }
        let head = self.world.database.head();
        for (key, pulled) in &self.pulls {
            assert!(pulled.live, "pull {key:?} never ended: {pulled:?}");
            assert_eq!(pulled.last, head, "pull {key:?} is behind");
        }
        let stored: BTreeSet<_> = self.world.database.rows.iter().map(|row| row.1.clone()).collect();
        let lost: Vec<_> = self.acknowledged.difference(&stored).collect();
        assert!(lost.is_empty(), "acknowledged and not stored: {lost:?}");
        let seq_nums: Vec<_> = self.world.database.rows.iter().map(|row| row.0).collect();
        assert_eq!(seq_nums, (1..=head).collect::<Vec<_>>());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn every_pull_gets_every_event_once_and_in_order(steps in prop::collection::vec(step(), 1..120)) {
        let mut clients = Clients::new();
        for step in &steps {
            clients.take(step);
        }
        clients.check();
    }
}
