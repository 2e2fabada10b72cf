//! The recorded requests, in the order of arrival.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::request::Parts;
use url::form_urlencoded;

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
    /// The query as sent, without the `?`.
    pub query: Option<String>,
    /// Names in small letters, in the order received (a repeated name is with its first
    /// occurrence); values that are not UTF-8 are shown with replacement characters.
    pub headers: Vec<(String, String)>,
    /// The body; of one larger than 1 MiB only the beginning.
    pub body: Vec<u8>,
    /// The names of the query parameters that the API does not know and ignores. No operation
    /// of either API has a query parameter.
    pub unknown_query: Vec<String>,
    /// The part of the sandbox that the request is for.
    pub endpoint: Endpoint,
    /// The number of the request in the sandbox, from 1.
    pub number: u64,
    /// When the request was recorded, by the sandbox's [clock](crate::SandboxClock).
    pub received: SystemTime,
    /// The outcome so far.
    pub outcome: Outcome,
    /// The revision of the log that last changed the record.
    revision: u64,
}

/// The outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The request is being served, delayed or held.
    Pending,
    /// A response with this status.
    Status(u16),
    /// No response: a fault, the end of the sandbox or the client closed the connection.
    Cut,
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
            unknown_query: unknown_query(endpoint, parts.uri.query().unwrap_or_default()),
            headers: headers.collect(),
            body,
            endpoint,
            number: 0,
            received: UNIX_EPOCH,
            outcome: Outcome::Pending,
            revision: 0,
        }
    }

    /// Returns the first value of a header, named in any letter case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Whether the body is a form.
    pub(crate) fn has_form(&self) -> bool {
        self.header("content-type")
            .is_some_and(|media| media.starts_with("application/x-www-form-urlencoded"))
    }
}

fn unknown_query(endpoint: Endpoint, query: &str) -> Vec<String> {
    let mut names = Vec::new();
    if endpoint == Endpoint::Api {
        for (name, _) in form_urlencoded::parse(query.as_bytes()) {
            if !names.iter().any(|known| *known == name) {
                names.push(name.into_owned());
            }
        }
    }
    names
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

/// Every request that arrived, including those that led to a [fault](crate::Fault).
///
/// A request is recorded once its body is read, before it is held or served.
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
    /// The number of the last request.
    recorded: u64,
    /// Counts the changes.
    revision: u64,
}

impl RequestLog {
    /// Records a request and returns its number.
    pub(crate) fn push(&self, mut request: RecordedRequest) -> u64 {
        let mut kept = self.kept();
        kept.recorded += 1;
        kept.revision += 1;
        request.number = kept.recorded;
        request.revision = kept.revision;
        let number = request.number;
        kept.bytes += request.body.len();
        kept.requests.push_back(request);
        while kept.requests.len() > KEPT || kept.bytes > KEPT_BYTES {
            let Some(oldest) = kept.requests.pop_front() else {
                break;
            };
            kept.bytes -= oldest.body.len();
        }
        number
    }

    /// Sets the outcome of a request that is still in the log.
    pub(crate) fn finish(&self, number: u64, outcome: Outcome) {
        let kept = &mut *self.kept();
        let Ok(index) = kept.requests.binary_search_by_key(&number, |r| r.number) else {
            return;
        };
        if let Some(request) = kept.requests.get_mut(index) {
            kept.revision += 1;
            request.outcome = outcome;
            request.revision = kept.revision;
        }
    }

    /// Returns the request with this number.
    pub(crate) fn find(&self, number: u64) -> Option<RecordedRequest> {
        let kept = self.kept();
        let index = kept.requests.binary_search_by_key(&number, |r| r.number);
        kept.requests.get(index.ok()?).cloned()
    }

    /// Returns the revision of the log, and `view` of each request that was recorded or
    /// finished after `revision`, the oldest first.
    pub(crate) fn since<T>(
        &self,
        revision: u64,
        view: impl Fn(&RecordedRequest) -> T,
    ) -> (u64, Vec<T>) {
        let kept = self.kept();
        let changed = kept.requests.iter().filter(|r| r.revision > revision);
        (kept.revision, changed.map(view).collect())
    }

    /// Returns `view` of the last requests, the newest first.
    pub(crate) fn last<T>(&self, count: usize, view: impl Fn(&RecordedRequest) -> T) -> Vec<T> {
        let kept = self.kept();
        kept.requests.iter().rev().take(count).map(view).collect()
    }

    /// Returns the number of requests in the log, and its revision.
    pub(crate) fn size(&self) -> (usize, u64) {
        let kept = self.kept();
        (kept.requests.len(), kept.revision)
    }

    /// Returns all requests, the oldest first.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.filtered(|_| true)
    }

    /// Returns the requests for a token.
    pub fn token_requests(&self) -> Vec<RecordedRequest> {
        self.filtered(|request| request.endpoint == Endpoint::Token)
    }

    /// Returns the requests to the API.
    pub fn api_requests(&self) -> Vec<RecordedRequest> {
        self.filtered(|request| request.endpoint == Endpoint::Api)
    }

    /// Removes all records.
    pub fn clear(&self) {
        let mut kept = self.kept();
        kept.requests.clear();
        kept.bytes = 0;
        // Numbers are not reused: a request may still be served.
        kept.revision += 1;
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
    fn a_request_changes_when_it_is_recorded_and_when_it_is_finished() {
        let log = RequestLog::default();
        let (parts, ()) = Request::new(()).into_parts();
        let push = || log.push(RecordedRequest::new(Endpoint::Api, &parts, Vec::new()));
        assert_eq!([push(), push()], [1, 2]);
        let numbers = |since| {
            let (revision, numbers) = log.since(since, |request| request.number);
            (revision, numbers)
        };
        assert_eq!(numbers(0), (2, vec![1, 2]));
        assert_eq!(numbers(2), (2, vec![]));
        log.finish(1, Outcome::Status(200));
        assert_eq!(numbers(2), (3, vec![1]));
        assert_eq!(log.find(1).unwrap().outcome, Outcome::Status(200));
        log.clear();
        log.finish(2, Outcome::Cut);
        assert_eq!(log.find(2), None);
        assert_eq!(push(), 3);
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
