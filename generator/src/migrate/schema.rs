//! The schema of one database as values that can be compared.
//!
//! Owns what a schema is made of and what the spec's tables mean in SQLite's terms. Must not know SQL
//! text beyond single literals: `introspect` reads these values back from a database and `sqlite`
//! writes them as statements.

use std::collections::{BTreeMap, BTreeSet};

use super::error::MigrateError;
use crate::model::name::{ColumnName, TableName};
use crate::model::tables::{self as model, Action, ColumnType, DefaultValue, Literal};
use crate::sql::Expression;

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
    /// The CHECKs that belong to no column.
    pub checks: BTreeSet<Check>,
    /// Whether values of another type than their column's are refused.
    pub strict: bool,
    /// Whether rows have no row id.
    pub without_rowid: bool,
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
    /// The default.
    pub default: Option<Expression>,
    /// Whether a CHECK allows 0 and 1 alone.
    pub boolean: bool,
    /// The column's further CHECKs.
    pub checks: BTreeSet<Expression>,
    /// How it is computed, if it is not written.
    pub generated: Option<Generated>,
}

/// How a column is computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// From what.
    pub expression: Expression,
    /// `STORED`, not `VIRTUAL`.
    pub stored: bool,
}

/// A CHECK that belongs to no column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Check {
    /// The constraint's name.
    pub name: Option<String>,
    /// What every row keeps.
    pub condition: Expression,
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
    /// What it is sorted by, in order.
    pub terms: Vec<Term>,
    /// Whether it is UNIQUE.
    pub unique: bool,
    /// Which rows are in it.
    pub condition: Option<Expression>,
}

/// A part of what an index is sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The value that sorts.
    pub value: TermValue,
    /// Whether it is DESC.
    pub descending: bool,
}

/// The value that sorts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TermValue {
    /// A column's, compared byte by byte.
    Column(String),
    /// An expression's, or a column's with another collation.
    Expression(Expression),
}

impl Schema {
    /// Whether it has exactly this table.
    pub(super) fn has(&self, name: &str, table: &Table) -> bool {
        self.tables.get(name) == Some(table)
    }

    /// It with no other tables than these.
    pub(super) fn only(&self, names: &BTreeSet<String>) -> Self {
        let kept = self.tables.iter().filter(|(name, _)| names.contains(*name));
        Self { tables: kept.map(|(name, table)| (name.clone(), table.clone())).collect() }
    }

    /// What the spec's tables of one database mean.
    ///
    /// # Errors
    /// [`MigrateError::Default`] for a default that a migration file cannot carry.
    pub fn declared(tables: &[&model::Table]) -> Result<Self, MigrateError> {
        let declare = |table: &&model::Table| Ok((table.name.to_string(), Table::declared(table)?));
        Ok(Self { tables: tables.iter().map(declare).collect::<Result<_, _>>()? })
    }

    /// The columns whose values other rows need: table and column.
    pub(super) fn referred_to(&self) -> BTreeSet<(&str, &str)> {
        let keys = self.tables.values().flat_map(|table| &table.foreign_keys);
        keys.flat_map(|key| key.parents.iter().map(|parent| (key.table.as_str(), parent.as_str()))).collect()
    }

    /// The column of a foreign key of `table` that can be NULL for a while, so that neither row need be
    /// there before the other: it takes NULL, and is none of those in `needed`, the columns that
    /// [`Self::referred_to`] gives.
    pub(super) fn opening<'a>(
        &self,
        needed: &BTreeSet<(&str, &str)>,
        table: &str,
        key: &'a ForeignKey,
    ) -> Option<&'a str> {
        let nullable = |name: &str| self.tables.get(table)?.column(name).map(|column| column.nullable);
        let mut columns = key.columns.iter().map(String::as_str);
        columns.find(|name| nullable(name) == Some(true) && !needed.contains(&(table, *name)))
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
        table.rename_in_expressions(from, to);
    }
}

