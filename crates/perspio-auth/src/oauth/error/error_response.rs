//! OAuth error responses, with their error texts.

use std::fmt;

use super::ErrorClass;

/// An OAuth error response (RFC 6749 §5.2) with Entra's ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorResponse {
    /// The OAuth error, such as `invalid_client`. Branch on this.
    pub error: String,
    /// The meaning of the response for the caller.
    pub class: ErrorClass,
    /// The server's text, without the ids and with secrets removed. It may
    /// change; never match on it.
    pub description: String,
    /// Entra's codes, `7000215` for `AADSTS7000215`.
    pub codes: Vec<u64>,
    /// Entra's finer class of the error.
    pub suberror: Option<String>,
    /// Claims that a sign-in must satisfy (a claims challenge), JSON: sign in with
    /// [`SignIn::claims`](crate::SignIn::claims).
    pub claims: Option<String>,
    /// Entra's id of the request across its services.
    pub correlation_id: Option<String>,
    /// Entra's id of the response.
    pub trace_id: Option<String>,
    /// Entra's time of the response, UTC.
    pub timestamp: Option<String>,
    /// The identity server's host.
    pub host: String,
    /// What to do about it.
    pub help: String,
}

impl fmt::Display for ErrorResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the identity server {} rejected the request: {}",
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
