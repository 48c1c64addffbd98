//! The commands and their arguments.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::{diagnostic::Format, graph::GraphFormat, usage::Since};

/// Turns spec.toml into a LiveStore worker on Cloudflare.
#[derive(Debug, Parser)]
#[command(
    name = "generator",
    version,
    arg_required_else_help = true,
    after_help = "\
Examples:
  generator dev                  from a clean clone to a running app on http://localhost:8787
  generator diff                 what an edit of spec.toml would change
  generator generate             write generated/
  generator check --format github

Here, run it as `cargo run -p generator -- diff`.
Exit codes: 0 good; 1 `diff` has differences, or the spec has errors; 2 something else failed."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write generated/ and GitHub's workflow. Files that would not change are not touched.
    Generate {
        /// Overwrite generated files that were edited by hand, and bring back a workflow that was deleted.
        #[arg(long)]
        force: bool,
        /// What may be lost.
        #[command(flatten)]
        permission: Permission,
    },
    /// Show what `generate` would change; write nothing. Exits 1 if anything would change.
    #[command(after_help = "\
Examples:
  generator diff
  generator diff --summary
  generator diff --env staging
  generator diff --json
  generator diff --allow-destructive events.note")]
    Diff {
        /// Only the summary, no diffs of files.
        #[arg(long, conflicts_with = "json")]
        summary: bool,
        /// One JSON object: declarations, hazards and files with their diffs.
        #[arg(long)]
        json: bool,
        /// Only what is this environment's: its declarations and its configuration.
        #[arg(long, value_name = "NAME")]
        env: Option<String>,
        /// What may be lost.
        #[command(flatten)]
        permission: Permission,
    },
    /// Check that the spec is valid, generated/ is fresh, every migration keeps its promises, and wrangler takes the
    /// configuration.
    Check {
        /// How findings are written, on standard output.
        #[arg(long, value_enum, default_value = "human")]
        format: Format,
    },
    /// Make a spec.toml of the wrangler configuration and the database of a worker that exists. What the spec cannot
    /// say is listed on standard error. Exits 1 if the result would not be a valid spec.
    #[command(after_help = "\
Examples:
  generator import                                   wrangler.jsonc, .json or .toml here, and its migrations
  generator import --wrangler ../app/wrangler.toml --migrations ../app/drizzle
  generator import --database .wrangler/state/v3/d1/miniflare-D1DatabaseObject/0a1b.sqlite
  generator import --output -                        only look

Beside spec.toml it writes generated/spec.lock, with the history of Durable Object classes, and the migrations.
Then: `generator diff`, `generator generate`.")]
    Import(Import),
    /// After a merge: make one history of the migrations that two branches added, and write generated/ anew.
    ///
    /// Those of one branch stay as they are, for a database may have them; those of the other are deleted and made
    /// anew on top. Which branch stays is told by a spec.lock that still has the conflict: main does, and in a `git rebase` what
    /// is rebased onto. Else it is told
    /// by the migrations that spec.lock lists, or by --keep.
    #[command(after_help = "\
Examples:
  generator rebase-migrations
  generator rebase-migrations --keep 0007_add_events_note.sql")]
    RebaseMigrations {
        /// A migration that stays as it is, with all others of its branch if spec.lock has the conflict.
        #[arg(long, value_name = "FILE")]
        keep: Vec<String>,
        /// What may be lost.
        #[command(flatten)]
        permission: Permission,
    },
    /// Print the JSON Schema of spec.toml.
    Schema,
    /// Say what a code means, with an example; without a code, list them all.
    #[command(after_help = "\
Example:
  generator explain unknown-binding")]
    Explain {
        /// The code, as it stands in the brackets of a finding.
        code: Option<String>,
    },
    /// Draw the deployment: what answers a request, what that uses, and what is kept where.
    #[command(after_help = "\
Examples:
  generator graph --output deployment.svg
  generator graph --format mermaid
  generator graph --format dot | dot -Tpng > deployment.png")]
    Graph {
        /// The form of the picture.
        #[arg(long, value_enum, default_value = "svg")]
        format: GraphFormat,
        /// The file to write, instead of standard output.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Set up what is missing, build, and serve the app; rebuild on every change.
    Dev {
        /// The port to serve on.
        #[arg(long, default_value_t = 8787)]
        port: u16,
    },
    /// Check, build the web app and the worker, and say how large the upload is. Writes nothing in generated/.
    Build,
    /// Run cargo with the toolchain that has the wasm target, set up if need be.
    #[command(after_help = "\
Example:
  generator cargo clippy -p runtime --target wasm32-unknown-unknown")]
    Cargo {
        /// cargo's arguments.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        arguments: Vec<String>,
    },
    /// Operate one store of a deployed relay: look at it, take its events out, put them in, begin anew.
    #[command(after_help = "\
Examples:
  generator store status team-1
  generator store export team-1 --output team-1.ndjson --url https://work-squared.example.workers.dev
  generator store convert old.sqlite --store team-1 --output team-1.ndjson
  generator store import team-1.ndjson

It speaks to the route of spec.toml with `handler = \"admin\"`. The token is read from the environment variable of the
secret's name; for a worker on this machine also from .dev.vars.")]
    Store {
        /// What to do.
        #[command(subcommand)]
        command: StoreCommand,
    },
    /// Operate the models' route: see what its calls took.
    Llm {
        /// What to do.
        #[command(subcommand)]
        command: LlmCommand,
    },
    /// Print the script by which a shell completes commands and arguments.
    #[command(after_help = "\
Where each shell looks for it, with `generator` in the PATH (`cargo install --path generator`):
  generator completions bash > ~/.local/share/bash-completion/completions/generator
  generator completions zsh > ~/.zfunc/_generator
  generator completions fish > ~/.config/fish/completions/generator.fish
zsh needs `fpath+=~/.zfunc` before `compinit` in .zshrc.")]
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: Shell,
    },
}

