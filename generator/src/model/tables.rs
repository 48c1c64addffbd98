//! Tables of a D1 database as the spec declares them, validated.
//!
//! Owns the meaning of a table, its columns, keys and indexes. Must not know SQL text: `migrate` turns
//! these into SQL, `render` into Rust.

use super::name::{BindingName, ColumnName, IndexName, TableName};

/// One table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The table's name.
    pub name: TableName,
    /// The D1 binding whose database holds the table.
    pub database: BindingName,
    /// What the table is for, in the spec's words.
    pub description: Option<String>,
    /// The columns in the spec's order; never empty.
    pub columns: Vec<Column>,
    /// The key's columns in order; empty for a table without a key.
    pub primary_key: Vec<ColumnName>,
    /// The indexes in the spec's order.
    pub indexes: Vec<Index>,
    /// The name that the table had in earlier migrations.
    pub renamed_from: Option<TableName>,
}

impl Table {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name.as_str() == name)
    }
}

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The column's name.
    pub name: ColumnName,
    /// What a value is.
    pub kind: ColumnType,
    /// What the column is for, in the spec's words.
    pub description: Option<String>,
    /// Whether NULL is allowed.
    pub nullable: bool,
    /// The value of a row that names none.
    pub default: Option<Literal>,
    /// Whether no two rows may share a value.
    pub unique: bool,
    /// The row of another table that a value names.
    pub references: Option<Reference>,
    /// The name that the column had in earlier migrations.
    pub renamed_from: Option<ColumnName>,
}

/// What a column's values are. Each maps to one SQLite type and one Rust type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// A signed 64-bit integer.
    Integer,
    /// A 64-bit float.
    Real,
    /// Text.
    Text,
    /// Bytes.
    Blob,
    /// 0 or 1, checked by the database.
    Boolean,
    /// UTC as ISO 8601 text with milliseconds, which sorts as it reads: `2026-01-31T09:00:00.000Z`.
    Timestamp,
    /// JSON text, carried and never checked by the database.
    Json,
    /// A UUID as text of 36 characters.
    Uuid,
}

/// A default value.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// An integer.
    Integer(i64),
    /// A finite float.
    Real(f64),
    /// Text.
    Text(String),
    /// A boolean.
    Boolean(bool),
}

/// A foreign key of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The table referred to, in the same database.
    pub table: TableName,
    /// Its column, a key or unique.
    pub column: ColumnName,
    /// What happens to this row when the other is deleted.
    pub on_delete: Action,
    /// What happens to this row when the other's key changes.
    pub on_update: Action,
}

/// What a foreign key does when the row it names goes or changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The statement fails (SQLite's `NO ACTION`).
    Refuse,
    /// The row goes or changes with it.
    Cascade,
    /// The column becomes NULL.
    SetNull,
}

/// One index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The index's name.
    pub name: IndexName,
    /// Its columns in order; never empty.
    pub columns: Vec<ColumnName>,
    /// Whether no two rows may share these values.
    pub unique: bool,
}
