//! A list that is decoded item by item while it arrives.

mod scan;
mod splitter;

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::Stream;
use http_body::Body;
use reqwest::Response;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::decode::{
    CUT_SHORT, Mismatch, Origin, SURROUNDINGS, UNFINISHED, WHOLE, excerpt_at, explain,
};
use crate::error::Error;
use crate::response::CallResponse;
use splitter::{Broken, Splitter, Step};

/// The items of a list, each decoded when it has arrived: the response is never held as a
/// whole. The list may have the same forms as a [`List`](crate::List): an array, or an object
/// that holds one under a usual name.
///
/// The first error is the last item. It has the place in the list (`items[17].id`); the items
/// before it are valid. An item may be 16 MiB long.
///
/// Read it without long pauses: a server does not keep a connection open for a slow reader.
/// [`Bulk`](crate::bulk::Bulk) reads ahead for that reason.
///
/// ```no_run
/// use futures::TryStreamExt;
/// use http::Method;
///
/// # async fn example(client: perspio_http::ApiClient) -> Result<(), perspio_http::Error> {
/// let request = client.request(Method::GET, "/assets/v3/");
/// let mut assets = request.stream::<serde_json::Value>().await?;
/// while let Some(asset) = assets.try_next().await? {
///     println!("{}", asset["id"]);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is read unless the stream is polled"]
pub struct Items<T> {
    body: reqwest::Body,
    origin: Origin,
    splitter: Splitter,
    /// The whole response has arrived.
    has_arrived: bool,
    /// The list cannot be decoded further. Reported when the surroundings have arrived:
    /// otherwise the beginning of a secret would not be recognized.
    broken: Option<Broken>,
    is_over: bool,
    item: PhantomData<fn() -> T>,
}

/// Returns the items of the list in `response`.
pub(crate) fn items<T>(response: CallResponse) -> Items<T> {
    Items {
        origin: Origin::of(&response),
        body: reqwest::Body::from(Response::from(response)),
        splitter: Splitter::default(),
        has_arrived: false,
        broken: None,
        is_over: false,
        item: PhantomData,
    }
}

impl<T> Items<T> {
    /// Returns the other members of the object that holds the list, as far as they have
    /// arrived. Empty if the list is a bare array.
    pub fn other(&self) -> &BTreeMap<String, Value> {
        self.splitter.other()
    }

    /// Returns whether the response is an object without a list, whose members are then
    /// [`other`](Self::other). The stream has ended with that as its error.
    pub fn is_object_without_list(&self) -> bool {
        self.splitter.is_object_without_list()
    }

    fn mismatch(&self, broken: Broken) -> Error {
        let text = broken.text.as_deref().unwrap_or(self.splitter.rest());
        let excerpt = excerpt_at(text, 0, self.origin.sent.as_ref());
        self.origin.mismatch(Mismatch {
            path: broken.path,
            reason: broken.reason,
            excerpt,
        })
    }
}

impl<T: DeserializeOwned> Items<T> {
    fn read(&self, item: &[u8]) -> Result<T, Error> {
        serde_json::from_slice(item).map_err(|_| {
            let mut mismatch = explain::<T>(item, self.origin.sent.as_ref());
            if mismatch.reason == CUT_SHORT {
                UNFINISHED.clone_into(&mut mismatch.reason);
            }
            let path = joined(self.splitter.path_of_item(), &mismatch.path);
            self.origin.mismatch(Mismatch { path, ..mismatch })
        })
    }
}

/// Returns the path of `inner` within `outer`.
pub(crate) fn joined(outer: String, inner: &str) -> String {
    match inner {
        WHOLE => outer,
        index if index.starts_with('[') => outer + index,
        name => outer + "." + name,
    }
}

impl<T: DeserializeOwned> Stream for Items<T> {
    type Item = Result<T, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        while !this.is_over {
            if this.broken.is_none() {
                match this.splitter.step() {
                    Ok(Step::Item(text)) => {
                        let item = this.read(&text);
                        this.is_over = item.is_err();
                        return Poll::Ready(Some(item));
                    }
                    Ok(Step::End) if this.has_arrived => break,
                    Ok(Step::NeedsMore) if this.has_arrived => {
                        this.broken = Some(this.splitter.cut_short());
                    }
                    Ok(Step::NeedsMore | Step::End) => {}
                    Err(broken) => this.broken = Some(broken),
                }
            }
            let is_enough = this.has_arrived || this.splitter.rest().len() >= SURROUNDINGS;
            if let Some(broken) = this.broken.take_if(|_| is_enough) {
                this.is_over = true;
                return Poll::Ready(Some(Err(this.mismatch(broken))));
            }
            match ready!(Pin::new(&mut this.body).poll_frame(context)) {
                Some(Ok(frame)) => {
                    if let Ok(piece) = frame.into_data() {
                        this.splitter.push(&piece);
                    }
                }
                None => this.has_arrived = true,
                Some(Err(cause)) => {
                    this.is_over = true;
                    return Poll::Ready(Some(Err(this.origin.broke_off(&cause))));
                }
            }
        }
        this.is_over = true;
        Poll::Ready(None)
    }
}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("call", &self.origin.call)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
