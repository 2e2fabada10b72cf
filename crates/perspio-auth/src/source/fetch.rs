//! One fetch: lock the key, read the record again, obtain a token, save it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::kept::{Found, Kept};
use crate::oauth::Credential;
use crate::oauth::Error;
use crate::oauth::RefreshToken;
use crate::oauth::is_silent;
use crate::oauth::{Identity, TokenAnswer};
use crate::source::observer::Observers;
use crate::token::AccessToken;
use crate::token::clock::Clock;
use crate::token::fault;
use crate::token::store::{Revision, TokenKey, TokenRecord, TokenStore};

/// The lifetime of a token whose response has no `expires_in`: Entra's shortest
/// default is 60 minutes.
const USUAL_LIFETIME: Duration = Duration::from_secs(3600);

/// The error of a sign-in that was in the store before.
const SIGNED_OUT: &str = "its sign-in is not in the store any more, because a user has signed \
     out or the store has lost it: sign in again";

/// Obtains the tokens of one key.
#[derive(Debug)]
pub(crate) struct Fetcher {
    pub(crate) identity: Identity,
    pub(crate) credential: Credential,
    pub(crate) key: TokenKey,
    pub(crate) store: Arc<dyn TokenStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) spent: Mutex<Spent>,
    /// The newest record, for the time in which the store is unavailable.
    pub(crate) kept: Mutex<Option<Kept>>,
    pub(crate) observers: Observers,
}

/// The state of a credential that can be exchanged once.
#[derive(Clone, Debug, Default)]
pub(crate) enum Spent {
    #[default]
    No,
    /// It has been exchanged for a token.
    Used,
    /// The identity server has rejected it, or its refresh token, permanently.
    Refused(Error),
}

impl Fetcher {
    /// Returns a record with a valid access token other than `unwanted`.
    pub(crate) async fn obtain(
        &self,
        unwanted: Option<&AccessToken>,
    ) -> Result<TokenRecord, Error> {
        if self.is_new_sign_in() {
            let record = self.redeem().await?;
            if let Err(error) = self.put(&record).await {
                self.store_failed(&error, "the token is kept in this process's memory only");
            }
            return Ok(record);
        }
        let lease = tokio::select! {
            biased;
            lease = self.lock() => lease,
            record = self.obtained_elsewhere(unwanted) => return Ok(record),
        };
        let outcome = self.obtain_locked(unwanted).await;
        if let Some(lease) = lease {
            lease.release().await;
        }
        fault::point("released");
        outcome
    }

    async fn obtain_locked(&self, unwanted: Option<&AccessToken>) -> Result<TokenRecord, Error> {
        let is_stored_sign_in = matches!(self.credential, Credential::StoredSignIn(_));
        let found = match self.find().await {
            Ok(found) => found,
            // There is no other copy of it.
            Err(error) if is_stored_sign_in => return Err(Error::Store(error)),
            Err(_) => None,
        };
        if let Some(found) = &found
            && self.is_useful(&found.record, unwanted)
        {
            tracing::debug!("another process has obtained the token");
            return Ok(found.record.clone());
        }
        match found
            .as_ref()
            .and_then(|found| found.record.refresh_token.clone())
        {
            Some(token) => self.refresh(found, &token, unwanted).await,
            // It is in the store, and the credential cannot be exchanged again.
            None if found.is_some() && is_stored_sign_in => Err(Error::NotRenewable {
                reason: self.why_not_renewable(),
            }),
            None => self.sign_in(found).await,
        }
    }

    /// Completes a sign-in and replaces the record in the store. If it cannot be saved,
    /// the sign-in fails, because the next process would not find it.
    pub(crate) async fn begin(&self) -> Result<TokenRecord, Error> {
        let record = self.redeem().await?;
        self.put(&record).await.map_err(Error::Store)?;
        Ok(record)
    }

    /// Whether a user has just signed in, so that the record in the store is older.
    fn is_new_sign_in(&self) -> bool {
        let is_new = matches!(
            self.credential,
            Credential::AuthorizationCode(_) | Credential::DeviceCode(_)
        );
        is_new && matches!(*self.spent(), Spent::No)
    }

    /// Exchanges the credential of a sign-in; no lock is held while a user types.
    async fn redeem(&self) -> Result<TokenRecord, Error> {
        let record = self.request().await?;
        match AccessToken::new(&record, self.clock.now(), 0) {
            Some(_) => Ok(record),
            // The record in the store is better than the error.
            None => Err(self.unusable()),
        }
    }

    /// Deletes the record from the store and from memory, after a refresh in flight.
    pub(crate) async fn sign_out(&self) -> Result<(), Error> {
        let cleared = self.clear().await;
        if self.credential.is_single_use() {
            *self.spent() = Spent::Refused(Error::NotRenewable {
                reason: "a user has signed out: sign in again",
            });
        }
        cleared.map_err(Error::Store)
    }

    /// Returns the error for a token that is not a valid header value.
    pub(crate) fn unusable(&self) -> Error {
        self.identity
            .invalid_token("its access_token is not a valid header value")
    }

    /// Exchanges the credential, because `found` cannot be refreshed.
    async fn sign_in(&self, found: Option<Found>) -> Result<TokenRecord, Error> {
        if self.credential.is_single_use() {
            let spent = self.spent().clone();
            match spent {
                Spent::No => {}
                Spent::Used => {
                    let reason = match &found {
                        None if !matches!(self.credential, Credential::FixedToken(_)) => SIGNED_OUT,
                        _ => self.why_not_renewable(),
                    };
                    return Err(Error::NotRenewable { reason });
                }
                Spent::Refused(error) => return Err(error),
            }
        }
        let record = self.request().await?;
        let replaces = found.and_then(|found| found.revision);
        self.keep(record, replaces).await
    }

