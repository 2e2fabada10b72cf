//! The one way a request leaves.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use perspio_auth::clock::{Clock, SystemClock};
use perspio_auth::http::Extensions;
use perspio_auth::transport::{Timeouts, http_client};
use perspio_auth::{
    AuthMiddleware, Call, Credential, FreshTokenRefused, Profile, TokenObserver, TokenSource,
    TokenStore,
};
use reqwest::{Request, Response, Url};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware};
use tracing::Instrument;

use crate::attempt::Attempt;
use crate::error::Error;
use crate::operation::Operation;
use crate::options::{CallDeadline, CallOptions};
use crate::pace::{Budget, Limits, Pace, PaceObserver, Pacer, PacerBuilder};
use crate::redirect::Redirect;
use crate::retry::{Retry, RetryPolicy};
use crate::telemetry::Told;
use crate::whole::{Reading, Whole};
use crate::{carry, normalise};

/// Signs and sends the requests of one client. Cheap to clone; clones share
/// token and connections. `Debug` shows no secret.
#[derive(Clone)]
pub struct Pipeline {
    shared: Arc<Shared>,
    options: CallOptions,
}

struct Shared {
    profile: Profile,
    http: reqwest::Client,
    stages: ClientWithMiddleware,
    clock: Arc<dyn Clock>,
    pacer: Pacer,
}

/// Settings of a [`Pipeline`].
#[derive(Clone)]
pub struct PipelineBuilder {
    profile: Profile,
    timeouts: Timeouts,
    options: CallOptions,
    pacing: Pacing,
    pace_observers: Vec<Arc<dyn PaceObserver>>,
    retry: RetryPolicy,
    clock: Arc<dyn Clock>,
    store: Option<Arc<dyn TokenStore>>,
    observers: Vec<Arc<dyn TokenObserver>>,
    middleware: Vec<Arc<dyn Middleware>>,
}

/// What requests are held back by.
#[derive(Clone)]
enum Pacing {
    By(Limits),
    With(Pacer),
}

impl Pipeline {
    /// A pipeline to the API that `profile` describes.
    pub fn builder(profile: Profile) -> PipelineBuilder {
        PipelineBuilder {
            profile,
            timeouts: Timeouts::default(),
            options: CallOptions::default(),
            pacing: Pacing::By(Limits::none()),
            pace_observers: Vec::new(),
            retry: RetryPolicy::default(),
            clock: Arc::new(SystemClock),
            store: None,
            observers: Vec::new(),
            middleware: Vec::new(),
        }
    }

    /// The API's address, without a trailing slash: the generated client puts
    /// paths behind it.
    pub fn base_url(&self) -> &str {
        self.shared.profile.base_url().base()
    }

    /// The bare HTTP client: no credentials, no redirects. Generated clients
    /// build requests with it; what it sends itself is not signed.
    pub fn http(&self) -> &reqwest::Client {
        &self.shared.http
    }

    /// What is left of the limits now.
    pub fn budget(&self) -> Budget {
        self.shared.pacer.budget()
    }

