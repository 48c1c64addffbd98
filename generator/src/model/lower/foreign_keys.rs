//! Foreign keys: from a column to a key of another table.

use super::{Lowering, reference::Target};
use crate::{
    diagnostic::{Code, Diagnostic, Place, nearest},
    model::{
        name::ColumnName,
        tables::{Action, Reference, Table},
    },
    path::SpecPath,
    spec::{RawAction, RawColumn, RawReference},
};

impl Lowering<'_> {
    pub(super) fn foreign_key(
        &mut self,
        path: &SpecPath,
        column: &RawColumn,
        raw: &RawReference,
    ) -> Option<Reference> {
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
        let table = self.reference(Target::Table, &raw.table, path.key("table"))?;
        self.referred_column(path, raw);
        Some(Reference {
            table,
            column: ColumnName::new(&raw.column).ok()?,
            on_delete: action(raw.on_delete),
            on_update: action(raw.on_update),
        })
    }

    fn referred_column(&mut self, path: &SpecPath, raw: &RawReference) {
        let Some(table) = self.raw.tables.get(&raw.table) else { return };
        let there = SpecPath::from(["tables", &raw.table, "columns", &raw.column]);
        if table.columns.contains_key(&raw.column) || self.broken.touches(&there) {
            return;
        }
        self.push(
            Diagnostic::new(
                Code::UnknownColumn,
                Place::Value(path.key("column")),
                format!("`{}` has no column `{}`", raw.table, raw.column),
            )
            .maybe_help(nearest(&raw.column, table.columns.keys().map(String::as_str))),
        );
    }

    /// A foreign key leads to a key or a unique column of the same database and type.
    pub(super) fn foreign_keys(&mut self, table: &Table, tables: &[Table]) {
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
            let Some(other) = target.column(reference.column.as_str()) else { continue };
            let single = |columns: &[ColumnName]| columns == [other.name.clone()];
            let unique = other.unique
                || single(&target.primary_key)
                || target.indexes.iter().any(|index| index.unique && single(&index.columns));
            let problem = if target.database != table.database {
                Some(("is in another database", "a foreign key stays within one database"))
            } else if !unique {
                Some((
                    "is neither the key of its table nor unique",
                    "make it `unique = true`, or refer to the key",
                ))
            } else if other.kind != column.kind {
                Some(("has another type", "give both columns the same type"))
            } else {
                None
            };
            if let Some((problem, help)) = problem {
                let there = SpecPath::from(["tables", target.name.as_str(), "columns", other.name.as_str()]);
                self.push(
                    Diagnostic::new(
                        Code::InvalidReference,
                        Place::Value(path),
                        format!("`{}.{}` {problem}", target.name, other.name),
                    )
                    .related(Place::Key(there), "declared here")
                    .help(help),
                );
            }
        }
    }
}

fn action(raw: RawAction) -> Action {
    match raw {
        RawAction::Refuse => Action::Refuse,
        RawAction::Cascade => Action::Cascade,
        RawAction::SetNull => Action::SetNull,
    }
}
