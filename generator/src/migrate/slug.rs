//! A migration's slug, from what it does.
//!
//! Owns the words and their length. Must not know SQL.

use super::diff::Step;

/// The longest slug, in bytes. With the number it keeps file names below 80.
const MAX_BYTES: usize = 64;

/// What `steps` do: `create_events_and_stores`, `add_events_note`. The steps that say most about the
/// change come first; what does not fit is left out.
pub(super) fn slug(steps: &[Step]) -> String {
    let mut phrases: Vec<(&str, Vec<String>)> = Vec::new();
    for (verb, object) in steps.iter().map(phrase) {
        match phrases.iter_mut().find(|(known, _)| *known == verb) {
            Some((_, objects)) if objects.contains(&object) => {}
            Some((_, objects)) => objects.push(object),
            None => phrases.push((verb, vec![object])),
        }
    }
    let mut slug = String::new();
    for (verb, objects) in &phrases {
        for (at, object) in objects.iter().enumerate() {
            let verb = if at == 0 { format!("{verb}_") } else { String::new() };
            let part =
                if slug.is_empty() { format!("{verb}{object}") } else { format!("_and_{verb}{object}") };
            if slug.len() + part.len() > MAX_BYTES && !slug.is_empty() {
                return slug;
            }
            slug.push_str(&part);
        }
    }
    // A single name can be too long, or hold anything if it was written by hand.
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    slug.chars().map(plain).take(MAX_BYTES).collect()
}

fn phrase(step: &Step) -> (&'static str, String) {
    match step {
        Step::CreateTable { table } => ("create", table.clone()),
        Step::DropTable { table } => ("drop", table.clone()),
        Step::RenameTable { from, to } => ("rename", format!("{from}_to_{to}")),
        Step::RenameColumn { table, from, to } => ("rename", format!("{table}_{from}_to_{to}")),
        Step::AddColumn { table, column } => ("add", format!("{table}_{column}")),
        Step::DropColumn { table, column } => ("drop", format!("{table}_{column}")),
        Step::DropIndex { index, .. } => ("drop", index.clone()),
        Step::CreateIndex { index, .. } => ("index", index.clone()),
        Step::Rebuild { table, .. } => ("change", table.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_says_what_the_steps_do() {
        let create = |table: &str| Step::CreateTable { table: table.into() };
        let add = |column: &str| Step::AddColumn { table: "events".into(), column: column.into() };
        let rename = Step::RenameTable { from: "a".into(), to: "b".into() };
        assert_eq!(slug(&[create("events"), create("stores")]), "create_events_and_stores");
        assert_eq!(slug(&[add("note")]), "add_events_note");
        assert_eq!(slug(&[rename, add("x"), add("y")]), "rename_a_to_b_and_add_events_x_and_events_y");
    }

    #[test]
    fn a_slug_has_a_bounded_length_and_plain_letters() {
        let many: Vec<Step> = (0..99).map(|n| Step::DropTable { table: format!("table_{n}") }).collect();
        assert_eq!(slug(&many), "drop_table_0_and_table_1_and_table_2_and_table_3_and_table_4");
        let odd = Step::DropTable { table: format!("A b;\n/{}", "ü".repeat(99)) };
        assert_eq!(slug(&[odd]).len(), MAX_BYTES);
    }
}
