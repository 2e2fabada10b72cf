//! Lets requests go in their turns, as far as the limits allow.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use perspio_auth::clock::{Clock, Deadline, Moment};
use tokio::sync::Notify;

use super::budget::Budget;
use super::builder::PacerBuilder;
use super::exchange::Exchange;
use super::ledger::{Earliest, Ledger};
use super::limits::Limits;
use super::observer::{Observers, Wait};
use super::queue::Queue;
use super::shared::{SharedLedger, Taken};
use super::waiting::{Slot, Waiting};
use crate::options::Priority;

/// Holds requests back until the limits of a service have room for them. Cheap
/// to clone; clones share the budget, as all clients of one application must.
///
/// ```
/// use perspio_http::{Limits, Pacer};
///
/// let pacer = Pacer::new(Limits::perspiotalk());
/// for limit in pacer.budget().limits {
///     println!("{}: {} left", limit.limit.name(), limit.left);
/// }
/// ```
#[derive(Clone)]
pub struct Pacer {
    pub(super) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) observers: Observers,
    pub(super) counts_requests: bool,
    pub(super) counts_bytes: bool,
    /// The budget that other processes share, if any do.
    pub(super) shared: Option<Arc<dyn SharedLedger>>,
    pub(super) state: Mutex<State>,
    /// The talk with the server of the shared budget has come to its end, or the
    /// server did not answer.
    pub(super) all_told: Notify,
}

#[derive(Debug)]
pub(super) struct State {
    /// This process's own requests. Where the budget is shared, this holds them
    /// against its part of the limits, for when the server of it is away.
    pub(super) ledger: Ledger,
    pub(super) queue: Queue,
    pub(super) exchange: Exchange,
}

/// There is no room within the time that a call has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoRoom {
    /// How long it would have had to wait, at least.
    pub(crate) wait: Duration,
    pub(crate) because_of: String,
}

impl Pacer {
    /// Keeps to `limits`, by the machine's clock.
    pub fn new(limits: Limits) -> Self {
        Self::builder(limits).build()
    }

    /// Keeps to `limits`, with a clock or observers of the caller's.
    pub fn builder(limits: Limits) -> PacerBuilder {
        PacerBuilder::new(limits)
    }

    /// What is left of the limits now.
    pub fn budget(&self) -> Budget {
        let mut state = self.inner.state();
        let now = self.inner.now();
        let mut limits = state.ledger.budgets(now);
        if let Some(shared) = &self.inner.shared {
            state.exchange.correct(&mut limits, shared.limits(), now);
        }
        Budget {
            limits,
            paused_for: state.ledger.paused_for(now),
            waiting: state.queue.len(),
        }
    }

    /// The service has asked for peace: no request goes out for `time`.
    pub fn pause(&self, time: Duration) {
        let mut state = self.inner.state();
        let until = self.inner.now().saturating_add(time);
        state.ledger.pause(until);
        if self.inner.shared.is_some() {
            state.exchange.pause(time);
        }
        self.inner.exchange(state);
        self.inner
            .observers
            .tell(|observer| observer.on_paused(time));
    }

    /// Waits until the server of a shared budget knows of all that has happened, a
    /// millisecond or so. A program that ends without it, right after an answer, may
    /// keep that request's slot from the others for two minutes. Without a shared
    /// budget, or while its server is away, there is nothing to wait for.
    pub async fn flush(&self) {
        loop {
            let all_told = self.inner.all_told.notified();
            {
                let state = self.inner.state();
                if !state.exchange.has_more_to_tell() || !self.inner.exchange(state) {
                    return;
                }
            }
            all_told.await;
        }
    }

    /// A slot, if there is one that nobody else waits for.
    #[inline]
    pub(crate) fn try_acquire(&self) -> Option<Slot> {
        self.inner.slot_at_once(&mut self.inner.state())
    }

    /// Waits for a slot; `deadline` is when its call must be over.
    pub(crate) async fn acquire(
        &self,
        priority: Priority,
        deadline: Option<Deadline>,
    ) -> Result<Slot, NoRoom> {
        let waiting = {
            let mut state = self.inner.state();
            if let Some(slot) = self.inner.slot_at_once(&mut state) {
                return Ok(slot);
            }
            let now = self.inner.now();
            let ahead = state.queue.ahead_of(priority);
            let earliest = self.inner.earliest(&mut state, ahead, now);
            self.inner.within(deadline, &earliest, now)?;
            let turn = state.queue.join(priority);
            let waiting = Waiting::new(&self.inner, turn);
            drop(state);
            if earliest.at > now {
                self.inner.observers.tell(|observer| {
                    observer.on_wait(&Wait {
                        because_of: &earliest.because_of,
                        at_least: earliest.at.saturating_sub(now),
                        ahead,
                        priority,
                    });
                });
            }
            waiting
        };
        // What waits has the time for a box; what does not wait is smaller for it.
        Box::pin(waiting.turn(deadline)).await
    }

