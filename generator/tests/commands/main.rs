//! The commands as a user or a script meets them: what they print, what they write and how they exit.

mod build;
mod check;
mod dev;
mod diff;
mod explain;
mod generate;
mod graph;
mod hostile;
mod import;
mod interrupt;
mod project;
mod rebase;
mod workflow;

use project::Project;

#[test]
fn without_a_spec_a_command_says_where_it_looked() {
    let project = Project::new();
    std::fs::remove_file(project.path("spec.toml")).unwrap();
    for command in ["generate", "diff", "check", "build"] {
        let run = project.run(&[command]).expect_code(2);
        assert!(run.stderr.starts_with("error: there is no spec.toml in "), "{command}: {}", run.stderr);
    }
}

#[test]
fn a_command_works_from_a_folder_below_the_project() {
    let project = Project::generated();
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_generator"))
        .arg("diff")
        .current_dir(project.path("generated/src"))
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_under_the_output_is_an_error_and_no_panic() {
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_generator"))
        .args(["explain", "unused-tool"])
        .stdout(std::fs::File::create("/dev/full").unwrap())
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(2));
    let stderr = String::from_utf8(run.stderr).unwrap();
    assert!(stderr.starts_with("error: cannot write to standard output: "), "{stderr}");
}

#[test]
fn a_reader_that_has_read_enough_is_no_failure() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_generator"))
        .arg("schema")
        .stdout(writer)
        .output()
        .unwrap();
    assert_eq!((run.status.code(), String::from_utf8(run.stderr).unwrap().as_str()), (Some(0), ""));
}

#[test]
fn the_schema_that_is_printed_is_the_one_that_is_generated() {
    let project = Project::generated();
    assert_eq!(project.run(&["schema"]).expect_code(0).stdout, project.read("generated/spec.schema.json"));
}

#[test]
fn every_command_has_help_with_an_example_or_a_reason() {
    let project = Project::new();
    let help = project.run(&["--help"]).expect_code(0).stdout;
    for command in [
        "generate",
        "diff",
        "check",
        "import",
        "schema",
        "explain",
        "graph",
        "dev",
        "build",
        "cargo",
        "completions",
        "llm",
        "rebase-migrations",
    ] {
        assert!(help.contains(&format!("\n  {command} ")), "{command} in {help}");
        project.run(&[command, "--help"]).expect_code(0);
    }
    assert!(help.contains("Examples:") && help.contains("Exit codes:"), "{help}");
}

#[test]
fn every_shell_is_told_of_every_command() {
    // Outside of a project too: a package may be built with them.
    let project = Project::empty();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = project.run(&["completions", shell]).expect_code(0).stdout;
        for word in ["generate", "diff", "graph", "completions", "--allow-destructive", "mermaid"] {
            // PowerShell and Elvish complete no values.
            let values = word != "mermaid" || !["elvish", "powershell"].contains(&shell);
            let known = script.contains(word.trim_start_matches('-'));
            assert!(known || !values, "{shell}: {word}");
        }
    }
    project.run(&["completions", "tcsh"]).expect_code(2);
}

#[test]
fn a_misspelt_argument_exits_with_2() {
    let run = Project::new().run(&["dif"]).expect_code(2);
    assert!(run.stderr.contains("diff"), "{}", run.stderr);
}
