//! The one way a request leaves.

mod at_once;
mod builder;
mod stages;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use http::StatusCode;
use perspio_auth::clock::Clock;
use perspio_auth::http::Extensions;
use perspio_auth::{Call, FreshTokenRefused, Profile};
use reqwest::{Request, Response, Url};
use tracing::{Instrument, Span};

use at_once::{Going, OutAlready};
pub use builder::PipelineBuilder;
use stages::{Stages, Way};

use crate::error::Error;
use crate::limits::{Budget, Pacer};
use crate::operation::Operation;
use crate::options::{CallDeadline, CallOptions};
use crate::retry::Tried;
use crate::telemetry::{Ended, Told, Waited, calls_are_told};
use crate::whole::{self, Reading, Success};
use crate::{carry, normalise};

/// Signs and sends the requests of one client. Cheap to clone; clones share
/// token and connections. `Debug` shows no secret.
#[derive(Clone)]
pub struct Pipeline {
    shared: Arc<Shared>,
    options: Arc<CallOptions>,
}

struct Shared {
    profile: Profile,
    stages: Way,
    clock: Arc<dyn Clock>,
    pacer: Pacer,
}

impl Pipeline {
    /// A pipeline to the API that `profile` describes.
    pub fn builder(profile: Profile) -> PipelineBuilder {
        PipelineBuilder::new(profile)
    }

    /// The API's address, without a trailing slash: the generated client puts
    /// paths behind it.
    pub fn base_url(&self) -> &str {
        self.shared.profile.base_url().base()
    }