    /// Sends the request of the credential.
    async fn request(&self) -> Result<TokenRecord, Error> {
        let asked_at = self.clock.now().wall;
        let answer = self.credential.request(&self.identity, &*self.clock).await;
        // A failed connection does not use up the code or token; an error response does.
        match &answer {
            Ok(_) => *self.spent() = Spent::Used,
            Err(error) if error.is_verdict() => *self.spent() = Spent::Refused(error.clone()),
            Err(_) => {}
        }
        let given = match &self.credential {
            Credential::RefreshToken(grant) => Some(grant.secret().clone()),
            _ => None,
        };
        let redirect_uri = self.credential.redirect_uri().map(str::to_owned);
        Ok(self.record(answer?, asked_at, given, redirect_uri))
    }

    async fn refresh(
        &self,
        found: Option<Found>,
        token: &SecretString,
        unwanted: Option<&AccessToken>,
    ) -> Result<TokenRecord, Error> {
        let revision = found.as_ref().and_then(|found| found.revision);
        let error = match self.refresh_with(token, found).await {
            Ok(record) => return self.keep(record, revision).await,
            Err(error) => error,
        };
        if !matches!(error, Error::SignInRequired { .. }) {
            return Err(error);
        }
        // Rejected by the server: another process may have rotated it meanwhile.
        let again = self.stored().await.ok().flatten();
        let is_same = |found: &Found| {
            let kept = found.record.refresh_token.as_ref();
            kept.is_some_and(|kept| kept.expose_secret() == token.expose_secret())
        };
        match again {
            Some(newer) if !is_same(&newer) => self.adopt(newer, unwanted, error).await,
            again => {
                let revision = again.and_then(|again| again.revision);
                self.give_up(revision, error).await
            }
        }
    }

    /// Continues with the record that another process has saved.
    async fn adopt(
        &self,
        newer: Found,
        unwanted: Option<&AccessToken>,
        error: Error,
    ) -> Result<TokenRecord, Error> {
        if self.is_useful(&newer.record, unwanted) {
            return Ok(newer.record);
        }
        let Some(token) = newer.record.refresh_token.clone() else {
            return Err(error);
        };
        let revision = newer.revision;
        let record = self.refresh_with(&token, Some(newer)).await?;
        self.keep(record, revision).await
    }

    /// Deletes a dead record. A credential that was not used yet is exchanged now.
    async fn give_up(
        &self,
        revision: Option<Revision>,
        error: Error,
    ) -> Result<TokenRecord, Error> {
        self.forget(revision).await;
        let is_unused = matches!(*self.spent(), Spent::No)
            && !matches!(self.credential, Credential::StoredSignIn(_));
        if is_unused {
            return self.sign_in(None).await;
        }
        *self.spent() = Spent::Refused(error.clone());
        Err(error)
    }

    async fn refresh_with(
        &self,
        token: &SecretString,
        found: Option<Found>,
    ) -> Result<TokenRecord, Error> {
        let Some(application) = self.credential.application() else {
            return Err(Error::NotRenewable {
                reason: self.why_not_renewable(),
            });
        };
        let (scopes, redirect_uri, id_token) = found
            .map(|Found { record, .. }| (record.scopes, record.redirect_uri, record.id_token))
            .unwrap_or_default();
        let grant = RefreshToken::new(application.clone(), token.clone(), scopes);
        let grant = match &redirect_uri {
            Some(redirect_uri) => grant.redirect_uri(redirect_uri),
            None => grant.without_redirect_uri(),
        };
        let asked_at = self.clock.now().wall;
        let answer = grant.request(&self.identity, &*self.clock).await?;
        // Without a new refresh token in the response, the old one is kept (RFC 6749 §6);
        // so is the id token (OpenID Connect Core §12.2).
        let given = Some(token.clone());
        let mut record = self.record(answer, asked_at, given, redirect_uri);
        record.id_token = record.id_token.or(id_token);
        Ok(record)
    }

    fn record(
        &self,
        answer: TokenAnswer,
        asked_at: Duration,
        given: Option<SecretString>,
        redirect_uri: Option<String>,
    ) -> TokenRecord {
        let parts = answer.into_parts();
        TokenRecord {
            access_token: parts.access_token,
            refresh_token: parts.refresh_token.or(given),
            id_token: parts.id_token,
            scopes: parts.scopes.unwrap_or_else(|| self.asked()),
            asked_at,
            lifetime: parts.lifetime.unwrap_or(USUAL_LIFETIME),
            refresh_in: parts.refresh_in,
            redirect_uri,
        }
    }

    /// Returns the scopes that the credential requests.
    fn asked(&self) -> Vec<String> {
        self.credential.scopes(self.identity.profile())
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

    pub(super) fn is_useful(&self, record: &TokenRecord, unwanted: Option<&AccessToken>) -> bool {
        let now = self.clock.now();
        AccessToken::new(record, now, 0)
            .is_some_and(|token| !token.is_ageing(now) && !unwanted.is_some_and(|it| it.is(&token)))
    }

    /// Returns whether the store has another valid token.
    pub(super) async fn is_replaced(&self, token: &AccessToken) -> bool {
        let stored = self.stored().await.ok().flatten();
        stored.is_some_and(|found| self.is_useful(&found.record, Some(token)))
    }

    fn spent(&self) -> MutexGuard<'_, Spent> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn why_not_renewable(&self) -> &'static str {
        match &self.credential {
            Credential::FixedToken(_) => {
                "the one that was configured has expired or was rejected: set a new one"
            }
            _ => self.identity.profile().renewal_help(),
        }
    }
}
