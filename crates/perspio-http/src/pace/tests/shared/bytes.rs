//! Bytes that the server of a shared budget is told of.

use super::*;

/// As it is promised: see `Limit::bytes`.
const MANY: u64 = 256 * 1024;

#[tokio::test]
async fn many_bytes_are_told_before_their_answer_has_ended_and_few_when_it_has() {
    let (pacer, _, server) = shared(20, 4);
    let told = async || {
        settle().await;
        let told = server.told();
        told.iter().map(|report| report.bytes).collect::<Vec<_>>()
    };
    pacer.debit(MANY - 1);
    assert!(told().await.is_empty());
    pacer.debit(1);
    assert_eq!(told().await, [MANY]);
    pacer.debit(5);
    assert!(told().await.is_empty());
    pacer.debited();
    assert_eq!(told().await, [5]);
    pacer.debited();
    assert!(told().await.is_empty(), "there is nothing to tell");
}
