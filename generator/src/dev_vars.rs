//! `.dev.vars`: the secrets of local development, a line `NAME=value` each, as wrangler reads it.

use crate::project::Project;

/// The value of a secret; None if the file has none, or an empty one.
pub fn secret(project: &Project, name: &str) -> Option<String> {
    value(&std::fs::read_to_string(project.dev_vars()).ok()?, name)
}

/// The value of a name in such a file's text; None if it has none, or an empty one.
pub(crate) fn value(text: &str, name: &str) -> Option<String> {
    let value = text.lines().find_map(|line| {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        Some(line.strip_prefix(name)?.trim_start().strip_prefix('=')?.trim())
    })?;
    let quoted = value.chars().next().filter(|it| matches!(it, '"' | '\'' | '`'));
    let value = match quoted {
        Some(quote) => value[1..].split(quote).next(),
        None => value.split('#').next(),
    };
    value.map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_wrangler_takes_for_it() {
        for (text, expected) in [
            ("KEY=a b", Some("a b")),
            ("OTHER=x\n  export KEY = \"a#b\" # said so", Some("a#b")),
            ("KEY=a # the key", Some("a")),
            ("KEY='a'", Some("a")),
            ("KEY=", None),
            ("KEY=\"\"", None),
            ("KEY= # to be filled in", None),
            ("# KEY=a", None),
            ("KEYS=a", None),
        ] {
            assert_eq!(value(text, "KEY").as_deref(), expected, "{text:?}");
        }
    }
}
