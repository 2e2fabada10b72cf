//! Bytes that are reported to the server of a shared budget.

use super::*;

/// See the documentation of `Limit::bytes`.
const MANY: u64 = 256 * 1024;

#[tokio::test]
async fn many_bytes_are_reported_during_the_response_and_few_when_it_ends() {
    let server = Arc::new(Server::default());
    let limit = Limit::bytes("bandwidth", Scope::Tenant, 1 << 30, MINUTE);
    let builder = Pacer::builder(Limits::none().with(limit));
    let pacer = builder.shared(server.clone(), 4).build();
    let reported = async || {
        settle().await;
        let received = server.received();
        received
            .iter()
            .map(|report| report.bytes)
            .collect::<Vec<_>>()
    };
    pacer.debit(MANY - 1);
    assert!(reported().await.is_empty());
    pacer.debit(1);
    assert_eq!(reported().await, [MANY]);
    pacer.debit(5);
    assert!(reported().await.is_empty());
    pacer.response_ended();
    assert_eq!(reported().await, [5]);
    pacer.response_ended();
    assert!(reported().await.is_empty(), "there is nothing to report");
}
