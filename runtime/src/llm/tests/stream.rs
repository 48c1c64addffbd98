//! Streams, whole and broken.

use serde_json::{Value, json};

use super::super::error::Failure;
use super::super::sse::MAX_EVENT_BYTES;
use super::super::stream::{End, Stream};
use super::super::usage::Usage;
use super::{chunk, fragment, offered, text};

const DONE: &str = "data: [DONE]\n\n";

/// What goes on of a stream, and how it ends.
fn run(events: &[String]) -> (String, End) {
    let offered = offered();
    let mut stream = Stream::new(&offered, true);
    let mut out: String = events.iter().map(|event| stream.feed(event.as_bytes())).collect();
    out.push_str(&stream.close());
    (out, stream.end().cloned().expect("a stream that is closed has ended"))
}

fn finish(reason: &str) -> String {
    chunk(&json!({}), Some(reason))
}

/// The calls that a client puts together of what went out: id, name, arguments.
fn calls(out: &str) -> Vec<(String, String, Value)> {
    let chunks =
        out.split("\n\n").filter_map(|it| serde_json::from_str::<Value>(it.strip_prefix("data: ")?).ok());
    let fragments =
        chunks.flat_map(|it| it["choices"][0]["delta"]["tool_calls"].as_array().cloned().unwrap_or_default());
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    fragments
        .map(|it| {
            let arguments = serde_json::from_str(&word(&it["function"]["arguments"])).unwrap();
            (word(&it["id"]), word(&it["function"]["name"]), arguments)
        })
        .collect()
}

fn failure(events: &[String]) -> Failure {
    match run(events) {
        (_, End::Failed(failure)) => failure,
        (_, End::Invalid(invalid)) => invalid.failure(),
        (out, End::Whole) => panic!("a whole answer: {out}"),
    }
}

#[test]
fn text_goes_on_at_once_and_unchanged() {
    let offered = offered();
    let mut stream = Stream::new(&offered, true);
    assert!(!stream.has_started());
    assert_eq!(stream.feed(text("Hel").as_bytes()), text("Hel"));
    assert!(stream.has_started());
    assert_eq!(stream.feed(text("lo ☕").as_bytes()), text("lo ☕"));
    assert_eq!(stream.feed(finish("stop").as_bytes()), finish("stop"));
    assert_eq!(stream.feed(DONE.as_bytes()), DONE);
    assert_eq!(stream.end(), Some(&End::Whole));
}

#[test]
fn unknown_fields_and_usage_go_on() {
    let odd = "data: {\"id\":\"c\",\"x\":1,\"choices\":[{\"index\":0,\"delta\":{\"reasoning\":\"hm\"},\"y\":null}]}\n\n";
    let usage = "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"total_tokens\":3}}\n\n";
    let events = [odd.to_owned(), finish("stop"), usage.to_owned(), DONE.to_owned()];
    assert_eq!(run(&events), (events.concat(), End::Whole));
}

#[test]
fn a_client_that_did_not_ask_for_tokens_gets_no_trace_of_them_and_they_are_known() {
    let offered = offered();
    let mut stream = Stream::new(&offered, false);
    let null = text("a").replace("}\n\n", ",\"usage\":null}\n\n");
    let usage =
        "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\n";
    let events = [null, finish("stop"), usage.to_owned(), DONE.to_owned()];
    let out: String = events.iter().map(|event| stream.feed(event.as_bytes())).collect();
    assert_eq!((out, stream.end()), (text("a") + &finish("stop") + DONE, Some(&End::Whole)));
    assert_eq!(stream.usage(), Some(Usage { input: 3, output: 2, cached: 0 }));
}

#[test]
fn an_end_with_a_finish_and_without_done_is_whole() {
    assert_eq!(run(&[text("a"), finish("stop")]), (text("a") + &finish("stop") + DONE, End::Whole));
}

#[test]
fn an_empty_reason_is_no_finish() {
    let going_on = chunk(&json!({ "content": "a" }), Some(""));
    let events = [going_on.clone(), going_on, finish("stop"), DONE.to_owned()];
    assert_eq!(run(&events), (events.concat(), End::Whole));
}

