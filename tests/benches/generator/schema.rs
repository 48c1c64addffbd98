//! The schema that is measured, as each subject has it written.
//!
//! Every table has ten columns of all kinds, an index, a key, and a reference to an earlier table, so that there are
//! foreign-key paths of some length.

use std::fmt::Write;

/// A schema of some size.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Schema {
    /// How many tables.
    pub(crate) tables: u32,
}

/// What a spec has to have beside tables. The relay's own two tables make ours a little larger.
const REST: &str = r#"
[worker]
name = "measured"
compatibility_date = "2026-04-01"

[bindings.SYNC]
type = "durable_object"
class = "Sync"

[bindings.DB]
type = "d1"
database = "measured"

[[routes]]
path = "/sync"
handler = "relay"
binding = "SYNC"
auth = "none"

[relay]
store = "DB"
table = "events"
stores_table = "stores"

[tables.events]
primary_key = ["store_id", "seq_num"]
columns.store_id = { type = "text" }
columns.seq_num = { type = "integer" }
columns.parent_seq_num = { type = "integer" }
columns.name = { type = "text" }
columns.args = { type = "json", nullable = true }
columns.client_id = { type = "text" }
columns.session_id = { type = "text" }
columns.created_at = { type = "timestamp" }

[tables.stores]
primary_key = ["store_id"]
columns.store_id = { type = "text" }
columns.backend_id = { type = "text" }
columns.created_at = { type = "timestamp" }
"#;

impl Schema {
    /// As `spec.toml`; `edited` adds one column to one table.
    pub(crate) fn spec(self, edited: bool) -> String {
        let mut text = REST.to_owned();
        for at in 0..self.tables {
            let parent = parent(at);
            let more = if self.is_edited(at, edited) {
                "columns.extra = { type = \"text\", nullable = true }\n"
            } else {
                ""
            };
            push(
                &mut text,
                format_args!(
                    r#"
[tables.t{at}]
primary_key = ["id"]
indexes.t{at}_by_created_at = {{ columns = ["created_at"] }}
columns.id = {{ type = "uuid" }}
columns.parent = {{ type = "uuid", nullable = true, references = {{ table = "t{parent}", column = "id" }} }}
columns.title = {{ type = "text" }}
columns.note = {{ type = "text", nullable = true }}
columns.count = {{ type = "integer", default = 0 }}
columns.price = {{ type = "real" }}
columns.done = {{ type = "boolean", default = false }}
columns.content = {{ type = "blob", nullable = true }}
columns.settings = {{ type = "json", nullable = true }}
columns.created_at = {{ type = "timestamp" }}
{more}"#
                ),
            );
        }
        text
    }

    /// As `schema.ts` of drizzle-orm.
    pub(crate) fn drizzle(self, edited: bool) -> String {
        let mut text = "import { type AnySQLiteColumn, blob, index, integer, real, sqliteTable, text } from \
                        'drizzle-orm/sqlite-core'\n"
            .to_owned();
        for at in 0..self.tables {
            let parent = parent(at);
            let more = if self.is_edited(at, edited) { "\n  extra: text('extra')," } else { "" };
            push(
                &mut text,
                format_args!(
                    r"
export const t{at} = sqliteTable('t{at}', {{
  id: text('id').notNull().primaryKey(),
  parent: text('parent').references((): AnySQLiteColumn => t{parent}.id),
  title: text('title').notNull(),
  note: text('note'),
  count: integer('count').notNull().default(0),
  price: real('price').notNull(),
  done: integer('done', {{ mode: 'boolean' }}).notNull().default(false),
  content: blob('content'),
  settings: text('settings', {{ mode: 'json' }}),
  created_at: text('created_at').notNull(),{more}
}}, (table) => [index('t{at}_by_created_at').on(table.created_at)])
"
                ),
            );
        }
        text
    }

    fn is_edited(self, at: u32, edited: bool) -> bool {
        edited && at == self.tables / 2
    }
}

/// The table that table `at` refers to: a tree, the first one refers to itself.
fn parent(at: u32) -> u32 {
    at / 2
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _infallible = text.write_fmt(arguments);
}
