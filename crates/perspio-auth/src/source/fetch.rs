//! One fetch: lock the key, read the record again, obtain a token, save it.

mod refresh;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use secrecy::SecretString;

use super::records::{Loaded, Locked, Records};
use super::spending::Spending;
use super::token_endpoint::TokenEndpoint;
use crate::oauth::{Credential, Error, Profile, TokenResponse, is_silent};
use crate::retry::RetryPolicy;
use crate::token::clock::Moment;
use crate::token::store::TokenRecord;
use crate::token::{AccessToken, fault};

/// The lifetime of a token whose response has no `expires_in`: Entra's shortest
/// default is 60 minutes.
const USUAL_LIFETIME: Duration = Duration::from_secs(3600);

/// The error of a sign-in that was in the store before.
const SIGNED_OUT: &str = "its sign-in is not in the store any more, because a user has signed \
     out or the store has lost it: sign in again";

/// The error of a password that the API rejected. It is not sent again, because repeated
/// failures may lock the account.
const PASSWORD_REJECTED: &str = "the API rejected the configured user name or password: correct \
     them. They are not sent again, because repeated failures may lock the account";

/// Obtains the tokens of one key.
#[derive(Debug)]
pub(crate) struct Fetcher {
    pub(crate) endpoint: Arc<dyn TokenEndpoint>,
    pub(crate) profile: Profile,
    pub(crate) credential: Credential,
    pub(crate) records: Records,
    pub(crate) used: Mutex<Used>,
    pub(crate) spending: Arc<Spending>,
}

/// The state of a credential that can be exchanged once.
#[derive(Clone, Debug, Default)]
pub(crate) enum Used {
    #[default]
    No,
    /// It has been exchanged for a token.
    Yes,
    /// The identity server has rejected it, or its refresh token, permanently.
    Rejected(Error),
}

/// A record with a valid access token.
#[derive(Debug)]
pub(crate) struct Obtained {
    pub(crate) record: TokenRecord,
    /// Why its access token, which is due, could not be refreshed.
    pub(crate) failure: Option<Error>,
}

impl From<TokenRecord> for Obtained {
    fn from(record: TokenRecord) -> Self {
        Self {
            record,
            failure: None,
        }
    }
}

/// One fetch: the token that must not be returned again, and the retries that it may make.
pub(crate) struct Request<'a> {
    pub(crate) unwanted: Option<&'a AccessToken>,
    pub(crate) policy: RetryPolicy,
}

impl Fetcher {
    /// Returns a record with a valid access token other than the unwanted one.
    pub(crate) async fn obtain(&self, request: &Request<'_>) -> Result<Obtained, Error> {
        if matches!(self.credential, Credential::BasicAuth(_)) {
            return self.password(request).await;
        }
        if self.is_new_sign_in() {
            let record = self.redeem(request).await?;
            if let Err(error) = self.records.put(&record).await {
                self.records
                    .store_failed(&error, "the token is in this process's memory only");
            }
            return Ok(record.into());
        }
        let is_useful = |record: &TokenRecord| self.is_useful(record, request);
        let locked = tokio::select! {
            biased;
            locked = self.records.lock() => locked,
            record = self.records.obtained_elsewhere(is_useful) => return Ok(record.into()),
        };
        let outcome = self.obtain_locked(request, &locked).await;
        if let Ok(lease) = locked {
            self.records.unlock(lease).await;
        }
        fault::point("released");
        outcome
    }

