//! What a merge of two branches leaves that each made migration 0002.

use std::fs;

use crate::project::{Project, Run};

const FIRST: &str = "0001_create_events_and_stores.sql";
const MAINS: &str = "0002_add_events_note.sql";
const OWN: &str = "0002_add_events_tag.sql";
const AGAIN: &str = "0003_add_events_tag.sql";

const ANCHOR: &str = "columns.args = { type = \"json\", nullable = true }";

/// A project after the merge of its main branch, and the locks of both sides.
struct Merged {
    project: Project,
    own_lock: String,
    mains_lock: String,
}

fn column(name: &str) -> String {
    format!("columns.{name} = {{ type = \"text\", nullable = true }}\n")
}

impl Merged {
    fn new() -> Self {
        let branch = |name: &str| {
            let project = Project::generated();
            project.edit(ANCHOR, &format!("{}{ANCHOR}", column(name)));
            project.run(&["generate"]).expect_code(0);
            project
        };
        let (project, main) = (branch("tag"), branch("note"));
        let both = format!("{}{}", column("note"), column("tag"));
        project.edit(&column("tag"), &both);
        let migration = format!("generated/migrations/{MAINS}");
        project.write(&migration, &main.read(&migration));
        let lock = "generated/spec.lock";
        Self { own_lock: project.read(lock), mains_lock: main.read(lock), project }
    }

    fn lock(&self, text: &str) {
        self.project.write("generated/spec.lock", text);
    }

    /// The lock as git leaves it, with all of it in conflict.
    fn conflict(&self, ours: &str, theirs: &str) {
        let (own, mains) = (&self.own_lock, &self.mains_lock);
        let text = if ours == "main" || theirs.contains('(') {
            format!("<<<<<<< {ours}\n{mains}=======\n{own}>>>>>>> {theirs}\n")
        } else {
            format!("<<<<<<< {ours}\n{own}=======\n{mains}>>>>>>> {theirs}\n")
        };
        self.lock(&text);
    }

    fn run(&self, arguments: &[&str], code: i32) -> Run {
        self.project.run(arguments).expect_code(code)
    }

    #[track_caller]
    fn is_one_history(&self) {
        assert_eq!(self.project.names("generated/migrations"), [FIRST, MAINS, AGAIN]);
        let sql = self.project.read(&format!("generated/migrations/{AGAIN}"));
        assert!(sql.ends_with("ALTER TABLE \"events\" ADD COLUMN \"tag\" TEXT;\n"), "{sql}");
        self.run(&["diff"], 0);
        let again = self.run(&["rebase-migrations"], 0);
        assert!(again.stderr.contains("No two migrations share a number"), "{}", again.stderr);
    }
}

#[test]
fn every_command_says_what_to_do_with_a_lock_in_conflict() {
    let merged = Merged::new();
    merged.conflict("HEAD", "main");
    let before = merged.project.tree();
    for (command, code) in [("generate", 1), ("diff", 2), ("check", 1)] {
        let run = merged.run(&[command], code);
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(
            said.contains(
                "error[migration-conflict]: `generated/spec.lock` has the conflict markers of a merge"
            ),
            "{said}"
        );
        assert!(said.contains("run `cargo run -p generator -- rebase-migrations`"), "{said}");
    }
    assert_eq!(merged.project.tree(), before);
}

#[test]
fn the_side_of_main_stays_whichever_side_it_is() {
    // The last is what `git rebase` leaves.
    let labels = [("HEAD", "main"), ("HEAD", "origin/main"), ("main", "feature"), ("HEAD", "12ab34c (tag)")];
    for (ours, theirs) in labels {
        let merged = Merged::new();
        merged.conflict(ours, theirs);
        let run = merged.run(&["rebase-migrations"], 0);
        assert!(run.stdout.contains(&format!("removed  generated/migrations/{OWN}")), "{}", run.stdout);
        assert!(run.stdout.contains(&format!("new  generated/migrations/{AGAIN}")), "{}", run.stdout);
        merged.is_one_history();
    }
}

