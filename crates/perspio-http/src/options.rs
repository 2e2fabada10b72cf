//! What a single call may ask for beside its parameters.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use perspio_auth::clock::Deadline;

/// What a single call may ask for beside its parameters. Each client has the
/// defaults; `with_options` of a client gives one with others.
///
/// ```
/// use std::time::Duration;
/// use perspio_http::{CallOptions, Priority};
///
/// let nightly = CallOptions::new()
///     .timeout(Duration::from_secs(600))
///     .priority(Priority::Bulk);
/// ```
#[derive(Clone, Debug, Default)]
pub struct CallOptions {
    pub(crate) timeout: Option<Duration>,
    pub(crate) priority: Priority,
    pub(crate) is_sent_once: bool,
    pub(crate) headers: HeaderMap,
}

/// Which calls go first when the budget of requests has no room for all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Somebody waits for it. The default.
    #[default]
    Interactive,
    /// It can wait: it gets what the others leave.
    Bulk,
}

/// Until when a call must be over, all its waiting included. Stands in the
/// request's extensions if the call has such a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallDeadline(pub Deadline);

impl CallOptions {
    /// The defaults: no time limit on the whole of a call, interactive, repeated
    /// where that is safe, no header of its own.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing is asked for.
    pub(crate) fn are_default(&self) -> bool {
        self.timeout.is_none()
            && self.priority == Priority::default()
            && !self.is_sent_once
            && self.headers.is_empty()
    }

    /// The longest that the call may take in all: waiting for the budget, every
    /// attempt, and reading the answer.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Whether the call goes before others.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Sends the request once, whatever comes of it. (A token that the API
    /// refuses is renewed all the same.)
    pub fn without_retry(mut self) -> Self {
        self.is_sent_once = true;
        self
    }

    /// A header more. Those that carry credentials are always the client's own.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}
