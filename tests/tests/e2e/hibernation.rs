//! An object that sleeps: workerd drops it from memory after 10 s without a message and keeps its sockets.

use std::time::Duration;

use tests::patience::{ANSWER, until};
use tests::wire::{Socket, event, events, stored};
use tests::world::World;

/// Three times what workerd takes.
pub(crate) const ASLEEP: Duration = Duration::from_secs(30);

#[tokio::test]
async fn an_object_that_slept_still_delivers_to_its_pulls() {
    let world = World::start().await;
    let mut reader = Socket::open(world.address(), "sleepy").await;
    let mut writer = Socket::open(world.address(), "sleepy").await;
    let pull = reader.pull(true).await;
    let backend_id = reader.chunk(&pull).await.backend_id;
    reader.ack(&pull).await;
    writer.store(&backend_id, &events(1..=2)).await;
    assert_eq!(reader.chunk(&pull).await.seq_nums(), [1, 2]);
    reader.ack(&pull).await;

    let awake = async || match world.objects_in_memory()? {
        1 => Ok(()),
        other => Err(format!("{other} objects are in memory, and one has two sockets")),
    };
    until(ANSWER, awake).await;
    until(ASLEEP, async || match world.objects_in_memory()? {
        0 => Ok(()),
        awake => Err(format!("{awake} objects are still in memory: something keeps them awake")),
    })
    .await;
    reader.send_text(r#"{"_tag":"Ping"}"#).await;
    assert_eq!(reader.receive_text().await, r#"{"_tag":"Pong"}"#);
    assert_eq!(world.objects_in_memory(), Ok(0), "a ping wakes no object");

    let push = writer.push(&backend_id, &[event(3)]).await;
    assert_eq!(reader.chunk(&pull).await.seq_nums(), [3]);
    assert_eq!(writer.receive().await, stored(&push));
}
