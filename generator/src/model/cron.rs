//! Cron expressions as Cloudflare reads them.
//!
//! Owns the grammar of the five fields. Must not know what runs then.

use std::fmt;

/// A cron expression: minute, hour, day of the month, month, day of the week, in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron(String);

/// What one field takes.
struct Field {
    name: &'static str,
    least: u32,
    most: u32,
    words: &'static [&'static str],
}

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const FIELDS: [Field; 5] = [
    Field { name: "minute", least: 0, most: 59, words: &[] },
    Field { name: "hour", least: 0, most: 23, words: &[] },
    Field { name: "day of the month", least: 1, most: 31, words: &[] },
    Field { name: "month", least: 1, most: 12, words: MONTHS },
    Field { name: "day of the week", least: 1, most: 7, words: DAYS },
];

const DAY_OF_MONTH: usize = 2;
const DAY_OF_WEEK: usize = 4;

impl Cron {
    /// Takes an expression of five fields; the error says what is wrong with another.
    pub fn new(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split_ascii_whitespace().collect();
        if parts.len() != FIELDS.len() {
            return Err(format!(
                "it has {} fields instead of five: minute, hour, day of the month, month, day of the week",
                parts.len()
            ));
        }
        for (position, (part, field)) in parts.iter().zip(&FIELDS).enumerate() {
            for item in part.split(',') {
                field.item(position, item)?;
            }
        }
        Ok(Self(parts.join(" ")))
    }

    /// The expression with single spaces.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Field {
    /// One item of a list: `*`, a value, a range, each with a step; or what only days have.
    fn item(&self, position: usize, item: &str) -> Result<(), String> {
        let lower = item.to_ascii_lowercase();
        if position == DAY_OF_MONTH {
            if lower == "l" || lower == "lw" {
                return Ok(());
            }
            if let Some(day) = lower.strip_suffix('w') {
                return self.value(day).map(drop);
            }
        }
        if position == DAY_OF_WEEK {
            if let Some((day, nth)) = lower.split_once('#') {
                self.value(day)?;
                return match nth.parse() {
                    Ok(1..=5) => Ok(()),
                    _ => Err(format!("`{item}` names no week: write a number from 1 to 5 behind `#`")),
                };
            }
            if lower == "l" {
                return Ok(());
            }
            if let Some(day) = lower.strip_suffix('l') {
                return self.value(day).map(drop);
            }
        }
        let (range, step) = match lower.split_once('/') {
            Some((range, step)) => (range.to_owned(), Some(step.to_owned())),
            None => (lower, None),
        };
        if let Some(step) = step
            && !step.parse::<u32>().is_ok_and(|step| (1..=self.most).contains(&step))
        {
            return Err(format!("the step of `{item}` is no number from 1 to {}", self.most));
        }
        if range == "*" {
            return Ok(());
        }
        match range.split_once('-') {
            None => self.value(&range).map(drop),
            Some((first, last)) if self.value(first)? <= self.value(last)? => Ok(()),
            Some(_) => Err(format!("the range `{range}` ends before it starts")),
        }
    }

    fn value(&self, text: &str) -> Result<u32, String> {
        if let Some(position) = self.words.iter().position(|word| *word == text) {
            return Ok(u32::try_from(position).unwrap_or_default() + self.least);
        }
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        match text.parse() {
            Ok(value) if digits && (self.least..=self.most).contains(&value) => Ok(value),
            Ok(0) if self.words == DAYS => {
                Err("Cloudflare counts the days of the week from 1, Sunday, to 7, Saturday".to_owned())
            }
            _ => Err(format!("`{text}` is no {}: {} to {}", self.name, self.least, self.most)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cloudflare_takes_is_taken() {
        for text in [
            "* * * * *",
            "*/30 * * * *",
            "0 17 * * sun",
            "10 7 * * mon-fri",
            "10 7 * * 2-6",
            "0 15 1 * *",
            "0 18 * * 6L",
            "0 18 * * friL",
            "59 23 LW * *",
            "0 9 15W jan,JUL MON#2",
            "1-10/3,40 0,12 L 1-6 *",
        ] {
            assert!(Cron::new(text).is_ok(), "{text:?}: {:?}", Cron::new(text));
        }
    }

    #[test]
    fn what_cloudflare_refuses_is_refused() {
        for text in [
            "",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 8",
            "* * * * mon#6",
            "5-1 * * * *",
            "*/0 * * * *",
            "+5 * * * *",
            "a * * * *",
            ", * * * *",
            "@daily",
        ] {
            assert!(Cron::new(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_sunday_written_as_zero_is_explained() {
        assert!(Cron::new("0 0 * * 0").unwrap_err().contains("from 1, Sunday"));
    }
}
