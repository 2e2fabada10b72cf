//! The options of a call in addition to its parameters.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

/// The options of a call in addition to its parameters. A client has defaults; its
/// `with_options` returns a client with others. An option that is not set keeps the
/// client's.
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
    timeout: Option<Duration>,
    priority: Option<Priority>,
    without_retry: bool,
    pub(crate) headers: HeaderMap,
}

/// Which calls are sent first when the rate limits have no room for all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// A person waits for it. The default.
    #[default]
    Interactive,
    /// It gets the slots that interactive calls leave.
    Bulk,
}

impl CallOptions {
    /// Creates options with nothing set: no timeout for the whole call, interactive,
    /// retried where that is safe, no additional headers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the longest time that the call may take in total: waiting for the rate
    /// limits, every attempt, and reading the response. [`Duration::MAX`] removes a
    /// timeout that the client has.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets the priority in the queue of the rate limits.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.priority = Some(priority);
        self
    }

    /// Disables retries. A 401 still triggers one token refresh.
    pub fn without_retry(mut self) -> Self {
        self.without_retry = true;
        self
    }

    /// Adds a header. One that the client sets itself (`Authorization` and those of the
    /// API's credentials) is an error of the call.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Returns these options with those of `base` where nothing is set.
    pub(crate) fn over(self, base: &Self) -> Self {
        let mut headers = base.headers.clone();
        headers.extend(self.headers);
        Self {
            timeout: self.timeout.or(base.timeout),
            priority: self.priority.or(base.priority),
            without_retry: self.without_retry || base.without_retry,
            headers,
        }
    }

    pub(crate) fn timeout_or_none(&self) -> Option<Duration> {
        self.timeout.filter(|timeout| *timeout != Duration::MAX)
    }

    pub(crate) fn priority_or_default(&self) -> Priority {
        self.priority.unwrap_or_default()
    }

    pub(crate) fn retries(&self) -> bool {
        !self.without_retry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_are_not_set_keep_those_of_the_client() {
        let second = Duration::from_secs(1);
        let header = |name| (HeaderName::from_static(name), HeaderValue::from_static("x"));
        let (one, other) = (header("one"), header("other"));
        let client = CallOptions::new().timeout(second).header(one.0, one.1);
        let call = CallOptions::new()
            .priority(Priority::Bulk)
            .header(other.0, other.1)
            .over(&client);
        assert_eq!(call.timeout_or_none(), Some(second));
        assert_eq!(call.priority_or_default(), Priority::Bulk);
        assert!(call.retries());
        assert_eq!(call.headers.len(), 2);
        let unlimited = CallOptions::new().timeout(Duration::MAX).over(&call);
        assert_eq!(unlimited.timeout_or_none(), None);
        assert!(!client.without_retry().over(&call).retries());
    }
}
