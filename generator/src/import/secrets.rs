//! The names in a file of secrets.
//!
//! Owns the form of such a file, so that no part of a value is taken for a name. Values go nowhere.

/// The names that the text of `.dev.vars` gives values to, each once.
pub(super) fn names(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    // The quote that a value of several lines waits for.
    let mut open: Option<char> = None;
    for line in text.lines() {
        if let Some(quote) = open {
            if ends(line, quote) {
                open = None;
            }
            continue;
        }
        let line = line.trim_start();
        let Some((name, value)) = line.strip_prefix("export ").unwrap_or(line).split_once('=') else {
            continue;
        };
        let (name, value) = (name.trim(), value.trim_start());
        if let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))
            && !ends(&value[1..], quote)
        {
            open = Some(quote);
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let named =
            name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(plain);
        if named && !names.iter().any(|it| it == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// Whether the quote stands in the text, without a `\` before it.
fn ends(text: &str, quote: char) -> bool {
    let mut escaped = false;
    text.chars().any(|c| {
        let end = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        end
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_and_values_are_not() {
        let text = "# the keys\nA=1\nexport B_2 = \"x=y\"\n\nC='multi\nNOT_A_NAME=1\nend'\nD=\"a\\\"\nNOR_THIS=\n\"\nA=2\n=x\nno name=3\nE=";
        assert_eq!(names(text), ["A", "B_2", "C", "D", "E"]);
    }

    #[test]
    fn a_value_that_never_ends_hides_what_is_after_it() {
        assert_eq!(names("KEY=\"-----BEGIN\nMIIB=\n"), ["KEY"]);
    }
}
