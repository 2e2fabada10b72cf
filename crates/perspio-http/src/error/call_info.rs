//! Which call an error belongs to.

use std::fmt;

use http::Method;

use crate::attempts::Attempts;

/// The call that an error belongs to. Its text is the method, the path and the host:
/// never the query, a header or a body.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallInfo {
    /// The HTTP method of the last attempt.
    pub method: Method,
    /// The path of the last attempt, without the query.
    pub path: Box<str>,
    /// The API's host.
    pub host: Box<str>,
    /// How often the request was attempted.
    pub attempts: Attempts,
    /// Whether the call writes, and the API may have applied it.
    pub(crate) may_have_been_applied: bool,
}

impl fmt::Display for CallInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            method, path, host, ..
        } = self;
        write!(f, "{method} {path} ({host})")
    }
}
