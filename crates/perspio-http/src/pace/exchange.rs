//! What this process and the server of a shared budget have to tell each other.

use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use tokio::runtime::Handle;

use super::budget::LimitBudget;
use super::ledger::Earliest;
use super::limits::Limits;
use super::pacer::{Inner, State};
use super::shared::{Answered, Report, Settled, SharedLedger, Taken};

/// The server answers in a millisecond; who waits for it can do without.
const LONGEST_CALL: Duration = Duration::from_secs(2);
/// For so long nobody asks a server that was away.
const REST: Duration = Duration::from_secs(2);
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
    /// What is told next.
    report: Report,
    last_number: u64,
    /// There is no room before.
    ask_again: Duration,
    because_of: String,
    /// The server is away; nobody asks it before.
    rests_until: Option<Duration>,
    /// What is left of each limit, as far as is known.
    left: Vec<u64>,
}

impl Exchange {
    pub(super) fn answered(&mut self, number: u64, at: Duration) {
        self.report.answered.push(Answered { number, at });
    }

    pub(super) fn give_back(&mut self, number: u64) {
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

    /// Whether the server is left alone, and this process keeps to its own part.
    pub(super) fn is_resting(&self, now: Duration) -> bool {
        self.rests_until.is_some_and(|until| now < until)
    }

    /// Until when the server is left alone.
    pub(super) fn rests_until(&self, now: Duration) -> Option<Duration> {
        self.rests_until.filter(|until| now < *until)
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
        if self.is_resting(now) {
            return None;
        }
        let mut report = std::mem::take(&mut self.report);
        if self.ask_again <= now {
            let first = self.last_number + 1;
            self.last_number += waiting.min(MOST_WANTED) as u64;
            report.wanted = (first..=self.last_number).collect();
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
        let mut numbers = report.wanted;
        if settled.granted < numbers.len() {
            self.ask_again = now.saturating_add(settled.wait.max(SHORTEST_PAUSE));
            let limit = settled.limit.and_then(|index| limits.iter().nth(index));
            let because_of = limit.map_or("the service's pause", |limit| limit.name());
            because_of.clone_into(&mut self.because_of);
        }
        self.left.clone_from(&settled.left);
        self.rests_until = None;
        numbers.truncate(settled.granted);
        numbers
    }
}

impl Inner {
    /// Begins to talk with the server, if there is anything to say and nobody does.
    /// Outside of every runtime nobody can: what is to be told waits for the next time.
    pub(super) fn exchange(self: &Arc<Self>, mut state: MutexGuard<'_, State>) {
        let Some(shared) = self.shared.clone() else {
            return;
        };
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        if state.exchange.is_running || state.exchange.is_resting(self.now()) {
            return;
        }
        state.exchange.is_running = true;
        // A runtime that shuts down drops the task at once, and `Talk` takes the lock.
        drop(state);
        // A task of its own: who waits may go away, and what was taken must not
        // get lost.
        let mut talk = Talk {
            pacer: self.clone(),
            is_over: false,
        };
        runtime.spawn(async move { while talk.once(&*shared).await {} });
    }
}

/// A talk that runs; it ends in the state however its task ends.
struct Talk {
    pacer: Arc<Inner>,
    is_over: bool,
}

impl Talk {
    /// Tells and asks once; false if there is nothing left to say.
    async fn once(&mut self, shared: &dyn SharedLedger) -> bool {
        let pacer = &self.pacer;
        let report = {
            let mut state = pacer.state();
            let waiting = state.queue.len();
            let Some(report) = state.exchange.next(waiting, pacer.now()) else {
                // Under the same lock, so that nothing is left to say unnoticed.
                state.exchange.is_running = false;
                self.is_over = true;
                return false;
            };
            report
        };
        let outcome = tokio::select! {
            outcome = shared.settle(&report, pacer.now()) => outcome,
            () = pacer.clock.sleep(LONGEST_CALL) => Err(format!(
                "it gave no answer within {} s", LONGEST_CALL.as_secs()
            )),
        };
        match outcome {
            Ok(settled) => self.settled(report, &settled, shared.limits()),
            Err(reason) => self.failed(report, &reason),
        }
        true
    }

    fn settled(&self, report: Report, settled: &Settled, limits: &Limits) {
        let pacer = &self.pacer;
        let was_away = {
            let mut state = pacer.state();
            let was_away = state.exchange.rests_until.is_some();
            let numbers = state.exchange.settled(report, settled, limits, pacer.now());
            for number in numbers {
                if !state.grant(Taken::FromAll(number)) {
                    // Who waited for it has gone away.
                    state.exchange.give_back(number);
                }
            }
            state.queue.wake_first();
            was_away
        };
        if was_away {
            tracing::info!("the shared budget is back");
            pacer
                .observers
                .tell(|observer| observer.on_shared_budget_back());
        }
    }

    fn failed(&self, mut report: Report, reason: &str) {
        let pacer = &self.pacer;
        let was_away = {
            let mut state = pacer.state();
            report.wanted.clear();
            state.exchange.report.take_up(report);
            let was_away = state.exchange.rests_until.is_some();
            state.exchange.rests_until = Some(pacer.now().saturating_add(REST));
            state.queue.wake_first();
            was_away
        };
        if !was_away {
            tracing::warn!(
                reason,
                "the shared budget is away: going on with a part of the limits"
            );
            pacer
                .observers
                .tell(|observer| observer.on_shared_budget_failed(reason));
        }
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        // Its runtime has ended in the middle: the next one begins anew.
        if !self.is_over {
            let mut state = self.pacer.state();
            state.exchange.is_running = false;
            state.queue.wake_first();
        }
    }
}
