//! What a scenario may do to a relay, whoever made it.

use std::path::Path;

use crate::database;

/// A relay that runs alone in a workerd of its own.
pub trait Relay {
    /// `host:port`.
    fn address(&self) -> &str;

    /// The folder of its databases and objects.
    fn state(&self) -> &Path;

    /// Kills it and all its processes at once, as a power cut would.
    fn kill(&mut self);

    /// Starts it again, on the state and at the address that it had.
    ///
    /// # Panics
    /// If it does not come up.
    fn restart(&mut self) -> impl Future<Output = ()>;

    /// How many Durable Objects are in memory: as long as one is, its own SQLite file is open and has a
    /// write-ahead log.
    ///
    /// # Errors
    /// If the state folder cannot be read.
    fn objects_in_memory(&self) -> Result<usize, String> {
        database::objects_in_memory(self.state())
    }
}
