//! The client's side of a streamed answer: pieces go to it as they come, comments while it waits, and what failed at last.

use std::pin::pin;
use std::time::Duration;

use worker::{Context, Response};

use super::upstream::{Opened, as_millis, within};
use super::{Call, unanswered};
use crate::llm::error::{ApiError, Failure};
use crate::llm::stream::{End, KEEP_ALIVE};
use crate::llm::upstream::KEEP_ALIVE as KEEP_ALIVE_AFTER;
use crate::reply::Reply;
use crate::shell::pipe::{Gone, Sink, pipe};
use crate::shell::{self, millis};

/// How long a client may take for the last that it is told.
const GRACE: Duration = Duration::from_secs(5);

/// Why the client has not taken a piece.
enum Unsaid {
    /// It has gone; nobody is there to be told.
    Gone,
    /// There is none, or the time is over.
    Failed(Failure),
}

impl Call {
    /// The answer piece by piece. Its status is sent once its first piece has come.
    pub(super) async fn stream(self, context: &Context) -> std::result::Result<Response, ApiError> {
        let opened = self.attempts(Self::open).await.map_err(|failure| self.told(&failure))?;
        let reply = Reply::empty(200)
            .with("content-type", "text/event-stream; charset=utf-8")
            .with("cache-control", "no-store");
        let builder = shell::response(&reply).map_err(unanswered)?;
        let (sink, body) = pipe();
        context.wait_until(self.pass_on(opened, sink));
        Ok(builder.body(body))
    }

    async fn pass_on(mut self, mut opened: Opened, sink: Sink) {
        loop {
            let out = std::mem::take(&mut opened.out);
            let before = millis();
            match self.say(&sink, &out).await {
                Ok(()) => {}
                Err(Unsaid::Gone) => return,
                // The upstream service is not to be paid for a client that takes nothing.
                Err(Unsaid::Failed(failure)) => return self.abandon(sink, &failure).await,
            }
            if !out.is_empty() {
                opened.said = millis();
                opened.heard += opened.said - before; // while the client took its time, nobody listened
            }
            let failure = match opened.stream.end() {
                None => match self.next(&mut opened).await {
                    Ok(()) => continue,
                    Err(failure) => failure,
                },
                Some(End::Whole) => return drop(sink.close().await),
                Some(End::Failed(failure)) => failure.clone(),
                Some(End::Invalid(invalid)) if opened.stream.has_spoken() => invalid.failure(),
                Some(End::Invalid(invalid)) => match self.repair(invalid) {
                    Ok(()) => match self.open_again(&sink).await {
                        Ok(again) => {
                            opened = again;
                            continue;
                        }
                        Err(Unsaid::Gone) => return,
                        Err(Unsaid::Failed(failure)) => failure,
                    },
                    Err(failure) => failure,
                },
            };
            self.told(&failure);
            let last = async {
                sink.write(&failure.frames(self.trace.id())).await.is_ok() && sink.close().await.is_ok()
            };
            within(GRACE, last).await;
            return;
        }
    }

    /// Gives the client a piece, if it takes it before the end of the whole call.
    async fn say(&self, sink: &Sink, piece: &str) -> std::result::Result<(), Unsaid> {
        if piece.is_empty() {
            return Ok(());
        }
        let written = self.until(self.deadline, sink.write(piece)).await.map_err(Unsaid::Failed)?;
        written.map_err(|Gone| Unsaid::Gone)
    }

    /// Ends with a client that has not taken all.
    async fn abandon(&self, sink: Sink, failure: &Failure) {
        let error = self.told(failure);
        within(GRACE, sink.abort(error.code)).await;
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
