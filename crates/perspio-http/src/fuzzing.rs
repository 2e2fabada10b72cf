//! The entry points of the fuzz targets: decoders of single bytes of a response. The tests
//! replay the seeds.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures::Stream;
use serde_json::Value;

use crate::body::BufferedBody;
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    #[test]
    fn every_seed_of_the_fuzz_targets_passes() {
        let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/list_items");
        let mut count = 0;
        for seed in fs::read_dir(seeds).unwrap() {
            super::list_items(&fs::read(seed.unwrap().path()).unwrap());
            count += 1;
        }
        assert!(count >= 5, "there are seeds");
    }
}
