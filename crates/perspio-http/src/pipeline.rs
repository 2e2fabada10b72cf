//! The one way a request leaves.

mod at_once;
mod builder;
mod stages;

use std::fmt;
use std::sync::Arc;

use http::StatusCode;
use perspio_auth::clock::Clock;
use perspio_auth::http::Extensions;
use perspio_auth::{Call, FreshTokenRefused, Profile};
use reqwest::{Request, Response, Url};
use tracing::Instrument;

pub use builder::PipelineBuilder;
use stages::Way;

use crate::error::Error;
use crate::operation::Operation;
use crate::options::{CallDeadline, CallOptions};
use crate::pace::{Budget, Pacer};
use crate::telemetry::Told;
use crate::whole::Reading;
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
    pub fn execute(
        &self,
        mut request: Request,
        id: &str,
        operations: &[Operation],
    ) -> impl Future<Output = reqwest::Result<Response>> + Send {
        let operation = operations.iter().find(|operation| operation.id == id);
        // Not an `async fn`, which would keep the request in two places.
        async move {
            match self.send_operation(&mut request, operation).await {
                Ok(response) => Ok(response),
                Err(error) => Err(carry::pack(error).await),
            }
        }
    }

    /// The method and path are the operation's, its parameters filled in.
    async fn send_operation(
        &self,
        request: &mut Request,
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
        request: &mut Request,
        call: Option<Call>,
        reading: Reading,
    ) -> Result<Response, Error> {
        let Shared { profile, clock, .. } = &*self.shared;
        let told = Told::new(profile.name(), call.as_ref(), request.method(), &**clock);
        let mut extensions = Extensions::new();
        if !self.options.are_default() {
            extensions.insert(self.options.clone());
        }
        if reading != Reading::default() {
            extensions.insert(reading);
        }
        let answer = async {
            let response = self.through_stages(request, call, &mut extensions).await?;
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
            // Rare, and large.
            Err(Box::pin(normalise::refused(response, host, &**clock, help)).await)
        };
        let outcome = answer.instrument(told.span.clone()).await;
        told.end(&outcome, &extensions);
        outcome
    }

    /// The answer to one call, whatever it is, in the time that the call has.
    async fn through_stages(
        &self,
        request: &mut Request,
        call: Option<Call>,
        extensions: &mut Extensions,
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
        let mut sent = async |extensions: &mut Extensions| {
            let outcome = stages.send(request, call, extensions).await;
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
                let in_time = async {
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
                };
                Box::pin(in_time).await
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

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline")
            .field("api", &self.shared.profile.name())
            .field("base_url", self.shared.profile.base_url())
            .finish_non_exhaustive()
    }
}
