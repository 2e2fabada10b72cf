use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use secrecy::ExposeSecret;

use super::*;
use crate::oauth::endpoint::Endpoint;
use crate::oauth::{Application, BasicAuth, ClientCredentials, RefreshToken, StoredSignIn};
use crate::retry::RetryPolicy;
use crate::store::{MemoryStore, TokenStore, conformance};
use crate::testing;
use crate::token::clock::ManualClock;

/// An identity server on this machine.
struct Server {
    profile: Profile,
    requests: Arc<AtomicUsize>,
}

impl Server {
    /// Responds to every connection with `response`, and closes it.
    fn responding(response: impl Into<String>) -> Self {
        Self::responding_when(response, || {})
    }

    /// Calls `before` when a request has arrived, before it responds.
    fn responding_when(response: impl Into<String>, before: impl Fn() + Send + 'static) -> Self {
        let response = response.into();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/token", listener.local_addr().unwrap());
        let profile = testing::profile().with_token_url(url.parse::<Endpoint>().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let count = requests.clone();
        // It ends with the process.
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = connection.unwrap();
                if connection
                    .read(&mut [0; 8192])
                    .is_ok_and(|length| length > 0)
                {
                    count.fetch_add(1, Ordering::SeqCst);
                    before();
                    let _ = connection.write_all(response.as_bytes());
                }
            }
        });
        Self { profile, requests }
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// A sign-in in a store, whose access token has expired.
    async fn stored_sign_in(&self) -> (TokenSource, Arc<MemoryStore>) {
        let store = Arc::new(MemoryStore::new());
        let sign_in = StoredSignIn::new(Application::public("client"));
        let source = TokenSource::builder(&self.profile, sign_in)
            .store(store.clone())
            .build()
            .unwrap();
        let mut record = conformance::record("old");
        record.refresh_token = Some("old refresh".into());
        record.lifetime = Duration::ZERO;
        assert!(store.replace(source.key(), None, record).await.unwrap());
        (source, store)
    }
}

