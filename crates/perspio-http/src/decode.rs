//! Reads a typed answer; what does not fit is told with its JSON path.

mod pieces;

use std::io::BufReader;

use http::StatusCode;
use perspio_auth::SentCredentials;
use perspio_auth::secret::printable;
use progenitor_client::{Error as Generated, ResponseValue};
use serde::de::DeserializeOwned;

use crate::carry;
use crate::error::Error;
use crate::normalise::request_id;
use crate::response::{self, Success};
use pieces::Pieces;

/// How much of an answer an error shows, in characters.
pub(crate) const EXCERPT: usize = 200;

/// How much of a path or a reason an error shows, in characters.
const LONGEST_REASON: usize = 1_000;

/// A longer body is read from its pieces, each of which is freed as soon as it
/// is read: body and values together would be too much to hold.
const LARGE: u64 = 1024 * 1024;

/// Reads the whole body as a `T`. Generated clients call this where the
/// generator has its own, whose error has neither status nor path.
///
/// An empty body reads as null: an operation that may answer nothing has a
/// type that takes null.
pub async fn decode<T: DeserializeOwned, E>(
    response: impl Into<Success>,
) -> Result<ResponseValue<T>, Generated<E>> {
    let mut success = response.into();
    match read(&mut success).await {
        Ok(value) => {
            let headers = std::mem::take(success.response.headers_mut());
            Ok(ResponseValue::new(value, success.status(), headers))
        }
        Err(error) => Err(Generated::CommunicationError(carry::pack(error))),
    }
}

/// Reads the whole body as a `T`, with status and headers.
pub(crate) async fn response_value<T: DeserializeOwned>(
    mut success: Success,
) -> Result<ResponseValue<T>, Error> {
    let value = read(&mut success).await?;
    let headers = std::mem::take(success.response.headers_mut());
    Ok(ResponseValue::new(value, success.status(), headers))
}

/// The same for callers who take the error as it is.
pub(crate) async fn read<T: DeserializeOwned>(success: &mut Success) -> Result<T, Error> {
    let Success {
        response,
        held,
        sent,
    } = success;
    let held = match held.take() {
        Some(held) => held,
        None => match response::read(response, None).await {
            Ok(held) => held,
            Err(cause) => return Err(Answer::of(response, sent.take()).broke_off(&cause)),
        },
    };
    if held.len() > LARGE {
        let pieces = Pieces::new(held.into_pieces());
        return read_pieces(pieces, &Answer::of(response, sent.take()));
    }
    let body = held.into_whole();
    let json: &[u8] = if body.is_empty() { b"null" } else { &body };
    if let Ok(value) = serde_json::from_slice(json) {
        return Ok(value);
    }
    let answer = Answer::of(response, sent.take());
    let misfit = explain::<T>(&body, answer.sent.as_ref());
    Err(answer.unreadable(misfit))
}

/// What is freed cannot be read once more, so the place is followed all the way.
fn read_pieces<T: DeserializeOwned>(mut pieces: Pieces, answer: &Answer) -> Result<T, Error> {
    // `serde_json` takes byte by byte, which only std's own buffer makes fast.
    let buffered = BufReader::new(&mut pieces);
    let mut deserializer = serde_json::Deserializer::from_reader(buffered);
    let outcome = serde_path_to_error::deserialize(&mut deserializer);
    let (path, cause) = match outcome {
        Err(told) => (told.path().to_string(), told.into_inner()),
        Ok(value) => match deserializer.end() {
            Ok(()) => return Ok(value),
            Err(cause) => (WHOLE.to_owned(), cause),
        },
    };
    let (around, place) = pieces.around(cause.line(), cause.column());
    Err(answer.unreadable(Misfit {
        path,
        reason: reason(&cause),
        excerpt: excerpt_at(&around, place, answer.sent.as_ref()),
    }))
}

/// What an error tells of the answer that cannot be read.
pub(crate) struct Answer {
    pub(crate) host: Box<str>,
    status: StatusCode,
    request_id: Option<String>,
    pub(crate) sent: Option<SentCredentials>,
}

impl Answer {
    pub(crate) fn of(response: &reqwest::Response, sent: Option<SentCredentials>) -> Self {
        Self {
            host: response.url().host_str().unwrap_or("the server").into(),
            status: response.status(),
            request_id: request_id(response.headers(), sent.as_ref()),
            sent,
        }
    }

    /// The connection failed before the body was whole.
    pub(crate) fn broke_off(&self, cause: &reqwest::Error) -> Error {
        Error::transport(&self.host, cause)
    }

    pub(crate) fn unreadable(&self, misfit: Misfit) -> Error {
        // Path and reason may hold names that the server has chosen.
        let clean = |text: String| -> String {
            let scrubbed = match &self.sent {
                Some(sent) => sent.scrub(&text),
                None => printable(&text),
            };
            scrubbed.chars().take(LONGEST_REASON).collect()
        };
        Error::Decode {
            host: self.host.clone(),
            status: self.status,
            path: clean(misfit.path),
            reason: clean(misfit.reason),
            excerpt: misfit.excerpt,
            request_id: self.request_id.clone(),
        }
    }
}

/// What does not fit, and where.
pub(crate) struct Misfit {
    pub(crate) path: String,
    pub(crate) reason: String,
    pub(crate) excerpt: String,
}

