//! Tables, columns, keys and indexes.

use super::{Lowering, reference::Target};
use crate::{
    diagnostic::{Code, Diagnostic, Place, nearest},
    model::{
        name::{BindingName, ColumnName, Name, TableName},
        tables::{Column, ColumnType, Index, Literal, Table},
    },
    path::SpecPath,
    spec::{Named, RawColumn, RawColumnType, RawTable},
};

/// The prefix that SQLite keeps for itself, and wrangler's ledger of migrations. What else the database keeps starts
/// with `_`, as no name of the spec does.
const RESERVED: &[&str] = &["sqlite_", "d1_migrations"];

/// D1's limit.
const MOST_COLUMNS: usize = 100;

impl Lowering<'_> {
    pub(super) fn tables(&mut self) -> Vec<Table> {
        let raw = self.raw;
        let tables: Vec<Table> =
            raw.tables.iter().filter_map(|(name, table)| self.table(name, table)).collect();
        self.one_index_of_a_name();
        for table in &tables {
            self.foreign_keys(table, &tables);
        }
        tables
    }

    fn table(&mut self, name: &str, raw: &RawTable) -> Option<Table> {
        let path = SpecPath::from(["tables", name]);
        let table_name: Option<TableName> = self.database_name(name, &path);
        let database = self.table_database(&path, raw);
        let columns: Vec<Column> = raw
            .columns
            .keys()
            .filter_map(|name| self.column(&path.key("columns"), name, &raw.columns))
            .collect();
        if columns.len() > MOST_COLUMNS {
            self.push(
                Diagnostic::new(
                    Code::OutOfRange,
                    Place::Key(path.clone()),
                    format!("`{name}` has {} columns; D1 takes {MOST_COLUMNS}", columns.len()),
                )
                .help("split the table, or keep several values in one column of type `json`"),
            );
        }
        let primary_key = self.primary_key(&path, name, raw);
        let indexes = raw
            .indexes
            .iter()
            .filter_map(|(index, it)| {
                let at = path.key("indexes").key(index);
                Some(Index {
                    columns: self.columns_of(&at.key("columns"), name, raw, &it.columns),
                    name: self.database_name(index, &at)?,
                    unique: it.unique,
                })
            })
            .collect();
        let others = |table: &RawTable| table.renamed_from.clone();
        let renamed_from = self.old_name(&SpecPath::from(["tables"]), name, &self.raw.tables, others);
        Some(Table {
            name: table_name?,
            database: database?,
            description: raw.description.clone(),
            columns,
            primary_key,
            indexes,
            renamed_from,
        })
    }

    fn primary_key(&mut self, path: &SpecPath, name: &str, raw: &RawTable) -> Vec<ColumnName> {
        let at = path.key("primary_key");
        let primary_key = self.columns_of(&at, name, raw, &raw.primary_key);
        // Which key a table of the relay needs is said with the relay.
        if raw.primary_key.is_empty() && !self.is_of_relay(name) && !self.broken.touches(path) {
            self.push(
                Diagnostic::new(
                    Code::TableWithoutKey,
                    Place::Key(path.clone()),
                    format!("`{name}` has no primary key"),
                )
                .help("without one, rows cannot be told apart: add `primary_key = [\"…\"]`"),
            );
        }
        for (index, column) in raw.primary_key.iter().enumerate() {
            if raw.columns.get(column).is_some_and(|column| column.nullable) {
                self.push(
                    Diagnostic::new(
                        Code::InvalidValue,
                        Place::Value(at.index(index)),
                        format!("the key's column `{column}` may be NULL"),
                    )
                    .related(Place::Value(path.key("columns").key(column)), "declared here")
                    .help("a column of the key is never `nullable`"),
                );
            }
        }
        primary_key
    }

    /// A name of a table or an index that the database does not keep for itself.
    fn database_name<N: Name>(&mut self, name: &str, path: &SpecPath) -> Option<N> {
        let valid = self.name(name, Place::Key(path.clone()))?;
        let Some(prefix) = RESERVED.iter().find(|prefix| name.starts_with(**prefix)) else {
            return Some(valid);
        };
        self.push(
            Diagnostic::new(
                Code::InvalidName,
                Place::Key(path.clone()),
                format!("names that start with `{prefix}` belong to the database"),
            )
            .help("choose another name"),
        );
        None
    }

    /// The database that holds a table: the one named, or the only one.
    fn table_database(&mut self, path: &SpecPath, raw: &RawTable) -> Option<BindingName> {
        if let Some(named) = &raw.database {
            return self.reference(Target::Database, named, path.key("database"));
        }
        // One that was cut out may be the one.
        if self.broken.touches(&SpecPath::from(["bindings"])) {
            return None;
        }
        match Target::Database.declared(self.raw).as_slice() {
            // The relay's `store` leads nowhere then, and that is said.
            [] => None,
            [one] => BindingName::new(one).ok(),
            many => {
                self.push(
                    Diagnostic::new(
                        Code::MissingKey,
                        Place::Key(path.clone()),
                        format!("`{path}` needs the key `database`"),
                    )
                    .help(format!("there are several: {}", many.join(", "))),
                );
                None
            }
        }
    }

    fn column(&mut self, columns: &SpecPath, name: &str, all: &Named<RawColumn>) -> Option<Column> {
        let raw = all.get(name)?;
        let path = columns.key(name);
        let kind = column_type(raw.kind);
        let default = raw.default.as_ref().and_then(|value| {
            let literal = literal(kind, value);
            if literal.is_none() {
                self.push(
                    Diagnostic::new(
                        Code::DefaultType,
                        Place::Value(path.key("default")),
                        format!("{value} is no value of type `{}`", type_word(kind)),
                    )
                    .related(Place::Value(path.key("type")), "the column's type")
                    .help(default_help(kind)),
                );
            }
            literal
        });
        let references =
            raw.references.as_ref().and_then(|it| self.foreign_key(&path.key("references"), raw, it));
        let renamed_from = self.old_name(columns, name, all, |column| column.renamed_from.clone());
        Some(Column {
            name: self.name(name, Place::Key(path))?,
            kind,
            description: raw.description.clone(),
            nullable: raw.nullable,
            default,
            unique: raw.unique,
            references,
            renamed_from,
        })
    }

    /// The name that `name` of `section` had before: one that is free now, and that no other claims.
    fn old_name<N: Name, T>(
        &mut self,
        section: &SpecPath,
        name: &str,
        all: &Named<T>,
        before: impl Fn(&T) -> Option<String>,
    ) -> Option<N> {
        let old = before(all.get(name)?)?;
        let at = |name: &str| Place::Value(section.key(name).key("renamed_from"));
        let earlier = all.iter().take_while(|(other, _)| *other != name);
        let claim =
            earlier.filter(|(_, it)| before(it).as_ref() == Some(&old)).map(|(other, _)| other).next();
        let (problem, place, label) = match claim {
            _ if all.contains_key(&old) => {
                ("it is still there".to_owned(), Place::Key(section.key(&old)), "declared here")
            }
            Some(other) => (format!("it is that of `{other}`"), at(other), "first used here"),
            None => return self.name(&old, at(name)),
        };
        self.push(
            Diagnostic::new(
                Code::DuplicateName,
                at(name),
                format!("`{old}` cannot be the old name of `{name}`: {problem}"),
            )
            .related(place, label)
            .help("remove `renamed_from` if nothing was renamed"),
        );
        None
    }

    /// Columns of `table` named in a key or an index, each once.
    fn columns_of(
        &mut self,
        path: &SpecPath,
        table: &str,
        raw: &RawTable,
        names: &[String],
    ) -> Vec<ColumnName> {
        let mut columns = Vec::new();
        for (position, name) in names.iter().enumerate() {
            let at = path.index(position);
            let declared = SpecPath::from(["tables", table, "columns", name]);
            if !raw.columns.contains_key(name) {
                if self.broken.touches(&declared) || self.relay_misses(table, name) {
                    continue;
                }
                self.push(
                    Diagnostic::new(
                        Code::UnknownColumn,
                        Place::Value(at),
                        format!("`{table}` has no column `{name}`"),
                    )
                    .maybe_help(nearest(name, raw.columns.keys().map(String::as_str))),
                );
            } else if let Some(first) = names[..position].iter().position(|it| it == name) {
                self.push(
                    Diagnostic::new(
                        Code::DuplicateName,
                        Place::Value(at),
                        format!("`{name}` is listed twice"),
                    )
                    .related(Place::Value(path.index(first)), "first listed here"),
                );
            } else {
                columns.extend(ColumnName::new(name).ok());
            }
        }
        columns
    }

    /// SQLite keeps tables and indexes in one space of names.
    fn one_index_of_a_name(&mut self) {
        let raw = self.raw;
        let mut seen: Vec<(&str, SpecPath)> =
            raw.tables.keys().map(|name| (name.as_str(), SpecPath::from(["tables", name]))).collect();
        for (table, it) in &raw.tables {
            for index in it.indexes.keys() {
                let path = SpecPath::from(["tables", table, "indexes", index]);
                if let Some((_, first)) = seen.iter().find(|(name, _)| name == index) {
                    self.push(
                        Diagnostic::new(
                            Code::DuplicateName,
                            Place::Key(path.clone()),
                            format!("`{index}` is taken: tables and indexes share their names"),
                        )
                        .related(Place::Key(first.clone()), "first declared here")
                        .help(format!("name it after its table too, as in `{table}_{index}`")),
                    );
                }
                seen.push((index, path));
            }
        }
    }
}

