//! This process's side of a budget that it shares with others.

use std::time::Duration;

use super::budget::LimitBudget;
use super::circuit_breaker::CircuitBreaker;
use super::leases::Leases;
use super::ledger::Earliest;
use super::limit::Limits;
use super::report::{Answered, NextReport, Reply, Report};

/// The shortest time between two requests for slots when there were none. Slots
/// that become free meanwhile are then requested together.
const SHORTEST_WAIT: Duration = Duration::from_millis(5);
/// The number of slots in one request.
const MOST_REQUESTED: usize = 100;
/// This many bytes are reported before their response has ended.
const MANY_BYTES: u64 = 256 * 1024;

/// This process's side of a shared budget: what it has to report to the server,
/// the slots that it leases, and whether the server is available.
#[derive(Debug, Default)]
pub(super) struct Remote {
    /// The limits that all processes keep to together.
    limits: Limits,
    pub(super) circuit: CircuitBreaker,
    leases: Leases,
    /// The content of the next report.
    report: Report,
    /// Whether the next report is sent without waiting for more.
    is_urgent: bool,
    /// Whether a task exchanges reports. One task serves all callers.
    pub(super) is_running: bool,
    /// The report that is being sent.
    sending: Report,
    /// The server has no room before this moment.
    no_room: Earliest,
    /// The remaining budget of each limit at the last reply.
    left: Vec<u64>,
}

impl Remote {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            leases: Leases::new(&limits),
            limits,
            ..Self::default()
        }
    }

    /// Returns when slots may be requested, but not before `paused`.
    pub(super) fn earliest(&self, paused: Earliest) -> Earliest {
        if self.no_room.at > paused.at {
            self.no_room.clone()
        } else {
            paused
        }
    }

    /// Takes a slot without the server.
    pub(super) fn take_own(&mut self) -> u64 {
        let number = self.leases.new_number();
        self.leases.take(number);
        self.urgent().taken.push(number);
        number
    }

    pub(super) fn answered(&mut self, number: u64, at: Duration) {
        let slot = Answered { number, at };
        self.leases.answered(slot);
        self.urgent().answered.push(slot);
    }

    pub(super) fn give_back(&mut self, number: u64) {
        self.leases.give_back(number);
        self.urgent().given_back.push(number);
    }

    pub(super) fn pause(&mut self, time: Duration) {
        let report = self.urgent();
        report.pause = report.pause.max(time);
    }

    fn urgent(&mut self) -> &mut Report {
        self.is_urgent = true;
        &mut self.report
    }

    pub(super) fn debit(&mut self, bytes: u64) {
        self.report.bytes = self.report.bytes.saturating_add(bytes);
        self.is_urgent |= self.report.bytes >= MANY_BYTES;
    }

    /// Makes the next report urgent. Returns whether there is anything that the
    /// server does not know and can receive.
    pub(super) fn report_now(&mut self) -> bool {
        self.is_urgent = !self.report.is_empty();
        !self.circuit.is_open() && (self.is_running || self.is_urgent)
    }

    /// Returns whether a task must be started that exchanges reports.
    pub(super) fn is_due(&self, waiting: usize, now: Duration) -> bool {
        let is_due = self.is_urgent || self.circuit.is_open() || self.requests(waiting, now) > 0;
        is_due && !self.is_running
    }

    fn requests(&self, waiting: usize, now: Duration) -> usize {
        if self.circuit.is_closed(now) && self.no_room.at <= now {
            waiting.min(MOST_REQUESTED)
        } else {
            0
        }
    }

    /// Returns the next report, with requests for the `waiting` calls.
    pub(super) fn next(&mut self, waiting: usize, now: Duration) -> NextReport {
        if let Some(left) = self.circuit.cool_down(now) {
            return NextReport::Wait(left);
        }
        self.is_urgent = false;
        let mut report = std::mem::take(&mut self.report);
        if self.circuit.is_open() {
            // The server may have lost everything: it receives all slots that still
            // count, and no request for new ones.
            (report.taken, report.answered) = self.leases.all(now);
        } else {
            let requests = self.requests(waiting, now);
            report.requested = (0..requests).map(|_| self.leases.new_number()).collect();
            if report.is_empty() {
                self.is_running = false;
                return NextReport::Nothing;
            }
        }
        self.sending.clone_from(&report);
        NextReport::Send(report)
    }

    /// Records the server's reply. Returns the numbers of the granted slots, and
    /// whether the server was unavailable before.
    pub(super) fn replied(&mut self, reply: &Reply, now: Duration) -> (Vec<u64>, bool) {
        let mut numbers = std::mem::take(&mut self.sending).requested;
        if reply.granted < numbers.len() {
            let limit = reply.limit.and_then(|index| self.limits.iter().nth(index));
            let because_of = limit.map_or("the service's pause", |limit| limit.name());
            self.no_room = Earliest {
                at: now.saturating_add(reply.wait.max(SHORTEST_WAIT)),
                because_of: because_of.to_owned(),
            };
        }
        self.left.clone_from(&reply.left);
        numbers.truncate(reply.granted);
        for number in &numbers {
            self.leases.take(*number);
        }
        (numbers, self.circuit.succeeded(now))
    }

    /// Records a failed exchange. Returns whether the server was available before.
    pub(super) fn failed(&mut self, now: Duration) -> bool {
        self.report.merge(std::mem::take(&mut self.sending));
        self.circuit.failed(now)
    }

    /// Records that the task has ended in the middle.
    pub(super) fn interrupted(&mut self) {
        self.report.merge(std::mem::take(&mut self.sending));
        self.is_urgent = !self.report.is_empty();
        self.is_running = false;
    }

    /// Replaces the budgets of this process's part by those of the shared limits,
    /// unless the process keeps to its part.
    pub(super) fn correct(&self, own: &mut [LimitBudget], now: Duration) {
        if self.circuit.is_closed(now) {
            for (index, (budget, limit)) in own.iter_mut().zip(self.limits.iter()).enumerate() {
                budget.left = self.left.get(index).copied().unwrap_or(limit.most());
                budget.limit = limit.clone();
            }
        }
    }
}
