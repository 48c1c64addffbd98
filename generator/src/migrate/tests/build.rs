//! Tables of the spec in a line each.

use crate::model::name::{BindingName, CheckName, ColumnName, IndexName, TableName};
use crate::model::tables::{
    Action, Check, Column, ColumnType, DefaultValue, ForeignKey, Generated, Index, Literal, Reference, Table,
    Term, TermValue,
};
use crate::sql::Expression;

pub(in crate::migrate) fn table<const N: usize>(name: &str, columns: [Column; N]) -> Table {
    Table {
        name: TableName::new(name).unwrap(),
        database: BindingName::new("DB").unwrap(),
        description: None,
        columns: columns.into(),
        primary_key: Vec::new(),
        indexes: Vec::new(),
        checks: Vec::new(),
        foreign_keys: Vec::new(),
        strict: true,
        without_rowid: false,
        renamed_from: None,
    }
}

impl Table {
    pub(in crate::migrate) fn key(self, columns: &[&str]) -> Self {
        Self { primary_key: columns.iter().map(|name| ColumnName::new(name).unwrap()).collect(), ..self }
    }

    pub(in crate::migrate) fn index(mut self, name: &str, columns: &[&str], unique: bool) -> Self {
        let (name, terms) = (IndexName::new(name).unwrap(), columns.iter().map(|it| term(it)).collect());
        self.indexes.push(Index { name, terms, unique, condition: None });
        self
    }

    pub(in crate::migrate) fn index_where(self, name: &str, columns: &[&str], condition: &str) -> Self {
        let mut table = self.index(name, columns, false);
        let index = table.indexes.last_mut().unwrap();
        index.condition = Some(Expression::new(condition).unwrap());
        table
    }

    pub(in crate::migrate) fn unique_where(self, name: &str, columns: &[&str], condition: &str) -> Self {
        let mut table = self.index_where(name, columns, condition);
        table.indexes.last_mut().unwrap().unique = true;
        table
    }

    pub(in crate::migrate) fn check(mut self, name: &str, expression: &str) -> Self {
        let (name, expression) = (CheckName::new(name).unwrap(), Expression::new(expression).unwrap());
        self.checks.push(Check { name, expression });
        self
    }

    pub(in crate::migrate) fn strict(self, strict: bool) -> Self {
        Self { strict, ..self }
    }

    pub(in crate::migrate) fn without_rowid(self) -> Self {
        Self { without_rowid: true, ..self }
    }

    pub(in crate::migrate) fn refers(mut self, columns: &[&str], table: &str, references: &[&str]) -> Self {
        let names = |names: &[&str]| names.iter().map(|name| ColumnName::new(name).unwrap()).collect();
        self.foreign_keys.push(ForeignKey {
            name: table.to_owned(),
            columns: names(columns),
            table: TableName::new(table).unwrap(),
            references: names(references),
            on_delete: Action::Cascade,
            on_update: Action::Refuse,
        });
        self
    }

    pub(in crate::migrate) fn was(self, name: &str) -> Self {
        Self { renamed_from: Some(TableName::new(name).unwrap()), ..self }
    }
}

/// A term as the spec has it, of columns that need no check.
fn term(text: &str) -> Term {
    let (value, descending) = text.strip_suffix(" desc").map_or((text, false), |value| (value, true));
    let value = match ColumnName::new(value) {
        Ok(column) => TermValue::Column(column),
        Err(_) => TermValue::Expression(Expression::new(value).unwrap()),
    };
    Term { value, descending }
}

pub(in crate::migrate) fn column(name: &str, kind: ColumnType) -> Column {
    Column {
        name: ColumnName::new(name).unwrap(),
        kind,
        description: None,
        nullable: false,
        default: None,
        check: None,
        generated: None,
        unique: false,
        references: None,
        renamed_from: None,
    }
}

pub(in crate::migrate) fn text(name: &str) -> Column {
    column(name, ColumnType::Text)
}

pub(in crate::migrate) fn integer(name: &str) -> Column {
    column(name, ColumnType::Integer)
}

impl Column {
    pub(in crate::migrate) fn null(self) -> Self {
        Self { nullable: true, ..self }
    }

    pub(in crate::migrate) fn unique(self) -> Self {
        Self { unique: true, ..self }
    }

    pub(in crate::migrate) fn or(self, default: Literal) -> Self {
        Self { default: Some(DefaultValue::Literal(default)), ..self }
    }

    pub(in crate::migrate) fn or_expression(self, default: &str) -> Self {
        Self { default: Some(DefaultValue::Expression(Expression::new(default).unwrap())), ..self }
    }

    pub(in crate::migrate) fn check(self, expression: &str) -> Self {
        Self { check: Some(Expression::new(expression).unwrap()), ..self }
    }

    pub(in crate::migrate) fn generated(self, expression: &str, stored: bool) -> Self {
        let expression = Expression::new(expression).unwrap();
        Self { generated: Some(Generated { expression, stored }), ..self }
    }

    pub(in crate::migrate) fn to(self, table: &str, column: &str, on_delete: Action) -> Self {
        let (table, column) = (TableName::new(table).unwrap(), ColumnName::new(column).unwrap());
        Self { references: Some(Reference { table, column, on_delete, on_update: Action::Refuse }), ..self }
    }

    pub(in crate::migrate) fn was(self, name: &str) -> Self {
        Self { renamed_from: Some(ColumnName::new(name).unwrap()), ..self }
    }
}
