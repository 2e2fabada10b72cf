//! The stages, put together.

use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use http::Extensions;
use perspio_auth::AuthMiddleware;
use perspio_auth::stage::{Before, Onward, outgoing};
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next, Result};

use crate::attempt::Attempt;
use crate::pace::Pace;
use crate::redirect::Redirect;
use crate::retry::Retry;
use crate::whole::Whole;

/// What stands between the caller's own stages and the network, from the
/// outside in.
pub(super) struct Stages {
    pub(super) retry: Retry,
    pub(super) sign: AuthMiddleware,
    pub(super) redirect: Redirect,
    pub(super) pace: Pace,
    pub(super) attempt: Attempt,
    pub(super) http: reqwest::Client,
}

impl Onward for Stages {
    async fn send(&self, request: &mut Request, extensions: &mut Extensions) -> Result<Response> {
        let attempt = Before(&self.attempt, &self.http);
        let pace = Before(&self.pace, &attempt);
        let redirect = Before(&self.redirect, &pace);
        let sign = Before(&self.sign, &redirect);
        let whole = Before(&Whole, &sign);
        Before(&self.retry, &whole).send(request, extensions).await
    }
}

/// The way of every request.
pub(super) struct Way {
    stages: Arc<Stages>,
    /// The caller's own stages, if there are any, and ours as the last of them.
    own: Option<ClientWithMiddleware>,
}

impl Way {
    pub(super) fn new(own: Vec<Arc<dyn Middleware>>, stages: Stages) -> Self {
        let stages = Arc::new(stages);
        let has_own = !own.is_empty();
        let own = has_own.then(|| {
            let client = ClientBuilder::new(stages.http.clone());
            let client = own.into_iter().fold(client, ClientBuilder::with_arc);
            client.with(Inner(stages.clone())).build()
        });
        Self { stages, own }
    }

    pub(super) async fn send(
        &self,
        request: &mut Request,
        extensions: &mut Extensions,
    ) -> Result<Response> {
        match &self.own {
            Some(own) => {
                let request = outgoing(request);
                own.execute_with_extensions(request, extensions).await
            }
            // One box for all: a caller's own future stays small, and its type
            // shallow enough for the compiler's limit.
            None => boxed(self.stages.send(request, extensions)).await,
        }
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        &self.stages.http
    }
}

fn boxed<'a, F: Future + Send + 'a>(
    sent: F,
) -> Pin<Box<dyn Future<Output = F::Output> + Send + 'a>> {
    Box::pin(sent)
}

/// Our stages, as the last of somebody else's.
struct Inner(Arc<Stages>);

#[async_trait]
impl Middleware for Inner {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        _: Next<'_>,
    ) -> Result<Response> {
        self.0.send(&mut request, extensions).await
    }
}
