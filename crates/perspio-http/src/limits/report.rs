//! The messages between a process and the server of a shared budget.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

/// A server that keeps the budget of several processes.
#[async_trait]
pub(super) trait BudgetServer: fmt::Debug + Send + Sync {
    /// Applies `report` and grants as many of the requested slots as there is room
    /// for, in one atomic step. `now` is read from the clock of the report's times.
    /// The error is the reason for the failure, as text.
    async fn exchange(&self, report: &Report, now: Duration) -> Result<Reply, String>;
}

/// What has happened in a process since its last report, and the slots that it
/// requests. Slots are identified by numbers that the process never reuses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Report {
    /// Slots that were taken without the server, whose requests are in flight.
    pub(super) taken: Vec<u64>,
    /// Slots whose requests were answered or have failed.
    pub(super) answered: Vec<Answered>,
    /// Slots whose requests were not sent.
    pub(super) given_back: Vec<u64>,
    /// Bytes that were sent or received.
    pub(super) bytes: u64,
    /// The length of a pause that the service asked for.
    pub(super) pause: Duration,
    /// Numbers for new slots.
    pub(super) requested: Vec<u64>,
}

/// A slot whose request was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answered {
    pub(super) number: u64,
    /// The time of the response by this process's clock. The report follows later.
    pub(super) at: Duration,
}

/// The server's reply to a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reply {
    /// How many of the requested slots are granted, from the first one on.
    pub(super) granted: usize,
    /// If not all are granted: how long to wait before the next request.
    pub(super) wait: Duration,
    /// And the limit that has no room; `None` if the service's pause is the reason.
    pub(super) limit: Option<usize>,
    /// The remaining budget of each limit.
    pub(super) left: Vec<u64>,
}

/// The next step of the task that exchanges reports for replies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NextReport {
    /// Send this report.
    Send(Report),
    /// Wait for the end of the cool-down.
    Wait(Duration),
    /// End: there is nothing to report.
    Nothing,
}

impl Report {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds the content of an earlier report that may not have been delivered.
    pub(super) fn merge(&mut self, earlier: Self) {
        self.taken.extend(earlier.taken);
        self.answered.extend(earlier.answered);
        self.given_back.extend(earlier.given_back);
        // The server may have granted them before the exchange failed.
        self.given_back.extend(earlier.requested);
        self.bytes = self.bytes.saturating_add(earlier.bytes);
        self.pause = self.pause.max(earlier.pause);
    }
}