    async fn obtain_locked(
        &self,
        request: &Request<'_>,
        locked: &Locked,
    ) -> Result<Obtained, Error> {
        let is_stored_sign_in = matches!(self.credential, Credential::StoredSignIn(_));
        let loaded = match self.records.load().await {
            Ok(loaded) => loaded,
            // An application can do without the store, a sign-in that may be in it cannot.
            Err(error) if self.credential.is_of_a_user() => {
                let other_copy = matches!(*self.used(), Used::No) && !is_stored_sign_in;
                if !other_copy || self.profile.single_use_refresh_tokens() {
                    return Err(Error::Store(error));
                }
                None
            }
            Err(_) => None,
        };
        if let Some(loaded) = &loaded
            && self.is_useful(&loaded.record, request)
        {
            tracing::debug!("another process has obtained the token");
            return Ok(loaded.record.clone().into());
        }
        let valid = loaded
            .as_ref()
            .map(|loaded| &loaded.record)
            .filter(|record| self.is_valid(record, request))
            .cloned();
        let has_refresh_token =
            (loaded.as_ref()).and_then(|loaded| loaded.record.refresh_token.clone());
        let outcome = match (loaded, has_refresh_token) {
            (Some(loaded), Some(token)) => self.refresh(request, locked, loaded, token).await,
            // It is in the store, and the credential cannot be exchanged again.
            (Some(_), None) if is_stored_sign_in => Err(Error::NotRenewable {
                reason: self.why_not_renewable(),
            }),
            (loaded, _) => self.sign_in(request, loaded).await,
        };
        match (outcome, valid) {
            (Ok(record), _) => Ok(record.into()),
            // It is due, but still valid.
            (Err(failure), Some(record)) if !failure.needs_sign_in() => Ok(Obtained {
                record,
                failure: Some(failure),
            }),
            (Err(error), _) => Err(error),
        }
    }

    /// Returns a password for the API itself, which is not stored, unless it was rejected.
    async fn password(&self, request: &Request<'_>) -> Result<Obtained, Error> {
        let now = self.records.clock.now();
        // A password is unwanted only after a rejection, or when it counts as expired.
        if request.unwanted.is_some_and(|it| !it.is_expired(now)) {
            return Err(Error::configuration(PASSWORD_REJECTED));
        }
        if let Used::Rejected(error) = &*self.used() {
            return Err(error.clone());
        }
        let (record, _) = self.exchange(request).await?;
        Ok(record.into())
    }

    /// Returns the token of a record; `None` if it is not a valid header value.
    pub(super) fn token(
        &self,
        record: &TokenRecord,
        now: Moment,
        number: u64,
    ) -> Option<AccessToken> {
        AccessToken::new(self.credential.scheme(), record, now, number)
    }

    /// Completes a sign-in and replaces the record in the store. If it cannot be saved,
    /// the sign-in fails, because the next process would not find it.
    pub(crate) async fn begin(&self, request: &Request<'_>) -> Result<TokenRecord, Error> {
        let record = self.redeem(request).await?;
        self.records.put(&record).await.map_err(Error::Store)?;
        Ok(record)
    }

    /// Whether a user has just signed in, so that the record in the store is older.
    fn is_new_sign_in(&self) -> bool {
        let is_new = matches!(
            self.credential,
            Credential::AuthorizationCode(_) | Credential::DeviceCode(_)
        );
        is_new && matches!(*self.used(), Used::No)
    }

    /// Exchanges the credential of a sign-in; no lock is held while a user types.
    async fn redeem(&self, request: &Request<'_>) -> Result<TokenRecord, Error> {
        let (record, unusable) = self.exchange(request).await?;
        // The record in the store is better than a sign-in that failed.
        if let Some(error) = unusable {
            *self.used() = Used::Rejected(error.clone());
            return Err(error);
        }
        match self.token(&record, self.records.clock.now(), 0) {
            Some(_) => Ok(record),
            None => Err(self.unusable()),
        }
    }

    /// Deletes the record from the store and from memory, after a refresh in flight.
    pub(crate) async fn sign_out(&self) -> Result<(), Error> {
        let cleared = self.records.clear().await;
        if self.credential.is_single_use() {
            *self.used() = Used::Rejected(Error::NotRenewable {
                reason: "a user has signed out: sign in again",
            });
        }
        cleared.map_err(Error::Store)
    }

    /// Returns the error for a token that is not a valid header value.
    pub(crate) fn unusable(&self) -> Error {
        Error::InvalidToken {
            host: self.profile.token_url().host().to_owned(),
            reason: "its access_token is not a valid header value".to_owned(),
        }
    }

    /// Exchanges the credential, because `loaded` cannot be refreshed.
    async fn sign_in(
        &self,
        request: &Request<'_>,
        loaded: Option<Loaded>,
    ) -> Result<TokenRecord, Error> {
        if self.credential.is_single_use() {
            let used = self.used().clone();
            match used {
                Used::No => {}
                Used::Yes => {
                    let reason = match &loaded {
                        None if !matches!(self.credential, Credential::FixedToken(_)) => SIGNED_OUT,
                        _ => self.why_not_renewable(),
                    };
                    return Err(Error::NotRenewable { reason });
                }
                Used::Rejected(error) => return Err(error),
            }
        }
        let _spent = self.begin_spending()?;
        let (record, unusable) = self.exchange(request).await?;
        let replaces = loaded.and_then(|loaded| loaded.revision);
        self.records.keep(&record, replaces).await;
        unusable.map_or(Ok(record), Err)
    }

