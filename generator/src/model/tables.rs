//! Tables of a D1 database as the spec declares them, validated.
//!
//! Owns the meaning of a table, its columns, keys and indexes. Must not know SQL
//! beyond the expressions that the spec itself brings: `migrate` turns these into SQL, `render` into Rust.

use super::name::{BindingName, CheckName, ColumnName, IndexName, TableName};
use crate::sql::Expression;

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
    /// Conditions that every row keeps, in the spec's order.
    pub checks: Vec<Check>,
    /// Foreign keys of several columns.
    pub foreign_keys: Vec<ForeignKey>,
    /// Whether the database refuses values of another type than their column's.
    pub strict: bool,
    /// Whether rows are kept by their key alone, without a row id beside it.
    pub without_rowid: bool,
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
    pub default: Option<DefaultValue>,
    /// A condition that every row keeps.
    pub check: Option<Expression>,
    /// The expression that gives the value, which is then never written.
    pub generated: Option<Generated>,
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

/// The value of a row that names none.
#[derive(Debug, Clone, PartialEq)]
pub enum DefaultValue {
    /// The same for every row.
    Literal(Literal),
    /// Asked of the database for each row, such as the time.
    Expression(Expression),
}

/// How the database computes a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// From what.
    pub expression: Expression,
    /// Whether the value is kept with the row, rather than computed whenever it is read.
    pub stored: bool,
}

/// A condition that every row keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its name, which the database says when a row breaks it.
    pub name: CheckName,
    /// The condition.
    pub expression: Expression,
}

/// A literal value.
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

/// A foreign key of several columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// Its name in the spec.
    pub name: String,
    /// The columns that refer, in order.
    pub columns: Vec<ColumnName>,
    /// The table referred to, in the same database.
    pub table: TableName,
    /// Its columns, one for each of `columns`: the key or a unique index.
    pub references: Vec<ColumnName>,
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
    /// It fails at once, though a later part of it would put things right (SQLite's `RESTRICT`).
    Restrict,
    /// The row goes or changes with it.
    Cascade,
    /// The column becomes NULL.
    SetNull,
    /// The column gets its default.
    SetDefault,
}

/// One index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The index's name.
    pub name: IndexName,
    /// What it is sorted by, in order; never empty.
    pub terms: Vec<Term>,
    /// Whether no two rows may share these values.
    pub unique: bool,
    /// Which rows are in it; all, if there is no condition.
    pub condition: Option<Expression>,
}

impl Index {
    /// Its columns, if it has every row in it and is of columns alone: only then can it make a column unique that
    /// others refer to.
    pub fn columns(&self) -> Option<Vec<&ColumnName>> {
        if self.condition.is_some() {
            return None;
        }
        self.terms
            .iter()
            .map(|term| match &term.value {
                TermValue::Column(name) => Some(name),
                TermValue::Expression(_) => None,
            })
            .collect()
    }
}

/// A part of what an index is sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The value that sorts.
    pub value: TermValue,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// The value that sorts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TermValue {
    /// A column's.
    Column(ColumnName),
    /// An expression's.
    Expression(Expression),
}
