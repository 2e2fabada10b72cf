//! One budget for many processes, stored in a real Redis. The tests do not control its
//! clock, and assert only what holds at any speed.

mod recovery;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use perspio::{Client, Limit, Limits, PaceObserver, Pacer, Scope, SharedBudget};
use perspio_auth::SecretString;
use perspio_auth::clock::ManualClock;
use perspio_auth::store::Redis;
use perspio_sandbox::Sandbox;
use tokio::task::JoinSet;

use crate::stores::servers::Server;
use crate::support::builder;

const WINDOW: Duration = Duration::from_millis(200);

fn limits() -> Limits {
    Limits::none().with(Limit::requests("rate", Scope::Application, 10, WINDOW))
}

/// Returns the pacer of another machine, with its own connection.
fn pacer(
    redis: &Server,
    limits: Limits,
    application: &str,
    observer: &Arc<Notifications>,
) -> Pacer {
    let builder = Pacer::builder(limits).observer(observer.clone());
    builder.shared_by(budget(redis, application)).build()
}

fn budget(redis: &Server, application: &str) -> SharedBudget {
    let url = SecretString::from(format!("redis://{}", redis.address()));
    let budget = SharedBudget::new(
        Redis::new(&url).unwrap(),
        "service",
        "canary-tenant",
        application,
    );
    budget.fallback_part(5)
}

#[derive(Default)]
struct Notifications {
    failed: AtomicUsize,
    back: AtomicUsize,
}

impl PaceObserver for Notifications {
    fn on_shared_budget_failed(&self, _: &str) {
        self.failed.fetch_add(1, Ordering::SeqCst);
    }

    fn on_shared_budget_back(&self) {
        self.back.fetch_add(1, Ordering::SeqCst);
    }
}

fn client(sandbox: &Sandbox, pacer: Pacer) -> Client {
    builder(sandbox, &[]).pacer(pacer).build().unwrap()
}

