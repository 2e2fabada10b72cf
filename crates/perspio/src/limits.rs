//! The limits of PerspioTalk.

use std::time::Duration;

use perspio_http::{Limit, Limits, Scope};

/// Returns the documented limits of PerspioTalk: 20 requests in 90 s for each
/// application; 10,000 requests and 40 MB an hour for each tenant.
///
/// The vendor documents the numbers. The scope of each limit, and that a megabyte is
/// 1,000,000 bytes, is this library's reading.
pub fn limits() -> Limits {
    const WINDOW: Duration = Duration::from_secs(90);
    const HOUR: Duration = Duration::from_secs(3600);
    Limits::none()
        .with(Limit::requests(
            "application rate",
            Scope::Application,
            20,
            WINDOW,
        ))
        .with(Limit::requests("tenant quota", Scope::Tenant, 10_000, HOUR))
        .with(Limit::bytes(
            "tenant bandwidth",
            Scope::Tenant,
            40_000_000,
            HOUR,
        ))
}
