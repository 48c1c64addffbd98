//! One schedule: which step comes next is drawn from the seed.

use std::collections::BTreeSet;

use fastrand::Rng;

use super::super::super::{Input, Limits, SocketId};
use super::super::harness::{ack, event_with, interrupt, item, pull, request};
use super::checker::{Asked, Event};
use super::client::Client;
use super::world::{Fate, Line, World};

/// Rounds after which clients that nothing disturbs must have everything.
const ROUNDS: usize = 2_000;

/// What schedules were made of.
#[derive(Debug, Default)]
pub(super) struct Totals {
    steps: u64,
    events: u64,
    acknowledged: u64,
    lost_lines: u64,
    sleeps: u64,
    crashes: u64,
}

impl Totals {
    pub(super) fn add(&mut self, other: &Self) {
        self.steps += other.steps;
        self.events += other.events;
        self.acknowledged += other.acknowledged;
        self.lost_lines += other.lost_lines;
        self.sleeps += other.sleeps;
        self.crashes += other.crashes;
    }
}

pub(super) struct Schedule {
    rng: Rng,
    world: World,
    clients: Vec<Client>,
    names: u64,
    /// Out of a hundred, how often the store fails.
    faults: u32,
    totals: Totals,
    is_told: bool,
}

impl Schedule {
    pub(super) fn new(seed: u64, is_told: bool) -> Self {
        let mut rng = Rng::with_seed(seed);
        let clients: Vec<_> =
            (0..rng.usize(2..6)).map(|index| Client::new(index, rng.u8(0..3) == 0)).collect();
        let limits = Limits {
            unacknowledged_bytes: rng.usize(200..3_000),
            reads: rng.usize(1..4),
            waiting_requests: rng.usize(2..10),
            // As many as clients can wait for: more are those of which nobody said that they do not.
            stalled_answers: clients.iter().filter(|client| client.is_http).count().max(1),
            attachment_bytes: rng.usize(90..300),
            ..Limits::default()
        };
        let page_events = rng.usize(1..6);
        let faults = if rng.bool() { rng.u32(0..20) } else { 0 };
        let world = World::new(limits, page_events);
        Self { rng, world, clients, names: 0, faults, totals: Totals::default(), is_told }
    }

    pub(super) fn run(mut self) -> Totals {
        for _ in 0..self.rng.usize(20..200) {
            self.totals.steps += 1;
            self.step();
            self.notice_closed();
        }
        self.settle();
        self.check_end();
        self.totals.events = self.world.database.head();
        self.totals.acknowledged = self.world.acks;
        self.totals
    }

    fn tell(&self, what: std::fmt::Arguments<'_>) {
        if self.is_told {
            println!("{what}");
        }
    }

    fn step(&mut self) {
        let client = self.rng.usize(..self.clients.len());
        match self.rng.u32(..100) {
            0..6 => self.commit(client),
            6..14 => self.act(client, "pulls", Client::pull),
            14..24 => {
                let count = self.rng.usize(1..5);
                self.act(client, "pushes", |client, world| client.push(world, count));
            }
            24..38 => drop(self.receive(client)),
            38..46 => drop(self.acknowledge(client)),
            46..66 => self.execute(),
            66..88 => self.deliver(),
            88..91 => self.pull_besides(client),
            91..93 => self.interrupt(client),
            93..94 => self.noise(client),
            94..96 => self.disconnect(client),
            96..97 => match self.rng.u8(..4) {
                0 => self.import(),
                1 | 2 => self.operate(),
                _ => self.rival(),
            },
            97..98 => self.arrive(),
            98..99 => self.sleep(),
            _ => self.crash(),
        }
    }

    fn act(&mut self, client: usize, what: &str, act: impl FnOnce(&mut Client, &mut World)) {
        self.tell(format_args!("client {client} {what}"));
        act(&mut self.clients[client], &mut self.world);
        self.notice_closed();
    }

    fn next_name(&mut self) -> String {
        self.names += 1;
        format!("e{}", self.names)
    }

    fn commit(&mut self, client: usize) {
        for _ in 0..self.rng.usize(1..4) {
            let name = self.next_name();
            self.tell(format_args!("client {client} commits {name}"));
            self.clients[client].pending.push_back(name);
        }
    }

