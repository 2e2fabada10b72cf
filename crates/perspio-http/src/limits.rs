//! Rate limiting on the client's side, so that the service has no reason to reject
//! a request.
//!
//! A request waits until every limit has room for it: at most N requests in *any*
//! window of the given length, wherever it begins. A slot is free again one window
//! after the response of the request that held it, because the server counted that
//! request before it responded. Slots are granted first come, first served,
//! interactive calls before bulk ones; a cancelled call leaves the queue.
//!
//! The modules build on each other in this order: `limit` (the limits of a service),
//! `window` (the usage of one limit), `ledger` (the usage of all limits),
//! `queue`, `remote` (this process's side of a shared budget), `schedule` (the pure
//! state machine), `exchange` (the task that talks to a budget's server),
//! `shared_budget` (such a server on Redis), `pacer` (the public handle).

mod body;
mod budget;
mod builder;
mod circuit_breaker;
mod exchange;
mod leases;
mod ledger;
mod limit;
mod observer;
mod pacer;
mod queue;
mod remote;
mod report;
mod schedule;
#[cfg(feature = "redis")]
mod shared_budget;
mod window;

pub(crate) use body::{ByteCounter, counted};
pub use budget::{Budget, LimitBudget};
pub use builder::PacerBuilder;
pub use limit::{Limit, Limits, Scope, Unit};
pub use observer::{PaceObserver, Retry, Wait};
pub use pacer::Pacer;
pub(crate) use pacer::Slot;
pub(crate) use schedule::NoRoom;
#[cfg(feature = "redis")]
pub use shared_budget::SharedBudget;

#[cfg(test)]
mod tests;
