//! The rate limiter: a schedule with a clock, a lock and waiting callers.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use futures::future::OptionFuture;
use perspio_auth::clock::{Clock, Deadline};
use tokio::runtime::Handle;
use tokio::sync::Notify;

use super::budget::Budget;
use super::exchange::{self, Mailbox};
use super::observer::{Observers, Retry, Wait};
use super::queue::Ticket;
use super::report::{BudgetServer, NextReport, Reply};
use super::schedule::{NoRoom, Permit, Schedule};
use crate::options::Priority;

/// A rate limiter: holds requests back until the limits of a service have room for
/// them. Cheap to clone; clones share the budget, as all clients of one
/// application must.
///
/// ```
/// use std::time::Duration;
/// use perspio_http::{Limit, Limits, Pacer, Scope};
///
/// let minute = Duration::from_secs(60);
/// let rate = Limit::requests("application rate", Scope::Application, 100, minute);
/// let pacer = Pacer::new(Limits::none().with(rate));
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
    pub(super) counts_bytes: bool,
    /// Whether a request may have to wait: false until there is a limit or a pause.
    pub(super) is_limited: AtomicBool,
    /// The server of a budget that other processes share.
    pub(super) server: Option<Arc<dyn BudgetServer>>,
    pub(super) schedule: Mutex<Schedule<Arc<Waiter>>>,
    /// Notified when an exchange with the server has ended or failed.
    pub(super) exchange_ended: Notify,
}

/// A caller in the queue.
#[derive(Debug, Default)]
pub(super) struct Waiter {
    permit: OnceLock<Permit>,
    woken: Notify,
}

/// The right to send one request. Dropped, it is given back, or counts as answered at
/// that moment if the request was sent.
#[derive(Debug)]
pub(crate) struct Slot {
    /// `None` if nothing counts the request.
    held: Option<(Arc<Inner>, Permit)>,
    was_sent: bool,
}

impl Pacer {
    /// Returns the remaining budget.
    pub fn budget(&self) -> Budget {
        let mut schedule = self.inner.lock();
        schedule.budget(self.inner.clock.monotonic())
    }

    /// Holds all requests back for `time`, because the service asked for it.
    pub fn pause(&self, time: Duration) {
        self.inner.is_limited.store(true, Ordering::Release);
        self.inner.apply(|schedule, now| schedule.pause(time, now));
        let observers = &self.inner.observers;
        observers.notify(|observer| observer.on_paused(time));
    }

    /// Notifies the observers of a retry.
    pub(crate) fn notify_retry(&self, retry: &Retry<'_>) {
        let observers = &self.inner.observers;
        observers.notify(|observer| observer.on_retry(retry));
    }

    /// Waits until the server of a shared budget has received everything that has
    /// happened, which takes about a millisecond. If a program ends without it right
    /// after a response, that request's slot may be withheld from the other
    /// processes for two minutes. Returns immediately if the budget is not shared or
    /// its server is unavailable.
    pub async fn flush(&self) {
        loop {
            let ended = self.inner.exchange_ended.notified();
            let is_outstanding = self.inner.apply(|schedule, _| schedule.report_now());
            // Outside of a runtime no exchange can be started.
            if !is_outstanding || Handle::try_current().is_err() {
                return;
            }
            ended.await;
        }
    }

    /// Takes a slot if one is free and no other caller waits for it.
    #[inline]
    pub(crate) fn try_acquire(&self) -> Option<Slot> {
        let held = if self.inner.is_limited.load(Ordering::Acquire) {
            let permit = self.inner.apply(Schedule::try_acquire)?;
            Some((self.inner.clone(), permit))
        } else {
            None
        };
        Some(Slot {
            held,
            was_sent: false,
        })
    }

    /// Waits for a slot. Fails as soon as it is known that there is none before
    /// `deadline`, when the call must be over.
    pub(crate) async fn acquire(
        &self,
        priority: Priority,
        deadline: Option<Deadline>,
    ) -> Result<Slot, NoRoom> {
        if let Some(slot) = self.try_acquire() {
            return Ok(slot);
        }
        let inner = &self.inner;
        let waiter = Arc::new(Waiter::default());
        let (ticket, ahead, no_room) = inner.apply(|schedule, now| {
            let ahead = schedule.ahead_of(priority);
            let no_room = inner.in_time(schedule.wait(ahead, now), deadline)?;
            let ticket = schedule.join(priority, waiter.clone());
            Ok((ticket, ahead, no_room))
        })?;
        // Leaves the queue when it is dropped.
        let waiting = Waiting {
            inner: inner.clone(),
            ticket,
            waiter,
            is_over: false,
        };
        if !no_room.wait.is_zero() {
            let wait = Wait {
                because_of: &no_room.because_of,
                at_least: no_room.wait,
                ahead,
                priority,
            };
            inner.observers.notify(|observer| observer.on_wait(&wait));
        }
        // Boxed so that waiting does not enlarge every call's future.
        Box::pin(waiting.slot(deadline)).await
    }

    /// Returns whether any limit counts bytes.
    pub(crate) fn counts_bytes(&self) -> bool {
        self.inner.counts_bytes
    }

    /// Debits bytes that were sent or received.
    pub(crate) fn debit(&self, bytes: u64) {
        if self.inner.counts_bytes && bytes > 0 {
            self.inner.apply(|schedule, now| schedule.debit(bytes, now));
        }
    }

