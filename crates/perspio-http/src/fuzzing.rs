//! The entry points of the fuzz targets: decoders of single bytes of a response. The tests
//! replay the seeds.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures::Stream;
use serde_json::Value;

use crate::body::BufferedBody;
use crate::events::{Parser, RawEvent};
use crate::items::items;
use crate::list::List;
use crate::response::CallResponse;

/// A list in pieces, as long as the first byte says: what is read item by item is
/// what is read as a whole, and what cannot be read as a whole is an error.
pub fn list_items(bytes: &[u8]) {
    let Some((len, json)) = bytes.split_first() else {
        return;
    };
    let mut held = BufferedBody::default();
    for piece in json.chunks(usize::from(*len).max(1)) {
        held.push(Bytes::copy_from_slice(piece));
    }
    let body = held.into_body();
    let mut stream = items::<Value>(CallResponse::alone(http::Response::new(body).into()));
    let mut context = Context::from_waker(Waker::noop());
    let (mut read, mut failed) = (Vec::new(), false);
    while let Poll::Ready(Some(item)) = Pin::new(&mut stream).poll_next(&mut context) {
        match item {
            Ok(item) => read.push(item),
            Err(error) => {
                failed = true;
                let text = error.to_string();
                assert!(!text.contains(|letter: char| letter.is_control() && letter != '\n'));
            }
        }
    }
    match serde_json::from_slice::<List<Value>>(json) {
        Ok(whole) => assert!(!failed && read == whole.items()),
        Err(_) => assert!(failed),
    }
}

/// An event stream in chunks, as long as the first byte says: its events are those of a
/// reading of the whole text, line by line.
pub fn event_stream(bytes: &[u8]) {
    let Some((len, stream)) = bytes.split_first() else {
        return;
    };
    let mut parser = Parser::new(u64::MAX);
    let mut read = Vec::new();
    for chunk in stream.chunks(usize::from(*len).max(1)) {
        parser.push(Bytes::copy_from_slice(chunk));
        while let Ok(Some(event)) = parser.event() {
            read.push(event);
        }
    }
    assert_eq!(read, events_of_whole(stream));
}

/// Returns the events of a stream that has arrived as a whole.
fn events_of_whole(stream: &[u8]) -> Vec<RawEvent> {
    let text = String::from_utf8_lossy(stream);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut found = Vec::new();
    let (mut event, mut id, mut data) = (String::new(), String::new(), Vec::new());
    // A line without an end is not read.
    for line in text
        .split_inclusive('\n')
        .filter_map(|line| line.strip_suffix('\n'))
    {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
        match name {
            "" if line.is_empty() => {
                let event = std::mem::take(&mut event);
                let data = std::mem::take(&mut data);
                if !data.is_empty() {
                    let (id, data) = (id.clone(), data.join("\n"));
                    found.push(RawEvent { event, data, id });
                }
            }
            "event" => event = value,
            "data" => data.push(value),
            "id" if !value.contains('\0') => id = value,
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// Calls `target` with every seed of a fuzz target.
    fn replay(name: &str, target: fn(&[u8])) {
        let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
        let mut count = 0;
        for seed in fs::read_dir(seeds.join(name)).unwrap() {
            target(&fs::read(seed.unwrap().path()).unwrap());
            count += 1;
        }
        assert!(count >= 5, "{name} has seeds");
    }

    #[test]
    fn every_seed_of_the_fuzz_targets_passes() {
        replay("list_items", super::list_items);
        replay("event_stream", super::event_stream);
    }
}
