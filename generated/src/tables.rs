// Made from spec.toml by `cargo run -p generator -- generate`. Do not edit: the next run shows and refuses it.

//! Rows of the tables, and the SQL to read and write one.

use serde::{Deserialize, Serialize};

/// Every event of every store, once; the record from which clients are synced.
///
/// A row of `events` in `bindings.DB`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventsRow {
    /// Text.
    pub store_id: String,
    /// An integer.
    pub seq_num: i64,
    /// An integer.
    pub parent_seq_num: i64,
    /// Text.
    pub name: String,
    /// JSON text.
    pub args: Option<String>,
    /// Text.
    pub client_id: String,
    /// Text.
    pub session_id: String,
    /// A moment in UTC: `2026-01-31T09:00:00.000Z`.
    pub created_at: String,
}

impl EventsRow {
    /// The table's name.
    pub const TABLE: &str = "events";
    /// The columns in the order of the struct's fields.
    pub const COLUMNS: &[&str] = &[
        "store_id",
        "seq_num",
        "parent_seq_num",
        "name",
        "args",
        "client_id",
        "session_id",
        "created_at",
    ];
    /// Every row.
    pub const SELECT: &str = r#"SELECT "store_id", "seq_num", "parent_seq_num", "name", "args", "client_id", "session_id", "created_at" FROM "events""#;
    /// A new row: one parameter a column, in the order of [`Self::COLUMNS`].
    pub const INSERT: &str = r#"INSERT INTO "events" ("store_id", "seq_num", "parent_seq_num", "name", "args", "client_id", "session_id", "created_at") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"#;
    /// The row with a key: `?1` store_id, `?2` seq_num.
    pub const SELECT_BY_KEY: &str = r#"SELECT "store_id", "seq_num", "parent_seq_num", "name", "args", "client_id", "session_id", "created_at" FROM "events" WHERE "store_id" = ?1 AND "seq_num" = ?2"#;
    /// Removes the row with a key: `?1` store_id, `?2` seq_num.
    pub const DELETE_BY_KEY: &str = r#"DELETE FROM "events" WHERE "store_id" = ?1 AND "seq_num" = ?2"#;
}

/// The backend id of every store. A client whose copy has another one starts anew.
///
/// A row of `stores` in `bindings.DB`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoresRow {
    /// Text.
    pub store_id: String,
    /// Text.
    pub backend_id: String,
    /// A moment in UTC: `2026-01-31T09:00:00.000Z`.
    pub created_at: String,
}

impl StoresRow {
    /// The table's name.
    pub const TABLE: &str = "stores";
    /// The columns in the order of the struct's fields.
    pub const COLUMNS: &[&str] = &["store_id", "backend_id", "created_at"];
    /// Every row.
    pub const SELECT: &str = r#"SELECT "store_id", "backend_id", "created_at" FROM "stores""#;
    /// A new row: one parameter a column, in the order of [`Self::COLUMNS`].
    pub const INSERT: &str = r#"INSERT INTO "stores" ("store_id", "backend_id", "created_at") VALUES (?1, ?2, ?3)"#;
    /// The row with a key: `?1` store_id.
    pub const SELECT_BY_KEY: &str = r#"SELECT "store_id", "backend_id", "created_at" FROM "stores" WHERE "store_id" = ?1"#;
    /// Removes the row with a key: `?1` store_id.
    pub const DELETE_BY_KEY: &str = r#"DELETE FROM "stores" WHERE "store_id" = ?1"#;
}