    /// Reports the bytes of a response that has ended.
    pub(super) fn response_ended(&self) {
        self.inner.apply(|schedule, _| schedule.report_now());
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Schedule<Arc<Waiter>>> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Applies an event to the schedule and does what results from it.
    fn apply<T>(
        self: &Arc<Self>,
        event: impl FnOnce(&mut Schedule<Arc<Waiter>>, Duration) -> T,
    ) -> T {
        let mut schedule = self.lock();
        let now = self.clock.monotonic();
        let result = event(&mut schedule, now);
        if deliver(&mut schedule, now)
            && let Some(server) = &self.server
            // Outside of a runtime the report is kept for the next event inside one.
            && let Ok(runtime) = Handle::try_current()
        {
            schedule.exchange_started();
            // A runtime that shuts down drops the task immediately, which locks again.
            drop(schedule);
            exchange::spawn(&runtime, self.clone(), server.clone(), self.clock.clone());
        }
        result
    }

    /// Returns an error if a call that must be over at `deadline` cannot wait so long.
    fn in_time(&self, no_room: NoRoom, deadline: Option<Deadline>) -> Result<NoRoom, NoRoom> {
        match deadline {
            Some(deadline) if no_room.wait > deadline.remaining(self.clock.now()) => Err(no_room),
            _ => Ok(no_room),
        }
    }
}

/// Grants permits and wakes the leader. Returns whether an exchange must be started.
fn deliver(schedule: &mut Schedule<Arc<Waiter>>, now: Duration) -> bool {
    let actions = schedule.actions(now);
    for (waiter, permit) in actions.granted {
        // A waiter has left the queue by then, so that this happens once.
        let _ = waiter.permit.set(permit);
        waiter.woken.notify_one();
    }
    if let Some(waiter) = actions.wake {
        waiter.woken.notify_one();
    }
    actions.start_exchange
}

impl Mailbox for Inner {
    fn next(self: &Arc<Self>, now: Duration) -> NextReport {
        let next = self.lock().next_report(now);
        if next == NextReport::Nothing {
            self.exchange_ended.notify_waiters();
        }
        next
    }

    fn exchanged(self: &Arc<Self>, outcome: Result<Reply, String>) {
        let reply = outcome.as_ref().ok();
        let has_changed = self.apply(|schedule, now| schedule.exchanged(reply, now));
        if outcome.is_err() {
            self.exchange_ended.notify_waiters();
        }
        let observers = &self.observers;
        match outcome {
            Ok(_) if has_changed => {
                tracing::info!("the shared budget is available again");
                observers.notify(|observer| observer.on_shared_budget_back());
            }
            Err(reason) if has_changed => {
                tracing::warn!(
                    reason,
                    "the shared budget is unavailable: continuing with a part of the limits"
                );
                observers.notify(|observer| observer.on_shared_budget_failed(&reason));
            }
            _ => {}
        }
    }

    fn interrupted(self: &Arc<Self>) {
        let mut schedule = self.lock();
        schedule.interrupted();
        // Starts no exchange: this runtime would drop it immediately. The leader does
        // so on its own runtime.
        deliver(&mut schedule, self.clock.monotonic());
        drop(schedule);
        self.exchange_ended.notify_waiters();
    }
}

/// A ticket, which is cancelled when it is dropped.
struct Waiting {
    inner: Arc<Inner>,
    ticket: Ticket,
    waiter: Arc<Waiter>,
    is_over: bool,
}

impl Waiting {
    async fn slot(mut self, deadline: Option<Deadline>) -> Result<Slot, NoRoom> {
        let inner = self.inner.clone();
        loop {
            let alarm = inner.apply(|schedule, now| schedule.alarm(self.ticket, now));
            if let Some(permit) = self.waiter.permit.get() {
                self.is_over = true;
                let held = Some((inner, *permit));
                return Ok(Slot {
                    held,
                    was_sent: false,
                });
            }
            let alarm = alarm.map(|no_room| inner.in_time(no_room, deadline));
            let alarm = alarm.transpose()?.map(|it| inner.clock.sleep(it.wait));
            let passed = deadline.map(|deadline| inner.clock.passed(deadline));
            tokio::select! {
                biased;
                () = self.waiter.woken.notified() => {}
                Some(()) = OptionFuture::from(passed) => return Err(NoRoom {
                    wait: Duration::ZERO,
                    because_of: "the calls ahead of it".to_owned(),
                }),
                Some(()) = OptionFuture::from(alarm) => {}
            }
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        self.inner.apply(|schedule, _| {
            if !schedule.cancel(self.ticket)
                && let Some(permit) = self.waiter.permit.get()
            {
                schedule.give_back(*permit);
            }
        });
    }
}

impl Slot {
    /// Records that the request is being sent.
    #[inline]
    pub(crate) fn sent(&mut self) {
        self.was_sent = true;
    }
}

impl Drop for Slot {
    #[inline]
    fn drop(&mut self) {
        if let Some((inner, permit)) = self.held.take() {
            let was_sent = self.was_sent;
            inner.apply(|schedule, now| {
                if was_sent {
                    schedule.answered(permit, now);
                } else {
                    schedule.give_back(permit);
                }
            });
        }
    }
}

impl fmt::Debug for Pacer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pacer")
            .field("budget", &self.budget())
            .field("shared", &self.inner.server)
            .finish_non_exhaustive()
    }
}
