//! A database that fails or refuses; each test has a worker of its own.

use serde_json::json;
use tests::wire::{Socket, event, events, failed, stored};
use tests::world::World;

#[tokio::test]
async fn who_pushed_while_the_database_failed_is_closed_with_1011_and_may_push_again() {
    let world = World::start().await;
    let mut socket = Socket::open(world.address(), "locked").await;
    let backend_id = socket.backend_id().await;
    socket.store(&backend_id, &[event(1)]).await;
    let database = world.database();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();

    socket.push(&backend_id, &events(2..=3)).await;

    assert_eq!(socket.close_code().await, 1011);
    database.execute_batch("ROLLBACK").unwrap();
    let mut socket = Socket::open(world.address(), "locked").await;
    assert_eq!(socket.history().await.0, [event(1)]);
    socket.store(&backend_id, &events(2..=3)).await;
    assert_eq!(world.events("locked").unwrap().len(), 3);
}

#[tokio::test]
async fn a_push_that_the_database_refuses_fails_for_good_and_the_socket_goes_on() {
    let world = World::start().await;
    let mut socket = Socket::open(world.address(), "refused").await;
    let backend_id = socket.backend_id().await;
    let rule = "CREATE TRIGGER rule BEFORE INSERT ON events WHEN new.seq_num = 2
                BEGIN SELECT RAISE(ABORT, 'there is no second event'); END";
    world.database().execute_batch(rule).unwrap();

    let push = socket.push(&backend_id, &events(1..=2)).await;

    let message = "the database does not take these events and stored none of them: \
                   there is no second event: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_TRIGGER)";
    let error = json!({ "_tag": "UnknownError", "cause": { "name": "Error", "message": message } });
    assert_eq!(socket.receive().await, failed(&push, &error));
    assert_eq!(world.events("refused").unwrap(), []);
    let push = socket.push(&backend_id, &[event(1)]).await;
    assert_eq!(socket.receive().await, stored(&push));
}
