//! Tables of the spec in a line each.

use crate::model::name::{BindingName, ColumnName, IndexName, TableName};
use crate::model::tables::{Action, Column, ColumnType, Index, Literal, Reference, Table};

pub(super) fn table<const N: usize>(name: &str, columns: [Column; N]) -> Table {
    Table {
        name: TableName::new(name).unwrap(),
        database: BindingName::new("DB").unwrap(),
        description: None,
        columns: columns.into(),
        primary_key: Vec::new(),
        indexes: Vec::new(),
        renamed_from: None,
    }
}

impl Table {
    pub(super) fn key(self, columns: &[&str]) -> Self {
        Self { primary_key: columns.iter().map(|name| ColumnName::new(name).unwrap()).collect(), ..self }
    }

    pub(super) fn index(mut self, name: &str, columns: &[&str], unique: bool) -> Self {
        let columns = columns.iter().map(|name| ColumnName::new(name).unwrap()).collect();
        self.indexes.push(Index { name: IndexName::new(name).unwrap(), columns, unique });
        self
    }

    pub(super) fn was(self, name: &str) -> Self {
        Self { renamed_from: Some(TableName::new(name).unwrap()), ..self }
    }
}

pub(super) fn column(name: &str, kind: ColumnType) -> Column {
    Column {
        name: ColumnName::new(name).unwrap(),
        kind,
        description: None,
        nullable: false,
        default: None,
        unique: false,
        references: None,
        renamed_from: None,
    }
}

pub(super) fn text(name: &str) -> Column {
    column(name, ColumnType::Text)
}

pub(super) fn integer(name: &str) -> Column {
    column(name, ColumnType::Integer)
}

impl Column {
    pub(super) fn null(self) -> Self {
        Self { nullable: true, ..self }
    }

    pub(super) fn unique(self) -> Self {
        Self { unique: true, ..self }
    }

    pub(super) fn or(self, default: Literal) -> Self {
        Self { default: Some(default), ..self }
    }

    pub(super) fn to(self, table: &str, column: &str, on_delete: Action) -> Self {
        let (table, column) = (TableName::new(table).unwrap(), ColumnName::new(column).unwrap());
        Self { references: Some(Reference { table, column, on_delete, on_update: Action::Refuse }), ..self }
    }

    pub(super) fn was(self, name: &str) -> Self {
        Self { renamed_from: Some(ColumnName::new(name).unwrap()), ..self }
    }
}