    /// The client gets the next frame, or over HTTP learns that there are no more.
    fn receive(&mut self, client: usize) -> bool {
        let it = &mut self.clients[client];
        let Some(id) = it.line else { return false };
        let line = self.world.line(id);
        if let Some(frame) = line.inbox.pop_front() {
            if it.is_http {
                line.open.values_mut().for_each(Asked::acknowledge);
            }
            it.receive(&frame);
            let is_http = it.is_http;
            self.tell(format_args!("client {client} receives {frame}"));
            if is_http {
                self.world.happens(Input::Taken(SocketId(id)));
            }
            return true;
        }
        if line.finished {
            self.world.lines.remove(&id);
            it.finish();
            self.tell(format_args!("client {client} has its answer"));
            return true;
        }
        false
    }

    fn acknowledge(&mut self, client: usize) -> bool {
        let owed = self.clients[client].owed.len();
        if owed > 0 {
            let index = self.rng.usize(..owed);
            self.act(client, "acknowledges", |client, world| client.acknowledge(world, index));
        }
        owed > 0
    }

    fn execute(&mut self) {
        if self.world.asked.is_empty() {
            return;
        }
        let index = self.rng.usize(..self.world.asked.len());
        let fate = match self.rng.u32(..100) {
            at if at >= self.faults => Fate::Answered,
            at if at % 3 == 0 => Fate::AnswerLost,
            at if at % 3 == 1 => Fate::NotDone,
            _ => Fate::Refused,
        };
        self.tell(format_args!("the store comes to {:?}: {fate:?}", self.world.asked[index]));
        self.world.execute(index, fate);
    }

    fn deliver(&mut self) {
        if !self.world.answers.is_empty() {
            let index = self.rng.usize(..self.world.answers.len());
            self.tell(format_args!("the relay gets {:?}", self.world.answers[index]));
            self.world.deliver(index);
        }
    }

    fn pull_besides(&mut self, client: usize) {
        let (live, from) = (self.rng.bool(), self.rng.u64(0..=self.world.database.head()));
        self.act(client, "pulls besides", |client, world| client.pull_besides(world, live, from));
    }

    /// Any request that is open on the client's socket.
    fn interrupt(&mut self, client: usize) {
        let Some(id) = self.clients[client].line.filter(|id| !self.world.lines[id].is_http) else { return };
        let open: Vec<_> = self.world.line(id).open.keys().cloned().collect();
        if let Some(request) = self.rng.choice(open) {
            self.tell(format_args!("client {client} interrupts {request}"));
            self.world.send(id, interrupt(&request));
        }
    }

    /// What no honest client sends.
    fn noise(&mut self, client: usize) {
        let Some(id) = self.clients[client].line.filter(|id| !self.world.lines[id].is_http) else { return };
        let head = self.world.database.head();
        self.tell(format_args!("client {client} makes noise"));
        match self.rng.u8(..5) {
            0 => self.world.send(id, ack("nobody")),
            1 => self.world.send(id, interrupt("nobody")),
            2 => {
                self.world.line(id).noise += 1;
                self.world.send(id, request("x", "Nope", "{}"));
            }
            // Other events in the place of those that are stored.
            3 if head > 0 => {
                let seq_num = self.rng.u64(1..=head);
                let event = Event { seq_num, name: self.next_name() };
                let request = self.clients[client].next_id();
                self.clients[client].ask_to_push(&mut self.world, id, &request, vec![event]);
            }
            // An id that is in use: both requests end.
            _ => {
                let open: Vec<_> = self.world.line(id).open.keys().cloned().collect();
                if let Some(request) = self.rng.choice(open) {
                    self.world.send(id, pull(&request, true, 0));
                }
            }
        }
    }

    fn disconnect(&mut self, client: usize) {
        if let Some(id) = self.clients[client].line {
            let is_told = !self.clients[client].is_http || self.rng.bool();
            self.tell(format_args!("client {client} hangs up; the relay is told: {is_told}"));
            if is_told {
                self.world.hang_up(id);
            }
            self.lose(client);
        }
    }

    fn lose(&mut self, client: usize) {
        self.totals.lost_lines += 1;
        let retries = self.rng.bool();
        self.clients[client].lose(retries);
    }

    /// Another object writes to the same store.
    fn rival(&mut self) {
        let (head, name) = (self.world.database.head(), self.next_name());
        self.tell(format_args!("a rival stores {name}"));
        let row = item(&event_with(&name, "1", head + 1, head));
        self.world.database.rows.push((head + 1, name, row));
        self.world.has_rivals = true;
    }

