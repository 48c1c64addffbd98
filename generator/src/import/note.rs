//! What an import has to tell: what it took for granted, what it could not carry over, and what to do about it.
//!
//! Owns the words. Must not know how it was found out.

use indexmap::IndexMap;
use serde_json::Value;

use super::meaning::{Difference, Key};

/// What kind of note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The configuration does not tell, and the spec needs to know.
    Assumed,
    /// The spec says it in another way, or more than the configuration.
    Changed,
    /// The spec has no place for it.
    Lost,
}

/// One thing to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What kind.
    pub kind: Kind,
    /// The key that it is about, as the configuration names it, or a table or file.
    pub path: String,
    /// What was done with it, and why.
    pub reason: String,
    /// What to do, if anything.
    pub remedy: String,
}

impl Note {
    /// A note of this kind.
    pub fn new(
        kind: Kind,
        path: impl Into<String>,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { kind, path: path.into(), reason: reason.into(), remedy: remedy.into() }
    }
}

/// All notes as text, each kind under a heading, with what several keys share said once; empty if there are none.
pub fn text(notes: &[Note]) -> String {
    let mut text = String::new();
    for (kind, heading) in
        [(Kind::Assumed, "Assumed"), (Kind::Changed, "Other than before"), (Kind::Lost, "Not carried over")]
    {
        let mut said: IndexMap<(&str, &str), Vec<&str>> = IndexMap::new();
        for note in notes.iter().filter(|note| note.kind == kind) {
            said.entry((&note.reason, &note.remedy)).or_default().push(&note.path);
        }
        if !said.is_empty() {
            text.push_str(&format!("{heading}:\n"));
        }
        for ((reason, remedy), paths) in said {
            text.push_str(&format!("  {}: {reason}\n", paths.join(", ")));
            if !remedy.is_empty() {
                text.push_str(&format!("    → {remedy}\n"));
            }
        }
    }
    text
}

/// What a difference between the configuration and what the spec makes of it means.
pub(super) fn of_difference(difference: &Difference) -> Note {
    let Difference { environment, key, before, after } = difference;
    let at = |key: &Key| {
        let key = key.to_string();
        let key = key.strip_suffix(".type").unwrap_or(&key);
        match environment.as_str() {
            "" => key.to_owned(),
            name => format!("env.{name}.{key}"),
        }
    };
    match (before, after) {
        // The spec says it too, to the worker.
        (Some(fact), None) if *key == Key::new(["assets", "not_found_handling"]) => {
            let reason = "the worker answers paths that are no file, as `not_found` of `[web]` says; each is a request to it";
            Note::new(Kind::Changed, &fact.source, reason, "nothing; a script that is missing gets a 404 now")
        }
        (Some(fact), None) => {
            let (reason, remedy) = lost(key, &fact.value);
            Note::new(Kind::Lost, &fact.source, reason, remedy)
        }
        (Some(fact), Some(after)) => {
            let (reason, remedy) = changed(key, &fact.value, after);
            Note::new(Kind::Changed, &fact.source, reason, remedy)
        }
        (None, after) => {
            let (reason, remedy) = added(key, after.as_ref().unwrap_or(&Value::Null));
            Note::new(Kind::Changed, at(key), reason, remedy)
        }
    }
}

