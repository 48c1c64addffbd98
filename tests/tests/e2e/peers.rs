//! The relays that ours is compared with.

use tests::peers::{Peer, Storage};
use tests::wire::{Socket, events};

const STORAGES: [Storage; 2] = [Storage::D1, Storage::DurableObject];

async fn keeps_what_is_pushed(peer: &Peer) {
    // A socket each, for the official relay goes on sending to a pull that has ended.
    let socket = async || Socket::open(peer.address(), "store").await;
    let backend_id = socket().await.backend_id().await;
    socket().await.store(&backend_id, &events(1..=3)).await;
    assert_eq!(socket().await.history().await, (events(1..=3), backend_id));
}

#[tokio::test]
async fn the_official_relay_keeps_what_is_pushed_in_either_storage() {
    for storage in STORAGES {
        keeps_what_is_pushed(&Peer::official(storage).await).await;
    }
}

#[tokio::test]
async fn the_bare_object_keeps_what_is_pushed_in_either_storage() {
    for storage in STORAGES {
        keeps_what_is_pushed(&Peer::bare(storage).await).await;
    }
}
