//! A server that fails and restarts without data.

use perspio::CallOptions;

use super::*;

/// Two machines that share 20 requests per hour, with one clock that the test advances.
struct Machines {
    redis: Server,
    sandbox: Sandbox,
    clock: ManualClock,
    notifications: Arc<Notifications>,
    clients: [Client; 2],
}

impl Machines {
    async fn start() -> Self {
        let redis = Server::redis(|_| Vec::new());
        let sandbox = Sandbox::start().await.unwrap();
        let clock = ManualClock::new();
        let notifications = Arc::new(Notifications::default());
        let hour = Duration::from_secs(3600);
        let limits = Limits::none().with(Limit::requests("rate", Scope::Application, 20, hour));
        let machine = || {
            let pacer = Pacer::builder(limits.clone()).observer(notifications.clone());
            let pacer = pacer.clock(Arc::new(clock.clone()));
            // Each is limited to 4 of them while the server is unavailable.
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
            notifications,
            clients,
        }
    }

    /// Makes calls with each client until its budget is used up. Returns the total number of
    /// requests.
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

    async fn are_notified(&self, counter: impl Fn(&Notifications) -> &AtomicUsize) {
        while counter(&self.notifications).load(Ordering::SeqCst) < 2 {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_sent_during_an_outage_of_the_server_count_after_it() {
    let mut machines = Machines::start().await;
    call(&machines.clients, 1).await;
    machines.redis.kill();
    assert_eq!(machines.exhaust().await, 8, "two shares of 4");
    machines
        .are_notified(|notifications| &notifications.failed)
        .await;
    machines.redis.start_again();
    machines.clock.advance(Duration::from_secs(2));
    machines
        .are_notified(|notifications| &notifications.back)
        .await;
    assert_eq!(
        machines.exhaust().await,
        8,
        "each is still limited to its share"
    );
    machines.clock.advance(Duration::from_secs(4));
    assert_eq!(machines.exhaust().await, 20);
}
