//! Plans of deployments: what is there, and what is left to do.

use serde_json::json;

use super::*;
use crate::deploy::step::{self, Target};

const CREATE: &str = "CREATE TABLE tasks (id TEXT NOT NULL PRIMARY KEY, note TEXT) STRICT;";
const ADD: &str = "ALTER TABLE tasks ADD COLUMN rank INTEGER;";
const DROP: &str = "ALTER TABLE tasks DROP COLUMN note;";
const ID: &str = "d1-id";

fn migrations(scripts: &[&str]) -> Vec<Migration> {
    let one =
        |(sql, number): (&&str, u32)| Migration { number, slug: "step".to_owned(), sql: (*sql).to_owned() };
    scripts.iter().zip(1..).map(one).collect()
}

fn wanted(scripts: &[&str]) -> Wanted {
    let migrations = migrations(scripts);
    let last = migrations.last().map(|it| ("DB".to_owned(), it.number));
    Wanted {
        mark: Mark::new("new-spec", "new-source", last.into_iter().collect()),
        databases: vec![WantedDatabase {
            binding: "DB".to_owned(),
            name: "app".to_owned(),
            id: Some(ID.to_owned()),
            folder: "migrations".to_owned(),
            migrations,
        }],
        secrets: vec!["KEY".to_owned()],
        bindings: [("DB", format!("D1 database {ID}")), ("KEY", "secret".to_owned())]
            .map(|(name, line)| (name.to_owned(), line))
            .into(),
    }
}

/// What is there once `wanted` is deployed with its first `applied` migrations.
fn deployed(wanted: &Wanted, applied: usize) -> Observed {
    let mut observed = there(wanted, applied);
    observed.secrets = Some(["KEY".to_owned()].into());
    let mut mark = wanted.mark.clone();
    mark.migrations.insert("DB".to_owned(), u32::try_from(applied).unwrap());
    observed.running = vec![running(&mark.to_string())];
    observed
}

/// A database alone.
fn there(wanted: &Wanted, applied: usize) -> Observed {
    let ledger = wanted.databases[0].migrations[..applied].iter().map(Migration::file_name).collect();
    Observed {
        databases: [("app".to_owned(), ID.to_owned())].into(),
        ledgers: [("DB".to_owned(), ledger)].into(),
        ..Observed::default()
    }
}

fn running(message: &str) -> Running {
    let bindings =
        [json!({ "name": "DB", "type": "d1", "id": ID }), json!({ "name": "KEY", "type": "secret_text" })];
    Running {
        id: "v1".to_owned(),
        percentage: 100.0,
        message: Some(message.to_owned()),
        bindings: bindings.into_iter().map(|it| (it["name"].as_str().unwrap().to_owned(), it)).collect(),
    }
}

fn words(plan: &Plan) -> Vec<String> {
    plan.steps().iter().map(ToString::to_string).collect()
}

#[test]
fn the_first_deployment_does_everything() {
    let mut wanted = wanted(&[CREATE]);
    wanted.databases[0].id = None;
    let plan = plan(&wanted, &Observed::default(), false).unwrap();
    assert_eq!(
        words(&plan),
        [
            "build the web app and the worker",
            "create the D1 database app",
            "write the id of app to generated/spec.lock",
            "migrate DB: 0001_step.sql",
            "deploy the worker with KEY",
            "verify"
        ]
    );
}

#[test]
fn what_runs_already_is_not_deployed_again() {
    let wanted = wanted(&[CREATE]);
    let plan = plan(&wanted, &deployed(&wanted, 1), false).unwrap();
    assert!(plan.is_empty());
    assert_eq!(words(&plan), ["verify"]);
}

#[test]
fn a_run_that_follows_one_that_failed_does_what_is_left() {
    let mut wanted = wanted(&[CREATE]);
    wanted.databases[0].id = None;
    // The database was made, and its id not written down.
    let plan = plan(&wanted, &there(&wanted, 0), false).unwrap();
    assert_eq!(plan.databases[0].id, Id::Found(ID.to_owned()));
    assert_eq!(words(&plan)[1], "write the id of app to generated/spec.lock");
}

#[test]
fn what_broke_off_within_wrangler_is_deployed_again() {
    let wanted = wanted(&[CREATE]);
    let observed = Observed { unfinished: true, ..deployed(&wanted, 1) };
    assert_eq!(words(&plan(&wanted, &observed, false).unwrap())[1], "deploy the worker");
}

#[test]
fn additions_come_before_the_new_version_and_removals_after_it() {
    let wanted = wanted(&[CREATE, ADD, DROP]);
    let mut observed = deployed(&wanted, 1);
    observed.running[0].message = Some("spec old, source old, DB 1".to_owned());
    let plan = plan(&wanted, &observed, false).unwrap();
    assert_eq!(
        words(&plan),
        [
            "build the web app and the worker",
            "take a bookmark of DB",
            "migrate DB: 0002_step.sql",
            "deploy the worker",
            "verify",
            "migrate DB: 0003_step.sql"
        ]
    );
}

