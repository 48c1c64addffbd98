// Made from spec.toml by `cargo run -p generator -- generate`. Do not edit: the next run shows and refuses it.

//! The relay's place in this deployment: its class, its record and the SQL that it runs there.

/// Calls `$declare!` with the class that `bindings.WEBSOCKET_SERVER` names, so that the runtime can export its
/// relay under that name.
#[macro_export]
macro_rules! relay_class {
    ($declare:ident) => {
        $declare ! { WebSocketServer }
    };
}

/// The Durable Object namespace: `bindings.WEBSOCKET_SERVER`.
#[cfg(target_arch = "wasm32")]
pub fn objects(env: &crate::env::Env) -> &worker::durable::ObjectNamespace {
    &env.websocket_server
}

/// The D1 database that is the record of all events: `bindings.DB`.
#[cfg(target_arch = "wasm32")]
pub fn database(env: &crate::env::Env) -> Option<&worker::D1Database> {
    Some(&env.db)
}

/// Origins, besides the worker's own, whose pages may sync; `*` is all.
pub const ALLOWED_ORIGINS: &[&str] = &["http://localhost:5173"];

/// The longest message that may hold a push, and the longest body over HTTP, in bytes.
pub const FRAME_BYTES: usize = 8_000_000;

/// Most events of one push.
pub const PUSH_EVENTS: usize = 10_000;

/// Most sockets of one store at a time.
pub const CONNECTIONS: usize = 5_000;

/// Most messages of one socket in a second, but for acknowledgements.
pub const MESSAGES_PER_SECOND: u32 = 1_000;

/// Names, in small letters, and values of headers that every answer over HTTP has.
pub const RESPONSE_HEADERS: &[(&str, &str)] = &[("cache-control", "no-store")];

/// Names a store for the first time; does nothing to one that exists.
/// `?1` store id, `?2` backend id, `?3` time.
pub const CREATE_STORE: &str = r#"
INSERT INTO "stores" ("store_id", "backend_id", "created_at") VALUES (?1, ?2, ?3)
ON CONFLICT ("store_id") DO NOTHING"#;

/// One row `(backend_id, head)`: the store's backend id and its last sequence number, 0 when empty.
/// `?1` store id.
pub const OPEN_STORE: &str = r#"
SELECT "backend_id", (SELECT coalesce(max("seq_num"), 0) FROM "events" WHERE "store_id" = ?1) AS "head"
FROM "stores" WHERE "store_id" = ?1"#;

/// One row `(backend_id, created_at, head, events, bytes)` if there is the store: the last three are of its events,
/// and `bytes` is the length of their texts in UTF-8. Reads all of them.
/// `?1` store id.
pub const STORE_STATUS: &str = r#"
SELECT "backend_id", "created_at", "head", "events", "bytes" FROM "stores", (
  SELECT coalesce(max("seq_num"), 0) AS "head", count(*) AS "events",
    coalesce(sum(octet_length("name") + coalesce(octet_length("args"), 0)
      + octet_length("client_id") + octet_length("session_id")), 0) AS "bytes"
  FROM "events" WHERE "store_id" = ?1
) WHERE "store_id" = ?1"#;

/// Deletes a store's events. `?1` store id.
pub const DELETE_EVENTS: &str = r#"
DELETE FROM "events" WHERE "store_id" = ?1"#;

/// Deletes a store's name for itself. `?1` store id.
pub const DELETE_STORE: &str = r#"
DELETE FROM "stores" WHERE "store_id" = ?1"#;

/// Appends a chain of events if the head is still the expected one, else changes nothing.
/// `?1` store id, `?2` expected head, `?3` time, `?4` JSON array of the events:
/// `[seq_num, parent_seq_num, name, args text or null, client_id, session_id]`, and behind those the event's own time
/// if it is another than `?3`.
pub const APPEND: &str = r#"
INSERT INTO "events" ("store_id", "seq_num", "parent_seq_num", "name", "args", "client_id", "session_id", "created_at")
SELECT ?1, "value" ->> 0, "value" ->> 1, "value" ->> 2, "value" ->> 3, "value" ->> 4, "value" ->> 5, coalesce("value" ->> 6, ?3)
FROM json_each(?4)
WHERE (SELECT coalesce(max("seq_num"), 0) FROM "events" WHERE "store_id" = ?1) = ?2"#;

/// How many parameters [`APPEND_PARTS`] and [`COUNT_STORED`] take events from.
pub const PARTS: usize = 17;