    /// The same pipeline, whose calls ask for `options`.
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self {
            shared: self.shared.clone(),
            options,
        }
    }

    /// What its calls ask for.
    pub fn options(&self) -> &CallOptions {
        &self.options
    }

    pub(crate) fn base(&self) -> &Url {
        self.shared.profile.base_url().url()
    }

    /// Sends one request of the operation `id`; a success comes back, anything
    /// else as an [`Error`] inside the `reqwest::Error` (see the crate's page).
    pub async fn execute(
        &self,
        request: Request,
        id: &str,
        operations: &[Operation],
    ) -> reqwest::Result<Response> {
        let operation = operations.iter().find(|operation| operation.id == id);
        match self.send_operation(request, operation).await {
            Ok(response) => Ok(response),
            Err(error) => Err(carry::pack(error).await),
        }
    }

    /// The method and path are the operation's, its parameters filled in.
    async fn send_operation(
        &self,
        request: Request,
        operation: Option<&Operation>,
    ) -> Result<Response, Error> {
        let Some(operation) = operation else {
            return Err(Error::invalid_request(
                "the client does not know this operation",
            ));
        };
        let base = self.base().path().trim_end_matches('/');
        let path = request.url().path().strip_prefix(base);
        if !path.is_some_and(|path| operation.is_filled_by(path)) {
            return Err(Error::invalid_request(format!(
                "a path parameter of {} is empty, `.` or `..`; its path is {}",
                operation.id, operation.path
            )));
        }
        let call = Some(operation.call());
        self.send(request, call, Reading::Whole).await
    }

    /// Sends a request; without a `call` it is judged by its method.
    pub(crate) async fn send(
        &self,
        request: Request,
        call: Option<Call>,
        reading: Reading,
    ) -> Result<Response, Error> {
        let Shared { profile, clock, .. } = &*self.shared;
        let told = Told::new(profile.name(), call.as_ref(), request.method());
        let began = clock.monotonic();
        let mut extensions = Extensions::new();
        if let Some(call) = call {
            extensions.insert(call);
        }
        extensions.insert(self.options.clone());
        extensions.insert(reading);
        let answer = async {
            let response = self.through_stages(request, &mut extensions).await?;
            let fresh = response.extensions().get::<FreshTokenRefused>().is_some();
            let help = |status| match status {
                StatusCode::UNAUTHORIZED => self.credential_help(fresh),
                StatusCode::FORBIDDEN => profile.forbidden_help().to_owned(),
                _ => String::new(),
            };
            normalise::check(response, profile.base_url().host(), &**clock, help).await
        };
        let outcome = answer.instrument(told.span.clone()).await;
        let took = clock.monotonic().saturating_sub(began);
        told.end(&outcome, &extensions, took);
        outcome
    }

    /// The answer to one call, whatever it is, in the time that the call has.
    async fn through_stages(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
    ) -> Result<Response, Error> {
        let Shared {
            profile,
            stages,
            clock,
            ..
        } = &*self.shared;
        request.headers_mut().extend(self.options.headers.clone());
        let sent = async |extensions: &mut Extensions| {
            let outcome = stages.execute_with_extensions(request, extensions).await;
            outcome.map_err(|error| match error {
                reqwest_middleware::Error::Reqwest(cause) => {
                    Error::transport(profile.base_url().host(), &cause)
                }
                reqwest_middleware::Error::Middleware(cause) => from_stage(cause.as_ref()),
            })
        };
        let outcome = match self.options.timeout {
            None => sent(extensions).await,
            Some(timeout) => {
                let deadline = clock.now().deadline(timeout);
                extensions.insert(CallDeadline(deadline));
                tokio::select! {
                    // A stage knows better what there was no time for.
                    biased;
                    outcome = sent(extensions) => outcome,
                    () = clock.passed(deadline) => Err(Error::TimedOut {
                        host: profile.base_url().host().into(),
                        after: timeout,
                        tried: Box::default(),
                    }),
                }
            }
        };
        outcome.map_err(|error| error.with_tried(extensions.get().copied().unwrap_or_default()))
    }

    /// What to do when the API refuses the credentials.
    fn credential_help(&self, token_is_fresh: bool) -> String {
        let profile = &self.shared.profile;
        let Some(header) = profile.headers().first() else {
            return String::new();
        };
        let names: Vec<_> = profile
            .headers()
            .iter()
            .map(perspio_auth::ApiHeader::label)
            .collect();
        let token = if token_is_fresh {
            "The token is fresh"
        } else {
            "The token was renewed as far as it can be"
        };
        format!(
            "{token}, so check the headers {} (values: {})",
            names.join(" and "),
            header.found_at()
        )
    }
}

