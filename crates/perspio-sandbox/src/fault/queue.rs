//! The faults that wait for their request.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Fault, QueuedFault};
use crate::endpoint::{Endpoint, PerEndpoint};

/// The queued faults of each endpoint.
#[derive(Debug, Default)]
pub(crate) struct FaultQueue {
    queues: PerEndpoint<Mutex<VecDeque<Waiting>>>,
}

#[derive(Debug)]
struct Waiting {
    /// The number of requests that are served before this fault.
    after: u32,
    fault: Fault,
}

impl FaultQueue {
    /// Queues a fault that leaves the next `after` requests alone. They are counted from the
    /// moment that the fault is the first of its endpoint.
    pub(crate) fn push(&self, endpoint: Endpoint, after: u32, fault: Fault) {
        self.queue(endpoint).push_back(Waiting { after, fault });
    }

    /// Returns the fault for the next request.
    pub(crate) fn take(&self, endpoint: Endpoint) -> Option<Fault> {
        let mut queue = self.queue(endpoint);
        let first = queue.front_mut()?;
        if let Some(after) = first.after.checked_sub(1) {
            first.after = after;
            return None;
        }
        queue.pop_front().map(|waiting| waiting.fault)
    }

    /// Returns the faults that have not been used, in the order of [`Endpoint::ALL`].
    pub(crate) fn waiting(&self) -> Vec<QueuedFault> {
        let of = |endpoint| {
            let queue = self.queue(endpoint);
            let described = queue.iter().map(|waiting| QueuedFault {
                endpoint,
                after: waiting.after,
                fault: waiting.fault.spec(),
            });
            described.collect::<Vec<_>>()
        };
        Endpoint::ALL.into_iter().flat_map(of).collect()
    }

    pub(crate) fn clear(&self) {
        for endpoint in Endpoint::ALL {
            self.queue(endpoint).clear();
        }
    }

    fn queue(&self, endpoint: Endpoint) -> MutexGuard<'_, VecDeque<Waiting>> {
        let queue = self.queues.get(endpoint).lock();
        queue.unwrap_or_else(PoisonError::into_inner)
    }
}
