//! The circuit breaker in front of the server of a shared budget.

use std::time::Duration;

const FIRST_COOL_DOWN: Duration = Duration::from_secs(2);
const LONGEST_COOL_DOWN: Duration = Duration::from_secs(30);

/// Decides whether slots are requested from the server of a shared budget.
///
/// While the circuit is open, calls take slots of this process's own part of the
/// limits, and the server is tried in the background after each cool-down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum CircuitBreaker {
    /// The server grants the slots.
    #[default]
    Closed,
    /// The server is unavailable and is not tried before `retry_at`.
    Open {
        retry_at: Duration,
        cool_down: Duration,
    },
    /// The server is available again and has received all slots of this process.
    /// Until `until` the other processes, which retry at other times, report theirs.
    Reconciling { until: Duration },
}

impl CircuitBreaker {
    pub(super) fn is_open(self) -> bool {
        matches!(self, Self::Open { .. })
    }

    /// Returns whether slots are requested from the server.
    pub(super) fn is_closed(self, now: Duration) -> bool {
        match self {
            Self::Closed => true,
            Self::Open { .. } => false,
            Self::Reconciling { until } => until <= now,
        }
    }

    /// Returns when slots are requested from the server again, if that is known.
    pub(super) fn closes_at(self) -> Option<Duration> {
        match self {
            Self::Reconciling { until } => Some(until),
            Self::Closed | Self::Open { .. } => None,
        }
    }

    /// Returns the remaining cool-down.
    pub(super) fn cool_down(self, now: Duration) -> Option<Duration> {
        match self {
            Self::Open { retry_at, .. } if now < retry_at => Some(retry_at.saturating_sub(now)),
            _ => None,
        }
    }

    /// Records a reply. Returns whether the circuit was open.
    pub(super) fn succeeded(&mut self, now: Duration) -> bool {
        let Self::Open { cool_down, .. } = *self else {
            return false;
        };
        // Another process that has missed the server for as long notices within
        // one longer cool-down that it is available.
        let until = now.saturating_add(longer(cool_down));
        *self = Self::Reconciling { until };
        true
    }

    /// Records a failure. Returns whether the circuit was not open yet.
    pub(super) fn failed(&mut self, now: Duration) -> bool {
        let (cool_down, opens) = match *self {
            Self::Open { cool_down, .. } => (longer(cool_down), false),
            Self::Closed | Self::Reconciling { .. } => (FIRST_COOL_DOWN, true),
        };
        *self = Self::Open {
            retry_at: now.saturating_add(cool_down),
            cool_down,
        };
        opens
    }
}

fn longer(cool_down: Duration) -> Duration {
    cool_down.saturating_mul(2).min(LONGEST_COOL_DOWN)
}