/// Makes `calls` concurrent calls with each client.
async fn call(clients: &[Client], calls: usize) {
    let mut tasks = JoinSet::new();
    for client in clients {
        for _ in 0..calls {
            let client = client.clone();
            tasks.spawn(async move { client.sites_list().send().await.map(drop) });
        }
    }
    while let Some(outcome) = tasks.join_next().await {
        outcome.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn four_machines_share_one_budget_without_a_429() {
    let redis = Server::redis(|_| Vec::new());
    let sandbox = Sandbox::builder()
        .rate_limit(10, WINDOW)
        .start()
        .await
        .unwrap();
    let notifications = Arc::new(Notifications::default());
    let machine = || {
        client(
            &sandbox,
            pacer(&redis, limits(), "application", &notifications),
        )
    };
    let clients = [machine(), machine(), machine(), machine()];
    call(&clients, 10).await;
    assert_eq!(sandbox.refused(), 0);
    assert_eq!(sandbox.log().api_requests().len(), 40);
    assert_eq!(notifications.failed.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_server_failure_no_call_fails_and_each_machine_uses_its_share() {
    let mut redis = Server::redis(|_| Vec::new());
    // A new server has no record of earlier requests, so the sandbox has no limits here.
    let sandbox = Sandbox::start().await.unwrap();
    let notifications = Arc::new(Notifications::default());
    let machine = || {
        client(
            &sandbox,
            pacer(&redis, limits(), "application", &notifications),
        )
    };
    let clients = [machine(), machine()];
    call(&clients, 5).await;
    redis.kill();
    call(&clients, 5).await;
    assert_eq!(
        notifications.failed.load(Ordering::SeqCst),
        2,
        "each is notified once"
    );
    redis.start_again();
    // Until they use the server again, which they avoid for a while.
    while notifications.back.load(Ordering::SeqCst) < 2 {
        call(&clients, 1).await;
    }
    call(&clients, 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_slots_of_a_killed_process_expire() {
    let redis = Server::redis(|_| Vec::new());
    let notifications = Arc::new(Notifications::default());
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(
        &sandbox,
        pacer(&redis, limits(), "application", &notifications),
    );
    let held = sandbox.hold(perspio_sandbox::Endpoint::Api);
    let killed = tokio::spawn({
        let client = client.clone();
        async move { client.sites_list().send().await.map(drop) }
    });
    while sandbox.log().api_requests().is_empty() {
        tokio::task::yield_now().await;
    }
    // The process never reports this call as completed.
    let slots = run_on_key(&redis, "ZRANGE", &["WITHSCORES"]).await;
    let expected = now(&redis).await + 120e6 + 200.2e3;
    let free_at: f64 = slots[1].parse().unwrap();
    assert!(
        (expected - 30e6..=expected).contains(&free_at),
        "{free_at} {expected}"
    );
    drop(held);
    killed.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completed_slot_counts_for_one_more_window_after_a_flush() {
    let redis = Server::redis(|_| Vec::new());
    let notifications = Arc::new(Notifications::default());
    let sandbox = Sandbox::start().await.unwrap();
    let hour = Limit::requests("rate", Scope::Application, 10, Duration::from_secs(3600));
    let pacer = pacer(
        &redis,
        Limits::none().with(hour),
        "application",
        &notifications,
    );
    let client = client(&sandbox, pacer.clone());
    client.sites_list().send().await.unwrap();
    // The response is reported in the background.
    pacer.flush().await;
    let expected = now(&redis).await + 3603.6e6;
    let slots = run_on_key(&redis, "ZRANGE", &["WITHSCORES"]).await;
    let free_at: f64 = slots[1].parse().unwrap();
    assert!((free_at - expected).abs() < 60e6, "{free_at} {expected}");
    assert_eq!(client.budget().limits[0].left, 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_counts_from_its_receipt_however_late_it_is_reported() {
    let redis = Server::redis(|_| Vec::new());
    let sandbox = Sandbox::start().await.unwrap();
    let clock = ManualClock::new();
    let hour = Limit::requests("rate", Scope::Application, 10, Duration::from_secs(3600));
    let builder = Pacer::builder(Limits::none().with(hour)).clock(Arc::new(clock.clone()));
    let pacer = builder.shared_by(budget(&redis, "application")).build();
    let client = client(&sandbox, pacer);
    client.sites_list().send().await.unwrap();
    let held = sandbox.hold(perspio_sandbox::Endpoint::Api);
    let other = tokio::runtime::Runtime::new().unwrap();
    let call = client.clone();
    other.spawn(async move { call.sites_list().send().await.map(drop) });
    while sandbox.log().api_requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    // The call ends with its runtime, which therefore cannot report it.
    tokio::task::spawn_blocking(move || drop(other))
        .await
        .unwrap();
    clock.advance(Duration::from_secs(600));
    drop(held);
    client.sites_list().send().await.unwrap();
    let expected = now(&redis).await + 3003.6e6;
    let slots = run_on_key(&redis, "ZRANGE", &["WITHSCORES"]).await;
    let free_at: f64 = slots[1].parse().unwrap();
    assert!(
        (expected - 60e6..=expected).contains(&free_at),
        "{free_at} {expected}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_and_the_bytes_of_one_machine_delay_the_others() {
    let redis = Server::redis(|_| Vec::new());
    let notifications = Arc::new(Notifications::default());
    let sandbox = Sandbox::start().await.unwrap();
    let hour = Duration::from_secs(3600);
    let bytes = || Limits::none().with(Limit::bytes("bandwidth", Scope::Tenant, 1000, hour));
    let one = client(&sandbox, pacer(&redis, bytes(), "one", &notifications));
    let other = client(&sandbox, pacer(&redis, bytes(), "other", &notifications));
    one.assets_list().send().await.unwrap();
    let soon = perspio::CallOptions::new().timeout(Duration::from_secs(1));
    let other = other.with_options(soon);
    let error = loop {
        // The number of bytes is reported in the background.
        if let Err(error) = other.sites_list().send().await
            && error.is_rate_limited()
        {
            break error;
        }
    };
    assert!(
        error.retry_after() > Some(Duration::from_secs(3000)),
        "{error}"
    );
    assert!(error.to_string().contains("bandwidth"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_on_the_server_identify_no_application_and_expire() {
    let redis = Server::redis(|_| Vec::new());
    let notifications = Arc::new(Notifications::default());
    let sandbox = Sandbox::start().await.unwrap();
    let limits = perspio::limits();
    let client = client(
        &sandbox,
        pacer(&redis, limits, "canary-application", &notifications),
    );
    client.assets_list().send().await.unwrap();
    let names = names(&redis).await;
    assert!(names.len() >= 2, "{names:?}");
    for name in &names {
        assert!(name.starts_with("rate-limit:{"), "{name}");
        assert!(!name.contains("canary"), "{name}");
        let lives: i64 = query(&redis, redis_command(&["PTTL", name])).await;
        assert!(lives > 0 && lives < 4_000_000, "{name} {lives}");
    }
    let tag = |name: &String| name.split(['{', '}']).nth(1).unwrap().to_owned();
    assert!(
        names.iter().all(|name| tag(name) == tag(&names[0])),
        "{names:?}"
    );
}

fn redis_command(words: &[&str]) -> redis::Cmd {
    let mut command = redis::Cmd::new();
    for word in words {
        command.arg(*word);
    }
    command
}

async fn query<T: redis::FromRedisValue>(server: &Server, command: redis::Cmd) -> T {
    let client = redis::Client::open(format!("redis://{}", server.address())).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    command.query_async(&mut connection).await.unwrap()
}

async fn names(server: &Server) -> Vec<String> {
    query(server, redis_command(&["KEYS", "*"])).await
}

/// Runs a command on the only key of the server.
async fn run_on_key(server: &Server, command: &str, options: &[&str]) -> Vec<String> {
    let names = names(server).await;
    assert_eq!(names.len(), 1, "{names:?}");
    let words = [&[command, &names[0], "0", "-1"], options].concat();
    query(server, redis_command(&words)).await
}

/// The server's time, in microseconds.
async fn now(server: &Server) -> f64 {
    let [seconds, rest]: [String; 2] = query(server, redis_command(&["TIME"])).await;
    seconds.parse::<f64>().unwrap() * 1e6 + rest.parse::<f64>().unwrap()
}
