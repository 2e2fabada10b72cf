//! The client of the SDK in the variants that are compared with bare reqwest.

use std::time::Duration;

use anyhow::Result;
use http::HeaderValue;
use perspio::auth::TokenSource;
use perspio::middleware::{
    Extensions, Middleware, Next, Request, Response, Result as MiddlewareResult, async_trait,
};
use perspio::types::Asset;
use perspio::{CallOptions, Client, Limit, Limits, Priority, Scope};

use crate::service::{self, Bare, Variables};

/// The path of the asset that all variants request.
const PATH: &str = "/assets/v3/IN-000001";

/// A client of the SDK with one option.
pub struct Variant {
    /// The name in the tables.
    pub name: &'static str,
    pub client: Client,
    /// Whether a subscriber of the level INFO is active during its calls.
    pub is_traced: bool,
}

/// Returns all variants, with the tokens of `source`.
pub fn all(variables: &Variables, source: &TokenSource) -> Result<Vec<Variant>> {
    let builder = || service::client(variables).token_source(source.clone());
    let default = builder().limits(Limits::none()).build()?;
    let minute = CallOptions::new().timeout(Duration::from_secs(60));
    let bulk = CallOptions::new().priority(Priority::Bulk);
    let variant = |name, client| Variant {
        name,
        client,
        is_traced: false,
    };
    Ok(vec![
        variant("perspio", default.clone()),
        variant("perspio, with a timeout", default.with_options(minute)),
        variant("perspio, with bulk priority", default.with_options(bulk)),
        variant(
            "perspio, with a middleware",
            builder().limits(Limits::none()).middleware(Job).build()?,
        ),
        variant("perspio, with limits", builder().limits(ample()).build()?),
        Variant {
            is_traced: true,
            ..variant("perspio, with tracing", default)
        },
    ])
}

/// Requests the asset with the SDK.
pub async fn call(client: &Client) -> Result<()> {
    client.assets_get().id("IN-000001").send().await?;
    Ok(())
}

/// Requests the asset with reqwest.
pub async fn bare_call(bare: &Bare) -> Result<()> {
    let response = bare.get(PATH).await?;
    response.error_for_status()?.json::<Asset>().await?;
    Ok(())
}

/// A middleware that adds a header, as a program's own might.
struct Job;

#[async_trait]
impl Middleware for Job {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> MiddlewareResult<Response> {
        let name = HeaderValue::from_static("nightly");
        request.headers_mut().insert("x-job", name);
        next.run(request, extensions).await
    }
}

/// Limits that are respected and never reached.
fn ample() -> Limits {
    let window = Duration::from_secs(90);
    let limit = Limit::requests("rate", Scope::Application, 100_000_000, window);
    let bytes = Limit::bytes("bandwidth", Scope::Tenant, u64::MAX / 2, window);
    Limits::none().with(limit).with(bytes)
}
