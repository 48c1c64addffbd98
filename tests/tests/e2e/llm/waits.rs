//! Time: what a client hears while nothing can be said, and who is not waited for.

use std::time::Duration;

use serde_json::json;
use tests::patience::{ANSWER, answer, until};

use super::{Proxy, asking, call, events, finish, text};

/// What keeps a connection.
const COMMENT: &str = ": waiting for the model";

#[tokio::test]
async fn nobody_waits_in_silence_or_for_ever() {
    let proxy = Proxy::start().await;
    comments_while_calls_are_held_and_made_again(&proxy).await;
    ends_with_a_finish_although_upstream_lingers(&proxy).await;
    gives_up_a_client_that_takes_nothing(&proxy).await;
}

async fn comments_while_calls_are_held_and_made_again(proxy: &Proxy) {
    for said in ["#slow-call create a task Milk", "#slow-repair create a task Milk"] {
        let text = text(proxy.ask(&asking(said, true)).await).await;
        let (before, _) = text.split_once("\"tool_calls\":[").unwrap_or_default();
        assert!(before.contains(COMMENT), "{said}: {text}");
        assert_eq!(call(&events(&text)).len(), 1, "{said}: {text}");
    }
}

async fn ends_with_a_finish_although_upstream_lingers(proxy: &Proxy) {
    let events = proxy.stream("#lingers").await;
    assert_eq!((finish(&events), events.last()), (Some("stop"), Some(&json!("[DONE]"))));
}

async fn gives_up_a_client_that_takes_nothing(proxy: &Proxy) {
    let mut response = proxy.ask(&asking("#flood", true)).await;
    assert!(matches!(answer("first piece", response.chunk()).await, Ok(Some(_))));
    let left = until(ANSWER, async || {
        let asked = proxy.asked("#flood");
        asked.first().and_then(|it| it.left_after).ok_or_else(|| "upstream is still asked".to_owned())
    });
    let left = left.await;
    // The spec's `total_seconds`, and what a machine that is busy adds.
    assert!(left < Duration::from_secs(40), "upstream was asked for {left:?} more");
    drop(response);
}
