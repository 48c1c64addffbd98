//! The relay: its binding, its database, its tables.

use expect_test::expect;

use crate::{check_diagnostics, edited, with};

#[test]
fn a_store_that_is_misspelt_is_told_the_nearest() {
    check_diagnostics(
        &edited(&[(r#"store = "DB""#, r#"store = "DBS""#)]),
        expect![[r#"
        error[unknown-binding]: `bindings.DBS` is not declared
          --> spec.toml:19:9
           |
        19 | store = "DBS"
           |         ^^^^^
           |
           = help: did you mean `DB`?

    "#]],
    );
}

#[test]
fn a_store_that_is_no_database_is_shown_with_its_type() {
    check_diagnostics(
        &edited(&[(r#"store = "DB""#, r#"store = "SYNC""#)]),
        expect![[r#"
        error[wrong-binding-type]: `SYNC` is no D1 database
          --> spec.toml:19:9
           |
         6 | type = "durable_object"
           |        ---------------- declared here
        ...
        19 | store = "SYNC"
           |         ^^^^^^
           |
           = help: name `DB` instead

    "#]],
    );
}

#[test]
fn a_relay_that_no_route_leads_to_is_told_what_to_add() {
    check_diagnostics(
        &edited(&[(
            r#"handler = "relay"
binding = "SYNC"
auth = "none""#,
            r#"handler = "health""#,
        )]),
        expect![[r#"
            error[missing-route]: no route leads to `relay`
              --> spec.toml:16:2
               |
            16 | [relay]
               |  ^^^^^
               |
               = help: add a `[[routes]]` with `handler = "relay"` and the Durable Object's `binding`

        "#]],
    );
}

#[test]
fn a_table_that_is_misspelt_is_told_the_nearest() {
    check_diagnostics(
        &edited(&[(r#"table = "events""#, r#"table = "event""#)]),
        expect![[r#"
        error[unknown-table]: `tables.event` is not declared
          --> spec.toml:20:9
           |
        20 | table = "event"
           |         ^^^^^^^
           |
           = help: did you mean `events`?

    "#]],
    );
}

#[test]
fn a_table_that_is_not_declared_is_told_how_to_declare_it() {
    check_diagnostics(
        &edited(&[(r#"stores_table = "stores""#, r#"stores_table = "identities""#)]),
        expect![[r#"
            error[unknown-table]: `tables.identities` is not declared
              --> spec.toml:21:16
               |
            21 | stores_table = "identities"
               |                ^^^^^^^^^^^^
               |
               = help: declare `[tables.identities]`, or name one of events, stores

        "#]],
    );
}

#[test]
fn a_column_that_the_relay_writes_is_missed() {
    check_diagnostics(
        &edited(&[("columns.client_id = { type = \"text\" }\n", "")]),
        expect![[r#"
        error[relay-column]: the relay needs the column `client_id` in `events`
          --> spec.toml:23:9
           |
        20 | table = "events"
           |         -------- used by the relay here
        ...
        23 | [tables.events]
           |         ^^^^^^
           |
           = help: write `columns.client_id = { type = "text" }`

    "#]],
    );
}

#[test]
fn every_column_that_the_relay_writes_is_missed_at_once() {
    check_diagnostics(
        &edited(&[
            ("columns.client_id = { type = \"text\" }\n", ""),
            ("columns.backend_id = { type = \"text\" }\n", ""),
        ]),
        expect![[r#"
            error[relay-column]: the relay needs the column `client_id` in `events`
              --> spec.toml:23:9
               |
            20 | table = "events"
               |         -------- used by the relay here
            ...
            23 | [tables.events]
               |         ^^^^^^
               |
               = help: write `columns.client_id = { type = "text" }`

            error[relay-column]: the relay needs the column `backend_id` in `stores`
              --> spec.toml:33:9
               |
            21 | stores_table = "stores"
               |                -------- used by the relay here
            ...
            33 | [tables.stores]
               |         ^^^^^^
               |
               = help: write `columns.backend_id = { type = "text" }`

        "#]],
    );
}

#[test]
fn a_column_of_another_type_is_told_the_one_it_needs() {
    check_diagnostics(
        &edited(&[(
            r#"columns.seq_num = { type = "integer" }
columns.parent"#,
            r#"columns.seq_num = { type = "text" }
columns.parent"#,
        )]),
        expect![[r#"
            error[relay-column]: the relay needs `events.seq_num` to be `integer` and never NULL
              --> spec.toml:26:19
               |
            20 | table = "events"
               |         -------- used by the relay here
            ...
            26 | columns.seq_num = { type = "text" }
               |                   ^^^^^^^^^^^^^^^^^
               |
               = help: write `columns.seq_num = { type = "integer" }`

        "#]],
    );
}

#[test]
fn arguments_that_may_not_be_null_are_refused() {
    check_diagnostics(
        &edited(&[(", nullable = true", "")]),
        expect![[r#"
        error[relay-column]: the relay needs `events.args` to be `json` and nullable
          --> spec.toml:29:16
           |
        20 | table = "events"
           |         -------- used by the relay here
        ...
        29 | columns.args = { type = "json" }
           |                ^^^^^^^^^^^^^^^^^
           |
           = help: write `columns.args = { type = "json", nullable = true }`

    "#]],
    );
}

#[test]
fn a_further_column_that_the_relay_leaves_out_needs_a_default() {
    check_diagnostics(
        &edited(&[(
            "columns.backend_id =",
            r#"columns.note = { type = "text" }
columns.backend_id ="#,
        )]),
        expect![[r#"
            error[relay-column]: the relay writes rows of `stores` without `note`
              --> spec.toml:37:9
               |
            21 | stores_table = "stores"
               |                -------- used by the relay here
            ...
            37 | columns.note = { type = "text" }
               |         ^^^^
               |
               = help: make it `nullable = true` or give it a `default`

        "#]],
    );
}

#[test]
fn a_key_in_another_order_is_refused() {
    check_diagnostics(
        &edited(&[(r#"["store_id", "seq_num"]"#, r#"["seq_num", "store_id"]"#)]),
        expect![[r#"
            error[relay-column]: the relay needs `events` to be keyed by store_id, seq_num
              --> spec.toml:24:15
               |
            20 | table = "events"
               |         -------- used by the relay here
            ...
            24 | primary_key = ["seq_num", "store_id"]
               |               ^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: write `primary_key = ["store_id", "seq_num"]`

        "#]],
    );
}

#[test]
fn a_column_that_is_misspelt_is_shown_once() {
    check_diagnostics(
        &edited(&[("columns.client_id =", "columns.client_idd =")]),
        expect![[r#"
        error[relay-column]: the relay needs the column `client_id` in `events`
          --> spec.toml:30:9
           |
        20 | table = "events"
           |         -------- used by the relay here
        ...
        30 | columns.client_idd = { type = "text" }
           |         ^^^^^^^^^^
           |
           = help: write `columns.client_id = { type = "text" }`; is that what `client_idd` was meant for?

    "#]],
    );
}

#[test]
fn a_table_without_a_key_is_told_the_one_it_needs() {
    check_diagnostics(
        &edited(&[("primary_key = [\"store_id\"]\n", "")]),
        expect![[r#"
        error[relay-column]: the relay needs `stores` to be keyed by store_id
          --> spec.toml:34:9
           |
        21 | stores_table = "stores"
           |                -------- used by the relay here
        ...
        34 | [tables.stores]
           |         ^^^^^^
           |
           = help: write `primary_key = ["store_id"]`

    "#]],
    );
}

#[test]
fn a_key_with_an_unknown_column_is_told_no_more_than_that() {
    check_diagnostics(
        &edited(&[(r#"["store_id", "seq_num"]"#, r#"["store_id", "seq_nr"]"#)]),
        expect![[r#"
        error[unknown-column]: `events` has no column `seq_nr`
          --> spec.toml:24:28
           |
        24 | primary_key = ["store_id", "seq_nr"]
           |                            ^^^^^^^^
           |
           = help: did you mean `seq_num`?

    "#]],
    );
}

#[test]
fn a_further_column_with_a_wrong_default_is_told_no_more_than_that() {
    check_diagnostics(
        &edited(&[(
            "columns.backend_id =",
            r#"columns.note = { type = "text", default = 1 }
columns.backend_id ="#,
        )]),
        expect![[r#"
            error[default-type]: 1 is no value of type `text`
              --> spec.toml:37:43
               |
            37 | columns.note = { type = "text", default = 1 }
               |                         ------            ^
               |                         |
               |                         the column's type
               |
               = help: write text in quotes

        "#]],
    );
}

#[test]
fn tables_are_checked_though_their_database_is_not_right() {
    check_diagnostics(
        &edited(&[
            (r#"database = "app-prod""#, r#"databse = "app-prod""#),
            ("columns.client_id = { type = \"text\" }\n", ""),
        ]),
        expect![[r#"
            error[unknown-key]: `bindings.DB` has no key `databse`
              --> spec.toml:11:1
               |
            11 | databse = "app-prod"
               | ^^^^^^^
               |
               = help: did you mean `database`?

            error[relay-column]: the relay needs the column `client_id` in `events`
              --> spec.toml:23:9
               |
            20 | table = "events"
               |         -------- used by the relay here
            ...
            23 | [tables.events]
               |         ^^^^^^
               |
               = help: write `columns.client_id = { type = "text" }`

        "#]],
    );
}

#[test]
fn one_table_for_events_and_stores_is_refused() {
    check_diagnostics(
        &edited(&[(r#"stores_table = "stores""#, r#"stores_table = "events""#)]),
        expect![[r#"
            error[relay-column]: `events` cannot hold both the events and the stores
              --> spec.toml:21:16
               |
            20 | table = "events"
               |         -------- the events are here
            21 | stores_table = "events"
               |                ^^^^^^^^
               |
               = help: name a second table, with the columns store_id, backend_id and created_at

        "#]],
    );
}

#[test]
fn a_table_in_another_database_than_the_relay_is_refused() {
    check_diagnostics(
        &edited(&[
            (
                "[tables.stores]",
                r#"[bindings.OTHER]
type = "d1"
database = "other"

[tables.stores]
database = "OTHER""#,
            ),
            (
                "[tables.events]",
                r#"[tables.events]
database = "DB""#,
            ),
        ]),
        expect![[r#"
            error[relay-column]: the table `stores` is not in the relay's database `DB`
              --> spec.toml:21:16
               |
            21 | stores_table = "stores"
               |                ^^^^^^^^
            ...
            39 | [tables.stores]
               |         ------ in `OTHER`
               |
               = help: give the table `database = "DB"`

        "#]],
    );
}

#[test]
fn a_rule_that_would_refuse_events_is_not_for_the_relays_tables() {
    check_diagnostics(
        &edited(&[(
            r#"columns.client_id = { type = "text" }"#,
            r#"columns.client_id = { type = "text", unique = true }
indexes.events_by_name = { columns = ["name"], unique = true }"#,
        )]),
        expect![[r#"
            error[relay-column]: `events` would refuse rows that the relay has to write
              --> spec.toml:30:38
               |
            20 | table = "events"
               |         -------- used by the relay here
            ...
            30 | columns.client_id = { type = "text", unique = true }
               |                                      ^^^^^^
               |
               = help: keep rules on the data to tables of your own

            error[relay-column]: `events` would refuse rows that the relay has to write
              --> spec.toml:31:48
               |
            20 | table = "events"
               |         -------- used by the relay here
            ...
            31 | indexes.events_by_name = { columns = ["name"], unique = true }
               |                                                ^^^^^^
               |
               = help: keep rules on the data to tables of your own

        "#]],
    );
}

fn relay_with(lines: &str) -> String {
    edited(&[(r#"stores_table = "stores""#, &format!("stores_table = \"stores\"\n{lines}"))])
}

#[test]
fn origins_that_no_browser_names_are_told_the_form() {
    check_diagnostics(
        &relay_with(
            r#"allowed_origins = [
  "app.example.com",
  "https://app.example.com/",
  "https://*.example.com",
  "https://app.example.com:443",
  "https://b.example.com",
  "https://b.example.com",
  "capacitor://localhost",
  "http://[::1]:8080",
]"#,
        ),
        expect![[r#"
            error[invalid-value]: "app.example.com" is no origin as a browser names it
              --> spec.toml:23:3
               |
            23 |   "app.example.com",
               |   ^^^^^^^^^^^^^^^^^
               |
               = help: write scheme and host in small letters, as in `https://app.example.com` or `http://localhost:5173`

            error[invalid-value]: "https://app.example.com/" is no origin as a browser names it
              --> spec.toml:24:3
               |
            24 |   "https://app.example.com/",
               |   ^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: an origin has no path, not even a `/` at its end

            error[invalid-value]: "https://*.example.com" is no origin as a browser names it
              --> spec.toml:25:3
               |
            25 |   "https://*.example.com",
               |   ^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: only a `*` alone stands for other origins: name each

            error[invalid-value]: "https://app.example.com:443" is no origin as a browser names it
              --> spec.toml:26:3
               |
            26 |   "https://app.example.com:443",
               |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: browsers leave out the scheme's own port: leave it out too

            error[duplicate-name]: the origin `https://b.example.com` is allowed twice
              --> spec.toml:28:3
               |
            27 |   "https://b.example.com",
               |   ----------------------- first allowed here
            28 |   "https://b.example.com",
               |   ^^^^^^^^^^^^^^^^^^^^^^^

        "#]],
    );
}

#[test]
fn headers_that_cannot_be_fixed_say_why() {
    check_diagnostics(
        &relay_with(
            r#"[relay.response_headers]
X-Served-By = "us"
content-length = "1"
access-control-allow-origin = "*"
x-empty = ""
x-lines = "a\r\nb"
x-good = "max-age=0, private""#,
        ),
        expect![[r#"
            error[invalid-name]: "X-Served-By" cannot be the name of a fixed header
              --> spec.toml:23:1
               |
            23 | X-Served-By = "us"
               | ^^^^^^^^^^^
               |
               = help: write small letters, digits and `-` alone; names of headers are the same in capitals

            error[invalid-name]: "content-length" cannot be the name of a fixed header
              --> spec.toml:24:1
               |
            24 | content-length = "1"
               | ^^^^^^^^^^^^^^
               |
               = help: it is set with each answer, by what the answer is: leave it out

            error[invalid-name]: "access-control-allow-origin" cannot be the name of a fixed header
              --> spec.toml:25:1
               |
            25 | access-control-allow-origin = "*"
               | ^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: name the pages that may read the answers in `allowed_origins`

            error[invalid-value]: "" cannot be the value of a header
              --> spec.toml:26:11
               |
            26 | x-empty = ""
               |           ^^
               |
               = help: write 1 to 1024 printable ASCII characters, without spaces at the ends

            error[invalid-value]: "a\r\nb" cannot be the value of a header
              --> spec.toml:27:11
               |
            27 | x-lines = "a\r\nb"
               |           ^^^^^^^^
               |
               = help: write 1 to 1024 printable ASCII characters, without spaces at the ends

        "#]],
    );
}

#[test]
fn limits_are_within_what_an_object_holds() {
    check_diagnostics(
        &with("[relay.limits]\nframe_bytes = 32_000_000\nconnections = 0\nmessages = 5"),
        expect![[r#"
            error[out-of-range]: `relay.limits.frame_bytes` cannot be 32000000
              --> spec.toml:41:15
               |
            41 | frame_bytes = 32_000_000
               |               ^^^^^^^^^^ expected 16000000 or less

            error[out-of-range]: `relay.limits.connections` cannot be 0
              --> spec.toml:42:15
               |
            42 | connections = 0
               |               ^ expected 1 or more

            error[unknown-key]: `relay.limits` has no key `messages`
              --> spec.toml:43:1
               |
            43 | messages = 5
               | ^^^^^^^^
               |
               = help: its keys are: frame_bytes, push_events, connections, messages_per_second

        "#]],
    );
}
