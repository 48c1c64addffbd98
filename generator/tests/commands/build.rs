//! `build`, as far as it goes without building.

use crate::project::Project;

#[test]
fn what_is_generated_is_never_written_by_a_build() {
    let project = Project::generated().with_packages();
    project.edit("columns.args = ", "columns.note = { type = \"text\", nullable = true }\ncolumns.args = ");
    let before = project.tree();
    let run = project.run_alone(&["build"]).expect_code(1);
    assert!(run.stderr.contains("error[stale-file]"), "{}", run.stderr);
    assert!(run.stderr.contains("cargo run -p generator -- generate"), "{}", run.stderr);
    assert_eq!(project.tree(), before);
    // All that `check` finds, and nothing else.
    let check = project.run(&["check"]).expect_code(1);
    assert_eq!(run.stderr, check.stdout + &check.stderr);
}

#[test]
fn a_warning_does_not_keep_it_from_building_and_is_shown() {
    let project = Project::new();
    project.edit("[[routes]]", "[secrets.SPARE]\ndescription = \"Nobody's\"\n\n[[routes]]");
    project.run(&["generate"]).expect_code(0);
    let run = project.with_packages().run_alone(&["build"]).expect_code(2);
    assert!(run.stderr.contains("warning[unused-secret]"), "{}", run.stderr);
    assert!(run.stderr.contains("`node` is not installed"), "{}", run.stderr);
}
