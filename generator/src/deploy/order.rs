//! Which migrations come before a new version and which after it, so that at no moment a version runs on a database that it
//! cannot use.
//!
//! A version is made for the schema that its migrations make. It [`fits`] another schema if all that it reads and writes
//! is there, and nothing that is there asks of it what it does not know. So what only adds comes first, and what takes away
//! comes when nothing runs any more that reads it. Pure. Must not know SQL, nor what a version is.

use crate::migrate::Schema;
use crate::migrate::schema::{Column, Table};

/// How many of the migrations that a database lacks come before the new version; the rest comes after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// The number of those before.
    pub before: usize,
}

/// Why there is no order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoOrder {
    /// What the running versions miss, or are asked for, once all is migrated.
    pub running: Vec<String>,
    /// What the new version misses, or is asked for, as the database is.
    pub new: Vec<String>,
}

/// Finds the order. `schemas` are those of the database as it is and after each migration that it lacks, so there is at
/// least one; the new version is made for the last. `running` are the schemas that the running versions are made for.
pub fn order(running: &[Schema], schemas: &[Schema]) -> Result<Order, NoOrder> {
    let Some((wanted, last)) = schemas.last().zip(schemas.len().checked_sub(1)) else {
        return Ok(Order { before: 0 });
    };
    let runs_on = |schema: &Schema| running.iter().all(|code| fits(code, schema).is_empty());
    // While all before it is applied, what runs must do; from then on, what is new.
    let is_safe = |&before: &usize| {
        schemas[1..=before].iter().all(runs_on)
            && schemas[before..].iter().all(|schema| fits(wanted, schema).is_empty())
    };
    (0..=last).rev().find(is_safe).map(|before| Order { before }).ok_or_else(|| NoOrder {
        running: running.iter().flat_map(|code| fits(code, wanted)).collect(),
        new: fits(wanted, &schemas[0]),
    })
}

/// What keeps a version that is made for the schema `code` from a database with the schema `found`: a sentence each.
pub fn fits(code: &Schema, found: &Schema) -> Vec<String> {
    let mut misfits = Vec::new();
    for (name, table) in &code.tables {
        match found.tables.get(name) {
            Some(found) => table_fits(name, table, found, &mut misfits),
            None => misfits.push(format!("there is no table `{name}`")),
        }
    }
    misfits
}

fn table_fits(name: &str, code: &Table, found: &Table, misfits: &mut Vec<String>) {
    let of = |table: &'_ Table, name: &str| table.columns.iter().find(|it| it.name == name).cloned();
    for column in &code.columns {
        let place = format!("{name}.{}", column.name);
        match of(found, &column.name) {
            None => misfits.push(format!("there is no column `{place}`")),
            Some(found) => column_fits(&place, column, &found, misfits),
        }
    }
    for column in &found.columns {
        let is_given = column.nullable || column.default.is_some() || column.generated.is_some();
        if of(code, &column.name).is_none() && !is_given {
            misfits.push(format!("every row must give `{name}.{}`, which has no default", column.name));
        }
    }
    if code.primary_key != found.primary_key {
        misfits.push(format!("the key of `{name}` is ({})", found.primary_key.join(", ")));
    }
    let uniques = found.unique.difference(&code.unique).map(|columns| columns.join(", "));
    let unknown =
        |it: &(&String, &crate::migrate::schema::Index)| it.1.unique && code.indexes.get(it.0) != Some(it.1);
    let uniques = uniques.chain(found.indexes.iter().filter(unknown).map(|(index, _)| index.clone()));
    misfits.extend(uniques.map(|it| format!("no two rows of `{name}` may be the same in {it}")));
    if found.checks.difference(&code.checks).next().is_some() {
        misfits.push(format!("rows of `{name}` are checked for more"));
    }
    if found.foreign_keys.difference(&code.foreign_keys).next().is_some() {
        misfits.push(format!("rows of `{name}` must refer to rows that are there"));
    }
}