#[test]
fn what_follows_a_finish_and_is_more_than_news_is_a_failure() {
    assert_eq!(failure(&[text("a"), finish("stop"), text("b")]), Failure::Garbage);
    assert_eq!(
        failure(&[finish("stop"), fragment(Some(0), Some("a"), Some("list_tasks"), "{}")]),
        Failure::Garbage
    );
    assert_eq!(failure(&[text("a"), finish("error")]), Failure::Garbage);
}

#[test]
fn what_cannot_be_read_after_a_finish_takes_nothing_from_the_answer() {
    let comment = format!(": {}", "x".repeat(MAX_EVENT_BYTES));
    for after in [comment.into_bytes(), b"data: \xff\n\n".to_vec(), b"data: {\"choices\": oh no\n\n".to_vec()]
    {
        let mut stream = Stream::new(&offered(), false);
        let mut out = stream.feed((text("x") + &finish("stop")).as_bytes());
        out.push_str(&stream.feed(&after));
        out.push_str(&stream.close());
        assert_eq!(stream.end(), Some(&End::Whole), "{:?}", after.get(..9));
        assert_eq!(out.matches(DONE).count(), 1);
    }
}

#[test]
fn calls_of_too_many_bytes_together_are_a_failure() {
    let half = "x".repeat(1_000_000);
    let events = ["a", "b", "c"].map(|id| fragment(None, Some(id), Some("list_tasks"), &half));
    assert_eq!(failure(&events), Failure::TooLong);
}

#[test]
fn it_is_known_whether_the_model_has_spoken() {
    let offered = offered();
    let mut stream = Stream::new(&offered, true);
    stream.feed(chunk(&json!({ "role": "assistant", "content": "" }), None).as_bytes());
    assert!(!stream.has_spoken());
    stream.feed(text("a").as_bytes());
    assert!(stream.has_spoken());
}

#[test]
fn an_end_without_a_finish_is_a_failure() {
    assert_eq!(failure(&[text("a")]), Failure::Truncated);
    assert_eq!(failure(&[text("a"), DONE.to_owned()]), Failure::Truncated);
    assert_eq!(failure(&[text("a"), "data: {\"choices\":[{\"del".to_owned()]), Failure::Garbage);
}

#[test]
fn what_is_no_stream_of_a_model_never_starts() {
    for body in
        ["", "<html><body>Bad gateway</body></html>", "data: [DONE]\n\n", "data: hello\n\n", "data: {}\n\n"]
    {
        let offered = offered();
        let mut stream = Stream::new(&offered, true);
        let out = stream.feed(body.as_bytes()) + &stream.close();
        assert_eq!((out.as_str(), stream.end()), ("", Some(&End::Failed(Failure::Garbage))), "{body:?}");
        assert!(!stream.has_started(), "{body:?}");
    }
}

#[test]
fn an_error_within_a_stream_is_a_failure_whose_text_is_kept_back() {
    let secret = "data: {\"error\":{\"message\":\"Bearer sk-1234\"}}\n\n".to_owned();
    let (out, end) = run(&[text("a"), secret]);
    assert_eq!((out, end), (text("a"), End::Failed(Failure::Provider)));
}

#[test]
fn comments_and_other_events_are_skipped() {
    let news = "event: ping\ndata: {\"type\":\"ping\"}\n\n".to_owned();
    let events = [": OPENROUTER\n\n".to_owned(), text("a"), news, finish("stop"), DONE.to_owned()];
    assert_eq!(run(&events), (text("a") + &finish("stop") + DONE, End::Whole));
}

#[test]
fn a_call_goes_out_whole_with_the_finish() {
    let offered = offered();
    let mut stream = Stream::new(&offered, true);
    assert_eq!(stream.feed(fragment(Some(0), Some("c1"), Some("create_task"), "").as_bytes()), "");
    assert_eq!(stream.feed(fragment(Some(0), None, None, "{\"title\":\"Mi").as_bytes()), "");
    assert_eq!(stream.feed(fragment(Some(0), None, None, "lk\",\"column\":null}").as_bytes()), "");
    let out = stream.feed(finish("tool_calls").as_bytes());
    let call = json!({ "title": "Milk", "column": null });
    assert_eq!(calls(&out), [("c1".to_owned(), "create_task".to_owned(), call)]);
    assert!(out.ends_with(&finish("tool_calls")), "{out}");
}

