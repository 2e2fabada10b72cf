//! A snapshot of the remaining budget.

use std::time::Duration;

use super::limit::Limit;

/// The remaining budget of a client at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Budget {
    /// The remaining budget of each limit. For limits that other processes share,
    /// this is the state at the last exchange with their server.
    pub limits: Vec<LimitBudget>,
    /// How much longer the service's own pause (429 with `Retry-After`) lasts.
    pub paused_for: Option<Duration>,
    /// The number of calls of this process that wait for a slot.
    pub waiting: usize,
}

/// The remaining budget of one limit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LimitBudget {
    /// The limit.
    pub limit: Limit,
    /// How many requests, or bytes, may be sent now.
    pub left: u64,
    /// The time until the budget grows. `None` if it is unknown, as it is while
    /// all counted requests are still in flight.
    pub more_in: Option<Duration>,
}