/// A row for each call of a model: what it took and how it ended, never what was said.
///
/// A row of `llm_calls` in `bindings.DB`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LlmCallsRow {
    /// Text.
    pub id: String,
    /// A moment in UTC: `2026-01-31T09:00:00.000Z`.
    pub created_at: String,
    /// Text.
    pub user_id: String,
    /// Text.
    pub store_id: Option<String>,
    /// Text.
    pub model: Option<String>,
    /// An integer.
    pub input_tokens: i64,
    /// An integer.
    pub output_tokens: i64,
    /// An integer.
    pub cached_tokens: i64,
    /// True or false.
    #[serde(with = "boolean")]
    pub estimated: bool,
    /// An integer.
    pub tool_calls: i64,
    /// An integer.
    pub latency_ms: i64,
    /// An integer.
    pub first_token_ms: Option<i64>,
    /// Text.
    pub outcome: String,
}

impl LlmCallsRow {
    /// The table's name.
    pub const TABLE: &str = "llm_calls";
    /// The columns in the order of the struct's fields.
    pub const COLUMNS: &[&str] = &[
        "id",
        "created_at",
        "user_id",
        "store_id",
        "model",
        "input_tokens",
        "output_tokens",
        "cached_tokens",
        "estimated",
        "tool_calls",
        "latency_ms",
        "first_token_ms",
        "outcome",
    ];
    /// Every row.
    pub const SELECT: &str = r#"SELECT "id", "created_at", "user_id", "store_id", "model", "input_tokens", "output_tokens", "cached_tokens", "estimated", "tool_calls", "latency_ms", "first_token_ms", "outcome" FROM "llm_calls""#;
    /// A new row: one parameter a column, in the order of [`Self::COLUMNS`].
    pub const INSERT: &str = r#"INSERT INTO "llm_calls" ("id", "created_at", "user_id", "store_id", "model", "input_tokens", "output_tokens", "cached_tokens", "estimated", "tool_calls", "latency_ms", "first_token_ms", "outcome") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"#;
    /// The row with a key: `?1` id.
    pub const SELECT_BY_KEY: &str = r#"SELECT "id", "created_at", "user_id", "store_id", "model", "input_tokens", "output_tokens", "cached_tokens", "estimated", "tool_calls", "latency_ms", "first_token_ms", "outcome" FROM "llm_calls" WHERE "id" = ?1"#;
    /// Removes the row with a key: `?1` id.
    pub const DELETE_BY_KEY: &str = r#"DELETE FROM "llm_calls" WHERE "id" = ?1"#;
}

/// The tokens of each day (UTC) and user, and in the row without a user those of all.
///
/// A row of `llm_tokens` in `bindings.DB`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LlmTokensRow {
    /// Text.
    pub day: String,
    /// Text.
    pub user_id: String,
    /// An integer.
    pub tokens: i64,
}

impl LlmTokensRow {
    /// The table's name.
    pub const TABLE: &str = "llm_tokens";
    /// The columns in the order of the struct's fields.
    pub const COLUMNS: &[&str] = &["day", "user_id", "tokens"];
    /// Every row.
    pub const SELECT: &str = r#"SELECT "day", "user_id", "tokens" FROM "llm_tokens""#;
    /// A new row: one parameter a column, in the order of [`Self::COLUMNS`].
    pub const INSERT: &str = r#"INSERT INTO "llm_tokens" ("day", "user_id", "tokens") VALUES (?1, ?2, ?3)"#;
    /// The row with a key: `?1` day, `?2` user_id.
    pub const SELECT_BY_KEY: &str = r#"SELECT "day", "user_id", "tokens" FROM "llm_tokens" WHERE "day" = ?1 AND "user_id" = ?2"#;
    /// Removes the row with a key: `?1` day, `?2` user_id.
    pub const DELETE_BY_KEY: &str = r#"DELETE FROM "llm_tokens" WHERE "day" = ?1 AND "user_id" = ?2"#;
}

/// A boolean as the 0 or 1 that SQLite keeps.
mod boolean {
    use serde::{Deserialize, Deserializer, Serializer};
    pub(super) fn serialize<S: Serializer>(
        value: &bool,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(u8::from(*value))
    }
    /// D1 hands every number over as a float.
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<bool, D::Error> {
        Ok(f64::deserialize(deserializer)? != 0.0)
    }
}
