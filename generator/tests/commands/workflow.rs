//! The workflow for GitHub: generated, and a person's as soon as one wants it to be.

use std::{fs, os::unix::fs::symlink};

use crate::project::Project;

const WORKFLOW: &str = ".github/workflows/deploy.yml";

fn generate(project: &Project) -> String {
    project.run(&["generate"]).expect_code(0).stdout
}

/// An edit of the spec that changes the workflow.
fn add_a_secret(project: &Project) {
    project.edit("[vars]", "[secrets.OTHER_KEY]\ndescription = \"Another key\"\n\n[vars]");
}

#[test]
fn it_is_made_and_follows_the_spec() {
    let project = Project::new();
    assert!(generate(&project).contains("     new  .github/workflows/deploy.yml\n"));
    add_a_secret(&project);
    assert!(generate(&project).contains(" changed  .github/workflows/deploy.yml\n"));
    assert!(project.read(WORKFLOW).contains("SECRET_OTHER_KEY: ${{ secrets.OTHER_KEY }}\n"));
}

#[test]
fn a_stale_one_is_found_by_its_path() {
    let project = Project::generated().with_packages();
    add_a_secret(&project);
    let run = project.run(&["check", "--format", "github"]).expect_code(1);
    assert!(run.stdout.contains("::error file=.github/workflows/deploy.yml,line=1,"), "{}", run.stdout);
}

#[test]
fn pull_requests_are_deployed_where_the_spec_has_a_place_for_them() {
    let project = Project::generated();
    assert!(!project.read(WORKFLOW).contains("pull_request.head.repo"));
    project.edit("[env.staging]", "[env.preview]");
    generate(&project);
    let workflow = project.read(WORKFLOW);
    assert!(workflow.contains("github.event.pull_request.head.repo.full_name == github.repository"));
    assert!(workflow.contains("migrations apply \"$1\" --remote --config generated/wrangler.preview.jsonc;"));
    // What another pull request left there must not be in the way.
    assert!(workflow.contains("npx wrangler d1 delete work-squared-staging --skip-confirmation\n"));
}

#[test]
fn what_is_looked_up_is_looked_up_in_the_account_of_the_spec() {
    let project = Project::new();
    project.edit("[worker]\n", "[worker]\naccount_id = \"0f2ac74b498b48028cb68387c421e279\"\n");
    generate(&project);
    let workflow = project.read(WORKFLOW);
    assert!(workflow.contains("CLOUDFLARE_ACCOUNT_ID: 0f2ac74b498b48028cb68387c421e279\n"), "{workflow}");
    assert!(!workflow.contains("CLOUDFLARE_ACCOUNT_ID: ${{"), "{workflow}");
}

#[test]
fn queues_are_made_before_the_worker_that_needs_them() {
    let project = Project::new();
    project.edit("[vars]", "[bindings.JOBS]\ntype = \"queue\"\nqueue = \"jobs\"\n\n[vars]");
    project.edit("[env.staging]\n", "[env.staging]\nbindings.JOBS.queue = \"jobs-staging\"\n");
    generate(&project);
    let workflow = project.read(WORKFLOW);
    let place = |text| workflow.find(text).unwrap_or_else(|| panic!("no `{text}` in {workflow}"));
    assert!(place("provide jobs\n") < place("wrangler deploy "));
}

#[test]
fn an_edited_one_is_left_alone_until_its_loss_is_asked_for() {
    let project = Project::generated().with_packages();
    let original = project.read(WORKFLOW);
    project.write(WORKFLOW, "name: mine\n");
    add_a_secret(&project);
    let printed = generate(&project);
    assert!(printed.contains("    kept  .github/workflows/deploy.yml  edited by hand;"), "{printed}");
    assert_eq!(project.read(WORKFLOW), "name: mine\n");
    project.run(&["diff"]).expect_code(0);
    project.run(&["check"]).expect_code(0);

    project.run(&["generate", "--force"]).expect_code(0);
    assert!(project.read(WORKFLOW).contains("OTHER_KEY"));
    project.edit("[secrets.OTHER_KEY]\ndescription = \"Another key\"\n\n", "");
    generate(&project);
    assert_eq!(project.read(WORKFLOW), original);
}

#[test]
fn a_deleted_one_is_not_brought_back_until_that_is_asked_for() {
    let project = Project::generated().with_packages();
    let original = project.read(WORKFLOW);
    fs::remove_file(project.path(WORKFLOW)).unwrap();
    for _ in 0..2 {
        let printed = generate(&project);
        assert!(printed.contains("    kept  .github/workflows/deploy.yml  deleted by hand;"), "{printed}");
        assert!(!project.path(WORKFLOW).exists());
    }
    project.run(&["check"]).expect_code(0);
    project.run(&["generate", "--force"]).expect_code(0);
    assert_eq!(project.read(WORKFLOW), original);
}

#[test]
fn one_that_was_there_before_is_nobody_elses_even_by_force() {
    let project = Project::new();
    fs::create_dir_all(project.path(".github/workflows")).unwrap();
    project.write(WORKFLOW, "name: mine\n");
    for arguments in [&["generate"][..], &["generate", "--force"]] {
        let printed = project.run(arguments).expect_code(0).stdout;
        assert!(printed.contains("    kept  .github/workflows/deploy.yml  not made by"), "{printed}");
        assert_eq!(project.read(WORKFLOW), "name: mine\n");
    }
    assert!(!project.read("generated/spec.lock").contains("deploy.yml"));
}

#[test]
fn a_link_in_its_place_is_not_written_through() {
    let project = Project::new();
    fs::create_dir_all(project.path(".github/workflows")).unwrap();
    project.write("elsewhere", "mine\n");
    symlink(project.path("elsewhere"), project.path(WORKFLOW)).unwrap();
    generate(&project);
    assert_eq!(project.read("elsewhere"), "mine\n");
}

#[test]
fn a_database_without_tables_is_not_migrated() {
    let project = Project::generated();
    let logs = "[bindings.LOGS]\ntype = \"d1\"\ndatabase = \"logs\"\ndescription = \"For later.\"\n\n[vars]";
    project.edit("[vars]", logs);
    project.edit("bindings.DB.database", "bindings.LOGS.database = \"logs-staging\"\nbindings.DB.database");
    for table in ["events", "stores"] {
        project.edit(&format!("[tables.{table}]\n"), &format!("[tables.{table}]\ndatabase = \"DB\"\n"));
    }
    generate(&project);
    let workflow = project.read(WORKFLOW);
    assert!(workflow.contains("provide logs\n") && workflow.contains("migrate DB\n"), "{workflow}");
    assert!(!workflow.contains("migrate LOGS"), "{workflow}");
}

#[test]
fn what_is_the_jobs_own_is_no_secret_of_the_worker() {
    let project = Project::generated();
    project.edit("[vars]", "[secrets.GITHUB_TOKEN]\ndescription = \"Reads issues\"\n\n[vars]");
    generate(&project);
    let workflow = project.read(WORKFLOW);
    assert!(workflow.contains("SECRET_GITHUB_TOKEN: ${{ secrets.WORKER_GITHUB_TOKEN }}\n"), "{workflow}");
}
