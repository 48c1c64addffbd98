// Made from spec.toml by `cargo run -p generator -- generate`. Do not edit: the next run shows and refuses it.

//! The functions that a language model may call: what goes upstream, and what comes back.

use serde::{Deserialize, Serialize};

/// A tool as it is offered to the model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tool {
    /// The name by which the model calls it.
    pub name: &'static str,
    /// What it does, for the model.
    pub description: &'static str,
    /// The JSON Schema of its arguments, strict: every property required, none besides.
    pub parameters: &'static str,
    /// Its arguments: what the schema says, to be checked.
    pub arguments: &'static [Argument],
}

/// An argument of a tool.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// Whether it may be null.
    pub optional: bool,
    /// What its values are.
    pub kind: Kind,
}

/// What the values of an argument are. Bounds are inclusive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Text; lengths in characters.
    Text {
        /// The fewest.
        min: Option<u32>,
        /// The most.
        max: Option<u32>,
    },
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number.
    Integer {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// A number.
    Number {
        /// The least.
        min: Option<f64>,
        /// The greatest.
        max: Option<f64>,
    },
    /// True or false.
    Boolean,
    /// A list.
    List {
        /// What each item is.
        items: &'static Kind,
        /// The fewest.
        min: Option<u32>,
        /// The most.
        max: Option<u32>,
    },
    /// Further arguments.
    Group(&'static [Argument]),
}

/// Every tool, in the spec's order.
pub const TOOLS: &[Tool] = &[
    Tool {
        name: "create_task",
        description: "Add a task to the board.",
        parameters: "{\"type\":\"object\",\"required\":[\"title\",\"column\"],\"additionalProperties\":false,\"properties\":{\"title\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":200,\"description\":\"What is to be done, in a few words.\"},\"column\":{\"type\":[\"string\",\"null\"],\"enum\":[\"todo\",\"doing\",\"done\",null],\"description\":\"Where on the board it goes; to do if left out.\"}}}",
        arguments: &[
            Argument {
                name: "title",
                optional: false,
                kind: Kind::Text {
                    min: Some(1),
                    max: Some(200),
                },
            },
            Argument {
                name: "column",
                optional: true,
                kind: Kind::Word(&["todo", "doing", "done"]),
            },
        ],
    },
    Tool {
        name: "complete_task",
        description: "Mark a task as done.",
        parameters: "{\"type\":\"object\",\"required\":[\"task_id\"],\"additionalProperties\":false,\"properties\":{\"task_id\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":64,\"description\":\"The task's id, as list_tasks gives it.\"}}}",
        arguments: &[
            Argument {
                name: "task_id",
                optional: false,
                kind: Kind::Text {
                    min: Some(1),
                    max: Some(64),
                },
            },
        ],
    },
    Tool {
        name: "list_tasks",
        description: "List the tasks on the board.",
        parameters: "{\"type\":\"object\",\"required\":[\"column\"],\"additionalProperties\":false,\"properties\":{\"column\":{\"type\":[\"string\",\"null\"],\"enum\":[\"todo\",\"doing\",\"done\",null],\"description\":\"Only those in this column; all if left out.\"}}}",
        arguments: &[
            Argument {
                name: "column",
                optional: true,
                kind: Kind::Word(&["todo", "doing", "done"]),
            },
        ],
    },
];

/// Arguments of `create_task`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateTaskArgs {
    /// What is to be done, in a few words.
    pub title: String,
    /// Where on the board it goes; to do if left out.
    pub column: Option<CreateTaskArgsColumn>,
}

/// Where on the board it goes; to do if left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CreateTaskArgsColumn {
    /// `todo`
    #[serde(rename = "todo")]
    Todo,
    /// `doing`
    #[serde(rename = "doing")]
    Doing,
    /// `done`
    #[serde(rename = "done")]
    Done,
}

/// Arguments of `complete_task`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompleteTaskArgs {
    /// The task's id, as list_tasks gives it.
    pub task_id: String,
}

/// Arguments of `list_tasks`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListTasksArgs {
    /// Only those in this column; all if left out.
    pub column: Option<ListTasksArgsColumn>,
}

/// Only those in this column; all if left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ListTasksArgsColumn {
    /// `todo`
    #[serde(rename = "todo")]
    Todo,
    /// `doing`
    #[serde(rename = "doing")]
    Doing,
    /// `done`
    #[serde(rename = "done")]
    Done,
}
