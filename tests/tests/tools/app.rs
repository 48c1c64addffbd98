//! The app in `web/` against what is generated from specs that it was not written for: its type check finds what broke.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use generator::document::Source;
use generator::{diagnostic::Format, pipeline, render};
use tests::world::root;

/// What the app is checked from.
const PARTS: [&str; 2] = ["src", "tsconfig.json"];

/// A spec's text, replaced once where it stands.
type Edit = (&'static str, &'static str);

/// Edits, and what the type check says of them, and where.
const BREAKING: [(&[Edit], &str, &str); 4] = [
    (
        &[
            ("\"list_tasks\"]", "\"list_tasks\", \"delete_task\"]"),
            ("[tools.list_tasks]", "[tools.delete_task]\ndescription = \"Delete it.\"\n\n[tools.list_tasks]"),
        ],
        "src/chat/tools.ts",
        "not assignable to parameter of type 'never'",
    ),
    (&[("create_task.parameters.title", "create_task.parameters.name")], "src/chat/tools.ts", "'title'"),
    (&[("\"doing\", \"done\"]", "\"doing\", \"blocked\"]")], "src/chat/tools.ts", "'\"blocked\"'"),
    (
        &[
            ("\"list_tasks\"]", "\"show_tasks\"]"),
            ("[tools.list_tasks]", "[tools.show_tasks]"),
            ("[tools.list_tasks.", "[tools.show_tasks."),
        ],
        "src/chat/tools.ts",
        "'\"list_tasks\"'",
    ),
];

#[test]
fn a_spec_that_breaks_the_app_fails_its_type_check() {
    let app = App::lay_out();
    assert_eq!(app.faults(&[]), "", "the app does not fit the repository's spec");
    for (edits, place, complaint) in BREAKING {
        let faults = app.faults(edits);
        assert!(faults.contains(place) && faults.contains(complaint), "{edits:?}: {faults:?}");
    }
}

/// A copy of the app's source beside a folder for what is generated.
struct App(PathBuf);

impl App {
    fn lay_out() -> Self {
        tests::packages().unwrap_or_else(|error| panic!("{error}"));
        let folder = root().join("target/app");
        let _ = fs::remove_dir_all(&folder); // of an earlier run
        for part in PARTS {
            copy(&root().join("web").join(part), &folder.join("web").join(part));
        }
        symlink(root().join("node_modules"), folder.join("node_modules")).expect("a link can be made");
        Self(folder)
    }

    /// What the type check says with the repository's spec after some edits.
    fn faults(&self, edits: &[Edit]) -> String {
        let spec = fs::read_to_string(root().join("spec.toml")).expect("there is a spec");
        let text = edits.iter().fold(spec, |text, (from, to)| {
            assert!(text.contains(from), "{from:?} is not in spec.toml");
            text.replacen(from, to, 1)
        });
        let reading = pipeline::interpret(Source { name: "spec.toml".to_owned(), text });
        let rendered = reading.render(Format::Human, false);
        let spec = reading.spec.as_ref().unwrap_or_else(|| panic!("{rendered}"));
        for file in render::web(spec).unwrap_or_else(|error| panic!("{error:?}")) {
            let path = self.0.join(&file.path);
            fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder can be made");
            fs::write(&path, &file.text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
        let mut check = Command::new(root().join("node_modules/.bin/tsc"));
        let output = check.args(["--noEmit", "--pretty", "false"]).current_dir(self.0.join("web")).output();
        let output = output.unwrap_or_else(|error| panic!("tsc: {error}"));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.unwrap_or_else(|error| panic!("{error}"));
        let path = to.join(entry.path().strip_prefix(from).expect("it is below"));
        if entry.file_type().is_file() {
            let path = if entry.depth() == 0 { to.to_owned() } else { path };
            fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder can be made");
            fs::copy(entry.path(), &path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
    }
}
