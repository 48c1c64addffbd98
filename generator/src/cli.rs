//! The commands and their arguments.

use clap::{Args, Parser, Subcommand};

use crate::diagnostic::Format;

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
    /// Write generated/. Files that would not change are not touched.
    Generate {
        /// Overwrite generated files that were edited by hand.
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
  generator diff --allow-destructive events.note")]
    Diff {
        /// Only the summary, no diffs of files.
        #[arg(long)]
        summary: bool,
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
    /// Set up what is missing, build, and serve the app; rebuild on every change.
    Dev {
        /// The port to serve on.
        #[arg(long, default_value_t = 8787)]
        port: u16,
    },
    /// Build the web app and the worker, and say how large the upload is.
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
}

/// What may be lost.
#[derive(Debug, Args)]
pub struct Permission {
    /// Allow a change that deletes this table, column (`table.column`) or Durable Object class with its data.
    #[arg(long = "allow-destructive", value_name = "NAME")]
    pub allow_destructive: Vec<String>,
}
