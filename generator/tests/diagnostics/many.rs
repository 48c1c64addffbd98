//! Several mistakes at once: each is told once, and nothing that follows from another.

use expect_test::expect;

use crate::check_diagnostics;

#[test]
fn mistakes_of_shape_in_every_section_are_told_together() {
    check_diagnostics(
        r#"
nmae = "app"

[worker]
name = "app"
compatibility_date = 2026-04-01

[bindings.SYNC]
type = "durable_objekt"
class = "Sync"

[bindings.DB]
type = "d1"
database = 3

[[routes]]
path = "/websocket"
handler = "relay"
bindng = "SYNC"
auth = "none"
[relay]
store = "DB"
table = "events"

[tables.events]
primary_key = "seq_num"
columns.seq_num = { type = "int", nulable = true }

[tools.create_task]
parameters.title = { type = "string", max_length = -1 }

[env.staging]
worker = "app-staging"
"#,
        expect![[r#"
            error[unknown-key]: the spec has no key `nmae`
             --> spec.toml:2:1
              |
            2 | nmae = "app"
              | ^^^^
              |
              = help: its keys are: worker, web, bindings, vars, secrets, auth, routes, relay, llm, tables, tools, env

            error[wrong-type]: a date stands in quotes here: "2026-04-01"
             --> spec.toml:6:22
              |
            6 | compatibility_date = 2026-04-01
              |                      ^^^^^^^^^^

            error[invalid-value]: `bindings.SYNC.type` cannot be "durable_objekt"
             --> spec.toml:9:8
              |
            9 | type = "durable_objekt"
              |        ^^^^^^^^^^^^^^^^
              |
              = help: did you mean `durable_object`?

            error[wrong-type]: `bindings.DB.database` is an integer
              --> spec.toml:14:12
               |
            14 | database = 3
               |            ^ expected a string
               |
               = help: put it in quotes

            error[unknown-key]: `routes[0]` has no key `bindng`
              --> spec.toml:19:1
               |
            19 | bindng = "SYNC"
               | ^^^^^^
               |
               = help: did you mean `binding`?

            error[missing-key]: `relay` needs the key `stores_table`
              --> spec.toml:21:2
               |
            21 | [relay]
               |  ^^^^^
            22 | store = "DB"
               |         ---- the events are in D1
               |
               = help: `stores_table = "stores"`, and `[tables.stores]` with the relay's columns

            error[wrong-type]: `tables.events.primary_key` is a string
              --> spec.toml:26:15
               |
            26 | primary_key = "seq_num"
               |               ^^^^^^^^^ expected an array
               |
               = help: write `["seq_num"]`

            error[invalid-value]: `tables.events.columns.seq_num.type` cannot be "int"
              --> spec.toml:27:28
               |
            27 | columns.seq_num = { type = "int", nulable = true }
               |                            ^^^^^
               |
               = help: expected one of: integer, real, text, blob, boolean, timestamp, json, uuid

            error[unknown-key]: `tables.events.columns.seq_num` has no key `nulable`
              --> spec.toml:27:35
               |
            27 | columns.seq_num = { type = "int", nulable = true }
               |                                   ^^^^^^^
               |
               = help: did you mean `nullable`?

            error[missing-key]: `tools.create_task` needs the key `description`
              --> spec.toml:29:8
               |
            29 | [tools.create_task]
               |        ^^^^^^^^^^^
               |
               = help: `description = "Add a task to the board."`: what it does, for the model

            error[out-of-range]: `tools.create_task.parameters.title.max_length` cannot be -1
              --> spec.toml:30:52
               |
            30 | parameters.title = { type = "string", max_length = -1 }
               |                                                    ^^ expected 0 or more

            error[wrong-type]: `env.staging.worker` is a string
              --> spec.toml:33:10
               |
            33 | worker = "app-staging"
               |          ^^^^^^^^^^^^^ expected a table

        "#]],
    );
}

#[test]
fn mistakes_of_meaning_in_every_section_are_told_together() {
    check_diagnostics(
        r#"
[worker]
name = "My App"
compatibility_date = "2026-02-30"
compatibility_flags = ["enable_request_signal"]
[web]
directory = "../dist"

[bindings.SYNC]
type = "durable_object"
class = "sync"

[bindings.DB]
type = "d1"
database = "app-prod"

[bindings.ASSETS]
type = "assets"

[vars]
DB = "x"

[[routes]]
path = "websocket"
handler = "relay"
binding = "DB"
auth = "none"
[[routes]]
path = "/chat"
handler = "llm"
tools = ["create_tusk"]

[relay]
store = "DB"
table = "event"
stores_table = "stores"

[llm]
provider = "braintrust"
models = ["a", "a"]
api_key = "API_KEY"
base_url = "http://localhost"

[tables.events]
primary_key = ["id"]
columns.id = { type = "uuid", nullable = true }

[tables.stores]
primary_key = ["store_id"]
columns.store_id = { type = "integer" }
columns.backend_id = { type = "text" }
columns.created_at = { type = "timestamp", default = 0 }

[tools.create_task]
description = ""
parameters.count = { type = "integer", minimum = 5, maximum = 1 }

[env.staging]
worker.name = "app-staging"
bindings.DB.database = "app-prod"
vars.LEVEL = "debug"
"#,
        expect![[r#"
            error[invalid-name]: "My App" cannot name a worker
             --> spec.toml:3:8
              |
            3 | name = "My App"
              |        ^^^^^^^^
              |
              = help: use small letters, digits and `-`, starting with a letter

            error[invalid-date]: `2026-02-30` is no date
             --> spec.toml:4:22
              |
            4 | compatibility_date = "2026-02-30"
              |                      ^^^^^^^^^^^^
              |
              = help: write it as YYYY-MM-DD

            error[unsafe-path]: `web.directory` cannot be "../dist"
             --> spec.toml:7:13
              |
            7 | directory = "../dist"
              |             ^^^^^^^^^
              |
              = help: name a folder below the spec's own, as in `web/dist`

            error[invalid-name]: "sync" cannot name a class
              --> spec.toml:11:9
               |
            11 | class = "sync"
               |         ^^^^^^
               |
               = help: use letters and digits, starting with a capital

            error[duplicate-name]: `vars.DB` and `bindings.DB` are one name in the worker's environment
              --> spec.toml:21:1
               |
            13 | [bindings.DB]
               |           -- also declared here
            ...
            21 | DB = "x"
               | ^^
               |
               = help: give one of them another name

            error[invalid-path]: "websocket" is no path of a route
              --> spec.toml:24:8
               |
            24 | path = "websocket"
               |        ^^^^^^^^^^^
               |
               = help: a path starts with `/`

            error[wrong-binding-type]: `DB` is no Durable Object
              --> spec.toml:26:11
               |
            14 | type = "d1"
               |        ---- declared here
            ...
            26 | binding = "DB"
               |           ^^^^
               |
               = help: name `SYNC` instead

            warning[open-route]: everybody may use `/chat`, and the spec does not say that it is meant
              --> spec.toml:29:8
               |
            29 | path = "/chat"
               |        ^^^^^^^
               |
               = help: say with `auth = "…"` which section of `[auth]` guards it, or `auth = "none"` if everybody may use it

            error[unknown-tool]: `tools.create_tusk` is not declared
              --> spec.toml:31:10
               |
            31 | tools = ["create_tusk"]
               |          ^^^^^^^^^^^^^
               |
               = help: did you mean `create_task`?

            error[unknown-table]: `tables.event` is not declared
              --> spec.toml:35:9
               |
            35 | table = "event"
               |         ^^^^^^^
               |
               = help: did you mean `events`?

            error[duplicate-name]: the model "a" is listed twice
              --> spec.toml:40:16
               |
            40 | models = ["a", "a"]
               |           ---  ^^^
               |           |
               |           first listed here

            error[unknown-secret]: `secrets.API_KEY` is not declared
              --> spec.toml:41:11
               |
            41 | api_key = "API_KEY"
               |           ^^^^^^^^^
               |
               = help: declare `[secrets.API_KEY]`

            error[invalid-value]: `llm.base_url` cannot be "http://localhost"
              --> spec.toml:42:12
               |
            42 | base_url = "http://localhost"
               |            ^^^^^^^^^^^^^^^^^^
               |
               = help: the key travels with every call: write an https:// address without query

            error[invalid-value]: the key's column `id` may be NULL
              --> spec.toml:45:16
               |
            45 | primary_key = ["id"]
               |                ^^^^
            46 | columns.id = { type = "uuid", nullable = true }
               |              ---------------------------------- declared here
               |
               = help: a column of the key is never `nullable`

            error[relay-column]: the relay needs `stores.store_id` to be `text` and never NULL
              --> spec.toml:50:20
               |
            36 | stores_table = "stores"
               |                -------- used by the relay here
            ...
            50 | columns.store_id = { type = "integer" }
               |                    ^^^^^^^^^^^^^^^^^^^^
               |
               = help: write `columns.store_id = { type = "text" }`

            error[default-type]: 0 is no value of type `timestamp`
              --> spec.toml:52:54
               |
            52 | columns.created_at = { type = "timestamp", default = 0 }
               |                               -----------            ^
               |                               |
               |                               the column's type
               |
               = help: write text in quotes

            error[invalid-value]: the tool `create_task` has no description
              --> spec.toml:55:15
               |
            55 | description = ""
               |               ^^
               |
               = help: the model chooses a tool by its description: say what it does

            error[out-of-range]: `maximum` (1) is below `minimum` (5)
              --> spec.toml:56:63
               |
            56 | parameters.count = { type = "integer", minimum = 5, maximum = 1 }
               |                                                  -            ^
               |                                                  |
               |                                                  the lower bound

            error[shared-resource]: the database `app-prod` is taken
              --> spec.toml:60:24
               |
            15 | database = "app-prod"
               |            ---------- first used here
            ...
            60 | bindings.DB.database = "app-prod"
               |                        ^^^^^^^^^^
               |
               = help: give each environment its own

            error[unknown-var]: `vars.LEVEL` is not declared
              --> spec.toml:61:6
               |
            61 | vars.LEVEL = "debug"
               |      ^^^^^
               |
               = help: expected `DB`

        "#]],
    );
}

#[test]
fn mistakes_of_shape_and_of_meaning_are_told_together() {
    check_diagnostics(
        r#"
[worker]
compatibility_date = "2026-04-01"
compatibility_flag = ["nodejs_compat"]

[bindings.SYNC]
type = "durable_object"
class = "Sync"

[bindings.DB]
type = "d1"
databse = "app-prod"

[[routes]]
path = "/websocket"
handler = "relay"
binding = "SINC"
auth = "none"
[relay]
store = "DB"
table = "events"
stores_table = "stores"

[tables.events]
primary_key = ["store_id"]
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
columns.backend_id = { typ = "text" }
columns.created_at = { type = "timestamp" }

[secrets.TOKEN]
describtion = "A token"

[env.staging]
worker.name = "app-staging"
bindings.BD.database = "app-staging"
"#,
        expect![[r#"
            error[missing-key]: `worker` needs the key `name`
             --> spec.toml:2:2
              |
            2 | [worker]
              |  ^^^^^^
              |
              = help: `name = "work-squared"`: its name at Cloudflare: small letters, digits and `-`

            error[unknown-key]: `worker` has no key `compatibility_flag`
             --> spec.toml:4:1
              |
            4 | compatibility_flag = ["nodejs_compat"]
              | ^^^^^^^^^^^^^^^^^^
              |
              = help: did you mean `compatibility_flags`?

            error[unknown-key]: `bindings.DB` has no key `databse`
              --> spec.toml:12:1
               |
            12 | databse = "app-prod"
               | ^^^^^^^
               |
               = help: did you mean `database`?

            error[unknown-binding]: `bindings.SINC` is not declared
              --> spec.toml:17:11
               |
            17 | binding = "SINC"
               |           ^^^^^^
               |
               = help: did you mean `SYNC`?

            error[relay-column]: the relay needs `events` to be keyed by store_id, seq_num
              --> spec.toml:25:15
               |
            21 | table = "events"
               |         -------- used by the relay here
            ...
            25 | primary_key = ["store_id"]
               |               ^^^^^^^^^^^^
               |
               = help: write `primary_key = ["store_id", "seq_num"]`

            error[unknown-key]: `tables.stores.columns.backend_id` has no key `typ`
              --> spec.toml:38:24
               |
            38 | columns.backend_id = { typ = "text" }
               |                        ^^^
               |
               = help: did you mean `type`?

            error[unknown-key]: `secrets.TOKEN` has no key `describtion`
              --> spec.toml:42:1
               |
            42 | describtion = "A token"
               | ^^^^^^^^^^^
               |
               = help: did you mean `description`?

            error[unknown-binding]: `bindings.BD` is not declared
              --> spec.toml:46:10
               |
            46 | bindings.BD.database = "app-staging"
               |          ^^

        "#]],
    );
}
