//! The migration files of a database: their names and their order.
//!
//! Owns the form of a file name and the rule that numbers run from 1 without a gap. Must not know what
//! the SQL says, nor where the files lie.

use super::error::MigrateError;

/// One migration. Written once, then never edited: databases already hold what it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// Its place in the order, from 1.
    pub number: u32,
    /// What it does in a few words: letters, digits, `_` and `-`.
    pub slug: String,
    /// The file's text.
    pub sql: String,
}

impl Migration {
    /// Takes a file by its name, such as `0001_create_events.sql`, and its text.
    ///
    /// # Errors
    /// [`MigrateError::FileName`] if the name has another form, for wrangler would apply the file at a
    /// place that its name does not show.
    pub fn parse(file_name: &str, sql: String) -> Result<Self, MigrateError> {
        let bad = || MigrateError::FileName { file: file_name.to_owned() };
        let (number, slug) =
            file_name.strip_suffix(".sql").and_then(|stem| stem.split_once('_')).ok_or_else(bad)?;
        let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if slug.is_empty() || !slug.chars().all(word) {
            return Err(bad());
        }
        let migration = Self { number: number.parse().ok().ok_or_else(bad)?, slug: slug.to_owned(), sql };
        // `+1`, `01` and `00001` parse too, but are not how the number is written.
        if migration.file_name() == file_name { Ok(migration) } else { Err(bad()) }
    }

    /// The file's name: `0001_create_events.sql`.
    pub fn file_name(&self) -> String {
        format!("{:04}_{}.sql", self.number, self.slug)
    }
}

/// Whether the migrations, in the order given, are numbered 1, 2, 3 and so on.
///
/// # Errors
/// [`MigrateError::Twice`] for the first two that share a number, else [`MigrateError::Order`] for the first one that
/// is out of order.
pub(super) fn check_order(migrations: &[Migration]) -> Result<(), MigrateError> {
    if let Some(pair) = migrations.windows(2).find(|pair| pair[0].number == pair[1].number) {
        return Err(MigrateError::Twice { files: [pair[0].file_name(), pair[1].file_name()] });
    }
    for (migration, expected) in migrations.iter().zip(1..) {
        if migration.number != expected {
            return Err(MigrateError::Order { file: migration.file_name(), expected });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_survives_parsing_and_formatting() {
        for name in ["0001_create_events.sql", "0420_a.sql", "12345_Add-note_2.sql"] {
            assert_eq!(Migration::parse(name, String::new()).unwrap().file_name(), name);
        }
    }

    #[test]
    fn a_file_name_of_another_form_is_refused() {
        for name in [
            "1_a.sql",
            "00001_a.sql",
            "+001_a.sql",
            "0001.sql",
            "0001_.sql",
            "0001_a b.sql",
            "a_0001.sql",
            "0001_a.SQL",
            "0001_ä.sql",
            "99999999999_a.sql",
            "_a.sql",
            "",
        ] {
            assert!(Migration::parse(name, String::new()).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_gap_a_duplicate_and_a_wrong_start_are_found() {
        let numbered = |numbers: &[u32]| -> Vec<Migration> {
            let one = |&number| Migration { number, slug: "a".into(), sql: String::new() };
            numbers.iter().map(one).collect()
        };
        assert!(check_order(&numbered(&[])).is_ok());
        assert!(check_order(&numbered(&[1, 2, 3])).is_ok());
        assert!(matches!(check_order(&numbered(&[1, 2, 2])), Err(MigrateError::Twice { .. })));
        for (numbers, expected) in [(vec![1, 3], 2), (vec![2], 1), (vec![0, 1], 1)] {
            let error = check_order(&numbered(&numbers)).unwrap_err();
            assert!(matches!(error, MigrateError::Order { expected: e, .. } if e == expected));
        }
    }
}
