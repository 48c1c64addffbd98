//! `check`: what CI runs.

use serde_json::Value;

use crate::project::Project;

#[test]
fn what_was_just_generated_is_in_order() {
    let project = Project::generated().with_packages();
    let before = project.tree();
    let run = project.run(&["check"]).expect_code(0);
    assert_eq!(run.stdout, "");
    assert_eq!(run.stderr, "spec.toml and generated/ are in order.\n");
    assert_eq!(project.tree(), before);
}

#[test]
fn every_stale_file_is_named() {
    let project = Project::generated().with_packages();
    project.edit("path = \"/health\"", "path = \"/status\"");
    let run = project.run(&["check"]).expect_code(1);
    assert_eq!(run.stdout.matches("error[stale-file]").count(), 7, "{}", run.stdout);
    assert!(run.stdout.contains("generated/src/routes.rs"), "{}", run.stdout);
    assert!(run.stdout.contains("cargo run -p generator -- generate"), "{}", run.stdout);
    assert_eq!(run.stderr, "7 errors, 0 warnings\n");
}

#[test]
fn findings_can_be_read_by_programs() {
    let project = Project::generated();
    project.edit("api_key = \"BRAINTRUST_API_KEY\"", "api_key = \"BRAINTRUST_KEY\"");

    let github = project.run(&["check", "--format", "github"]).expect_code(1).stdout;
    assert!(github.contains("::error file=spec.toml,line="), "{github}");

    let json = project.run(&["check", "--format", "json"]).expect_code(1).stdout;
    let findings: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(findings.iter().any(|finding| finding["code"] == "unknown-secret"), "{json}");

    let sarif = project.run(&["check", "--format", "sarif"]).expect_code(1).stdout;
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
}

#[test]
fn a_migration_that_loses_rows_is_found_although_the_lock_agrees() {
    let project = Project::generated().with_packages();
    let path = "generated/migrations/0001_create_events_and_stores.sql";
    let (old, lock) = (project.read(path), project.read("generated/spec.lock"));
    let new = format!("{old}\nDROP TABLE \"stores\";\n");
    project.write(path, &new);
    let checksum = generator::plan::checksum;
    project.write("generated/spec.lock", &lock.replace(&checksum(&old), &checksum(&new)));
    let run = project.run(&["check"]).expect_code(1);
    assert!(run.stdout.contains("stores"), "{}", run.stdout);
}

#[test]
fn wrangler_takes_the_configuration_of_everything_that_a_spec_can_say() {
    let project = Project::empty();
    project.write("spec.toml", include_str!("../../../tests/tests/glue/everything.toml"));
    project.run(&["generate"]).expect_code(0);
    let project = project.with_packages();
    let run = project.run(&["check"]).expect_code(0);
    assert!(!run.stdout.contains("error"), "{}", run.stdout);
    for (key, file) in [("kv_namespaces", "wrangler.jsonc"), ("ratelimits", "wrangler.staging.jsonc")] {
        assert!(project.read(&format!("generated/{file}")).contains(key), "{key} in {file}");
    }
}
