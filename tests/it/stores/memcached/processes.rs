//! Processes that share a Memcached.

use super::*;
use crate::stores::proofs::{self, StoreLocation};

struct Shared(Server);

impl Shared {
    fn new() -> Self {
        Self(Server::memcached(&[]))
    }
}

impl StoreLocation for Shared {
    fn argument(&self) -> String {
        format!("memcached {}", self.0.address())
    }

    fn open(&self, key: StoreKey) -> Arc<dyn TokenStore> {
        Arc::new(MemcachedStore::open(self.0.address(), key).unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn checklist_21_eight_processes_with_memcached_make_one_request() {
    proofs::one_request_for_all_processes(&Shared::new(), "application").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_step_leaves_a_valid_record_in_memcached_and_the_lock_expires() {
    let shared = Shared::new();
    for (step, requests) in [
        ("before the lock", 1),
        ("locked", 1),
        ("read", 1),
        ("answered", 2),
        ("kept", 1),
        ("released", 1),
    ] {
        proofs::an_application_goes_on_after_a_kill(&shared, step, requests).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_during_the_token_request_lets_the_memcached_lock_expire() {
    proofs::a_kill_during_the_token_request(&Shared::new()).await;
}
