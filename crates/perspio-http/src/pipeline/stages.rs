//! The stages, put together.

use std::sync::Arc;

use async_trait::async_trait;
use http::Extensions;
use perspio_auth::stage::{Before, Onward, outgoing};
use perspio_auth::{AuthMiddleware, SentAlready};
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next, Result};

use super::at_once::{OutAlready, UnlessOut};
use crate::attempt::Attempt;
use crate::pace::Pace;
use crate::redirect::Redirect;
use crate::response::{Success, Whole};
use crate::retry::Retry;

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
        out_already: Option<OutAlready>,
    ) -> Result<Response> {
        let outcome = out_already.map(|OutAlready { outcome, sent }| {
            extensions.insert(SentAlready(sent));
            outcome.map(|answer| self.pace.counted(answer))
        });
        let attempt = Before(&self.attempt, &self.http);
        let pace = Before(&self.pace, &attempt);
        let unless_out = UnlessOut::new(outcome, &pace);
        let redirect = Before(&self.redirect, &unless_out);
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

    /// Sends a request; if it is out already, with what came of it. The answer is to
    /// be made a [`Success`] if it is one: its body may stand in its extensions.
    pub(super) async fn send(
        &self,
        request: &mut Request,
        extensions: &mut Extensions,
        out_already: Option<OutAlready>,
    ) -> Result<Response> {
        match &self.own {
            Some(own) => {
                let request = outgoing(request);
                own.execute_with_extensions(request, extensions).await
            }
            None => self.stages.send(request, extensions, out_already).await,
        }
    }

    /// Our stages, if none of the caller's own stands before them.
    pub(super) fn only_ours(&self) -> Option<&Stages> {
        self.own.is_none().then_some(&*self.stages)
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        &self.stages.http
    }
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
        answer.map(|answer| Success::from(answer).into())
    }
}
