//! Decodes the JSON body of a response. What does not fit is reported with its JSON path.

mod chunks;
mod numbers;

use std::borrow::Cow;
use std::io::BufReader;

use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use perspio_auth::secret::printable;
use perspio_auth::{SentCredentials, TransportError};
use progenitor_client::ResponseValue;
use reqwest::StatusCode;
use serde::de::DeserializeOwned;

use crate::body::BufferedBody;
use crate::error::{CallInfo, Error};
use crate::error_response::{EXCERPT, request_id};
use crate::response::CallResponse;
use chunks::Chunks;
use numbers::numbers_in_range;

/// How much of a path or a reason an error shows, in characters.
const MAX_REASON: usize = 1_000;

/// A longer body is decoded from its chunks, each of which is freed as soon as it is
/// read: body and values together would take too much memory.
const LARGE: u64 = 1024 * 1024;

/// The byte order mark, which RFC 8259 §8.1 allows a parser to skip.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Decodes the buffered body of a response as a `T`, with status and headers.
///
/// # Errors
/// Those of [`value`].
pub(crate) fn response_value<T: DeserializeOwned>(
    mut response: CallResponse,
) -> Result<ResponseValue<T>, Error> {
    let value = value(&mut response)?;
    let headers = std::mem::take(response.response.headers_mut());
    Ok(ResponseValue::new(value, response.status(), headers))
}

/// Decodes the buffered body of a response as a `T`. An empty body decodes as null: an
/// operation that may return nothing has a type that accepts null.
///
/// # Errors
/// [`Error::Decode`].
pub(crate) fn value<T: DeserializeOwned>(response: &mut CallResponse) -> Result<T, Error> {
    let body = response.body.take().unwrap_or_default();
    if body.len() > LARGE {
        return from_chunks(body, response);
    }
    let body = body.into_bytes();
    let json = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&body);
    let json = if json.is_empty() { b"null" } else { json };
    match serde_json::from_slice(json) {
        Ok(value) => Ok(value),
        Err(_) => from_rejected(json, body.is_empty(), response),
    }
}

/// Decodes a body that was rejected once more, now with the place of the failure. Numbers
/// beyond the range of a 64-bit float, which JSON allows, become texts: they are kept
/// where any value is, and rejected one by one where a number is needed.
#[cold]
fn from_rejected<T: DeserializeOwned>(
    json: &[u8],
    is_empty: bool,
    response: &CallResponse,
) -> Result<T, Error> {
    let origin = Origin::of(response);
    if is_empty {
        return Err(origin.mismatch(Mismatch::of_whole(EMPTY)));
    }
    let json = numbers_in_range(json);
    if let Cow::Owned(json) = &json
        && let Ok(value) = serde_json::from_slice(json)
    {
        return Ok(value);
    }
    Err(origin.mismatch(explain::<T>(&json, origin.sent.as_ref())))
}

/// What is freed cannot be decoded again, so the place is tracked all the way.
fn from_chunks<T: DeserializeOwned>(
    body: BufferedBody,
    response: &CallResponse,
) -> Result<T, Error> {
    let mut chunks = Chunks::new(body.into_chunks());
    chunks.skip(BYTE_ORDER_MARK);
    // `serde_json` reads byte by byte, which only std's own buffer makes fast.
    let buffered = BufReader::new(&mut chunks);
    let mut deserializer = serde_json::Deserializer::from_reader(buffered);
    let outcome = serde_path_to_error::deserialize(&mut deserializer);
    let (path, cause) = match outcome {
        Err(error) => (error.path().to_string(), error.into_inner()),
        Ok(value) => match deserializer.end() {
            Ok(()) => return Ok(value),
            Err(cause) => (WHOLE.to_owned(), cause),
        },
    };
    let origin = Origin::of(response);
    let (around, position) = chunks.around(cause.line(), cause.column());
    Err(origin.mismatch(Mismatch {
        path,
        reason: reason(&cause),
        excerpt: excerpt_at(&around, position, origin.sent.as_ref()),
    }))
}

/// The response that a decoding error belongs to.
pub(crate) struct Origin {
    pub(crate) call: CallInfo,
    status: StatusCode,
    request_id: Option<String>,
    pub(crate) sent: Option<SentCredentials>,
    /// What the headers say about an encoding that is not decoded.
    encoding: Option<String>,
}

impl Origin {
    pub(crate) fn of(response: &CallResponse) -> Self {
        let headers = response.response.headers();
        let sent = response.context.sent.clone();
        Self {
            call: response.call_info(),
            status: response.status(),
            request_id: request_id(headers, sent.as_ref()),
            sent,
            encoding: undecoded(headers),
        }
    }

    /// Returns the error of a connection that failed before the body was complete.
    pub(crate) fn broke_off(&self, cause: &reqwest::Error) -> Error {
        Error::Transport {
            cause: TransportError::new(&*self.call.host, cause),
            call: self.call.clone().into(),
        }
    }

    /// Returns the error of a part of a body that is larger than the limit.
    pub(crate) fn too_large(&self, read: u64, limit: u64) -> Error {
        Error::ResponseTooLarge {
            call: self.call.clone().into(),
            status: self.status,
            read,
            limit,
            request_id: self.request_id.clone(),
        }
    }

    /// Returns the error of a response that does not continue a download.
    pub(crate) fn not_resumed(&self, position: u64, reason: &str) -> Error {
        Error::NotResumed {
            call: self.call.clone().into(),
            status: self.status,
            position,
            reason: self.clean(reason).into(),
            request_id: self.request_id.clone(),
        }
    }