/// As [`APPEND`], for events that are too long for one parameter: `?4` to `?20` JSON arrays, which together are the chain.
pub const APPEND_PARTS: &str = r#"
INSERT INTO "events" ("store_id", "seq_num", "parent_seq_num", "name", "args", "client_id", "session_id", "created_at")
SELECT ?1, "value" ->> 0, "value" ->> 1, "value" ->> 2, "value" ->> 3, "value" ->> 4, "value" ->> 5, coalesce("value" ->> 6, ?3)
FROM (
  VALUES (?4), (?5), (?6), (?7), (?8), (?9), (?10), (?11), (?12), (?13), (?14), (?15), (?16), (?17), (?18), (?19), (?20)
) AS "parts", json_each("parts"."column1")
WHERE (SELECT coalesce(max("seq_num"), 0) FROM "events" WHERE "store_id" = ?1) = ?2"#;

/// The events after a cursor as rows `(batch, last)`, in order: the wire text of the items of a page, joined by commas,
/// and the last sequence number. A page is a span of sequence numbers, so that all are found by the key. Rows end before
/// the first page that would pass its limit of bytes, each item counted with a comma, and once those before have all the
/// bytes that are wanted; a span without events has no row. What there is comes from lengths alone, so that no more text
/// is in memory than is returned. A page's length is looked at once, and that of none after the last. No row does not
/// mean that there are no events: [`READ_PAGE`] finds those.
/// `?1` store id, `?2` cursor (exclusive), `?3` most pages, `?4` most events of a page, `?5` most bytes of a page, `?6`
/// bytes of all pages after which no further one begins.
pub const READ_PAGES: &str = r#"
WITH RECURSIVE
  -- Each leads to the next, so they come in order; sorted, all their texts would be copied.
  "pages" ("page", "after", "until", "bytes", "before") AS (
    SELECT 0, NULL, ?2, 0, 0
    UNION ALL
    SELECT "page" + 1, "until", "until" + ?4, (
      SELECT coalesce(sum(
        octet_length('{"eventEncoded":{"name":,"seqNum":,"parentSeqNum":,"clientId":,"sessionId":},"metadata":{"_tag":"Some","value":{"_tag":"SyncMessage.SyncMetadata","createdAt":}}},')
        + octet_length(json_quote("name")) + coalesce(octet_length(',"args":') + octet_length("args"), 0)
        + octet_length("seq_num") + octet_length("parent_seq_num")
        + octet_length(json_quote("client_id")) + octet_length(json_quote("session_id"))
        + octet_length(json_quote("created_at"))
      ), 0)
      FROM "events" WHERE "store_id" = ?1 AND "seq_num" > "until" AND "seq_num" <= "until" + ?4
    ), "before" + "bytes"
    FROM "pages" WHERE "page" < ?3 AND "bytes" <= ?5 AND "before" + "bytes" < ?6
  )
SELECT
  (
    SELECT group_concat("item", ',') FROM (
      SELECT '{"eventEncoded":{"name":' || json_quote("name") || coalesce(',"args":' || "args", '')
    || ',"seqNum":' || "seq_num" || ',"parentSeqNum":' || "parent_seq_num"
    || ',"clientId":' || json_quote("client_id") || ',"sessionId":' || json_quote("session_id")
    || '},"metadata":{"_tag":"Some","value":{"_tag":"SyncMessage.SyncMetadata","createdAt":'
    || json_quote("created_at") || '}}}' AS "item"
      FROM "events" WHERE "store_id" = ?1 AND "seq_num" > "after" AND "seq_num" <= "until" ORDER BY "seq_num"
    )
  ) AS "batch",
  (
    SELECT max("seq_num") FROM "events" WHERE "store_id" = ?1 AND "seq_num" > "after" AND "seq_num" <= "until"
  ) AS "last"
FROM "pages" WHERE "bytes" BETWEEN 1 AND ?5"#;

/// One row `(found)`: how many of these events the store holds exactly as they are here, arguments to the letter.
/// Each is looked up by its key: a cross join is done in the order in which it is written.
/// `?1` store id, `?2` to `?18` JSON arrays of the events, as [`APPEND`] takes them.
pub const COUNT_STORED: &str = r#"
SELECT count(*) AS "found"
FROM (
  VALUES (?2), (?3), (?4), (?5), (?6), (?7), (?8), (?9), (?10), (?11), (?12), (?13), (?14), (?15), (?16), (?17), (?18)
) AS "parts", json_each("parts"."column1") AS "pushed"
CROSS JOIN "events" AS "stored" ON "stored"."store_id" = ?1 AND "stored"."seq_num" = "pushed"."value" ->> 0
WHERE "stored"."parent_seq_num" = "pushed"."value" ->> 1 AND "stored"."name" = "pushed"."value" ->> 2
  AND "stored"."args" IS "pushed"."value" ->> 3
  AND "stored"."client_id" = "pushed"."value" ->> 4 AND "stored"."session_id" = "pushed"."value" ->> 5"#;

