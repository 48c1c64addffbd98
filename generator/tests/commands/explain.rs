//! `explain`: what a code means.

use crate::project::Project;

#[test]
fn a_code_is_explained_with_an_example() {
    let run = Project::empty().run(&["explain", "unknown-binding"]).expect_code(0);
    assert!(run.stdout.starts_with("unknown-binding (error)\n\n"), "{}", run.stdout);
    assert!(
        run.stdout.ends_with("Wrong:\n\n    store = \"BD\"\n\nRight:\n\n    store = \"DB\"\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_misspelt_code_is_told_the_nearest() {
    let run = Project::empty().run(&["explain", "unknown-bindin"]).expect_code(2);
    assert_eq!(run.stderr, "error: there is no code `unknown-bindin`; did you mean `unknown-binding`?\n");
}
