//! `dev` before anything is set up.

use crate::project::Project;

/// On any port that is free.
const DEV: &[&str] = &["dev", "--port", "0"];

#[test]
fn a_wrong_spec_is_reported_before_anything_is_set_up() {
    let project = Project::new();
    project.edit("store = \"DB\"", "store = \"BD\"");
    let run = project.run_alone(DEV).expect_code(1);
    assert!(run.stderr.contains("error[unknown-binding]"), "{}", run.stderr);
    assert!(!run.stderr.contains("not installed"), "{}", run.stderr);
}

#[test]
fn what_is_generated_is_named_before_anything_is_set_up() {
    let project = Project::generated();
    project.edit("path = \"/health\"", "path = \"/status\"");
    let run = project.run_alone(DEV).expect_code(2);
    assert!(run.stderr.contains("generated/ 7 files written"), "{}", run.stderr);
    assert!(run.stderr.contains("changed  generated/src/routes.rs"), "{}", run.stderr);
    assert!(run.stderr.contains("`node` is not installed"), "{}", run.stderr);
    let again = project.run_alone(DEV).expect_code(2);
    assert!(again.stderr.contains("generated/ fresh"), "{}", again.stderr);
}

#[test]
fn a_warning_is_shown_although_the_spec_is_good() {
    let project = Project::new();
    project.edit("[[routes]]", "[secrets.SPARE]\ndescription = \"Nobody's\"\n\n[[routes]]");
    let run = project.run_alone(DEV).expect_code(2);
    assert!(run.stderr.contains("warning[unused-secret]"), "{}", run.stderr);
}
