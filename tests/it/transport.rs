//! What a transport sees of a call, and what observers of waits are notified of.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use perspio::transport::{self, Transport, async_trait};
use perspio::{Client, Method, PaceObserver, Retry, RetryPolicy};
use perspio_auth::FixedToken;

/// Responds with the statuses in their order and keeps the requests.
struct Replies {
    statuses: Mutex<Vec<u16>>,
    sent: Mutex<Vec<(Method, String, String)>>,
}

#[async_trait]
impl Transport for Replies {
    async fn send(
        &self,
        _: &transport::Client,
        request: transport::Request,
    ) -> reqwest::Result<transport::Response> {
        let token = request.headers()["authorization"].to_str().unwrap();
        let path = request.url().path().to_owned();
        let sent = (request.method().clone(), path, token.to_owned());
        self.sent.lock().unwrap().push(sent);
        let status = self.statuses.lock().unwrap().remove(0);
        let response = perspio_auth::http::Response::builder()
            .status(status)
            .body("[]");
        Ok(response.unwrap().into())
    }
}

/// Keeps what is known of each retry.
#[derive(Default)]
struct Retries(Mutex<Vec<(String, u32, String)>>);

impl PaceObserver for Retries {
    fn on_retry(&self, retry: &Retry<'_>) {
        let known = (retry.operation.into(), retry.attempt, retry.reason.into());
        self.0.lock().unwrap().push(known);
    }
}

#[tokio::test]
async fn a_transport_sees_each_attempt_and_observers_each_retry() {
    let replies = Arc::new(Replies {
        statuses: Mutex::new(vec![503, 200]),
        sent: Mutex::default(),
    });
    let retries = Arc::new(Retries::default());
    let client: Client = Client::builder()
        .base_url("http://127.0.0.1:9")
        .setting("TENANT_ID", "in-1")
        .setting("SUBSCRIPTION_KEY", "key")
        .credential(FixedToken::new("token"))
        .retry(RetryPolicy::new().first_backoff(Duration::ZERO))
        .transport(replies.clone())
        .pace_observer(retries.clone())
        .build()
        .unwrap();
    assert_eq!(client.assets_list().send().await.unwrap().len(), 0);
    let attempt = (
        Method::GET,
        "/assets/v3/".to_owned(),
        "Bearer token".to_owned(),
    );
    let sent = replies.sent.lock().unwrap();
    assert_eq!(*sent, [attempt.clone(), attempt]);
    let retries = retries.0.lock().unwrap();
    let expected = ("assets_list".to_owned(), 1, "503".to_owned());
    assert_eq!(*retries, [expected]);
}
