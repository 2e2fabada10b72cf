//! The setters that the builders of all clients have.

/// Writes them into an `impl` of a builder that has `settings` with `application`
/// ([`ApplicationSettings`](crate::settings::ApplicationSettings)) and `servers`
/// ([`ServerSettings`](crate::settings::ServerSettings)), and `http`
/// ([`ApiClientBuilder`](crate::ApiClientBuilder)). `$name` is the name of the
/// client's crate, `$prefix` begins the names of its environment variables. The
/// documentation links to types that the client's crate must export.
#[doc(hidden)]
#[macro_export]
macro_rules! client_setters {
    ($name:literal, $prefix:literal) => {
        #[doc = concat!("Sets the application's client id (`", $prefix, "_CLIENT_ID`).")]
        pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
            self.settings.application.client_id = Some(client_id.into());
            self
        }

        #[doc = concat!("Sets the application's client secret (`", $prefix, "_CLIENT_SECRET`).")]
        /// A public client, which only signs in users, has none.
        pub fn client_secret(
            mut self,
            client_secret: impl Into<$crate::auth::SecretString>,
        ) -> Self {
            self.settings.application.client_secret = Some(client_secret.into());
            self
        }

        #[doc = concat!("Sets a file with a certificate and its private key (PEM), instead of a secret (`", $prefix, "_CLIENT_CERTIFICATE`).")]
        pub fn client_certificate(mut self, path: impl Into<String>) -> Self {
            self.settings.application.client_certificate = Some(path.into());
            self
        }

        #[doc = concat!("Sets a file with a client assertion, instead of a secret (`", $prefix, "_FEDERATED_TOKEN_FILE`):")]
        /// the token that Kubernetes workload identity mounts. It is read for each token request.
        pub fn federated_token_file(mut self, path: impl Into<String>) -> Self {
            self.settings.application.federated_token_file = Some(path.into());
            self
        }

        #[doc = concat!("Sets another identity server (`", $prefix, "_AUTHORITY`): its URL up to")]
        /// `/oauth2/v2.0`, exclusive.
        pub fn authority(mut self, authority: impl Into<String>) -> Self {
            self.settings.servers.authority = Some(authority.into());
            self
        }

        #[doc = concat!("Sets another token endpoint (`", $prefix, "_TOKEN_URL`), which overrides the authority.")]
        pub fn token_url(mut self, token_url: impl Into<String>) -> Self {
            self.settings.servers.token_url = Some(token_url.into());
            self
        }

        #[doc = concat!("Sets another authorization endpoint (`", $prefix, "_AUTHORIZE_URL`), which overrides")]
        /// the authority.
        pub fn authorize_url(mut self, authorize_url: impl Into<String>) -> Self {
            self.settings.servers.authorize_url = Some(authorize_url.into());
            self
        }

        #[doc = concat!("Sets another device authorization endpoint (`", $prefix, "_DEVICE_CODE_URL`), which")]
        /// overrides the authority.
        pub fn device_code_url(mut self, device_code_url: impl Into<String>) -> Self {
            self.settings.servers.device_code_url = Some(device_code_url.into());
            self
        }

        #[doc = concat!("Sets the issuer of an identity server other than Entra (`", $prefix, "_ISSUER`),")]
        /// if its responses to a sign-in name it.
        pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
            self.settings.servers.issuer = Some(issuer.into());
            self
        }

        #[doc = concat!("Sets the scopes, separated by spaces (`", $prefix, "_SCOPES`).")]
        pub fn scopes(mut self, scopes: impl Into<String>) -> Self {
            self.settings.servers.scopes = Some(scopes.into());
            self
        }

        #[doc = concat!("Sets what a user is asked for in addition to signing in (`", $prefix, "_PROMPT`:")]
        /// `select_account`, `login`, `consent`, `none` or `unspecified`). By default the choice of
        /// an account, unless there is another authorization endpoint: not every server offers it.
        pub fn prompt(mut self, prompt: $crate::auth::Prompt) -> Self {
            self.settings.servers.prompt = Some(prompt);
            self
        }

        #[doc = concat!("Sets whether the scope `offline_access` is requested at a sign-in (`", $prefix, "_OFFLINE_ACCESS`:")]
        /// `true` or `false`). Entra returns a refresh token only with it; some other servers reject
        /// it as an unknown scope.
        pub fn offline_access(mut self, requested: bool) -> Self {
            self.settings.servers.offline_access = Some(requested);
            self
        }

        /// Sets how connections leave this machine: through a proxy, or with additional
        /// trusted certificates.
        pub fn network(mut self, network: $crate::auth::Network) -> Self {
            self.settings.servers.network = network;
            self
        }

        /// Sets the credential that tokens are obtained with, for instance a
        /// [`StoredSignIn`](crate::auth::StoredSignIn) of a person. Client id and secret are
        /// then not required.
        pub fn credential(
            mut self,
            credential: impl Into<$crate::auth::Credential>,
        ) -> Self {
            self.http = self.http.credential(credential);
            self
        }

        /// Sets the sign-in of a person, or any other source of tokens, which keeps its own
        /// store, clock and observers.
        #[doc = concat!("\n\n```no_run\nuse ", $name, "::auth::SignIn;\n",
            "# async fn example() -> Result<(), ", $name, "::Error> {\n",
            "let builder = ", $name, "::ClientBuilder::from_env();\n",
            "let (profile, application) = builder.profile_and_application()?;\n",
            "let source = SignIn::browser(application).run(&profile).await?;\n",
            "let client = builder.token_source(source).build()?;\n# Ok(())\n# }\n```")]
        pub fn token_source(mut self, source: $crate::auth::TokenSource) -> Self {
            self.http = self.http.token_source(source);
            self
        }

        /// Sets the store of tokens. The memory of this process by default.
        pub fn store(mut self, store: ::std::sync::Arc<dyn $crate::auth::TokenStore>) -> Self {
            self.http = self.http.store(store);
            self
        }

        /// Adds an observer of the tokens.
        pub fn observer(
            mut self,
            observer: ::std::sync::Arc<dyn $crate::auth::TokenObserver>,
        ) -> Self {
            self.http = self.http.observer(observer);
            self
        }

        /// Sets the longest time that a call may take in total. There is no such timeout by
        /// default: only connecting (10 s) and a server's silence (30 s) are limited.
        pub fn timeout(mut self, total: ::std::time::Duration) -> Self {
            self.http = self.http.timeout(total);
            self
        }

        /// Sets how long connecting may take, TLS included. 10 s by default.
        pub fn connect_timeout(mut self, timeout: ::std::time::Duration) -> Self {
            self.http = self.http.connect_timeout(timeout);
            self
        }

        /// Sets how long the server may be silent while a response is read. 30 s by default.
        pub fn idle_timeout(mut self, timeout: ::std::time::Duration) -> Self {
            self.http = self.http.idle_timeout(timeout);
            self
        }

        /// Sets the `User-Agent` of all requests. None by default.
        pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
            self.http = self.http.user_agent(user_agent);
            self
        }

        /// Changes the settings of the underlying HTTP client, for what has no setting here;
        /// see [`ApiClientBuilder::configure_http`]($crate::ApiClientBuilder::configure_http).
        pub fn configure_http(
            mut self,
            configure: impl Fn($crate::HttpClientBuilder) -> $crate::HttpClientBuilder
            + Send
            + Sync
            + 'static,
        ) -> Self {
            self.http = self.http.configure_http(configure);
            self
        }

        /// Sets whether compressed responses (gzip, br, zstd, deflate) are requested and
        /// decoded. Off by default.
        #[cfg(feature = "compression")]
        pub fn compression(mut self, requested: bool) -> Self {
            self.http = self.http.compression(requested);
            self
        }

        /// Sets the largest response that is buffered, in bytes: 256 MiB by default. A larger
        /// one is an error. Streams are not limited.
        pub fn max_response_bytes(mut self, bytes: u64) -> Self {
            self.http = self.http.max_response_bytes(bytes);
            self
        }

        /// Sets the options of all calls. An option that is not set keeps its value, and a
        /// call can have [options of its own](crate::Client::with_options).
        pub fn options(mut self, options: $crate::CallOptions) -> Self {
            self.http = self.http.options(options);
            self
        }

        /// Sets how often failed requests are retried, and how long a retry waits. By default
        /// there are five attempts where a retry is safe: always after a 429, and after outages
        /// and broken connections if the request is idempotent.
        /// [`RetryPolicy::none`](crate::RetryPolicy::none) disables retries,
        /// [`CallOptions::without_retry`](crate::CallOptions::without_retry) for single calls.
        pub fn retry(mut self, policy: $crate::RetryPolicy) -> Self {
            self.http = self.http.retry(policy);
            self
        }

        /// Sets the clock (for tests).
        pub fn clock(mut self, clock: ::std::sync::Arc<dyn $crate::auth::clock::Clock>) -> Self {
            self.http = self.http.clock(clock);
            self
        }

        /// Adds a middleware in front of the client's own request path: it sees each call once,
        /// before retries and without credentials. See [`middleware`](crate::middleware).
        pub fn middleware(mut self, middleware: impl $crate::middleware::Middleware) -> Self {
            self.http = self.http.middleware(middleware);
            self
        }
    };
}
