//! A cached token costs no allocation, with one tenant and with many.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::hint::black_box;

use futures::FutureExt;
use perspio_auth::endpoint::Endpoint;
use perspio_auth::{Application, ClientCredentials, Profile, TokenKey, TokenSource, TokenSources};
use perspio_sandbox::Sandbox;

fn profile(sandbox: &Sandbox) -> Profile {
    Profile::perspiotalk().with_authority(&Endpoint::parse(sandbox.authority()).unwrap())
}

#[tokio::test]
async fn a_cached_token_and_its_header_cost_no_allocation() {
    let sandbox = Sandbox::start().await.unwrap();
    let application = Application::confidential(sandbox.client_id(), sandbox.client_secret());
    let source = TokenSource::new(&profile(&sandbox), ClientCredentials::new(application)).unwrap();
    source.token().await.unwrap();
    // A thread's first look sets up what it looks through, once.
    source.token().await.unwrap();
    let counted = allocation_counter::measure(|| {
        for _ in 0..1000 {
            let token = source.token().now_or_never().unwrap().unwrap();
            black_box(token.authorization().clone());
            black_box(source.authorization().now_or_never().unwrap().unwrap());
        }
    });
    assert_eq!(counted.count_total, 0);
}

#[tokio::test]
async fn a_cached_token_among_a_thousand_tenants_costs_no_allocation() {
    let sandbox = Sandbox::start().await.unwrap();
    let sources = TokenSources::new(2000);
    let keys: Vec<TokenKey> = (0..1000)
        .map(|tenant| {
            let application =
                Application::confidential(sandbox.client_id(), sandbox.client_secret());
            let grant = ClientCredentials::new(application);
            let builder = TokenSource::builder(&profile(&sandbox), grant).user(tenant.to_string());
            sources.get_or_build(builder).unwrap().key().clone()
        })
        .collect();
    let last = keys.last().unwrap();
    for _ in 0..2 {
        sources.get(last).unwrap().token().await.unwrap();
    }
    let counted = allocation_counter::measure(|| {
        for _ in 0..1000 {
            let source = sources.get(last).unwrap();
            let token = source.token().now_or_never().unwrap().unwrap();
            black_box(token.authorization().clone());
        }
    });
    assert_eq!(counted.count_total, 0);
}
