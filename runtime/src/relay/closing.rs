//! Why clients are cut off, as the relay knows and as they are told.

/// Why the relay closes a socket. The code is always [`Closing::CODE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// The store cannot be reached, or what became of a push is unknown.
    StoreFailed,
    /// Too many requests wait already.
    Busy,
    /// The socket's attachment makes no sense.
    Forgotten,
    /// The client sent more messages than it may.
    TooFast,
    /// What the client may do was granted until now.
    Expired,
    /// The store is being replaced.
    Suspended,
}

impl Closing {
    /// Internal error: the stock client connects again and pulls from its cursor.
    pub const CODE: u16 = 1011;

    /// The reason in words.
    pub fn reason(self) -> &'static str {
        match self {
            Self::StoreFailed => "the store did not answer; connect again",
            Self::Busy => "too many requests are waiting; connect again later",
            Self::TooFast => "too many messages in a short time; connect again later",
            Self::Expired => "the token has expired; connect again with a new one",
            Self::Suspended => "the store is being replaced; connect again",
            Self::Forgotten => "the relay lost this connection's state; connect again",
        }
    }
}
