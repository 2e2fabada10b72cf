//! Applications on several machines that share a server.

use perspio_sandbox::Sandbox;

use super::*;
use crate::support;

/// Creates the source of one machine. Its store has the system clock, because a lock is
/// released in the background and the next caller waits for a moment.
fn source(sandbox: &Sandbox, server: &Server, clock: &ManualClock) -> TokenSource {
    let grant = ClientCredentials::new(support::application(sandbox));
    TokenSource::builder(&support::profile(sandbox), grant)
        .store(Arc::new(store(server)))
        .clock(Arc::new(clock.clone()))
        .build()
        .unwrap()
}

#[tokio::test]
async fn machines_share_a_token_and_an_eviction_causes_one_request() {
    let sandbox = support::sandbox().await;
    let server = Server::memcached(&[]);
    let clock = ManualClock::new();
    let source = || source(&sandbox, &server, &clock);
    let first = source().token().await.unwrap();
    let next = source().token().await.unwrap();
    assert_eq!(first.expose_secret(), next.expose_secret());
    assert_eq!(sandbox.log().token_requests().len(), 1);
    assert_eq!(Wire::to(&server).execute("flush_all"), "OK");
    source().token().await.unwrap();
    source().token().await.unwrap();
    assert_eq!(sandbox.log().token_requests().len(), 2);
}

#[tokio::test]
async fn calls_continue_while_memcached_is_unavailable() {
    let sandbox = support::sandbox().await;
    let mut server = Server::memcached(&[]);
    let clock = ManualClock::new();
    let before = source(&sandbox, &server, &clock);
    before.token().await.unwrap();
    server.kill();
    before.token().await.unwrap();
    let after = source(&sandbox, &server, &clock);
    after.token().await.unwrap();
    clock.advance(2 * 3600 * SECOND);
    before.token().await.unwrap();
    assert_eq!(sandbox.log().token_requests().len(), 3);
}
