//! Three deployments of one project: the first, one that changes nothing, and one with a migration and a new secret.

use std::fs;

use tests::project::{DEPLOYED, REDEPLOYED};
use tests::world::World;

use crate::project::{ADMIN, Copy, KEY};

const DATABASE: &str = "deployed-db";
const WORKER: &str = "deployed";

#[tokio::test(flavor = "multi_thread")]
async fn a_project_is_deployed_and_deployed_again() {
    let copy = Copy::new(DEPLOYED).await;
    let world = World::start_of(DEPLOYED).await;
    first(&copy, &world.url(""));
    again(&copy, &world.url(""));
    verified(&copy, &world.url(""));
    copy.edit(REDEPLOYED).await;
    let run = copy.run(&["verify", &world.url("")], &[]);
    run.expect(1, &["✗ health       it runs spec ", "✗ models"]);
    drop(world);
    let world = World::start_of(REDEPLOYED).await;
    later(&copy, &world.url(""));
    secrets(&copy);
    back(&copy);
    assert_eq!(copy.cloudflare.complaints(), Vec::<String>::new());
}

fn first(copy: &Copy, url: &str) {
    // Without its secret, nothing is begun.
    copy.run(&["deploy", "--yes"], &[])
        .expect(1, &["create   D1 database deployed-db (DB)", ADMIN.0, ".env.production"]);
    let run = copy.run(&["deploy", "--yes", "--url", url], &[ADMIN]);
    run.expect(
        0,
        &["the first version", "0001_", "ADMIN_TOKEN, from the environment", "has the ids of databases now"],
    );
    let id = copy.cloudflare.databases(DATABASE).remove(0);
    assert!(copy.read("generated/spec.lock").contains(&format!("{DATABASE} = \"{id}\"")));
    assert!(copy.read("generated/wrangler.jsonc").contains(&format!("\"database_id\": \"{id}\"")));
    assert_eq!(copy.cloudflare.versions(WORKER).len(), 1);
    assert_eq!(copy.cloudflare.secrets(WORKER), [(ADMIN.0.to_owned(), ADMIN.1.to_owned())]);
    let ledger = copy.cloudflare.ask(DATABASE, "SELECT count(*) FROM d1_migrations");
    assert_eq!(ledger.as_deref(), Some(&["1".to_owned()][..]));
}

fn again(copy: &Copy, url: &str) {
    let before = copy.cloudflare.calls().len();
    copy.run(&["deploy", "--yes"], &[]).expect(0, &["Nothing to do: what is here runs."]);
    // At an address that is named, it is looked whether that is so.
    copy.run(&["deploy", "--url", url], &[]).expect(0, &["✓ verify"]);
    assert!(copy.cloudflare.calls()[before..].iter().all(|call| call.only_reads()));
}

fn later(copy: &Copy, url: &str) {
    let file = copy.path("secrets.env");
    fs::write(&file, format!("{}=\"{}\"\n", KEY.0, KEY.1)).expect("a file can be written");
    let file = file.to_str().expect("a path of letters");
    let run = copy.run(&["deploy", "--yes", "--url", url, "--secrets-file", file], &[]);
    run.expect(
        0,
        &["0002_", "BRAINTRUST_API_KEY, from ", "+ BRAINTRUST_API_KEY  secret", "~ spec ", "bookmark of DB"],
    );
    assert_eq!(copy.cloudflare.versions(WORKER).len(), 2);
    assert_eq!(copy.cloudflare.running(WORKER), copy.cloudflare.versions(WORKER).pop());
    let secrets = [ADMIN, KEY].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(copy.cloudflare.secrets(WORKER), secrets);
    let tables = "SELECT name FROM sqlite_master WHERE name = 'notes' AND type = 'table'";
    assert_eq!(copy.cloudflare.ask(DATABASE, tables).as_deref(), Some(&["notes".to_owned()][..]));
}

fn verified(copy: &Copy, url: &str) {
    let run = copy.run(&["verify", url], &[]);
    run.expect(
        0,
        &[
            "✓ health ",
            "✓ files        / and /app.js",
            "✓ unknown path the single page",
            "✓ sync         event ",
        ],
    );
    copy.run(&["verify", url, "--json"], &[]).expect(0, &["\"good\": true", "\"name\": \"sync\""]);
    copy.run(&["verify", "http://127.0.0.1:9"], &[]).expect(1, &["✗ health"]);
}

fn secrets(copy: &Copy) {
    copy.run(&["secrets", "list"], &[]).expect(0, &["set      ADMIN_TOKEN", "set      BRAINTRUST_API_KEY"]);
    copy.run_with("", &["secrets", "set", ADMIN.0], &[]).expect(2, &["there is no value"]);
    copy.run_with("x", &["secrets", "set", "ADMIN_TOKE"], &[]).expect(1, &["has no secret ADMIN_TOKE"]);
    copy.run_with("another\n", &["secrets", "set", ADMIN.0], &[]).expect(0, &["✓ secret ADMIN_TOKEN"]);
    assert_eq!(copy.cloudflare.secrets(WORKER)[0], (ADMIN.0.to_owned(), "another".to_owned()));
    copy.run(&["secrets", "compare"], &[]).expect(0, &["production", "BRAINTRUST_API_KEY  set"]);
}

/// Back to the first version, which can use the database as it is.
fn back(copy: &Copy) {
    let first = copy.cloudflare.versions(WORKER).remove(0);
    copy.run(&["rollback", "--to", &first], &[]).expect(2, &["to run    ", "add --yes"]);
    copy.run(&["rollback", "--to", &first, "--yes"], &[]).expect(0, &["✓ back to "]);
    assert_eq!(copy.cloudflare.running(WORKER).as_ref(), Some(&first));
    copy.run(&["rollback", "--to", &first, "--yes"], &[]).expect(0, &["Nothing to do"]);
    // The version before is the one that ran until then.
    copy.run(&["rollback", "--yes"], &[]).expect(0, &["✓ back to "]);
    assert_eq!(copy.cloudflare.running(WORKER), copy.cloudflare.versions(WORKER).pop());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_only_planned_or_not_confirmed_changes_nothing() {
    let copy = Copy::new(DEPLOYED).await;
    let before = ["generated/spec.lock", "generated/wrangler.jsonc"].map(|it| copy.read(it));
    copy.run(&["deploy", "--dry-run"], &[ADMIN]).expect(0, &["migrate  DB  0001_", "the first version"]);
    copy.run(&["deploy"], &[ADMIN]).expect(2, &["add --yes"]);
    assert_eq!(["generated/spec.lock", "generated/wrangler.jsonc"].map(|it| copy.read(it)), before);
    let calls = copy.cloudflare.calls();
    assert!(!calls.is_empty() && calls.iter().all(|call| call.only_reads()), "{calls:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_looks_and_installs_nothing() {
    let copy = Copy::new(DEPLOYED).await;
    copy.run(&["doctor"], &[]).expect(0, &["✓ Node ", "✓ Rust for wasm ", "✓ Cloudflare ", "– ADMIN_TOKEN "]);
    std::fs::remove_file(copy.path("node_modules")).expect("the link can be removed");
    let missing = ["✗ npm packages ", "`generator build` sets it up"];
    copy.run(&["doctor"], &[]).expect(1, &missing);
    assert!(!copy.path("node_modules").exists());
    assert_eq!(copy.cloudflare.calls(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_that_is_not_there_is_told() {
    let copy = Copy::new(DEPLOYED).await;
    copy.run(&["deploy", "--env", "stagin"], &[]).expect(2, &["there is no environment \"stagin\""]);
    assert_eq!(copy.cloudflare.calls(), []);
}
