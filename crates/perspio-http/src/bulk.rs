//! Many calls of the same kind: some concurrently, all counted.
//!
//! The client keeps the calls within the rate limits: with a higher concurrency than the
//! limits have room for, more of them are queued. Give them
//! [`Priority::Bulk`](crate::Priority::Bulk), so that interactive calls go first.
//!
//! ```
//! use perspio_http::bulk::Bulk;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let bulk = Bulk::new(4).id(|name: &&str| Some((*name).to_owned()));
//! let report = bulk
//!     .run(["a", "b", ""], async |name| {
//!         if name.is_empty() { Err("it has no name") } else { Ok(()) } // your call
//!     })
//!     .await;
//! assert_eq!((report.done, report.failed), (2, 1));
//! assert_eq!(report.failures[0].error, "it has no name");
//! # }
//! ```

mod report;

use std::collections::VecDeque;
use std::fmt;
use std::pin::pin;

use futures::stream::FuturesUnordered;
use futures::{Stream, StreamExt, stream};

use crate::error::Error;
pub use report::{Failure, Progress, Report};

/// The number of failures that a [`Report`] keeps by default.
const KEPT_FAILURES: usize = 100;

/// The settings of many calls of the same kind, one for each `T`.
pub struct Bulk<T> {
    concurrency: usize,
    stops_at_failure: bool,
    kept_failures: usize,
    id: Option<Box<GetId<T>>>,
    progress: Option<Box<dyn Fn(Progress) + Send + Sync>>,
}

type GetId<T> = dyn Fn(&T) -> Option<String> + Send + Sync;

/// Calls `work` for each item of `stream`, at most `concurrency` concurrently: short for
/// [`Bulk::run_stream`].
pub async fn for_each<T, R, E, F>(
    stream: impl Stream<Item = Result<T, Error>>,
    concurrency: usize,
    work: impl FnMut(T) -> F,
) -> Report<E>
where
    F: Future<Output = Result<R, E>>,
{
    Bulk::new(concurrency).run_stream(stream, work).await
}

impl<T> Bulk<T> {
    /// Processes at most `concurrency` items concurrently; 0 counts as 1.
    pub fn new(concurrency: usize) -> Self {
        Self {
            concurrency: concurrency.max(1),
            stops_at_failure: false,
            kept_failures: KEPT_FAILURES,
            id: None,
            progress: None,
        }
    }

    /// Begins no further item once one has failed. Items in flight are completed, so that
    /// their outcome is known. By default a failure does not stop the others.
    pub fn stop_at_first_failure(mut self) -> Self {
        self.stops_at_failure = true;
        self
    }

    /// Sets how many failures the report keeps, 100 by default. All are counted.
    pub fn keep_failures(mut self, most: usize) -> Self {
        self.kept_failures = most;
        self
    }

    /// Sets how a failed item is named in the report.
    pub fn id(mut self, id: impl Fn(&T) -> Option<String> + Send + Sync + 'static) -> Self {
        self.id = Some(Box::new(id));
        self
    }

    /// Sets the same, unless [`id`](Self::id) is set already.
    pub fn or_id(self, id: impl Fn(&T) -> Option<String> + Send + Sync + 'static) -> Self {
        if self.id.is_some() { self } else { self.id(id) }
    }

    /// Sets a function that is called with the progress after each item.
    pub fn on_progress(mut self, report: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.progress = Some(Box::new(report));
        self
    }

    /// Calls `work` for each of `items`, which are taken when they are begun.
    ///
    /// Everything runs in the task that awaits: dropping the future cancels the items in
    /// flight, and a panic in `work` propagates.
    pub async fn run<R, E, F>(
        self,
        items: impl IntoIterator<Item = T>,
        work: impl FnMut(T) -> F,
    ) -> Report<E>
    where
        F: Future<Output = Result<R, E>>,
    {
        self.drive(stream::iter(items).map(Ok), false, work).await
    }

    /// Calls `work` for each item of `stream`. If the stream fails, the items that have
    /// arrived are processed, and [`Report::broke_off`] is the error.
    ///
    /// The stream is read as fast as it arrives, however slow the calls are: the rate limits
    /// can make them take hours, and no server keeps a connection open for so long. Items
    /// that are not begun are held in memory.
    pub async fn run_stream<R, E, F>(
        self,
        stream: impl Stream<Item = Result<T, Error>>,
        work: impl FnMut(T) -> F,
    ) -> Report<E>
    where
        F: Future<Output = Result<R, E>>,
    {
        self.drive(stream, true, work).await
    }

    async fn drive<R, E, F>(
        self,
        source: impl Stream<Item = Result<T, Error>>,
        is_read_ahead: bool,
        mut work: impl FnMut(T) -> F,
    ) -> Report<E>
    where
        F: Future<Output = Result<R, E>>,
    {
        let mut source = pin!(source);
        let mut is_read = false;
        let mut taken = 0;
        let mut waiting = VecDeque::new();
        let mut in_flight = FuturesUnordered::new();
        let mut report = Report::new();
        loop {
            let is_stopped = self.stops_at_failure && report.failed > 0;
            while !is_stopped
                && in_flight.len() < self.concurrency
                && let Some((index, item)) = waiting.pop_front()
            {
                let id = self.id.as_ref().and_then(|id| id(&item));
                let outcome = work(item);
                in_flight.push(async move { (index, id, outcome.await.err()) });
            }
            let has_room = is_read_ahead || in_flight.len() < self.concurrency;
            tokio::select! {
                next = source.next(), if !is_read && !is_stopped && has_room => match next {
                    Some(Ok(item)) => {
                        waiting.push_back((taken, item));
                        taken += 1;
                    }
                    Some(Err(error)) => {
                        report.broke_off = Some(error);
                        is_read = true;
                    }
                    None => is_read = true,
                },
                Some((index, id, error)) = in_flight.next(), if !in_flight.is_empty() => {
                    report.count(error.map(|error| Failure { index, id, error }), self.kept_failures);
                    if let Some(report_progress) = &self.progress {
                        report_progress(Progress {
                            done: report.done,
                            failed: report.failed,
                            in_flight: in_flight.len(),
                            waiting: waiting.len(),
                            total: is_read.then_some(taken),
                        });
                    }
                }
                else => break,
            }
        }
        report.not_begun = waiting.len();
        report
    }
}

impl<T> fmt::Debug for Bulk<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bulk")
            .field("concurrency", &self.concurrency)
            .field("stops_at_failure", &self.stops_at_failure)
            .field("kept_failures", &self.kept_failures)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
