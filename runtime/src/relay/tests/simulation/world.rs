//! The relay between its store and its lines: what is under way, and what happens to it.

use std::collections::{BTreeMap, VecDeque};

use super::super::super::{Effect, Input, Limits, Now, Relay, SocketId, Store};
use super::super::harness::{BACKEND, Database, NOW, NOW_MILLIS, STORE};
use super::checker::{Asked, check_attachment, check_frame};
use crate::auth::Grant;
use crate::store::{Append, Appended, Failed, Opened};

/// One connection, or one request over HTTP, as seen from the network.
#[derive(Default)]
pub(super) struct Line {
    pub(super) client: usize,
    pub(super) is_http: bool,
    /// Requests that are not answered to the end, by id.
    pub(super) open: BTreeMap<String, Asked>,
    pub(super) attachment: String,
    /// Frames under way to the client.
    pub(super) inbox: VecDeque<String>,
    /// The whole answer over HTTP is under way.
    pub(super) finished: bool,
    /// Frames that ask for nothing that is checked, and may be answered with a defect.
    pub(super) noise: usize,
}

impl Line {
    /// Whether the relay waits until the client takes something.
    fn is_full(&self, limits: &Limits) -> bool {
        self.open.values().any(|asked| asked.is_full(limits))
    }
}

/// What becomes of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Answered,
    AnswerLost,
    NotDone,
    Refused,
}

pub(super) struct World {
    /// None while the object is not in memory.
    pub(super) relay: Option<Relay>,
    pub(super) limits: Limits,
    pub(super) database: Database,
    pub(super) lines: BTreeMap<u64, Line>,
    /// Lines that the relay has closed; the client does not know yet.
    pub(super) closed: Vec<(u64, Line)>,
    pub(super) asked: Vec<Effect>,
    pub(super) answers: Vec<Input>,
    /// Statements on their way to the database from an object that has died.
    pub(super) orphans: Vec<Append>,
    /// Whether anybody else has stored anything.
    pub(super) has_rivals: bool,
    /// Whether an operator works on the store.
    pub(super) is_suspended: bool,
    /// The last event of which any client has heard that it is stored.
    pub(super) acknowledged: u64,
    pub(super) acks: u64,
    last_line: u64,
}

impl World {
    pub(super) fn new(limits: Limits, page_events: usize) -> Self {
        Self {
            relay: None,
            limits,
            database: Database { rows: Vec::new(), page_events, refuses: None },
            lines: BTreeMap::new(),
            closed: Vec::new(),
            asked: Vec::new(),
            answers: Vec::new(),
            orphans: Vec::new(),
            has_rivals: false,
            is_suspended: false,
            acknowledged: 0,
            acks: 0,
            last_line: 0,
        }
    }

    /// A new line of a client. Over HTTP the relay hears of it with the request.
    pub(super) fn connect(&mut self, client: usize, is_http: bool) -> u64 {
        self.last_line += 1;
        let id = self.last_line;
        self.lines.insert(id, Line { client, is_http, ..Line::default() });
        if !is_http {
            self.wake();
            self.happens(Input::SocketOpened(SocketId(id), Grant::EVERYTHING));
        }
        id
    }

    pub(super) fn line(&mut self, id: u64) -> &mut Line {
        self.lines.get_mut(&id).expect("the line is open")
    }

    /// A client sends something on its line.
    pub(super) fn send(&mut self, id: u64, text: String) {
        let input = match self.line(id).is_http {
            true => Input::Asked(SocketId(id), Grant::EVERYTHING, text),
            false => Input::Frame(SocketId(id), text),
        };
        self.happens(input);
    }

    /// An operator wants the store for itself. Whether it gets it.
    pub(super) fn suspend(&mut self) -> bool {
        self.wake();
        let effects = self.relay.as_mut().and_then(Relay::suspend);
        let is_given = effects.is_some();
        assert!(!(is_given && self.is_suspended), "two operators have the store");
        for effect in effects.into_iter().flatten() {
            self.carry_out(effect);
        }
        self.is_suspended |= is_given;
        self.check();
        is_given
    }

    /// The operator is done.
    pub(super) fn resume(&mut self) {
        if std::mem::take(&mut self.is_suspended) {
            self.happens(Input::Resumed);
        }
    }

    /// A client goes away.
    pub(super) fn hang_up(&mut self, id: u64) {
        self.lines.remove(&id);
        self.happens(Input::SocketClosed(SocketId(id)));
    }

    pub(super) fn happens(&mut self, input: Input) {
        self.wake();
        self.handle(input);
        self.check();
    }

