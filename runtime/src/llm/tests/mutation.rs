//! Streams that are cut, mixed up and filled with garbage.

use serde_json::{Value, json};

use super::super::stream::{End, Stream};
use super::{chunk, fragment, offered, text};

const STREAMS: u64 = 10_000;

fn good(random: &mut fastrand::Rng) -> Vec<u8> {
    let mut stream = String::new();
    for _ in 0..random.usize(0..4) {
        stream.push_str(&text("Ü☕"));
    }
    let call = random.bool();
    if call {
        stream.push_str(&fragment(Some(0), Some("a"), Some("create_task"), "{\"title\":\"M"));
        stream.push_str(&fragment(Some(0), None, None, "ilch ü\",\"column\":null}"));
        stream.push_str(&fragment(Some(1), Some("b"), Some("list_tasks"), "{}"));
    }
    stream.push_str(&chunk(&json!({}), Some(if call { "tool_calls" } else { "stop" })));
    stream.push_str("data: [DONE]\n\n");
    stream.into_bytes()
}

fn mutate(bytes: &mut Vec<u8>, random: &mut fastrand::Rng) {
    for _ in 0..random.usize(0..4) {
        let at = random.usize(0..=bytes.len());
        match random.u8(0..6) {
            0 => bytes.truncate(at),
            1 => drop(bytes.splice(at..at, (0..random.usize(1..20)).map(|_| 0xff))),
            2 => drop(bytes.splice(at..at, *b"\r\n\r\ndata: {\"choices\":[{}]}\n\n")),
            3 => drop(bytes.splice(at..at, *b"\n\ndata: {\"error\":{\"message\":\"sk-secret\"}}\n\n")),
            4 if at < bytes.len() => bytes[at] = random.u8(..),
            _ => drop(bytes.drain(at..(at + random.usize(0..60)).min(bytes.len()))),
        }
    }
}

/// Whether a client of what went out sees an end: a finish, or an error.
fn ends(out: &str) -> bool {
    let frames = out.split("\n\n").filter_map(|it| it.strip_prefix("data: "));
    let mut values = frames.filter_map(|it| serde_json::from_str::<Value>(it).ok());
    values.any(|it| it["choices"][0]["finish_reason"].is_string() || it["error"].is_object())
}

#[test]
fn no_stream_panics_or_ends_in_silence_or_lets_out_a_call_that_is_not_valid() {
    let offered = offered();
    for seed in 0..STREAMS {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut bytes = good(&mut random);
        mutate(&mut bytes, &mut random);
        let mut stream = Stream::new(&offered, true);
        let (mut out, mut rest) = (String::new(), bytes.as_slice());
        while !rest.is_empty() {
            let (chunk, after) = rest.split_at(random.usize(1..=rest.len()));
            out.push_str(&stream.feed(chunk));
            rest = after;
        }
        out.push_str(&stream.close());
        match stream.end() {
            Some(End::Whole) => assert!(out.ends_with("data: [DONE]\n\n"), "seed {seed}: {out}"),
            Some(End::Invalid(invalid)) => out.push_str(&invalid.failure().frames("7f")),
            Some(End::Failed(failure)) => out.push_str(&failure.frames("7f")),
            None => panic!("seed {seed}: no end"),
        }
        assert!(ends(&out), "seed {seed}: {out}");
        assert!(!out.contains("sk-secret"), "seed {seed}: {out}");
        for frame in out.split("\n\n").filter_map(|it| it.strip_prefix("data: ")).filter(|it| *it != "[DONE]")
        {
            let frame: Value = serde_json::from_str(frame).unwrap_or_else(|_| panic!("seed {seed}: {frame}"));
            for call in frame["choices"][0]["delta"]["tool_calls"].as_array().into_iter().flatten() {
                let tool = offered.iter().find(|it| call["function"]["name"] == it.name);
                let arguments = call["function"]["arguments"].as_str().unwrap();
                super::super::arguments::read::<Value>(arguments, tool.unwrap().arguments).unwrap();
            }
        }
    }
}

#[test]
fn where_a_stream_is_cut_into_chunks_makes_no_difference() {
    let offered = offered();
    for seed in 0..200 {
        let bytes = good(&mut fastrand::Rng::with_seed(seed));
        let at_once = Stream::new(&offered, true).feed(&bytes);
        let mut stream = Stream::new(&offered, true);
        let byte_by_byte: String = bytes.iter().map(|byte| stream.feed(&[*byte])).collect();
        assert_eq!(byte_by_byte, at_once, "seed {seed}");
    }
}
