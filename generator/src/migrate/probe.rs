//! Asks SQLite whether the expressions of a table can stand where the spec puts them.
//!
//! Owns the trial of each expression on its own, so that a refusal has one cause and one place. Must not know the
//! spec's syntax.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::config::DbConfig;

use super::error::{MigrateError, Origin};
use super::replay::{execute, failure, open};
use super::schema::{Column, Index, Table, Term, TermValue};
use super::sqlite::{create_with_indexes, quote};
use crate::model::tables as model;
use crate::sql::Expression;

/// Where in a table an expression stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A column's condition.
    ColumnCheck(String),
    /// A column's default.
    Default(String),
    /// What a column is computed from.
    Generated(String),
    /// A condition of the table, by its name.
    Check(String),
    /// A term of an index, by its position.
    Term(String, usize),
    /// Which rows are in an index.
    Condition(String),
    /// The table as a whole, each part of which is sound.
    Whole,
}

/// An expression that cannot stand where it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Its place.
    pub part: Part,
    /// SQLite's words, or ours.
    pub reason: String,
}

const PROBE: Origin = Origin::Program("the trial of an expression");

/// The parts of a table that SQLite refuses, or that would make it refuse every row.
///
/// # Errors
/// If SQLite cannot be started, or a default cannot be written down.
pub fn refusals(table: &model::Table) -> Result<Vec<Refusal>, MigrateError> {
    let name = table.name.as_str();
    let whole = Table { foreign_keys: BTreeSet::new(), ..Table::declared(table)? };
    let bare = bare(&whole);
    let mut refusals = Vec::new();
    for (part, trial) in trials(&whole, &bare) {
        if let Some(reason) = attempt(name, &trial)?.and_then(|message| reason(&whole, &part, message)) {
            refusals.push(Refusal { part, reason });
        }
    }
    // An index without terms had some that were refused before.
    let complete = whole.indexes.values().all(|index| !index.terms.is_empty());
    if refusals.is_empty() && complete {
        refusals.extend(create(name, &whole)?.map(|reason| Refusal { part: Part::Whole, reason }));
    }
    Ok(refusals)
}

/// The table with its columns and their types alone.
fn bare(table: &Table) -> Table {
    let column = |column: &Column| Column {
        nullable: true,
        default: None,
        boolean: false,
        checks: BTreeSet::new(),
        generated: None,
        ..column.clone()
    };
    Table {
        columns: table.columns.iter().map(column).collect(),
        primary_key: Vec::new(),
        unique: BTreeSet::new(),
        foreign_keys: BTreeSet::new(),
        indexes: BTreeMap::new(),
        checks: BTreeSet::new(),
        strict: table.strict,
        without_rowid: false,
        undeclarable: BTreeSet::new(),
    }
}

/// A table for each expression, with nothing else that could be refused.
fn trials(whole: &Table, bare: &Table) -> Vec<(Part, Table)> {
    let mut trials = Vec::new();
    for (at, column) in whole.columns.iter().enumerate() {
        let with = |change: &dyn Fn(&mut Column)| {
            let mut table = bare.clone();
            change(&mut table.columns[at]);
            table
        };
        for check in &column.checks {
            let default = column.default.clone().filter(Expression::is_literal);
            let table = with(&|it| {
                (it.checks, it.default) = (BTreeSet::from([check.clone()]), default.clone());
            });
            trials.push((Part::ColumnCheck(column.name.clone()), table));
        }
        if column.default.as_ref().is_some_and(|default| !default.is_literal()) {
            let table = with(&|it| it.default.clone_from(&column.default));
            trials.push((Part::Default(column.name.clone()), table));
        }
        if column.generated.is_some() {
            let mut table = with(&|it| it.generated.clone_from(&column.generated));
            // SQLite wants a column beside those that are computed.
            table.columns.extend((table.columns.len() == 1).then(|| spare(&table.columns[0])));
            trials.push((Part::Generated(column.name.clone()), table));
        }
    }
    for check in &whole.checks {
        let table = Table { checks: BTreeSet::from([check.clone()]), ..bare.clone() };
        trials.push((Part::Check(check.name.clone().unwrap_or_default()), table));
    }
    for (name, index) in &whole.indexes {
        let mut with = |part: Part, index: Index| {
            trials.push((part, Table { indexes: BTreeMap::from([(name.clone(), index)]), ..bare.clone() }));
        };
        let plain = |value: TermValue| vec![Term { value, descending: false }];
        for (at, term) in index.terms.iter().enumerate() {
            if let TermValue::Expression(_) = &term.value {
                let index = Index { terms: plain(term.value.clone()), unique: false, condition: None };
                with(Part::Term(name.clone(), at), index);
            }
        }
        if index.condition.is_some() {
            let terms = plain(TermValue::Column(whole.columns[0].name.clone()));
            let index = Index { terms, unique: false, condition: index.condition.clone() };
            with(Part::Condition(name.clone()), index);
        }
    }
    trials
}

