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
mod reach;
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
    let mut connection = replay::replay(existing)?;
    let mut reader = introspect::Reader::default();
    let current = reader.read(&connection)?;
    let wanted = Schema::declared(desired)?;
    let is_new = |name: &str| !current.tables.contains_key(name);
    // A new table is what the spec says, unless SQLite reads it back otherwise once the migration has made it.
    let desired_schema = read_back(wanted.clone(), |name, table| is_new(name) || current.has(name, table))?;
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
    let made = proof::prove(&mut connection, &mut reader, &current, &migration)?;
    let desired_schema = read_back(wanted, |name, table| made.has(name, table))?;
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
    introspect::Reader::default().read(&replay::replay(migrations)?)
}

/// The schema that the spec declares, as SQLite reads it back.
///
/// # Errors
/// [`MigrateError::Default`], or [`MigrateError::Sql`] if SQLite refuses a table.
pub fn declared_schema(tables: &[&model::Table]) -> Result<Schema, MigrateError> {
    read_back(Schema::declared(tables)?, |_, _| false)
}

/// How many declared tables are read back from one database: with each statement that makes one, SQLite goes through
/// all that are there.
const GROUP: usize = 64;

/// The schema as SQLite reads it back, which is the same for a table that `is_known`.
fn read_back(
    declared: Schema,
    is_known: impl Fn(&str, &schema::Table) -> bool,
) -> Result<Schema, MigrateError> {
    let (known, unknown): (Vec<_>, Vec<_>) =
        declared.tables.into_iter().partition(|(name, table)| is_known(name, table));
    let mut tables: BTreeMap<String, schema::Table> = known.into_iter().collect();
    for group in unknown.chunks(GROUP) {
        let connection = replay::open()?;
        for (name, table) in group {
            let create = sqlite::create_with_indexes(name, table);
            replay::execute(&connection, &Origin::Table(name.clone()), &create)?;
        }
        tables.extend(introspect::Reader::default().read(&connection)?.tables);
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
