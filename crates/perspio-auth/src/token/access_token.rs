//! An access token and its lifetime.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::token::clock::{Deadline, Moment, between};
use crate::token::id_token::IdToken;
use crate::token::scheme::Scheme;
use crate::token::secret::sensitive_copy;
use crate::token::store::TokenRecord;

/// An access token. It is opaque to the client, cheap to clone, and redacted in `Debug`
/// output.
#[derive(Clone)]
pub struct AccessToken {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    secret: SecretString,
    /// The password, if the secret is an encoded user name and password.
    password: Option<SecretString>,
    authorization: HeaderValue,
    id_token: Option<IdToken>,
    scopes: Vec<String>,
    renew_at: Deadline,
    expires_at: Deadline,
}

impl AccessToken {
    /// Returns the token of a record, which is sent with `scheme`; `None` if it is not a
    /// valid header value.
    ///
    /// It is due for renewal after 5/6 of its lifetime (50 of 60 minutes), or earlier
    /// according to the identity server's `refresh_in`; and earlier by up to 1/120 of
    /// its lifetime, depending on `number`, so that many keys are not due at the same
    /// time.
    pub(crate) fn new(
        scheme: Scheme,
        record: &TokenRecord,
        now: Moment,
        number: u64,
    ) -> Option<Self> {
        let authorization = scheme.authorization(record.access_token.expose_secret())?;
        // The first clone of a header value allocates. It is made here, so that the
        // callers' clones do not allocate.
        drop(authorization.clone());
        let age = between(record.requested_at, now.wall);
        let due = record.lifetime / 6 * 5;
        let due = record.refresh_in.map_or(due, |sooner| sooner.min(due));
        let earlier = record.lifetime / 120 / 1000 * u32::try_from(number % 1000).unwrap_or(0);
        Some(Self {
            inner: Arc::new(Inner {
                secret: record.access_token.clone(),
                password: scheme.password(&record.access_token),
                authorization,
                id_token: record.id_token.clone().map(IdToken::new),
                scopes: record.scopes.clone(),
                renew_at: now.deadline(due.saturating_sub(earlier).saturating_sub(age)),
                expires_at: now.deadline(record.lifetime.saturating_sub(age)),
            }),
        })
    }

    /// Returns the value of the `Authorization` header, marked as sensitive.
    pub fn authorization(&self) -> &HeaderValue {
        &self.inner.authorization
    }

    /// Returns the token itself, for callers that build their own header. For HTTP Basic it
    /// is the encoded user name and password.
    pub fn expose_secret(&self) -> &str {
        self.inner.secret.expose_secret()
    }

    /// Returns the id token of the signed-in user, if the identity server sent one.
    pub fn id_token(&self) -> Option<&IdToken> {
        self.inner.id_token.as_ref()
    }

    /// Returns the granted scopes.
    pub fn scopes(&self) -> &[String] {
        &self.inner.scopes
    }

    /// Returns the remaining lifetime.
    pub fn remaining(&self, now: Moment) -> Duration {
        self.inner.expires_at.remaining(now)
    }

    pub(crate) fn is_expired(&self, now: Moment) -> bool {
        self.inner.is_expired(now)
    }

    pub(crate) fn is_ageing(&self, now: Moment) -> bool {
        self.inner.is_ageing(now)
    }

    pub(crate) fn is_fresh(&self, now: Moment) -> bool {
        self.inner.is_fresh(now)
    }

    /// Returns a copy that shares no reference count with the original.
    pub(crate) fn copy(&self) -> Self {
        let authorization = sensitive_copy(self.authorization());
        drop(authorization.clone());
        Self {
            inner: Arc::new(Inner {
                secret: self.inner.secret.clone(),
                password: self.inner.password.clone(),
                authorization,
                id_token: self.inner.id_token.clone(),
                scopes: self.inner.scopes.clone(),
                renew_at: self.inner.renew_at,
                expires_at: self.inner.expires_at,
            }),
        }
    }

    /// Returns whether it is a user name and a password, which are not renewed.
    pub(crate) fn is_password(&self) -> bool {
        self.inner.password.is_some()
    }

    /// Returns the texts that no output may contain.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        let password = self.inner.password.iter();
        password
            .chain([&self.inner.secret])
            .map(ExposeSecret::expose_secret)
    }

    /// Returns whether both are the same token.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner) || self.expose_secret() == other.expose_secret()
    }
}

impl Inner {
    pub(crate) fn authorization(&self) -> &HeaderValue {
        &self.authorization
    }

    /// Returns whether the token is neither due for renewal nor expired.
    pub(crate) fn is_fresh(&self, now: Moment) -> bool {
        !self.renew_at.passed(now)
    }

    pub(crate) fn is_expired(&self, now: Moment) -> bool {
        self.expires_at.passed(now)
    }

    pub(crate) fn is_ageing(&self, now: Moment) -> bool {
        self.renew_at.passed(now)
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("scopes", &self.inner.scopes)
            .field("expires_at", &self.inner.expires_at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::token::clock::{Clock, ManualClock};

    fn token(
        age: u64,
        lifetime: u64,
        refresh_in: Option<u64>,
        number: u64,
    ) -> (AccessToken, ManualClock) {
        let clock = ManualClock::new();
        let now = clock.now();
        let record = TokenRecord {
            access_token: SecretString::from("t"),
            refresh_token: None,
            id_token: None,
            scopes: Vec::new(),
            requested_at: now.wall - Duration::from_secs(age),
            lifetime: Duration::from_secs(lifetime),
            refresh_in: refresh_in.map(Duration::from_secs),
            redirect_uri: None,
            signed_in_at: std::time::UNIX_EPOCH,
            generation: 0,
        };
        (
            AccessToken::new(Scheme::Bearer, &record, now, number).unwrap(),
            clock,
        )
    }

    proptest! {
        #[test]
        fn a_token_ages_before_it_expires(
            age in 0..10_000_u64,
            lifetime in 0..10_000_u64,
            refresh_in in proptest::option::of(0..20_000_u64),
            number: u64,
            later in 0..20_000_u64,
        ) {
            let (token, clock) = token(age, lifetime, refresh_in, number);
            clock.advance(Duration::from_secs(later));
            let now = clock.now();
            prop_assert!(!token.is_expired(now) || token.is_ageing(now));
            prop_assert_eq!(token.inner.is_fresh(now), !token.is_ageing(now));
            prop_assert_eq!(token.is_expired(now), age + later >= lifetime);
        }

        #[test]
        fn a_token_ages_between_49_and_50_of_60_minutes(number: u64) {
            let (token, clock) = token(0, 3600, None, number);
            clock.advance(Duration::from_secs(49 * 60));
            prop_assert!(!token.is_ageing(clock.now()));
            clock.advance(Duration::from_secs(60));
            prop_assert!(token.is_ageing(clock.now()));
        }
    }

    #[test]
    fn the_identity_servers_refresh_in_is_used_if_it_is_sooner() {
        let (sooner, clock) = token(0, 3600, Some(600), 0);
        let (later, _) = token(0, 3600, Some(3590), 0);
        clock.advance(Duration::from_secs(600));
        assert!(sooner.is_ageing(clock.now()));
        assert!(!later.is_ageing(clock.now()));
    }
}
