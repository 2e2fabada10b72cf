//! The queue of callers that wait for a slot.

use std::collections::BTreeMap;

use crate::options::Priority;

/// A queue of waiters: interactive ones before bulk ones, each first come, first
/// served.
#[derive(Debug)]
pub(super) struct Queue<W> {
    waiters: BTreeMap<Ticket, W>,
    interactive: usize,
    last_number: u64,
}

/// Identifies a waiter. The order is that in which waiters are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket {
    priority: Priority,
    number: u64,
}

impl<W> Queue<W> {
    pub(super) fn new() -> Self {
        Self {
            waiters: BTreeMap::new(),
            interactive: 0,
            last_number: 0,
        }
    }

    pub(super) fn join(&mut self, priority: Priority, waiter: W) -> Ticket {
        self.last_number += 1;
        let ticket = Ticket {
            priority,
            number: self.last_number,
        };
        self.waiters.insert(ticket, waiter);
        self.interactive += usize::from(priority == Priority::Interactive);
        ticket
    }

    /// Removes a waiter, if it is still in the queue.
    pub(super) fn leave(&mut self, ticket: Ticket) -> Option<W> {
        let waiter = self.waiters.remove(&ticket)?;
        self.interactive -= usize::from(ticket.priority == Priority::Interactive);
        Some(waiter)
    }

    /// Removes the waiter that is served next.
    pub(super) fn pop(&mut self) -> Option<W> {
        self.leave(self.first()?)
    }

    /// Returns the waiter that is served next.
    pub(super) fn first(&self) -> Option<Ticket> {
        self.waiters.first_key_value().map(|(ticket, _)| *ticket)
    }

    pub(super) fn get(&self, ticket: Ticket) -> Option<&W> {
        self.waiters.get(&ticket)
    }

    pub(super) fn len(&self) -> usize {
        self.waiters.len()
    }

    /// Returns how many waiters a new one would have before it.
    pub(super) fn ahead_of(&self, priority: Priority) -> usize {
        match priority {
            Priority::Interactive => self.interactive,
            Priority::Bulk => self.len(),
        }
    }
}
