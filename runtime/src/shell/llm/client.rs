//! The client's side of a streamed answer: pieces go to it as they come, comments while it waits, and what failed at last.

use std::pin::pin;
use std::time::Duration;

use super::upstream::{Opened, as_millis, within};
use super::{Answer, Call, unanswered};
use crate::llm::error::Failure;
use crate::llm::ledger::Outcome;
use crate::llm::stream::{End, KEEP_ALIVE};
use crate::llm::upstream::KEEP_ALIVE as KEEP_ALIVE_AFTER;
use crate::reply::Reply;
use crate::shell::pipe::{Gone, Sink, pipe};
use crate::shell::{self, millis};

/// How long a client may take for the last that it is told.
const GRACE: Duration = Duration::from_secs(5);

/// Why an answer has not got to the client's side.
enum Unsaid {
    /// The client has gone; nobody is there to be told.
    Gone,
    /// It takes nothing, and the time is over.
    Untaken(Failure),
    /// There is none, or not all of it.
    Failed(Failure),
}

impl Call {
    /// The answer piece by piece. Its status is sent once its first piece has come.
    pub(super) async fn stream(&mut self, answer: Answer) -> Outcome {
        let opened = match self.attempts(Self::open).await {
            Ok(opened) => opened,
            Err(failure) => {
                let _ = answer.send(Err(self.told(&failure)));
                return self.outcome(&failure);
            }
        };
        let reply = Reply::empty(200)
            .with("content-type", "text/event-stream; charset=utf-8")
            .with("cache-control", "no-store");
        let (sink, body) = pipe();
        let response = shell::response(&reply).map(|it| it.body(body));
        let _ = answer.send(response.map_err(unanswered));
        self.pass_on(opened, sink).await
    }

    /// Passes answers on until one is whole, or none is to be had.
    async fn pass_on(&mut self, mut opened: Opened, sink: Sink) -> Outcome {
        loop {
            let passed = self.pass(&mut opened, &sink).await;
            self.count(opened.stream.usage(), opened.stream.bytes());
            self.taken.borrow_mut().tool_calls += opened.stream.tool_calls();
            let unsaid = match (passed, opened.stream.end()) {
                (Err(unsaid), _) => unsaid,
                (Ok(()), None | Some(End::Whole)) => {
                    return if sink.close().await.is_ok() { Outcome::Answered } else { Outcome::ClientGone };
                }
                (Ok(()), Some(End::Failed(failure))) => Unsaid::Failed(failure.clone()),
                (Ok(()), Some(End::Invalid(invalid))) if opened.stream.has_spoken() => {
                    Unsaid::Failed(invalid.failure())
                }
                (Ok(()), Some(End::Invalid(invalid))) => match self.repair(invalid) {
                    Ok(()) => match self.open_again(&sink).await {
                        Ok(again) => {
                            opened = again;
                            continue;
                        }
                        Err(unsaid) => unsaid,
                    },
                    Err(failure) => Unsaid::Failed(failure),
                },
            };
            return self.end(sink, unsaid).await;
        }
    }

    /// Passes one answer on until it ends in whatever way.
    async fn pass(&self, opened: &mut Opened, sink: &Sink) -> std::result::Result<(), Unsaid> {
        loop {
            let out = std::mem::take(&mut opened.out);
            let before = millis();
            self.say(sink, &out).await?;
            if !out.is_empty() {
                opened.said = millis();
                opened.heard += opened.said - before; // while the client took its time, nobody listened
                if opened.stream.has_spoken() || opened.stream.tool_calls() > 0 {
                    self.taken.borrow_mut().first_token.get_or_insert(opened.said - self.began);
                }
            }
            if opened.stream.end().is_some() {
                return Ok(());
            }
            self.next(opened).await.map_err(Unsaid::Failed)?;
        }
    }

    /// Ends with a client that has not got an answer.
    async fn end(&self, sink: Sink, unsaid: Unsaid) -> Outcome {
        let failure = match unsaid {
            Unsaid::Gone => return Outcome::ClientGone,
            // The upstream service is not to be paid for a client that takes nothing.
            Unsaid::Untaken(failure) => {
                let error = self.told(&failure);
                within(GRACE, sink.abort(error.code)).await;
                failure
            }
            Unsaid::Failed(failure) => {
                self.told(&failure);
                let last = async {
                    sink.write(&failure.frames(self.trace.id())).await.is_ok() && sink.close().await.is_ok()
                };
                within(GRACE, last).await;
                failure
            }
        };
        self.outcome(&failure)
    }

    /// Gives the client a piece, if it takes it before the end of the whole call.
    async fn say(&self, sink: &Sink, piece: &str) -> std::result::Result<(), Unsaid> {
        if piece.is_empty() {
            return Ok(());
        }
        let written = self.until(self.deadline, sink.write(piece)).await.map_err(Unsaid::Untaken)?;
        written.map_err(|Gone| Unsaid::Gone)
    }

    /// Another answer, while comments keep the client.
    async fn open_again(&self, sink: &Sink) -> std::result::Result<Opened, Unsaid> {
        let mut opening = pin!(self.attempts(Self::open));
        loop {
            match within(KEEP_ALIVE_AFTER, &mut opening).await {
                Some(opened) => return opened.map_err(Unsaid::Failed),
                None => self.say(sink, KEEP_ALIVE).await?,
            }
        }
    }

    /// Waits for the next piece of an answer; a comment goes to the client if that takes long.
    async fn next(&self, opened: &mut Opened) -> std::result::Result<(), Failure> {
        let silent = opened.heard + as_millis(self.patience.idle);
        let comment = opened.said + as_millis(KEEP_ALIVE_AFTER);
        match self.piece(&mut opened.body, comment.min(silent)).await {
            Ok(Some(bytes)) => {
                opened.heard = millis();
                opened.out = opened.stream.feed(&bytes);
                // Fragments of calls are held, and comments of the upstream service kept.
                if opened.out.is_empty() && opened.heard >= comment {
                    KEEP_ALIVE.clone_into(&mut opened.out);
                }
            }
            Ok(None) => opened.out = opened.stream.close(),
            // The client has it all.
            Err(_) if opened.stream.has_finished() => opened.out = opened.stream.close(),
            Err(Failure::Silent) if millis() < silent => opened.out = KEEP_ALIVE.to_owned(),
            Err(failure) => return Err(failure),
        }
        Ok(())
    }
}
