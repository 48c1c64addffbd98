//! Whether the compatibility date fits the runtime that is installed.
//!
//! Owns what is far in the past and what is in the future. It compares with the newest date that the installed workerd
//! knows, not with the calendar: the same spec and the same packages say the same on every day. Pure.

use crate::{
    diagnostic::{Code, Diagnostic, Place},
    model::Spec,
    path::SpecPath,
};

/// The newest date that workerd of this `version` knows: `1.20260426.1` is of 2026-04-26.
fn newest(version: &str) -> Option<String> {
    let digits = version.split('.').nth(1)?;
    let is_date = digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_digit());
    is_date.then(|| format!("{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..]))
}

/// The version of workerd in the text of a `package-lock.json`.
fn workerd(package_lock: &str) -> Option<String> {
    let lock: serde_json::Value = serde_json::from_str(package_lock).ok()?;
    lock.get("packages")?.get("node_modules/workerd")?.get("version")?.as_str().map(str::to_owned)
}

/// What is to be said of the date of `spec`, where the packages of `package_lock` are installed.
pub fn findings(spec: &Spec, package_lock: &str) -> Option<Diagnostic> {
    let newest = newest(&workerd(package_lock)?)?;
    let date = spec.worker.compatibility_date.as_str();
    let place = Place::Value(SpecPath::from(["worker", "compatibility_date"]));
    let finding = |message| Diagnostic::new(Code::CompatibilityDate, place, message);
    // Dates of this form are in the order of their text.
    if date > newest.as_str() {
        return Some(
            finding(format!("the installed workerd knows the runtime up to {newest}, not of {date}")).help(
                format!("write `compatibility_date = \"{newest}\"`, or update wrangler in package.json"),
            ),
        );
    }
    let year = newest.get(..4)?.parse::<u32>().ok()?;
    let year_before = format!("{:04}{}", year.saturating_sub(1), newest.get(4..)?);
    (date < year_before.as_str()).then(|| {
        finding(format!("the runtime of {date} is more than a year older than the one of {newest}"))
            .help(format!("write `compatibility_date = \"{newest}\"` and run the tests"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{document::Source, pipeline::interpret};

    const LOCK: &str = r#"{ "packages": { "node_modules/workerd": { "version": "1.20260426.1" } } }"#;

    fn said(date: &str, lock: &str) -> Option<String> {
        let text = include_str!("../tests/diagnostics/small.toml").replace("2026-04-01", date);
        let spec = interpret(Source { name: "spec.toml".to_owned(), text }).spec.unwrap();
        findings(&spec, lock)?.help
    }

    #[test]
    fn a_date_of_the_last_year_is_fine() {
        for date in ["2026-04-26", "2026-01-01", "2025-04-26"] {
            assert_eq!(said(date, LOCK), None, "{date}");
        }
    }

    #[test]
    fn an_older_date_is_told_which_to_write() {
        let help = said("2025-04-25", LOCK).unwrap();
        assert!(help.contains("compatibility_date = \"2026-04-26\""), "{help}");
    }

    #[test]
    fn a_date_that_workerd_does_not_know_is_told_the_newest() {
        let help = said("2026-04-27", LOCK).unwrap();
        assert!(help.contains("compatibility_date = \"2026-04-26\""), "{help}");
    }

    #[test]
    fn nothing_is_said_where_no_workerd_is_known() {
        for lock in ["", "{}", &LOCK.replace("1.20260426.1", "2.0.0"), &LOCK.replace("1.20260426.1", "next")]
        {
            assert_eq!(said("2020-01-01", lock), None, "{lock}");
        }
    }
}
