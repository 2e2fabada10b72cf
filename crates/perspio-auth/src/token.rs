//! An access token and how long it may be used.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::clock::{Deadline, Moment};
use crate::secret::bearer;

/// An access token. Opaque: what it holds is between the identity server and
/// the API. Cheap to clone; no `Debug` shows it.
#[derive(Clone)]
pub struct AccessToken {
    inner: Arc<Inner>,
}

struct Inner {
    secret: SecretString,
    authorization: HeaderValue,
    renew_at: Deadline,
    expires_at: Deadline,
}

impl AccessToken {
    /// A token that was asked for at `asked` and lives for `lifetime` from
    /// there; none if it cannot stand in a header.
    ///
    /// It is renewed when 5/6 of its life are gone: the vendor's page "Use
    /// Access Token" advises to keep a token of 60 minutes for 50.
    pub(crate) fn new(secret: SecretString, lifetime: Duration, asked: Moment) -> Option<Self> {
        let authorization = bearer(secret.expose_secret())?;
        Some(Self {
            inner: Arc::new(Inner {
                secret,
                authorization,
                renew_at: asked.deadline(lifetime / 6 * 5),
                expires_at: asked.deadline(lifetime),
            }),
        })
    }

    /// The value of the `Authorization` header, marked sensitive.
    pub fn authorization(&self) -> &HeaderValue {
        &self.inner.authorization
    }

    /// The token itself, for the rare caller that builds its own header.
    pub fn expose_secret(&self) -> &str {
        self.inner.secret.expose_secret()
    }

    /// How long it may still be used.
    pub fn remaining(&self, now: Moment) -> Duration {
        self.inner.expires_at.remaining(now)
    }

    pub(crate) fn is_expired(&self, now: Moment) -> bool {
        self.inner.expires_at.passed(now)
    }

    pub(crate) fn is_ageing(&self, now: Moment) -> bool {
        self.inner.renew_at.passed(now)
    }

    /// Whether both are the same token, not merely equal ones.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("expires_at", &self.inner.expires_at)
            .finish_non_exhaustive()
    }
}
