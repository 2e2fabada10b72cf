//! The stages, put together.

use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use http::Extensions;
use perspio_auth::stage::{Before, Onward, outgoing};
use perspio_auth::{AuthMiddleware, Call};
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next, Result};

use super::at_once::{AtOnce, OutAlready};
use crate::attempt::Attempt;
use crate::pace::Pace;
use crate::redirect::Redirect;
use crate::retry::Retry;
use crate::whole::{Whole, complete};

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

impl Stages {
    /// Sends `request` through all stages; if it is out already, they begin with
    /// what came of it.
    async fn send(
        &self,
        request: &mut Request,
        extensions: &mut Extensions,
        out_already: Option<Result<Response>>,
    ) -> Result<Response> {
        let attempt = Before(&self.attempt, &self.http);
        let pace = Before(&self.pace, &attempt);
        let sent = OutAlready::new(out_already, &pace);
        let redirect = Before(&self.redirect, &sent);
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

    /// Sends the request of `call`, if it belongs to one. The body of a success
    /// may be held in its extensions (see [`complete`]).
    pub(super) async fn send(
        &self,
        request: &mut Request,
        call: Option<Call>,
        extensions: &mut Extensions,
    ) -> Result<Response> {
        if let Some(own) = &self.own {
            insert(call, extensions);
            let request = outgoing(request);
            return own.execute_with_extensions(request, extensions).await;
        }
        let mut out_already = None;
        if extensions.is_empty() {
            match self.stages.at_once(request, call, extensions).await {
                AtOnce::Done(answer) => return Ok(answer),
                AtOnce::Answered(outcome) => out_already = Some(outcome),
                AtOnce::NotSent => {}
            }
        }
        insert(call, extensions);
        // One box for all: a caller's own future stays small, and its type shallow
        // enough for the compiler's limit.
        boxed(self.stages.send(request, extensions, out_already)).await
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        &self.stages.http
    }
}

pub(super) fn insert(call: Option<Call>, extensions: &mut Extensions) {
    if let Some(call) = call {
        extensions.insert(call);
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
        let answer = self.0.send(&mut request, extensions, None).await;
        answer.map(complete)
    }
}
