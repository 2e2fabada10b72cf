//! Without a keyring; with a real one: tests/keyring.

use std::sync::mpsc;

use super::*;
use crate::token::clock::ManualClock;

mod split;

#[tokio::test]
async fn a_call_that_a_prompt_blocks_is_given_up_in_time() {
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
    // What it had begun is done to its end.
    drop(release);
    ended.await.unwrap();
}

#[test]
fn bytes_that_an_error_carries_are_not_shown() {
    let error = KeyringError::BadEncoding(b"canary".to_vec());
    let shown = format!("{:?}", failure(&error));
    assert!(
        !shown.contains("canary") && !shown.contains("99, 97, 110"),
        "{shown}"
    );
}