fn spare(column: &Column) -> Column {
    Column { name: format!("{}_", column.name), generated: None, ..column.clone() }
}

/// Makes the table and, since SQLite judges some of it only then, a row of NULLs and defaults: its refusal.
fn attempt(name: &str, table: &Table) -> Result<Option<String>, MigrateError> {
    run(&format!("{}\nINSERT INTO {} DEFAULT VALUES;", create_with_indexes(name, table), quote(name)))
}

fn create(name: &str, table: &Table) -> Result<Option<String>, MigrateError> {
    run(&create_with_indexes(name, table))
}

fn run(sql: &str) -> Result<Option<String>, MigrateError> {
    let connection = open()?;
    // A misspelt name in quotes is a mistake and no text.
    for setting in [DbConfig::SQLITE_DBCONFIG_DQS_DDL, DbConfig::SQLITE_DBCONFIG_DQS_DML] {
        connection.set_db_config(setting, false).map_err(|error| failure(PROBE, "", &error))?;
    }
    Ok(match execute(&connection, &PROBE, sql) {
        Err(MigrateError::Sql { message, .. }) => Some(message),
        Err(other) => return Err(other),
        Ok(()) => None,
    })
}

/// What is to be said of SQLite's refusal. That a row of NULLs breaks a condition is no mistake, unless a row that
/// names no value is to be lawful.
fn reason(whole: &Table, part: &Part, message: String) -> Option<String> {
    if !message.starts_with("CHECK constraint failed") {
        return Some(message);
    }
    let Part::ColumnCheck(name) = part else { return None };
    let column = whole.column(name)?;
    let of_others = |check: &Expression| {
        whole.columns.iter().any(|other| other.name != *name && check.mentions(&other.name))
    };
    if column.checks.iter().any(of_others) {
        return None;
    }
    match column.literal_default() {
        Some(default) => Some(format!("the column's default {default} breaks it")),
        None if column.nullable => Some("the column is `nullable`, and NULL breaks it".to_owned()),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::tests::build::{integer, table, text};
    use crate::model::tables::Literal;

    fn check(table: model::Table) -> Vec<String> {
        let refusals = refusals(&table).unwrap();
        refusals.iter().map(|it| format!("{:?}: {}", it.part, it.reason)).collect()
    }

    #[test]
    fn each_expression_is_refused_at_its_place() {
        let columns = [
            integer("n").check("m > 0"),
            text("at").or_expression("n + 1"),
            text("up").generated("upper(at, 1)", false),
            text("ok").check("length(ok) < 9"),
        ];
        let table = table("t", columns)
            .check("late", "at > datetime('now')")
            .check("typo", "n > > 1")
            .index_where("i", &["lowr(at)", "n desc"], "\"nn\" = 1");
        assert_eq!(
            check(table),
            [
                "ColumnCheck(\"n\"): no such column: m",
                "Default(\"at\"): default value of column [at] is not constant",
                "Generated(\"up\"): wrong number of arguments to function upper()",
                "Check(\"late\"): non-deterministic use of datetime() in a CHECK constraint",
                "Check(\"typo\"): near \">\": syntax error",
                "Term(\"i\", 0): no such function: lowr",
                "Condition(\"i\"): no such column: \"nn\" - should this be a string literal in single-quotes?",
            ]
        );
    }

    #[test]
    fn a_value_that_a_row_gets_unasked_keeps_the_condition() {
        let refused = |column: model::Column| check(table("t", [text("id"), column]));
        let bad = "ColumnCheck(\"n\"): the column's default 0 breaks it";
        assert_eq!(refused(integer("n").or(Literal::Integer(0)).check("n > 0")), [bad]);
        assert_eq!(refused(integer("n").or(Literal::Integer(1)).check("n > 0")), [""; 0]);
        assert_eq!(refused(integer("n").check("n IS NOT NULL")), [""; 0]);
        let bad = "ColumnCheck(\"n\"): the column is `nullable`, and NULL breaks it";
        assert_eq!(refused(integer("n").null().check("n IS NOT NULL")), [bad]);
        assert_eq!(refused(integer("n").null().check("n IS NOT NULL OR id = 'x'")), [""; 0]);
    }

    #[test]
    fn parts_that_are_sound_by_themselves_can_be_wrong_together() {
        let columns = [text("id"), text("a").generated("b", false), text("b").generated("a", false)];
        assert_eq!(check(table("t", columns)), ["Whole: generated column loop on \"b\""]);
    }
}
