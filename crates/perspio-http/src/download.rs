//! Downloads: bytes whose transfer continues after the connection breaks.

mod content_range;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use http::header::{
    CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, DATE, ETAG, IF_RANGE, LAST_MODIFIED, RANGE,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::decode::Origin;
use crate::error::Error;
use crate::replay::{Replay, ReplayableBody};
use crate::response::CallResponse;
use content_range::ContentRange;

/// The bytes of a response, whose transfer continues if the connection breaks.
///
/// A broken transfer continues with the next byte (`Range` and `If-Range`, RFC 9110 §13.1.5
/// and §14.2) if the request is a GET without a `Range` of its own, and the server has sent the
/// length and a strong `ETag`, or no `ETag` and a `Last-Modified` before its `Date`. The
/// [`RetryPolicy`](crate::RetryPolicy) bounds the connections in a row that bring nothing.
/// Nothing is requested again [without retries](crate::CallOptions::without_retry).
///
/// The request asks for bytes that are not compressed (`Accept-Encoding: identity`), because
/// positions in a compressed body are not those of its content.
///
/// # Errors
///
/// [`Error::NotResumed`] if the server does not send the requested part of the same
/// representation. The bytes before the error are valid, and [`position`](Self::position) with
/// [`validator`](Self::validator) is where a later download
/// [begins](crate::ApiRequest::download_from). Any other error is one of the connection or of the
/// request that was sent again.
///
/// ```no_run
/// use futures::TryStreamExt;
/// use http::Method;
///
/// # async fn example(client: perspio_http::ApiClient) -> Result<(), perspio_http::Error> {
/// let mut download = client.request(Method::GET, "/files/1").download().await?;
/// let length = download.length().unwrap_or_default();
/// while let Some(bytes) = download.try_next().await? {
///     println!("{} of {length} bytes, {} more", download.position(), bytes.len());
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is read unless the stream is polled"]
pub struct Download {
    body: ReplayableBody,
    status: StatusCode,
    headers: HeaderMap,
    /// The position of the next byte.
    position: u64,
    /// The length of the whole representation.
    length: Option<u64>,
    validator: Option<HeaderValue>,
    is_over: bool,
}

/// The encoding of a body that is not compressed (RFC 9110 §12.5.3).
pub(crate) const IDENTITY: &str = "identity";

/// Returns the bytes of a response.
pub(crate) fn of(response: CallResponse, replay: Option<Replay>) -> Download {
    let headers = response.response.headers().clone();
    let status = response.status();
    let range = ContentRange::of(&headers).filter(|_| status == StatusCode::PARTIAL_CONTENT);
    let has_own_range = replay
        .as_ref()
        .is_some_and(|it| it.headers().contains_key(RANGE));
    let replay = replay.filter(|_| status == StatusCode::OK && !has_own_range);
    Download {
        body: ReplayableBody::new(response, replay),
        status,
        position: range.as_ref().map_or(0, |range| range.first),
        length: match range {
            Some(range) => range.length,
            None => content_length(&headers),
        },
        validator: validator(&headers),
        headers,
        is_over: false,
    }
}

/// The place in a representation at which a download begins.
pub(crate) struct Place {
    position: u64,
    validator: HeaderValue,
}

impl Place {
    /// Returns the byte `position` of the representation that `validator` names.
    ///
    /// # Errors
    /// The validator is a weak entity tag, or no header value.
    pub(crate) fn new(position: u64, validator: &str) -> Result<Self, Error> {
        let value = HeaderValue::from_str(validator).ok();
        match value.filter(|_| !is_weak(validator)) {
            Some(validator) => Ok(Self {
                position,
                validator,
            }),
            None => Err(Error::invalid_request(format!(
                "the validator of a download must be a strong entity tag or a date, not \
                 {validator:?}"
            ))),
        }
    }

    /// Returns the headers of the request for the bytes from this place on.
    pub(crate) fn headers(&self) -> HeaderMap {
        range_headers(self.position, &self.validator)
    }

    /// Returns the bytes of the response to this request.
    ///
    /// # Errors
    /// [`Error::NotResumed`].
    pub(crate) fn of(
        self,
        response: CallResponse,
        replay: Option<Replay>,
    ) -> Result<Download, Error> {
        let part = Part {
            position: self.position,
            length: None,
            validator: &self.validator,
        };
        let length = part.check(&response)?;
        Ok(Download {
            status: response.status(),
            headers: response.response.headers().clone(),
            body: ReplayableBody::new(response, replay),
            position: self.position,
            length,
            validator: Some(self.validator),
            is_over: false,
        })
    }
}

impl Download {
    /// Returns the HTTP status of the first response: 200, or 206 for a part.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the headers of the first response.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the length of the whole representation in bytes, if the server has sent it.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// Returns the position of the next byte: how many bytes were read, if the download began
    /// with the first one.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Returns the media type (`Content-Type`).
    pub fn content_type(&self) -> Option<&str> {
        text(&self.headers, CONTENT_TYPE)
    }

    /// Returns the entity tag (`ETag`), with its quotation marks.
    pub fn etag(&self) -> Option<&str> {
        text(&self.headers, ETAG)
    }

