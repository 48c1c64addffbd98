//! Tables, columns, keys and indexes.

use super::Lowering;
use crate::{
    diagnostic::{Code, Diagnostic, Place},
    model::{
        name::{BindingName, TableName},
        tables::{Column, ColumnType, DefaultValue, Generated, Literal, Table},
    },
    path::SpecPath,
    spec::{RawBinding, RawColumn, RawColumnType, RawTable},
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
            self.expressions_in_place(table);
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
            let Some(declared) = raw.columns.get(column) else { continue };
            let (code, problem, help) = if declared.generated.is_some() {
                (Code::GeneratedColumn, "is computed", "a column of the key is written")
            } else if declared.nullable {
                (Code::InvalidValue, "may be NULL", "a column of the key is never `nullable`")
            } else {
                continue;
            };
            let place = Place::Value(path.key("primary_key").index(index));
            self.push(
                Diagnostic::new(code, place, format!("the key's column `{column}` {problem}"))
                    .related(Place::Value(path.key("columns").key(column)), "declared here")
                    .help(help),
            );
        }
        if raw.primary_key.is_empty() && raw.without_rowid {
            self.push(
                Diagnostic::new(
                    Code::InvalidValue,
                    Place::Value(path.key("without_rowid")),
                    format!("`{name}` has no key by which its rows could be kept"),
                )
                .help("add `primary_key = [\"…\"]`, or leave out `without_rowid`"),
            );
        }
        if !raw.columns.is_empty() && raw.columns.values().all(|column| column.generated.is_some()) {
            self.push(
                Diagnostic::new(
                    Code::GeneratedColumn,
                    Place::Key(path.key("columns")),
                    format!("every column of `{name}` is computed"),
                )
                .help("a table needs a column that is written"),
            );
        }
        let checks = self.checks(&path, raw);
        let indexes = self.indexes(&path, name, raw);
        let foreign_keys = self.foreign_keys(&path, name, raw);
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
            checks,
            foreign_keys,
            strict: raw.strict,
            without_rowid: raw.without_rowid,
            renamed_from,
        })
    }

    pub(super) fn reserved(&mut self, name: &str, path: &SpecPath) {
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
        let default = self.default(path, kind, raw);
        let check = raw.check.as_ref().and_then(|text| self.expression(path.key("check"), text));
        let generated = raw.generated.as_ref().and_then(|generated| {
            let expression =
                self.expression(path.key("generated").key("expression"), &generated.expression)?;
            Some(Generated { expression, stored: generated.stored })
        });
        self.nothing_written(path, raw);
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
            check,
            generated,
            unique: raw.unique,
            references,
            renamed_from,
        })
    }

    fn default(&mut self, path: &SpecPath, kind: ColumnType, raw: &RawColumn) -> Option<DefaultValue> {
        if let Some(text) = &raw.default_expression {
            let at = path.key("default_expression");
            if raw.default.is_some() {
                self.push(
                    Diagnostic::new(
                        Code::InvalidValue,
                        Place::Key(at.clone()),
                        "the column has two defaults",
                    )
                    .related(Place::Key(path.key("default")), "the other one")
                    .help("keep one of them"),
                );
            }
            return self.default_expression(path, kind, raw, text).map(DefaultValue::Expression);
        }
        let value = raw.default.as_ref()?;
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
        literal.map(DefaultValue::Literal)
    }

    /// What a column that is computed cannot have.
    fn nothing_written(&mut self, path: &SpecPath, raw: &RawColumn) {
        if raw.generated.is_none() {
            return;
        }
        let keys = [
            ("default", raw.default.is_some()),
            ("default_expression", raw.default_expression.is_some()),
            ("references", raw.references.is_some()),
        ];
        for (key, _) in keys.iter().filter(|(_, given)| *given) {
            self.push(
                Diagnostic::new(
                    Code::GeneratedColumn,
                    Place::Key(path.key(*key)),
                    format!("a computed column has no `{key}`"),
                )
                .related(Place::Key(path.key("generated")), "computed here")
                .help(format!("leave out `{key}` or `generated`")),
            );
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
