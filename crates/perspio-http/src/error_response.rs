//! Turns a response that is not a success into an error, whatever its body is.

use std::time::Duration;

use http::{HeaderMap, HeaderName, StatusCode};
use perspio_auth::clock::{Clock, Moment};
use perspio_auth::secret::printable;
use perspio_auth::{Profile, SentCredentials, is_quota_exhausted, retry_after};
use reqwest::Response;
use serde_json::Value;

use crate::error::{Error, after_wait};
use crate::response::{CallResponse, Remark};

/// How much of a response an error shows, in characters.
pub(crate) const EXCERPT: usize = 200;

/// How much of an error's body is read, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// How long an error's body is read: the status says the most, and a body that trickles
/// could take days.
const MAX_READ_TIME: Duration = Duration::from_secs(10);

/// The headers in which gateways send the id of a request, best first.
const REQUEST_ID_HEADERS: [HeaderName; 4] = [
    HeaderName::from_static("request-id"),
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("x-ms-request-id"),
    HeaderName::from_static("apim-request-id"),
];

/// A longer value is not the id of a request.
const MAX_ID_LENGTH: usize = 200;

/// The members of an error body that hold its message: no schema is published, so the
/// usual ones are tried.
const MESSAGE_POINTERS: [&str; 6] = [
    "/message",
    "/error/message",
    "/error_description",
    "/detail",
    "/title",
    "/error",
];

/// Returns the server's id of the request, if it sent one, without the credentials that
/// were `sent`.
pub(crate) fn request_id(headers: &HeaderMap, sent: Option<&SentCredentials>) -> Option<String> {
    let ids = REQUEST_ID_HEADERS.into_iter();
    let id = ids
        .filter_map(|name| headers.get(name)?.to_str().ok())
        .find(|id| id.len() <= MAX_ID_LENGTH)?;
    Some(sent.map_or_else(|| printable(id), |sent| sent.scrub(id)))
}

/// Returns whether a response asks for fewer requests: a 429, or Azure API Management's
/// 403 for an exhausted quota.
pub(crate) fn is_rate_limited(status: StatusCode, headers: &HeaderMap) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || is_quota_exhausted(status, headers)
}

/// Reads a response that is not a success into an error, for `left` at most.
pub(crate) async fn read(
    mut failed: CallResponse,
    profile: &Profile,
    clock: &dyn Clock,
    left: Option<Duration>,
) -> Error {
    let now = clock.now();
    let longest = left.unwrap_or(MAX_READ_TIME).min(MAX_READ_TIME);
    let mut body = Vec::new();
    let is_complete = tokio::select! {
        biased;
        is_complete = read_body(&mut failed.response, &mut body) => is_complete,
        () = clock.sleep(longest) => false,
    };
    let body = String::from_utf8_lossy(&body);
    // A gateway's page may repeat the request, credentials included.
    let body = match &failed.context.sent {
        Some(sent) if is_complete => sent.scrub(&body),
        Some(sent) => sent.scrub_cut(&body),
        None => body.into_owned(),
    };
    error(&failed, &body, profile, now)
}

/// Appends what there is of a body, up to [`MAX_BODY`]. Returns whether that is all of
/// it: a body that breaks off still leaves the status.
async fn read_body(response: &mut Response, body: &mut Vec<u8>) -> bool {
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                let room = MAX_BODY - body.len();
                body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
                if body.len() == MAX_BODY {
                    return false;
                }
            }
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

/// Returns the error for a response with this `body`, received at `now`.
fn error(failed: &CallResponse, body: &str, profile: &Profile, now: Moment) -> Error {
    let (status, headers) = (failed.status(), failed.response.headers());
    let sent = failed.context.sent.as_ref();
    let call = failed.call_info().into();
    let request_id = request_id(headers, sent);
    let retry_after = retry_after(headers, now);
    let message = match &failed.context.remark {
        Some(Remark::NotFollowed(reason)) => reason.to_string(),
        _ => message(body, sent),
    };
    if is_rate_limited(status, headers) {
        return Error::RateLimited {
            call,
            status: Some(status),
            retry_after,
            message,
            request_id,
        };
    }
    let is_fresh = matches!(failed.context.remark, Some(Remark::FreshTokenRejected));
    let help = match status {
        StatusCode::UNAUTHORIZED => credential_help(profile, sent, is_fresh),
        StatusCode::FORBIDDEN => profile.forbidden_help().to_owned(),
        _ => retry_after.map_or_else(String::new, |wait| after_wait(status, wait)),
    };
    Error::Api {
        call,
        status,
        message: message.into(),
        request_id,
        body: body.into(),
        retry_after,
        help: help.into(),
    }
}

/// What to do when the API rejects the credentials.
fn credential_help(
    profile: &Profile,
    sent: Option<&SentCredentials>,
    token_is_fresh: bool,
) -> String {
    if sent.is_some_and(SentCredentials::is_empty) {
        return "The request was sent without credentials, as the operation or the client's \
                settings require: if the API needs some, change that"
            .to_owned();
    }
    let headers = profile.headers();
    let mut keys = Vec::new();
    if let Some(header) = headers.first() {
        let names: Vec<_> = headers.iter().map(perspio_auth::ApiHeader::label).collect();
        let (names, found_at) = (names.join(" and "), header.found_at());
        keys.push(format!("the headers {names} (values: {found_at})"));
    }
    let names: Vec<_> = profile.query_key_names().collect();
    if !names.is_empty() {
        keys.push(format!("the query parameter {}", names.join(" and ")));
    }
    if keys.is_empty() {
        return String::new();
    }
    let check = match sent {
        Some(sent) if !sent.has_token() => "Check",
        _ if token_is_fresh => "The token is fresh, so check",
        _ => "The token was refreshed as far as it can be, so check",
    };
    format!("{check} {}", keys.join(" and "))
}

/// Returns the message of an error body, or its beginning.
fn message(body: &str, sent: Option<&SentCredentials>) -> String {
    let json = serde_json::from_str::<Value>(body).ok();
    let known = json.and_then(|json| {
        let mut values = MESSAGE_POINTERS.iter().map(|path| json.pointer(path));
        values.find_map(|value| value?.as_str().map(str::to_owned))
    });
    let text = known.unwrap_or_else(|| body.trim().to_owned());
    // JSON has several ways to write a character, so the decoded text is scrubbed again.
    let text = match sent {
        Some(sent) => sent.scrub(&text),
        None => text,
    };
    let text: String = printable(&text).chars().take(EXCERPT).collect();
    if text.is_empty() {
        "the response has no message".to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests;
