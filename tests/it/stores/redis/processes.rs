//! Processes that share a Redis.

use std::sync::Arc;

use perspio_auth::store::{RedisStore, StoreKey};
use perspio_auth::{SecretString, TokenStore};

use crate::stores::proofs::{self, Remaining, StoreLocation};
use crate::stores::servers::Server;

struct Redis(Server);

impl Redis {
    fn new() -> Self {
        Self(Server::redis(|_| Vec::new()))
    }

    fn url(&self) -> String {
        format!("redis://{}", self.0.address())
    }
}

impl StoreLocation for Redis {
    fn argument(&self) -> String {
        format!("redis {}", self.url())
    }

    fn open(&self, key: StoreKey) -> Arc<dyn TokenStore> {
        Arc::new(RedisStore::open(&SecretString::from(self.url()), key).unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn checklist_21_eight_processes_with_redis_make_one_request_for_an_application() {
    proofs::one_request_for_all_processes(&Redis::new(), "application").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn checklist_21_eight_processes_with_redis_make_one_refresh_and_stay_signed_in() {
    proofs::one_request_for_all_processes(&Redis::new(), "user").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_step_leaves_a_valid_record_in_redis_and_the_lock_expires() {
    let redis = Redis::new();
    for (step, left) in [
        ("before the lock", Remaining::Old),
        ("locked", Remaining::Old),
        ("read", Remaining::Old),
        ("answered", Remaining::Lost),
        ("kept", Remaining::New),
        ("released", Remaining::New),
    ] {
        proofs::a_kill_at_a_step(&redis, step, left).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_during_the_token_request_lets_the_redis_lock_expire() {
    proofs::a_kill_during_the_token_request(&Redis::new()).await;
}
