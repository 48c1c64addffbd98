//! The stand-in by itself: it takes what is right from wrangler, and refuses what Cloudflare would.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use generator::process::{Program, ToolError};
use generator::project::Project;
use tempfile::TempDir;
use tests::cloudflare::{Cloudflare, How, Which};
use tests::world::root;

const WORKER: &str = "\
import { DurableObject } from 'cloudflare:workers';
export class Rooms extends DurableObject {}
export default { fetch() { return new Response('here'); } };
";

/// A worker of a few lines, and wrangler to deploy it.
struct Little {
    cloudflare: Cloudflare,
    folder: TempDir,
}

impl Little {
    async fn new() -> Self {
        let packages = tokio::task::spawn_blocking(tests::packages).await.expect("no panic");
        packages.unwrap_or_else(|reason| panic!("{reason}"));
        let folder = TempDir::new().expect("a folder can be made");
        let little = Self { cloudflare: Cloudflare::start().await.expect("a port is free"), folder };
        for (path, text) in [
            ("index.js", WORKER),
            ("site/index.html", "<p>here"),
            ("migrations/0001_rooms.sql", "CREATE TABLE rooms (name TEXT NOT NULL);"),
            ("secrets.json", r#"{"KEY":"open sesame"}"#),
        ] {
            little.write(path, text);
        }
        little.configure("");
        little
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        let folder = path.parent().expect("it is in the folder");
        fs::create_dir_all(folder).and_then(|()| fs::write(&path, text)).expect("a file can be written");
    }

    fn configure(&self, id: &str) {
        let text = format!(
            r#"{{ "name": "little", "main": "index.js", "compatibility_date": "2026-04-01",
            "assets": {{ "directory": "site", "binding": "ASSETS" }},
            "durable_objects": {{ "bindings": [{{ "name": "ROOMS", "class_name": "Rooms" }}] }},
            "migrations": [{{ "tag": "v1", "new_sqlite_classes": ["Rooms"] }}],
            "d1_databases": [{{ "binding": "DB", "database_name": "rooms", "database_id": "{id}", "migrations_dir": "migrations" }}],
            "secrets": {{ "required": ["KEY"] }} }}"#
        );
        self.write("wrangler.jsonc", &text);
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn wrangler(&self, arguments: &[&str]) -> Result<String, ToolError> {
        let program = Program::new(Project::at(root()).npm_program("wrangler"));
        let program = program.args(arguments).current_dir(self.path()).quiet_env("CI", "1");
        let program = program.quiet_env("WRANGLER_LOG_PATH", self.path().join("logs"));
        let around = self.cloudflare.environment();
        let program = around.iter().fold(program, |program, (name, value)| program.quiet_env(name, value));
        tokio::task::block_in_place(|| program.timeout(Duration::from_secs(90)).read())
    }

