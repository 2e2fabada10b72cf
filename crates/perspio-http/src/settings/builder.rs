//! The setters that the builder of every client has.

/// Writes them into an `impl` of a builder that has `settings` with
/// `client_id`, `client_secret` and `servers`
/// ([`ServerSettings`](crate::ServerSettings)), and `pipeline`
/// ([`PipelineBuilder`](crate::PipelineBuilder)); `$prefix` begins the names of
/// its variables. Documentation names types of the client's own crate, which
/// must export them.
#[doc(hidden)]
#[macro_export]
macro_rules! client_setters {
    ($prefix:literal) => {
        #[doc = concat!("The application's client id (`", $prefix, "_CLIENT_ID`).")]
        pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
            self.settings.client_id = Some(client_id.into());
            self
        }

        #[doc = concat!("The application's client secret (`", $prefix, "_CLIENT_SECRET`).")]
        pub fn client_secret(
            mut self,
            client_secret: impl Into<$crate::auth::SecretString>,
        ) -> Self {
            self.settings.client_secret = Some(client_secret.into());
            self
        }

        #[doc = concat!("Another identity server (`", $prefix, "_AUTHORITY`): all that stands before")]
        /// `/oauth2/v2.0`.
        pub fn authority(mut self, authority: impl Into<String>) -> Self {
            self.settings.servers.authority = Some(authority.into());
            self
        }

        #[doc = concat!("Another token endpoint (`", $prefix, "_TOKEN_URL`); it wins over the authority.")]
        pub fn token_url(mut self, token_url: impl Into<String>) -> Self {
            self.settings.servers.token_url = Some(token_url.into());
            self
        }

        #[doc = concat!("Another address for a person's sign-in (`", $prefix, "_AUTHORIZE_URL`); it wins")]
        /// over the authority.
        pub fn authorize_url(mut self, authorize_url: impl Into<String>) -> Self {
            self.settings.servers.authorize_url = Some(authorize_url.into());
            self
        }

        #[doc = concat!("Another address for the device flow (`", $prefix, "_DEVICE_CODE_URL`); it wins over")]
        /// the authority.
        pub fn device_code_url(mut self, device_code_url: impl Into<String>) -> Self {
            self.settings.servers.device_code_url = Some(device_code_url.into());
            self
        }

        #[doc = concat!("What an identity server that is not Entra calls itself (`", $prefix, "_ISSUER`),")]
        /// if its answers to a sign-in say it.
        pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
            self.settings.servers.issuer = Some(issuer.into());
            self
        }

        #[doc = concat!("Other scopes, separated by spaces (`", $prefix, "_SCOPES`).")]
        pub fn scopes(mut self, scopes: impl Into<String>) -> Self {
            self.settings.servers.scopes = Some(scopes.into());
            self
        }

        /// How connections leave this machine: by a proxy, or trusting authorities of
        /// one's own.
        pub fn network(mut self, network: $crate::auth::Network) -> Self {
            self.settings.servers.network = network;
            self
        }

        /// Where tokens are kept; this process's memory by default.
        pub fn store(mut self, store: ::std::sync::Arc<dyn $crate::auth::TokenStore>) -> Self {
            self.pipeline = self.pipeline.store(store);
            self
        }

        /// Somebody who is told what happens to the tokens.
        pub fn observer(
            mut self,
            observer: ::std::sync::Arc<dyn $crate::auth::TokenObserver>,
        ) -> Self {
            self.pipeline = self.pipeline.observer(observer);
            self
        }

        /// The longest that a call may take in all. There is no such limit unless
        /// one is set: only connecting (10 s) and a server's silence (30 s) are limited.
        pub fn timeout(mut self, total: ::std::time::Duration) -> Self {
            self.pipeline = self.pipeline.timeout(total);
            self
        }

        /// What every call asks for, unless it has
        /// [options of its own](crate::Client::with_options). A
        /// [`timeout`](Self::timeout) that was given before is put aside.
        pub fn options(mut self, options: $crate::CallOptions) -> Self {
            self.pipeline = self.pipeline.options(options);
            self
        }

        /// How often and how patiently failed requests are repeated. By default
        /// five times in all, where that is safe: a 429 always, and after outages
        /// and broken connections only what may be done twice.
        /// [`RetryPolicy::none`](crate::RetryPolicy::none) sends every request once;
        /// [`CallOptions::without_retry`](crate::CallOptions::without_retry) does so
        /// for single calls.
        pub fn retry(mut self, policy: $crate::RetryPolicy) -> Self {
            self.pipeline = self.pipeline.retry(policy);
            self
        }

        /// Another clock, for tests.
        pub fn clock(mut self, clock: ::std::sync::Arc<dyn $crate::auth::clock::Clock>) -> Self {
            self.pipeline = self.pipeline.clock(clock);
            self
        }

        /// A middleware of the caller's own, in front of repeating and signing.
        pub fn with(mut self, middleware: impl $crate::Middleware) -> Self {
            self.pipeline = self.pipeline.with(middleware);
            self
        }
    };
}