    /// An operator adds to the store, and the relay is told.
    fn import(&mut self) {
        self.rival();
        self.world.happens(Input::Changed);
    }

    /// An operator takes the store for itself, or gives it back.
    fn operate(&mut self) {
        if self.world.is_suspended {
            self.tell(format_args!("the operator is done"));
            self.world.resume();
        } else {
            let is_given = self.world.suspend();
            self.tell(format_args!("an operator wants the store and gets it: {is_given}"));
        }
    }

    fn arrive(&mut self) {
        if !self.world.orphans.is_empty() {
            let index = self.rng.usize(..self.world.orphans.len());
            let outcome = self.world.arrive(index);
            self.tell(format_args!("a late statement arrives: {outcome:?}"));
        }
    }

    fn sleep(&mut self) {
        if self.world.may_sleep() {
            self.tell(format_args!("the object sleeps"));
            self.totals.sleeps += 1;
            self.world.sleep();
        }
    }

    fn crash(&mut self) {
        if self.rng.u8(..3) == 0 {
            self.tell(format_args!("the object dies"));
            self.totals.crashes += 1;
            self.world.crash();
        }
    }

    /// Clients learn that their lines were closed, after some of the frames that were under way.
    fn notice_closed(&mut self) {
        for (id, Line { client, is_http, mut inbox, .. }) in std::mem::take(&mut self.world.closed) {
            if self.clients[client].line != Some(id) {
                continue;
            }
            self.tell(format_args!("client {client} is cut off"));
            let arrive = if is_http { 0 } else { self.rng.usize(..=inbox.len()) };
            inbox.drain(..arrive).for_each(|frame| self.clients[client].receive(&frame));
            self.lose(client);
        }
    }

    /// Nothing is disturbed any more: everything that is under way arrives, and clients go on.
    fn settle(&mut self) {
        self.tell(format_args!("everything calms down"));
        self.faults = 0;
        self.world.resume();
        self.notice_closed();
        self.calm();
        // What another object stored is found only when somebody pushes.
        if !self.world.has_rivals {
            self.check_live_pulls();
        }
        while !self.world.orphans.is_empty() {
            self.arrive();
        }
        (0..self.clients.len()).for_each(|client| self.commit(client));
        for _ in 0..ROUNDS {
            for client in 0..self.clients.len() {
                if self.clients[client].crowded {
                    self.disconnect(client);
                }
                self.act(client, "pushes", |client, world| client.push(world, 4));
                self.act(client, "pulls", Client::pull);
            }
            self.calm();
            if self.is_settled() {
                return;
            }
        }
        let behind: Vec<_> = self.clients.iter().map(|it| (it.log.len(), &it.pending)).collect();
        panic!("of {} events the clients have {behind:?}", self.world.database.head());
    }

    /// Whatever is under way arrives, until nothing is.
    fn calm(&mut self) {
        let mut is_busy = true;
        while is_busy {
            is_busy = false;
            for client in 0..self.clients.len() {
                while self.receive(client) || self.acknowledge(client) {
                    is_busy = true;
                }
            }
            while !self.world.asked.is_empty() || !self.world.answers.is_empty() {
                is_busy = true;
                self.execute();
                self.deliver();
                self.notice_closed();
            }
        }
    }

    fn check_live_pulls(&self) {
        let head = self.world.database.head();
        for (id, asked) in self.world.lines.values().filter(|line| !line.is_http).flat_map(|line| &line.open)
        {
            let at_head = matches!(asked, Asked::Pull { live: true, last, .. } if *last >= head);
            assert!(at_head, "{id} is left behind {head}: {asked:?}");
        }
    }

    fn is_settled(&self) -> bool {
        let head = self.world.database.head();
        // Over HTTP they go on asking.
        let quiet = self.world.lines.values().all(|line| line.is_http || line.inbox.is_empty());
        quiet && self.clients.iter().all(|client| client.is_settled() && client.log.len() as u64 == head)
    }

    fn check_end(&self) {
        let stored: Vec<_> = self.world.database.rows.iter().map(|row| row.1.clone()).collect();
        for client in &self.clients {
            assert_eq!(client.log, stored, "what client {} has", client.index);
        }
        self.check_live_pulls();
        let once: BTreeSet<_> = stored.iter().collect();
        assert_eq!(once.len(), stored.len(), "an event is stored twice: {stored:?}");
    }
}
