//! The deployment as a picture: what answers a request, what that uses, and what is kept where.
//!
//! Owns what a graph is; `build` makes it of a spec, [`svg`], [`mermaid`] and [`dot`] draw it. Pure. Must not know files.

mod build;
pub mod dot;
mod layout;
pub mod mermaid;
pub(crate) mod svg;
#[cfg(test)]
mod tests;
mod text;

/// How the picture is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum GraphFormat {
    /// A picture that stands alone, light or dark as its reader is.
    Svg,
    /// A flowchart for Markdown.
    Mermaid,
    /// A digraph for Graphviz.
    Dot,
}

/// Everything that is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    /// The worker's name.
    pub title: String,
    /// The picture in words, for whoever cannot see it.
    pub description: String,
    /// The things that are declared, each once.
    pub nodes: Vec<Node>,
    /// What leads to what.
    pub edges: Vec<Edge>,
    /// Every environment, the main one first.
    pub environments: Vec<Environment>,
}

/// One thing that is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// What else is said of it, each in a few words.
    pub notes: Vec<String>,
    /// All that is said of it, if that is too much for the picture.
    pub about: Option<String>,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A path that is answered.
    Route,
    /// What answers it.
    Handler,
    /// A class of Durable Objects.
    Object,
    /// A D1 database.
    Database,
    /// The files of the web app.
    Assets,
    /// A binding for code of one's own, by what a person calls it.
    Other(&'static str),
    /// A service with language models.
    Models,
    /// A secret.
    Secret,
    /// A variable.
    Var,
    /// A table of a database.
    Table,
    /// A tool that a model may call.
    Tool,
}

impl Kind {
    /// What a person calls it.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Route => "route",
            Self::Handler => "handler",
            Self::Object => "Durable Object",
            Self::Database => "D1 database",
            Self::Assets => "static assets",
            Self::Other(noun) => noun,
            Self::Models => "language models",
            Self::Secret => "secret",
            Self::Var => "variable",
            Self::Table => "table",
            Self::Tool => "tool",
        }
    }

    /// The column of the picture that shows it.
    pub fn column(self) -> Column {
        match self {
            Self::Route => Column::Routes,
            Self::Handler => Column::Handlers,
            Self::Object
            | Self::Database
            | Self::Assets
            | Self::Other(_)
            | Self::Models
            | Self::Secret
            | Self::Var => Column::Bindings,
            Self::Table | Self::Tool => Column::Tables,
        }
    }
}

/// A column of the picture. A request goes from the first to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// What is asked for.
    Routes,
    /// What answers.
    Handlers,
    /// What that uses.
    Bindings,
    /// What that holds, or may call.
    Tables,
}

impl Column {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Routes, Self::Handlers, Self::Bindings, Self::Tables];

    /// What stands above it.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Routes => "Routes",
            Self::Handlers => "Handlers",
            Self::Bindings => "Bindings and services",
            Self::Tables => "Tables and tools",
        }
    }
}

/// One node leads to another; both are positions in [`Graph::nodes`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// Where it starts.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// In which way.
    pub link: Link,
}

/// How one node leads to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// It is answered by it.
    Answered,
    /// It works with it.
    Uses,
    /// It copies to it what it keeps elsewhere.
    Copies,
    /// It reads its value.
    Reads,
    /// It has it in itself.
    Holds,
    /// It may call it.
    MayCall,
    /// Its rows name rows of the other.
    RefersTo,
}

impl Link {
    /// The link as a verb.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Answered => "is answered by",
            Self::Uses => "uses",
            Self::Copies => "copies to",
            Self::Reads => "reads",
            Self::Holds => "holds",
            Self::MayCall => "may call",
            Self::RefersTo => "refers to",
        }
    }
}

/// One environment as it is deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// Its worker.
    pub worker: String,
    /// What it has of its own, each in a few words.
    pub own: Vec<String>,
}

impl Graph {
    /// The nodes of a column with their positions in [`Graph::nodes`].
    pub fn column(&self, column: Column) -> impl Iterator<Item = (usize, &Node)> {
        self.nodes.iter().enumerate().filter(move |(_, node)| node.kind.column() == column)
    }
}