type Words = (String, &'static str);

fn lost(key: &Key, value: &Value) -> Words {
    let parts = key.parts();
    if let [name] = parts[..]
        && let Some((_, reason, remedy)) = KEYS.iter().find(|(names, ..)| names.contains(&name))
    {
        return ((*reason).to_owned(), remedy);
    }
    let (reason, remedy) = match parts.as_slice() {
        ["main"] => OWN_CODE,
        ["twice", ..] => ("another binding has the name already", "give it a name of its own"),
        ["bindings", _, "type"] => return lost_binding(value),
        ["bindings", _, key] => lost_of_binding(key),
        ["consumers", _, "queue"] => {
            ("this worker no longer takes the queue's messages", "consume it with a worker of its own")
        }
        ["consumers", ..] => ("the spec's consumer has no such key", "nothing is lost if it is the default"),
        ["vars", ..] if value.is_array() || value.is_object() => (
            "a variable of the spec is a text, a number, true or false",
            "write the value as JSON in a text and parse it where it is read",
        ),
        ["domains" | "zone_routes", _] => (
            "the environment inherits it in wrangler, and then takes it from the worker of the top level; in the spec it leads to one worker",
            "if it is meant for this environment, add it to `worker.domains` or `worker.zone_routes` there",
        ),
        ["zone_routes", ..] => {
            ("the spec names the zone by its domain alone", "see that the domain is right")
        }
        ["classes", _, "transferred_classes"] => (
            "the history of classes has no step that takes a class from another worker",
            "deploy the transfer with the configuration as it is first, and ask for the class only then",
        ),
        ["classes", ..] => (
            "the history of classes is one for all environments, that of the top level",
            "do not deploy the spec to an environment whose history is another one",
        ),
        ["env", _] => ("an environment is an object", "correct it"),
        _ => ("the spec has no such key", "keep the configuration for what depends on it, or do without"),
    };
    (reason.to_owned(), remedy)
}

/// Keys of the top level that no spec has: why, and what to do.
const KEYS: &[(&[&str], &str, &str)] = &[
    (
        &[
            "alias",
            "base_dir",
            "build",
            "define",
            "find_additional_modules",
            "jsx_factory",
            "jsx_fragment",
            "keep_names",
            "minify",
            "no_bundle",
            "preserve_file_names",
            "rules",
            "tsconfig",
            "upload_source_maps",
        ],
        "it is about bundling JavaScript, and the worker is Rust",
        "a command that builds the web app belongs to `build` of `[web]`",
    ),
    (
        &["dev", "keep_vars", "legacy_env", "send_metrics", "tunnel"],
        "it is about how wrangler runs, not about the worker",
        "give `dev` its `--port`, or wrangler its arguments",
    ),
    (
        &["site"],
        "Workers Sites are KV behind a script of its own, which static assets replaced",
        "serve the same folder with `[web]` and its `directory`, and a binding of type `assets`",
    ),
    (&["usage_model"], "Cloudflare has one usage model now and ignores it", ""),
    (&["type"], "every worker is of one type now, and wrangler ignores it", ""),
    (
        &["node_compat"],
        "it put polyfills into JavaScript bundles, and the worker is Rust",
        "in JavaScript, the flag `nodejs_compat` replaced it",
    ),
    (
        &["exports"],
        "this worker's classes are kept in wrangler's newer form, from which there is no way back, and the spec writes `migrations`",
        "do not deploy the spec over this worker; give it another name, or keep the configuration",
    ),
    (
        &["pages_build_output_dir"],
        "this is a Pages project, which has no Durable Objects of its own",
        "deploy the spec as a new worker, with `[web]` for the folder, and move the domain to it",
    ),
];

fn lost_of_binding(key: &str) -> (&'static str, &'static str) {
    match key {
        "remote" | "experimental_remote" | "preview_database_id" | "preview_bucket_name" => {
            ("it is about `wrangler dev` alone, and `dev` works locally", "")
        }
        "migrations_table" | "migrations_pattern" => (
            "the ledger of migrations is wrangler's usual `d1_migrations`, whose files are `*.sql`",
            "the baseline can be applied to a database that has its tables already",
        ),
        "id" | "database_id" => (
            "another environment has the same, and each needs one of its own",
            "without an id, the first deployment makes a new, empty one; give this environment its own id",
        ),
        _ => ("the spec's binding has no such key", "if it matters, keep the resource out of the spec"),
    }
}

const OWN_CODE: (&str, &str) = (
    "the worker's own code is not carried over: the runtime of this project answers the spec's routes",
    "move what it does beside syncing to `runtime/src/shell/`, or keep it as a worker of its own and bind it as a service",
);

fn lost_binding(kind: &Value) -> Words {
    let kind = kind.as_str().unwrap_or_default();
    let remedy = match kind {
        "durable_objects" => {
            "one of another worker is reached by a service binding; a class that is bound twice keeps its first binding"
        }
        "queues" => "bind the queue by one name",
        _ => "keep what needs it in a worker of its own, and bind that as a service",
    };
    (format!("the spec cannot declare this binding (`{kind}`)"), remedy)
}

fn changed(key: &Key, before: &Value, after: &Value) -> Words {
    let reason = match key.parts().as_slice() {
        ["main"] => return (OWN_CODE.0.to_owned(), OWN_CODE.1),
        ["bindings", _, "database_name" | "database_id" | "bucket_name" | "queue" | "id"] => {
            "; two environments shared it, and each needs one of its own"
        }
        _ => "",
    };
    (
        format!("it is {} in the spec, not {}{reason}", shown(after), shown(before)),
        "see whether that is meant",
    )
}

fn added(key: &Key, after: &Value) -> Words {
    match key.parts().as_slice() {
        ["bindings", _, "type"] => (
            "the code is the same in every environment, and so are its bindings, so that the environment gets this one too"
                .to_owned(),
            "see in the spec which resource it leads to",
        ),
        ["vars", _] => (
            format!("the variables are the same in every environment: here it is {}", shown(after)),
            "set its value for this environment",
        ),
        ["classes", tag, ..] => (
            format!("the step `{tag}` is added to the history of classes"),
            "see in `generated/spec.lock` what it does, once it is generated",
        ),
        ["main"] => ("the worker's code is this project's `runtime/`".to_owned(), ""),
        ["assets", "run_worker_first", path] => {
            (format!("the worker answers `{path}` before the files do"), "nothing if no file has that path")
        }
        _ => (format!("the spec adds {}", shown(after)), "see whether that is meant"),
    }
}

/// A value in a line of a note.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 80;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("`{}…`", &text[..at]),
        None => format!("`{text}`"),
    }
}