/// An error that a stage returned: one of ours, or a user's own.
fn from_stage(cause: &(dyn std::error::Error + 'static)) -> Error {
    if let Some(error) = cause.downcast_ref::<perspio_auth::Error>() {
        return Error::Auth(error.clone());
    }
    if let Some(error) = cause.downcast_ref::<Error>() {
        return error.clone();
    }
    Error::invalid_request(format!("a middleware refused it: {cause}"))
}

impl PipelineBuilder {
    /// Another API, or the same with other settings.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Other time limits.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// The longest that a call may take in all, beside its other options.
    pub fn timeout(mut self, total: Duration) -> Self {
        self.options = self.options.timeout(total);
        self
    }

    /// What every call asks for, unless it has options of its own.
    pub fn options(mut self, options: CallOptions) -> Self {
        self.options = options;
        self
    }

    /// The limits of the service, which all clones of the pipeline keep to
    /// together; none by default.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.pacing = Pacing::By(limits);
        self
    }

    /// Somebody who is told of waiting. A [`PipelineBuilder::pacer`] has its own.
    pub fn pace_observer(mut self, observer: Arc<dyn PaceObserver>) -> Self {
        self.pace_observers.push(observer);
        self
    }

    /// A budget that other pipelines, or other machines, share.
    pub fn pacer(mut self, pacer: Pacer) -> Self {
        self.pacing = Pacing::With(pacer);
        self
    }

    /// How often and how patiently failed requests are repeated; see [`Retry`].
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Another clock, for tests.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Where tokens are kept; this process's memory by default.
    pub fn store(mut self, store: Arc<dyn TokenStore>) -> Self {
        self.store = Some(store);
        self
    }

    /// Somebody who is told what happens to the tokens.
    pub fn observer(mut self, observer: Arc<dyn TokenObserver>) -> Self {
        self.observers.push(observer);
        self
    }

    /// A stage of the caller's own, in front of repeating and signing: it sees
    /// each request once and without credentials. Several run in the order they are given.
    pub fn with(self, middleware: impl Middleware) -> Self {
        self.with_arc(Arc::new(middleware))
    }

    /// The same for a stage that is shared.
    pub fn with_arc(mut self, middleware: Arc<dyn Middleware>) -> Self {
        self.middleware.push(middleware);
        self
    }

    /// The pipeline, signing with `credential`.
    pub fn build(self, credential: impl Into<Credential>) -> Result<Pipeline, Error> {
        let mut source = TokenSource::builder(&self.profile, credential).clock(self.clock.clone());
        if let Some(store) = &self.store {
            source = source.store(store.clone());
        }
        for observer in &self.observers {
            source = source.observer(observer.clone());
        }
        let source = source.build()?;
        self.build_with(source)
    }

    /// The pipeline, signing with the tokens of `source`, which keeps its own
    /// store, clock and observers.
    pub fn build_with(self, source: TokenSource) -> Result<Pipeline, Error> {
        let http = http_client(
            self.profile.base_url(),
            self.profile.network(),
            self.timeouts,
        )?;
        let pacer = match self.pacing {
            Pacing::By(limits) => {
                let builder = Pacer::builder(limits).clock(self.clock.clone());
                let observers = self.pace_observers.into_iter();
                observers.fold(builder, PacerBuilder::observer).build()
            }
            Pacing::With(pacer) => pacer,
        };
        let stages = self
            .middleware
            .into_iter()
            .fold(ClientBuilder::new(http.clone()), ClientBuilder::with_arc)
            .with(Retry::new(&self.profile, self.retry, self.clock.clone()))
            .with(Whole)
            .with(AuthMiddleware::new(&self.profile, source)?)
            .with(Redirect::new(&self.profile))
            .with(Pace::new(pacer.clone()))
            .with(Attempt::new(self.clock.clone(), self.timeouts.total))
            .build();
        Ok(Pipeline {
            shared: Arc::new(Shared {
                profile: self.profile,
                http,
                stages,
                clock: self.clock,
                pacer,
            }),
            options: self.options,
        })
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline")
            .field("api", &self.shared.profile.name())
            .field("base_url", self.shared.profile.base_url())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for PipelineBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PipelineBuilder")
            .field("profile", &self.profile)
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}
