//! Who is served: clients with the right token, and pages of allowed origins.

use reqwest::{Client, StatusCode};
use serde_json::json;
use tests::livestore::{Store, created};
use tests::patience::{ANSWER, answer, until};
use tests::project::TOKEN;
use tests::wire::{Introduction, Socket, events, failed};
use tests::world::{Values, World};

const RIGHT: &str = "a long and random/text=";

/// A worker whose shared token is [`RIGHT`].
async fn guarded() -> World {
    let secrets = format!("SYNC_TOKEN=\"{RIGHT}\"");
    World::start_with(TOKEN, Values { secrets, vars: Vec::new() }).await
}

/// The status with which a client is refused, and the sentence.
async fn refused(world: &World, introduction: &Introduction<'_>) -> (u16, String) {
    match Socket::open_as(world.address(), "guarded", introduction).await {
        Ok(_) => panic!("{introduction:?} was let in"),
        Err(refusal) => refusal,
    }
}

async fn let_in(world: &World, introduction: &Introduction<'_>) -> Socket {
    let opened = Socket::open_as(world.address(), "guarded", introduction).await;
    opened.unwrap_or_else(|refusal| panic!("{introduction:?} was refused: {refusal:?}"))
}

#[tokio::test]
async fn the_shared_token_lets_in_from_each_place_and_nothing_else_does() {
    let world = guarded().await;
    for introduction in [
        Introduction { token: Some(RIGHT), headers: &[] },
        Introduction { token: None, headers: &[("authorization", "Bearer a long and random/text=")] },
        Introduction { token: None, headers: &[("cookie", "a=1; session=a long and random/text=")] },
    ] {
        let mut socket = let_in(&world, &introduction).await;
        socket.backend_id().await;
    }
    let (status, sentence) = refused(&world, &Introduction::default()).await;
    assert_eq!(status, 401);
    assert!(sentence.starts_with("A token is needed, and the request has none:"), "{sentence}");
    for introduction in [
        Introduction { token: Some("another"), headers: &[] },
        Introduction {
            token: Some("another"),
            headers: &[("authorization", "Bearer a long and random/text=")],
        },
        // What only the worker says to the object.
        Introduction { token: Some("another"), headers: &[("x-relay-grant", "w")] },
    ] {
        assert_eq!(refused(&world, &introduction).await, (401, "The token is not the right one.".to_owned()));
    }
}

#[tokio::test]
async fn a_request_over_http_needs_the_token_too() {
    let world = guarded().await;
    let body =
        json!({ "_tag": "Request", "id": "1", "tag": "SyncHttpRpc.Ping", "payload": {}, "headers": [] });
    let url = world.url("/websocket?storeId=guarded&transport=http");
    for (token, status) in [(RIGHT, StatusCode::OK), ("another", StatusCode::UNAUTHORIZED)] {
        let request = Client::new().post(&url).bearer_auth(token).json(&body);
        let response = answer("HTTP response", request.send()).await.unwrap();
        assert_eq!(response.status(), status);
    }
}

#[tokio::test]
async fn a_page_of_a_foreign_origin_is_refused_whatever_its_cookies() {
    let world = guarded().await;
    let cookie = ("cookie", "session=a long and random/text=");
    let own = format!("http://{}", world.address());
    for origin in ["https://app.example.com", own.as_str()] {
        let_in(&world, &Introduction { token: None, headers: &[cookie, ("origin", origin)] }).await;
    }
    for origin in ["https://elsewhere.example", "null"] {
        let headers = [cookie, ("origin", origin)];
        let (status, sentence) = refused(&world, &Introduction { token: None, headers: &headers }).await;
        assert_eq!(status, 403, "{origin}");
        assert!(sentence.contains("`relay.allowed_origins`"), "{sentence}");
    }
}

#[tokio::test]
async fn real_clients_with_the_token_in_their_payload_sync() {
    let world = guarded().await;
    let mut ada = Store::open_as(world.address(), "tokens", "ada", RIGHT).await;
    let mut ben = Store::open_as(world.address(), "tokens", "ben", RIGHT).await;
    ada.commit(&[created("tea", "Buy tea")]).await;
    ben.shows("the to-do of the other", |state| state.todos.contains_key("tea")).await;
    ada.close().await;
    ben.close().await;
}

/// The limits of this worker: 3 sockets of a store, 2 events of a push, 5 messages a second.
#[tokio::test]
async fn whoever_goes_beyond_a_limit_is_told_and_nobody_else_is_cut_off() {
    let world = guarded().await;
    let right = Introduction { token: Some(RIGHT), headers: &[] };
    let (mut one, mut other, _third) =
        (let_in(&world, &right).await, let_in(&world, &right).await, let_in(&world, &right).await);
    let full = "The store has as many clients as it may: try again later.".to_owned();
    assert_eq!(refused(&world, &right).await, (503, full));

    let backend_id = one.backend_id().await;
    let push = one.push(&backend_id, &events(1..=3)).await;
    let why = "the push has 3 events, and at most 2 are taken at a time";
    let error = json!({ "cause": { "name": "Error", "message": why }, "_tag": "UnknownError" });
    assert_eq!(one.receive().await, failed(&push, &error));

    for _ in 0..200 {
        one.send_text("{}").await;
    }
    assert_eq!(one.close_code().await, 1011);
    other.store(&backend_id, &events(1..=2)).await;
    until(ANSWER, async || {
        Socket::open_as(world.address(), "guarded", &right)
            .await
            .map(drop)
            .map_err(|refusal| format!("{refusal:?}"))
    })
    .await;
}
