//! The limits of a service.

use std::borrow::Cow;
use std::time::Duration;

/// The limits of a service: requests and bytes per window. A client keeps to all
/// of them at once.
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
    all: Vec<Limit>,
}

/// At most so many requests, or bytes, in any window of the given length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    name: Cow<'static, str>,
    scope: Scope,
    unit: Unit,
    most: u64,
    window: Duration,
}

/// The callers that share a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Each application has its own budget.
    Application,
    /// All applications of a tenant share one budget.
    Tenant,
}

/// The unit in which a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// Requests, whether they succeed or fail.
    Requests,
    /// Bytes of request and response bodies.
    Bytes,
}

impl Limits {
    /// Returns an empty set of limits.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a limit.
    pub fn with(mut self, limit: Limit) -> Self {
        self.all.push(limit);
        self
    }

    /// Iterates over the limits in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Limit> {
        self.all.iter()
    }

    /// Divides each limit by `parts`, leaving at least one request or byte: for
    /// processes that share a budget and cannot coordinate.
    pub fn divided_by(mut self, parts: u32) -> Self {
        for limit in &mut self.all {
            limit.most = (limit.most / u64::from(parts.max(1))).max(1);
        }
        self
    }
}

impl Limit {
    /// Allows `most` requests (at least one) in any window of the length `window`.
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

    /// Allows about `most` bytes (at least one) in any window of the length `window`.
    ///
    /// Bytes are counted as they are transferred. Nothing is reserved in advance,
    /// because the length of a response is not known before it arrives. No request
    /// is sent while the budget is spent; responses that are being received are
    /// still read, and count. In a shared budget, the bytes of a response are
    /// reported to the other processes when it ends, and every 256 KiB before that.
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

    /// Returns the name, which errors and observers show.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the callers that share the limit.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// Returns the unit in which the limit counts.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// Returns how many requests or bytes are allowed in a window.
    pub fn most(&self) -> u64 {
        self.most
    }

    /// Returns the length of the window.
    pub fn window(&self) -> Duration {
        self.window
    }

    /// Returns how long a request counts after its response: the window and a
    /// thousandth of it, because the server's clock may run slightly slower.
    pub(super) fn hold(&self) -> Duration {
        self.window.saturating_add(self.window / 1000)
    }
}
