//! A connection that failed.

use std::fmt;
use std::sync::Arc;

/// A connection that failed, to whom and why.
///
/// `{}` says the innermost cause, `{:#}` all of them from the outside in; so
/// does [`source`](std::error::Error::source).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TransportError {
    /// The host that was called.
    pub host: String,
    /// The innermost cause, in one line.
    pub reason: String,
    /// Whether a time limit ended it.
    pub timeout: bool,
    /// Whether the connection stood before it failed.
    pub connected: bool,
    causes: Option<Arc<Cause>>,
}

/// One of the causes of a failure, in words: the libraries' own errors cannot
/// be cloned.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
struct Cause {
    text: String,
    source: Option<Arc<Cause>>,
}

impl Cause {
    fn of(error: &(dyn std::error::Error + 'static)) -> Arc<Self> {
        Arc::new(Self {
            text: error.to_string(),
            source: error.source().map(Self::of),
        })
    }
}

impl TransportError {
    /// What a person needs of `error`; its address, which may be long, is not.
    pub fn new(host: impl Into<String>, error: &reqwest::Error) -> Self {
        use std::error::Error as _;
        Self {
            host: host.into(),
            reason: crate::token::root_cause::root_cause(error),
            timeout: error.is_timeout(),
            connected: !error.is_connect(),
            // The outermost says no more than that, and the address.
            causes: error.source().map(Cause::of),
        }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&failed_how(&self.host, self.timeout, self.connected))?;
        if !f.alternate() || self.causes.is_none() {
            return write!(f, ": {}", self.reason);
        }
        let mut cause = self.causes.as_ref();
        while let Some(Cause { text, source }) = cause.map(AsRef::as_ref) {
            write!(f, ": {text}")?;
            cause = source.as_ref();
        }
        Ok(())
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let cause = self.causes.as_ref()?;
        Some(&**cause)
    }
}

fn failed_how(host: &str, timeout: bool, connected: bool) -> String {
    match (timeout, connected) {
        (true, _) => format!("{host} did not answer in time"),
        (false, true) => format!("the connection to {host} broke"),
        (false, false) => format!("{host} cannot be reached"),
    }
}