fn column_fits(place: &str, code: &Column, found: &Column, misfits: &mut Vec<String>) {
    if code.kind != found.kind {
        misfits.push(format!("`{place}` is {}, not {}", found.kind, code.kind));
    }
    if code.nullable && !found.nullable && found.generated.is_none() {
        misfits.push(format!("`{place}` must not be NULL"));
    }
    // Who counts on a default leaves the column out.
    if code.default.is_some() && found.default.is_none() && !found.nullable {
        misfits.push(format!("`{place}` has no default"));
    }
    if code.generated.is_some() != found.generated.is_some() {
        let how = if found.generated.is_some() { "computed" } else { "written" };
        misfits.push(format!("`{place}` is {how}"));
    }
    if found.checks.difference(&code.checks).next().is_some() || (found.boolean && !code.boolean) {
        misfits.push(format!("`{place}` is checked for more"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::{Migration, current_schema};

    /// The schemas that these scripts make, one after the other, on top of the first.
    fn schemas(scripts: &[&str]) -> Vec<Schema> {
        let migrations: Vec<Migration> = scripts
            .iter()
            .zip(1..)
            .map(|(sql, number)| Migration { number, slug: "a".to_owned(), sql: (*sql).to_owned() })
            .collect();
        (1..=migrations.len()).map(|count| current_schema(&migrations[..count]).unwrap()).collect()
    }

    /// The order of all scripts but the first, which made the database that runs.
    fn order_of(scripts: &[&str]) -> Result<usize, NoOrder> {
        let schemas = schemas(scripts);
        order(&schemas[..1], &schemas).map(|it| it.before)
    }

    const TASKS: &str =
        "CREATE TABLE tasks (id TEXT NOT NULL PRIMARY KEY, title TEXT NOT NULL, note TEXT) STRICT;";
    const ADD: &str = "ALTER TABLE tasks ADD COLUMN rank INTEGER;";
    const DROP: &str = "ALTER TABLE tasks DROP COLUMN note;";

    #[test]
    fn what_adds_comes_before_the_new_version() {
        assert_eq!(order_of(&[TASKS, ADD]), Ok(1));
        assert_eq!(order_of(&[TASKS, "CREATE TABLE more (id TEXT) STRICT;", ADD]), Ok(2));
        assert_eq!(
            order_of(&[TASKS, "ALTER TABLE tasks ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;"]),
            Ok(1)
        );
    }

    #[test]
    fn what_takes_away_comes_after_it() {
        assert_eq!(order_of(&[TASKS, DROP]), Ok(0));
        assert_eq!(order_of(&[TASKS, "DROP TABLE tasks;"]), Ok(0));
        assert_eq!(order_of(&[TASKS, ADD, DROP]), Ok(1));
        assert_eq!(order_of(&[TASKS, "CREATE UNIQUE INDEX titles ON tasks (title);"]), Ok(0));
    }

    #[test]
    fn what_runs_already_without_the_column_does_not_mind_that_it_goes() {
        let made = schemas(&[TASKS, DROP]);
        assert_eq!(order(&made[1..], &made), Ok(Order { before: 1 }));
    }

    #[test]
    fn what_adds_behind_what_takes_away_has_no_order() {
        let refused = order_of(&[TASKS, DROP, ADD]).unwrap_err();
        assert_eq!(refused.running, ["there is no column `tasks.note`"]);
        assert_eq!(refused.new, ["there is no column `tasks.rank`"]);
    }

    #[test]
    fn a_column_without_a_default_cannot_go_while_the_new_version_does_not_know_it() {
        let refused = order_of(&[TASKS, "ALTER TABLE tasks DROP COLUMN title;"]).unwrap_err();
        assert_eq!(refused.new, ["every row must give `tasks.title`, which has no default"]);
    }

    #[test]
    fn a_rename_has_no_order() {
        assert!(order_of(&[TASKS, "ALTER TABLE tasks RENAME COLUMN note TO remark;"]).is_err());
        assert!(order_of(&[TASKS, "ALTER TABLE tasks RENAME TO jobs;"]).is_err());
    }

    #[test]
    fn every_version_that_runs_counts() {
        let made = schemas(&[TASKS, ADD, DROP]);
        assert_eq!(order(&[made[0].clone(), made[2].clone()], &made), Ok(Order { before: 1 }));
        assert_eq!(order(&[], &made), Ok(Order { before: 2 }));
    }

    #[test]
    fn without_anything_to_apply_there_is_nothing_to_order() {
        assert_eq!(order_of(&[TASKS]), Ok(0));
    }
}
