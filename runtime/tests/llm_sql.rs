//! The generated SQL of the models' route on a real SQLite, with the parameters that the runtime binds and the generated
//! schema.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use glue::llm::{ADD_CALL, RESERVE_TOKENS, SETTLE_TOKENS};
use runtime::llm::budget::{Budget, Reservation};
use runtime::llm::ledger::{Entry, Outcome, Taken};
use rusqlite::Connection;

/// 2026-11-22T21:06:04Z.
const NOW: u64 = 1_795_381_564_872;

const BUDGET: Budget = Budget { per_user: Some(1_000), per_deployment: Some(1_500) };

fn database() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../generated/migrations");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        connection.execute_batch(&std::fs::read_to_string(file).unwrap()).unwrap();
    }
    connection
}

/// Whether tokens could be set aside.
fn reserve(database: &Connection, reservation: &Reservation) -> bool {
    database.execute(RESERVE_TOKENS, [reservation.json()]).unwrap() > 0
}

/// The counters in the order of their names.
fn counters(database: &Connection) -> Vec<(String, i64)> {
    let mut rows = database.prepare("SELECT user_id, tokens FROM llm_tokens ORDER BY user_id").unwrap();
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}

fn counted(of: &[(&str, i64)]) -> Vec<(String, i64)> {
    of.iter().map(|(name, tokens)| ((*name).to_owned(), *tokens)).collect()
}

#[test]
fn tokens_are_set_aside_for_user_and_deployment_or_for_neither() {
    let database = database();
    let of = |user| BUDGET.reserve(user, 500, NOW);
    assert!(reserve(&database, &of("ada")) && reserve(&database, &of("ada")));
    assert!(!reserve(&database, &of("ada")), "a user has no more");
    assert!(reserve(&database, &of("ben")));
    let full = counted(&[("", 1_500), ("ada", 1_000), ("ben", 500)]);
    assert_eq!(counters(&database), full);
    assert!(!reserve(&database, &of("ben")) && !reserve(&database, &of("eve")), "the deployment has no more");
    assert_eq!(counters(&database), full, "what is refused counts nowhere");
    let tomorrow = BUDGET.reserve("ada", 500, NOW + 86_400_000);
    assert!(reserve(&database, &tomorrow));
}

#[test]
fn what_was_not_used_is_given_back_and_what_was_used_beyond_is_counted() {
    let database = database();
    for (used, left) in [(12, 12), (0, 12), (900, 912)] {
        let reservation = BUDGET.reserve("ada", 80, NOW);
        assert!(reserve(&database, &reservation));
        assert_eq!(database.execute(SETTLE_TOKENS, [reservation.settled(used).json()]), Ok(2));
        assert_eq!(counters(&database), counted(&[("", left), ("ada", left)]));
    }
}

#[test]
fn a_budget_of_users_alone_counts_nothing_for_all() {
    let database = database();
    let budget = Budget { per_deployment: None, ..BUDGET };
    assert!(reserve(&database, &budget.reserve("ada", 500, NOW)));
    assert_eq!(counters(&database), counted(&[("ada", 500)]));
}

#[test]
fn a_call_becomes_a_row() {
    let database = database();
    let taken = Taken { estimated: true, first_token: None, ..Taken::default() };
    let (id, user, outcome) = ("7f", "anonymous", Outcome::OverBudget);
    let entry = Entry { id, user, store: Some("b'1"), began: NOW, ended: NOW + 20, taken: &taken, outcome };
    database.execute(ADD_CALL, [entry.row()]).unwrap();
    let row = database.query_row(
        "SELECT created_at, store_id, model IS NULL, estimated, latency_ms, first_token_ms IS NULL, outcome FROM llm_calls",
        [],
        |row| {
            let text = |column: usize| row.get::<_, String>(column);
            let number = |column: usize| row.get::<_, i64>(column);
            Ok((text(0)?, text(1)?, [number(2)?, number(3)?, number(4)?, number(5)?], text(6)?))
        },
    );
    let (time, store) = ("2026-11-22T21:06:04.872Z".to_owned(), "b'1".to_owned());
    assert_eq!(row.unwrap(), (time, store, [1, 1, 20, 1], "over_budget".to_owned()));
}
