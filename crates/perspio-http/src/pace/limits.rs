//! What a service allows.

use std::borrow::Cow;
use std::time::Duration;

/// What a service allows in a while: requests, and bytes. A client keeps to all
/// of it at once.
///
/// ```
/// use std::time::Duration;
/// use perspio_http::{Limit, Limits, Scope};
///
/// let minute = Duration::from_secs(60);
/// let limits = Limits::none()
///     .with(Limit::requests("application rate", Scope::Application, 100, minute))
///     .with(Limit::bytes("bandwidth", Scope::Tenant, 5_000_000, minute));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    pub(super) all: Vec<Limit>,
}

/// So many requests, or bytes, in any while of the given length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    pub(super) name: Cow<'static, str>,
    pub(super) scope: Scope,
    pub(super) unit: Unit,
    pub(super) most: u64,
    pub(super) window: Duration,
}

/// Who shares a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Each application has its own.
    Application,
    /// All applications of a tenant share it.
    Tenant,
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// Requests, whatever comes of them.
    Requests,
    /// Bytes of the bodies, both ways.
    Bytes,
}

impl Limits {
    /// No limit at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// PerspioTalk's: 20 requests in 90 s for each application; 10,000 requests
    /// and 40 MB an hour for each tenant. The vendor documents the numbers; whose
    /// budget each is, and that a megabyte is 1,000,000 bytes, is our reading.
    pub fn perspiotalk() -> Self {
        const HOUR: Duration = Duration::from_secs(3600);
        let window = Duration::from_secs(90);
        Self::none()
            .with(Limit::requests(
                "application rate",
                Scope::Application,
                20,
                window,
            ))
            .with(Limit::requests("tenant quota", Scope::Tenant, 10_000, HOUR))
            .with(Limit::bytes(
                "tenant bandwidth",
                Scope::Tenant,
                40_000_000,
                HOUR,
            ))
    }

    /// With one limit more.
    pub fn with(mut self, limit: Limit) -> Self {
        self.all.push(limit);
        self
    }

    /// Each limit, in the order in which they were given.
    pub fn iter(&self) -> impl Iterator<Item = &Limit> {
        self.all.iter()
    }

    /// One part of `parts` of each limit, at least one request: for programs that
    /// share a budget and cannot ask each other.
    pub fn divided_by(mut self, parts: u32) -> Self {
        for limit in &mut self.all {
            limit.most = (limit.most / u64::from(parts.max(1))).max(1);
        }
        self
    }
}

impl Limit {
    /// At most `most` requests (one at least) in any while of the length `window`.
    pub fn requests(
        name: impl Into<Cow<'static, str>>,
        scope: Scope,
        most: u32,
        window: Duration,
    ) -> Self {
        Self {
            name: name.into(),
            scope,
            unit: Unit::Requests,
            most: u64::from(most.max(1)),
            window,
        }
    }

    /// About `most` bytes (one at least) in any while of the length `window`. Bytes
    /// count as they come, and nothing is reserved: how long an answer is shows only
    /// then. No request leaves while the budget is spent; the answers on their way
    /// are still read, and count. Of a shared budget, the other processes learn of
    /// an answer's bytes when it has ended, and of a long one's every 256 KiB.
    pub fn bytes(
        name: impl Into<Cow<'static, str>>,
        scope: Scope,
        most: u64,
        window: Duration,
    ) -> Self {
        Self {
            name: name.into(),
            scope,
            unit: Unit::Bytes,
            most: most.max(1),
            window,
        }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Who shares it.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// What it counts.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// How many of them there may be.
    pub fn most(&self) -> u64 {
        self.most
    }

    /// In a while of which length.
    pub fn window(&self) -> Duration {
        self.window
    }

    /// How long something counts after its answer: the window, and a thousandth
    /// of it, because the clock of the server may go a little slower.
    pub(super) fn hold(&self) -> Duration {
        self.window.saturating_add(self.window / 1000)
    }
}
