//! What the platform gives the worker: bindings, variables and secrets.
//!
//! Owns the worker's environment as a set of typed names. Must not know which section uses which.

use super::name::{BindingName, ClassName, DatabaseName};

/// One binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The name in the worker's environment.
    pub name: BindingName,
    /// What it leads to.
    pub kind: BindingKind,
}

/// What a binding leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BindingKind {
    /// A class of Durable Objects in SQLite storage.
    DurableObject {
        /// The class, which is also the type that the worker's wasm exports.
        class: ClassName,
    },
    /// A D1 database.
    D1(Database),
    /// The files of the web app.
    Assets,
}

impl BindingKind {
    /// What a person calls it.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::DurableObject { .. } => "a Durable Object",
            Self::D1(_) => "a D1 database",
            Self::Assets => "static assets",
        }
    }
}

/// A D1 database at Cloudflare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// Its name.
    pub name: DatabaseName,
    /// Its id, once it is known.
    pub id: Option<String>,
}

/// A plain setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Var {
    /// The name in the worker's environment.
    pub name: BindingName,
    /// The value, public.
    pub value: String,
}

/// A secret, by name alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// The name in the worker's environment.
    pub name: BindingName,
    /// What it is, for whoever has to set it.
    pub description: String,
}