    /// The address of a path of the API, which begins with a slash and is encoded
    /// already; a query may follow it.
    pub fn address(&self, path: &str) -> Url {
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path, None),
        };
        let mut address = self.shared.profile.base_url().address(path);
        address.set_query(query);
        address
    }

    /// The bare HTTP client: no credentials, no redirects. Generated clients
    /// build requests with it; what it sends itself is not signed.
    pub fn http(&self) -> &reqwest::Client {
        self.shared.stages.http()
    }

    /// What is left of the limits now.
    pub fn budget(&self) -> Budget {
        self.shared.pacer.budget()
    }

    /// The same pipeline, whose calls ask for `options`.
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self {
            shared: self.shared.clone(),
            options: Arc::new(options),
        }
    }

    /// What its calls ask for.
    pub fn options(&self) -> &CallOptions {
        &self.options
    }

    pub(crate) fn base(&self) -> &Url {
        self.shared.profile.base_url().url()
    }

    /// Sends one request of an `operation`; a success comes back, anything else as
    /// an [`Error`] inside the `reqwest::Error` (see the crate's page).
    #[inline]
    pub fn execute(
        &self,
        request: Request,
        operation: Option<&Operation>,
    ) -> impl Future<Output = reqwest::Result<Success>> + Send {
        let call = self.call_of(operation, &request).map(Some);
        self.send(request, call, Reading::Whole, carry::pack)
    }

    /// The call that `request` is: method and path are the operation's, its
    /// parameters filled in.
    #[inline]
    fn call_of(&self, operation: Option<&Operation>, request: &Request) -> Result<Call, String> {
        let Some(operation) = operation else {
            return Err(unknown());
        };
        let base = self.base().path().trim_end_matches('/');
        let path = request.url().path().strip_prefix(base);
        if !path.is_some_and(|path| operation.is_filled_by(path)) {
            return Err(unfilled(operation));
        }
        Ok(operation.call())
    }

    /// Sends a request; without a call it is judged by its method. A request that
    /// is none is told when its turn comes.
    ///
    /// Most calls need nothing but this one future: each one in another costs time
    /// whenever it is polled, and is larger by what it waits for.
    #[expect(
        clippy::manual_async_fn,
        reason = "it would keep the request in two places"
    )]
    pub(crate) fn send<E>(
        &self,
        mut request: Request,
        call: Result<Option<Call>, String>,
        reading: Reading,
        failed: fn(Error) -> E,
    ) -> impl Future<Output = Result<Success, E>> + Send {
        async move {
            let call = call.map_err(|reason| failed(Error::invalid_request(reason)))?;
            let Shared { profile, clock, .. } = &*self.shared;
            let told = if calls_are_told() {
                Told::new(profile.name(), call.as_ref(), request.method(), &**clock)
            } else {
                None
            };
            let mut out_already = None;
            if let Some(stages) = self.for_all_at_once(reading)
                && let Some(Going { answer, sent, slot }) = stages.go(&mut request, call)
            {
                let span = told.as_ref().map_or_else(Span::none, |it| it.span.clone());
                let outcome = answer.instrument(span).await;
                let mut outcome = stages.arrived(outcome, slot);
                if let Some(told) = &told {
                    told.only_attempt(&outcome, &sent);
                }
                let mut held = None;
                if let Ok(answer) = &mut outcome
                    && answer.status().is_success()
                {
                    stages.sign.accept(&sent);
                    match whole::read(answer, stages.pace.counter()).await {
                        Ok(body) => held = Some(body),
                        Err(broken) => outcome = Err(broken.into()),
                    }
                }
                match (outcome, held) {
                    (Ok(response), Some(held)) => {
                        if let Some(told) = told {
                            told.end_at_once(&response, &sent);
                        }
                        return Ok(Success::read(response, held, sent));
                    }
                    (outcome, _) => out_already = Some(OutAlready { outcome, sent }),
                }
            }
            // Rare, and large; boxed, its type is shallow enough for the compiler.
            let answer: Pin<Box<dyn Future<Output = _> + Send>> =
                Box::pin(self.send_by_stages(&mut request, call, reading, out_already, told));
            answer.await.map_err(failed)
        }
    }

    /// The stages, if nothing is asked of them beside the request.
    #[inline]
    fn for_all_at_once(&self, reading: Reading) -> Option<&Stages> {
        let is_plain = self.options.are_default() && reading == Reading::default();
        self.shared.stages.only_ours().filter(|_| is_plain)
    }

    /// Sends a request through all the stages.
    async fn send_by_stages(
        &self,
        request: &mut Request,
        call: Option<Call>,
        reading: Reading,
        out_already: Option<OutAlready>,
        told: Option<Box<Told<'_>>>,
    ) -> Result<Success, Error> {
        let Shared { profile, clock, .. } = &*self.shared;
        let mut extensions = Extensions::new();
        if let Some(call) = call {
            extensions.insert(call);
        }
        if !self.options.are_default() {
            extensions.insert(CallOptions::clone(&self.options));
        }
        if reading != Reading::default() {
            extensions.insert(reading);
        }
        let answer = async {
            let answer = self.through_stages(request, &mut extensions, out_already);
            let response = answer.await?;
            if response.status().is_success() {
                return Ok(response);
            }
            let fresh = response.extensions().get::<FreshTokenRefused>().is_some();
            let help = |status| match status {
                StatusCode::UNAUTHORIZED => self.credential_help(fresh),
                StatusCode::FORBIDDEN => profile.forbidden_help().to_owned(),
                _ => String::new(),
            };
            let host = profile.base_url().host();
            Err(normalise::refused(response, host, &**clock, help).await)
        };
        let Some(told) = told else {
            return answer.await.map(Success::from);
        };
        let outcome = answer.instrument(told.span.clone()).await;
        let Tried { attempts, .. } = extensions.get().copied().unwrap_or_default();
        let Waited(waited) = extensions.get().copied().unwrap_or_default();
        let response = outcome.as_ref();
        told.end(&Ended {
            outcome: response,
            sent: response.ok().and_then(|it| it.extensions().get()),
            attempts,
            waited,
        });
        outcome.map(Success::from)
    }

    /// The answer to one call, whatever it is, in the time that the call has.
    async fn through_stages(
        &self,
        request: &mut Request,
        extensions: &mut Extensions,
        out_already: Option<OutAlready>,
    ) -> Result<Response, Error> {
        let Shared {
            profile,
            stages,
            clock,
            ..
        } = &*self.shared;
        if !self.options.headers.is_empty() {
            request.headers_mut().extend(self.options.headers.clone());
        }
        let deadline = self.options.timeout.map(|timeout| {
            let deadline = clock.now().deadline(timeout);
            extensions.insert(CallDeadline(deadline));
            (timeout, deadline)
        });
        let sent = async {
            let outcome = stages.send(request, extensions, out_already).await;
            outcome.map_err(|error| match error {
                reqwest_middleware::Error::Reqwest(cause) => {
                    Error::transport(profile.base_url().host(), &cause)
                }
                reqwest_middleware::Error::Middleware(cause) => from_stage(cause.as_ref()),
            })
        };
        let outcome = match deadline {
            None => sent.await,
            Some((timeout, deadline)) => tokio::select! {
                // A stage knows better what there was no time for.
                biased;
                outcome = sent => outcome,
                () = clock.passed(deadline) => Err(Error::TimedOut {
                    host: profile.base_url().host().into(),
                    after: timeout,
                    tried: Box::default(),
                }),
            },
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

#[cold]
fn unknown() -> String {
    "the client does not know this operation".into()
}

#[cold]
fn unfilled(Operation { id, path, .. }: &Operation) -> String {
    format!("a path parameter of {id} is empty, `.` or `..`; its path is {path}")
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

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline")
            .field("api", &self.shared.profile.name())
            .field("base_url", self.shared.profile.base_url())
            .finish_non_exhaustive()
    }
}
