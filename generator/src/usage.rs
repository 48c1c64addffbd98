//! `llm usage`: what the models' calls took, summed up from the ledger.
//!
//! Owns the question to the ledger and what a person reads of the answer. Must not know how a database is asked.

use std::{error::Error, path::Path, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    cli::{By, LlmCommand},
    model::Located,
    pipeline, printed,
    process::ToolError,
    project::Project,
    render,
    wrangler::{self, Database},
};

/// How far back is looked: seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Since(u64);

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("write a number and a unit, such as 90m, 24h, 7d or 4w, not {text:?}");
        let unit = text.chars().last().ok_or_else(wrong)?;
        let number: u64 = text.strip_suffix(unit).and_then(|it| it.parse().ok()).ok_or_else(wrong)?;
        let seconds = match unit {
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'w' => 7 * 86_400,
            _ => return Err(wrong()),
        };
        number.checked_mul(seconds).filter(|it| *it < 100 * 366 * 86_400).map(Self).ok_or_else(wrong)
    }
}

/// What a group of calls took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// The user, model, store or day; None of calls that name none.
    pub of: Option<String>,
    /// How many calls.
    pub calls: u64,
    /// Those whose client has the whole answer.
    pub answered: u64,
    /// Tokens of the requests.
    pub input_tokens: u64,
    /// Those of them that the model's service had read before.
    pub cached_tokens: u64,
    /// Tokens of the answers.
    pub output_tokens: u64,
    /// How many calls' tokens are estimates.
    pub estimated: u64,
    /// Calls of tools.
    pub tool_calls: u64,
    /// The mean time of an answered call, in milliseconds; None if there is none.
    pub latency_ms: Option<u64>,
    /// The mean time to the first token of a streamed answer, likewise.
    pub first_token_ms: Option<u64>,
}

/// Does what is wanted of the models' route. What it says goes to standard output.
///
/// # Errors
/// If it cannot be done, in words.
pub fn run(command: &LlmCommand) -> Result<(), Box<dyn Error>> {
    let LlmCommand::Usage { env, since, by, json, remote, .. } = command;
    let project = Project::find()?;
    let reading = pipeline::read(project.root())?;
    let spec = reading.spec.ok_or("spec.toml has errors: `generator check` shows them")?;
    let environment = env.as_deref().map(|name| spec.environment(name)).transpose()?;
    let ledger = spec.llm.as_ref().and_then(|llm| llm.ledger.as_ref()).ok_or(
        "spec.toml has no ledger: write `ledger = \"llm_calls\"` under `[llm]`, declare that table, and deploy",
    )?;
    let name = render::configuration(environment.map(|it| it.name.as_str()));
    let state = (!remote).then(|| project.state());
    let used = used(&project, &project.generated().join(name), state.as_deref(), ledger, *by, *since)?;
    match json {
        true => printed::print(&format!("{}\n", serde_json::to_string(&used)?))?,
        false => printed::print(&text(&used, *by))?,
    }
    Ok(())
}

/// Asks the ledger of a configuration, on this machine if there is its `state`: what took most first, days in order.
///
/// # Errors
/// If the database cannot be asked.
pub fn used(
    project: &Project,
    configuration: &Path,
    state: Option<&Path>,
    ledger: &Located,
    by: By,
    since: Since,
) -> Result<Vec<Used>, ToolError> {
    let database = Database { configuration, binding: ledger.database.as_str(), state };
    let printed = wrangler::query(project, &database, &question(ledger.table.as_str(), by, since)).read()?;
    answer(&printed).ok_or_else(|| {
        ToolError::new("wrangler did not print rows of the ledger", "is the pinned wrangler in use?")
    })
}

/// `table` is a name that needs no escaping.
fn question(table: &str, by: By, Since(seconds): Since) -> String {
    let most = "sum(\"input_tokens\") + sum(\"output_tokens\") DESC, count(*) DESC, 1";
    let (of, order) = match by {
        By::User => ("\"user_id\"", most),
        By::Model => ("\"model\"", most),
        By::Store => ("\"store_id\"", most),
        By::Day => ("substr(\"created_at\", 1, 10)", "1"),
    };
    format!(
        "SELECT {of} AS \"of\", count(*) AS calls, sum(\"outcome\" = 'answered') AS answered, \
         sum(\"input_tokens\") AS input_tokens, sum(\"cached_tokens\") AS cached_tokens, \
         sum(\"output_tokens\") AS output_tokens, sum(\"estimated\") AS estimated, sum(\"tool_calls\") AS tool_calls, \
         CAST(avg(iif(\"outcome\" = 'answered', \"latency_ms\", NULL)) AS INTEGER) AS latency_ms, \
         CAST(avg(iif(\"outcome\" = 'answered', \"first_token_ms\", NULL)) AS INTEGER) AS first_token_ms \
         FROM \"{table}\" WHERE \"created_at\" >= strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-{seconds} seconds') \
         GROUP BY 1 ORDER BY {order}"
    )
}

/// Reads what wrangler prints: `[{"results":[…]}]`, behind lines that are for people.
fn answer(printed: &str) -> Option<Vec<Used>> {
    #[derive(Deserialize)]
    struct Executed {
        results: Vec<Used>,
    }
    let json = printed.lines().skip_while(|line| !line.starts_with('[')).collect::<Vec<_>>().join("\n");
    let executed: Vec<Executed> = serde_json::from_str(&json).ok()?;
    Some(executed.into_iter().flat_map(|it| it.results).collect())
}

