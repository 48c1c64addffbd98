//! The functions that a language model may call.
//!
//! Owns tools and the types of their arguments. Must not know JSON Schema or Rust text: `render` makes those.

use super::name::{ParameterName, ToolName};

/// The greatest whole number up to which all are told apart by everyone who reads JSON: beyond, JavaScript rounds. It
/// bounds what arguments may be, with its negative.
pub const GREATEST_WHOLE: i64 = (1 << 53) - 1;

/// One tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    /// The name by which the model calls it.
    pub name: ToolName,
    /// What it does, for the model.
    pub description: String,
    /// Its arguments, in order.
    pub parameters: Vec<Parameter>,
}

/// An argument.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: ParameterName,
    /// What it is, for the model.
    pub description: Option<String>,
    /// Whether the model may leave it out, by sending null.
    pub optional: bool,
    /// What its values are.
    pub kind: ParameterType,
}

/// What an argument's values are. Bounds are inclusive.
#[derive(Debug, Clone, PartialEq)]
pub enum ParameterType {
    /// Text; lengths in characters.
    String {
        /// The fewest.
        min_length: Option<u32>,
        /// The most.
        max_length: Option<u32>,
    },
    /// One of these words; never empty.
    Enum(Vec<String>),
    /// A whole number. Without a bound of its own, [`GREATEST_WHOLE`] is one.
    Integer {
        /// The least.
        minimum: Option<i64>,
        /// The greatest.
        maximum: Option<i64>,
    },
    /// A number. Its bounds are within [`GREATEST_WHOLE`], too.
    Number {
        /// The least.
        minimum: Option<f64>,
        /// The greatest.
        maximum: Option<f64>,
    },
    /// True or false.
    Boolean,
    /// A list.
    Array {
        /// What each item is; its description stands on the item.
        items: Box<Item>,
        /// The fewest items.
        min_items: Option<u32>,
        /// The most items.
        max_items: Option<u32>,
    },
    /// A group of further arguments; never empty.
    Object(Vec<Parameter>),
}

/// What the items of a list are.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What one is, for the model.
    pub description: Option<String>,
    /// What its values are.
    pub kind: ParameterType,
}
