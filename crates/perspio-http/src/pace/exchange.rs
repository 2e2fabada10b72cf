//! What this process and the server of a shared budget have to tell each other.

use std::sync::{Arc, MutexGuard, Weak};
use std::time::Duration;

use tokio::runtime::Handle;

use super::budget::LimitBudget;
use super::ledger::Earliest;
use super::limits::Limits;
use super::pacer::{Inner, State};
use super::shared::{Answered, Report, Settled, SharedLedger, Taken};
use super::slots::Slots;

/// The server answers in a millisecond; who waits for it can do without.
const LONGEST_CALL: Duration = Duration::from_secs(2);
/// For so long nobody asks a server that was away; then for twice as long each
/// time, up to a bound.
const FIRST_REST: Duration = Duration::from_secs(2);
const LONGEST_REST: Duration = Duration::from_secs(30);
/// Between two questions for slots, where there were none: what becomes free
/// meanwhile is asked for at once, rather than piece by piece.
const SHORTEST_PAUSE: Duration = Duration::from_millis(5);
/// So many slots are asked for at once.
const MOST_WANTED: usize = 100;
/// From so many bytes on, they are told before the answer has ended.
const MANY_BYTES: u64 = 256 * 1024;

/// The state of the talk with the server of a shared budget. One task talks at
/// a time, for all who wait.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    is_running: bool,
    server: Server,
    /// What is told next.
    report: Report,
    slots: Slots,
    /// There is no room before.
    ask_again: Duration,
    because_of: String,
    /// What is left of each limit, as far as is known.
    left: Vec<u64>,
}

/// Whether slots are taken from the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Server {
    #[default]
    There,
    /// Nobody waits for it; it is tried behind, not before `ask_at`.
    Away { ask_at: Duration, rest: Duration },
    /// It has been told of all slots of this process. Until then the other
    /// processes, which notice at other times, tell it of theirs.
    Back { until: Duration },
}

impl Exchange {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            slots: Slots::of(limits),
            ..Self::default()
        }
    }

    /// A slot is taken without the server, which is told of it.
    pub(super) fn take_own(&mut self) -> u64 {
        let number = self.slots.number();
        self.slots.take(number);
        self.report.taken.push(number);
        number
    }

    pub(super) fn answered(&mut self, number: u64, at: Duration) {
        let slot = Answered { number, at };
        self.slots.answered(slot);
        self.report.answered.push(slot);
    }

    pub(super) fn give_back(&mut self, number: u64) {
        self.slots.give_back(number);
        self.report.given_back.push(number);
    }

    /// True if they should be told now.
    pub(super) fn debit(&mut self, bytes: u64) -> bool {
        self.report.bytes = self.report.bytes.saturating_add(bytes);
        self.report.bytes >= MANY_BYTES
    }

    pub(super) fn pause(&mut self, time: Duration) {
        self.report.pause = self.report.pause.max(time);
    }

    /// Whether the server does not know of everything, and can be told.
    pub(super) fn has_more_to_tell(&self) -> bool {
        !self.is_away() && (self.is_running || self.report.is_due())
    }

    /// Whether this process takes no slots from the server, and keeps to its own part.
    pub(super) fn is_resting(&self, now: Duration) -> bool {
        match self.server {
            Server::There => false,
            Server::Away { .. } => true,
            Server::Back { until } => now < until,
        }
    }

    /// Until when it keeps to its own part, if that is known.
    pub(super) fn rests_until(&self, now: Duration) -> Option<Duration> {
        match self.server {
            Server::Back { until } if now < until => Some(until),
            _ => None,
        }
    }

    /// Before that the server is left alone.
    fn silent_until(&self, now: Duration) -> Option<Duration> {
        match self.server {
            Server::Away { ask_at, .. } if now < ask_at => Some(ask_at),
            _ => None,
        }
    }

    /// When the first of those who wait may ask, if not before `paused`.
    pub(super) fn earliest(&self, paused: Earliest) -> Earliest {
        if self.ask_again > paused.at {
            Earliest {
                at: self.ask_again,
                because_of: self.because_of.clone(),
            }
        } else {
            paused
        }
    }

    /// Puts what is known of the shared limits in the place of this process's part.
    pub(super) fn correct(&self, own: &mut [LimitBudget], limits: &Limits, now: Duration) {
        if self.is_resting(now) {
            return;
        }
        for (index, (budget, limit)) in own.iter_mut().zip(limits.iter()).enumerate() {
            budget.left = self.left.get(index).copied().unwrap_or(limit.most());
            budget.limit = limit.clone();
        }
    }

    /// What to tell now, with slots for the `waiting` calls; none if there is nothing.
    fn next(&mut self, waiting: usize, now: Duration) -> Option<Report> {
        let mut report = std::mem::take(&mut self.report);
        if let Server::Away { .. } = self.server {
            // It may know of nothing: it is told of everything, and asked for nothing.
            (report.taken, report.answered) = self.slots.all(now);
            return Some(report);
        }
        if !self.is_resting(now) && self.ask_again <= now {
            let wanted = waiting.min(MOST_WANTED);
            report.wanted = (0..wanted).map(|_| self.slots.number()).collect();
        }
        report.is_due().then_some(report)
    }

    /// The server has answered. Gives the numbers of the slots that were taken.
    fn settled(
        &mut self,
        report: Report,
        settled: &Settled,
        limits: &Limits,
        now: Duration,
    ) -> Vec<u64> {
        if let Server::Away { rest, .. } = self.server {
            let until = now.saturating_add(longer(rest));
            self.server = Server::Back { until };
        }
        let mut numbers = report.wanted;
        if settled.granted < numbers.len() {
            self.ask_again = now.saturating_add(settled.wait.max(SHORTEST_PAUSE));
            let limit = settled.limit.and_then(|index| limits.iter().nth(index));
            let because_of = limit.map_or("the service's pause", |limit| limit.name());
            because_of.clone_into(&mut self.because_of);
        }
        self.left.clone_from(&settled.left);
        numbers.truncate(settled.granted);
        for number in &numbers {
            self.slots.take(*number);
        }
        numbers
    }

    /// The server did not answer. Whether it did before.
    fn failed(&mut self, now: Duration) -> bool {
        let (rest, did_before) = match self.server {
            Server::Away { rest, .. } => (longer(rest), false),
            Server::There | Server::Back { .. } => (FIRST_REST, true),
        };
        let ask_at = now.saturating_add(rest);
        self.server = Server::Away { ask_at, rest };
        did_before
    }

    fn is_away(&self) -> bool {
        matches!(self.server, Server::Away { .. })
    }
}

