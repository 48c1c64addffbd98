//! A client that keeps what it pulls, and pushes what it has until it is pulled back.

use std::collections::VecDeque;

use super::super::harness::{ack, event_with, over_http, pull, push};
use super::checker::{Asked, Cause, Event, Exit, Failure, Frame};
use super::world::World;

pub(super) struct Client {
    pub(super) index: usize,
    pub(super) is_http: bool,
    /// Its socket, or its request over HTTP.
    pub(super) line: Option<u64>,
    /// The events that it has pulled: the names, from the first.
    pub(super) log: Vec<String>,
    /// Events that it has not seen stored.
    pub(super) pending: VecDeque<String>,
    /// Those whose push was acknowledged; they are the next after `log`.
    stored: VecDeque<String>,
    /// The pull that its log comes from.
    pull: Option<String>,
    /// The push under way.
    push: Option<(String, Vec<Event>)>,
    /// A push whose answer was lost, to be sent again as it was.
    retry: Option<Vec<Event>>,
    /// It pushes no more until it has pulled as far.
    wanted: u64,
    /// Its socket has too many pulls for its own.
    pub(super) crowded: bool,
    /// Chunks to be acknowledged.
    pub(super) owed: Vec<String>,
    /// Frames of the answer over HTTP, which counts once it is whole.
    answer: Vec<Frame>,
    requests: u64,
}

impl Client {
    pub(super) fn new(index: usize, is_http: bool) -> Self {
        Self {
            index,
            is_http,
            line: None,
            log: Vec::new(),
            pending: VecDeque::new(),
            stored: VecDeque::new(),
            pull: None,
            push: None,
            retry: None,
            wanted: 0,
            crowded: false,
            owed: Vec::new(),
            answer: Vec::new(),
            requests: 0,
        }
    }

    pub(super) fn next_id(&mut self) -> String {
        self.requests += 1;
        format!("{}.{}", self.index, self.requests)
    }

    /// Its line, opened if there is none; None while its request over HTTP is under way.
    fn free_line(&mut self, world: &mut World) -> Option<u64> {
        match self.line {
            Some(_) if self.is_http => None,
            Some(line) => Some(line),
            None => {
                let line = world.connect(self.index, self.is_http);
                self.line = Some(line);
                Some(line)
            }
        }
    }

    pub(super) fn pull(&mut self, world: &mut World) {
        if self.pull.is_some() {
            return;
        }
        let Some(line) = self.free_line(world) else { return };
        let id = self.next_id();
        self.pull = Some(id.clone());
        let from = self.log.len() as u64;
        self.ask_to_pull(world, line, &id, !self.is_http, from);
    }

    /// A pull that its log does not come from.
    pub(super) fn pull_besides(&mut self, world: &mut World, live: bool, from: u64) {
        if let (Some(line), false) = (self.line, self.is_http) {
            let id = self.next_id();
            self.ask_to_pull(world, line, &id, live, from);
        }
    }

    fn ask_to_pull(&mut self, world: &mut World, line: u64, id: &str, live: bool, from: u64) {
        let asked = Asked::pull(live, from, world.acknowledged.max(from));
        world.line(line).open.insert(id.to_owned(), asked);
        let frame = pull(id, live, from);
        world.send(line, if self.is_http { over_http(&frame) } else { frame });
    }

    /// Sends the push again whose answer was lost, or else the next events.
    pub(super) fn push(&mut self, world: &mut World, count: usize) {
        let behind = (self.log.len() as u64) < self.wanted;
        if self.push.is_some() || behind && self.retry.is_none() {
            return;
        }
        let parent = self.log.len() + self.stored.len();
        let next = self.pending.iter().take(count).zip(parent as u64 + 1..);
        let next = next.map(|(name, seq_num)| Event { seq_num, name: name.clone() }).collect();
        let events: Vec<_> = self.retry.take().unwrap_or(next);
        if events.is_empty() {
            return;
        }
        let Some(line) = self.free_line(world) else {
            self.retry = None;
            return;
        };
        let id = self.next_id();
        self.push = Some((id.clone(), events.clone()));
        self.ask_to_push(world, line, &id, events);
    }

