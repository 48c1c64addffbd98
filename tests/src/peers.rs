//! Workers that are not ours, each alone in a workerd of its own as [`World`](crate::world::World) is: the relay that
//! LiveStore publishes, to be compared with, and the floors below any relay and any proxy.

use std::path::{Path, PathBuf};

use generator::process::Group;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::relay::Relay;
use crate::server::{self, Server};
use crate::world::Values;
use crate::world::root;

/// Where a relay keeps events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// A D1 database.
    D1,
    /// The SQLite of the store's object.
    DurableObject,
}

/// A worker that runs, with empty storage. Dropping it ends its processes.
pub struct Peer {
    port: u16,
    address: String,
    state: TempDir,
    server: Server,
}

/// What a worker is made of.
struct Worker {
    /// Relative to the project.
    main: &'static str,
    binding: &'static str,
    class: &'static str,
}

impl Peer {
    /// The worker that LiveStore publishes, `@livestore/sync-cf` of the version that `package-lock.json` pins.
    ///
    /// # Panics
    /// If it does not come up.
    pub async fn official(storage: Storage) -> Self {
        let worker =
            Worker { main: "tests/clients/official-worker.js", binding: "OFFICIAL", class: "Official" };
        Self::start(&worker, storage).await
    }

    /// The least that can hold up a conversation that meets nothing unexpected.
    ///
    /// # Panics
    /// If it does not come up.
    pub async fn bare(storage: Storage) -> Self {
        let worker = Worker { main: "tests/bench/bare-object.js", binding: "LIMIT", class: "Limit" };
        Self::start(&worker, storage).await
    }

    /// The least that passes an answer of `upstream`, a URL, on.
    ///
    /// # Panics
    /// If it does not come up.
    pub async fn bare_proxy(upstream: &str) -> Self {
        Self::run(json!({
            "name": "proxy",
            "main": root().join("tests/bench/bare-proxy.js"),
            "compatibility_date": "2026-04-01",
            "vars": { "UPSTREAM": upstream },
        }))
        .await
    }

    async fn start(worker: &Worker, storage: Storage) -> Self {
        Self::run(worker.configuration(root(), storage)).await
    }

    /// Runs what wrangler's configuration says.
    async fn run(configuration: Value) -> Self {
        Self::try_run(&configuration)
            .await
            .unwrap_or_else(|reason| panic!("{} does not come up: {reason}", configuration["main"]))
    }

    async fn try_run(worker: &Value) -> Result<Self, String> {
        let packages = tokio::task::spawn_blocking(server::packages).await;
        packages.map_err(|error| format!("cannot install packages: {error}"))??;
        let state =
            TempDir::new().map_err(|error| format!("cannot create a folder for the state: {error}"))?;
        let configuration = configuration(state.path());
        std::fs::write(&configuration, worker.to_string())
            .map_err(|error| format!("cannot write {}: {error}", configuration.display()))?;
        let port = server::free_port()?;
        let server = Server::start(&configuration, port, state.path(), &Values::default())?;
        let peer = Self { port, address: format!("127.0.0.1:{port}"), state, server };
        peer.serves().await?;
        Ok(peer)
    }

    async fn serves(&self) -> Result<(), String> {
        // Neither has a page that says that it is well, and both refuse what is no socket, as they should.
        self.server.serves(&format!("http://{}/", self.address), |_| true).await
    }

    /// `host:port` of the relay, which answers on every path.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The process group of wrangler and all that it started.
    pub fn group(&self) -> Group {
        self.server.group()
    }
}

impl Relay for Peer {
    fn address(&self) -> &str {
        &self.address
    }

    fn state(&self) -> &Path {
        self.state.path()
    }

    fn kill(&mut self) {
        self.server.kill();
    }

    async fn restart(&mut self) {
        let state = self.state.path();
        let restarted = Server::start(&configuration(state), self.port, state, &Values::default());
        self.server = restarted.unwrap_or_else(|reason| panic!("{reason}"));
        self.serves().await.unwrap_or_else(|reason| panic!("{reason}"));
    }
}

/// Where wrangler's configuration is, beside the state.
fn configuration(state: &Path) -> PathBuf {
    state.join("wrangler.json")
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.server.show_log_of_failure();
    }
}

impl Worker {
    /// What wrangler needs to know, with `project` for the folder of `main`.
    fn configuration(&self, project: &Path, storage: Storage) -> Value {
        json!({
            "name": self.class.to_lowercase(),
            "main": project.join(self.main),
            "compatibility_date": "2026-04-01",
            "durable_objects": { "bindings": [{ "name": self.binding, "class_name": self.class }] },
            "migrations": [{ "tag": "v1", "new_sqlite_classes": [self.class] }],
            "d1_databases": [{ "binding": "DB", "database_name": self.class.to_lowercase() }],
            "vars": { "STORE": match storage { Storage::D1 => "d1", Storage::DurableObject => "do" } },
        })
    }
}
