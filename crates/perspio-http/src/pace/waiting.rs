//! A call that waits for its turn, and the slot that it gets.

use std::sync::Arc;
use std::time::Duration;

use perspio_auth::clock::Deadline;

use super::pacer::{Inner, NoRoom};
use super::queue::Turn;
use super::shared::Taken;

/// A request may be sent; to be told when it is answered. Dropped before, it
/// counts as answered then: it may have been sent.
#[derive(Debug)]
pub(crate) struct Slot {
    pacer: Arc<Inner>,
    taken: Taken,
    is_over: bool,
}

/// One who waits; going away, it leaves its place to others.
pub(super) struct Waiting {
    pacer: Arc<Inner>,
    turn: Arc<Turn>,
    is_over: bool,
}

impl Waiting {
    pub(super) fn new(pacer: &Arc<Inner>, turn: Arc<Turn>) -> Self {
        Self {
            pacer: pacer.clone(),
            turn,
            is_over: false,
        }
    }

    /// Ends with the slot, or when `deadline` leaves no time for it.
    pub(super) async fn turn(mut self, deadline: Option<Deadline>) -> Result<Slot, NoRoom> {
        let pacer = self.pacer.clone();
        loop {
            let earliest = {
                let state = pacer.state();
                if let Some(taken) = self.turn.slot() {
                    self.is_over = true;
                    return Ok(Slot::new(&pacer, taken));
                }
                let is_first = state
                    .queue
                    .first()
                    .is_some_and(|it| Arc::ptr_eq(it, &self.turn));
                let now = pacer.now();
                if is_first {
                    pacer.lead(state, now)
                } else {
                    None
                }
            };
            let now = pacer.now();
            if let Some(earliest) = &earliest {
                pacer.within(deadline, earliest, now)?;
            }
            let time = async {
                match &earliest {
                    Some(earliest) => pacer.clock.sleep(earliest.at.saturating_sub(now)).await,
                    None => std::future::pending().await,
                }
            };
            let over = async {
                match deadline {
                    Some(deadline) => pacer.clock.passed(deadline).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = self.turn.woken.notified() => {}
                () = over => return Err(NoRoom {
                    wait: Duration::ZERO,
                    because_of: "the calls ahead of it".to_owned(),
                }),
                () = time => {}
            }
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let stood_there = {
            let mut state = self.pacer.state();
            let stood_there = state.queue.leave(&self.turn);
            // It may have been the first, who sees to the time.
            state.queue.wake_first();
            stood_there
        };
        if !stood_there && let Some(taken) = self.turn.slot() {
            self.pacer.give_back(taken);
        }
    }
}

impl Slot {
    pub(super) fn new(pacer: &Arc<Inner>, taken: Taken) -> Self {
        Self {
            pacer: pacer.clone(),
            taken,
            is_over: false,
        }
    }

    /// The request was answered, or its failure is known.
    pub(crate) fn answered(mut self) {
        self.end();
    }

    /// The request was not sent after all.
    pub(crate) fn give_back(mut self) {
        self.is_over = true;
        self.pacer.give_back(self.taken);
    }

    #[inline]
    fn end(&mut self) {
        if !std::mem::replace(&mut self.is_over, true) {
            self.pacer.answered(self.taken);
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.end();
    }
}
