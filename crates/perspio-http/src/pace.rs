//! Keeps to the limits of a service, so that it has nothing to refuse.
//!
//! [`Pace`] is the stage, [`Pacer`] the budget that it keeps to. A request waits
//! until every limit has room for it: at most N requests in *any* window of the
//! given length, wherever it begins. A slot is free again one window after the
//! answer of the request that held it, because the server counted that request
//! before it answered. First come, first served, interactive calls before bulk
//! ones; who goes away leaves its place.

mod bandwidth;
mod body;
mod budget;
mod builder;
mod exchange;
mod ledger;
mod limits;
mod observer;
mod pacer;
mod queue;
#[cfg(feature = "redis")]
mod redis;
mod shared;
mod slots;
mod waiting;
mod window;

pub(crate) use body::ByteCounter;
pub use budget::{Budget, LimitBudget};
pub use builder::PacerBuilder;
pub use limits::{Limit, Limits, Scope, Unit};
pub use observer::{PaceObserver, Wait};
pub use pacer::Pacer;
#[cfg(feature = "redis")]
pub use redis::SharedBudget;
pub(crate) use waiting::Slot;

pub(crate) use pacer::NoRoom;

#[cfg(test)]
mod tests;