    /// Returns what names the representation, for
    /// [`download_from`](crate::ApiRequest::download_from): a strong entity tag or a date.
    pub fn validator(&self) -> Option<&str> {
        self.validator.as_ref()?.to_str().ok()
    }

    /// Returns whether more bytes must follow.
    fn is_incomplete(&self) -> bool {
        self.length.is_some_and(|length| self.position < length)
    }

    /// Begins to request the bytes that are missing. Returns whether it will be requested.
    fn resume(&mut self) -> bool {
        // Without a length, the body may have been decompressed.
        let Some(validator) = self.validator.as_ref().filter(|_| self.length.is_some()) else {
            return false;
        };
        let headers = range_headers(self.position, validator);
        self.body.reconnect(None::<Duration>, headers)
    }

    /// Checks a response to the request for the bytes that are missing.
    fn check(&self, response: &CallResponse) -> Result<(), Error> {
        if let Some(validator) = &self.validator {
            let part = Part {
                position: self.position,
                length: self.length,
                validator,
            };
            part.check(response)?;
        }
        Ok(())
    }

    fn end(&mut self, error: Option<Error>) -> Poll<Option<Result<Bytes, Error>>> {
        self.is_over = true;
        Poll::Ready(error.map(Err))
    }
}

impl Stream for Download {
    type Item = Result<Bytes, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        while !this.is_over {
            match ready!(this.body.poll_reconnected(context)) {
                None => {}
                Some(response) => match response.and_then(|it| this.check(&it).map(|()| it)) {
                    Ok(response) => this.body.continue_with(response),
                    Err(error) => return this.end(Some(error)),
                },
            }
            match ready!(this.body.poll_chunk(context)) {
                Some(Ok(chunk)) => {
                    this.position = this.position.saturating_add(chunk.len() as u64);
                    return Poll::Ready(Some(Ok(chunk)));
                }
                Some(Err(_)) if this.resume() => {}
                Some(Err(error)) => return this.end(Some(error)),
                // A server may send a smaller part than the requested one.
                None if this.body.is_replayable() && this.is_incomplete() => {
                    if !this.resume() {
                        let reason = "the response ended before the last byte";
                        let error = this.body.origin.not_resumed(this.position, reason);
                        return this.end(Some(error));
                    }
                }
                None => break,
            }
        }
        this.end(None)
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("call", &self.body.origin.call)
            .field("position", &self.position)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// A part of a representation that was requested.
struct Part<'a> {
    position: u64,
    length: Option<u64>,
    validator: &'a HeaderValue,
}

impl Part<'_> {
    /// Checks that a response begins with the requested byte of the same representation.
    /// Returns the length of the representation.
    fn check(&self, response: &CallResponse) -> Result<Option<u64>, Error> {
        let headers = response.response.headers();
        let fail = |reason: &str| Err(Origin::of(response).not_resumed(self.position, reason));
        match response.status() {
            StatusCode::PARTIAL_CONTENT => {}
            StatusCode::OK => {
                return fail(
                    "the server sent the whole representation, because it has changed or \
                             because the server does not support ranges",
                );
            }
            status => {
                return fail(&format!(
                    "the server responded with {status} instead of a part"
                ));
            }
        }
        let Some(range) = ContentRange::of(headers) else {
            let found = text(headers, CONTENT_RANGE).unwrap_or("missing");
            return fail(&format!("the header content-range is {found}"));
        };
        if range.first != self.position {
            return fail(&format!(
                "the server sent the part that begins at byte {}",
                range.first
            ));
        }
        if let (Some(before), Some(now)) = (self.length, range.length)
            && before != now
        {
            return fail(&format!("its length was {before} and is {now} bytes"));
        }
        let is_tag = self.validator.as_bytes().starts_with(b"\"");
        let name = if is_tag { ETAG } else { LAST_MODIFIED };
        if headers
            .get(name)
            .is_some_and(|found| found != self.validator)
        {
            return fail("the representation has changed");
        }
        Ok(range.length.or(self.length))
    }
}

/// Returns the headers of a request for everything from the byte `position` on.
fn range_headers(position: u64, validator: &HeaderValue) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(range) = HeaderValue::from_str(&format!("bytes={position}-")) {
        headers.insert(RANGE, range);
        headers.insert(IF_RANGE, validator.clone());
    }
    headers
}

/// Returns the validator for `If-Range`: a strong entity tag, or without an entity tag a date
/// that is a strong validator (RFC 9110 §8.8.2.2), because the response is from a later second.
fn validator(headers: &HeaderMap) -> Option<HeaderValue> {
    if let Some(tag) = headers.get(ETAG) {
        let is_strong = tag
            .to_str()
            .is_ok_and(|tag| !is_weak(tag) && tag.starts_with('"'));
        return is_strong.then(|| tag.clone());
    }
    let date = |name| httpdate::parse_http_date(text(headers, name)?).ok();
    let is_strong = date(LAST_MODIFIED)? < date(DATE)?;
    is_strong.then(|| headers.get(LAST_MODIFIED).cloned())?
}

fn is_weak(tag: &str) -> bool {
    tag.starts_with("W/")
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    text(headers, CONTENT_LENGTH)?.parse().ok()
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests;
