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

/// Waits until both stores hold everything up to `head`, and checks that they show the same.
pub(crate) async fn converged(left: &mut Store, right: &mut Store, head: u64) -> State {
    let settled = |state: &State| state.head == head && state.pending == 0;
    let left = left.shows("all events", settled).await;
    let right = right.shows("all events", settled).await;
    assert_eq!(left, right);
    left
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

    converged(&mut ada, &mut ben, 2).await;
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

    let rows = stored(&world, "livestore-race", 1 + 4 * COMMITS).await;
    let state = converged(&mut ada, &mut ben, 1 + 4 * COMMITS as u64).await;
    assert_eq!(state.todos.len(), 1 + 2 * COMMITS);
    let last =
        rows.iter().rfind(|row| row.name == "todoRenamed").and_then(|row| row.args.as_deref()).unwrap();
    let last: Value = serde_json::from_str(last).unwrap();
    assert_eq!(state.todos["both"], last["text"], "the last rename in the order of events wins");
}

#[tokio::test]
async fn a_store_that_joins_late_gets_all_history() {
    let world = World::shared().await;
    let mut ada = Store::open(world.address(), "livestore-late", "ada").await;
    let todos: Vec<_> = (0..250).map(|n| created(&format!("todo-{n}"), "text")).collect();
    ada.commit(&todos).await;
    stored(&world, "livestore-late", todos.len()).await;

    let mut ben = Store::open(world.address(), "livestore-late", "ben").await;
    converged(&mut ada, &mut ben, todos.len() as u64).await;
}