fn text(used: &[Used], by: By) -> String {
    if used.is_empty() {
        return "no calls\n".to_owned();
    }
    let of = match by {
        By::User => "user",
        By::Model => "model",
        By::Store => "store",
        By::Day => "day",
    };
    let heads = [of, "calls", "answered", "input", "cached", "output", "tools", "latency", "first token"];
    let mut rows = vec![heads.map(str::to_owned)];
    rows.extend(used.iter().map(row));
    let widths: Vec<usize> = (0..heads.len())
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default())
        .collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| match column {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    if used.iter().any(|it| it.estimated > 0) {
        text.push_str("~ some of these tokens are estimates: an answer broke off before it was counted\n");
    }
    text
}

fn row(used: &Used) -> [String; 9] {
    let about = if used.estimated > 0 { "~" } else { "" };
    let millis = |it: Option<u64>| it.map_or_else(|| "-".to_owned(), |it| format!("{it} ms"));
    [
        used.of.clone().unwrap_or_else(|| "-".to_owned()),
        used.calls.to_string(),
        used.answered.to_string(),
        format!("{about}{}", used.input_tokens),
        used.cached_tokens.to_string(),
        format!("{about}{}", used.output_tokens),
        used.tool_calls.to_string(),
        millis(used.latency_ms),
        millis(used.first_token_ms),
    ]
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    const USED: Used = Used {
        of: None,
        calls: 3,
        answered: 2,
        input_tokens: 1_200,
        cached_tokens: 100,
        output_tokens: 80,
        estimated: 1,
        tool_calls: 1,
        latency_ms: Some(900),
        first_token_ms: None,
    };

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        for (text, seconds) in
            [("90m", 5_400), ("24h", 86_400), ("7d", 604_800), ("0d", 0), ("4w", 2_419_200)]
        {
            assert_eq!(text.parse(), Ok(Since(seconds)), "{text}");
        }
        for wrong in ["", "7", "d", "7 d", "-1d", "7y", "7ü", "99999999999999999999d", "9999999d"] {
            assert!(wrong.parse::<Since>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn rows_are_found_behind_what_wrangler_says_to_people() {
        let rows =
            format!("[\n{{\"results\":[{}],\"success\":true}}]", serde_json::to_string(&USED).unwrap());
        assert_eq!(answer(&rows), Some(vec![USED]));
        assert_eq!(answer(&format!("Executing on local database\n{rows}")), Some(vec![USED]));
        assert_eq!(answer("[{\"success\":false}]"), None);
    }

    #[test]
    fn what_took_most_comes_first_and_what_is_older_is_left_out() {
        let database = rusqlite::Connection::open_in_memory().unwrap();
        let sql = "CREATE TABLE calls (created_at, user_id, model, store_id, input_tokens INTEGER, cached_tokens INTEGER, \
                   output_tokens INTEGER, estimated INTEGER, tool_calls INTEGER, latency_ms INTEGER, \
                   first_token_ms INTEGER, outcome)";
        database.execute_batch(sql).unwrap();
        for (age, user, tokens, outcome) in [
            ("-1 hours", "ada", 50, "answered"),
            ("-1 hours", "ada", 60, "client_gone"),
            ("-1 hours", "ben", 100, "answered"),
            ("-9 days", "ben", 900, "answered"),
        ] {
            let sql = "INSERT INTO calls VALUES (strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?1), ?2, 'm', NULL, ?3, 0, 1, 0, 0, \
                       ?3, NULL, ?4)";
            database.execute(sql, (age, user, tokens, outcome)).unwrap();
        }
        let asked = |by, since: &str| -> Vec<(Option<String>, i64, i64, Option<i64>)> {
            let mut rows = database.prepare(&question("calls", by, since.parse().unwrap())).unwrap();
            let row = |row: &rusqlite::Row<'_>| {
                Ok((row.get("of")?, row.get("calls")?, row.get("input_tokens")?, row.get("latency_ms")?))
            };
            rows.query_map([], row).unwrap().collect::<rusqlite::Result<_>>().unwrap()
        };
        let (ada, ben) = (Some("ada".to_owned()), Some("ben".to_owned()));
        assert_eq!(
            asked(By::User, "7d"),
            [(ada.clone(), 2, 110, Some(50)), (ben.clone(), 1, 100, Some(100))]
        );
        assert_eq!(asked(By::User, "2w"), [(ben, 2, 1_000, Some(500)), (ada, 2, 110, Some(50))]);
        assert_eq!(asked(By::Store, "7d"), [(None, 3, 210, Some(75))]);
        assert_eq!(asked(By::Day, "30m"), []);
    }

    #[test]
    fn columns_are_aligned_and_estimates_marked() {
        let counted =
            Used { of: Some("gpt-4o-mini".to_owned()), estimated: 0, first_token_ms: Some(210), ..USED };
        expect![[r"
            model        calls  answered  input  cached  output  tools  latency  first token
            gpt-4o-mini      3         2   1200     100      80      1   900 ms       210 ms
            -                3         2  ~1200     100     ~80      1   900 ms            -
            ~ some of these tokens are estimates: an answer broke off before it was counted
        "]]
        .assert_eq(&text(&[counted, USED], By::Model));
        assert_eq!(text(&[], By::Day), "no calls\n");
    }
}
