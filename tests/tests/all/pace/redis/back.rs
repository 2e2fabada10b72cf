//! A server that ends, and comes back without knowing anything.

use perspio::CallOptions;

use super::*;

/// Two machines that share 20 requests an hour, by one clock of the test.
struct Machines {
    redis: Server,
    sandbox: Sandbox,
    clock: ManualClock,
    told: Arc<Told>,
    clients: [Client; 2],
}

impl Machines {
    async fn start() -> Self {
        let redis = Server::redis(|_| Vec::new());
        let sandbox = Sandbox::start().await.unwrap();
        let clock = ManualClock::new();
        let told = Arc::new(Told::default());
        let hour = Duration::from_secs(3600);
        let limits = Limits::none().with(Limit::requests("rate", Scope::Application, 20, hour));
        let machine = || {
            let pacer = Pacer::builder(limits.clone()).observer(told.clone());
            let pacer = pacer.clock(Arc::new(clock.clone()));
            // Each keeps to 4 of them while the server is away.
            let pacer = pacer.shared_by(budget(&redis, "application")).build();
            let client = builder(&sandbox, &[]).clock(Arc::new(clock.clone()));
            let soon = CallOptions::new().timeout(Duration::from_secs(3));
            client.pacer(pacer).options(soon).build().unwrap()
        };
        let clients = [machine(), machine()];
        Self {
            redis,
            sandbox,
            clock,
            told,
            clients,
        }
    }

    /// Each sends what it may; how many requests there have been in all.
    async fn exhaust(&self) -> usize {
        for client in &self.clients {
            let error = loop {
                if let Err(error) = client.sites_list().send().await {
                    break error;
                }
            };
            assert!(error.is_rate_limited(), "{error}");
        }
        self.sandbox.log().api_requests().len()
    }

    async fn are_told(&self, counter: impl Fn(&Told) -> &AtomicUsize) {
        while counter(&self.told).load(Ordering::SeqCst) < 2 {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_while_the_server_was_away_counts_when_it_is_back() {
    let mut machines = Machines::start().await;
    call(&machines.clients, 1).await;
    machines.redis.kill();
    assert_eq!(machines.exhaust().await, 8, "two parts of 4");
    machines.are_told(|told| &told.failed).await;
    machines.redis.start_again();
    machines.clock.advance(Duration::from_secs(2));
    machines.are_told(|told| &told.back).await;
    assert_eq!(machines.exhaust().await, 8, "each keeps to its part yet");
    machines.clock.advance(Duration::from_secs(4));
    assert_eq!(machines.exhaust().await, 20);
}
