//! Stages of a request's way that are put together without a box around each.

use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Next, Result};

/// A stage that requests pass. Everything that is one is a
/// [`Middleware`](reqwest_middleware::Middleware) too, for other clients than
/// ours; put together as stages, several cost no allocation for each of them,
/// and share one request, of which only what goes out is a copy.
pub trait Stage: Send + Sync {
    /// Hands `request` to `next`, as often as it takes, and gives the answer.
    fn pass<N: Onward>(
        &self,
        request: &mut Request,
        extensions: &mut Extensions,
        next: &N,
    ) -> impl Future<Output = Result<Response>> + Send;
}

/// Makes a [`Stage`] a [`Middleware`](reqwest_middleware::Middleware). For crates
/// that depend on async-trait, http, reqwest and reqwest-middleware themselves.
#[doc(hidden)]
#[macro_export]
macro_rules! stage_is_middleware {
    ($stage:ty) => {
        #[async_trait::async_trait]
        impl reqwest_middleware::Middleware for $stage {
            async fn handle(
                &self,
                mut request: reqwest::Request,
                extensions: &mut http::Extensions,
                next: reqwest_middleware::Next<'_>,
            ) -> reqwest_middleware::Result<reqwest::Response> {
                $crate::stage::Stage::pass(self, &mut request, extensions, &next).await
            }
        }
    };
}

/// What comes behind a stage: other stages, and the network in the end.
pub trait Onward: Sync {
    /// Sends a copy of `request`, which stays as it is and can be sent again. A
    /// body that cannot be copied is taken out of it (see [`is_streamed`]).
    fn send(
        &self,
        request: &mut Request,
        extensions: &mut Extensions,
    ) -> impl Future<Output = Result<Response>> + Send;
}

/// A stage, and what is behind it.
#[derive(Clone, Copy, Debug)]
pub struct Before<'a, S, N>(
    /// The stage.
    pub &'a S,
    /// What is behind it.
    pub &'a N,
);

impl<S: Stage, N: Onward> Onward for Before<'_, S, N> {
    fn send(
        &self,
        request: &mut Request,
        extensions: &mut Extensions,
    ) -> impl Future<Output = Result<Response>> + Send {
        let Self(stage, next) = self;
        stage.pass(request, extensions, *next)
    }
}

impl Onward for reqwest::Client {
    async fn send(&self, request: &mut Request, _: &mut Extensions) -> Result<Response> {
        Ok(self.execute(outgoing(request)).await?)
    }
}

impl Onward for Next<'_> {
    async fn send(&self, request: &mut Request, extensions: &mut Extensions) -> Result<Response> {
        self.clone().run(outgoing(request), extensions).await
    }
}

/// Whether the body of `request` is a stream, which can be sent only once. To be
/// asked before it is sent.
pub fn is_streamed(request: &Request) -> bool {
    let body = request.body();
    body.is_some_and(|body| body.as_bytes().is_none())
}

/// What is sent of `request`: a copy, and a body that cannot be copied.
pub fn outgoing(request: &mut Request) -> Request {
    if let Some(copy) = request.try_clone() {
        return copy;
    }
    let mut rest = Request::new(request.method().clone(), request.url().clone());
    rest.headers_mut().clone_from(request.headers());
    *rest.timeout_mut() = request.timeout().copied();
    *rest.version_mut() = request.version();
    std::mem::replace(request, rest)
}