pub(super) fn column_type(raw: RawColumnType) -> ColumnType {
    match raw {
        RawColumnType::Integer => ColumnType::Integer,
        RawColumnType::Real => ColumnType::Real,
        RawColumnType::Text => ColumnType::Text,
        RawColumnType::Blob => ColumnType::Blob,
        RawColumnType::Boolean => ColumnType::Boolean,
        RawColumnType::Timestamp => ColumnType::Timestamp,
        RawColumnType::Json => ColumnType::Json,
        RawColumnType::Uuid => ColumnType::Uuid,
    }
}

/// The word that the spec has for a type.
pub fn type_word(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Integer => "integer",
        ColumnType::Real => "real",
        ColumnType::Text => "text",
        ColumnType::Blob => "blob",
        ColumnType::Boolean => "boolean",
        ColumnType::Timestamp => "timestamp",
        ColumnType::Json => "json",
        ColumnType::Uuid => "uuid",
    }
}

/// How a default of a type is written.
fn default_help(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Integer => "write a whole number",
        ColumnType::Real => "write a number",
        ColumnType::Boolean => "write `true` or `false`",
        ColumnType::Text | ColumnType::Timestamp | ColumnType::Json | ColumnType::Uuid => {
            "write text in quotes"
        }
        ColumnType::Blob => "bytes have no default: leave it out",
    }
}

/// A default value, if it is one of the column's type.
fn literal(kind: ColumnType, value: &serde_json::Value) -> Option<Literal> {
    match kind {
        ColumnType::Integer => value.as_i64().map(Literal::Integer),
        ColumnType::Real => value.as_f64().map(Literal::Real),
        ColumnType::Boolean => value.as_bool().map(Literal::Boolean),
        ColumnType::Text | ColumnType::Timestamp | ColumnType::Json | ColumnType::Uuid => {
            value.as_str().filter(|text| !text.contains('\0')).map(|text| Literal::Text(text.to_owned()))
        }
        ColumnType::Blob => None,
    }
}
