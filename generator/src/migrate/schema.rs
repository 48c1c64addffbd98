//! The schema of one database as values that can be compared.
//!
//! Owns what a schema is made of and what the spec's tables mean in SQLite's terms. Must not know SQL
//! text beyond single literals: `introspect` reads these values back from a database and `sqlite`
//! writes them as statements.

use std::collections::{BTreeMap, BTreeSet};

use super::error::MigrateError;
use crate::model::tables::{self as model, Action, ColumnType, Literal};

/// The tables of one database by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {
    /// The tables, each under its own name.
    pub tables: BTreeMap<String, Table>,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The columns in the order they were made. The order is no difference between two schemas: all SQL
    /// names its columns, and `ADD COLUMN` only adds at the end.
    pub columns: Vec<Column>,
    /// The key's columns in order.
    pub primary_key: Vec<String>,
    /// The column lists of the UNIQUE constraints.
    pub unique: BTreeSet<Vec<String>>,
    /// The foreign keys.
    pub foreign_keys: BTreeSet<ForeignKey>,
    /// The indexes by name.
    pub indexes: BTreeMap<String, Index>,
    /// What the table has and the spec cannot declare, in words: `COLLATE NOCASE on title`.
    pub undeclarable: BTreeSet<String>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The column's name.
    pub name: String,
    /// The type as declared: `TEXT`.
    pub kind: String,
    /// Whether NULL is allowed.
    pub nullable: bool,
    /// The default as an SQL expression.
    pub default: Option<String>,
    /// Whether a CHECK allows 0 and 1 alone.
    pub boolean: bool,
}

/// One foreign key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ForeignKey {
    /// The columns that refer.
    pub columns: Vec<String>,
    /// The table referred to.
    pub table: String,
    /// Its columns, one for each of `columns`.
    pub parents: Vec<String>,
    /// SQLite's words for what happens on DELETE: `NO ACTION`.
    pub on_delete: String,
    /// SQLite's words for what happens on UPDATE.
    pub on_update: String,
}

/// One index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Its columns in order.
    pub columns: Vec<String>,
    /// Whether it is UNIQUE.
    pub unique: bool,
    /// What the index has and the spec cannot declare, in words: `WHERE`.
    pub undeclarable: BTreeSet<String>,
}

impl Schema {
    /// What the spec's tables of one database mean.
    ///
    /// # Errors
    /// [`MigrateError::Default`] for a default that a migration file cannot carry.
    pub fn declared(tables: &[&model::Table]) -> Result<Self, MigrateError> {
        let declare = |table: &&model::Table| Ok((table.name.to_string(), Table::declared(table)?));
        Ok(Self { tables: tables.iter().map(declare).collect::<Result<_, _>>()? })
    }

    /// The column of a foreign key of `table` that can be NULL for a while, so that neither row need be
    /// there before the other: it takes NULL, and no other row needs its value.
    pub(super) fn opening<'a>(&self, table: &str, key: &'a ForeignKey) -> Option<&'a str> {
        let nullable = |name: &str| self.tables.get(table)?.column(name).map(|column| column.nullable);
        let needed = |name: &String| {
            let mut keys = self.tables.values().flat_map(|table| &table.foreign_keys);
            keys.any(|other| other.table == table && other.parents.contains(name))
        };
        let mut columns = key.columns.iter();
        columns.find(|name| nullable(name) == Some(true) && !needed(name)).map(String::as_str)
    }

    /// The schema after `ALTER TABLE … RENAME TO`.
    pub(super) fn rename_table(&mut self, from: &str, to: &str) {
        if let Some(table) = self.tables.remove(from) {
            self.tables.insert(to.to_owned(), table);
        }
        for table in self.tables.values_mut() {
            table.change_foreign_keys(|key| {
                if key.table == from {
                    key.table = to.to_owned();
                }
            });
        }
    }

    /// The schema after `ALTER TABLE … RENAME COLUMN`.
    pub(super) fn rename_column(&mut self, table: &str, from: &str, to: &str) {
        let rename = |names: &mut Vec<String>| {
            names.iter_mut().filter(|name| *name == from).for_each(|name| *name = to.to_owned());
        };
        for (name, other) in &mut self.tables {
            other.change_foreign_keys(|key| {
                if name == table {
                    rename(&mut key.columns);
                }
                if key.table == table {
                    rename(&mut key.parents);
                }
            });
        }
        let Some(table) = self.tables.get_mut(table) else { return };
        for column in table.columns.iter_mut().filter(|column| column.name == from) {
            column.name = to.to_owned();
        }
        rename(&mut table.primary_key);
        table.unique = std::mem::take(&mut table.unique)
            .into_iter()
            .map(|mut columns| {
                rename(&mut columns);
                columns
            })
            .collect();
        table.indexes.values_mut().for_each(|index| rename(&mut index.columns));
    }
}

