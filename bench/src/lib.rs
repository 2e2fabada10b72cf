//! `perspio-auth` beside other token libraries: what a cached token costs, and
//! who waits when there is none.
//!
//! Every library gets its tokens from the same [`server::Server`] and is asked
//! through the same two traits: [`source::Source`] is one tenant's token,
//! [`source::Tenants`] that of many. Our own stores stand at a [`place::Place`]
//! each, on [`servers`] that the benchmarks start. `benches/compare` measures.

pub mod azure;
pub mod huskarl;
pub mod middle;
pub mod ours;
pub mod place;
pub mod server;
pub mod servers;
pub mod source;
pub mod yup;

pub use azure::Azure;
pub use huskarl::Huskarl;
pub use middle::Middle;
pub use ours::Ours;
pub use yup::Yup;
