//! A worker that runs: workerd under `wrangler dev`, from the generated configuration, on a free loopback
//! port, with a database of its own.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use generator::process::Group;
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::database::{self, Row};
use crate::project::{self, Spec};
use crate::relay::Relay;
use crate::server::{self, Server};
use crate::trap;

/// A worker and its state. Dropping it ends its processes, and shows what wrangler printed if the test failed.
pub struct World {
    /// Wrangler's.
    configuration: PathBuf,
    port: u16,
    address: String,
    state: TempDir,
    values: Values,
    server: Server,
}

/// A [`World`] that several tests use at once.
pub struct Shared(Arc<World>);

/// What is wrong with a worker.
enum Weakness {
    None,
    Traps,
}

/// What a worker has in its environment beside what its spec says.
#[derive(Debug, Clone, Default)]
pub struct Values {
    /// Its secrets: a line `NAME="value"` each.
    pub secrets: String,
    /// Variables with other values than the spec's.
    pub vars: Vec<(&'static str, String)>,
}

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is a folder of the workspace")
}

impl World {
    /// The worker that the tests of this process share; it runs while any of them holds it.
    ///
    /// # Panics
    /// As [`World::start`]; a worker that did not come up is not started again for every test.
    pub async fn shared() -> Shared {
        static SHARED: Mutex<Result<Weak<World>, String>> = Mutex::const_new(Ok(Weak::new()));
        let mut shared = SHARED.lock().await;
        let running = shared.as_ref().unwrap_or_else(|reason| panic!("{reason}")).upgrade();
        if let Some(world) = running {
            return Shared(world);
        }
        match Self::try_start(None, Values::default(), Weakness::None).await {
            Ok(world) => {
                let world = Arc::new(world);
                *shared = Ok(Arc::downgrade(&world));
                Shared(world)
            }
            Err(reason) => {
                *shared = Err("the shared worker did not start: see the first test that failed".to_owned());
                panic!("{reason}");
            }
        }
    }

    /// Starts a worker with an empty database and waits until it is healthy.
    ///
    /// # Panics
    /// If anything that it needs cannot be prepared, or it does not come up.
    pub async fn start() -> Self {
        Self::try_start(None, Values::default(), Weakness::None)
            .await
            .unwrap_or_else(|reason| panic!("{reason}"))
    }

    /// As [`World::start`]; the WebAssembly breaks down as `tests/clients/trapping-worker.js` says.
    ///
    /// # Panics
    /// As [`World::start`].
    pub async fn start_trapping() -> Self {
        Self::try_start(None, Values::default(), Weakness::Traps)
            .await
            .unwrap_or_else(|reason| panic!("{reason}"))
    }

    /// As [`World::start`], of another spec than the repository's.
    ///
    /// # Panics
    /// As [`World::start`].
    pub async fn start_of(spec: Spec) -> Self {
        Self::start_with(spec, Values::default()).await
    }

    /// As [`World::start_of`], with values of its environment.
    ///
    /// # Panics
    /// As [`World::start`].
    pub async fn start_with(spec: Spec, values: Values) -> Self {
        Self::try_start(Some(spec), values, Weakness::None).await.unwrap_or_else(|reason| panic!("{reason}"))
    }

    /// As [`World::start`], with values of its environment.
    ///
    /// # Panics
    /// As [`World::start`].
    pub async fn start_app(values: Values) -> Self {
        Self::try_start(None, values, Weakness::None).await.unwrap_or_else(|reason| panic!("{reason}"))
    }

    async fn try_start(spec: Option<Spec>, values: Values, weakness: Weakness) -> Result<Self, String> {
        // Blocks for minutes on a new machine, so not on a thread of the runtime.
        let built = tokio::task::spawn_blocking(move || project::built(spec)).await;
        let project = built.map_err(|error| format!("cannot prepare: {error}"))??;
        let state =
            TempDir::new().map_err(|error| format!("cannot create a folder for the state: {error}"))?;
        let port = server::free_port()?;
        server::migrate(&project, state.path())?;
        let configuration = match weakness {
            Weakness::None => project.configuration(),
            Weakness::Traps => trap::configuration(&project, state.path())?,
        };
        let server = Server::start(&configuration, port, state.path(), &values)?;
        let world = Self { configuration, port, address: format!("127.0.0.1:{port}"), state, values, server };
        world.healthy().await?;
        Ok(world)
    }

    /// Kills the worker and all its processes at once, as a power cut would.
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// Starts the worker again, on the state and at the address that it had.
    ///
    /// # Panics
    /// If it does not come up.
    pub async fn restart(&mut self) {
        let restarted = Server::start(&self.configuration, self.port, self.state.path(), &self.values);
        self.server = restarted.unwrap_or_else(|reason| panic!("{reason}"));
        self.healthy().await.unwrap_or_else(|reason| panic!("{reason}"));
    }

    async fn healthy(&self) -> Result<(), String> {
        self.server.serves(&self.url("/health"), |status| status.is_success()).await
    }

    /// The process group of wrangler and all that it started.
    pub fn group(&self) -> Group {
        self.server.group()
    }

    /// All that the worker has printed.
    pub fn log(&self) -> String {
        self.server.lines().join("\n")
    }

    /// `host:port` of the worker.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The URL of a path that starts with `/`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The stored events of a store, in order, read from the database's file.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn events(&self, store_id: &str) -> Result<Vec<Row>, String> {
        database::events(self.state.path(), store_id)
    }

    /// The relay's database, to be changed behind the worker's back.
    ///
    /// # Panics
    /// If it cannot be opened.
    pub fn database(&self) -> Connection {
        database::open(self.state.path()).unwrap_or_else(|reason| panic!("{reason}"))
    }

    /// The D1 database that holds `table`, to be read or changed behind the worker's back.
    ///
    /// # Panics
    /// If it cannot be found or opened.
    pub fn database_with(&self, table: &str) -> Connection {
        let file = database::holding(self.state.path(), &[table]);
        file.and_then(|file| database::writable(&file)).unwrap_or_else(|reason| panic!("{reason}"))
    }

    /// The database of the only object that there is, to be changed while the worker is dead.
    ///
    /// # Panics
    /// If it cannot be opened.
    pub fn object(&self) -> Connection {
        database::object(self.state.path()).unwrap_or_else(|reason| panic!("{reason}"))
    }

    /// How many Durable Objects are in memory: as long as one is, its own SQLite file is open and has a
    /// write-ahead log.
    ///
    /// # Errors
    /// If the state folder cannot be read.
    pub fn objects_in_memory(&self) -> Result<usize, String> {
        database::objects_in_memory(self.state.path())
    }
}

impl Relay for World {
    fn address(&self) -> &str {
        self.address()
    }

    fn state(&self) -> &Path {
        self.state.path()
    }

    fn kill(&mut self) {
        self.kill();
    }

    async fn restart(&mut self) {
        self.restart().await;
    }
}

impl Deref for Shared {
    type Target = World;

    fn deref(&self) -> &World {
        &self.0
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.server.show_log_of_failure();
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.show_log_of_failure();
    }
}
