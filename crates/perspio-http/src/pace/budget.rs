//! What is left of the limits.

use std::time::Duration;

use super::limits::Limit;

/// What is left of a client's limits at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Budget {
    /// What is left of each limit. Of one that other processes share, this is what
    /// was known at the last request.
    pub limits: Vec<LimitBudget>,
    /// How long the service's own pause (429 with `Retry-After`) lasts yet.
    pub paused_for: Option<Duration>,
    /// How many calls of this process wait for their turn.
    pub waiting: usize,
}

/// What is left of one limit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LimitBudget {
    /// The limit.
    pub limit: Limit,
    /// How many requests, or bytes, may go out now.
    pub left: u64,
    /// How long it takes until there are more, if that is known: of requests on
    /// their way it is not.
    pub more_in: Option<Duration>,
}
