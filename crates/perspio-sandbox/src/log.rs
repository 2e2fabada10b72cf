//! What was asked of the sandbox, in the order of arrival.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::request::Parts;

use crate::endpoint::Endpoint;

/// A sandbox that runs for days must not fill the memory with its log.
const KEPT: usize = 50_000;
/// The same of all bodies together, in bytes.
const KEPT_BYTES: usize = 64 * 1024 * 1024;

/// One request as it arrived. Its `Debug` output leaves out what may be secret;
/// [`Sandbox::shape`](crate::Sandbox::shape) shows all of it.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordedRequest {
    /// The method, in capitals.
    pub method: String,
    /// The path as sent: percent-encoding is kept.
    pub path: String,
    /// What stood behind the `?`, as sent.
    pub query: Option<String>,
    /// Names in small letters, in the order received (a repeated name stands with its first
    /// occurrence); values that are not UTF-8 are shown with replacement characters.
    pub headers: Vec<(String, String)>,
    /// The body; of one larger than 1 MiB only the beginning.
    pub body: Vec<u8>,
    /// The part of the sandbox it was for.
    pub endpoint: Endpoint,
}

impl RecordedRequest {
    pub(crate) fn new(endpoint: Endpoint, parts: &Parts, body: Vec<u8>) -> Self {
        let headers = parts.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        Self {
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().map(str::to_owned),
            headers: headers.collect(),
            body,
            endpoint,
        }
    }

    /// The first value of a header, named in any letter case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// Every request that arrived, those answered with a [fault](crate::Fault) included.
///
/// A request is recorded once its body is read, before it is held or answered.
/// Only the last 50,000 are kept, and of these no more than 64 MiB of bodies.
#[derive(Debug, Default)]
pub struct RequestLog {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    requests: VecDeque<RecordedRequest>,
    /// All bodies together.
    bytes: usize,
}

impl RequestLog {
    pub(crate) fn push(&self, request: RecordedRequest) {
        let mut kept = self.kept();
        kept.bytes += request.body.len();
        kept.requests.push_back(request);
        while kept.requests.len() > KEPT || kept.bytes > KEPT_BYTES {
            let Some(oldest) = kept.requests.pop_front() else {
                return;
            };
            kept.bytes -= oldest.body.len();
        }
    }

    /// All requests, the oldest first.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.filtered(|_| true)
    }

    /// The requests for a token.
    pub fn token_requests(&self) -> Vec<RecordedRequest> {
        self.filtered(|request| request.endpoint == Endpoint::Token)
    }

    /// The requests to PerspioTalk.
    pub fn api_requests(&self) -> Vec<RecordedRequest> {
        self.filtered(|request| request.endpoint == Endpoint::Api)
    }

    /// Forgets everything recorded so far.
    pub fn clear(&self) {
        *self.kept() = Kept::default();
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn filtered(&self, wanted: impl Fn(&RecordedRequest) -> bool) -> Vec<RecordedRequest> {
        let kept = self.kept();
        kept.requests
            .iter()
            .filter(|r| wanted(r))
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    #[test]
    fn a_full_log_forgets_its_oldest_request() {
        let log = RequestLog::default();
        let (parts, ()) = Request::new(()).into_parts();
        for number in 0..=KEPT {
            let body = number.to_be_bytes().to_vec();
            log.push(RecordedRequest::new(Endpoint::Other, &parts, body));
        }
        let requests = log.requests();
        assert_eq!(requests.len(), KEPT);
        assert_eq!(requests[0].body, 1_usize.to_be_bytes());
        assert_eq!(requests[KEPT - 1].body, KEPT.to_be_bytes());
    }

    #[test]
    fn large_bodies_make_the_log_forget_sooner() {
        let log = RequestLog::default();
        let (parts, ()) = Request::new(()).into_parts();
        for number in 0..70_u8 {
            let body = vec![number; 1024 * 1024];
            log.push(RecordedRequest::new(Endpoint::Other, &parts, body));
        }
        let requests = log.requests();
        assert_eq!((requests.len(), requests[0].body[0]), (64, 6));
    }
}
