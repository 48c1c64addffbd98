//! The texts. The compiler asks for one where a code is new.

use super::{Example, Explanation};
use crate::diagnostic::Code;

const fn shown(paragraph: &'static str, wrong: &'static str, right: &'static str) -> Explanation {
    Explanation { paragraph, example: Example::Spec { wrong, right } }
}

const fn told(paragraph: &'static str, story: &'static str) -> Explanation {
    Explanation { paragraph, example: Example::Story(story) }
}

/// One arm a code, in the order of the documentation.
pub(super) fn of(code: Code) -> Explanation {
    match code {
        Code::TomlSyntax => shown(
            "The text cannot be read as TOML (https://toml.io). Until it can, nothing else is said of it, since keys \
             that you wrote would seem to be missing.",
            "name = app",
            "name = \"app\"",
        ),
        Code::UnknownKey => shown(
            "The section has no such key. A key that is misspelt would otherwise be ignored, and the deployment would \
             not be the one that you meant.",
            "compatability_date = \"2026-04-01\"",
            "compatibility_date = \"2026-04-01\"",
        ),
        Code::MissingKey => shown(
            "The section cannot do without this key. The help says what it is for; `generator schema` and editors that \
             read it list every key of a section.",
            "[bindings.CACHE]\nclass = \"Cache\"",
            "[bindings.CACHE]\ntype = \"durable_object\"\nclass = \"Cache\"",
        ),
        Code::NeedlessKey => shown(
            "The key is one of the section's, but what the section says otherwise leaves it without a meaning. It would \
             be ignored, and the deployment would not be the one that you meant.",
            "store = \"durable_object\"\ntable = \"events\"",
            "store = \"DB\"\ntable = \"events\"",
        ),
        Code::WrongType => shown(
            "The key takes a value of another type. Text stands in quotes; numbers, `true` and `false` do not.",
            "tools = \"create_task\"",
            "tools = [\"create_task\"]",
        ),
        Code::InvalidValue => shown(
            "The value is of the right type but not one that the key takes. Where there is a fixed set of values, the \
             help lists it or names the nearest.",
            "provider = \"openai\"",
            "provider = \"braintrust\"",
        ),
        Code::InvalidName => shown(
            "Names become identifiers in SQL, Rust and wrangler's configuration, so each kind of name has an alphabet \
             that needs no escaping in any of them. The help states it. A class is exported by the worker, so it also \
             cannot have a name that Rust, JavaScript or Workers use there for something else, such as `Error`.",
            "class = \"sync-object\"",
            "class = \"Sync\"",
        ),
        Code::InvalidPath => shown(
            "A route's path is what a browser sends: it starts with `/`, has plain segments and neither query nor \
             fragment. A `*` stands for everything below and only at the end, as in `/api/*`.",
            "path = \"chat\"",
            "path = \"/chat\"",
        ),
        Code::DuplicateName => shown(
            "Two declarations would have one name where only one can have it: bindings, variables and secrets share the \
             worker's environment, tables and indexes share a database's names, and a list names each thing once.",
            "models = [\"gpt-4o-mini\", \"gpt-4o-mini\"]",
            "models = [\"gpt-4o-mini\"]",
        ),
        Code::DuplicateRoute => shown(
            "Two routes have the same path, or lead to a handler of which a worker has one. The second would never \
             answer.",
            "[[routes]]\npath = \"/websocket\"\nhandler = \"health\"",
            "[[routes]]\npath = \"/health\"\nhandler = \"health\"",
        ),
        Code::ShadowedRoute => shown(
            "The first route that matches answers, and an earlier one matches everything that this one does. Put the \
             narrower path first.",
            "path = \"/*\"\nhandler = \"relay\"",
            "path = \"/websocket\"\nhandler = \"relay\"",
        ),
        Code::UnknownBinding => shown(
            "A binding is named that `[bindings]` does not declare. What a worker may reach is declared in one place, so \
             that nothing is deployed that the code cannot use.",
            "store = \"BD\"",
            "store = \"DB\"",
        ),
        Code::WrongBindingType => shown(
            "The binding is declared, but leads to something of another type than its use needs: the relay runs on a \
             Durable Object and keeps its events in a D1 database.",
            "store = \"SYNC\"",
            "store = \"DB\"",
        ),
        Code::UnusedBinding => shown(
            "Nothing in the spec uses the binding. The worker would still be deployed with it; if it is a leftover, take \
             it out. If your own Rust code uses it, say what for with `description`, and nothing more is said.",
            "[bindings.OLD]\ntype = \"durable_object\"\nclass = \"Old\"",
            "",
        ),
        Code::MissingBinding => shown(
            "A section needs something of the platform that no binding provides: the web app needs the worker's static \
             assets.",
            "[web]\ndirectory = \"web/dist\"",
            "[bindings.ASSETS]\ntype = \"assets\"\n\n[web]\ndirectory = \"web/dist\"",
        ),
        Code::UnknownSecret => shown(
            "A secret is named that `[secrets]` does not declare. Declared secrets are checked before a deployment and \
             listed in `.dev.vars.example`; their values never stand in the spec.",
            "api_key = \"KEY\"",
            "api_key = \"API_KEY\"",
        ),
        Code::UnusedSecret => shown(
            "Nothing in the spec reads the secret. A secret that nobody needs is one that can only leak.",
            "[secrets.OLD_KEY]\ndescription = \"Of a service that is gone\"",
            "",
        ),
        Code::MissingFlag => shown(
            "Without the compatibility flag `enable_request_signal` the platform does not tell the worker at once that a \
             client has gone, and the model goes on at your cost until the worker writes to that client in vain.",
            "compatibility_flags = []",
            "compatibility_flags = [\"enable_request_signal\"]",
        ),
        Code::UnknownAuth => shown(
            "A route names with `auth` how its clients prove who they are, and no section of `[auth]` has that name.",
            "auth = \"app\"",
            "auth = \"none\"",
        ),
        Code::UnusedAuth => shown(
            "A section of `[auth]` guards the routes that name it with `auth = \"…\"`. No route names this one, so it \
             guards nothing.",
            "[auth.old]\ntype = \"token\"\nsecret = \"API_KEY\"",
            "",
        ),
        Code::OpenRoute => shown(
            "Whoever finds the route's address may use it. To guard it, declare under `[auth]` how clients prove who they \
             are, and name that with `auth`. To serve everybody, as an app without accounts does, say `auth = \"none\"`.",
            "binding = \"SYNC\"",
            "binding = \"SYNC\"\nauth = \"none\"",
        ),
        Code::UnknownVar => shown(
            "A variable is named that `[vars]` does not declare. An environment can give a variable another value, not \
             introduce one: the code would miss it everywhere else.",
            "api_key = \"API_KEY\"\nproject = \"PROJECT\"",
            "api_key = \"API_KEY\"",
        ),
        Code::MissingRoute => shown(
            "The section configures a handler that no route leads to, so that it would never run.",
            "handler = \"health\"",
            "handler = \"relay\"\nbinding = \"SYNC\"\nauth = \"none\"",
        ),
        Code::MissingSection => shown(
            "Something refers to a section that the spec does not have: a route to the models needs `[llm]`, a binding \
             of static assets needs `[web]`.",
            "[bindings.ASSETS]\ntype = \"assets\"",
            "[bindings.ASSETS]\ntype = \"assets\"\n\n[web]\ndirectory = \"web/dist\"",
        ),
        Code::UnknownTool => shown(
            "The route offers the model a tool that `[tools]` does not declare.",
            "tools = [\"make_task\"]",
            "tools = [\"create_task\"]",
        ),
        Code::UnusedTool => shown(
            "No route offers the tool, so no model can call it. Add it to the `tools` of the route, or take it out.",
            "tools = []",
            "tools = [\"create_task\"]",
        ),
        Code::UnknownTable => shown(
            "A table is named that `[tables]` does not declare.",
            "table = \"event\"",
            "table = \"events\"",
        ),
        Code::UnknownColumn => shown(
            "A key, an index or a foreign key names a column that its table does not have.",
            "primary_key = [\"store\", \"seq_num\"]",
            "primary_key = [\"store_id\", \"seq_num\"]",
        ),
        Code::RelayColumn => shown(
            "The relay writes and reads certain columns of its two tables, with certain types and keys. Further columns \
             are yours, if they may be NULL or have a default: the relay does not fill them.",
            "columns.seq_num = { type = \"text\" }",
            "columns.seq_num = { type = \"integer\" }",
        ),
        Code::LlmColumn => shown(
            "The models' route writes certain columns of the table in which it keeps its calls, with certain types and a \
             certain key. Further columns are yours, if they may be NULL or have a default: the route does not fill them.",
            "models = [\"gpt-4o-mini\"]\nledger = \"stores\"",
            "models = [\"gpt-4o-mini\"]",
        ),
        Code::TableWithoutKey => shown(
            "Without a primary key, rows cannot be told apart, and the glue has no SQL to read or remove one.",
            "[tables.notes]\ncolumns.text = { type = \"text\" }",
            "[tables.notes]\nprimary_key = [\"id\"]\ncolumns.id = { type = \"uuid\" }\ncolumns.text = { type = \"text\" }",
        ),
        Code::DefaultType => shown(
            "The default is no value of the column's type. Tables are STRICT, so SQLite would refuse every row that \
             relies on it.",
            "[tables.notes]\nprimary_key = [\"id\"]\ncolumns.id = { type = \"integer\", default = \"one\" }",
            "[tables.notes]\nprimary_key = [\"id\"]\ncolumns.id = { type = \"integer\", default = 1 }",
        ),
        Code::InvalidReference => shown(
            "A foreign key leads to a column of the same database and type that is its table's key or unique; only then \
             can SQLite find the one row that is meant.",
            "[tables.notes]\nprimary_key = [\"id\"]\ncolumns.id = { type = \"uuid\" }\n\
             columns.store = { type = \"text\", references = { table = \"stores\", column = \"backend_id\" } }",
            "[tables.notes]\nprimary_key = [\"id\"]\ncolumns.id = { type = \"uuid\" }\n\
             columns.store = { type = \"text\", references = { table = \"stores\", column = \"store_id\" } }",
        ),
        Code::SharedResource => shown(
            "Two environments would share a worker, a database, a KV namespace, a bucket, a queue, a domain or a zone \
             route. A test in the one would change the data of the other, so each has its own. Only services may be \
             shared.",
            "[env.staging]\nworker.name = \"app-staging\"",
            "[env.staging]\nworker.name = \"app-staging\"\nbindings.DB.database = \"app-staging\"",
        ),
        Code::MissingHandler => shown(
            "Cron triggers and the messages of a queue go to handlers of their own. The runtime as it comes answers \
             requests alone: Cloudflare would refuse the deployment, or the events would go nowhere. Write the handler \
             in `runtime/src/shell/` and name it in `worker.handlers`, or give the work to another worker.",
            "[bindings.JOBS]\ntype = \"queue\"\nqueue = \"jobs\"\nconsumer.max_batch_size = 10",
            "[bindings.JOBS]\ntype = \"queue\"\nqueue = \"jobs\"",
        ),
        Code::InvalidCron => told(
            "A cron expression has five fields in UTC: minute, hour, day of the month, month and day of the week, as in \
             `30 9 * * mon-fri`. Cloudflare counts the days of the week from 1, Sunday, to 7, Saturday, and knows `L`, \
             `W` and `#`, but no seconds and no `@daily`.",
            "wrong   crons = [\"@daily\"]\n\
             right   crons = [\"0 3 * * *\"]        every day at 3:00 UTC",
        ),
        Code::UnreachableWorker => shown(
            "With `workers_dev = false` and neither domains nor zone routes, no request reaches the worker. Domains are \
             not inherited by an environment, since each leads to one worker.",
            "compatibility_date = \"2026-04-01\"\nworkers_dev = false",
            "compatibility_date = \"2026-04-01\"",
        ),
        Code::CompatibilityDate => told(
            "The compatibility date is more than a year older than the installed workerd, so fixes of the runtime are \
             missed and a later jump will be larger; or it is newer than it, so `dev` and the tests run with another \
             behaviour than the deployment. The help names a date to write.",
            "wrong   compatibility_date = \"2022-01-01\"\n\
             right   compatibility_date = \"2026-04-01\"",
        ),
        Code::InvalidDate => shown(
            "The compatibility date chooses the behaviour of Cloudflare's runtime on that day. It is a day of the \
             calendar, written as YYYY-MM-DD.",
            "compatibility_date = \"2026-04-31\"",
            "compatibility_date = \"2026-04-01\"",
        ),
        Code::OutOfRange => shown(
            "A number, a text or a list is outside the bounds of its key, or a lower bound is above the upper one.",
            "parameters.title = { type = \"string\", min_length = 300, max_length = 200 }",
            "parameters.title = { type = \"string\", max_length = 200 }",
        ),
        Code::UnsafePath => shown(
            "A folder is named relative to the spec and lies below it. Nothing outside the project is served or uploaded.",
            "[bindings.ASSETS]\ntype = \"assets\"\n\n[web]\ndirectory = \"../dist\"",
            "[bindings.ASSETS]\ntype = \"assets\"\n\n[web]\ndirectory = \"web/dist\"",
        ),
        Code::DefaultFormat => shown(
            "The default is written in another form than the column's other values, so that they no longer sort or \
             compare as they should.",
            "[tables.notes]\nprimary_key = [\"id\"]\ncolumns.id = { type = \"uuid\" }\n\
             columns.made = { type = \"timestamp\", default_expression = \"CURRENT_TIMESTAMP\" }",
            "[tables.notes]\nprimary_key = [\"id\"]\ncolumns.id = { type = \"uuid\" }\n\
             columns.made = { type = \"timestamp\", default_expression = \"strftime('%Y-%m-%dT%H:%M:%fZ', 'now')\" }",
        ),
        Code::GeneratedColumn => shown(
            "A computed column is never written: it has no default, refers to no row and is no part of a key, and a \
             table has a column beside it that is written.",
            "[tables.notes]\nprimary_key = [\"id\"]\ncolumns.id = { type = \"uuid\" }\n\
             columns.size = { type = \"integer\", default = 0, generated = { expression = \"length(id)\" } }",
            "[tables.notes]\nprimary_key = [\"id\"]\ncolumns.id = { type = \"uuid\" }\n\
             columns.size = { type = \"integer\", generated = { expression = \"length(id)\" } }",
        ),
        Code::InvalidExpression => shown(
            "A check, a computed column, a default or an index has an SQL expression that SQLite refuses, or that could \
             end the statement around it. An expression sees its own row alone: no queries, no parameters.",
            "[tables.notes]\nprimary_key = [\"id\"]\ncolumns.id = { type = \"uuid\", check = \"length(id\" }",
            "[tables.notes]\nprimary_key = [\"id\"]\ncolumns.id = { type = \"uuid\", check = \"length(id) = 36\" }",
        ),
        Code::MigrationConflict => told(
            "Two branches each made migrations and were merged: two have the same number, or spec.lock still has the \
             marks of a conflict. `generator rebase-migrations` keeps those of the one branch and makes the other's anew \
             on top of them.",
            "$ git merge main                         both branches made a migration 0007\n\
             $ generator check                        error[migration-conflict]\n\
             $ generator rebase-migrations            main's stays, the other becomes 0008",
        ),
        Code::EditedFile => told(
            "A generated file is not as the generator left it, and writing it would lose the edit. Make the change in \
             spec.toml or in the templates instead; `generator diff` shows what would be lost, and \
             `generator generate --force` overwrites it.",
            "$ $EDITOR generated/wrangler.jsonc\n\
             $ generator generate                     error[edited-file]\n\
             $ generator diff                         shows what would be lost\n\
             $ generator generate --force             loses it",
        ),
        Code::StaleFile => told(
            "A generated file is not what spec.toml says now: it is missing, no longer wanted, or has another text. Run \
             `generator generate` and commit the result together with the spec.",
            "$ $EDITOR spec.toml\n\
             $ generator check                        error[stale-file]\n\
             $ generator generate                     and commit both",
        ),
        Code::InvalidConfig => told(
            "wrangler's own JSON Schema refuses the generated configuration. Either the pinned wrangler has changed what \
             it takes, or the generator has a fault.",
            "$ npm install wrangler@next              takes a key no more that is generated\n\
             $ generator check                        error[invalid-config]\n\
             $ git checkout package.json package-lock.json && npm ci",
        ),
        Code::MissingLock => told(
            "generated/ has migrations or a configuration, and spec.lock, which remembers them, is gone. Without it, numbers \
             and tags would be given out again that deployed workers and databases already have. Restore it from version \
             control. To start from nothing, delete generated/ as a whole.",
            "$ rm generated/spec.lock\n\
             $ generator generate                     error[missing-lock]\n\
             $ git checkout generated/spec.lock",
        ),
        Code::EditedMigration => told(
            "A migration is not the text that was generated, or is gone. Databases already hold what it did, and nothing \
             would apply the edit to them. Restore the file from version control and edit spec.toml: the difference \
             becomes the next migration.",
            "$ $EDITOR generated/migrations/0002_add_events_note.sql\n\
             $ generator check                        error[edited-migration]\n\
             $ git checkout generated/migrations      and edit spec.toml instead",
        ),
        Code::DestructiveStep => told(
            "The change deletes a table or a column with what it holds, or turns values into a type that cannot hold \
             them. If something was renamed, say so with `renamed_from`. If the data is to go, name it with \
             `--allow-destructive`.",
            "columns.note is taken out of spec.toml\n\
             $ generator diff                         error[destructive-step]\n\
             $ generator generate --allow-destructive events.note",
        ),
        Code::MigrationRefused => told(
            "No migration can make the change safely, for example a new column that is never NULL and has no default on \
             a table that may have rows. The help says what can be done instead.",
            "wrong   columns.note = { type = \"text\" }                    on a table that may have rows\n\
             right   columns.note = { type = \"text\", default = \"\" }\n\
             right   columns.note = { type = \"text\", nullable = true }",
        ),
        Code::DatabaseRemoved => told(
            "A D1 binding that an earlier version declared is gone, so the worker would no longer reach the rows of its \
             database. If only the binding's name changed, say so with `renamed_from` under the new name: its migrations \
             go on. If it is meant to go, name it with `--allow-destructive`; the database stays at Cloudflare and its \
             migrations stay here, for no other database may ever get them.",
            "[bindings.DB] becomes [bindings.MAIN]\n\
             $ generator diff                         error[database-removed]\n\
             right   [bindings.MAIN] with renamed_from = \"DB\"",
        ),
        Code::UnknownDatabase => told(
            "`renamed_from` names the binding that a D1 database had before, so that its migrations go on under the new \
             name. No earlier version had such a binding: the name is misspelt, or the database is new and needs no \
             `renamed_from`.",
            "wrong   [bindings.MAIN] with renamed_from = \"BD\"      there was a DB\n\
             right   [bindings.MAIN] with renamed_from = \"DB\"",
        ),
        Code::ClassRemoved => told(
            "A Durable Object class that an earlier version declared is gone. Deploying that would delete its objects \
             with all their data. Declare it again, or allow the loss with `--allow-destructive`.",
            "[bindings.ROOMS] is taken out of spec.toml\n\
             $ generator diff                         error[class-removed]\n\
             $ generator generate --allow-destructive Rooms",
        ),
        Code::ClassRefused => told(
            "Cloudflare keeps the history of a worker's Durable Object classes and would refuse this change of it when \
             it is deployed: a class keeps its storage for ever, is renamed only to a name that is free, and is not \
             deleted in the deploy that gives its binding to another class. The help says in which deploys it can be \
             done.",
            "wrong   class = \"Rooms\", storage = \"kv\"                it was made with SQLite\n\
             right   class = \"Rooms\"",
        ),
    }
}
