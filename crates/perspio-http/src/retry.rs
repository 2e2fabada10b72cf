//! The decision whether a request is retried, and when: pure functions.
//!
//! | what happened | what is retried |
//! |---|---|
//! | 429, or 403 for an exhausted quota: not applied | every method |
//! | no connection: not sent | every method |
//! | 408, 502, 503, 504, a timeout, a broken connection: perhaps applied | the profile's [`retryable_methods`](perspio_auth::Profile::retryable_methods), and operations that are marked as retryable |
//! | any other response, an invalid certificate, a malformed response | nothing |

mod outcome;

pub(crate) use outcome::outcome_of;
pub use perspio_auth::retry::RetryPolicy;
pub(crate) use perspio_auth::retry::{Decision, Outcome, Situation, decide};

use http::Method;

use crate::operation::Operation;

/// Returns whether sending a request twice has the same effect as sending it once.
/// `method` is that of the current attempt. A GET that is known to write is not
/// idempotent.
pub(crate) fn is_idempotent(
    method: &Method,
    operation: Option<&Operation>,
    retryable_methods: &[Method],
) -> bool {
    match operation {
        Some(operation) if operation.repeatable => true,
        Some(operation) if operation.writes && operation.has_safe_method() => false,
        _ => retryable_methods.contains(method),
    }
}

#[cfg(test)]
mod tests;