#[test]
fn between_two_branches_a_name_decides() {
    let merged = Merged::new();
    merged.conflict("HEAD", "feature");
    let before = merged.project.tree();
    let run = merged.run(&["rebase-migrations"], 1);
    for part in ["error[migration-conflict]", OWN, MAINS, "rebase-migrations --keep 0002_"] {
        assert!(run.stderr.contains(part), "{part} in {}", run.stderr);
    }
    let run = merged.run(&["rebase-migrations", "--keep", "0002_none.sql"], 1);
    assert!(run.stderr.contains("names no migration that is there"), "{}", run.stderr);
    assert_eq!(merged.project.tree(), before);

    merged.run(&["rebase-migrations", "--keep", MAINS], 0);
    merged.is_one_history();
}

#[test]
fn a_lock_that_lists_one_of_the_two_decides() {
    let merged = Merged::new();
    merged.lock(&merged.mains_lock);
    let run = merged.run(&["generate"], 1);
    for part in ["error[migration-conflict]", OWN, MAINS, "have one number", "rebase-migrations"] {
        assert!(run.stderr.contains(part), "{part} in {}", run.stderr);
    }
    merged.run(&["rebase-migrations"], 0);
    merged.is_one_history();
}

#[test]
fn a_lock_that_lists_both_decides_nothing() {
    let merged = Merged::new();
    let line = |lock: &str| lock.lines().find(|line| line.contains("/0002_")).unwrap().to_owned();
    let own = line(&merged.own_lock);
    merged.lock(
        &merged
            .mains_lock
            .replace(&line(&merged.mains_lock), &format!("{}\n{own}", line(&merged.mains_lock))),
    );
    merged.run(&["rebase-migrations"], 1);
    merged.run(&["rebase-migrations", "--keep", MAINS], 0);
    merged.is_one_history();
}

#[test]
fn a_migration_written_by_hand_is_not_deleted() {
    let merged = Merged::new();
    merged.conflict("HEAD", "main");
    merged.project.write(&format!("generated/migrations/{OWN}"), "ALTER TABLE events ADD COLUMN tag TEXT;\n");
    let before = merged.project.tree();
    let run = merged.run(&["rebase-migrations"], 1);
    assert!(run.stderr.contains("was written by hand"), "{}", run.stderr);
    assert_eq!(merged.project.tree(), before);
}

#[test]
fn one_file_with_both_sides_of_a_merge_becomes_the_side_that_stays() {
    let merged = Merged::new();
    let path = |name: &str| format!("generated/migrations/{name}");
    let (own, mains) = (merged.project.read(&path(OWN)), merged.project.read(&path(MAINS)));
    let as_mains = |lock: &str| lock.replace(OWN, MAINS);
    let lock =
        format!("<<<<<<< HEAD\n{}=======\n{}>>>>>>> main\n", as_mains(&merged.own_lock), merged.mains_lock);
    merged.lock(&lock);
    fs::remove_file(merged.project.path(&path(OWN))).unwrap();
    merged.project.write(&path(MAINS), &format!("<<<<<<< HEAD\n{own}=======\n{mains}>>>>>>> main\n"));
    merged.run(&["rebase-migrations"], 0);
    assert_eq!(merged.project.read(&path(MAINS)), mains);
    merged.is_one_history();
}

#[test]
fn a_conflict_without_migrations_is_settled_too() {
    let project = Project::generated();
    let lock = project.read("generated/spec.lock");
    let (first, rest) = lock.split_once('\n').unwrap();
    project.write("generated/spec.lock", &format!("<<<<<<< HEAD\n{first}\n=======\n>>>>>>> other\n{rest}"));
    project.run(&["rebase-migrations"]).expect_code(0);
    assert_eq!(project.read("generated/spec.lock"), lock);
}

#[test]
fn a_workflow_that_a_person_edited_or_deleted_stays_so() {
    let workflow = ".github/workflows/deploy.yml";
    let merged = Merged::new();
    merged.project.write(workflow, "name: mine\n");
    merged.conflict("HEAD", "main");
    merged.run(&["rebase-migrations"], 0);
    assert_eq!(merged.project.read(workflow), "name: mine\n");

    let merged = Merged::new();
    fs::remove_file(merged.project.path(workflow)).unwrap();
    merged.conflict("HEAD", "main");
    merged.run(&["rebase-migrations"], 0);
    assert!(!merged.project.path(workflow).exists());
}

