//! Sign-ins that are stored under the user that the id token names.

use std::sync::Arc;

use super::{AuthorizationRequest, SignIn};
use crate::oauth::{Credential, Error, Profile, StoredSignIn};
use crate::source::{TokenSource, check_keeps_sign_ins};
use crate::token::store::{MemoryStore, StoreError, TokenKey, TokenRecord, TokenStore};
use crate::token::{AccessToken, IdToken};

/// The number of attempts to replace a record that other processes replace too.
const MOST_REPLACEMENTS: usize = 10;

impl AuthorizationRequest {
    /// Validates the response that the browser returned, exchanges its code, and saves the
    /// sign-in in `store` under the user that the id token names, as
    /// [`SignIn::user_of_id_token`] does. `response` is the query of the redirect, or the
    /// body of the form.
    ///
    /// # Errors
    /// Those of [`Self::credential`]; [`Error::SignInRejected`] if the id token names no
    /// user, [`Error::Store`] if the sign-in could not be saved,
    /// [`Error::Configuration`] if the store may evict it.
    pub async fn sign_in(
        &self,
        response: &str,
        store: Arc<dyn TokenStore>,
    ) -> Result<TokenSource, Error> {
        check_keeps_sign_ins(&*store)?;
        let code = self.credential(response)?;
        let sign_in = SignIn::new(code.application().clone(), ()).store(store);
        let sign_in = sign_in.user_of_id_token();
        let (source, _) = sign_in.conclude(self.profile(), code).await?;
        Ok(source)
    }
}

impl<F> SignIn<F> {
    /// Exchanges the result of the sign-in for tokens, and saves them under the user that
    /// the id token names.
    pub(super) async fn conclude_with_user_of_id_token(
        &self,
        profile: &Profile,
        credential: impl Into<Credential>,
    ) -> Result<(TokenSource, AccessToken), Error> {
        // The user is known only after the exchange.
        let received = Arc::new(MemoryStore::new());
        let builder = self.builder(profile, credential).store(received.clone());
        let key = builder.key();
        let (_, token) = builder.sign_in().await?;
        let user = token.id_token().and_then(IdToken::user_key);
        let user = user.ok_or_else(|| Error::SignInRejected {
            reason: "the identity server returned no id token that names the user (oid and tid, \
                     or iss and sub). Request the scope openid, and sign in again"
                .to_owned(),
        })?;
        let Some(stored) = received.read(&key).await.map_err(Error::Store)? else {
            return Err(Error::Store(StoreError {
                store: "of the memory".to_owned(),
                reason: "the sign-in that was just saved is missing: sign in again".to_owned(),
            }));
        };
        let credential = StoredSignIn::new(self.application.clone());
        let builder = self.builder(profile, credential).user(user);
        self.save(&builder.key(), &stored.record).await?;
        let source = builder.build()?;
        let token = source.token().await?;
        Ok((source, token))
    }

    /// Saves the record of a new sign-in, instead of an earlier one.
    async fn save(&self, key: &TokenKey, record: &TokenRecord) -> Result<(), Error> {
        let lease = self.store.lock(key).await.map_err(Error::Store)?;
        for _ in 0..MOST_REPLACEMENTS {
            let earlier = self.store.read(key).await.map_err(Error::Store)?;
            let earlier = earlier.map(|earlier| earlier.revision);
            let replaced = self.store.replace(key, earlier, record.clone()).await;
            if replaced.map_err(Error::Store)? {
                lease.release().await;
                return Ok(());
            }
        }
        Err(Error::Store(StoreError {
            store: format!("{:?}", self.store),
            reason: "other processes keep replacing the sign-in: try again".to_owned(),
        }))
    }
}
