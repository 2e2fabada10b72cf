//! Server-sent events: a response that is read event by event.

mod parser;

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::{Stream, TryStreamExt};
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, StatusCode};
use progenitor_client::ResponseValue;
use serde::de::DeserializeOwned;

use crate::decode::{CUT_SHORT, Mismatch, Origin, UNFINISHED, explain};
use crate::error::Error;
use crate::items::joined;
use crate::replay::{Replay, ReplayableBody};
use crate::response::CallResponse;
pub(crate) use parser::{Parser, RawEvent};

/// The media type of an event stream.
pub(crate) const MEDIA_TYPE: &str = "text/event-stream";
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// An event of an [`EventStream`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerSentEvent<T> {
    /// The type of the event, `message` if the server named none.
    pub event: String,
    /// The last id that the server has sent, with this event or an earlier one; empty if it
    /// has sent none. A later program continues after it with the header `Last-Event-ID`.
    pub id: String,
    /// The data of the event.
    pub data: T,
}

/// The events of a response (`text/event-stream` of the HTML standard), each decoded when it
/// has arrived. A `T` is decoded from JSON; the data of an `EventStream<String>` of an
/// operation with text is the text.
///
/// # Reconnecting
///
/// If the connection breaks or is idle for too long, the stream of a GET sends its request
/// again, with the id of the last event as `Last-Event-ID` if the server has sent one. It first
/// waits for the time that the server has asked for (`retry`) and the back-off of the client's
/// [`RetryPolicy`](crate::RetryPolicy), whose attempts also bound the connections in a row that
/// bring nothing. If the server ends the response, the stream does the same if the server has
/// sent an `id` or a `retry`; otherwise it ends. An event that had not ended is discarded.
///
/// The stream of any other method, or of a call [without
/// retries](crate::CallOptions::without_retry), is never sent again: it ends with the error.
///
/// # Errors
///
/// [`Error::Decode`] for data that does not fit; the events after it can still be read.
/// [`Error::ResponseTooLarge`] for an event of more than `max_response_bytes` of the client's
/// builder. Any other error is one of the connection or of the request that was sent again.
///
/// ```no_run
/// use futures::TryStreamExt;
/// use http::Method;
/// use serde_json::Value;
///
/// # async fn example(client: perspio_http::ApiClient) -> Result<(), perspio_http::Error> {
/// let request = client.request(Method::GET, "/events");
/// let mut events = request.events::<Value>().await?.end_marker("[DONE]");
/// while let Some(event) = events.try_next().await? {
///     println!("{}: {}", event.event, event.data);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is read unless the stream is polled"]
pub struct EventStream<T> {
    body: ReplayableBody,
    parser: Parser,
    limit: u64,
    decode: Decode<T>,
    end_marker: Option<Cow<'static, str>>,
    /// The number of events before.
    count: usize,
    is_over: bool,
}

/// Decodes the data of an event; the path of the data is that of its errors.
pub(crate) type Decode<T> = fn(String, path: &str, origin: &Origin) -> Result<T, Error>;

/// Returns the events of a response, which `decode` decodes.
pub(crate) fn response_value<T>(
    response: CallResponse,
    replay: Option<Replay>,
    limit: u64,
    decode: Decode<T>,
    end_marker: Option<&'static str>,
) -> Result<ResponseValue<EventStream<T>>, Error> {
    let (status, headers) = (response.status(), response.response.headers().clone());
    let mut events = EventStream::new(response, replay, limit, decode)?;
    events.end_marker = end_marker.map(Cow::Borrowed);
    Ok(ResponseValue::new(events, status, headers))
}

impl<T> EventStream<T> {
    fn new(
        response: CallResponse,
        replay: Option<Replay>,
        limit: u64,
        decode: Decode<T>,
    ) -> Result<Self, Error> {
        check(&response)?;
        Ok(Self {
            // A 204 says that there are no events, and asks not to reconnect.
            is_over: response.status() == StatusCode::NO_CONTENT,
            body: ReplayableBody::new(response, replay),
            parser: Parser::new(limit),
            limit,
            decode,
            end_marker: None,
            count: 0,
        })
    }

    /// Ends the stream before the event with this data, which is not decoded: many APIs mark
    /// the end with `[DONE]`.
    pub fn end_marker(mut self, data: impl Into<Cow<'static, str>>) -> Self {
        self.end_marker = Some(data.into());
        self
    }

    /// Disables reconnecting: the stream ends when its first connection does.
    pub fn without_reconnect(mut self) -> Self {
        self.body.disable_replay();
        self
    }

