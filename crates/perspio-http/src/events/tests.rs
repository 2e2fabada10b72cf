use futures::{StreamExt, executor::block_on};
use serde::Deserialize;

use super::*;
use crate::body::BufferedBody;

#[derive(Debug, Deserialize, PartialEq)]
struct Item {
    number: u32,
}

fn response(content_type: &str, body: &str) -> CallResponse {
    let response = http::Response::builder()
        .header(CONTENT_TYPE, content_type)
        .body(reqwest::Body::from(body.to_owned()));
    CallResponse::alone(response.unwrap().into())
}

fn stream(body: &str, limit: u64) -> EventStream<Item> {
    EventStream::new(response(MEDIA_TYPE, body), None, limit, json).unwrap()
}

#[test]
fn data_is_decoded_and_an_error_has_its_path_and_ends_nothing() {
    let text = "id: 1\ndata: {\"number\": 1}\n\nevent: other\ndata: {\"number\": \"two\"}\n\n\
                data: {\n\ndata:\n\ndata: {\ndata: \"number\": 3}\n\n";
    let found: Vec<_> = block_on(stream(text, 100).collect());
    let first = found[0].as_ref().unwrap();
    assert_eq!((first.event.as_str(), first.id.as_str()), ("message", "1"));
    assert_eq!(first.data, Item { number: 1 });
    for (at, expected_path, expected_reason) in [
        (1, "events[1].data.number", "invalid type: string"),
        (2, "events[2].data.?", "not finished"),
        (3, "events[3].data", "empty"),
    ] {
        let Err(Error::Decode { path, reason, .. }) = &found[at] else {
            panic!("{:?}", found[at]);
        };
        assert_eq!(path, expected_path);
        assert!(reason.contains(expected_reason), "{reason}");
    }
    assert_eq!(found[4].as_ref().unwrap().data, Item { number: 3 });
    assert_eq!(found.len(), 5);
}

#[test]
fn the_end_marker_ends_the_stream_without_being_decoded() {
    let text = "data: {\"number\": 1}\n\ndata: [DONE]\n\ndata: {\"number\": 2}\n\n";
    let found: Vec<_> = block_on(stream(text, 100).end_marker("[DONE]").data().collect());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].as_ref().unwrap().number, 1);
    let found: Vec<_> = block_on(stream(text, 100).collect());
    assert!(found[1].is_err() && found[2].is_ok(), "{found:?}");
}

#[test]
fn an_event_beyond_the_limit_ends_the_stream_with_an_error() {
    let text =
        "data: {\"number\": 1}\n\ndata: {\"number\": 1000000000}\n\ndata: {\"number\": 2}\n\n";
    let found: Vec<_> = block_on(stream(text, 25).collect());
    assert_eq!(found.len(), 2);
    assert!(
        matches!(found[1], Err(Error::ResponseTooLarge { limit: 25, .. })),
        "{found:?}"
    );
}

#[test]
fn a_response_of_another_media_type_is_an_error() {
    for (content_type, is_accepted) in [
        ("text/event-stream", true),
        ("Text/Event-Stream ; charset=utf-8", true),
        ("application/json", false),
        ("text/event-stream2", false),
    ] {
        let events = EventStream::new(response(content_type, ""), None, 100, text);
        assert_eq!(events.is_ok(), is_accepted, "{content_type}");
        if let Err(error) = events {
            assert!(error.to_string().contains(content_type), "{error}");
        }
    }
    let response = http::Response::new(BufferedBody::default().into_body());
    let error = EventStream::new(CallResponse::alone(response.into()), None, 100, text);
    assert!(error.unwrap_err().to_string().contains("missing"));
}
