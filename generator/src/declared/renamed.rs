//! Declarations that the spec says to have had another name.
//!
//! Owns where a declaration stood before, so that it is compared with its own line and not taken for a loss and an
//! addition. Must not know what a line says, but for the database at the end of a table's.

use indexmap::IndexMap;

use super::in_database;
use crate::model::{Spec, bindings::BindingKind};

/// A declaration that has another place now than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    /// Its place before: `tables.notes`.
    from: String,
    /// Its place now.
    to: String,
    /// What goes along with it.
    along: Along,
}

/// What goes along with a declaration that has another name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Along {
    /// Nothing.
    Nothing,
    /// All that stands below its place.
    Below,
    /// The tables of the database, whose lines end in its old name, and then in its new one.
    Tables([String; 2]),
}

/// The renames that the spec declares, whether or not they are done. `objects` has the class of each Durable Object
/// binding at the last run: a class that is renamed may have another binding, too.
pub fn renames(spec: &Spec, objects: &IndexMap<String, String>) -> Vec<Rename> {
    let mut renames = Vec::new();
    for binding in &spec.bindings {
        let to = binding.name.as_str();
        let (from, along) = match &binding.kind {
            BindingKind::D1(database) => {
                let Some(from) = &database.renamed_from else { continue };
                let ends = [in_database(from.as_str()), in_database(to)];
                (from.to_string(), Along::Tables(ends))
            }
            BindingKind::DurableObject(class) => {
                let before =
                    |old: &&String| class.renamed_from.as_ref().is_some_and(|it| it.as_str() == *old);
                let Some((from, _)) = objects.iter().find(|(_, old)| before(old)) else { continue };
                (from.clone(), Along::Nothing)
            }
            _ => continue,
        };
        let of = |section: &str, along| Rename {
            from: format!("{section}bindings.{from}"),
            to: format!("{section}bindings.{to}"),
            along,
        };
        renames.push(of("", along));
        renames.extend(spec.environments.iter().map(|it| of(&format!("env.{}.", it.name), Along::Nothing)));
    }
    for table in &spec.tables {
        let to = format!("tables.{}", table.name);
        renames.extend(table.renamed_from.iter().map(|from| Rename {
            from: format!("tables.{from}"),
            to: to.clone(),
            along: Along::Below,
        }));
        let old =
            table.columns.iter().filter_map(|column| Some((column.renamed_from.as_ref()?, &column.name)));
        renames.extend(old.map(|(from, name)| Rename {
            from: format!("{to}.{from}"),
            to: format!("{to}.{name}"),
            along: Along::Nothing,
        }));
    }
    renames
}

/// A line of the last run.
#[derive(Debug)]
pub(super) struct Carried {
    /// Where it stood at the last run.
    pub(super) origin: String,
    /// Whether the spec says that its declaration has another name now.
    pub(super) renamed: bool,
    /// Its text.
    pub(super) line: String,
}

/// The lines of the last run by the places that their declarations have now. A rename is done where the new name was
/// there already or the old one was not.
pub(super) fn carried(before: &IndexMap<String, String>, renames: &[Rename]) -> IndexMap<String, Carried> {
    let unmoved = |(place, line): (&String, &String)| {
        (place.clone(), Carried { origin: place.clone(), renamed: false, line: line.clone() })
    };
    let mut lines: IndexMap<String, Carried> = before.iter().map(unmoved).collect();
    for rename in renames {
        if lines.contains_key(&rename.from) && !lines.contains_key(&rename.to) {
            lines = lines.into_iter().map(|(place, carried)| rename.carry(place, carried)).collect();
        }
    }
    lines
}

impl Rename {
    fn carry(&self, place: String, mut carried: Carried) -> (String, Carried) {
        if place == self.from {
            return (self.to.clone(), Carried { renamed: true, ..carried });
        }
        match &self.along {
            Along::Below => {
                let below = place.strip_prefix(&self.from).filter(|rest| rest.starts_with('.'));
                return (below.map_or(place.clone(), |rest| format!("{}{rest}", self.to)), carried);
            }
            Along::Tables([old, new]) if place.starts_with("tables.") => {
                if let Some(rest) = carried.line.strip_suffix(old.as_str()) {
                    carried.line = format!("{rest}{new}");
                }
            }
            Along::Tables(_) | Along::Nothing => {}
        }
        (place, carried)
    }
}
