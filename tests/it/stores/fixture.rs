//! A sandbox where a used refresh token ends its sign-in, and a store.

use std::sync::Arc;
use std::time::Duration;

use perspio_auth::clock::ManualClock;
use perspio_auth::{ClientCredentials, Credential, Profile, StoredSignIn, TokenSource, TokenStore};
use perspio_sandbox::{Rotation, Sandbox};

use crate::sign_in::{Opened, sign_in};
use crate::support;
use crate::token_events::TokenEvents;

/// A sandbox where a used refresh token ends its sign-in, and a store. The server is strict, so
/// that a test notices when an old refresh token is used.
pub(super) struct Fixture<S> {
    pub(super) sandbox: Sandbox,
    pub(super) profile: Profile,
    pub(super) clock: ManualClock,
    pub(super) store: Arc<S>,
    pub(super) events: Arc<TokenEvents>,
}

impl<S: TokenStore + Default + 'static> Fixture<S> {
    pub(super) async fn new() -> Self {
        let builder = Sandbox::builder().rotation(Rotation::Invalidates);
        let sandbox = builder.start().await.unwrap();
        Self {
            profile: support::profile(&sandbox),
            clock: ManualClock::new(),
            store: Arc::default(),
            events: Arc::default(),
            sandbox,
        }
    }

    /// Returns the source of another process.
    pub(super) fn source(&self, credential: impl Into<Credential>) -> TokenSource {
        self.source_with(credential, self.store.clone())
    }

    pub(super) fn source_with(
        &self,
        credential: impl Into<Credential>,
        store: Arc<dyn TokenStore>,
    ) -> TokenSource {
        TokenSource::builder(&self.profile, credential)
            .store(store)
            .clock(Arc::new(self.clock.clone()))
            .observer(self.events.clone())
            .build()
            .unwrap()
    }

    pub(super) fn application(&self) -> TokenSource {
        self.source(ClientCredentials::new(support::application(&self.sandbox)))
    }

    pub(super) fn user(&self) -> TokenSource {
        self.source(StoredSignIn::new(support::application(&self.sandbox)))
    }

    /// Signs Ada in, in another process.
    pub(super) async fn signed_in(&self) -> TokenSource {
        let sign_in = sign_in(&self.sandbox)
            .clock(Arc::new(self.clock.clone()))
            .store(self.store.clone());
        let opened = Opened::new(sign_in, &self.profile).await;
        opened.ada_signs_in(&self.sandbox).await;
        self.sandbox.log().clear();
        self.user()
    }

    pub(super) fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.sandbox.clock().advance(by);
    }

    pub(super) fn requests(&self) -> usize {
        self.sandbox.log().token_requests().len()
    }
}