/// The path of the whole answer.
pub(crate) const WHOLE: &str = ".";

impl Misfit {
    pub(crate) fn of_whole(reason: impl Into<String>) -> Self {
        Self {
            path: WHOLE.to_owned(),
            reason: reason.into(),
            excerpt: String::new(),
        }
    }
}

/// Reads the body once more, now with the place: only failures pay for it.
pub(crate) fn explain<T: DeserializeOwned>(body: &[u8], sent: Option<&SentCredentials>) -> Misfit {
    if body.is_empty() {
        return Misfit::of_whole(EMPTY);
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let outcome = serde_path_to_error::deserialize::<_, T>(&mut deserializer);
    let (path, cause) =
        match outcome.map_err(|error| (error.path().to_string(), error.into_inner())) {
            Err(told) => told,
            // The value was read, so what follows it does not belong there.
            Ok(_) => match deserializer.end() {
                Err(cause) => (WHOLE.to_owned(), cause),
                Ok(()) => return Misfit::of_whole("it was read on the second try only"),
            },
        };
    Misfit {
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

/// What is said of an answer that lacks its end, or everything.
pub(crate) const CUT_SHORT: &str = "it ends in the middle";
/// The same of a value whose end is known.
pub(crate) const UNFINISHED: &str = "not JSON (a value is not finished)";
pub(crate) const EMPTY: &str = "the body is empty";

/// `serde_json` ends its texts with line and column; the path says it better.
fn without_place(cause: &serde_json::Error) -> String {
    let text = cause.to_string();
    let place = format!(" at line {} column {}", cause.line(), cause.column());
    printable(text.strip_suffix(&place).unwrap_or(&text))
}

/// Up to [`EXCERPT`] characters around the place of `cause`; none if the server
/// has repeated credentials thereabouts.
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

/// The same around the byte number `place`.
pub(crate) fn excerpt_at(json: &[u8], place: usize, sent: Option<&SentCredentials>) -> String {
    let end = (place + EXCERPT / 4).min(json.len());
    let start = end.saturating_sub(EXCERPT);
    let end = end.max((start + EXCERPT).min(json.len()));
    let text = |from: usize, to: usize| {
        String::from_utf8_lossy(json.get(from..to.min(json.len())).unwrap_or_default()).into_owned()
    };
    // Half a secret is one too: the surroundings are looked at with it.
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
mod tests {
    use http::StatusCode;

    use super::*;
    use crate::list::List;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    struct Item {
        #[allow(dead_code)]
        number: u32,
    }

    async fn read<T: DeserializeOwned + std::fmt::Debug>(body: &'static str) -> Error {
        let response = http::Response::builder()
            .status(200)
            .header("request-id", "r-1")
            .body(body);
        decode::<T, ()>(reqwest::Response::from(response.unwrap()))
            .await
            .unwrap_err()
            .into()
    }

    #[tokio::test]
    async fn a_value_that_does_not_fit_is_told_with_path_status_and_excerpt() {
        let error = read::<List<Item>>(r#"{"items":[{"number":1},{"number":"canary"}]}"#).await;
        let Error::Decode {
            status,
            path,
            excerpt,
            request_id,
            reason,
            ..
        } = error
        else {
            panic!("{error:?}")
        };
        assert_eq!(status, 200);
        assert_eq!(path, "items[1].number");
        assert_eq!(request_id.as_deref(), Some("r-1"));
        assert!(excerpt.contains("canary"));
        assert!(
            reason.contains("expected u32") && !reason.contains("column"),
            "{reason}"
        );
    }

    #[tokio::test]
    async fn a_page_instead_of_json_keeps_its_status_and_shows_its_beginning() {
        let error =
            read::<List<Item>>("<html><body>Sign in to the hotel's network</body></html>").await;
        assert_eq!(error.status(), Some(StatusCode::OK));
        assert!(error.to_string().contains("hotel's network"), "{error}");
        assert!(error.to_string().contains("not JSON"), "{error}");
    }

    #[tokio::test]
    async fn what_follows_the_value_is_an_error() {
        let error = read::<Item>(r#"{"number":1} trailing"#).await;
        assert!(matches!(error, Error::Decode { .. }), "{error:?}");
    }

    #[tokio::test]
    async fn an_empty_body_is_null_and_fits_only_what_takes_null() {
        let response = http::Response::new("");
        assert!(
            decode::<Option<Item>, ()>(reqwest::Response::from(response))
                .await
                .unwrap()
                .is_none()
        );
        let error = read::<Item>("").await;
        assert!(error.to_string().contains("empty"), "{error}");
    }

    #[tokio::test]
    async fn the_excerpt_of_a_long_answer_is_short_and_lies_around_the_place() {
        let filler = "x".repeat(5_000);
        let json = format!(r#"[{{"number":1,"a":"{filler}"}},{{"number":-1}},{{"b":"{filler}"}}]"#);
        let cause = serde_json::from_str::<Vec<Item>>(&json).unwrap_err();
        let excerpt = excerpt(json.as_bytes(), &cause, None);
        assert!(excerpt.contains(r#""number":-1"#), "{excerpt}");
        assert!(excerpt.len() <= EXCERPT);
    }
}
