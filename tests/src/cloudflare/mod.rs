//! A stand-in for Cloudflare's API on loopback, which the real wrangler takes for Cloudflare.
//!
//! Owns the listener, the record of calls, and what is made of a call that is to go wrong ([`fault`]). What the API
//! answers is in [`account`]: databases that are real SQLite files, workers with versions and secrets, files. It checks
//! what it gets, as Cloudflare does; what wrangler never should have sent is kept as a complaint.

mod account;
mod assets;
mod d1;
mod fault;
mod scripts;

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use account::{Account, Asked, Part, Refusal, Reply};
use fault::Faults;

pub use fault::{How, Which};

/// What the API asks for as a token.
pub const TOKEN: &str = "known-to-the-stand-in";

/// The one account.
pub const ACCOUNT: &str = "0123456789abcdef0123456789abcdef";

/// The path below which the API is.
const BASE: &str = "/client/v4";

/// The longest body that is taken.
const MAX_BODY: usize = 64 << 20;

/// A server on loopback. It ends when it is dropped.
pub struct Cloudflare {
    address: SocketAddr,
    world: Arc<Mutex<World>>,
    server: JoinHandle<()>,
}

struct World {
    account: Account,
    calls: Vec<Call>,
    faults: Faults,
}

/// A call that came, in the order in which they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The method.
    pub method: String,
    /// The path below the account, without its query: `/d1/database`.
    pub path: String,
    /// The SQL, of a question to a database.
    pub sql: Option<String>,
    /// The status of the answer; None if there was none.
    pub status: Option<u16>,
}

impl Call {
    /// Whether it changes nothing.
    pub fn only_reads(&self) -> bool {
        let sql =
            self.sql.as_ref().is_some_and(|sql| sql.trim_start().to_ascii_lowercase().starts_with("select"));
        self.method == "GET" || sql
    }
}