    /// Now, by its clock.
    pub(super) fn moment(&self) -> Moment {
        self.inner.clock.now()
    }

    /// Whether any limit counts bytes.
    pub(crate) fn counts_bytes(&self) -> bool {
        self.inner.counts_bytes
    }

    /// Bytes have been sent or have come.
    pub(crate) fn debit(&self, bytes: u64) {
        let mut state = self.inner.state();
        state.ledger.debit(bytes, self.inner.now());
        if self.inner.shared.is_some() && state.exchange.debit(bytes) {
            self.inner.exchange(state);
        }
    }

    pub(crate) fn debit_request(&self, request: &reqwest::Request) {
        let sent = request.body().and_then(reqwest::Body::as_bytes);
        let sent = sent.map_or(0, <[u8]>::len) as u64;
        if sent > 0 {
            self.debit(sent);
        }
    }

    /// All bytes of an answer have come.
    pub(super) fn debited(&self) {
        if self.inner.shared.is_some() {
            self.inner.exchange(self.inner.state());
        }
    }
}

impl Inner {
    pub(super) fn now(&self) -> Duration {
        self.clock.monotonic()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A slot of this process's own budget, if nobody waits for it.
    fn slot_at_once(self: &Arc<Self>, state: &mut State) -> Option<Slot> {
        let is_free = self.shared.is_none() && state.queue.is_empty();
        let has_room =
            is_free && (state.ledger.has_no_limits() || state.ledger.room(self.now()) > 0);
        has_room.then(|| {
            state.ledger.take();
            Slot::new(self, Taken::Alone)
        })
    }

    /// When one may go that has `ahead` others before it, as far as is known.
    pub(super) fn earliest(&self, state: &mut State, ahead: usize, now: Duration) -> Earliest {
        match &self.shared {
            Some(_) if !state.exchange.is_resting(now) => {
                let paused = state.ledger.pause_ends(now);
                state.exchange.earliest(paused)
            }
            _ => {
                let mut earliest = state.ledger.earliest(ahead, now);
                if let Some(rest) = state.exchange.rests_until(now) {
                    earliest.at = earliest.at.min(rest);
                }
                earliest
            }
        }
    }

    /// An error if a call that must be over at `deadline` cannot wait until `earliest`.
    pub(super) fn within(
        &self,
        deadline: Option<Deadline>,
        earliest: &Earliest,
        now: Duration,
    ) -> Result<(), NoRoom> {
        let wait = earliest.at.saturating_sub(now);
        match deadline {
            Some(deadline) if wait > deadline.remaining(self.clock.now()) => Err(NoRoom {
                wait,
                because_of: earliest.because_of.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// What the first of those who wait does; it must be woken at the given time, if any.
    pub(super) fn lead(
        self: &Arc<Self>,
        mut state: MutexGuard<'_, State>,
        now: Duration,
    ) -> Option<Earliest> {
        if self.shared.is_some() && !state.exchange.is_resting(now) {
            let earliest = self.earliest(&mut state, 0, now);
            if earliest.at > now {
                return Some(earliest);
            }
            // Its outcome wakes whoever is the first then.
            self.exchange(state);
            return None;
        }
        let room = state.ledger.room(now);
        if room > 0 {
            for _ in 0..room.min(state.queue.len()) {
                let slot = match &self.shared {
                    Some(_) => Taken::Shared(state.exchange.take_own()),
                    None => Taken::Alone,
                };
                state.grant(slot);
            }
            state.queue.wake_first();
            self.exchange(state);
            return None;
        }
        Some(self.earliest(&mut state, 0, now))
    }

    /// A request was answered, or its failure is known.
    pub(super) fn answered(self: &Arc<Self>, slot: Taken) {
        if slot == Taken::Alone && !self.counts_requests {
            return;
        }
        let mut state = self.state();
        let now = self.now();
        state.ledger.answered(now);
        if let Taken::Shared(number) = slot {
            state.exchange.answered(number, now);
            self.exchange(state);
        }
    }

    /// A request will not be sent after all: its place is somebody else's.
    pub(super) fn give_back(self: &Arc<Self>, slot: Taken) {
        let mut state = self.state();
        state.ledger.give_back();
        state.queue.wake_first();
        if let Taken::Shared(number) = slot {
            state.exchange.give_back(number);
            self.exchange(state);
        }
    }
}

impl State {
    /// Lets the first go who waits; false if nobody does.
    pub(super) fn grant(&mut self, slot: Taken) -> bool {
        let Some(turn) = self.queue.take_first() else {
            return false;
        };
        self.ledger.take();
        turn.grant(slot);
        true
    }
}

impl fmt::Debug for Pacer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pacer")
            .field("budget", &self.budget())
            .field("shared", &self.inner.shared)
            .finish_non_exhaustive()
    }
}
