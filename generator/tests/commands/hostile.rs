//! Files that are no spec: each gets a sentence and an exit code, and nothing is written.

use std::{fs, os::unix::fs::symlink};

use crate::project::Project;

/// Runs each command that reads the spec and expects it to fail with 2 and to say `reason`.
#[track_caller]
fn cannot_be_read(project: &Project, reason: &str) {
    let before = project.names("");
    for command in ["generate", "diff", "check"] {
        let run = project.run(&[command]).expect_code(2);
        assert!(run.stderr.starts_with("error: cannot read spec.toml: "), "{command}: {}", run.stderr);
        assert!(run.stderr.contains(reason), "{command}: {}", run.stderr);
    }
    assert_eq!(project.names(""), before);
}

#[test]
fn a_folder_is_no_spec() {
    let project = Project::empty();
    fs::create_dir(project.path("spec.toml")).unwrap();
    cannot_be_read(&project, "it is no file");
}

#[test]
fn a_link_to_itself_is_no_spec() {
    let project = Project::empty();
    symlink("spec.toml", project.path("spec.toml")).unwrap();
    cannot_be_read(&project, "symbolic link");
}

#[test]
fn fifty_megabytes_are_no_spec() {
    let project = Project::empty();
    let line = "# a comment that goes on and on, and on, and on, and on\n";
    project.write("spec.toml", &line.repeat(50_000_000 / line.len()));
    cannot_be_read(&project, "the most is 4 MiB");
}

#[test]
fn what_is_not_utf_8_is_no_spec() {
    let project = Project::empty();
    fs::write(project.path("spec.toml"), b"[worker]\nname = \"\xff\"\n").unwrap();
    cannot_be_read(&project, "UTF-8");
}

#[test]
fn line_ends_a_mark_at_the_start_and_a_missing_one_at_the_end_change_nothing() {
    let project = Project::generated();
    let spec = project.read("spec.toml");
    for text in
        [spec.replace('\n', "\r\n"), format!("\u{feff}{spec}"), spec.trim_end_matches('\n').to_owned()]
    {
        project.write("spec.toml", &text);
        project.run(&["diff"]).expect_code(0);
    }
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    let project = Project::generated();
    let spec = project.read("spec.toml");
    for (open, close) in [("[", "]"), ("{ a = ", " }")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        project.write("spec.toml", &format!("{spec}\n[x]\ny = {deep}\n"));
        let run = project.run(&["generate"]).expect_code(1);
        assert!(run.stderr.contains("error[toml-syntax]"), "{}", &run.stderr[..run.stderr.len().min(500)]);
    }
}

#[test]
fn a_message_sends_no_command_to_the_terminal() {
    let project = Project::generated();
    project.edit("[relay]", "[relay]\n\"\\u001b[2J\" = \"\\u001b]0;title\\u0007\"");
    let run = project.run(&["generate"]).expect_code(1);
    assert!(run.stderr.contains("error[unknown-key]"), "{}", run.stderr);
    assert!(!run.stderr.contains(['\u{1b}', '\u{7}']), "{:?}", run.stderr);
}
