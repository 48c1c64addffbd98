//! Migrations of a D1 database: from what the migrations made and what the spec declares to the next file.
//!
//! The way of the data:
//! ```text
//! migrations ───replay→ SQLite ─introspect→ Schema ─┐
//!                                                   ├ diff → Steps ─hazard→ permitted ─script→ SQL ─proof→ Migration
//! spec's tables ─create→ SQLite ─introspect→ Schema ┘
//! ```
//! What the schema is now comes from running the migrations, not from a record of it that could be wrong,
//! and both schemas are read back from SQLite, so that spelling is no difference. No migration leaves
//! here that has not kept every row that it should on a real SQLite.
//!
//! Owns everything between a list of migrations and the next one. Must not know files, the command line
//! or the spec's syntax.

mod adopt;
mod affinity;
mod clauses;
mod diff;
mod drops;
mod error;
mod hazard;
mod history;
mod introspect;
mod lawful;
mod order;
pub mod probe;
mod proof;
mod rebuild;
mod replay;
mod rings;
mod rows;
pub mod schema;
mod script;
mod slug;
mod sqlite;
#[cfg(test)]
mod tests;
mod world;

use std::collections::{BTreeMap, BTreeSet};

pub use adopt::{Adopted, adopt, baseline};
pub use diff::{Change, Renames, Step, diff};
pub use error::{Destructive, Impossible, MigrateError, Origin};
pub use hazard::Hazard;
pub use history::Migration;
pub use schema::Schema;

use crate::model::tables as model;

/// A migration that was planned and proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMigration {
    /// The file to write.
    pub migration: Migration,
    /// What it does, in order.
    pub steps: Vec<Step>,
    /// What to know before it is applied, the permitted losses included.
    pub hazards: Vec<Hazard>,
}

/// Plans the migration that leads from `existing`, in order, to the tables that the spec declares for one
/// database; `None` if nothing differs. `allowed` names what may be lost: `events`, `events.note`.
///
/// # Errors
/// Any [`MigrateError`] but [`MigrateError::FileName`] and [`MigrateError::Behind`].
pub fn plan_database(
    existing: &[Migration],
    desired: &[&model::Table],
    allowed: &BTreeSet<String>,
) -> Result<Option<NewMigration>, MigrateError> {
    let connection = replay::replay(existing)?;
    let current = introspect::read(&connection)?;
    let desired_schema = declared_beside(&current, desired)?;
    let renames = Renames::declared(desired);
    let steps = diff(&current, &desired_schema, &renames);
    if steps.is_empty() {
        return Ok(None);
    }
    let (_, renamed) = renames.apply(&current, &desired_schema);
    let hazards = judge(&renamed, &desired_schema, &steps, allowed)?;
    let number = existing.last().map_or(1, |last| last.number + 1);
    let sql = script::migration(&renamed, &desired_schema, &steps)?;
    let migration = Migration { number, slug: slug::slug(&steps), sql };
    let made = proof::prove(&connection, &current, &migration)?;
    match diff(&made, &desired_schema, &renames).first() {
        None => Ok(Some(NewMigration { migration, steps, hazards })),
        Some(left) => Err(MigrateError::Unproven {
            file: migration.file_name(),
            difference: format!("it should, but does not, {left}"),
        }),
    }
}

/// Proves every migration on top of those before it, and that together they make the tables that the
/// spec declares for one database.
///
/// # Errors
/// [`MigrateError::Sql`] or [`MigrateError::Unproven`] for the first migration that fails,
/// [`MigrateError::Behind`] if the spec has moved on.
pub fn prove_all(migrations: &[Migration], desired: &[&model::Table]) -> Result<(), MigrateError> {
    proof::prove_all(migrations, &declared_schema(desired)?, &Renames::declared(desired))
}

/// The schema that the migrations make.
///
/// # Errors
/// [`MigrateError::Order`], [`MigrateError::Sql`] or [`MigrateError::Undeclarable`].
pub fn current_schema(migrations: &[Migration]) -> Result<Schema, MigrateError> {
    introspect::read(&replay::replay(migrations)?)
}

/// The schema that the spec declares, as SQLite reads it back.
///
/// # Errors
/// [`MigrateError::Default`], or [`MigrateError::Sql`] if SQLite refuses a table.
pub fn declared_schema(tables: &[&model::Table]) -> Result<Schema, MigrateError> {
    declared_beside(&Schema::default(), tables)
}

/// How many declared tables are read back from one database: with each statement that makes one, SQLite goes through
/// all that are there.
const GROUP: usize = 64;

/// As [`declared_schema`]; what SQLite reads back of a table is known where it has read just that before.
fn declared_beside(read: &Schema, tables: &[&model::Table]) -> Result<Schema, MigrateError> {
    let declared = Schema::declared(tables)?.tables.into_iter();
    let (known, unknown): (Vec<_>, Vec<_>) =
        declared.partition(|(name, table)| read.tables.get(name) == Some(table));
    let mut tables: BTreeMap<String, schema::Table> = known.into_iter().collect();
    for group in unknown.chunks(GROUP) {
        let connection = replay::open()?;
        for (name, table) in group {
            let create = sqlite::create_with_indexes(name, table);
            replay::execute(&connection, &Origin::Table(name.clone()), &create)?;
        }
        tables.extend(introspect::read(&connection)?.tables);
    }
    Ok(Schema { tables })
}

/// The hazards of `steps`, if they are possible and all losses permitted.
fn judge(
    before: &Schema,
    after: &Schema,
    steps: &[Step],
    allowed: &BTreeSet<String>,
) -> Result<Vec<Hazard>, MigrateError> {
    let mut impossible = hazard::impossible(before, after, steps);
    let rebuilt = script::rebuilt_tables(before, after, steps);
    let unidentified = rebuild::unidentified(before, after, &rebuilt);
    impossible.extend(unidentified.into_iter().map(|(table, column)| Impossible {
        table,
        column,
        reason: rebuild::UNIDENTIFIED,
    }));
    if !impossible.is_empty() {
        return Err(MigrateError::Impossible(impossible));
    }
    let hazards = hazard::hazards(before, after, steps, &script::copied_tables(before, after, steps));
    let losses = hazards.iter().filter_map(|hazard| match hazard {
        Hazard::DataLoss(loss) if !allowed.contains(&loss.name) => Some(loss.clone()),
        _ => None,
    });
    let refused: Vec<Destructive> = losses.collect();
    if refused.is_empty() { Ok(hazards) } else { Err(MigrateError::Destructive(refused)) }
}
