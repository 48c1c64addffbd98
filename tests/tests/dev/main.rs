//! `generator dev` as its users run it: the real program, on a copy of this repository.

mod process;
mod project;

use std::path::Path;
use std::time::Duration;

use process::{Dev, command, free_port};
use project::Copy;

/// How long a step may take that builds the worker, on a machine that is busy with other things.
const BUILD: Duration = Duration::from_secs(600);

/// How long a step may take that builds nothing.
const SECONDS: Duration = Duration::from_secs(60);

const SERVING: &str = "Serving http://localhost:";

const AS_BEFORE: &str = "The app still runs as it was before this edit";

#[tokio::test]
async fn an_app_is_brought_up_follows_good_edits_and_survives_bad_ones() {
    let generator = project::generator();
    let copy = Copy::new();
    let port = free_port();

    serves_what_was_edited_while_it_started(&copy, &generator, port).await;
    let mut dev = starts_again_without_building(&copy, &generator, port).await;
    answers_for_the_models_without_a_key(&copy, &mut dev).await;
    refuses_a_port_that_is_taken(&copy, &generator, port);
    keeps_the_worker_when_the_spec_is_wrong(&copy, &mut dev).await;
    keeps_the_worker_when_the_build_fails(&copy, &mut dev).await;
    refuses_to_lose_data(&copy, &mut dev).await;
    serves_a_good_edit(&copy, &mut dev).await;
    assert_eq!(dev.interrupt().await.code(), Some(0));
}

async fn serves_what_was_edited_while_it_started(copy: &Copy, generator: &Path, port: u16) {
    let mut dev = Dev::start(generator, copy.root(), port);
    dev.says("· worker …", BUILD).await;
    copy.edit("web/index.html", "<title>", "<title>Edited early: ");
    dev.says(SERVING, BUILD).await;
    dev.says(SERVING, SECONDS).await;
    assert!(dev.get("/").await.contains("<title>Edited early: "));
    dev.spec_at("/health").await;
    assert_eq!(dev.interrupt().await.code(), Some(0));
}

async fn starts_again_without_building(copy: &Copy, generator: &Path, port: u16) -> Dev {
    let mut dev = Dev::start(generator, copy.root(), port);
    let said = dev.says(SERVING, SECONDS).await;
    for step in ["generated/", "npm packages", "web app", "worker", "local database"] {
        assert!(said.contains(&format!("✓ {step} fresh")), "{step} is done again: {said}");
    }
    assert!(said.contains(STAND_IN), "{said}");
    assert_eq!(said.matches('·').count(), 1, "more is done than to start wrangler: {said}");
    dev
}

const STAND_IN: &str = "A stand-in answers for the models, since .dev.vars has no BRAINTRUST_API_KEY";

async fn answers_for_the_models_without_a_key(copy: &Copy, dev: &mut Dev) {
    let text = dev.chat("Hello").await;
    assert!(text.contains("I am a stand-in. ") && text.ends_with("data: [DONE]\n\n"), "{text}");
    let text = dev.chat("Please create a task Milk").await;
    assert!(text.contains(r#""name":"create_task","arguments":"{\"title\":\"Milk\""#), "{text}");
    let text = dev.chat("#truncate").await;
    assert!(text.contains(r#""code":"upstream_truncated""#), "{text}");

    copy.write(".dev.vars", "BRAINTRUST_API_KEY=bt-st-nobodys\n");
    let said = dev.says(SERVING, SECONDS).await;
    assert!(!said.contains("stand-in"), "a key is there: {said}");
    copy.write(".dev.vars", "BRAINTRUST_API_KEY=\n");
    let said = dev.says(SERVING, SECONDS).await;
    assert!(said.contains(STAND_IN), "{said}");
    assert!(dev.chat("Hello").await.contains("I am a stand-in. "));
    assert_eq!(copy.read(".dev.vars"), "BRAINTRUST_API_KEY=\n");
}

fn refuses_a_port_that_is_taken(copy: &Copy, generator: &Path, port: u16) {
    let error = command(generator, copy.root(), port).timeout(SECONDS).read();
    let error = error.expect_err("it serves on a port that is taken").to_string();
    assert!(error.contains("failed with exit code 2"), "{error}");
    assert!(error.contains(&format!("port {port} is taken")), "{error}");
}

async fn keeps_the_worker_when_the_spec_is_wrong(copy: &Copy, dev: &mut Dev) {
    let before = dev.spec_at("/health").await;
    copy.edit("spec.toml", "store = \"DB\"", "store = \"BD\"");
    let said = dev.says(AS_BEFORE, SECONDS).await;
    assert!(said.contains("error[unknown-binding]") && said.contains("did you mean `DB`?"), "{said}");
    assert_eq!(dev.spec_at("/health").await, before);
}

const BROKEN: &str = "\nconst BROKEN: u32 = \"no number\";\n";

async fn keeps_the_worker_when_the_build_fails(copy: &Copy, dev: &mut Dev) {
    let before = dev.spec_at("/health").await;
    let migrations = copy.count("generated/migrations");
    let source = copy.read("runtime/src/reply.rs");
    copy.write("runtime/src/reply.rs", &format!("{source}{BROKEN}"));
    let edits = [
        ("store = \"BD\"", "store = \"DB\""),
        ("[relay]", "[[routes]]\npath = \"/status\"\nhandler = \"health\"\n\n[relay]"),
        ("columns.created_at", "columns.tit = { type = \"text\", nullable = true }\ncolumns.created_at"),
        // The worker as it was built answers nothing without the old name.
        ("BRAINTRUST_PROJECT_ID = ", "PROJECT_ID = "),
        ("project = \"BRAINTRUST_PROJECT_ID\"", "project = \"PROJECT_ID\""),
    ];
    copy.edit_all("spec.toml", &edits);
    let said = dev.says("mismatched types", BUILD).await + &dev.says(AS_BEFORE, BUILD).await;
    assert!(said.contains("reply.rs"), "{said}");
    assert_eq!(copy.count("generated/migrations"), migrations + 1, "{said}");
    assert!(!said.contains("local database"), "the database does not wait for the worker: {said}");
    assert_eq!(dev.spec_at("/health").await, before);
    assert_eq!(dev.get("/status").await, "Nothing is served here.");
}

async fn refuses_to_lose_data(copy: &Copy, dev: &mut Dev) {
    copy.edit("spec.toml", "columns.tit = ", "columns.title = ");
    let said = dev.says(AS_BEFORE, SECONDS).await;
    for part in ["error[destructive-step]", "--allow-destructive events.tit", "renamed_from", "tit.sql"] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
}

async fn serves_a_good_edit(copy: &Copy, dev: &mut Dev) {
    let before = dev.spec_at("/health").await;
    let source = copy.read("runtime/src/reply.rs");
    copy.write("runtime/src/reply.rs", source.strip_suffix(BROKEN).expect("it is broken"));
    // As the refusal advised.
    copy.edit("spec.toml", "columns.title = { ", "columns.title = { renamed_from = \"tit\", ");
    let said = dev.says(SERVING, BUILD).await;
    assert!(said.contains("✓ local database"), "{said}");
    let now = dev.spec_at("/health").await;
    assert_ne!(now, before);
    assert_eq!(dev.spec_at("/status").await, now);
}
