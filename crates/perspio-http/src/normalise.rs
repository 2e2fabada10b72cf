//! Turns an answer that is no success into an error, whatever its body is.

use std::time::Duration;

use http::{HeaderMap, HeaderName, StatusCode};
use perspio_auth::clock::{Clock, Moment};
use perspio_auth::secret::printable;
use perspio_auth::{SentCredentials, retry_after};
use reqwest::Response;
use serde_json::Value;

use crate::decode::EXCERPT;
use crate::error::{Error, after_a_wait};
use crate::redirect::NotFollowed;

/// An error's body is read up to here and no further, in bytes.
const LARGEST_BODY: usize = 64 * 1024;

/// An error's body is not waited for any longer: its status says the most, and a
/// body that comes in drops could take days.
const LONGEST_READING: Duration = Duration::from_secs(10);

/// The headers under which gateways send the id of a request, best first.
const REQUEST_ID_HEADERS: [HeaderName; 4] = [
    HeaderName::from_static("request-id"),
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("x-ms-request-id"),
    HeaderName::from_static("apim-request-id"),
];

/// A longer id of a request is none.
const LONGEST_ID: usize = 200;

/// The server's id of the request, if it sent one; without the credentials that
/// were `sent`, should it have put them there.
pub(crate) fn request_id(headers: &HeaderMap, sent: Option<&SentCredentials>) -> Option<String> {
    let ids = REQUEST_ID_HEADERS.into_iter();
    let id = ids
        .filter_map(|name| headers.get(name)?.to_str().ok())
        .find(|id| id.len() <= LONGEST_ID)?;
    Some(sent.map_or_else(|| printable(id), |sent| sent.scrub(id)))
}

/// Reads an answer that is no success, and has just come, into an error. `help` says what to do about a status, as far as that is known better
/// than from the status.
pub(crate) async fn refused(
    mut response: Response,
    host: &str,
    clock: &dyn Clock,
    help: impl FnOnce(StatusCode) -> String,
) -> Error {
    let status = response.status();
    let now = clock.now();
    let mut body = Vec::new();
    let is_whole = tokio::select! {
        biased;
        is_whole = read(&mut response, &mut body) => is_whole,
        () = clock.sleep(LONGEST_READING) => false,
    };
    let body = String::from_utf8_lossy(&body);
    let extensions = response.extensions();
    let sent = extensions.get::<SentCredentials>();
    // A gateway's page may repeat the request, credentials included.
    let body = match sent {
        Some(sent) if is_whole => sent.scrub(&body),
        Some(sent) => sent.scrub_cut(&body),
        None => body.into_owned(),
    };
    let tried = extensions.get().copied().unwrap_or_default();
    let failure = Failure {
        host,
        status,
        headers: response.headers(),
        sent,
        message: match extensions.get::<NotFollowed>() {
            Some(reason) => reason.to_string(),
            None => message(status, &body, sent),
        },
        body: &body,
        help: help(status),
        now,
    };
    failure.into_error().with_tried(tried)
}

/// Puts what there is of a body into `body`, up to [`LARGEST_BODY`]; whether that
/// is all. A body that breaks off still leaves the status, which says the most.
async fn read(response: &mut Response, body: &mut Vec<u8>) -> bool {
    loop {
        match response.chunk().await {
            Ok(Some(piece)) => {
                let room = LARGEST_BODY - body.len();
                body.extend_from_slice(piece.get(..room).unwrap_or(&piece));
                if body.len() == LARGEST_BODY {
                    return false;
                }
            }
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

/// An answer that is no success.
pub(crate) struct Failure<'a> {
    pub(crate) host: &'a str,
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) sent: Option<&'a SentCredentials>,
    /// See [`message`].
    pub(crate) message: String,
    pub(crate) body: &'a str,
    /// What to do about it, beside what its status says.
    pub(crate) help: String,
    /// When it came.
    pub(crate) now: Moment,
}

impl Failure<'_> {
    pub(crate) fn into_error(self) -> Error {
        let host = self.host.into();
        let request_id = request_id(self.headers, self.sent);
        let retry_after = retry_after(self.headers, self.now);
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            return Error::RateLimited {
                host,
                retry_after,
                message: self.message,
                answered: true,
                request_id,
                tried: Box::default(),
            };
        }
        let mut help = self.help;
        if help.is_empty()
            && let Some(wait) = retry_after
        {
            help = after_a_wait(self.status, wait);
        }
        Error::Api {
            host,
            status: self.status,
            message: self.message.into(),
            request_id,
            body: self.body.into(),
            retry_after,
            help: help.into(),
            tried: Box::default(),
        }
    }
}

/// The words of an answer that is no success.
pub(crate) fn message(status: StatusCode, body: &str, sent: Option<&SentCredentials>) -> String {
    let said = serde_json::from_str::<Value>(body)
        .ok()
        .and_then(|body| said(&body));
    let text = said.unwrap_or_else(|| body.trim().to_owned());
    // JSON has many ways to write a letter, so what was read is looked at again.
    let text = sent.map_or_else(|| text.clone(), |sent| sent.scrub(&text));
    let text: String = printable(&text).chars().take(EXCERPT).collect();
    if text.is_empty() && status.is_success() {
        "a success that the document does not describe".to_owned()
    } else if text.is_empty() {
        "no further word".to_owned()
    } else {
        text
    }
}

