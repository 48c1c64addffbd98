//! What bounds the memory of one object (128 MB) and the use of its one thread, so that no client can use them up.

/// Bounds on what one object holds.
#[derive(Debug, Clone)]
pub struct Limits {
    /// A pull with this many bytes unacknowledged is sent no further chunk, so at most one chunk more is under way.
    pub unacknowledged_bytes: usize,
    /// Most reads from the store at a time; each brings up to what a pull may have unacknowledged, and a chunk more.
    pub reads: usize,
    /// Most chunks of one read.
    pub read_pages: usize,
    /// Most requests that wait: for the store to open, or for the pushes before them.
    pub waiting_requests: usize,
    /// A socket whose request would make the waiting ones longer than this is closed.
    pub waiting_bytes: usize,
    /// Most answers over HTTP that are long and wait for their clients. Whether these are still there is not known: not
    /// every hang-up is reported.
    pub stalled_answers: usize,
    /// The longest frame or body that may hold a push.
    pub frame_bytes: usize,
    /// Most events of a push.
    pub push_events: usize,
    /// Most sockets at a time.
    pub connections: usize,
    /// Most messages of a socket in a second, but for acknowledgements of chunks.
    pub messages_per_second: u32,
    /// The longest attachment. The platform takes 16,384 bytes and may store two for each of text.
    pub attachment_bytes: usize,
}

impl Limits {
    /// Whether a store with so many sockets takes no other.
    pub fn is_full(&self, connections: usize) -> bool {
        connections >= self.connections
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            unacknowledged_bytes: 1 << 20,
            reads: 6,
            read_pages: 20,
            waiting_requests: 1_024,
            waiting_bytes: 16_000_000,
            stalled_answers: 16,
            frame_bytes: glue::relay::FRAME_BYTES,
            push_events: glue::relay::PUSH_EVENTS,
            connections: glue::relay::CONNECTIONS,
            messages_per_second: glue::relay::MESSAGES_PER_SECOND,
            attachment_bytes: 8_000,
        }
    }
}