    /// Returns a text that may repeat what the server has sent, without credentials.
    fn clean(&self, text: &str) -> String {
        let scrubbed = match &self.sent {
            Some(sent) => sent.scrub(text),
            None => printable(text),
        };
        scrubbed.chars().take(MAX_REASON).collect()
    }

    /// Returns the error of a body that does not fit.
    pub(crate) fn mismatch(&self, mismatch: Mismatch) -> Error {
        // Path and reason may hold names that the server has chosen.
        let reason = match &self.encoding {
            Some(encoding) => format!("{encoding}; {}", mismatch.reason),
            None => mismatch.reason,
        };
        Error::Decode {
            call: self.call.clone().into(),
            status: self.status,
            path: self.clean(&mismatch.path),
            reason: self.clean(&reason),
            excerpt: mismatch.excerpt,
            request_id: self.request_id.clone(),
        }
    }
}

/// Returns why a body may be unreadable: a content encoding that is not decoded (one that
/// is loses its header), or a charset other than UTF-8.
fn undecoded(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name)?.to_str().ok();
    let encoding = text(CONTENT_ENCODING).map(|it| it.trim().to_ascii_lowercase());
    if let Some(encoding) = encoding.filter(|it| !it.is_empty() && it != "identity") {
        return Some(match encoding.as_str() {
            "gzip" | "br" | "zstd" | "deflate" => format!(
                "the body is encoded with {encoding}, and the client does not decode it: set \
                 `compression(true)` on its builder (cargo feature `compression`)"
            ),
            _ => format!("the body has the unsupported content encoding {encoding}"),
        });
    }
    let parameters = text(CONTENT_TYPE)?.split(';').skip(1);
    let charset = parameters
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .map(|(_, charset)| charset.trim().trim_matches('"').to_ascii_lowercase())?;
    let is_utf_8 = matches!(charset.as_str(), "utf-8" | "utf8" | "us-ascii" | "ascii");
    (!is_utf_8).then(|| format!("the body has the charset {charset}, and only UTF-8 is supported"))
}

/// What does not fit, and where.
pub(crate) struct Mismatch {
    pub(crate) path: String,
    pub(crate) reason: String,
    pub(crate) excerpt: String,
}

/// The path of the whole response.
pub(crate) const WHOLE: &str = ".";

impl Mismatch {
    pub(crate) fn of_whole(reason: impl Into<String>) -> Self {
        Self {
            path: WHOLE.to_owned(),
            reason: reason.into(),
            excerpt: String::new(),
        }
    }
}

/// Decodes a body again, now with the place of the failure.
pub(crate) fn explain<T: DeserializeOwned>(
    body: &[u8],
    sent: Option<&SentCredentials>,
) -> Mismatch {
    if body.is_empty() {
        return Mismatch::of_whole(EMPTY);
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let outcome = serde_path_to_error::deserialize::<_, T>(&mut deserializer);
    let (path, cause) =
        match outcome.map_err(|error| (error.path().to_string(), error.into_inner())) {
            Err(error) => error,
            // The value was decoded, so what follows it does not belong there.
            Ok(_) => match deserializer.end() {
                Err(cause) => (WHOLE.to_owned(), cause),
                Ok(()) => return Mismatch::of_whole("it was decoded on the second attempt only"),
            },
        };
    Mismatch {
        path,
        reason: reason(&cause),
        excerpt: excerpt(body, &cause, sent),
    }
}

pub(crate) fn reason(cause: &serde_json::Error) -> String {
    match cause.classify() {
        serde_json::error::Category::Data => without_place(cause),
        serde_json::error::Category::Eof => CUT_SHORT.to_owned(),
        _ => format!("not JSON ({cause})"),
    }
}

/// The reason for a response without its end, or without anything.
pub(crate) const CUT_SHORT: &str = "it ends in the middle";
/// The reason for a value whose end is known.
pub(crate) const UNFINISHED: &str = "not JSON (a value is not finished)";
pub(crate) const EMPTY: &str = "the body is empty";

/// `serde_json` ends its texts with line and column; the JSON path is more useful.
fn without_place(cause: &serde_json::Error) -> String {
    let text = cause.to_string();
    let place = format!(" at line {} column {}", cause.line(), cause.column());
    printable(text.strip_suffix(&place).unwrap_or(&text))
}

/// Returns up to [`EXCERPT`] characters around the place of `cause`; none if the server
/// repeats credentials there.
pub(crate) fn excerpt(
    json: &[u8],
    cause: &serde_json::Error,
    sent: Option<&SentCredentials>,
) -> String {
    let line_start: usize = json
        .split_inclusive(|byte| *byte == b'\n')
        .take(cause.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    excerpt_at(json, line_start + cause.column(), sent)
}

/// Returns the same around the byte number `position`.
pub(crate) fn excerpt_at(json: &[u8], position: usize, sent: Option<&SentCredentials>) -> String {
    let end = (position + EXCERPT / 4).min(json.len());
    let start = end.saturating_sub(EXCERPT);
    let end = end.max((start + EXCERPT).min(json.len()));
    let text = |from: usize, to: usize| {
        String::from_utf8_lossy(json.get(from..to.min(json.len())).unwrap_or_default()).into_owned()
    };
    // A part of a secret is confidential too: the surroundings are searched with it.
    let around = printable(&text(
        start.saturating_sub(SURROUNDINGS),
        end + SURROUNDINGS,
    ));
    if sent.is_some_and(|sent| sent.scrub(&around) != around) {
        return "(not shown: it repeats the credentials that were sent)".to_owned();
    }
    printable(text(start, end).trim())
}

/// Longer than any token, in bytes.
pub(crate) const SURROUNDINGS: usize = 16 * 1024;

#[cfg(test)]
mod tests;