    /// Returns the data of the events only.
    pub fn data(self) -> impl Stream<Item = Result<T, Error>> {
        self.map_ok(|event| event.data)
    }

    /// Returns the id of the last event; empty if the server has sent none.
    pub fn last_event_id(&self) -> &str {
        self.parser.last_id()
    }

    /// Begins to reconnect. Returns whether the request will be sent again.
    fn reconnect(&mut self) -> bool {
        let mut headers = HeaderMap::new();
        let id = self.parser.last_id();
        if !id.is_empty() {
            let Ok(id) = HeaderValue::from_bytes(id.as_bytes()) else {
                return false;
            };
            headers.insert(LAST_EVENT_ID, id);
        }
        let asked = self.parser.retry().map(Duration::from_millis);
        self.body.reconnect(asked, headers)
    }

    /// Returns whether the server expects to be asked again after it has ended a response.
    fn is_endless(&self) -> bool {
        self.parser.retry().is_some() || !self.parser.last_id().is_empty()
    }

    fn read(&mut self, raw: RawEvent) -> Result<ServerSentEvent<T>, Error> {
        let path = format!("events[{}].data", self.count);
        self.count += 1;
        let RawEvent { event, data, id } = raw;
        let event = if event.is_empty() {
            "message".to_owned()
        } else {
            event
        };
        Ok(ServerSentEvent {
            event,
            id,
            data: (self.decode)(data, &path, &self.body.origin)?,
        })
    }

    fn end(&mut self, error: Option<Error>) -> Poll<Option<Result<ServerSentEvent<T>, Error>>> {
        self.is_over = true;
        Poll::Ready(error.map(Err))
    }
}

/// Checks that a response is an event stream, or has no body.
fn check(response: &CallResponse) -> Result<(), Error> {
    if response.status() == StatusCode::NO_CONTENT {
        return Ok(());
    }
    let header = response.response.headers().get(CONTENT_TYPE);
    let text = header.map(|header| String::from_utf8_lossy(header.as_bytes()));
    let text = text.as_deref().unwrap_or("missing");
    let essence = text.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(MEDIA_TYPE) {
        return Ok(());
    }
    let reason = format!("the content type is {text}, expected {MEDIA_TYPE}");
    Err(Origin::of(response).mismatch(Mismatch::of_whole(reason)))
}

/// Returns the data of an event that is text.
#[expect(clippy::unnecessary_wraps, reason = "it is a `Decode`")]
pub(crate) fn text(data: String, _: &str, _: &Origin) -> Result<String, Error> {
    Ok(data)
}

/// Decodes the data of an event that is JSON.
#[expect(clippy::needless_pass_by_value, reason = "it is a `Decode`")]
pub(crate) fn json<T: DeserializeOwned>(
    data: String,
    path: &str,
    origin: &Origin,
) -> Result<T, Error> {
    serde_json::from_str(&data).map_err(|_| {
        let mut mismatch = explain::<T>(data.as_bytes(), origin.sent.as_ref());
        if mismatch.reason == CUT_SHORT {
            UNFINISHED.clone_into(&mut mismatch.reason);
        }
        let path = joined(path.to_owned(), &mismatch.path);
        origin.mismatch(Mismatch { path, ..mismatch })
    })
}

impl<T> Stream for EventStream<T> {
    type Item = Result<ServerSentEvent<T>, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        while !this.is_over {
            match ready!(this.body.poll_reconnected(context)) {
                None => {}
                Some(Ok(response)) if response.status() == StatusCode::NO_CONTENT => break,
                Some(response) => match response.and_then(|it| check(&it).map(|()| it)) {
                    Ok(response) => {
                        this.body.continue_with(response);
                        this.parser.reconnected();
                    }
                    Err(error) => return this.end(Some(error)),
                },
            }
            match this.parser.event() {
                Ok(Some(raw)) if this.end_marker.as_deref() == Some(&*raw.data) => break,
                Ok(Some(raw)) => return Poll::Ready(Some(this.read(raw))),
                Ok(None) => {}
                Err(too_large) => {
                    let error = this.body.origin.too_large(too_large.read, this.limit);
                    return this.end(Some(error));
                }
            }
            match ready!(this.body.poll_chunk(context)) {
                Some(Ok(chunk)) => this.parser.push(chunk),
                Some(Err(_)) if this.reconnect() => {}
                Some(Err(error)) => return this.end(Some(error)),
                None if this.is_endless() && this.reconnect() => {}
                None => break,
            }
        }
        this.end(None)
    }
}

impl<T> fmt::Debug for EventStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream")
            .field("call", &self.body.origin.call)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
