//! `diff`: what it shows, and that it writes nothing.

use serde_json::{Value, json};

use crate::project::Project;

#[test]
fn nothing_differs_after_generate() {
    let project = Project::generated();
    let run = project.run(&["diff"]).expect_code(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    let again = project.run(&["generate"]).expect_code(0);
    assert_eq!(again.stdout, "No change: generated/ is what spec.toml says.\n");
}

#[test]
fn an_added_column_and_route_are_shown_and_nothing_is_written() {
    let project = Project::generated();
    project.edit(
        "columns.created_at = { type = \"timestamp\" }",
        "columns.created_at = { type = \"timestamp\" }\ncolumns.note = { type = \"text\", nullable = true }",
    );
    project.edit("[relay]", "[[routes]]\npath = \"/status\"\nhandler = \"health\"\n\n[relay]");
    let before = project.tree();

    let run = project.run(&["diff"]).expect_code(1);
    for part in [
        "+ routes /status  health\n",
        "+ tables.events.note  text, nullable\n",
        "     new  generated/migrations/0002_add_events_note.sql\n",
        " changed  generated/src/routes.rs\n",
        "+++ b/generated/migrations/0002_add_events_note.sql\n",
        "+ALTER TABLE \"events\" ADD COLUMN \"note\" TEXT;\n",
        "+        path: \"/status\",\n",
    ] {
        assert!(run.stdout.contains(part), "{part:?} in {}", run.stdout);
    }
    assert_eq!(project.tree(), before);
}

#[test]
fn the_summary_alone_can_be_asked_for() {
    let project = Project::generated();
    project.edit("path = \"/health\"", "path = \"/status\"");
    let run = project.run(&["diff", "--summary"]).expect_code(1);
    assert_eq!(
        run.stdout,
        "\
+ routes /status  health
- routes /health  health

 changed  generated/wrangler.jsonc
 changed  generated/wrangler.staging.jsonc
 changed  generated/graph.svg
 changed  generated/src/lib.rs
 changed  generated/src/routes.rs
 changed  generated/web/routes.ts
 changed  generated/spec.lock
"
    );
}

#[test]
fn a_hazard_stands_below_the_declaration_that_it_is_of() {
    let project = Project::generated();
    let notes = "[tables.notes]\nprimary_key = [\"id\"]\ncolumns.id = { type = \"uuid\" }\n\
                 columns.title = { type = \"text\" }\ncolumns.body = { type = \"text\" }\n\n[tables.stores]";
    project.edit("[tables.stores]", notes);
    project.run(&["generate"]).expect_code(0);
    project.edit("columns.title = { type = \"text\" }", "columns.title = { type = \"text\", unique = true }");
    project.edit(
        "columns.body = { type = \"text\" }",
        "columns.body = { type = \"text\", check = \"body <> ''\" }",
    );
    let run = project.run(&["diff", "--summary"]).expect_code(1);
    let declarations = run.stdout.split("\n\n").next().unwrap();
    assert_eq!(
        declarations,
        "\
~ tables.notes.title  text → text, unique
  ! `notes.title` fails unless no two rows share a value
~ tables.notes.body  text → text, check body <> ''
  ! `notes.body` fails unless every row keeps `body <> ''`
  ! copies every row of notes; for each 1,000 rows that is about so many writes: 3,000 in notes"
    );
    let json: Value = serde_json::from_str(&project.run(&["diff", "--json"]).expect_code(1).stdout).unwrap();
    let hazards = json["hazards"].as_array().unwrap();
    let places: Vec<_> = hazards.iter().map(|hazard| hazard["place"].as_str().unwrap()).collect();
    assert_eq!(places, ["tables.notes.body", "tables.notes.title", "tables.notes"]);
}

#[test]
fn what_has_another_name_is_one_line() {
    let project = Project::generated();
    let notes = "[tables.notes]\nprimary_key = [\"id\"]\ncolumns.id = { type = \"uuid\" }\n\
                 columns.title = { type = \"text\" }\ncolumns.body = { type = \"text\" }\n\
                 checks.some = \"body <> ''\"\n\n[tables.stores]";
    project.edit("[tables.stores]", notes);
    project.run(&["generate"]).expect_code(0);
    project.edit(
        "[tables.notes]\nprimary_key = [\"id\"]\ncolumns.id = { type = \"uuid\" }\ncolumns.title = { type",
        "[tables.cards]\nrenamed_from = \"notes\"\nprimary_key = [\"id\"]\ncolumns.id = { type = \"uuid\" }\n\
         columns.name = { renamed_from = \"title\", type",
    );
    project.edit("columns.body = { type = \"text\" }", "columns.body = { type = \"text\", nullable = true }");
    let run = project.run(&["diff", "--summary"]).expect_code(1);
    assert_eq!(
        run.stdout.split("\n\n").next().unwrap(),
        "\
~ tables.notes → tables.cards  key (id)
  ! copies every row of cards; for each 1,000 rows that is about so many writes: 2,000 in cards
~ tables.notes.title → tables.cards.name  text
~ tables.cards.body  text → text, nullable"
    );
    let json: Value = serde_json::from_str(&project.run(&["diff", "--json"]).expect_code(1).stdout).unwrap();
    assert_eq!(
        json["declarations"][1],
        json!({
            "change": "renamed", "from": "tables.notes.title", "place": "tables.cards.name",
            "before": "text", "after": "text",
        })
    );
    project.run(&["generate"]).expect_code(0);
    project.run(&["diff"]).expect_code(0);
}

#[test]
fn a_binding_that_has_another_name_is_one_line_in_each_environment() {
    let project = Project::generated();
    project.edit("[bindings.DB]", "[bindings.RECORD]\nrenamed_from = \"DB\"");
    project.edit("store = \"DB\"", "store = \"RECORD\"");
    project.edit("bindings.DB.database", "bindings.RECORD.database");
    let run = project.run(&["diff", "--summary"]).expect_code(1);
    assert_eq!(
        run.stdout.split("\n\n").next().unwrap(),
        "\
~ bindings.DB → bindings.RECORD  d1 work-squared-prod
~ relay  DB in events, stores → RECORD in events, stores
~ env.staging.bindings.DB → env.staging.bindings.RECORD  d1 work-squared-staging"
    );
}

#[test]
fn a_table_that_goes_to_another_database_says_so() {
    let project = Project::generated();
    let several = "[bindings.OTHER]\ntype = \"d1\"\ndatabase = \"other\"\n\n[bindings.DB]";
    project.edit("[bindings.DB]", several);
    project.edit(
        "bindings.DB.database = \"work-squared-staging\"",
        "bindings.DB.database = \"work-squared-staging\"\nbindings.OTHER.database = \"other-staging\"",
    );
    project.edit("[tables.events]", "[tables.events]\ndatabase = \"DB\"");
    project.edit(
        "[tables.stores]",
        "[tables.notes]\ndatabase = \"DB\"\nprimary_key = [\"id\"]\ncolumns.id = { type = \"uuid\" }\n\n\
         [tables.stores]\ndatabase = \"DB\"",
    );
    project.run(&["generate"]).expect_code(0);
    project.edit("[tables.notes]\ndatabase = \"DB\"", "[tables.notes]\ndatabase = \"OTHER\"");
    let run = project.run(&["diff", "--summary", "--allow-destructive", "notes"]).expect_code(1);
    assert_eq!(
        run.stdout.split("\n\n").next().unwrap(),
        "\
~ tables.notes  key (id) in DB → key (id) in OTHER
  ! dropping the table `notes` loses its rows"
    );
}

#[test]
fn values_that_another_type_leaves_behind_are_told_of() {
    let project = Project::generated();
    let notes = |kinds: [&str; 3]| {
        let [made, body, count] = kinds;
        format!(
            "[tables.notes]\nprimary_key = [\"id\"]\ncolumns.id = {{ type = \"uuid\" }}\n\
             columns.made = {{ type = \"{made}\" }}\ncolumns.body = {{ type = \"{body}\" }}\n\
             columns.count = {{ type = \"{count}\" }}\n\n[tables.stores]"
        )
    };
    let before = notes(["integer", "text", "integer"]);
    project.edit("[tables.stores]", &before);
    project.run(&["generate"]).expect_code(0);
    project.edit(&before, &notes(["timestamp", "json", "json"]));
    let run = project.run(&["diff", "--summary"]).expect_code(1);
    assert_eq!(
        run.stdout.split("\n\n").next().unwrap(),
        "\
~ tables.notes.made  integer → timestamp
  ! `notes.made` keeps values that no `timestamp` column writes
~ tables.notes.body  text → json
  ! `notes.body` keeps values that no `json` column writes
~ tables.notes.count  integer → json
  ! copies every row of notes; for each 1,000 rows that is about so many writes: 2,000 in notes"
    );
}

#[test]
fn a_binding_that_leads_to_another_database_is_a_hazard() {
    let project = Project::generated();
    project.edit("database = \"work-squared-prod\"", "database = \"work-squared-prd\"");
    let run = project.run(&["diff", "--summary"]).expect_code(1);
    assert!(run.stdout.contains("  ! the rows of work-squared-prod stay there"), "{}", run.stdout);
}

#[test]
fn before_the_first_run_not_even_a_folder_is_made() {
    let project = Project::new();
    let before = project.tree();
    let run = project.run(&["diff"]).expect_code(1);
    assert!(run.stdout.contains("--- /dev/null\n+++ b/generated/wrangler.jsonc\n"), "{}", run.stdout);
    assert_eq!(project.tree(), before);
}

#[test]
fn a_spec_with_mistakes_is_no_difference_but_an_error() {
    let project = Project::generated();
    project.edit("type = \"d1\"", "type = \"d2\"");
    let run = project.run(&["diff"]).expect_code(2);
    assert_eq!(run.stdout, "");
    assert!(run.stderr.contains("error[invalid-value]"), "{}", run.stderr);
}

#[test]
fn there_is_no_colour_where_nobody_looks() {
    let project = Project::generated();
    project.edit("path = \"/health\"", "path = \"/status\"");
    let run = project.run(&["diff"]).expect_code(1);
    assert!(!run.stdout.contains('\u{1b}') && !run.stderr.contains('\u{1b}'));
}

#[test]
fn a_comment_changes_nothing() {
    let project = Project::generated();
    project.edit("[worker]", "# Another word.\n[worker]");
    project.run(&["diff"]).expect_code(0);
}

#[test]
fn a_program_gets_the_difference_as_json() {
    let project = Project::generated();
    let none: Value = serde_json::from_str(&project.run(&["diff", "--json"]).expect_code(0).stdout).unwrap();
    assert_eq!(none, json!({ "declarations": [], "hazards": [], "files": [] }));

    project.edit("path = \"/health\"", "path = \"/status\"");
    let some: Value = serde_json::from_str(&project.run(&["diff", "--json"]).expect_code(1).stdout).unwrap();
    assert_eq!(
        some["declarations"],
        json!([
            { "change": "added", "place": "routes /status", "after": "health" },
            { "change": "removed", "place": "routes /health", "before": "health" },
        ])
    );
    let routes =
        some["files"].as_array().unwrap().iter().find(|file| file["path"] == "generated/src/routes.rs");
    let routes = routes.unwrap();
    assert_eq!(routes["change"], "changed");
    assert!(routes["diff"].as_str().unwrap().contains("+        path: \"/status\","), "{routes}");
}

#[test]
fn one_environment_alone_can_be_asked_for() {
    let project = Project::generated();
    project.edit(
        "worker.name = \"work-squared-staging\"",
        "worker.name = \"work-squared-test\"\nvars.BRAINTRUST_PROJECT_ID = \"test\"",
    );
    project.edit("path = \"/health\"", "path = \"/status\"");
    let run = project.run(&["diff", "--env", "staging", "--summary"]).expect_code(1);
    assert_eq!(
        run.stdout,
        "\
~ env.staging  work-squared-staging → work-squared-test
+ env.staging.vars.BRAINTRUST_PROJECT_ID  \"test\"

 changed  generated/wrangler.staging.jsonc
"
    );
    let run = project.run(&["diff", "--env", "staging"]).expect_code(1);
    assert!(run.stdout.contains("+  \"name\": \"work-squared-test\",\n"), "{}", run.stdout);
    assert_eq!(run.stdout.matches("\n+++ ").count(), 1, "{}", run.stdout);
}

#[test]
fn an_environment_that_does_not_differ_exits_with_0() {
    let project = Project::generated();
    project.edit("database = \"work-squared-prod\"", "database = \"work-squared-main\"");
    project.run(&["diff", "--env", "staging"]).expect_code(0);
    project.run(&["diff"]).expect_code(1);
}

#[test]
fn an_environment_that_is_misspelt_is_told_the_nearest() {
    let project = Project::generated();
    let run = project.run(&["diff", "--env", "stagin"]).expect_code(2);
    assert_eq!(run.stdout, "");
    assert_eq!(run.stderr, "error: there is no environment \"stagin\": did you mean `staging`?\n");
}
