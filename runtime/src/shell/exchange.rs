//! One HTTP request to the relay: its body in, the frames of its answer out.
//!
//! An answer of up to about a megabyte goes out whole, so that what fails before its end is told by a status. A longer
//! one is streamed: the relay goes on as the client takes what there is, and a failure breaks the body off.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use worker::{Request, Response, Result};

use super::object::Object;
use super::pipe::{Gone, Sink, pipe};
use super::platform;
use crate::error::Error;
use crate::protocol::encode::Array;
use crate::relay::{Closing, Input, SocketId};
use crate::reply::Reply;

/// Answers longer than this are streamed.
const AT_ONCE: usize = 1 << 20;

/// What the relay makes of a request.
pub(super) enum Part {
    Frame(Rc<str>),
    End,
    Failed(Closing),
}

/// What the client has not taken of its answer.
#[derive(Default)]
pub(super) struct Parts {
    queue: RefCell<VecDeque<Part>>,
    waker: RefCell<Option<Waker>>,
}

impl Parts {
    pub(super) fn push(&self, part: Part) {
        let mut queue = self.queue.borrow_mut();
        if let Part::Failed(_) = part {
            queue.clear(); // its client may have gone unnoticed
        }
        queue.push_back(part);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    async fn next(&self) -> Part {
        poll_fn(|context| match self.queue.borrow_mut().pop_front() {
            Some(part) => Poll::Ready(part),
            None => {
                self.waker.replace(Some(context.waker().clone()));
                Poll::Pending
            }
        })
        .await
    }

    /// Waits until the relay gives the answer up.
    async fn failed(&self) -> Closing {
        poll_fn(|context| match self.queue.borrow().front() {
            Some(Part::Failed(why)) => Poll::Ready(*why),
            _ => {
                self.waker.replace(Some(context.waker().clone()));
                Poll::Pending
            }
        })
        .await
    }
}

/// A request that the relay is answering.
pub(super) struct Exchange {
    pub(super) id: SocketId,
    object: Rc<Object>,
    parts: Rc<Parts>,
    array: Array,
    over: bool,
}

impl Exchange {
    pub(super) fn new(object: Rc<Object>, id: SocketId, parts: Rc<Parts>) -> Self {
        Self { id, object, parts, array: Array::default(), over: false }
    }

    /// The answer, once it is whole or long enough to be streamed.
    pub(super) async fn response(mut self, headers: Vec<(&'static str, String)>) -> Result<Response, Error> {
        let mut reply = Reply::empty(200).with("content-type", "application/json").with_all(headers);
        while reply.body.len() < AT_ONCE {
            match self.next().await {
                Some(Ok(piece)) => reply.body.push_str(&piece),
                Some(Err(why)) => return Err(Error::Unanswered(why)),
                None => return super::respond(&reply).map_err(platform),
            }
        }
        let (sink, body) = pipe();
        let response = super::response(&reply).map_err(platform)?.body(body);
        let object = Rc::clone(&self.object);
        object.wait_until(self.stream(reply.body, sink));
        Ok(response)
    }

    /// Gives the client the rest as it takes it, and tells the relay if it has gone.
    async fn stream(mut self, mut piece: String, sink: Sink) {
        loop {
            // A client that takes nothing would keep what it is to take in memory, given up or not.
            let written = match select(pin!(sink.write(&piece)), pin!(self.parts.failed())).await {
                Either::Left((written, _)) => Ok(written),
                Either::Right((why, _)) => Err(why),
            };
            match written {
                Ok(Ok(())) => {}
                Ok(Err(Gone)) => break,
                Err(why) => return drop(sink.abort(why.reason()).await),
            }
            piece = match self.next().await {
                Some(Ok(next)) => next,
                // Neither matters to a client that has gone.
                Some(Err(why)) => return drop(sink.abort(why.reason()).await),
                None => return drop(sink.close().await),
            };
        }
        if !self.over {
            self.object.run(VecDeque::from([Input::SocketClosed(self.id)])).await;
        }
    }

    /// The next piece of the body; None after the last.
    async fn next(&mut self) -> Option<Result<String, Closing>> {
        if self.over {
            return None;
        }
        let part = self.parts.next().await;
        self.over = !matches!(part, Part::Frame(_));
        Some(match part {
            Part::Frame(frame) => {
                self.object.start([Input::Taken(self.id)]);
                Ok(self.array.frame(&frame))
            }
            Part::End => Ok(self.array.end().to_owned()),
            Part::Failed(why) => Err(why),
        })
    }
}

/// As [`Bodies::text`], where no other body is in memory.
pub(super) async fn text(request: &mut Request, limit: usize) -> Result<String, Error> {
    Bodies::default().text(request, limit).await
}

/// The bodies that are being read at a time.
#[derive(Default)]
pub(super) struct Bodies {
    /// The bytes of all that is there of them.
    held: Cell<usize>,
}

/// One of them, until it is dropped.
struct Body<'a> {
    all: &'a Bodies,
    bytes: Vec<u8>,
    counted: usize,
}

impl Body<'_> {
    fn add(&mut self, piece: &[u8]) {
        self.bytes.extend_from_slice(piece);
        self.counted += piece.len();
        self.all.held.set(self.all.held.get() + piece.len());
    }

    fn forget(&mut self) {
        self.bytes = Vec::new();
        self.all.held.set(self.all.held.get() - std::mem::take(&mut self.counted));
    }
}

impl Drop for Body<'_> {
    fn drop(&mut self) {
        self.forget();
    }
}

impl Bodies {
    /// Most bytes of all together: clients that never end theirs would else use the memory up.
    const MOST: usize = 32 << 20;

    /// A request's body as text. One of more than `limit` bytes is refused, and never in memory as a whole: its rest is
    /// read and dropped, since a client hears no answer while it still sends. So is one for which there is no room.
    pub(super) async fn text(&self, request: &mut Request, limit: usize) -> Result<String, Error> {
        let mut body = Body { all: self, bytes: Vec::new(), counted: 0 };
        let mut refused = None;
        // Without a body there is no stream.
        if let Ok(mut pieces) = request.stream() {
            while let Some(piece) = pieces.next().await {
                let piece = piece.map_err(platform)?;
                if refused.is_some() {
                    continue;
                }
                body.add(&piece);
                if body.counted > limit {
                    refused = Some(Error::BodyTooLong(limit));
                } else if self.held.get() > Self::MOST {
                    refused = Some(Error::Unanswered(Closing::Busy));
                }
                if refused.is_some() {
                    body.forget();
                }
            }
        }
        match refused {
            Some(error) => Err(error),
            None => Ok(String::from_utf8(std::mem::take(&mut body.bytes))
                .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())),
        }
    }
}
