//! Real LiveStore clients on one relay.

use serde_json::Value;
use tests::database::Row;
use tests::livestore::{State, Store, created, renamed};
use tests::patience::{CONVERGENCE, until};
use tests::world::World;

/// Waits until the store holds `count` events, and checks that they are 1, 2, 3, … each on top of the one
/// before.
pub(crate) async fn stored(world: &World, store_id: &str, count: usize) -> Vec<Row> {
    let rows = until(CONVERGENCE, async || match world.events(store_id)? {
        rows if rows.len() >= count => Ok(rows),
        rows => Err(format!("{} of {count} events are stored", rows.len())),
    })
    .await;
    assert_eq!(rows.len(), count, "events are stored that nobody committed: {rows:#?}");
    for (row, seq_num) in rows.iter().zip(1..) {
        assert_eq!((row.seq_num, row.parent_seq_num), (seq_num, seq_num - 1));
    }
    rows
}

/// Waits until the store holds `count` events and each client shows exactly what they amount to.
pub(crate) async fn converged<const N: usize>(
    world: &World,
    store_id: &str,
    count: usize,
    clients: [&mut Store; N],
) -> State {
    let expected = amount(&stored(world, store_id, count).await);
    for client in clients {
        client.shows(&format!("{expected:?}"), |state| *state == expected).await;
    }
    expected
}

/// What a client shows that has applied these events in this order.
fn amount(rows: &[Row]) -> State {
    let mut state = State { head: rows.len() as u64, ..State::default() };
    for row in rows {
        let args: Value = serde_json::from_str(row.args.as_deref().unwrap_or_default()).unwrap_or_default();
        let (Some(id), Some(text)) = (args["id"].as_str(), args["text"].as_str()) else {
            panic!("{row:?} is no event of the clients' schema");
        };
        if row.name == "todoCreated" || state.todos.contains_key(id) {
            state.todos.insert(id.to_owned(), text.to_owned());
        }
    }
    state
}

#[tokio::test]
async fn what_one_store_commits_the_other_shows() {
    let world = World::shared().await;
    let mut ada = Store::open(world.address(), "livestore-two", "ada").await;
    let mut ben = Store::open(world.address(), "livestore-two", "ben").await;

    ada.commit(&[created("tea", "Buy tea")]).await;
    ben.shows("the to-do of the other", |state| state.todos.contains_key("tea")).await;
    ben.commit(&[renamed("tea", "Buy \"green\" tea ☕")]).await;
    ada.shows("the new text", |state| state.todos["tea"] == "Buy \"green\" tea ☕").await;

    converged(&world, "livestore-two", 2, [&mut ada, &mut ben]).await;
    let rows = stored(&world, "livestore-two", 2).await;
    assert_eq!(rows[0].args.as_deref(), Some(r#"{"id":"tea","text":"Buy tea"}"#));
    assert_eq!((rows[0].client_id.as_str(), rows[1].client_id.as_str()), ("ada", "ben"));
    ada.close().await;
    ben.close().await;
}

#[tokio::test]
async fn stores_that_commit_at_once_converge() {
    const COMMITS: usize = 25;
    let world = World::shared().await;
    let mut ada = Store::open(world.address(), "livestore-race", "ada").await;
    let mut ben = Store::open(world.address(), "livestore-race", "ben").await;

    ada.commit(&[created("both", "")]).await;
    ben.shows("the common to-do", |state| state.todos.contains_key("both")).await;
    for n in 0..COMMITS {
        ada.commit(&[created(&format!("ada-{n}"), "a"), renamed("both", &format!("ada {n}"))]).await;
        ben.commit(&[created(&format!("ben-{n}"), "b"), renamed("both", &format!("ben {n}"))]).await;
    }

    let state = converged(&world, "livestore-race", 1 + 4 * COMMITS, [&mut ada, &mut ben]).await;
    assert_eq!(state.todos.len(), 1 + 2 * COMMITS);
}

#[tokio::test]
async fn a_store_that_joins_late_gets_all_history() {
    let world = World::shared().await;
    let mut ada = Store::open(world.address(), "livestore-late", "ada").await;
    let todos: Vec<_> = (0..250).map(|n| created(&format!("todo-{n}"), "text")).collect();
    ada.commit(&todos).await;
    converged(&world, "livestore-late", todos.len(), [&mut ada]).await;

    let mut ben = Store::open(world.address(), "livestore-late", "ben").await;
    converged(&world, "livestore-late", todos.len(), [&mut ben]).await;
}
