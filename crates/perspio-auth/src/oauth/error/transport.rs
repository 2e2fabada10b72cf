//! Failed connections.

mod cause;
mod help;

use std::fmt;
use std::sync::Arc;

pub use cause::TransportCause;

/// A failed connection to a host, with its cause.
///
/// `{}` shows the class of the failure and the innermost cause, `{:#}` all causes from the
/// outside in, as does [`source`](std::error::Error::source).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TransportError {
    /// The host that was called.
    pub host: String,
    /// The class of the failure.
    pub cause: TransportCause,
    /// The innermost cause, in one line.
    pub reason: String,
    /// Whether it was caused by a time limit.
    pub timeout: bool,
    /// Whether the connection was established before it failed.
    pub connected: bool,
    /// The proxy that the connection used: `host:port`, without user and password.
    pub proxy: Option<String>,
    /// Whether the failure is of the connection to the proxy.
    at_proxy: bool,
    causes: Option<Arc<Cause>>,
}

/// The text of one cause of a failure, because the errors of the libraries cannot be
/// cloned.
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
    /// Converts `error`, without its address, which may be long.
    /// [`Network::transport_error`](crate::Network::transport_error) names the proxy too.
    pub fn new(host: impl Into<String>, error: &reqwest::Error) -> Self {
        use std::error::Error as _;
        let (cause, at_proxy) = cause::classify(error);
        Self {
            host: host.into(),
            cause,
            reason: crate::token::causes::root_cause(error),
            timeout: error.is_timeout(),
            connected: !error.is_connect(),
            proxy: None,
            at_proxy,
            // The outermost cause contains no more than the address.
            causes: error.source().map(Cause::of),
        }
    }

    /// Sets the proxy, `host:port`.
    pub(crate) fn through(mut self, proxy: Option<String>) -> Self {
        self.proxy = proxy;
        self
    }

    /// Returns whether the same request may succeed later.
    pub fn is_transient(&self) -> bool {
        self.cause.is_transient()
    }

    /// Returns what to do about the failure, in a sentence or two.
    pub fn help(&self) -> &'static str {
        help::help(self.cause, self.connected, self.proxy.is_some())
    }

    /// Returns what failed, with the host and the proxy.
    fn what(&self) -> String {
        let host = &self.host;
        let through = match &self.proxy {
            Some(proxy) => format!(" through the proxy {proxy}"),
            None => String::new(),
        };
        match (self.timeout, self.connected) {
            (true, _) => format!("{host} did not respond in time{through}"),
            (false, true) => format!("the connection to {host}{through} broke"),
            (false, false) => format!("{host} cannot be reached{through}"),
        }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what())?;
        let explanation = self.cause.explanation();
        if !explanation.is_empty() {
            let owner = if self.at_proxy { "the proxy's" } else { "its" };
            write!(f, ": {}", explanation.replace("{its}", owner))?;
        }
        if !f.alternate() || self.causes.is_none() {
            return match explanation {
                "" => write!(f, ": {}", self.reason),
                _ => write!(f, " ({})", self.reason),
            };
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

#[cfg(test)]
mod tests;
