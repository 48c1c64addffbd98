//! What happens to a value whose column gets another type.
//!
//! Owns SQLite's rules of affinity and the choice between copying and CAST. Must not know tables.

/// What SQLite makes of a declared type. <https://sqlite.org/datatype3.html#determination_of_column_affinity>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Affinity {
    /// `INTEGER`.
    Integer,
    /// `TEXT`, `VARCHAR(9)`.
    Text,
    /// `BLOB` or none.
    Blob,
    /// `REAL`, `DOUBLE`.
    Real,
    /// Anything else, such as `DATETIME`.
    Numeric,
}

impl Affinity {
    /// The affinity of a declared type.
    pub(super) fn of(kind: &str) -> Self {
        let kind = kind.to_ascii_uppercase();
        let has = |parts: &[&str]| parts.iter().any(|part| kind.contains(part));
        if has(&["INT"]) {
            Self::Integer
        } else if has(&["CHAR", "CLOB", "TEXT"]) {
            Self::Text
        } else if has(&["BLOB"]) || kind.is_empty() {
            Self::Blob
        } else if has(&["REAL", "FLOA", "DOUB"]) {
            Self::Real
        } else {
            Self::Numeric
        }
    }
}

/// How values move from a column of one type to a column of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conversion {
    /// As they are: SQLite converts what it can without loss and refuses the rest.
    Copy,
    /// With CAST, which changes how a value is written and not what it says.
    Cast,
    /// With CAST, which makes 0 or garbage of what does not fit.
    LossyCast,
}

/// How values move from the declared type `from` to `to`.
pub(super) fn conversion(from: &str, to: &str) -> Conversion {
    use Affinity::{Blob, Integer, Numeric, Real, Text};
    match (Affinity::of(from), Affinity::of(to)) {
        (from, to) if from == to => Conversion::Copy,
        (Numeric, Integer | Real) => Conversion::Copy,
        (Integer | Numeric, Text) | (Text, Blob) => Conversion::Cast,
        _ => Conversion::LossyCast,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declared_type_has_the_affinity_that_sqlite_gives_it() {
        let cases = [
            ("INTEGER", Affinity::Integer),
            ("bigint", Affinity::Integer),
            ("TEXT", Affinity::Text),
            ("VARCHAR(255)", Affinity::Text),
            ("", Affinity::Blob),
            ("BLOB", Affinity::Blob),
            ("double precision", Affinity::Real),
            ("DATETIME", Affinity::Numeric),
            ("CHARINT", Affinity::Integer),
        ];
        for (kind, affinity) in cases {
            assert_eq!(Affinity::of(kind), affinity, "{kind}");
        }
    }

    #[test]
    fn only_conversions_that_keep_every_value_need_no_permission() {
        let kinds = ["INTEGER", "REAL", "TEXT", "BLOB"];
        let safe: Vec<_> = kinds
            .iter()
            .flat_map(|from| kinds.iter().map(move |to| (*from, *to)))
            .filter(|(from, to)| from != to && conversion(from, to) != Conversion::LossyCast)
            .collect();
        assert_eq!(safe, [("INTEGER", "TEXT"), ("TEXT", "BLOB")]);
    }
}
