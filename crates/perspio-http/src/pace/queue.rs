//! Who waits for the budget, in the order of their turns.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use tokio::sync::Notify;

use super::shared::Taken;
use crate::options::Priority;

/// Who waits: interactive calls before bulk ones, each first come, first served.
#[derive(Debug, Default)]
pub(super) struct Queue {
    interactive: VecDeque<Arc<Turn>>,
    bulk: VecDeque<Arc<Turn>>,
}

/// The place of one who waits. It is woken when the turn has come, and when it
/// has become the first, who must see to the time.
#[derive(Debug)]
pub(super) struct Turn {
    priority: Priority,
    pub(super) woken: Notify,
    /// The slot, once the turn has come.
    slot: OnceLock<Taken>,
}

impl Turn {
    /// It has come.
    pub(super) fn grant(&self, slot: Taken) {
        // It leaves the queue before, so it comes once.
        let _ = self.slot.set(slot);
        self.woken.notify_one();
    }

    /// The slot, if the turn has come.
    pub(super) fn slot(&self) -> Option<Taken> {
        self.slot.get().copied()
    }
}

impl Queue {
    /// A place at the end of those with the same priority.
    pub(super) fn join(&mut self, priority: Priority) -> Arc<Turn> {
        let turn = Arc::new(Turn {
            priority,
            woken: Notify::new(),
            slot: OnceLock::new(),
        });
        self.line(priority).push_back(turn.clone());
        turn
    }

    fn line(&mut self, priority: Priority) -> &mut VecDeque<Arc<Turn>> {
        match priority {
            Priority::Interactive => &mut self.interactive,
            Priority::Bulk => &mut self.bulk,
        }
    }

    /// How many would go before somebody who joins now.
    pub(super) fn ahead_of(&self, priority: Priority) -> usize {
        match priority {
            Priority::Interactive => self.interactive.len(),
            Priority::Bulk => self.len(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.interactive.len() + self.bulk.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Who goes next.
    pub(super) fn first(&self) -> Option<&Arc<Turn>> {
        self.interactive.front().or_else(|| self.bulk.front())
    }

    pub(super) fn take_first(&mut self) -> Option<Arc<Turn>> {
        self.interactive
            .pop_front()
            .or_else(|| self.bulk.pop_front())
    }

    /// Whether it stood there.
    pub(super) fn leave(&mut self, turn: &Arc<Turn>) -> bool {
        let line = self.line(turn.priority);
        let place = line.iter().position(|other| Arc::ptr_eq(other, turn));
        place.and_then(|place| line.remove(place)).is_some()
    }

    /// Wakes the first, to see to the time.
    pub(super) fn wake_first(&self) {
        if let Some(first) = self.first() {
            first.woken.notify_one();
        }
    }
}