/// The text of an error body: no schema is published, so the usual places are tried.
fn said(body: &Value) -> Option<String> {
    [
        "/message",
        "/error/message",
        "/error_description",
        "/detail",
        "/title",
        "/error",
    ]
    .iter()
    .find_map(|place| body.pointer(place)?.as_str())
    .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use bytes::Bytes;
    use http::HeaderValue;
    use http::header::RETRY_AFTER;
    use http_body::{Body, Frame};
    use perspio_auth::clock::{ManualClock, SystemClock};

    use super::*;

    async fn refused(status: u16, body: impl Into<reqwest::Body>) -> Error {
        let response = http::Response::builder()
            .status(status)
            .header("retry-after", "7")
            .header("x-request-id", "r-9")
            .header("location", "https://elsewhere.example/path?secret")
            .body(body.into())
            .unwrap();
        let help = |status: StatusCode| format!("what to do about {}", status.as_u16());
        super::refused(response.into(), "api.example", &SystemClock, help).await
    }

    /// A body that falls silent after these words, and does not end.
    struct Silent(Option<&'static str>);

    impl Body for Silent {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            match self.0.take() {
                Some(words) => Poll::Ready(Some(Ok(Frame::data(words.into())))),
                None => Poll::Pending,
            }
        }
    }

    #[tokio::test]
    async fn a_body_that_does_not_end_is_left_after_ten_seconds() {
        let clock = ManualClock::new();
        let moved = clock.clone();
        let call = tokio::spawn(async move {
            let body = reqwest::Body::wrap(Silent(Some("it is being repaired")));
            let mut response = http::Response::new(body);
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            super::refused(response.into(), "api.example", &clock, |_| String::new()).await
        });
        moved.sleeps(1).await;
        moved.advance(LONGEST_READING);
        let error = call.await.unwrap();
        assert_eq!(error.status(), Some(StatusCode::SERVICE_UNAVAILABLE));
        assert!(error.to_string().contains("being repaired"), "{error}");
    }

    #[tokio::test]
    async fn a_gateways_page_keeps_its_status() {
        let error = refused(503, "<html><h1>503 Service Unavailable</h1></html>").await;
        assert_eq!(error.status(), Some(StatusCode::SERVICE_UNAVAILABLE));
        assert!(error.to_string().contains("<h1>503"), "{error}");
        assert_eq!(error.request_id(), Some("r-9"));
    }

    #[tokio::test]
    async fn an_empty_or_broken_body_keeps_its_status() {
        for body in ["", "{\"message\":", "null", "[]", "{}"] {
            assert_eq!(
                refused(404, body).await.status(),
                Some(StatusCode::NOT_FOUND),
                "{body}"
            );
        }
    }

    #[tokio::test]
    async fn the_message_is_found_in_the_usual_places() {
        for body in [
            r#"{"statusCode":400,"message":"said"}"#,
            r#"{"error":{"code":1,"message":"said"}}"#,
            r#"{"title":"said"}"#,
        ] {
            let error = refused(400, body).await;
            assert!(
                matches!(&error, Error::Api { message, .. } if &**message == "said"),
                "{error:?}"
            );
        }
    }

    #[tokio::test]
    async fn of_a_huge_body_the_beginning_is_kept() {
        let error = refused(500, "x".repeat(20 * 1024 * 1024)).await;
        assert!(matches!(&error, Error::Api { body, message, .. }
            if body.len() == LARGEST_BODY && message.len() == EXCERPT));
    }

    #[tokio::test]
    async fn a_429_tells_how_long_to_wait() {
        let error = refused(429, r#"{"message":"slow down"}"#).await;
        assert!(error.is_rate_limited());
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    }

    #[test]
    fn every_other_status_tells_how_long_to_wait_too_and_its_help_when_to_call_again() {
        let of = |status, help: &str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static("7"))]);
            let failure = Failure {
                host: "api.example",
                status: StatusCode::from_u16(status).unwrap(),
                headers: &headers,
                sent: None,
                message: "said".to_owned(),
                body: "",
                help: help.to_owned(),
                now: SystemClock.now(),
            };
            let error = failure.into_error();
            assert_eq!(error.retry_after(), Some(Duration::from_secs(7)), "{error}");
            error
        };
        for status in [503, 500, 502, 504, 409, 413, 423] {
            let error = of(status, "");
            let text = error.to_string();
            assert!(error.help().contains("again in 7 s"), "{}", error.help());
            assert!(text.contains(error.help()), "{text}");
            assert_eq!(error.help().contains("write"), status >= 500, "{text}");
        }
        // Where more than a wait is needed, that is said.
        assert!(of(301, "").help().contains("base URL"));
        assert_eq!(of(403, "Sign in.").help(), "Sign in.");
    }

    #[tokio::test]
    async fn the_help_is_the_one_for_the_status() {
        for status in [401, 403] {
            let error = refused(status, "").await;
            let help = format!("what to do about {status}");
            assert!(error.to_string().contains(&help), "{error}");
        }
    }
}
