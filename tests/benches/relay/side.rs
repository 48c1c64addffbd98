//! A relay that is measured.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use generator::process::Group;
use tests::peers::{Peer, Storage};
use tests::project::OBJECT;
use tests::world::World;
use tokio::time::timeout;

use crate::client::Client;
use tests::process::Process;

/// Whose relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relay {
    /// The release worker, from the generated configuration; that of a spec of the tests for the other storage.
    Ours,
    /// The floor.
    Bare,
    /// LiveStore's.
    Official,
}

/// What there is, in the order of the report.
pub(crate) const ALL: [(Relay, Storage); 6] = [
    (Relay::Ours, Storage::D1),
    (Relay::Bare, Storage::D1),
    (Relay::Official, Storage::D1),
    (Relay::Ours, Storage::DurableObject),
    (Relay::Bare, Storage::DurableObject),
    (Relay::Official, Storage::DurableObject),
];

/// How long the right port may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// A relay that runs.
pub(crate) struct Side {
    pub(crate) relay: Relay,
    pub(crate) storage: Storage,
    /// `host:port` of the worker itself.
    pub(crate) address: String,
    /// The process that does its work, its database's too.
    pub(crate) process: Process,
    /// Stores that were filled, by how many events they hold; `None` if that took too long.
    pub(crate) filled: Vec<(u64, Option<String>)>,
    stores: u64,
    _running: Running,
}

enum Running {
    World(World),
    Peer(Peer),
}

/// As it is shown and asked for: `ours d1`.
pub(crate) fn name(relay: Relay, storage: Storage) -> String {
    let storage = match storage {
        Storage::D1 => "d1",
        Storage::DurableObject => "do",
    };
    format!("{relay} {storage}")
}

impl Side {
    pub(crate) async fn start(relay: Relay, storage: Storage) -> Result<Self, Box<dyn Error>> {
        let running = match relay {
            Relay::Ours => Running::World(match storage {
                Storage::D1 => World::start().await,
                Storage::DurableObject => World::start_of(OBJECT).await,
            }),
            Relay::Bare => Running::Peer(Peer::bare(storage).await),
            Relay::Official => Running::Peer(Peer::official(storage).await),
        };
        let (address, process) = running.worker().await?;
        Ok(Self { relay, storage, address, process, filled: Vec::new(), stores: 0, _running: running })
    }

    pub(crate) fn name(&self) -> String {
        name(self.relay, self.storage)
    }

    /// A store that nobody has used.
    pub(crate) fn new_store(&mut self) -> String {
        self.stores += 1;
        format!("store-{}", self.stores)
    }
}

impl Running {
    fn group(&self) -> Group {
        match self {
            Self::World(world) => world.group(),
            Self::Peer(peer) => peer.group(),
        }
    }

    fn address(&self) -> &str {
        match self {
            Self::World(world) => world.address(),
            Self::Peer(peer) => peer.address(),
        }
    }

    /// The workerd that runs the worker, and its address. `wrangler dev` puts another workerd before it, as a proxy that
    /// a deployment does not have, and tells neither.
    async fn worker(&self) -> Result<(String, Process), Box<dyn Error>> {
        let public = self.address();
        for process in Process::workerds(self.group().id())? {
            for port in process.ports()? {
                let address = format!("127.0.0.1:{port}");
                // Its other ports speak other protocols, and leave some requests unanswered.
                let pulled = timeout(PATIENCE, Client::backend_id(&address, "probe")).await;
                if address != public && matches!(pulled, Ok(Ok(_))) {
                    return Ok((address, process));
                }
            }
        }
        Err("no workerd answers as the worker does".into())
    }
}

impl fmt::Display for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ours => "ours",
            Self::Bare => "bare",
            Self::Official => "official",
        })
    }
}