impl Table {
    /// What one of the spec's tables means.
    ///
    /// # Errors
    /// As [`Schema::declared`].
    pub(super) fn declared(table: &model::Table) -> Result<Self, MigrateError> {
        let column = |column: &model::Column| Column::declared(&table.name, column);
        let unique = table.columns.iter().filter(|column| column.unique);
        let several = table.foreign_keys.iter().map(ForeignKey::of_several);
        let check = |check: &model::Check| Check {
            name: Some(check.name.to_string()),
            condition: check.expression.clone(),
        };
        Ok(Self {
            columns: table.columns.iter().map(column).collect::<Result<_, _>>()?,
            primary_key: table.primary_key.iter().map(ToString::to_string).collect(),
            unique: unique.map(|column| vec![column.name.to_string()]).collect(),
            foreign_keys: table.columns.iter().filter_map(ForeignKey::declared).chain(several).collect(),
            indexes: table.indexes.iter().map(|it| (it.name.to_string(), Index::declared(it))).collect(),
            checks: table.checks.iter().map(check).collect(),
            strict: table.strict,
            without_rowid: table.without_rowid,
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

    /// Every list of columns that no two rows may share: the key, the constraints, the unique indexes that have
    /// every row in them.
    pub(super) fn unique_lists(&self) -> impl Iterator<Item = Vec<&str>> {
        let key = Some(&self.primary_key).filter(|columns| !columns.is_empty());
        let lists = key.into_iter().chain(&self.unique);
        let lists = lists.map(|columns| columns.iter().map(String::as_str).collect());
        lists.chain(self.indexes.values().filter_map(Index::unique_columns))
    }

    /// The expressions that a row of the table is computed from or judged by, each with the column whose own it is.
    pub(super) fn expressions(&self) -> impl Iterator<Item = (Option<&str>, &Expression)> {
        let of_columns = self.columns.iter().flat_map(|column| {
            let generated = column.generated.iter().map(|generated| &generated.expression);
            let own = column.checks.iter().chain(generated);
            own.map(|expression| (Some(column.name.as_str()), expression))
        });
        of_columns.chain(self.checks.iter().map(|check| (None, &check.condition)))
    }

    fn rename_in_expressions(&mut self, from: &str, to: &str) {
        let rename = |expression: &mut Expression| *expression = expression.renamed(from, to);
        for column in &mut self.columns {
            column.checks = column.checks.iter().map(|check| check.renamed(from, to)).collect();
            column.generated.iter_mut().for_each(|generated| rename(&mut generated.expression));
        }
        self.checks = std::mem::take(&mut self.checks)
            .into_iter()
            .map(|check| Check { condition: check.condition.renamed(from, to), ..check })
            .collect();
        for index in self.indexes.values_mut() {
            index.condition.iter_mut().for_each(rename);
            for term in &mut index.terms {
                match &mut term.value {
                    TermValue::Column(name) if name == from => *name = to.to_owned(),
                    TermValue::Column(_) => {}
                    TermValue::Expression(expression) => rename(expression),
                }
            }
        }
    }

    /// The column that is SQLite's row id under another name, which fills itself.
    /// <https://sqlite.org/lang_createtable.html#rowid>
    pub(super) fn rowid_alias(&self) -> Option<&str> {
        match self.primary_key.as_slice() {
            [name] if self.column(name)?.kind == "INTEGER" && !self.without_rowid => Some(name),
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

impl Column {
    fn declared(table: &TableName, column: &model::Column) -> Result<Self, MigrateError> {
        let default = column.default.as_ref().map(|default| match default {
            DefaultValue::Literal(literal) => Expression::stored(&sql_literal(literal, column.kind)),
            DefaultValue::Expression(expression) => expression.clone(),
        });
        if default.as_ref().is_some_and(|sql| sql.as_str().contains(['\0', '\r'])) {
            return Err(MigrateError::Default { column: format!("{table}.{}", column.name) });
        }
        let generated = column.generated.as_ref();
        Ok(Self {
            name: column.name.to_string(),
            kind: sql_type(column.kind).to_owned(),
            nullable: column.nullable,
            default,
            boolean: column.kind == ColumnType::Boolean,
            checks: column.check.iter().cloned().collect(),
            generated: generated.map(|it| Generated { expression: it.expression.clone(), stored: it.stored }),
        })
    }

    /// The default, if it is the same for every row.
    pub(super) fn literal_default(&self) -> Option<&str> {
        self.default.as_ref().filter(|default| default.is_literal()).map(Expression::as_str)
    }
}

impl Index {
    fn declared(index: &model::Index) -> Self {
        let term = |term: &model::Term| Term {
            value: match &term.value {
                model::TermValue::Column(name) => TermValue::Column(name.to_string()),
                model::TermValue::Expression(expression) => TermValue::Expression(expression.clone()),
            },
            descending: term.descending,
        };
        Self {
            terms: index.terms.iter().map(term).collect(),
            unique: index.unique,
            condition: index.condition.clone(),
        }
    }

    /// The columns of which it lets no two rows share the values, if it has every row in it.
    pub(super) fn unique_columns(&self) -> Option<Vec<&str>> {
        if !self.unique || self.condition.is_some() {
            return None;
        }
        let columns = self.terms.iter().map(|term| match &term.value {
            TermValue::Column(name) => Some(name.as_str()),
            TermValue::Expression(_) => None,
        });
        columns.collect()
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

    fn of_several(key: &model::ForeignKey) -> Self {
        let names = |columns: &[ColumnName]| columns.iter().map(ToString::to_string).collect();
        Self {
            columns: names(&key.columns),
            table: key.table.to_string(),
            parents: names(&key.references),
            on_delete: sql_action(key.on_delete).to_owned(),
            on_update: sql_action(key.on_update).to_owned(),
        }
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
        Action::Restrict => "RESTRICT",
        Action::Cascade => "CASCADE",
        Action::SetNull => "SET NULL",
        Action::SetDefault => "SET DEFAULT",
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
