//! Tables, columns, keys and indexes.

use super::{Lowering, reference::Target};
use crate::{
    diagnostic::{Code, Diagnostic, Place},
    model::{
        name::{BindingName, ColumnName, Name, TableName},
        tables::{Column, ColumnType, Generated, Table},
    },
    path::SpecPath,
    spec::{Named, RawColumn, RawColumnType, RawTable},
};

/// The prefix that SQLite keeps for itself, and wrangler's ledger of migrations. What else the database keeps starts
/// with `_`, as no name of the spec does.
const RESERVED: &[&str] = &["sqlite_", "d1_migrations"];

/// The functions that stand where tables do in SQL, beside those that start with [`FUNCTIONS_OF_PRAGMAS`]. A table of
/// the same name would take their place, also in the relay's own statements.
/// <https://sqlite.org/vtab.html#tabfunc2>
const TABLE_FUNCTIONS: &[&str] = &["generate_series", "json_each", "json_tree", "jsonb_each", "jsonb_tree"];

/// <https://sqlite.org/pragma.html#pragfunc>
const FUNCTIONS_OF_PRAGMAS: &str = "pragma_";

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
        let table_name: Option<TableName> = self.database_name(name, &path);
        self.no_function(name, &path);
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
        self.some_written(&path, name, raw);
        let checks = self.checks(&path, raw);
        let indexes = self.indexes(&path, name, raw);
        let foreign_keys = self.foreign_keys(&path, name, raw);
        let others = |table: &RawTable| table.renamed_from.clone();
        let renamed_from = self.old_name(&SpecPath::from(["tables"]), name, &self.raw.tables, others);
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

    fn primary_key(&mut self, path: &SpecPath, name: &str, raw: &RawTable) -> Vec<ColumnName> {
        let at = path.key("primary_key");
        let primary_key = self.columns_of(&at, name, raw, &raw.primary_key);
        // Which key a table of the runtime's needs is said where it is used.
        if raw.primary_key.is_empty() && !self.is_needed(name) && !self.broken.touches(path) {
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
            let message = format!("the key's column `{column}` {problem}");
            self.push(
                Diagnostic::new(code, Place::Value(at.index(index)), message)
                    .related(Place::Value(path.key("columns").key(column)), "declared here")
                    .help(help),
            );
        }
        primary_key
    }

    /// Rows that can be written and, without a row id, be kept.
    fn some_written(&mut self, path: &SpecPath, name: &str, raw: &RawTable) {
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
    }

    /// A name of a table or an index that the database does not keep for itself.
    pub(super) fn database_name<N: Name>(&mut self, name: &str, path: &SpecPath) -> Option<N> {
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

    fn no_function(&mut self, name: &str, path: &SpecPath) {
        if TABLE_FUNCTIONS.contains(&name) || name.starts_with(FUNCTIONS_OF_PRAGMAS) {
            let message = format!("`{name}` is a function of SQLite that stands where a table does");
            self.push(
                Diagnostic::new(Code::InvalidName, Place::Key(path.clone()), message)
                    .help("choose another name; statements could not call the function any more"),
            );
        }
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
            [one] => {
                self.use_of("bindings", one);
                BindingName::new(one).ok()
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
        }
    }

    fn column(&mut self, columns: &SpecPath, name: &str, all: &Named<RawColumn>) -> Option<Column> {
        let raw = all.get(name)?;
        let path = columns.key(name);
        let kind = column_type(raw.kind);
        let default = self.default(&path, kind, raw);
        let check = raw.check.as_ref().and_then(|text| self.expression(path.key("check"), text));
        let generated = raw.generated.as_ref().and_then(|generated| {
            let at = path.key("generated").key("expression");
            let expression = self.expression(at, &generated.expression)?;
            Some(Generated { expression, stored: generated.stored })
        });
        self.nothing_written(&path, raw);
        let references =
            raw.references.as_ref().and_then(|it| self.foreign_key(&path.key("references"), raw, it));
        let renamed_from = self.old_name(columns, name, all, |column| column.renamed_from.clone());
        Some(Column {
            name: self.name(name, Place::Key(path))?,
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

    /// The name that `name` of `section` had before: one that is free now, and that no other claims.
    pub(super) fn old_name<N: Name, T>(
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
