//! `perspio` and `perspio-auth` beside other libraries: what a cached token
//! costs, who waits when there is none, what a call costs beside the bare one,
//! and what comes of calls that a service allows only so many of.
//!
//! Every library gets its tokens from the same [`server::Server`] and is asked
//! through the same two traits: [`source::Source`] is one tenant's token,
//! [`source::Tenants`] that of many. Our own stores stand at a [`place::Place`]
//! each, on [`servers`] that the benchmarks start. Calls go to a [`service`] that
//! counts them, or to a [`fixed`] answer. `benches/compare` measures; what takes
//! many processes starts a [`child`] each.

pub mod azure;
pub mod child;
pub mod fixed;
pub mod huskarl;
pub mod middle;
pub mod ours;
mod own_thread;
pub mod place;
pub mod rounds;
pub mod server;
pub mod servers;
pub mod service;
pub mod source;
pub mod variants;
pub mod yup;

pub use azure::Azure;
pub use huskarl::Huskarl;
pub use middle::Middle;
pub use ours::Ours;
pub use yup::Yup;

/// Returns a subscriber of the level INFO that formats traces and discards the text.
pub fn subscriber() -> impl tracing::Subscriber + Send + Sync {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::INFO)
        .with_writer(std::io::sink)
        .finish()
}
