//! How calls are timed. The client that openapi-generator makes is measured in
//! a program of its own, which has this file too.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// One call after the other: what each of them takes.
pub async fn one_by_one<F: Future<Output = Result<()>>>(
    calls: usize,
    call: impl Fn() -> F,
) -> Result<Vec<Duration>> {
    let mut times = Vec::with_capacity(calls);
    for _ in 0..calls {
        let started = Instant::now();
        call().await?;
        times.push(started.elapsed());
    }
    Ok(times)
}

/// `tasks` tasks at once, which share `calls` calls out among themselves: what
/// all of it takes.
pub async fn shared_out<F: Future<Output = Result<()>> + Send + 'static>(
    tasks: usize,
    calls: usize,
    call: impl Fn() -> F + Clone + Send + 'static,
) -> Result<Duration> {
    let started = Instant::now();
    let left = Arc::new(AtomicUsize::new(calls));
    let task = || {
        let (call, left) = (call.clone(), left.clone());
        tokio::spawn(async move {
            while take_one(&left) {
                call().await?;
            }
            anyhow::Ok(())
        })
    };
    let tasks: Vec<_> = (0..tasks).map(|_| task()).collect();
    for task in tasks {
        task.await.context("a task ended early")??;
    }
    Ok(started.elapsed())
}

/// False if there is nothing left.
fn take_one(left: &AtomicUsize) -> bool {
    let one_less = |left: usize| left.checked_sub(1);
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less)
        .is_ok()
}