/// The events after a cursor as one row `(batch, last, count)`: wire text of the items, joined by commas; the last
/// sequence number; how many. `batch` is NULL when there are none. The first item is always there, further ones
/// while the batch, with a comma after each item, keeps within the limit of bytes. How far that is comes from
/// lengths alone, so that no more text is in memory than is returned.
/// `?1` store id, `?2` cursor (exclusive), `?3` most events, `?4` most bytes.
pub const READ_PAGE: &str = r#"
SELECT group_concat("item", ',') AS "batch", max("seq_num") AS "last", count(*) AS "count"
FROM (
  SELECT "seq_num", '{"eventEncoded":{"name":' || json_quote("name") || coalesce(',"args":' || "args", '')
    || ',"seqNum":' || "seq_num" || ',"parentSeqNum":' || "parent_seq_num"
    || ',"clientId":' || json_quote("client_id") || ',"sessionId":' || json_quote("session_id")
    || '},"metadata":{"_tag":"Some","value":{"_tag":"SyncMessage.SyncMetadata","createdAt":'
    || json_quote("created_at") || '}}}' AS "item"
  FROM "events"
  WHERE "store_id" = ?1 AND "seq_num" > ?2 AND "seq_num" <= (
    SELECT max("seq_num") FROM (
      SELECT "seq_num",
        sum("length") OVER (ORDER BY "seq_num") AS "bytes", row_number() OVER (ORDER BY "seq_num") AS "position"
      FROM (
        SELECT "seq_num",
          octet_length('{"eventEncoded":{"name":,"seqNum":,"parentSeqNum":,"clientId":,"sessionId":},"metadata":{"_tag":"Some","value":{"_tag":"SyncMessage.SyncMetadata","createdAt":}}},')
        + octet_length(json_quote("name")) + coalesce(octet_length(',"args":') + octet_length("args"), 0)
        + octet_length("seq_num") + octet_length("parent_seq_num")
        + octet_length(json_quote("client_id")) + octet_length(json_quote("session_id"))
        + octet_length(json_quote("created_at")) AS "length"
        FROM "events" WHERE "store_id" = ?1 AND "seq_num" > ?2 ORDER BY "seq_num" LIMIT ?3
      )
    )
    WHERE "bytes" <= ?4 OR "position" = 1
  )
  ORDER BY "seq_num"
)"#;

/// The tables of a record that is in the object's own SQLite. Those of a record in D1 are made by migrations.
pub mod schema {
    /// Makes the table in which an object keeps what version its tables have, if it is not there.
    pub const CREATE_VERSION: &str = r#"
CREATE TABLE IF NOT EXISTS "schema" ("id" INTEGER PRIMARY KEY CHECK ("id" = 1), "version" INTEGER NOT NULL) STRICT"#;
    /// One row `(version)`: 0 when there are no tables.
    pub const READ_VERSION: &str = r#"SELECT coalesce(max("version"), 0) AS "version" FROM "schema""#;
    /// `?1` version.
    pub const WRITE_VERSION: &str = r#"
INSERT INTO "schema" ("id", "version") VALUES (1, ?1) ON CONFLICT ("id") DO UPDATE SET "version" = excluded."version""#;
    /// What brings the tables from each version, counted from 0, to the next.
    pub const STEPS: &[&str] = &[
        r#"
CREATE TABLE "events" (
  "store_id" TEXT NOT NULL,
  "seq_num" INTEGER NOT NULL,
  "parent_seq_num" INTEGER NOT NULL,
  "name" TEXT NOT NULL,
  "args" TEXT,
  "client_id" TEXT NOT NULL,
  "session_id" TEXT NOT NULL,
  "created_at" TEXT NOT NULL,
  PRIMARY KEY ("store_id", "seq_num")
) STRICT;
CREATE TABLE "stores" (
  "store_id" TEXT NOT NULL,
  "backend_id" TEXT NOT NULL,
  "created_at" TEXT NOT NULL,
  PRIMARY KEY ("store_id")
) STRICT;"#,
        r#"
CREATE TABLE "mirror" ("id" INTEGER PRIMARY KEY CHECK ("id" = 1), "progress" TEXT NOT NULL) STRICT;"#,
    ];
}

