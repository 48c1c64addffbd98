//! The arguments of the commands that speak to Cloudflare.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// What to deploy, and how.
#[derive(Debug, Args)]
pub struct Deploy {
    /// The environment; the main one without it.
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// Show what would be done, and do nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask whether to go on.
    #[arg(long)]
    pub yes: bool,
    /// Values of secrets: JSON, or a line `NAME=value` each.
    #[arg(long, value_name = "FILE")]
    pub secrets_file: Option<PathBuf>,
    /// Where the worker is reached, to verify it; wrangler says it, or the spec's domains, unless it has routes alone.
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Migrate first, even if the version that runs cannot use what that makes and fails until the new one is there.
    #[arg(long)]
    pub allow_downtime: bool,
}

/// What to do with secrets.
#[derive(Debug, Subcommand)]
pub enum SecretsCommand {
    /// The secrets of one environment: which are set, missing, or not in the spec.
    List {
        /// The environment; the main one without it.
        #[arg(long, value_name = "NAME")]
        env: Option<String>,
    },
    /// Set one at once, from standard input, or typed unseen.
    Set {
        /// Its name.
        name: String,
        /// The environment; the main one without it.
        #[arg(long, value_name = "NAME")]
        env: Option<String>,
    },
    /// Which environment has which.
    Compare,
}

/// Which version is to run.
#[derive(Debug, Args)]
pub struct Rollback {
    /// The environment; the main one without it.
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// The version's id; the one that ran before without it.
    #[arg(long, value_name = "VERSION")]
    pub to: Option<String>,
    /// Do not ask whether to go on.
    #[arg(long)]
    pub yes: bool,
    /// Let it run even if it cannot use the databases as they are.
    #[arg(long)]
    pub allow_downtime: bool,
}