#[test]
fn what_no_version_reads_any_more_is_removed_without_a_new_version() {
    let wanted = wanted(&[CREATE, DROP]);
    let mut observed = deployed(&wanted, 1);
    observed.running[0].message = Some(wanted.mark.to_string());
    let plan = plan(&wanted, &observed, false).unwrap();
    assert_eq!(words(&plan), ["take a bookmark of DB", "migrate DB: 0002_step.sql", "verify"]);
}

#[test]
fn a_version_of_which_nothing_is_known_is_supposed_to_read_all() {
    let wanted = wanted(&[CREATE, DROP]);
    let mut observed = deployed(&wanted, 1);
    observed.running[0].message = Some("by hand".to_owned());
    assert_eq!(plan(&wanted, &observed, false).unwrap().databases[0].after, ["0002_step.sql"]);
}

#[test]
fn an_unsafe_order_is_refused_and_said_why() {
    let wanted = wanted(&[CREATE, DROP, ADD]);
    let observed = deployed(&wanted, 1);
    let refusal = plan(&wanted, &observed, false).unwrap_err().remove(0);
    assert!(
        refusal.message.contains("the version that runs would find that there is no column `tasks.note`")
    );
    assert!(refusal.message.contains("the new version would find that there is no column `tasks.rank`"));
    assert!(refusal.help.contains("--allow-downtime"));
    assert_eq!(plan(&wanted, &observed, true).unwrap().databases[0].before.len(), 2);
}

#[test]
fn a_migration_that_is_not_here_is_refused() {
    let wanted = wanted(&[CREATE]);
    let mut observed = deployed(&wanted, 1);
    observed.ledgers.get_mut("DB").unwrap().push("0002_theirs.sql".to_owned());
    assert!(
        plan(&wanted, &observed, false).unwrap_err()[0]
            .message
            .contains("0002_theirs.sql, which is not here")
    );
}

#[test]
fn a_history_from_before_the_project_was_taken_over_is_in_nobodys_way() {
    let wanted = wanted(&[CREATE, ADD]);
    let mut observed = deployed(&wanted, 0);
    observed.running[0].message = None;
    observed.ledgers.insert("DB".to_owned(), vec!["0000_drizzle.sql".to_owned()]);
    assert_eq!(plan(&wanted, &observed, false).unwrap().databases[0].before.len(), 2);
}

#[test]
fn a_gap_is_refused() {
    let wanted = wanted(&[CREATE, ADD, DROP]);
    let mut observed = deployed(&wanted, 1);
    observed.ledgers.get_mut("DB").unwrap().push("0003_step.sql".to_owned());
    assert!(plan(&wanted, &observed, false).unwrap_err()[0].message.contains("but not 0002_step.sql"));
}

#[test]
fn an_id_of_another_account_is_refused() {
    let wanted = wanted(&[CREATE]);
    let mut observed = deployed(&wanted, 1);
    observed.databases.clear();
    assert!(
        plan(&wanted, &observed, false).unwrap_err()[0].message.contains("no database with the id d1-id")
    );
}

#[test]
fn the_plan_says_what_changes_and_shows_no_value_of_a_secret() {
    let mut wanted = wanted(&[CREATE]);
    let observed = Observed { secrets: Some(BTreeSet::new()), ..deployed(&wanted, 1) };
    wanted.mark.spec = "another".to_owned();
    wanted.bindings.insert("LIMIT".to_owned(), "5".to_owned());
    let plan = plan(&wanted, &observed, false).unwrap();
    let target = Target { environment: None, worker: "app".to_owned() };
    let text = step::text(&plan, &target, &|_| Some("the environment".to_owned()));
    for part in ["~ spec  new-spec → another", "+ LIMIT  5", "KEY, from the environment", "a new version"] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
}

#[test]
fn what_stopped_says_what_is_done_and_how_to_go_on_and_back() {
    let target = Target { environment: Some("staging".to_owned()), worker: "app".to_owned() };
    let progressed = step::Progressed {
        done: vec!["DB migrated: 0002_step.sql".to_owned()],
        back: vec![("DB as it was".to_owned(), "npx wrangler d1 time-travel restore DB".to_owned())],
    };
    let left = [step::Step::Upload { secrets: Vec::new() }, step::Step::Verify];
    let text = step::stopped(&progressed, &left, &target, Some("https://app.example"));
    for part in [
        "Done:      DB migrated",
        "Not done:  deploy the worker",
        "deploy --env staging",
        "time-travel restore DB",
    ] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
    let text = step::stopped(&progressed, &left[1..], &target, Some("https://app.example"));
    assert!(text.contains("deploy --env staging --url https://app.example"), "{text}");
}