    /// Sends the request of the credential. Returns the record to save, and why its access
    /// token cannot be used.
    async fn exchange(&self, request: &Request<'_>) -> Result<(TokenRecord, Option<Error>), Error> {
        let requested_at = self.records.clock.now().wall;
        let response = self
            .endpoint
            .exchange(&self.credential, &request.policy)
            .await;
        // A failed connection does not use up the code or token; an error response does.
        match &response {
            Ok(_) => *self.used() = Used::Yes,
            Err(error) if error.is_verdict() => *self.used() = Used::Rejected(error.clone()),
            Err(_) => {}
        }
        let given = match &self.credential {
            Credential::RefreshToken(grant) => Some(grant.secret().clone()),
            _ => None,
        };
        let redirect_uri = self.credential.redirect_uri().map(str::to_owned);
        let (mut record, unusable) = self.record(response?, requested_at, given);
        record.redirect_uri = redirect_uri;
        Ok((record, unusable))
    }

    /// Returns the record of a response, and why its access token cannot be used: it has
    /// expired in the record then, so that only the refresh token is used.
    fn record(
        &self,
        response: TokenResponse,
        requested_at: SystemTime,
        given: Option<SecretString>,
    ) -> (TokenRecord, Option<Error>) {
        let parts = response.into_parts();
        let lifetime = match &parts.unusable {
            Some(_) => Duration::ZERO,
            None => parts.lifetime.unwrap_or(USUAL_LIFETIME),
        };
        let record = TokenRecord {
            access_token: parts.access_token,
            refresh_token: parts.refresh_token.or(given),
            id_token: parts.id_token,
            scopes: parts.scopes.unwrap_or_else(|| self.asked()),
            requested_at,
            lifetime,
            refresh_in: parts.refresh_in,
            redirect_uri: None,
            signed_in_at: requested_at,
            generation: 0,
        };
        (record, parts.unusable)
    }

    /// Returns the scopes that the credential requests.
    fn asked(&self) -> Vec<String> {
        self.credential.scopes(&self.profile)
    }

    /// Returns the scopes that were requested and not granted. `offline_access`,
    /// `…/.default` and OpenID's scopes are never listed in a response and are ignored.
    pub(crate) fn missing(&self, record: &TokenRecord) -> Vec<String> {
        let never_granted = |scope: &str| is_silent(scope) || scope.ends_with("/.default");
        let granted = |scope: &String| {
            record
                .scopes
                .iter()
                .any(|it| it.eq_ignore_ascii_case(scope))
        };
        let asked = self.asked().into_iter();
        asked
            .filter(|scope| !never_granted(scope) && !granted(scope))
            .collect()
    }

    /// Returns whether the record has another token than the unwanted one, which is not due.
    fn is_useful(&self, record: &TokenRecord, request: &Request<'_>) -> bool {
        self.has(record, request, AccessToken::is_ageing)
    }

    /// Returns whether the record has another token than the unwanted one, which has not
    /// expired.
    fn is_valid(&self, record: &TokenRecord, request: &Request<'_>) -> bool {
        self.has(record, request, AccessToken::is_expired)
    }

    fn has(
        &self,
        record: &TokenRecord,
        request: &Request<'_>,
        is_too_old: fn(&AccessToken, Moment) -> bool,
    ) -> bool {
        let now = self.records.clock.now();
        self.token(record, now, 0).is_some_and(|token| {
            !is_too_old(&token, now) && !request.unwanted.is_some_and(|it| it.is(&token))
        })
    }

    /// Returns whether the store has another valid token.
    pub(super) async fn is_replaced(&self, token: &AccessToken) -> bool {
        let stored = self.records.stored().await.ok().flatten();
        let request = Request {
            unwanted: Some(token),
            policy: RetryPolicy::none(),
        };
        stored.is_some_and(|found| self.is_useful(&found.record, &request))
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn why_not_renewable(&self) -> &'static str {
        match &self.credential {
            Credential::FixedToken(_) => {
                "the one that was configured has expired or was rejected: set a new one"
            }
            _ => self.profile.renewal_help(),
        }
    }
}
