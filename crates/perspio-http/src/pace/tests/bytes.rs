//! Bytes, which count as they come.

use ::bytes::Bytes;

use super::*;
use crate::body::Held;

/// An answer in these pieces, whose bytes `pacer` counts.
fn answer(pacer: &Pacer, pieces: &[&'static str]) -> Response {
    let mut held = Held::default();
    for piece in pieces {
        held.push(Bytes::from_static(piece.as_bytes()));
    }
    let answer = http::Response::new(held.into_body());
    body::counted(answer.into(), pacer.clone())
}

#[tokio::test]
async fn bytes_count_as_they_come_and_what_is_on_its_way_is_read_whatever_is_left() {
    let clock = ManualClock::new();
    let limit = Limit::bytes("bandwidth", Scope::Tenant, 10, MINUTE);
    let pacer = Pacer::builder(Limits::none().with(limit)).clock(Arc::new(clock.clone()));
    let pacer = pacer.build();
    let left = || pacer.budget().limits[0].left;
    let mut first = answer(&pacer, &["123456", "7890", "and more"]);
    let mut second = answer(&pacer, &["another"]);
    assert_eq!(left(), 10, "nothing is reserved for what has not come");
    first.chunk().await.unwrap();
    assert_eq!(left(), 4);
    answered(&pacer).await;
    first.chunk().await.unwrap();
    assert_eq!(left(), 0);
    let waiting = call(&pacer, Interactive);
    settle().await;
    assert!(!waiting.is_finished());
    clock.advance(SECOND);
    for answer in [&mut first, &mut second] {
        assert!(answer.chunk().await.unwrap().is_some());
    }
    // What came beyond the budget counts as all of it does.
    clock.advance(shortly_before(Duration::from_nanos(1)));
    settle().await;
    assert!(!waiting.is_finished());
    clock.advance(Duration::from_nanos(1));
    settle().await;
    assert!(waiting.is_finished());
}
