//! One HTTP request to the relay: its body in, the frames of its answer out.
//!
//! An answer of up to about a megabyte goes out whole, so that what fails before its end is told by a status. A longer
//! one is streamed: the relay goes on as the client takes what there is, and a failure breaks the body off.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use futures_util::StreamExt;
use worker::{Request, Response, Result};

use super::object::Object;
use super::pipe::{Sink, pipe};
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
        while sink.write(&piece).await.is_ok() {
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

/// A request's body as text. One of more than `limit` bytes is refused, and never in memory as a whole: its rest is read
/// and dropped, since a client hears no answer while it still sends.
pub(super) async fn text(request: &mut Request, limit: usize) -> Result<String, Error> {
    let mut bytes = Vec::new();
    let mut fits = true;
    // Without a body there is no stream.
    if let Ok(mut body) = request.stream() {
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(platform)?;
            fits &= bytes.len() + piece.len() <= limit;
            match fits {
                true => bytes.extend_from_slice(&piece),
                false => bytes = Vec::new(),
            }
        }
    }
    if !fits {
        return Err(Error::BodyTooLong(limit));
    }
    Ok(String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}
