//! The rate limiter as a pure state machine: no clock, no lock, nothing async.
//!
//! Each event is a method that takes the current time. [`Schedule::actions`] then
//! returns what the caller has to do: deliver slots, wake a waiter, start an
//! exchange with the server of a shared budget.

use std::time::Duration;

use super::budget::Budget;
use super::ledger::{Earliest, Ledger};
use super::limit::Limits;
use super::queue::{Queue, Ticket};
use super::remote::Remote;
use super::report::{NextReport, Reply};
use crate::options::Priority;

/// Decides which of the waiters `W` may send a request.
#[derive(Debug)]
pub(super) struct Schedule<W> {
    /// The requests of this process. If the budget is shared, the limits are this
    /// process's part, which it keeps to while the server is unavailable.
    ledger: Ledger,
    queue: Queue<W>,
    remote: Option<Remote>,
    /// The waiter that watches the time for all of them.
    leader: Option<Ticket>,
    granted: Vec<(W, Permit)>,
}

/// The right to send one request, and the number of its lease if the server of a
/// shared budget counts it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Permit(pub(super) Option<u64>);

/// There is no room for a request yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoRoom {
    /// How long a caller has to wait, at least.
    pub(crate) wait: Duration,
    /// The limit that has no room.
    pub(crate) because_of: String,
}

/// The result of an event.
#[derive(Debug)]
pub(super) struct Actions<W> {
    /// Waiters that have left the queue with a permit.
    pub(super) granted: Vec<(W, Permit)>,
    /// The waiter that has become the leader, or whose wait has changed.
    pub(super) wake: Option<W>,
    /// Whether to start an exchange with the server of the shared budget.
    pub(super) start_exchange: bool,
}

