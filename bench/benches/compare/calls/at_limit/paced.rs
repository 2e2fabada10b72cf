//! The contestants of one process.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use governor::{Quota, RateLimiter};
use http::StatusCode;
use http::header::RETRY_AFTER;
use perspio::{Limit, Limits, Scope};
use perspio_bench::service::{self, Bare, Service};

use super::{MOST, WINDOW, together};

const ASSET: &str = "/assets/v3/IN-000001";

pub(super) async fn ours(service: &Service) -> Result<Duration> {
    let limits = Limits::none().with(Limit::requests("rate", Scope::Application, MOST, WINDOW));
    let (builder, source) = service::signed_in(&service.variables()).await?;
    let client = builder.token_source(source).limits(limits).build()?;
    together(move || {
        let client = client.clone();
        async move {
            client.assets_get().id("IN-000001").send().await?;
            Ok(())
        }
    })
    .await
}

pub(super) async fn governor(service: &Service) -> Result<Duration> {
    let quota = Quota::with_period(WINDOW / MOST).context("a window has a length")?;
    let limiter = RateLimiter::direct(quota.allow_burst(MOST.try_into()?));
    let limiter = Arc::new(limiter);
    waiting(service, move || {
        let limiter = limiter.clone();
        async move { limiter.until_ready().await }
    })
    .await
}

pub(super) async fn leaky_bucket(service: &Service) -> Result<Duration> {
    let most = usize::try_from(MOST)?;
    let limiter = leaky_bucket::RateLimiter::builder()
        .max(most)
        .initial(most)
        .refill(most)
        .interval(WINDOW)
        .build();
    let limiter = Arc::new(limiter);
    waiting(service, move || {
        let limiter = limiter.clone();
        async move { limiter.acquire_one().await }
    })
    .await
}

pub(super) async fn retry(service: &Service) -> Result<Duration> {
    waiting(service, || async {}).await
}

/// Calls with reqwest, each request after `turn`, until none is refused.
async fn waiting<T: Future<Output = ()> + Send>(
    service: &Service,
    turn: impl Fn() -> T + Clone + Send + Sync + 'static,
) -> Result<Duration> {
    let bare = Bare::new(&service.variables()).await?;
    together(move || {
        let (bare, turn) = (bare.clone(), turn.clone());
        async move {
            loop {
                turn().await;
                let answer = bare.get(ASSET).await?;
                if answer.status() == StatusCode::TOO_MANY_REQUESTS {
                    tokio::time::sleep(retry_after(&answer)?).await;
                    continue;
                }
                ensure!(answer.status().is_success(), "{}", answer.status());
                answer.bytes().await?;
                return Ok(());
            }
        }
    })
    .await
}

fn retry_after(answer: &reqwest::Response) -> Result<Duration> {
    let seconds = answer
        .headers()
        .get(RETRY_AFTER)
        .context("no Retry-After")?;
    Ok(Duration::from_secs(seconds.to_str()?.parse()?))
}
