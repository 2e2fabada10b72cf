//! Bytes, which count as they are read.

use ::bytes::Bytes;
use reqwest::Response;

use super::*;
use crate::body::BufferedBody;
use crate::limits::counted;
use crate::options::Priority::Interactive;

/// A response in these pieces, whose bytes `pacer` counts.
fn response(pacer: &Pacer, pieces: &[&'static str]) -> Response {
    let mut held = BufferedBody::default();
    for piece in pieces {
        held.push(Bytes::from_static(piece.as_bytes()));
    }
    let response = http::Response::new(held.into_body());
    counted(response.into(), pacer)
}

#[tokio::test]
async fn bytes_count_as_they_are_read_and_responses_are_read_to_their_end() {
    let limit = Limit::bytes("bandwidth", Scope::Tenant, 10, MINUTE);
    let (pacer, clock) = manual(Limits::none().with(limit));
    let left = || pacer.budget().limits[0].left;
    let mut first = response(&pacer, &["123456", "7890", "and more"]);
    let mut second = response(&pacer, &["another"]);
    assert_eq!(left(), 10, "nothing is reserved in advance");
    first.chunk().await.unwrap();
    assert_eq!(left(), 4);
    answered(&pacer).await;
    first.chunk().await.unwrap();
    assert_eq!(left(), 0);
    let waiting = call(&pacer, Interactive);
    settle().await;
    assert!(!waiting.is_finished());
    clock.advance(SECOND);
    for response in [&mut first, &mut second] {
        assert!(response.chunk().await.unwrap().is_some());
    }
    // The bytes beyond the budget count like all others.
    clock.advance(shortly_before(Duration::from_nanos(1)));
    settle().await;
    assert!(!waiting.is_finished());
    clock.advance(Duration::from_nanos(1));
    settle().await;
    assert!(waiting.is_finished());
}