impl Table {
    fn declared(table: &model::Table) -> Result<Self, MigrateError> {
        let column = |column: &model::Column| {
            let default = column.default.as_ref().map(|literal| sql_literal(literal, column.kind));
            if default.as_ref().is_some_and(|sql| sql.contains(['\0', '\r'])) {
                return Err(MigrateError::Default { column: format!("{}.{}", table.name, column.name) });
            }
            Ok(Column {
                name: column.name.to_string(),
                kind: sql_type(column.kind).to_owned(),
                nullable: column.nullable,
                default,
                boolean: column.kind == ColumnType::Boolean,
            })
        };
        let unique = table.columns.iter().filter(|column| column.unique);
        let index = |index: &model::Index| {
            let columns = index.columns.iter().map(ToString::to_string).collect();
            (index.name.to_string(), Index { columns, unique: index.unique, undeclarable: BTreeSet::new() })
        };
        Ok(Self {
            columns: table.columns.iter().map(column).collect::<Result<_, _>>()?,
            primary_key: table.primary_key.iter().map(ToString::to_string).collect(),
            unique: unique.map(|column| vec![column.name.to_string()]).collect(),
            foreign_keys: table.columns.iter().filter_map(ForeignKey::declared).collect(),
            indexes: table.indexes.iter().map(index).collect(),
            undeclarable: BTreeSet::new(),
        })
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The foreign keys that the column is part of.
    pub(super) fn references<'a>(&'a self, column: &'a str) -> impl Iterator<Item = &'a ForeignKey> {
        self.foreign_keys.iter().filter(move |key| key.columns.iter().any(|name| name == column))
    }

    /// Every list of columns that no two rows may share: the key, the constraints, the unique indexes.
    pub(super) fn unique_lists(&self) -> impl Iterator<Item = &[String]> {
        let key = Some(self.primary_key.as_slice()).filter(|columns| !columns.is_empty());
        let indexes = self.indexes.values().filter(|index| index.unique);
        key.into_iter()
            .chain(self.unique.iter().map(Vec::as_slice))
            .chain(indexes.map(|index| index.columns.as_slice()))
    }

    /// The column that is SQLite's row id under another name, which fills itself.
    /// <https://sqlite.org/lang_createtable.html#rowid>
    pub(super) fn rowid_alias(&self) -> Option<&str> {
        match self.primary_key.as_slice() {
            [name] if self.column(name).is_some_and(|column| column.kind == "INTEGER") => Some(name),
            _ => None,
        }
    }

    /// Changes each foreign key.
    pub(super) fn change_foreign_keys(&mut self, change: impl Fn(&mut ForeignKey)) {
        self.foreign_keys = std::mem::take(&mut self.foreign_keys)
            .into_iter()
            .map(|mut key| {
                change(&mut key);
                key
            })
            .collect();
    }
}

impl ForeignKey {
    fn declared(column: &model::Column) -> Option<Self> {
        let reference = column.references.as_ref()?;
        Some(Self {
            columns: vec![column.name.to_string()],
            table: reference.table.to_string(),
            parents: vec![reference.column.to_string()],
            on_delete: sql_action(reference.on_delete).to_owned(),
            on_update: sql_action(reference.on_update).to_owned(),
        })
    }
}

/// What SQLite calls a type of the spec.
pub fn sql_type(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Integer | ColumnType::Boolean => "INTEGER",
        ColumnType::Real => "REAL",
        ColumnType::Text | ColumnType::Timestamp | ColumnType::Json | ColumnType::Uuid => "TEXT",
        ColumnType::Blob => "BLOB",
    }
}

fn sql_action(action: Action) -> &'static str {
    match action {
        Action::Refuse => "NO ACTION",
        Action::Cascade => "CASCADE",
        Action::SetNull => "SET NULL",
    }
}

fn sql_literal(literal: &Literal, kind: ColumnType) -> String {
    match literal {
        Literal::Integer(value) => value.to_string(),
        // Debug keeps the point: `1.0`, which SQLite reads as a float.
        Literal::Real(value) => format!("{value:?}"),
        Literal::Boolean(value) => u8::from(*value).to_string(),
        Literal::Text(value) if kind == ColumnType::Blob => {
            let hex: String = value.bytes().map(|byte| format!("{byte:02X}")).collect();
            format!("X'{hex}'")
        }
        Literal::Text(value) => format!("'{}'", value.replace('\'', "''")),
    }
}
