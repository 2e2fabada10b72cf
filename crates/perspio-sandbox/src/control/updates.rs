//! Server-sent events: the state of the sandbox as it changes.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, Sse};
use futures::{Stream, StreamExt, stream};
use serde::Serialize;

use crate::shared::Shared;

/// Lifetimes and budgets change without an event of their own.
const TICK: Duration = Duration::from_secs(1);
/// Changes that follow each other faster are sent together.
const GAP: Duration = Duration::from_millis(50);

/// Returns a response that sends the events of `next` now, after each change and every second,
/// until the sandbox stops.
pub(super) fn respond<F>(
    shared: Arc<Shared>,
    mut next: F,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>>
where
    F: FnMut(&Shared) -> Vec<Event> + Send + 'static,
{
    let updates = updates(&shared);
    Sse::new(updates.flat_map(move |()| stream::iter(next(&shared).into_iter().map(Ok))))
}

fn updates(shared: &Shared) -> impl Stream<Item = ()> + use<> {
    let changes = shared.changes.subscribe();
    let stopping = shared.stopping.subscribe();
    let first = stream::once(async {});
    let later = stream::unfold((changes, stopping), async |(mut changes, mut stopping)| {
        let update = async {
            tokio::time::sleep(GAP).await;
            // Fails only with the sandbox itself, which the other branch waits for.
            let _ = tokio::time::timeout(TICK, changes.changed()).await;
        };
        tokio::select! {
            biased;
            _ = stopping.wait_for(|stopping| *stopping) => return None,
            () = update => {}
        }
        Some(((), (changes, stopping)))
    });
    first.chain(later)
}

/// Returns an event whose data is JSON.
pub(super) fn json(name: &str, data: &impl Serialize) -> Event {
    let text = serde_json::to_string(data).unwrap_or_default();
    Event::default().event(name).data(text)
}