    fn handle(&mut self, input: Input) {
        let effects = self
            .relay
            .as_mut()
            .map(|relay| relay.handle(Now { text: NOW, millis: NOW_MILLIS }, input))
            .unwrap_or_default();
        for effect in effects {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Send(SocketId(id), text) => {
                let Some(line) = self.lines.get_mut(&id) else {
                    panic!("a frame to {id}, which is closed: {text}")
                };
                assert!(!line.finished, "a frame after the end of an answer: {text}");
                let stored = check_frame(line, &text, &self.database, &self.limits);
                self.acknowledged = self.acknowledged.max(stored.unwrap_or(0));
                self.acks += u64::from(stored.is_some());
                line.inbox.push_back(text.to_string());
            }
            Effect::Finish(SocketId(id)) => {
                let line = self.line(id);
                assert!(line.is_http && !line.finished && line.open.is_empty(), "{id} is not to be finished");
                line.finished = true;
            }
            Effect::Attach(SocketId(id), text) => {
                assert!(text.len() <= self.limits.attachment_bytes, "{} bytes attached", text.len());
                let line = self.line(id);
                assert!(!line.is_http, "an attachment without a socket");
                line.attachment = text.to_string();
            }
            Effect::Close(SocketId(id), _) => {
                let line = self.lines.remove(&id).expect("what is closed was open");
                assert!(!line.finished, "a whole answer is failed");
                self.closed.push((id, line));
            }
            question => self.asked.push(question),
        }
    }

    /// The object is loaded with the sockets that it had.
    fn wake(&mut self) {
        if self.relay.is_none() {
            self.relay = Some(Relay::new(STORE.to_owned(), self.limits.clone()));
            let sockets = self.lines.iter().filter(|(_, line)| !line.attachment.is_empty());
            let restored: Vec<_> = sockets.map(|(id, line)| (*id, line.attachment.clone())).collect();
            for (id, attachment) in restored {
                self.handle(Input::SocketRestored(SocketId(id), attachment));
            }
        }
    }

    /// Nothing is under way, so the platform may take the object out of memory.
    pub(super) fn may_sleep(&self) -> bool {
        let busy = self.lines.values().any(|line| line.is_http);
        !busy && !self.is_suspended && self.asked.is_empty() && self.answers.is_empty()
    }

    pub(super) fn sleep(&mut self) {
        self.relay = None;
        self.lines
            .values_mut()
            .for_each(|line| line.open.values_mut().for_each(Asked::forget_unacknowledged));
    }

    /// The object dies: sockets close, and what was asked may still be done, but answers go nowhere.
    pub(super) fn crash(&mut self) {
        self.relay = None;
        self.is_suspended = false;
        self.answers.clear();
        let appends = self.asked.drain(..).filter_map(|question| match question {
            Effect::Append(append) => Some(append),
            _ => None,
        });
        self.orphans.extend(appends);
        self.closed.extend(std::mem::take(&mut self.lines));
    }

    /// The store comes to one of its questions.
    pub(super) fn execute(&mut self, index: usize, fate: Fate) {
        let question = self.asked.swap_remove(index);
        let database = &mut self.database;
        database.refuses = (fate == Fate::Refused).then(|| "because".to_owned());
        let answer = match question {
            Effect::Open => Input::StoreOpened(given(fate, || Opened {
                backend_id: BACKEND.to_owned(),
                head: database.head(),
            })),
            Effect::Read { pull, after, extent } => {
                Input::PagesRead(pull, given(fate, || database.pages(after, extent)))
            }
            Effect::Append(append) => Input::Appended(given(fate, || database.append(&append))),
            Effect::Compare(compare) => Input::Compared(given(fate, || database.holds(&compare))),
            other => panic!("{other:?} asks nothing"),
        };
        self.answers.push(answer);
    }

    pub(super) fn deliver(&mut self, index: usize) {
        let answer = self.answers.swap_remove(index);
        self.happens(answer);
    }

    /// A statement of an object that died arrives at last.
    pub(super) fn arrive(&mut self, index: usize) -> Appended {
        let orphan = self.orphans.swap_remove(index);
        self.database.refuses = None;
        self.has_rivals = true;
        self.database.append(&orphan)
    }

    /// What holds between any two events.
    fn check(&self) {
        let Some(relay) = &self.relay else { return };
        if let Store::Open(Opened { head, .. }) = &relay.store {
            assert!(
                *head <= self.database.head(),
                "the head is {head}, and {} are stored",
                self.database.head()
            );
        }
        // One more than may wait is judged again.
        assert!(relay.waiting.len() <= self.limits.waiting_requests + 1, "{} wait", relay.waiting.len());
        let stalled = self.lines.values().filter(|line| line.is_http && line.is_full(&self.limits)).count();
        assert!(stalled <= self.limits.stalled_answers, "{stalled} answers are held");
        let is_write =
            |question: &Effect| matches!(question, Effect::Append(_) | Effect::Compare(_) | Effect::Open);
        assert!(
            !(self.is_suspended && self.asked.iter().any(is_write)),
            "{:?} beside an operator",
            self.asked
        );
        if !self.is_suspended && self.asked.is_empty() && self.answers.is_empty() {
            for (id, line) in &self.lines {
                for (request, asked) in &line.open {
                    assert!(
                        asked.waits_for_client(&self.limits),
                        "{request} on {id} waits for nothing: {asked:?}"
                    );
                }
            }
        }
        for line in self.lines.values().filter(|line| !line.is_http) {
            check_attachment(line);
        }
    }
}

fn given<T>(fate: Fate, answer: impl FnOnce() -> T) -> Result<T, Failed> {
    match fate {
        Fate::Answered | Fate::Refused => Ok(answer()),
        Fate::AnswerLost => {
            answer();
            Err(Failed)
        }
        Fate::NotDone => Err(Failed),
    }
}