/// What two branches generate that each declare something, merged into the first: its lock has the conflict.
fn merged(own: &str, mains: &str, prepare: impl Fn(&Project)) -> Project {
    let anchor = "[relay]\n";
    let branch = |declared: &str| {
        let project = Project::new();
        prepare(&project);
        project.run(&["generate"]).expect_code(0);
        project.edit(anchor, &format!("{declared}\n{anchor}"));
        project.run(&["generate"]).expect_code(0);
        project
    };
    let (project, main) = (branch(own), branch(mains));
    project.edit(anchor, &format!("{mains}\n{anchor}"));
    for folder in main.names("generated").iter().filter(|name| name.starts_with("migrations")) {
        fs::create_dir_all(project.path(&format!("generated/{folder}"))).expect("a folder is made");
        for name in main.names(&format!("generated/{folder}")) {
            let path = format!("generated/{folder}/{name}");
            project.write(&path, &main.read(&path));
        }
    }
    let lock = "generated/spec.lock";
    let both = format!("<<<<<<< HEAD\n{}=======\n{}>>>>>>> main\n", project.read(lock), main.read(lock));
    project.write(lock, &both);
    project
}

#[test]
fn a_folder_to_which_one_branch_alone_added_stays_as_it_is() {
    let database = |name: &str| {
        format!(
            "[bindings.{name}]\ntype = \"d1\"\ndatabase = \"{0}\"\n\n[tables.of_{0}]\ndatabase = \"{name}\"\n\
             primary_key = [\"id\"]\ncolumns.id = {{ type = \"uuid\" }}\n",
            name.to_lowercase()
        )
    };
    let (first, second) = (database("FIRST"), database("SECOND"));
    let merged = merged(&first, &second, |project| {
        let spec = project.read("spec.toml");
        let (main, _) = spec.split_once("[env.staging]").unwrap();
        let spec = ["events", "stores"].iter().fold(main.to_owned(), |spec, table| {
            let section = format!("[tables.{table}]\n");
            spec.replace(&section, &format!("{section}database = \"DB\"\n"))
        });
        project.write("spec.toml", &spec);
    });
    merged.run(&["rebase-migrations"]).expect_code(0);
    for folder in ["migrations_first", "migrations_second"] {
        assert_eq!(merged.names(&format!("generated/{folder}")).len(), 1, "{folder}");
    }
    merged.run(&["diff"]).expect_code(0);
}

#[test]
fn the_history_of_classes_that_main_has_goes_first() {
    let class = |name: &str| {
        format!(
            "[bindings.{name}]\ntype = \"durable_object\"\nclass = \"{name}\"\ndescription = \"Tried out.\"\n"
        )
    };
    let merged = merged(&class("OWN"), &class("MAINS"), |_| {});
    merged.run(&["rebase-migrations"]).expect_code(0);
    let lock = merged.read("generated/spec.lock");
    let at = |text: &str| lock.find(text).unwrap_or_else(|| panic!("{text} in {lock}"));
    let (mains, own) = (at("new_sqlite_classes = [\"MAINS\"]"), at("new_sqlite_classes = [\"OWN\"]"));
    assert!(at("tag = \"v2\"") < mains && mains < at("tag = \"v3\"") && at("tag = \"v3\"") < own, "{lock}");
}

#[test]
fn a_workflow_that_a_merge_mixed_is_made_anew() {
    let workflow = ".github/workflows/deploy.yml";
    let merged = Merged::new();
    let good = merged.project.read(workflow);
    merged.project.write(workflow, &format!("<<<<<<< HEAD\n{good}=======\n{good}>>>>>>> main\n"));
    merged.conflict("HEAD", "main");
    merged.run(&["rebase-migrations"], 0);
    assert_eq!(merged.project.read(workflow), good);
}