/// The copy in D1 of a record that is in the object's own SQLite.
pub mod mirror {
    /// Its D1 database; there is no copy.
    #[cfg(target_arch = "wasm32")]
    pub fn database(_env: &crate::env::Env) -> Option<&worker::D1Database> {
        None
    }
    /// In the object: one row `(store_id)`, of the only store that it has.
    pub const STORE_ID: &str = r#"SELECT "store_id" FROM "stores""#;
    /// In the object: one row `(progress)` at most, JSON of how far the copy is.
    pub const READ_PROGRESS: &str = r#"SELECT "progress" FROM "mirror""#;
    /// In the object. `?1` progress.
    pub const WRITE_PROGRESS: &str = r#"
INSERT INTO "mirror" ("id", "progress") VALUES (1, ?1) ON CONFLICT ("id") DO UPDATE SET "progress" = excluded."progress""#;
    /// In the object: the events after a cursor as one row `(events, last)`, for [`APPEND`]: a JSON array as it takes
    /// them, each with its own time; the last sequence number. Both are NULL when there are none. The first event is
    /// always there, further ones while the array keeps within the limit of bytes.
    /// `?1` store id, `?2` cursor (exclusive), `?3` most events, `?4` most bytes.
    pub const READ_EVENTS: &str = r#"
SELECT
  '[' || group_concat(
    json_array("seq_num", "parent_seq_num", "name", "args", "client_id", "session_id", "created_at"),
    ',' ORDER BY "seq_num"
  ) || ']' AS "events",
  max("seq_num") AS "last"
FROM "events"
WHERE "store_id" = ?1 AND "seq_num" > ?2 AND "seq_num" <= (
  SELECT max("seq_num") FROM (
    SELECT "seq_num",
      1 + sum("length") OVER (ORDER BY "seq_num") AS "bytes", row_number() OVER (ORDER BY "seq_num") AS "position"
    FROM (
      SELECT "seq_num", 1 + octet_length(
        json_array("seq_num", "parent_seq_num", "name", "args", "client_id", "session_id", "created_at")
      ) AS "length"
      FROM "events" WHERE "store_id" = ?1 AND "seq_num" > ?2 ORDER BY "seq_num" LIMIT ?3
    )
  )
  WHERE "bytes" <= ?4 OR "position" = 1
)"#;
    /// Names a store for the first time; does nothing to one that exists.
    /// `?1` store id, `?2` backend id, `?3` time.
    pub const CREATE_STORE: &str = r#"
INSERT INTO "stores" ("store_id", "backend_id", "created_at") VALUES (?1, ?2, ?3)
ON CONFLICT ("store_id") DO NOTHING"#;
    /// One row `(backend_id, head)`: the store's backend id and its last sequence number, 0 when empty.
    /// `?1` store id.
    pub const OPEN_STORE: &str = r#"
SELECT "backend_id", (SELECT coalesce(max("seq_num"), 0) FROM "events" WHERE "store_id" = ?1) AS "head"
FROM "stores" WHERE "store_id" = ?1"#;
    /// Appends a chain of events if the head is still the expected one, else changes nothing.
    /// `?1` store id, `?2` expected head, `?3` time, `?4` JSON array of the events:
    /// `[seq_num, parent_seq_num, name, args text or null, client_id, session_id]`, and behind those the event's own time
    /// if it is another than `?3`.
    pub const APPEND: &str = r#"
INSERT INTO "events" ("store_id", "seq_num", "parent_seq_num", "name", "args", "client_id", "session_id", "created_at")
SELECT ?1, "value" ->> 0, "value" ->> 1, "value" ->> 2, "value" ->> 3, "value" ->> 4, "value" ->> 5, coalesce("value" ->> 6, ?3)
FROM json_each(?4)
WHERE (SELECT coalesce(max("seq_num"), 0) FROM "events" WHERE "store_id" = ?1) = ?2"#;
    /// Deletes a store's last events, if it has any. `?1` store id, `?2` most events.
    pub const DELETE_LAST: &str = r#"
DELETE FROM "events" WHERE "store_id" = ?1 AND "seq_num" IN (
  SELECT "seq_num" FROM "events" WHERE "store_id" = ?1 ORDER BY "seq_num" DESC LIMIT ?2
)"#;
    /// Deletes a store's name for itself, if it has no events. `?1` store id.
    pub const DELETE_EMPTY: &str = r#"
DELETE FROM "stores" WHERE "store_id" = ?1
AND NOT EXISTS (SELECT 1 FROM "events" WHERE "store_id" = ?1)"#;
}