/// What to do with a store.
#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// Show its backend id, its head, how much it holds and who is connected.
    Status {
        /// The store's id.
        store: String,
        /// One JSON object.
        #[arg(long)]
        json: bool,
        /// The relay.
        #[command(flatten)]
        at: At,
    },
    /// Write its events as NDJSON: a line for the store, then a line for each event.
    Export {
        /// The store's id.
        store: String,
        /// The file to write; `-` for standard output.
        #[arg(long, value_name = "FILE", default_value = "-")]
        output: PathBuf,
        /// The relay.
        #[command(flatten)]
        at: At,
    },
    /// Put exported events into a store that is new or empty, with its backend id; again to go on after a failure.
    Import {
        /// The file with the events.
        #[arg(value_name = "FILE")]
        log: PathBuf,
        /// The store's id, if it is to be another than the file's.
        #[arg(long, value_name = "ID")]
        store: Option<String>,
        /// The relay.
        #[command(flatten)]
        at: At,
    },
    /// Delete all events and give the store another backend id, so that every client wipes its copy.
    Reset {
        /// The store's id.
        store: String,
        /// Yes, delete them.
        #[arg(long)]
        yes: bool,
        /// The relay.
        #[command(flatten)]
        at: At,
    },
    /// Have the copy of its record in D1 made anew, where the spec has `relay.mirror`.
    Mirror {
        /// The store's id.
        store: String,
        /// The relay.
        #[command(flatten)]
        at: At,
    },
    /// Read the events of a store of LiveStore's own server (sync-cf 0.4) from its SQLite file, to be imported.
    Convert {
        /// The file: of a store's object, or of a D1 database (`wrangler d1 export` and `sqlite3` make one).
        #[arg(value_name = "FILE")]
        database: PathBuf,
        /// The store's id, as clients write it.
        #[arg(long, value_name = "ID")]
        store: String,
        /// The store's backend id, if the file does not have it.
        #[arg(long, value_name = "ID")]
        backend_id: Option<String>,
        /// The file to write; `-` for standard output.
        #[arg(long, value_name = "FILE", default_value = "-")]
        output: PathBuf,
    },
}

/// What to do with the models' route.
#[derive(Debug, Subcommand)]
pub enum LlmCommand {
    /// Sum up the ledger: calls, tokens and times of each model, user, store or day.
    #[command(after_help = "\
Examples:
  generator llm usage                                   of `dev` on this machine
  generator llm usage --remote --by user --since 24h
  generator llm usage --remote --env staging --by day --since 4w --json

It reads the table that `llm.ledger` of spec.toml names. With --remote, wrangler asks Cloudflare
as whoever is logged in, or as the token in CLOUDFLARE_API_TOKEN.")]
    Usage {
        /// This environment's ledger, not the main one's.
        #[arg(long, value_name = "NAME")]
        env: Option<String>,
        /// How far back: a number and m, h, d or w.
        #[arg(long, value_name = "TIME", default_value = "7d")]
        since: Since,
        /// What is summed up together.
        #[arg(long, value_enum, default_value = "model")]
        by: By,
        /// One JSON array.
        #[arg(long)]
        json: bool,
        /// The database on this machine, of `generator dev`; so it is without a word.
        #[arg(long, conflicts_with = "remote")]
        local: bool,
        /// The database at Cloudflare.
        #[arg(long)]
        remote: bool,
    },
}

/// What calls are summed up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// Who asked.
    User,
    /// The model that answered.
    Model,
    /// The store that the request named.
    Store,
    /// The day, in UTC.
    Day,
}

/// Which relay.
#[derive(Debug, Args)]
pub struct At {
    /// The worker's address.
    #[arg(long, value_name = "URL", default_value = "http://localhost:8787")]
    pub url: String,
}

/// What to import.
#[derive(Debug, Args)]
pub struct Import {
    /// The configuration. Without it: wrangler.json, wrangler.jsonc or wrangler.toml in this folder.
    #[arg(long, value_name = "FILE")]
    pub wrangler: Option<PathBuf>,
    /// A SQLite file with the tables, such as the local D1 database of `wrangler dev`. It is only read.
    #[arg(long, value_name = "FILE", conflicts_with = "migrations")]
    pub database: Option<PathBuf>,
    /// The folder of migrations that made the tables. Without either, the folders that the configuration names.
    #[arg(long, value_name = "DIR")]
    pub migrations: Option<PathBuf>,
    /// The file to write; `-` for standard output.
    #[arg(long, value_name = "FILE", default_value = "spec.toml")]
    pub output: PathBuf,
    /// Replace a spec and a spec.lock that are there.
    #[arg(long)]
    pub force: bool,
}

/// What may be lost.
#[derive(Debug, Args)]
pub struct Permission {
    /// Allow a change that deletes this table, column (`table.column`) or Durable Object class with its data, or lets go
    /// of this D1 binding.
    #[arg(long = "allow-destructive", value_name = "NAME")]
    pub allow_destructive: Vec<String>,
}