#[test]
fn fragments_without_an_index_belong_to_the_call_of_their_id_or_to_the_last() {
    let events = [
        fragment(None, Some("a"), Some("list_tasks"), ""),
        fragment(None, Some("b"), Some("create_task"), "{\"title\":"),
        fragment(None, None, None, "\"x\",\"column\":"),
        fragment(None, Some("b"), None, "null}"),
        fragment(None, Some("a"), None, "{}"),
        finish("tool_calls"),
    ];
    let (out, end) = run(&events);
    assert_eq!(end, End::Whole);
    let ids: Vec<_> = calls(&out).into_iter().map(|it| (it.0, it.2)).collect();
    assert_eq!(ids, [("a".to_owned(), json!({})), ("b".to_owned(), json!({ "title": "x", "column": null }))]);
}

#[test]
fn two_ids_at_one_index_are_two_calls() {
    let events = [
        fragment(Some(0), Some("a"), Some("list_tasks"), "{}"),
        fragment(Some(0), Some("b"), Some("create_task"), "{\"title\":\"x\","),
        fragment(Some(0), None, None, "\"column\":\"todo\"}"),
        finish("tool_calls"),
    ];
    let (out, _) = run(&events);
    let fragments: Vec<_> = calls(&out).into_iter().map(|it| it.0).collect();
    assert_eq!(fragments, ["a", "b"]);
    assert!(out.contains("\"index\":1"), "each has an index of its own: {out}");
}

#[test]
fn a_call_is_dropped_where_the_answer_was_cut_off() {
    let begun = fragment(Some(0), Some("a"), Some("create_task"), "{\"title\":\"x\",\"column\":null}");
    for reason in ["length", "content_filter"] {
        let (out, end) = run(&[begun.clone(), finish(reason)]);
        assert_eq!((calls(&out), end), (Vec::new(), End::Whole), "{reason}");
    }
    assert_eq!(failure(&[begun]), Failure::Truncated);
}

#[test]
fn a_call_that_cannot_be_run_does_not_go_out_and_can_be_told_to_the_model() {
    for (name, arguments, reason) in [
        ("create_task", "{\"title\":\"x\"", "the arguments are not JSON"),
        ("create_task", "{\"title\":\"\",\"column\":null}", "at least 1 characters"),
        ("create_task", "{\"title\":\"x\"}", "`column` is missing: send null"),
        ("drop_table", "{}", "there is no such tool"),
    ] {
        let begun = fragment(Some(0), Some("a"), Some(name), arguments);
        let (out, end) = run(&[text("So"), begun, finish("tool_calls")]);
        assert_eq!(out, text("So"));
        let End::Invalid(invalid) = end else { panic!("{end:?}") };
        let messages = invalid.messages();
        assert_eq!(messages[0]["tool_calls"][0]["id"], "a");
        assert_eq!(messages[1]["tool_call_id"], "a");
        assert!(messages[1]["content"].as_str().unwrap().contains(reason), "{messages:?}");
        let sent = messages[0]["tool_calls"][0]["function"]["arguments"].as_str().unwrap();
        assert!(serde_json::from_str::<Value>(sent).is_ok(), "upstream refuses {sent}");
    }
}

#[test]
fn calls_that_cannot_be_told_apart_are_refused() {
    let call = |index, id| fragment(index, id, Some("list_tasks"), "{}");
    let refused = |first, second| match failure(&[first, second, finish("tool_calls")]) {
        Failure::Call(why) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(call(Some(0), None), call(Some(1), Some("b"))), "a call has no id");
    assert_eq!(refused(call(Some(0), Some("a")), call(Some(1), Some("a"))), "two calls have one id");
    let other = fragment(Some(0), Some("a"), Some("create_task"), "");
    assert_eq!(refused(call(Some(0), Some("a")), other), "one call names two tools");
    assert!(matches!(failure(&[text("a"), finish("tool_calls")]), Failure::Call(_)));
}