/// The rest after `rest`. What one process needs to notice that the server is
/// back is no longer than this for another, which has missed it for as long.
fn longer(rest: Duration) -> Duration {
    rest.saturating_mul(2).min(LONGEST_REST)
}

impl Inner {
    /// Begins to talk with the server, if there is anything to say and nobody does.
    /// Outside of every runtime nobody can: what is to be told waits for the next
    /// time. Whether somebody talks now.
    pub(super) fn exchange(self: &Arc<Self>, mut state: MutexGuard<'_, State>) -> bool {
        let Some(shared) = self.shared.clone() else {
            return false;
        };
        let Ok(runtime) = Handle::try_current() else {
            return false;
        };
        if state.exchange.is_running {
            return true;
        }
        state.exchange.is_running = true;
        // A runtime that shuts down drops the task at once, and `Talk` takes the lock.
        drop(state);
        // A task of its own: who waits may go away, and what was taken must not
        // get lost.
        let mut talk = Talk {
            pacer: Arc::downgrade(self),
            report: None,
            is_over: false,
        };
        let pacer = self.clone();
        runtime.spawn(async move {
            let mut pacer = Some(pacer);
            while let Some(next) = pacer.take() {
                pacer = talk.once(next, &*shared).await;
            }
        });
        true
    }
}

/// A talk that runs; it ends in the state however its task ends.
struct Talk {
    /// Nobody is kept by a server that is away for ever.
    pacer: Weak<Inner>,
    /// What is being told.
    report: Option<Report>,
    is_over: bool,
}

impl Talk {
    /// Tells and asks once; nobody if there is nothing left to say.
    async fn once(&mut self, pacer: Arc<Inner>, shared: &dyn SharedLedger) -> Option<Arc<Inner>> {
        let silent_until = pacer.state().exchange.silent_until(pacer.now());
        if let Some(until) = silent_until {
            let rest = until.saturating_sub(pacer.now());
            let clock = pacer.clock.clone();
            drop(pacer);
            clock.sleep(rest).await;
            return self.pacer.upgrade();
        }
        let report = {
            let mut state = pacer.state();
            let waiting = state.queue.len();
            let Some(report) = state.exchange.next(waiting, pacer.now()) else {
                // Under the same lock, so that nothing is left to say unnoticed.
                state.exchange.is_running = false;
                self.is_over = true;
                pacer.all_told.notify_waiters();
                return None;
            };
            report
        };
        let report = self.report.insert(report);
        let outcome = tokio::select! {
            outcome = shared.settle(report, pacer.now()) => outcome,
            () = pacer.clock.sleep(LONGEST_CALL) => Err(format!(
                "it gave no answer within {} s", LONGEST_CALL.as_secs()
            )),
        };
        let report = self.report.take().unwrap_or_default();
        match outcome {
            Ok(settled) => pacer.settled(report, &settled, shared.limits()),
            Err(reason) => pacer.failed(report, &reason),
        }
        Some(pacer)
    }
}

impl Inner {
    fn settled(&self, report: Report, settled: &Settled, limits: &Limits) {
        let was_away = {
            let mut state = self.state();
            let was_away = state.exchange.is_away();
            let numbers = state.exchange.settled(report, settled, limits, self.now());
            for number in numbers {
                if !state.grant(Taken::Shared(number)) {
                    // Who waited for it has gone away.
                    state.exchange.give_back(number);
                }
            }
            state.queue.wake_first();
            was_away
        };
        if was_away {
            tracing::info!("the shared budget is back");
            self.observers
                .tell(|observer| observer.on_shared_budget_back());
        }
    }

    fn failed(&self, report: Report, reason: &str) {
        let was_there = {
            let mut state = self.state();
            state.exchange.report.take_up(report);
            let was_there = state.exchange.failed(self.now());
            state.queue.wake_first();
            self.all_told.notify_waiters();
            was_there
        };
        if was_there {
            tracing::warn!(
                reason,
                "the shared budget is away: going on with a part of the limits"
            );
            self.observers
                .tell(|observer| observer.on_shared_budget_failed(reason));
        }
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        // Its runtime has ended in the middle: the next one begins anew.
        if !self.is_over
            && let Some(pacer) = self.pacer.upgrade()
        {
            let mut state = pacer.state();
            if let Some(report) = self.report.take() {
                state.exchange.report.take_up(report);
            }
            state.exchange.is_running = false;
            state.queue.wake_first();
            pacer.all_told.notify_waiters();
        }
    }
}