    pub(super) fn ask_to_push(&self, world: &mut World, line: u64, id: &str, events: Vec<Event>) {
        let batch: Vec<_> = events
            .iter()
            .map(|event| event_with(&event.name, "1", event.seq_num, event.seq_num - 1))
            .collect();
        world.line(line).open.insert(id.to_owned(), Asked::Push { events });
        let frame = push(id, &batch);
        world.send(line, if self.is_http { over_http(&frame) } else { frame });
    }

    pub(super) fn acknowledge(&mut self, world: &mut World, index: usize) {
        let id = self.owed.swap_remove(index);
        if let Some(line) = self.line {
            if let Some(asked) = world.line(line).open.get_mut(&id) {
                asked.acknowledge();
            }
            world.send(line, ack(&id));
        }
    }

    /// The next frame arrives.
    pub(super) fn receive(&mut self, text: &str) {
        let frame: Frame = serde_json::from_str(text).expect("it was checked when it was sent");
        if self.is_http {
            self.answer.push(frame);
        } else {
            self.take(frame);
        }
    }

    /// The answer over HTTP is whole.
    pub(super) fn finish(&mut self) {
        self.line = None;
        std::mem::take(&mut self.answer).into_iter().for_each(|frame| self.take(frame));
        assert!(self.pull.is_none() && self.push.is_none(), "an answer that answers nothing");
    }

    /// Its line is gone. Whether it sends a push again as it was is for the schedule to say.
    pub(super) fn lose(&mut self, retries: bool) {
        let Self { push, .. } = self;
        self.retry = push.take().map(|(_, events)| events).filter(|_| retries);
        self.line = None;
        self.crowded = false;
        self.pull = None;
        self.owed.clear();
        self.answer.clear();
    }

    fn take(&mut self, frame: Frame) {
        match frame {
            Frame::Chunk { request_id, values: [page] } => {
                if self.pull.as_ref() == Some(&request_id) {
                    page.batch.into_iter().for_each(|item| self.apply(item.event_encoded));
                }
                if !self.is_http {
                    self.owed.push(request_id);
                }
            }
            Frame::Exit { request_id, exit } if self.pull.as_ref() == Some(&request_id) => {
                assert!(
                    self.is_http || matches!(exit, Exit::Failure { .. }),
                    "a live pull does not end well"
                );
                self.crowded = matches!(exit, Exit::Failure { cause: Cause::Die { .. } });
                self.pull = None;
            }
            Frame::Exit { request_id, exit } => {
                if let Some((_, events)) = self.push.take_if(|(id, _)| *id == request_id) {
                    self.pushed(exit, &events);
                }
            }
            Frame::Defect | Frame::Pong => {}
        }
    }

    fn pushed(&mut self, exit: Exit, events: &[Event]) {
        match exit {
            Exit::Success => {
                for event in events {
                    if let Some(place) = self.pending.iter().position(|name| *name == event.name) {
                        assert_eq!(event.seq_num, (self.log.len() + self.stored.len()) as u64 + 1);
                        self.stored.extend(self.pending.remove(place));
                    }
                }
            }
            Exit::Failure {
                cause: Cause::Fail { error: Failure::ServerAheadError { minimum_expected_num, .. } },
            } => {
                self.wanted = minimum_expected_num;
            }
            Exit::Failure { .. } => {}
        }
    }

    fn apply(&mut self, event: Event) {
        assert_eq!(event.seq_num, self.log.len() as u64 + 1, "what client {} pulls", self.index);
        if let Some(acknowledged) = self.stored.pop_front() {
            assert_eq!(event.name, acknowledged, "what was acknowledged is there");
        }
        self.pending.retain(|name| *name != event.name);
        self.log.push(event.name);
    }

    /// It has everything, and everybody can have what it made.
    pub(super) fn is_settled(&self) -> bool {
        self.pending.is_empty() && self.stored.is_empty() && self.push.is_none() && self.owed.is_empty()
    }
}
