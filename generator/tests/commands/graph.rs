//! `graph`: the picture that is printed, and the one that is written.

use std::fs;

use crate::project::Project;

#[test]
fn the_picture_that_is_printed_is_the_one_that_is_generated() {
    let project = Project::generated();
    let run = project.run(&["graph"]).expect_code(0);
    assert_eq!((run.stdout, run.stderr.as_str()), (project.read("generated/graph.svg"), ""));
}

#[test]
fn a_picture_is_written_where_it_is_asked_for_and_nowhere_else() {
    let project = Project::new();
    let run = project.run(&["graph", "--format", "mermaid", "--output", "picture.mmd"]).expect_code(0);
    assert_eq!(run.stdout, "");
    assert!(project.read("picture.mmd").starts_with("flowchart LR\n"));
    assert_eq!(project.names(""), ["picture.mmd", "spec.toml"]);
}

#[test]
fn a_picture_that_cannot_be_written_leaves_what_was_there() {
    let project = Project::new();
    fs::create_dir(project.path("picture")).unwrap();
    for path in ["picture", "nowhere/picture"] {
        let run = project.run(&["graph", "--output", path]).expect_code(2);
        assert!(run.stderr.starts_with("error: cannot write "), "{}", run.stderr);
    }
    assert_eq!(project.names(""), ["picture", "spec.toml"]);
}

#[test]
fn of_a_spec_with_mistakes_there_is_no_picture() {
    let project = Project::new();
    project.edit("type = \"d1\"", "type = \"d2\"");
    let run = project.run(&["graph", "--format", "dot"]).expect_code(1);
    assert_eq!(run.stdout, "");
    assert!(run.stderr.contains("error[invalid-value]"), "{}", run.stderr);
}