    fn create_database(&self) -> String {
        self.wrangler(&["d1", "create", "rooms"]).unwrap_or_else(|error| panic!("{error}"));
        let id = self.cloudflare.databases("rooms").pop().expect("the database is there");
        self.configure(&id);
        id
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrangler_deploys_to_it_twice() {
    let little = Little::new().await;
    little.create_database();
    little.wrangler(&["d1", "migrations", "apply", "DB", "--remote"]).unwrap();
    let tables = "SELECT name FROM sqlite_master WHERE name = 'rooms'";
    assert_eq!(little.cloudflare.ask("rooms", tables).unwrap(), ["rooms"]);
    little.wrangler(&["deploy", "--secrets-file", "secrets.json", "--message", "the first"]).unwrap();
    assert_eq!(little.cloudflare.secrets("little"), [("KEY".to_owned(), "open sesame".to_owned())]);
    // The secret stays, although it is not named again.
    little.wrangler(&["deploy", "--message", "the second"]).unwrap();
    assert_eq!(little.cloudflare.secrets("little").len(), 1);
    let versions = little.cloudflare.versions("little");
    assert_eq!((versions.len(), little.cloudflare.running("little")), (2, versions.last().cloned()));
    let shown = little.wrangler(&["versions", "view", &versions[1], "--json"]).unwrap();
    assert!(shown.contains("the second") && !shown.contains("open sesame"), "{shown}");
    assert_eq!(little.cloudflare.complaints(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_refuses_what_leads_nowhere() {
    let little = Little::new().await;
    little.configure("d1d1d1d1-0000-4000-8000-00000000ffff");
    let error = little.wrangler(&["deploy", "--secrets-file", "secrets.json"]).unwrap_err().to_string();
    assert!(error.contains("real database"), "{error}");
    let error = little.wrangler(&["d1", "execute", "DB", "--remote", "--command", "SELECT 1"]).unwrap_err();
    assert!(error.to_string().contains("7404"), "{error}");
    little.create_database();
    let error = little.wrangler(&["d1", "create", "rooms"]).unwrap_err().to_string();
    assert!(error.contains("already exists"), "{error}");
    let error = little.wrangler(&["deploy"]).unwrap_err().to_string();
    assert!(error.contains("KEY"), "{error}");
    assert_eq!(little.cloudflare.versions("little"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_fails_as_sqlite_does_and_comes_back_to_a_bookmark() {
    let little = Little::new().await;
    little.create_database();
    let ask = ["d1", "execute", "DB", "--remote", "--json", "--command"];
    let error = little.wrangler(&[&ask[..], &["SELECT name FROM nowhere"]].concat()).unwrap_err().to_string();
    assert!(error.contains("no such table: nowhere"), "{error}");
    let bookmark = little.wrangler(&["d1", "time-travel", "info", "DB", "--json"]).unwrap();
    let bookmark: serde_json::Value = serde_json::from_str(&bookmark[bookmark.find('{').unwrap()..]).unwrap();
    little.write("rows.sql", "CREATE TABLE a (b);\nINSERT INTO a VALUES (1);");
    little.wrangler(&["d1", "execute", "DB", "--remote", "--file", "rows.sql"]).unwrap();
    assert_eq!(little.cloudflare.ask("rooms", "SELECT b FROM a").unwrap(), ["1"]);
    let at = format!("--bookmark={}", bookmark["bookmark"].as_str().unwrap());
    little.wrangler(&["d1", "time-travel", "restore", "DB", "--json", &at]).unwrap();
    assert_eq!(little.cloudflare.ask("rooms", "SELECT count(*) FROM sqlite_master").unwrap(), ["0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_refused_lost_or_delayed_once() {
    let little = Little::new().await;
    let create = Which::Matching { method: "POST", text: "/d1/database" };
    little.cloudflare.fail(create.clone(), How::Status(503));
    assert!(little.wrangler(&["d1", "create", "rooms"]).is_err());
    little.cloudflare.fail(create.clone(), How::Drop);
    assert!(little.wrangler(&["d1", "create", "rooms"]).is_err());
    assert_eq!(little.cloudflare.databases("rooms").len(), 0);
    little.cloudflare.fail(create, How::DropAnswer);
    assert!(little.wrangler(&["d1", "create", "rooms"]).is_err());
    assert_eq!(little.cloudflare.databases("rooms").len(), 1);
    let (began, late) = (Instant::now(), Duration::from_secs(3));
    little.cloudflare.fail(Which::Nth(0), How::Delay(late));
    little.wrangler(&["d1", "list"]).unwrap();
    assert!(began.elapsed() > late);
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_listed_and_put_alone_or_together() {
    let little = Little::new().await;
    little.create_database();
    little.wrangler(&["deploy", "--secrets-file", "secrets.json"]).unwrap();
    little.write("more.json", r#"{"KEY":"changed","OTHER":"new"}"#);
    little.wrangler(&["secret", "bulk", "more.json"]).unwrap();
    let secrets = little.cloudflare.secrets("little");
    assert_eq!(secrets, [("KEY", "changed"), ("OTHER", "new")].map(|it| (it.0.to_owned(), it.1.to_owned())));
    let list = little.wrangler(&["secret", "list"]).unwrap();
    assert!(list.contains("OTHER") && !list.contains("changed"), "{list}");
    // The other bindings are still there.
    little.wrangler(&["deploy"]).unwrap();
}