impl<W: Clone> Schedule<W> {
    /// Creates a schedule that keeps to `limits`.
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            ledger: Ledger::new(limits),
            queue: Queue::new(),
            remote: None,
            leader: None,
            granted: Vec::new(),
        }
    }

    /// Creates a schedule that shares `limits` with other processes, and keeps to
    /// one part of `parts` while their server is unavailable.
    pub(super) fn shared(limits: Limits, parts: u32) -> Self {
        let mut schedule = Self::new(&limits.clone().divided_by(parts));
        schedule.remote = Some(Remote::new(limits));
        schedule
    }

    /// Takes a slot if one is free and no caller waits for it.
    pub(super) fn try_acquire(&mut self, now: Duration) -> Option<Permit> {
        let is_free = self.queue.len() == 0 && self.grants_own(now) && self.ledger.room(now) > 0;
        is_free.then(|| self.take_own())
    }

    /// Returns whether this process grants slots itself.
    fn grants_own(&self, now: Duration) -> bool {
        let remote = self.remote.as_ref();
        !remote.is_some_and(|remote| remote.circuit.is_closed(now))
    }

    fn take_own(&mut self) -> Permit {
        self.ledger.take();
        Permit(self.remote.as_mut().map(Remote::take_own))
    }

    /// Returns how many waiters a new one would have before it.
    pub(super) fn ahead_of(&self, priority: Priority) -> usize {
        self.queue.ahead_of(priority)
    }

    /// Returns the wait of a caller that has `ahead` others before it, as far as it
    /// is known.
    pub(super) fn wait(&mut self, ahead: usize, now: Duration) -> NoRoom {
        let Earliest { at, because_of } = match &self.remote {
            None => self.ledger.earliest(ahead, now),
            Some(remote) if remote.circuit.is_closed(now) => {
                remote.earliest(self.ledger.pause_ends(now))
            }
            Some(remote) => {
                let mut earliest = self.ledger.earliest(ahead, now);
                if let Some(closes) = remote.circuit.closes_at() {
                    earliest.at = earliest.at.min(closes);
                }
                earliest
            }
        };
        NoRoom {
            wait: at.saturating_sub(now),
            because_of,
        }
    }

    /// Adds a waiter to the queue. It must ask for its [alarm](Self::alarm).
    pub(super) fn join(&mut self, priority: Priority, waiter: W) -> Ticket {
        let ticket = self.queue.join(priority, waiter);
        if self.queue.first() == Some(ticket) {
            self.leader = Some(ticket);
        }
        ticket
    }

    /// Returns after which time the waiter must look again whether there is room.
    /// `None` if another waiter does that for it, or if the server's reply wakes it.
    pub(super) fn alarm(&mut self, ticket: Ticket, now: Duration) -> Option<NoRoom> {
        let is_first = self.queue.first() == Some(ticket);
        let no_room = is_first.then(|| self.wait(0, now));
        no_room.filter(|no_room| !no_room.wait.is_zero())
    }

    /// Removes a waiter. Returns whether it was still in the queue; otherwise it has
    /// a permit, which it must give back.
    pub(super) fn cancel(&mut self, ticket: Ticket) -> bool {
        self.queue.leave(ticket).is_some()
    }

    /// Records that the request of a permit was answered or has failed.
    pub(super) fn answered(&mut self, permit: Permit, now: Duration) {
        self.ledger.answered(now);
        if let (Permit(Some(number)), Some(remote)) = (permit, &mut self.remote) {
            remote.answered(number, now);
        }
    }

    /// Takes a permit back whose request was not sent.
    pub(super) fn give_back(&mut self, permit: Permit) {
        self.ledger.give_back();
        if let (Permit(Some(number)), Some(remote)) = (permit, &mut self.remote) {
            remote.give_back(number);
        }
    }

    /// Debits bytes that were sent or received.
    pub(super) fn debit(&mut self, bytes: u64, now: Duration) {
        self.ledger.debit(bytes, now);
        if let Some(remote) = &mut self.remote {
            remote.debit(bytes);
        }
    }

    /// Sends no request for `time`.
    pub(super) fn pause(&mut self, time: Duration, now: Duration) {
        self.ledger.pause(now.saturating_add(time));
        if let Some(remote) = &mut self.remote {
            remote.pause(time);
        }
    }

    /// Returns what the preceding events result in, and grants what there is room for.
    pub(super) fn actions(&mut self, now: Duration) -> Actions<W> {
        if self.queue.len() > 0 && self.grants_own(now) {
            for _ in 0..self.ledger.room(now) {
                let Some(waiter) = self.queue.pop() else {
                    break;
                };
                let permit = self.take_own();
                self.granted.push((waiter, permit));
            }
        }
        let first = self.queue.first();
        let has_changed = std::mem::replace(&mut self.leader, first) != first;
        let new_leader = first.filter(|_| has_changed);
        let (demand, remote) = (self.demand(now), self.remote.as_ref());
        Actions {
            granted: std::mem::take(&mut self.granted),
            wake: new_leader.and_then(|ticket| self.queue.get(ticket).cloned()),
            start_exchange: remote.is_some_and(|remote| remote.is_due(demand, now)),
        }
    }

    /// Returns how many slots are wanted now.
    fn demand(&self, now: Duration) -> usize {
        match self.ledger.paused_for(now) {
            Some(_) => 0,
            None => self.queue.len(),
        }
    }

    /// Makes all that has happened due for the next exchange. Returns whether there
    /// is anything that the server does not know and can receive.
    pub(super) fn report_now(&mut self) -> bool {
        let remote = self.remote.as_mut();
        remote.is_some_and(Remote::report_now)
    }

    /// Records that an exchange was started.
    pub(super) fn exchange_started(&mut self) {
        if let Some(remote) = &mut self.remote {
            remote.is_running = true;
        }
    }

    /// Returns the next report to the server.
    pub(super) fn next_report(&mut self, now: Duration) -> NextReport {
        let (demand, remote) = (self.demand(now), self.remote.as_mut());
        remote.map_or(NextReport::Nothing, |remote| remote.next(demand, now))
    }

    /// Records the reply to a report, or `None` if the exchange has failed. Returns
    /// whether the server has become available or unavailable by it.
    pub(super) fn exchanged(&mut self, reply: Option<&Reply>, now: Duration) -> bool {
        // The wait of the first waiter has changed.
        self.leader = None;
        let Some(remote) = &mut self.remote else {
            return false;
        };
        let Some(reply) = reply else {
            return remote.failed(now);
        };
        let (numbers, is_back) = remote.replied(reply, now);
        for number in numbers {
            if let Some(waiter) = self.queue.pop() {
                self.ledger.take();
                self.granted.push((waiter, Permit(Some(number))));
            } else {
                // Its caller has been cancelled meanwhile.
                remote.give_back(number);
            }
        }
        is_back
    }

    /// Records that the exchange has ended in the middle.
    pub(super) fn interrupted(&mut self) {
        self.leader = None;
        if let Some(remote) = &mut self.remote {
            remote.interrupted();
        }
    }

    /// Returns the remaining budget.
    pub(super) fn budget(&mut self, now: Duration) -> Budget {
        let mut limits = self.ledger.budgets(now);
        if let Some(remote) = &self.remote {
            remote.correct(&mut limits, now);
        }
        Budget {
            limits,
            paused_for: self.ledger.paused_for(now),
            waiting: self.queue.len(),
        }
    }
}
