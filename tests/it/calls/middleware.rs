//! The errors of calls that a middleware cancels or responds to.

use std::sync::Arc;
use std::time::Duration;

use perspio::auth::clock::ManualClock;
use perspio::auth::{FixedToken, http};
use perspio::middleware::{
    Extensions, Middleware, Next, Request, Response, Result as MiddlewareResult, async_trait,
};
use perspio::{CallOptions, Client, Error, NullableText};
use perspio_sandbox::{Endpoint, Sandbox, UserAccess};
use tokio::sync::Notify;

use crate::support;

const TIMEOUT: Duration = Duration::from_secs(5);

/// Stops waiting for its request when it is notified, and never responds.
#[derive(Clone, Default)]
struct Stalls {
    stop: Arc<Notify>,
    stalled: Arc<Notify>,
}

#[async_trait]
impl Middleware for Stalls {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> MiddlewareResult<Response> {
        tokio::select! {
            response = next.run(request, extensions) => return response,
            () = self.stop.notified() => {}
        }
        self.stalled.notify_one();
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_write_that_a_middleware_stops_waiting_for_may_have_been_applied() {
    let sandbox = support::sandbox().await;
    let clock = ManualClock::new();
    let stalls = Stalls::default();
    let token = FixedToken::new(sandbox.user_token(UserAccess::ReadWrite));
    let client = support::builder(&sandbox, &[])
        .credential(token)
        .clock(Arc::new(clock.clone()))
        .middleware(stalls.clone())
        .options(CallOptions::new().timeout(TIMEOUT))
        .build()
        .unwrap();
    let hold = sandbox.hold(Endpoint::Api);
    let call = tokio::spawn(async move {
        let call = client.assets_update().id("IN-000001");
        let call = call.body_map(|body| body.description(NullableText::from("words")));
        call.send().await.map(drop)
    });
    hold.arrived(1).await;
    stalls.stop.notify_one();
    stalls.stalled.notified().await;
    clock.advance(TIMEOUT);
    let error = call.await.unwrap().unwrap_err();
    assert!(
        error.is_timeout() && error.may_have_been_applied(),
        "{error}"
    );
    assert_eq!(error.attempts().unwrap().count, 1);
    let text = error.to_string();
    assert!(text.contains("waited for the response"), "{text}");
}

/// Responds itself, with this status and body.
#[derive(Clone)]
struct Responds(u16, String);

#[async_trait]
impl Middleware for Responds {
    async fn handle(
        &self,
        _: Request,
        _: &mut Extensions,
        _: Next<'_>,
    ) -> MiddlewareResult<Response> {
        let mut response = http::Response::new(self.1.clone());
        *response.status_mut() = self.0.try_into().unwrap();
        Ok(response.into())
    }
}

async fn error_of(sandbox: &Sandbox, responds: Responds) -> Error {
    let builder = support::builder(sandbox, &[]).max_response_bytes(100);
    let client: Client = builder.middleware(responds).build().unwrap();
    client.sites_list().send().await.unwrap_err()
}

#[tokio::test]
async fn an_error_response_of_a_middleware_names_the_request() {
    let sandbox = support::sandbox().await;
    let error = error_of(&sandbox, Responds(503, "closed".into())).await;
    assert_eq!(error.status().unwrap(), 503);
    let text = error.to_string();
    assert!(text.contains("GET /sites/v3/ (127.0.0.1)"), "{text}");
    assert!(sandbox.log().api_requests().is_empty());
}

#[tokio::test]
async fn the_body_limit_applies_to_a_response_of_a_middleware() {
    let sandbox = support::sandbox().await;
    let large = "0123456789".repeat(11);
    let error = error_of(&sandbox, Responds(200, large)).await;
    let Error::ResponseTooLarge { read, limit, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!((*read, *limit), (110, 100));
    assert_eq!(&*error.call().unwrap().path, "/sites/v3/");
}