fn renewed() -> String {
    rotated(r#""access_token":"new","token_type":"Bearer","expires_in":3600"#)
}

/// A token response with these members and a rotated refresh token.
fn rotated(members: &str) -> String {
    let body = format!(r#"{{{members},"refresh_token":"rotated"}}"#);
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

async fn is_rotated(source: &TokenSource, store: &MemoryStore) -> bool {
    let stored = store.read(source.key()).await.unwrap().unwrap();
    stored.record.generation == 1
}

#[tokio::test]
async fn settling_waits_until_the_refresh_in_flight_is_saved() {
    let server = Server::responding(renewed());
    let (source, store) = server.stored_sign_in().await;
    // Starts the refresh; on a busy machine, it may be over already.
    drop(futures::FutureExt::now_or_never(source.token()));
    source.settle().await.unwrap();
    assert!(is_rotated(&source, &store).await);
    assert_eq!(server.requests(), 1);
    source.settle().await.unwrap();
}

#[tokio::test]
async fn dropping_the_last_handle_waits_until_the_refresh_in_flight_is_saved() {
    let (arrived, has_arrived) = std::sync::mpsc::channel();
    let (release, is_released) = std::sync::mpsc::channel::<()>();
    let server = Server::responding_when(renewed(), move || {
        arrived.send(()).unwrap();
        is_released.recv().unwrap();
    });
    let (source, store) = server.stored_sign_in().await;
    let (other, _) = server.stored_sign_in().await;
    // Starts the refresh.
    assert!(futures::FutureExt::now_or_never(source.token()).is_none());
    has_arrived.recv().unwrap();
    let (begin, has_begun) = std::sync::mpsc::channel();
    let dropping = std::thread::spawn(move || {
        begin.send(()).unwrap();
        // Blocks its thread, as at the end of a program.
        drop(source);
    });
    has_begun.recv().unwrap();
    release.send(()).unwrap();
    dropping.join().unwrap();
    assert!(is_rotated(&other, &store).await);
}

#[tokio::test]
async fn a_rotated_refresh_token_is_saved_if_the_access_token_cannot_be_used() {
    for (members, fault) in [
        (r#""access_token":"","token_type":"Bearer""#, "is empty"),
        (
            r#""access_token":"a\nb","token_type":"Bearer""#,
            "header value",
        ),
        (
            r#""access_token":"a","token_type":"Bearer","expires_in":0"#,
            "expired",
        ),
        (r#""access_token":"a","token_type":"mac""#, "not Bearer"),
    ] {
        let server = Server::responding(rotated(members));
        let (source, store) = server.stored_sign_in().await;
        let error = source.token().await.unwrap_err();
        let is_invalid = matches!(error.cause(), Error::InvalidToken { .. });
        assert!(is_invalid && error.to_string().contains(fault), "{error}");
        let stored = store.read(source.key()).await.unwrap().unwrap().record;
        let refresh_token = stored.refresh_token.unwrap();
        assert_eq!(refresh_token.expose_secret(), "rotated", "{members}");
        assert_eq!(stored.lifetime, Duration::ZERO, "{members}");
        assert_eq!(server.requests(), 1);
    }
}

#[tokio::test]
async fn a_configured_refresh_token_is_replaced_if_the_access_token_cannot_be_used() {
    let server = Server::responding(rotated(r#""access_token":"","token_type":"Bearer""#));
    let store = Arc::new(MemoryStore::new());
    let scopes: [&str; 0] = [];
    let grant = RefreshToken::new(Application::public("client"), "old".into(), scopes);
    let source = TokenSource::builder(&server.profile, grant)
        .store(store.clone())
        .build()
        .unwrap();
    let error = source.token().await.unwrap_err();
    assert!(error.to_string().contains("is empty"), "{error}");
    let stored = store.read(source.key()).await.unwrap().unwrap().record;
    assert_eq!(stored.refresh_token.unwrap().expose_secret(), "rotated");
}

/// 200 callers each second for 30 s.
async fn requests_of_an_outage(response: &'static str) -> usize {
    let server = Server::responding(response);
    let clock = Arc::new(ManualClock::new());
    let grant = ClientCredentials::new(Application::confidential("client", "secret"));
    let source = TokenSource::builder(&server.profile, grant)
        .clock(clock.clone())
        // The waits between retries would stand still with the clock.
        .retry(RetryPolicy::new().first_backoff(Duration::ZERO))
        .build()
        .unwrap();
    for _ in 0..30 {
        for _ in 0..200 {
            let error = source.token().await.unwrap_err();
            assert!(error.retry_after().is_some(), "{error}");
        }
        clock.advance(Duration::from_secs(1));
    }
    server.requests()
}

#[tokio::test]
async fn an_outage_of_the_identity_server_gets_at_most_12_requests_in_30_s() {
    for response in [
        "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>",
        "HTTP/1.1 200 OK\r\ncontent-length: 16\r\nconnection: close\r\n\r\n{\"access_token\":",
        "",
    ] {
        let requests = requests_of_an_outage(response).await;
        assert!((2..=12).contains(&requests), "{requests}: {response}");
    }
}

fn password_source(clock: &ManualClock, store: &Arc<MemoryStore>) -> TokenSource {
    TokenSource::builder(&testing::profile(), BasicAuth::new("user", "canary"))
        .clock(Arc::new(clock.clone()))
        .store(store.clone())
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_password_is_neither_requested_nor_stored_and_does_not_expire() {
    let (clock, store) = (ManualClock::new(), Arc::new(MemoryStore::new()));
    let source = password_source(&clock, &store);
    for _ in 0..5 {
        let token = source.token().await.unwrap();
        assert_eq!(token.authorization(), "Basic dXNlcjpjYW5hcnk=");
        assert!(token.authorization().is_sensitive());
        assert_eq!(source.authorization().await.unwrap(), token.authorization());
        clock.advance(Duration::from_secs(300 * 24 * 3600));
    }
    source.settle().await.unwrap();
    assert!(store.read(source.key()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_rejected_password_is_not_sent_again_and_is_named_as_a_setting() {
    let (clock, store) = (ManualClock::new(), Arc::new(MemoryStore::new()));
    let source = password_source(&clock, &store);
    let token = source.token().await.unwrap();
    assert!(source.reject(&token));
    for _ in 0..3 {
        let error = source.token().await.unwrap_err();
        assert!(error.is_configuration() && !error.is_transient());
        let text = format!("{error} {error:?}");
        assert!(text.contains("user name or password"), "{text}");
        assert!(!text.contains("canary"), "{text}");
        clock.advance(Duration::from_secs(60));
    }
    assert!(source.cached_token().is_none());
}

#[tokio::test]
async fn a_password_is_not_used_after_a_sign_out() {
    let (clock, store) = (ManualClock::new(), Arc::new(MemoryStore::new()));
    let source = password_source(&clock, &store);
    source.token().await.unwrap();
    source.sign_out().await.unwrap();
    assert!(source.token().await.is_err());
}

#[test]
fn passwords_of_several_users_do_not_share_a_source() {
    let key = |user: &str| {
        let credential = BasicAuth::new(user, "password");
        TokenSource::builder(&testing::profile(), credential).key()
    };
    assert_ne!(key("canary"), key("other"));
    assert_eq!(key("canary"), key("canary"));
    assert!(!format!("{:?}", key("canary")).contains("canary"));
    let token = crate::FixedToken::new("token");
    let token = TokenSource::builder(&testing::profile(), token).key();
    assert_ne!(key("canary"), token);
}
