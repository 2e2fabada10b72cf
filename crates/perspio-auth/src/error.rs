//! What can go wrong on the way to a token, and what to do about it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Why there is no token. Cheap to clone: all callers of a shared fetch get it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The identity server refused. The text names the code, the ids that
    /// support asks for, and what to do.
    #[error("{0}")]
    Refused(Arc<Refusal>),

    /// The identity server answered, but not as the protocol says: throttling,
    /// an outage, a gateway's page. That is no verdict on the credential.
    #[error(
        "the identity server {host} answered {status} without an OAuth answer{}{}",
        retry_sentence(*.retry_after),
        excerpt_sentence(.excerpt)
    )]
    UnexpectedAnswer {
        /// The identity server's host.
        host: String,
        /// The HTTP status.
        status: u16,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
        /// The first 200 characters of the body; empty if it may hold a token.
        excerpt: String,
    },

    /// The identity server said yes, but sent no usable token.
    #[error(
        "the identity server {host} sent a token answer that cannot be used: {reason}. \
         Check that the token URL leads to an OAuth 2.0 token endpoint"
    )]
    InvalidToken {
        /// The identity server's host.
        host: String,
        /// What is wrong with the answer; never a part of it.
        reason: String,
    },

    /// The identity server could not be reached, or the connection broke.
    #[error("{0}")]
    Transport(TransportError),

    /// The settings do not fit together.
    #[error("{reason}")]
    Configuration {
        /// What is wrong, and what to do.
        reason: String,
    },

    /// A request to a server that the credentials do not belong to; it was not sent.
    #[error(
        "a request to {requested} was not sent: its credentials belong to {expected}. \
         Use a client that is configured for that server"
    )]
    ForeignOrigin {
        /// The origin of the request.
        requested: String,
        /// The origin of the configured base URL.
        expected: String,
    },
}

impl Error {
    /// The settings do not fit together, for `reason`.
    pub(crate) fn configuration(reason: impl Into<String>) -> Self {
        Self::Configuration {
            reason: reason.into(),
        }
    }

    /// The same request may succeed later: throttling, outages, the network.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::UnexpectedAnswer { status, .. } => *status == 429 || *status >= 500,
            Self::Transport(_) => true,
            Self::Refused(refusal) => refusal.error == "temporarily_unavailable",
            _ => false,
        }
    }

    /// Only a change of the settings helps: a wrong secret, client, scope or address.
    pub fn is_configuration(&self) -> bool {
        match self {
            Self::Configuration { .. } | Self::ForeignOrigin { .. } => true,
            Self::Refused(refusal) => matches!(
                refusal.error.as_str(),
                "invalid_client"
                    | "unauthorized_client"
                    | "invalid_scope"
                    | "invalid_resource"
                    | "invalid_request"
                    | "unsupported_grant_type"
            ),
            _ => false,
        }
    }

    /// How long the identity server asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::UnexpectedAnswer { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// A refusal in the identity server's own words, RFC 6749 §5.2 with Entra's ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The OAuth error, such as `invalid_client`. Branch on this.
    pub error: String,
    /// The server's text, without the ids and with secrets removed. It may
    /// change; never match on it.
    pub description: String,
    /// Entra's codes, `7000215` for `AADSTS7000215`.
    pub codes: Vec<u64>,
    /// Entra's finer class of the error.
    pub suberror: Option<String>,
    /// Claims that a sign-in must satisfy (a claims challenge).
    pub claims: Option<String>,
    /// Entra's id of the request across its services.
    pub correlation_id: Option<String>,
    /// Entra's id of the one answer.
    pub trace_id: Option<String>,
    /// Entra's time of the answer, UTC.
    pub timestamp: Option<String>,
    /// The identity server's host.
    pub host: String,
    /// What to do about it.
    pub help: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the identity server {} refused: {}",
            self.host, self.error
        )?;
        for code in &self.codes {
            write!(f, " (AADSTS{code})")?;
        }
        if !self.description.is_empty() {
            write!(f, ": {}", self.description)?;
        }
        if !self.help.is_empty() {
            write!(f, "\n{}", self.help)?;
        }
        let ids = [
            ("correlation id", &self.correlation_id),
            ("trace id", &self.trace_id),
            ("time", &self.timestamp),
        ];
        let ids: Vec<_> = ids
            .into_iter()
            .filter_map(|(name, id)| id.as_ref().map(|id| format!("{name} {id}")))
            .collect();
        if !ids.is_empty() {
            write!(f, "\nFor support: {}", ids.join(", "))?;
        }
        Ok(())
    }
}

/// A connection that failed, to whom and why.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{host} {}: {reason}", if *.timeout { "did not answer in time" } else { "cannot be reached" })]
#[non_exhaustive]
pub struct TransportError {
    /// The host that was called.
    pub host: String,
    /// The innermost cause, in one line.
    pub reason: String,
    /// Whether a time limit ended it.
    pub timeout: bool,
}

impl TransportError {
    /// What a person needs of `error`; its address, which may be long, is not.
    pub fn new(host: impl Into<String>, error: &reqwest::Error) -> Self {
        Self {
            host: host.into(),
            reason: crate::transport::root_cause(error),
            timeout: error.is_timeout(),
        }
    }
}

fn retry_sentence(retry_after: Option<Duration>) -> String {
    retry_after.map_or_else(String::new, |wait| {
        format!("; it asks to wait {} s", wait.as_secs())
    })
}

fn excerpt_sentence(excerpt: &str) -> String {
    if excerpt.is_empty() {
        String::new()
    } else {
        format!(": {excerpt}")
    }
}
