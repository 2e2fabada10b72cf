//! The refresh of a sign-in: prepare the store, spend the refresh token, save the new one.

use secrecy::{ExposeSecret, SecretString};

use super::{Fetcher, Request, Used};
use crate::oauth::{Credential, Error, RefreshToken};
use crate::source::records::{Loaded, Locked};
use crate::source::spending::Spent;
use crate::token::store::{Revision, StoreError, TokenRecord};

impl Fetcher {
    pub(super) async fn refresh(
        &self,
        request: &Request<'_>,
        locked: &Locked,
        loaded: Loaded,
        token: SecretString,
    ) -> Result<TokenRecord, Error> {
        self.prepare(locked, &loaded).await?;
        let revision = loaded.revision;
        let error = match self.spend(request, &token, &loaded.record, revision).await {
            Ok(record) => return Ok(record),
            Err(error) => error,
        };
        if !matches!(error, Error::SignInRequired { .. }) {
            return Err(error);
        }
        // Rejected by the server: another process may have rotated it meanwhile.
        let again = self.records.stored().await.ok().flatten();
        let is_same = |found: &Loaded| {
            let found = found.record.refresh_token.as_ref();
            found.is_some_and(|found| found.expose_secret() == token.expose_secret())
        };
        match again {
            Some(newer) if !is_same(&newer) => self.adopt(request, locked, newer, error).await,
            again => {
                let revision = again.and_then(|again| again.revision);
                self.give_up(request, revision, error).await
            }
        }
    }

    /// Makes sure that the record can be saved before its refresh token is spent. Where a
    /// refresh token can be used again, an unavailable store does not matter.
    async fn prepare(&self, locked: &Locked, loaded: &Loaded) -> Result<(), Error> {
        if !self.profile.single_use_refresh_tokens() {
            return Ok(());
        }
        let postponed = |cause: &StoreError| Error::RefreshPostponed {
            cause: cause.clone(),
        };
        let lease = locked.as_ref().map_err(postponed)?;
        if let Some(cause) = &loaded.unread {
            return Err(postponed(cause));
        }
        let now = self.records.clock.now();
        if lease.can_run_out()
            && let Some(cause) = self.records.recovery.pending(now)
        {
            return Err(postponed(&cause));
        }
        let prepared = self.records.store.prepare(&self.records.key, lease).await;
        prepared.map_err(|cause| {
            self.records
                .store_failed(&cause, "the sign-in is not refreshed");
            postponed(&cause)
        })
    }

    /// Continues with the record that another process has saved.
    async fn adopt(
        &self,
        request: &Request<'_>,
        locked: &Locked,
        newer: Loaded,
        error: Error,
    ) -> Result<TokenRecord, Error> {
        if self.is_useful(&newer.record, request) {
            self.records.cache.set_saved(&newer.record);
            return Ok(newer.record);
        }
        let Some(token) = newer.record.refresh_token.clone() else {
            return Err(error);
        };
        self.prepare(locked, &newer).await?;
        self.spend(request, &token, &newer.record, newer.revision)
            .await
    }

    /// Deletes a dead record. A credential that was not used yet is exchanged now.
    async fn give_up(
        &self,
        request: &Request<'_>,
        revision: Option<Revision>,
        error: Error,
    ) -> Result<TokenRecord, Error> {
        self.records.delete_rejected(revision).await;
        let is_unused = matches!(*self.used(), Used::No)
            && !matches!(self.credential, Credential::StoredSignIn(_));
        if is_unused {
            return self.sign_in(request, None).await;
        }
        *self.used() = Used::Rejected(error.clone());
        Err(error)
    }

    /// Exchanges a refresh token, and saves the record, also if its access token cannot be
    /// used: the server may not accept the old refresh token any more.
    async fn spend(
        &self,
        request: &Request<'_>,
        token: &SecretString,
        old: &TokenRecord,
        revision: Option<Revision>,
    ) -> Result<TokenRecord, Error> {
        let Some(application) = self.credential.application() else {
            return Err(Error::NotRenewable {
                reason: self.why_not_renewable(),
            });
        };
        let grant = RefreshToken::new(application.clone(), token.clone(), old.scopes.clone());
        let grant = match &old.redirect_uri {
            Some(redirect_uri) => grant.redirect_uri(redirect_uri),
            None => grant.without_redirect_uri(),
        };
        let _spent = self.begin_spending()?;
        let requested_at = self.records.clock.now().wall;
        let response = self
            .endpoint
            .exchange(&grant.into(), &request.policy)
            .await?;
        // Without a new refresh token in the response, the old one is kept (RFC 6749 §6);
        // so is the id token (OpenID Connect Core §12.2).
        let (mut record, unusable) = self.record(response, requested_at, Some(token.clone()));
        record.redirect_uri.clone_from(&old.redirect_uri);
        record.id_token = record.id_token.or_else(|| old.id_token.clone());
        record.signed_in_at = old.signed_in_at;
        if unusable.is_some() {
            // The old access token may still be valid.
            record = TokenRecord {
                refresh_token: record.refresh_token,
                ..old.clone()
            };
        }
        record.generation = old.generation.saturating_add(1);
        self.records.keep(&record, revision).await;
        unusable.map_or(Ok(record), Err)
    }

    pub(super) fn begin_spending(&self) -> Result<Spent, Error> {
        self.spending.begin().ok_or_else(|| {
            Error::configuration("the token source was dropped before its token was refreshed")
        })
    }
}
