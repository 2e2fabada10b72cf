//! The items of all pages of a list.

mod follow;
mod link;
mod members;
mod next_url;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::stream::BoxStream;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use reqwest::Url;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::decode::{self, Mismatch, Origin};
use crate::error::Error;
use crate::request::ApiRequest;
use crate::response::BodyMode;
use follow::{Next, Progress};
pub use follow::{Page, Paging};
pub use members::{at_position, page_items, page_member, position};

/// The items of all pages of a list, in their order. The next page is requested when the items
/// of the one before have been read.
///
/// Each page is a call of its own: its token, rate limits, retries and
/// [timeout](crate::CallOptions::timeout) are those of any other call. The parameters that the
/// caller has set are sent for every page, except that the URL of a next page that the server
/// has sent has its own query. If the caller has set the cursor, the page number or the offset,
/// the stream begins there.
///
/// # Errors
///
/// After an error, the stream has ended. The items before it are valid. Apart from the errors of
/// a call, [`Error::Decode`] reports a cursor or a URL that the server has already sent, because
/// the pages would never end, and the URL of a next page outside of the base URL of the client,
/// which is not requested.
///
/// ```
/// # async fn example(mut things: perspio_http::ItemStream<'_, u32>) -> Result<(), perspio_http::Error> {
/// while let Some(thing) = things.try_next().await? {
///     println!("{thing}");
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is requested unless the stream is polled"]
pub struct ItemStream<'a, T>(BoxStream<'a, Result<T, Error>>);

impl<T> ItemStream<'_, T> {
    /// Returns the next item, or `None` after the last one. It is that of `TryStreamExt`, for
    /// programs without the crate `futures`.
    ///
    /// # Errors
    /// That of the call for the next page.
    pub async fn try_next(&mut self) -> Result<Option<T>, Error> {
        TryStreamExt::try_next(&mut self.0).await
    }
}

impl<T> Stream for ItemStream<'_, T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl<T> fmt::Debug for ItemStream<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ItemStream").finish_non_exhaustive()
    }
}

/// Returns the items of all pages. `request` returns the request of the page at a position, of
/// the first page without one; `read` reads a page. `start` is the position that the caller
/// has set, null without one.
pub fn stream_pages<'a, P, T>(
    paging: Paging,
    start: Value,
    mut request: impl FnMut(Option<&Value>) -> Result<ApiRequest, Error> + Send + 'a,
    read: fn(P) -> Result<Page<T>, String>,
) -> ItemStream<'a, T>
where
    P: DeserializeOwned + 'a,
    T: Send + 'a,
{
    let fetch = move |next: Next| {
        let request = match next {
            Next::First => request(None),
            Next::Position(position) => request(Some(&position)),
            Next::Url(url) => request(None).map(|request| request.of_next_page(url)),
        };
        async move { fetch(request?, paging, read).await }
    };
    ItemStream(items(Progress::new(paging, start), fetch).boxed())
}

/// A page that was received.
struct Fetched<T> {
    page: Page<T>,
    url: Url,
    /// The URL of the next page, if the server has sent one, or why it is not requested.
    next_url: Option<Result<Url, String>>,
    origin: Origin,
}

async fn fetch<P: DeserializeOwned, T>(
    request: ApiRequest,
    paging: Paging,
    read: fn(P) -> Result<Page<T>, String>,
) -> Result<Fetched<T>, Error> {
    let base = request.base_url()?.clone();
    let mut response = request.respond(BodyMode::Buffered).await?;
    let origin = Origin::of(&response);
    let page = read(decode::value(&mut response)?)
        .map_err(|reason| origin.mismatch(Mismatch::of_whole(reason)))?;
    let response = &response.response;
    let next = match paging {
        Paging::NextUrl { .. } => page.next.as_str().map(str::to_owned),
        Paging::LinkHeader => link::next(response.headers()),
        _ => None,
    };
    let next = next.filter(|url| !url.is_empty());
    Ok(Fetched {
        next_url: next.map(|next| next_url::of(&next, response.url(), &base)),
        url: response.url().clone(),
        page,
        origin,
    })
}

/// Returns the items of the pages that `fetch` returns.
fn items<T, F>(
    progress: Progress,
    fetch: impl FnMut(Next) -> F,
) -> impl Stream<Item = Result<T, Error>>
where
    F: Future<Output = Result<Fetched<T>, Error>>,
{
    let state = State {
        progress,
        fetch,
        items: Vec::new().into_iter(),
        next: Ok(Some(Next::First)),
    };
    stream::try_unfold(state, |mut state| async move {
        loop {
            if let Some(item) = state.items.next() {
                return Ok(Some((item, state)));
            }
            let Some(next) = state.next? else {
                return Ok(None);
            };
            let Fetched {
                page,
                url,
                next_url,
                origin,
            } = (state.fetch)(next).await?;
            let next = state.progress.after(&page, &url, next_url);
            // The items of this page come before the error.
            state.next = next.map_err(|mismatch| origin.mismatch(mismatch));
            state.items = page.items.into_iter();
        }
    })
}

/// The state between two items.
struct State<T, F> {
    progress: Progress,
    fetch: F,
    items: std::vec::IntoIter<T>,
    /// The page to request when all items were read; `None` after the last one.
    next: Result<Option<Next>, Error>,
}

#[cfg(test)]
mod tests;