impl Cloudflare {
    /// Listens on a free port, with an account that has nothing.
    ///
    /// # Errors
    /// If there is none.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let account = Account::new(format!("http://{address}"))?;
        let world = Arc::new(Mutex::new(World { account, calls: Vec::new(), faults: Faults::default() }));
        let router = Router::new().fallback(serve).with_state(Arc::clone(&world));
        let server = tokio::spawn(async move {
            // It ends with the task; a failed listener shows as calls without an answer.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, world, server })
    }

    /// The variables by which wrangler comes here, and in to the account.
    pub fn environment(&self) -> Vec<(String, String)> {
        [
            ("CLOUDFLARE_API_BASE_URL", format!("http://{}{BASE}", self.address)),
            ("CLOUDFLARE_API_TOKEN", TOKEN.to_owned()),
            ("CLOUDFLARE_ACCOUNT_ID", ACCOUNT.to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    /// All calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.world().calls.clone()
    }

    /// Has a call go wrong, once. Ordinals count from the calls that have come so far: 0 is the next one.
    pub fn fail(&self, which: Which, how: How) {
        let mut world = self.world();
        let which = match which {
            Which::Nth(n) => Which::Nth(world.calls.len() + n),
            pattern @ Which::Matching { .. } => pattern,
        };
        world.faults.add(which, how);
    }

    /// Forgets what was to go wrong and has not.
    pub fn mend(&self) {
        self.world().faults = Faults::default();
    }

    /// What came that wrangler should never have sent.
    pub fn complaints(&self) -> Vec<String> {
        self.world().account.complaints.clone()
    }

    /// What a question to the database of this name yields: the first column of each row as text. None if there is no
    /// such database.
    pub fn ask(&self, database: &str, sql: &str) -> Option<Vec<String>> {
        self.world().account.databases.of_name(database).map(|it| it.ask(sql))
    }

    /// The ids of the databases of this name.
    pub fn databases(&self, name: &str) -> Vec<String> {
        self.world().account.databases.ids(name)
    }

    /// The secrets of a worker, by name.
    pub fn secrets(&self, worker: &str) -> Vec<(String, String)> {
        self.world().account.scripts.secrets(worker)
    }

    /// The ids of a worker's versions, oldest first.
    pub fn versions(&self, worker: &str) -> Vec<String> {
        self.world().account.scripts.versions(worker)
    }

    /// The id of the version that runs.
    pub fn running(&self, worker: &str) -> Option<String> {
        self.world().account.scripts.running(worker)
    }

    /// Whether a worker is reached at workers.dev.
    pub fn is_reached(&self, worker: &str) -> bool {
        self.world().account.scripts.is_reached(worker)
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Cloudflare {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// One call: written down, made to fail if it is to, and else answered.
async fn serve(State(world): State<Arc<Mutex<World>>>, request: Request) -> Response {
    let asked = match read(request).await {
        Ok(asked) => asked,
        Err(reason) => return refusal(&Refusal::new(400, 6003, reason)),
    };
    let lock = || world.lock().unwrap_or_else(PoisonError::into_inner);
    let call = asked.call();
    let (position, fault) = {
        let mut world = lock();
        let position = world.calls.len();
        let fault = world.faults.take(position, &call);
        world.calls.push(call);
        (position, fault)
    };
    match fault {
        Some(How::Status(status)) => {
            lock().calls[position].status = Some(status);
            return refusal(&Refusal::new(status, 10_001, "the stand-in was told to fail"));
        }
        // The connection is closed when the caller loses patience, or the server ends.
        Some(How::Silence) => return pending().await,
        Some(How::Drop) => return dropped(),
        Some(How::Delay(time)) => tokio::time::sleep(time).await,
        Some(How::DropAnswer) | None => {}
    }
    let reply = lock().account.answer(&asked);
    if fault == Some(How::DropAnswer) {
        return dropped();
    }
    let response = match &reply {
        Ok(reply) => success(reply),
        Err(reason) => refusal(reason),
    };
    lock().calls[position].status = Some(response.status().as_u16());
    response
}

async fn read(request: Request) -> Result<Asked, String> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY).await.map_err(|error| error.to_string())?;
    let text = |name| parts.headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned();
    let (kind, authorization) = (text(header::CONTENT_TYPE), text(header::AUTHORIZATION));
    let (method, uri) = (parts.method.clone(), parts.uri.clone());
    let form = match kind.starts_with("multipart/form-data") {
        true => form(Request::from_parts(parts, Body::from(body.clone()))).await?,
        false => Vec::new(),
    };
    Ok(Asked {
        method,
        path: uri.path().strip_prefix(BASE).unwrap_or(uri.path()).to_owned(),
        query: form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect(),
        authorization,
        json: serde_json::from_slice(&body).unwrap_or(Value::Null),
        body,
        form,
    })
}

async fn form(request: Request) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut form = Multipart::from_request(request, &()).await.map_err(|error| error.body_text())?;
    while let Some(field) = form.next_field().await.map_err(|error| error.body_text())? {
        let name = field.name().unwrap_or_default().to_owned();
        let kind = field.content_type().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(|error| error.body_text())?;
        parts.push(Part { name, kind, bytes });
    }
    Ok(parts)
}

fn success(reply: &Reply) -> Response {
    match reply {
        Reply::Result(result) => {
            let count = result.as_array().map_or(0, Vec::len);
            let info =
                json!({ "page": 1, "per_page": 100, "count": count, "total_count": count, "total_pages": 1 });
            let body = json!({
                "success": true, "errors": [], "messages": [], "result": result, "result_info": info,
            });
            (StatusCode::OK, axum::Json(body)).into_response()
        }
        Reply::Stored { etag } => (StatusCode::OK, [(header::ETAG, format!("\"{etag}\""))]).into_response(),
    }
}

fn refusal(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let errors = json!([{ "code": refusal.code, "message": refusal.message }]);
    let body = json!({ "success": false, "errors": errors, "messages": [], "result": null });
    (status, axum::Json(body)).into_response()
}

/// An answer that breaks off, so that the caller sees its connection closed.
fn dropped() -> Response {
    let broken = futures_util::stream::once(async { Err::<Bytes, _>(io::Error::other("dropped")) });
    ([(header::CONTENT_LENGTH, "1000")], Body::from_stream(broken)).into_response()
}

impl Asked {
    fn call(&self) -> Call {
        let of_account = self.path.strip_prefix(&format!("/accounts/{ACCOUNT}"));
        Call {
            method: self.method.to_string(),
            path: of_account.unwrap_or(&self.path).to_owned(),
            sql: self.json.get("sql").and_then(Value::as_str).map(str::to_owned),
            status: None,
        }
    }

    fn is(&self, method: &Method) -> bool {
        self.method == *method
    }
}
