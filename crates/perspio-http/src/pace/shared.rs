//! A budget that many processes share.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use super::limits::Limits;

/// A server that keeps the budget of all processes.
#[async_trait]
pub(super) trait SharedLedger: fmt::Debug + Send + Sync {
    /// The limits that all of them keep to together.
    fn limits(&self) -> &Limits;

    /// In one step: notes what has happened, and takes as many of the wanted
    /// slots as there is room for. The error says why the server did not.
    /// `now` is by the clock that the report's times are by.
    async fn settle(&self, report: &Report, now: Duration) -> Result<Settled, String>;
}

/// Who counts a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// Nobody but this process.
    Alone,
    /// The server of a shared budget too, or when it is back: under this number.
    Shared(u64),
}

/// What a process tells the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Report {
    /// Slots that were taken without the server, whose requests are on their way.
    pub(super) taken: Vec<u64>,
    /// Slots whose requests were answered, or whose failure is known.
    pub(super) answered: Vec<Answered>,
    /// Slots whose requests were not sent after all.
    pub(super) given_back: Vec<u64>,
    /// Bytes that have been sent or have come.
    pub(super) bytes: u64,
    /// For how long the service asks for peace.
    pub(super) pause: Duration,
    /// Numbers for new slots, none of which was used before.
    pub(super) wanted: Vec<u64>,
}

/// A slot whose request was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answered {
    pub(super) number: u64,
    /// When, by this process's clock: the server learns of it later.
    pub(super) at: Duration,
}

/// What the server tells a process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Settled {
    /// So many of the wanted slots are taken, the first ones.
    pub(super) granted: usize,
    /// If these are not all: when to ask again, at the earliest.
    pub(super) wait: Duration,
    /// And which limit has no room; none if the service's pause is not over.
    pub(super) limit: Option<usize>,
    /// What is left of each limit.
    pub(super) left: Vec<u64>,
}

impl Report {
    /// Whether there is anything to tell or to ask for.
    pub(super) fn is_due(&self) -> bool {
        *self != Self::default()
    }

    /// Takes up what an earlier report, which was not delivered, has told.
    pub(super) fn take_up(&mut self, earlier: Self) {
        self.taken.extend(earlier.taken);
        self.answered.extend(earlier.answered);
        self.given_back.extend(earlier.given_back);
        // It may have been done all the same.
        self.given_back.extend(earlier.wanted);
        self.bytes = self.bytes.saturating_add(earlier.bytes);
        self.pause = self.pause.max(earlier.pause);
    }
}
