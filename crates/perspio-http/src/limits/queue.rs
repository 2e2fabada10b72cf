//! The queue of callers that wait for a slot.

use std::collections::VecDeque;

use crate::options::Priority;

/// A queue of waiters: interactive ones before bulk ones, each first come, first
/// served.
#[derive(Debug)]
pub(super) struct Queue<W> {
    interactive: VecDeque<(Ticket, W)>,
    bulk: VecDeque<(Ticket, W)>,
    last_number: u64,
}

/// Identifies a waiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    priority: Priority,
    number: u64,
}

impl<W> Queue<W> {
    pub(super) fn new() -> Self {
        Self {
            interactive: VecDeque::new(),
            bulk: VecDeque::new(),
            last_number: 0,
        }
    }

    /// Appends a waiter to those of the same priority.
    pub(super) fn join(&mut self, priority: Priority, waiter: W) -> Ticket {
        self.last_number += 1;
        let ticket = Ticket {
            priority,
            number: self.last_number,
        };
        self.lane(priority).push_back((ticket, waiter));
        ticket
    }

    fn lane(&mut self, priority: Priority) -> &mut VecDeque<(Ticket, W)> {
        match priority {
            Priority::Interactive => &mut self.interactive,
            Priority::Bulk => &mut self.bulk,
        }
    }

    /// Returns how many waiters a new one would have before it.
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

    /// Returns the waiter that is served next.
    pub(super) fn first(&self) -> Option<&(Ticket, W)> {
        self.interactive.front().or_else(|| self.bulk.front())
    }

    /// Removes the waiter that is served next.
    pub(super) fn pop(&mut self) -> Option<W> {
        let first = self.interactive.pop_front();
        let first = first.or_else(|| self.bulk.pop_front());
        first.map(|(_, waiter)| waiter)
    }

    /// Removes a waiter. Returns whether it was still in the queue.
    pub(super) fn leave(&mut self, ticket: Ticket) -> bool {
        let lane = self.lane(ticket.priority);
        let position = lane.binary_search_by_key(&ticket.number, |(other, _)| other.number);
        position.is_ok_and(|position| lane.remove(position).is_some())
    }
}
