//! Tests without a keyring; `tests/keyring` uses a real one.

use std::sync::mpsc;

use super::*;
use crate::token::clock::ManualClock;

mod split;

#[tokio::test]
async fn a_call_that_a_prompt_blocks_ends_in_a_timeout() {
    let clock = ManualClock::new();
    let (release, blocked) = mpsc::channel::<()>();
    let (done, ended) = oneshot::channel();
    let waiting = tokio::spawn({
        let clock = clock.clone();
        async move {
            in_time(&clock, move || {
                let _ = blocked.recv();
                let _ = done.send(());
                Ok(())
            })
            .await
        }
    });
    clock.sleeps(1).await;
    clock.advance(LONGEST_WAIT);
    let outcome = waiting.await.unwrap();
    assert!(
        matches!(&outcome, Err(Failure::Locked(reason)) if reason.contains("60 s")),
        "{outcome:?}"
    );
    // The call is completed.
    drop(release);
    ended.await.unwrap();
}

#[test]
fn bytes_in_an_error_are_not_shown() {
    let error = KeyringError::BadEncoding(b"canary".to_vec());
    let shown = format!("{:?}", failure(&error));
    assert!(
        !shown.contains("canary") && !shown.contains("99, 97, 110"),
        "{shown}"
    );
}
