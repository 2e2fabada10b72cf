//! The decision whether a request is retried, and when: a pure function, for the requests
//! to the API and to the identity server.

mod decide;
mod outcome;
mod policy;
mod stop_reason;

pub use decide::{Decision, Situation, decide};
pub use outcome::Outcome;
pub use policy::RetryPolicy;
pub use stop_reason::StopReason;
