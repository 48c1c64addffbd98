//! Why no migration can be planned or trusted, in words for the one who edits the spec.
//!
//! Owns the texts. Must not know how they are shown.

use std::fmt;

/// Why there is no migration. Each text gives the reason and the remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MigrateError {
    /// A file in the migrations folder has no migration's name.
    FileName {
        /// The file's name.
        file: String,
    },
    /// The numbers do not run from 1 without a gap.
    Order {
        /// The first file out of order.
        file: String,
        /// The number that belongs at its place.
        expected: u32,
    },
    /// Two migrations have one number.
    Twice {
        /// Their files.
        files: [String; 2],
    },
    /// SQLite refused a statement.
    Sql {
        /// What the statement belongs to.
        origin: Origin,
        /// The statement, or the start of it.
        statement: String,
        /// SQLite's words.
        message: String,
    },
    /// The migrations leave something behind that a spec cannot declare.
    Undeclarable {
        /// What: "the view recent_events".
        object: String,
    },
    /// A default that cannot be written as SQL.
    Default {
        /// The column: `events.note`.
        column: String,
    },
    /// A statement is longer than D1 takes.
    TooLong {
        /// The statement's start.
        statement: String,
        /// Its length in bytes.
        bytes: usize,
    },
    /// Changes that can work on no table that has rows.
    Impossible(Vec<Impossible>),
    /// Changes that lose data, without permission.
    Destructive(Vec<Destructive>),
    /// The migrations, all sound, do not lead to the spec's tables.
    Behind {
        /// What is left to do.
        steps: Vec<String>,
    },
    /// A migration that does not do what it should.
    Unproven {
        /// The migration's file.
        file: String,
        /// The table and what differs in it.
        difference: String,
    },
}

/// What a statement belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A migration, by its file.
    Migration(String),
    /// A file that another tool wrote.
    Foreign(String),
    /// A table of the spec.
    Table(String),
    /// The program's own work.
    Program(&'static str),
}

impl Origin {
    fn remedy(&self) -> &'static str {
        match self {
            Self::Migration(_) => "A migration is never edited: restore the file as it was generated.",
            Self::Foreign(_) => "Correct the file, or give the database itself.",
            Self::Table(_) => "Correct the table in the spec.",
            Self::Program(_) => "This is a fault of the generator or a want of memory, not of the spec.",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Migration(file) | Self::Foreign(file) => write!(f, "`{file}`"),
            Self::Table(table) => write!(f, "the table `{table}` of the spec"),
            Self::Program(work) => f.write_str(work),
        }
    }
}

/// A change that can work on no table that has rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impossible {
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// Why, and what to do instead.
    pub reason: &'static str,
}

/// A change that loses data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destructive {
    /// What permission must name: `events` or `events.note`.
    pub name: String,
    /// What is lost.
    pub loss: String,
}

/// The longest statement that D1 takes, in bytes (its published limit is 100 KB).
pub(super) const MAX_STATEMENT_BYTES: usize = 100_000;

impl fmt::Display for MigrateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FileName { file } => write!(
                f,
                "`{file}` is no migration's name. Names look like `0001_create_events.sql`: four digits, `_`, \
                 then letters, digits, `_` or `-`. Rename the file or move it elsewhere."
            ),
            Self::Order { file, expected } => write!(
                f,
                "`{file}` stands where number {expected:04} belongs. Migrations are numbered 0001, 0002 and so on, \
                 each number once. Restore the missing file or remove the one that was added by hand."
            ),
            Self::Twice { files: [first, second] } => {
                write!(f, "`{first}` and `{second}` have one number: two branches each added a migration")
            }
            Self::Sql { origin, statement, message } => {
                write!(f, "SQLite refuses {origin}: {message}")?;
                if !statement.is_empty() {
                    write!(f, "\n  in: {}", statement.replace('\n', "\n      "))?;
                }
                write!(f, "\n{}", origin.remedy())
            }
            Self::Undeclarable { object } => write!(
                f,
                "The migrations make {object}, which the spec cannot declare, so that no further migration can keep \
                 it. Add a migration that drops it."
            ),
            Self::Default { column } => write!(
                f,
                "The default of `{column}` contains a NUL or a carriage return, which a migration file cannot carry. \
                 Take it out."
            ),
            Self::TooLong { statement, bytes } => write!(
                f,
                "A statement is {bytes} bytes long and D1 takes {MAX_STATEMENT_BYTES}. Shorten the default or \
                 split the table.\n  in: {statement}"
            ),
            Self::Impossible(changes) => {
                write!(f, "The change cannot work on a table that has rows:")?;
                changes.iter().try_for_each(|change| write!(f, "\n  {change}"))
            }
            Self::Destructive(changes) => {
                write!(f, "The change loses data:")?;
                changes.iter().try_for_each(|change| write!(f, "\n  {change}"))?;
                write!(
                    f,
                    "\nIf that is meant, allow each by name. If something was renamed, declare it with `renamed_from`."
                )
            }
            Self::Behind { steps } => {
                write!(f, "The migrations do not lead to the tables of the spec. Left to do:")?;
                steps.iter().try_for_each(|step| write!(f, "\n  {step}"))?;
                write!(f, "\nGenerate the migration that does it.")
            }
            Self::Unproven { file, difference } => write!(
                f,
                "`{file}` was run on invented rows and does not do what it should: {difference}. Nothing was written. \
                 If the file was edited, restore it; if it is new, make the change in smaller steps."
            ),
        }
    }
}

impl fmt::Display for Impossible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}.{}` {}", self.table, self.column, self.reason)
    }
}

impl Destructive {
    /// The argument that allows it: `--allow-destructive events.note`.
    pub fn flag(&self) -> String {
        format!("--allow-destructive {}", self.name)
    }
}

impl fmt::Display for Destructive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; to allow it: {}", self.loss, self.flag())
    }
}

impl std::error::Error for MigrateError {}
