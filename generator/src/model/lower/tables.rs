//! Tables, columns, keys and indexes.

use super::Lowering;
use crate::{
    diagnostic::{Code, Diagnostic, Place, nearest},
    model::{
        name::{BindingName, ColumnName, TableName},
        tables::{Action, Column, ColumnType, Index, Literal, Reference, Table},
    },
    path::SpecPath,
    spec::{RawAction, RawBinding, RawColumn, RawColumnType, RawReference, RawTable},
};

/// Prefixes that SQLite and D1 keep for themselves, and wrangler's ledger of migrations.
const RESERVED: &[&str] = &["sqlite_", "_cf_", "d1_migrations", "__new_"];

/// D1's limit.
const MOST_COLUMNS: usize = 100;

impl Lowering<'_> {
    pub(super) fn tables(&mut self) -> Vec<Table> {
        let raw = self.raw;
        let tables: Vec<Table> =
            raw.tables.iter().filter_map(|(name, table)| self.table(name, table)).collect();
        self.one_index_of_a_name();
        for table in &tables {
            self.references(table, &tables);
        }
        tables
    }

    fn table(&mut self, name: &str, raw: &RawTable) -> Option<Table> {
        let path = SpecPath::from(["tables", name]);
        let table_name: Option<TableName> = self.name(name, Place::Key(path.clone()));
        self.reserved(name, &path);
        let database = self.table_database(&path, raw);
        let columns: Vec<Column> = raw
            .columns
            .iter()
            .filter_map(|(name, column)| self.column(&path.key("columns").key(name), name, column))
            .collect();
        if columns.len() > MOST_COLUMNS {
            self.push(Diagnostic::new(
                Code::OutOfRange,
                Place::Key(path.key("columns")),
                format!("`{name}` has {} columns; D1 takes {MOST_COLUMNS}", columns.len()),
            ));
        }
        let primary_key = self.columns_of(&path.key("primary_key"), name, raw, &raw.primary_key);
        if raw.primary_key.is_empty() && !self.broken.touches(&path) {
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
                        Place::Value(path.key("primary_key").index(index)),
                        format!("the key's column `{column}` may be NULL"),
                    )
                    .related(Place::Value(path.key("columns").key(column)), "declared here")
                    .help("a column of the key is never `nullable`"),
                );
            }
        }
        let indexes = raw
            .indexes
            .iter()
            .filter_map(|(index, it)| {
                let at = path.key("indexes").key(index);
                self.reserved(index, &at);
                Some(Index {
                    name: self.name(index, Place::Key(at.clone()))?,
                    columns: self.columns_of(&at.key("columns"), name, raw, &it.columns),
                    unique: it.unique,
                })
            })
            .collect();
        let renamed_from = raw.renamed_from.as_ref().and_then(|before| {
            let at = path.key("renamed_from");
            if self.raw.tables.contains_key(before) {
                self.push(
                    Diagnostic::new(
                        Code::DuplicateName,
                        Place::Value(at.clone()),
                        format!("`{before}` cannot be the old name of `{name}`: it is still a table"),
                    )
                    .related(Place::Key(SpecPath::from(["tables", before])), "declared here"),
                );
            }
            self.name(before, Place::Value(at))
        });
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

    fn reserved(&mut self, name: &str, path: &SpecPath) {
        if let Some(prefix) = RESERVED.iter().find(|prefix| name.starts_with(**prefix)) {
            self.push(Diagnostic::new(
                Code::InvalidName,
                Place::Key(path.clone()),
                format!("`{name}`: names that start with `{prefix}` belong to the database"),
            ));
        }
    }

    /// The database that holds a table: the one named, or the only one.
    fn table_database(&mut self, path: &SpecPath, raw: &RawTable) -> Option<BindingName> {
        let databases: Vec<&str> = self
            .raw
            .bindings
            .iter()
            .filter(|(_, binding)| matches!(binding, RawBinding::D1 { .. }))
            .map(|(name, _)| name.as_str())
            .collect();
        let Some(named) = &raw.database else {
            return match databases.as_slice() {
                [one] => BindingName::new(one).ok(),
                _ if self.broken.touches(&SpecPath::from(["bindings"])) => None,
                [] => {
                    self.push(
                        Diagnostic::new(
                            Code::MissingBinding,
                            Place::Key(path.clone()),
                            "a table needs a D1 database",
                        )
                        .help("add `[bindings.DB]` with `type = \"d1\"` and `database`"),
                    );
                    None
                }
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
            };
        };
        let at = path.key("database");
        let name = self.reference(Code::UnknownBinding, "bindings", named, at.clone());
        if self.raw.bindings.contains_key(named) && !databases.contains(&named.as_str()) {
            self.push(
                Diagnostic::new(
                    Code::WrongBindingType,
                    Place::Value(at),
                    format!("`{named}` is no D1 database"),
                )
                .related(Place::Value(SpecPath::from(["bindings", named, "type"])), "declared here"),
            );
            return None;
        }
        name
    }

    fn column(&mut self, path: &SpecPath, name: &str, raw: &RawColumn) -> Option<Column> {
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
                    .related(Place::Value(path.key("type")), "the column's type"),
                );
            }
            literal
        });
        let renamed_from = raw
            .renamed_from
            .as_ref()
            .and_then(|before| self.name(before, Place::Value(path.key("renamed_from"))));
        let references =
            raw.references.as_ref().and_then(|it| self.foreign_key(&path.key("references"), raw, it));
        Some(Column {
            name: self.name(name, Place::Key(path.clone()))?,
            kind,
            description: raw.description.clone(),
            nullable: raw.nullable,
            default,
            unique: raw.unique,
            references,
            renamed_from,
        })
    }

    fn foreign_key(&mut self, path: &SpecPath, column: &RawColumn, raw: &RawReference) -> Option<Reference> {
        if !column.nullable && [raw.on_delete, raw.on_update].contains(&RawAction::SetNull) {
            self.push(
                Diagnostic::new(
                    Code::InvalidReference,
                    Place::Value(path.clone()),
                    "`set_null` on a column that is never NULL",
                )
                .help("make the column `nullable = true`, or choose `cascade` or `refuse`"),
            );
        }
        Some(Reference {
            table: self.reference(Code::UnknownTable, "tables", &raw.table, path.key("table"))?,
            column: ColumnName::new(&raw.column).ok()?,
            on_delete: action(raw.on_delete),
            on_update: action(raw.on_update),
        })
    }

    /// A foreign key leads to a key or a unique column of the same database and type.
    fn references(&mut self, table: &Table, tables: &[Table]) {
        for column in &table.columns {
            let Some(reference) = &column.references else { continue };
            let path = SpecPath::from([
                "tables",
                table.name.as_str(),
                "columns",
                column.name.as_str(),
                "references",
            ]);
            let Some(target) = tables.iter().find(|it| it.name == reference.table) else { continue };
            let Some(other) = target.column(reference.column.as_str()) else {
                let columns = target.columns.iter().map(|it| it.name.as_str());
                self.push(
                    Diagnostic::new(
                        Code::UnknownColumn,
                        Place::Value(path.key("column")),
                        format!("`{}` has no column `{}`", target.name, reference.column),
                    )
                    .maybe_help(nearest(reference.column.as_str(), columns)),
                );
                continue;
            };
            let single = |columns: &[ColumnName]| columns == [other.name.clone()];
            let unique = other.unique
                || single(&target.primary_key)
                || target.indexes.iter().any(|index| index.unique && single(&index.columns));
            let problem = if target.database != table.database {
                Some("is in another database")
            } else if !unique {
                Some("is neither the key of its table nor unique")
            } else if other.kind != column.kind {
                Some("has another type")
            } else {
                None
            };
            if let Some(problem) = problem {
                let there = SpecPath::from(["tables", target.name.as_str(), "columns", other.name.as_str()]);
                self.push(
                    Diagnostic::new(
                        Code::InvalidReference,
                        Place::Value(path),
                        format!("`{}.{}` {problem}", target.name, other.name),
                    )
                    .related(Place::Key(there), "declared here"),
                );
            }
        }
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
            if !raw.columns.contains_key(name) && !self.broken.touches(&declared) {
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
                        .related(Place::Key(first.clone()), "first declared here"),
                    );
                }
                seen.push((index, path));
            }
        }
    }
}

fn column_type(raw: RawColumnType) -> ColumnType {
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
pub(super) fn type_word(kind: ColumnType) -> &'static str {
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

fn action(raw: RawAction) -> Action {
    match raw {
        RawAction::Refuse => Action::Refuse,
        RawAction::Cascade => Action::Cascade,
        RawAction::SetNull => Action::SetNull,
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
