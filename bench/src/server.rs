//! The identity server that all libraries are given: on this machine, with a
//! delay, and with a count of what it was asked.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::extract::State;
use axum::serve::ListenerExt;
use http::header::CONTENT_TYPE;

use crate::own_thread::OwnThread;

/// A token as long as Entra's usually are: libraries that copy it pay for its length.
const TOKEN_LENGTH: usize = 1500;

/// What the server says about a token's life, in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Life {
    pub expires_in: u32,
    pub refresh_in: Option<u32>,
}

impl Life {
    /// Nothing falls due while a scenario runs.
    pub const HOUR: Self = Self {
        expires_in: 3600,
        refresh_in: None,
    };
}

/// Answers every POST with a token, until it is dropped.
pub struct Server {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
    _thread: OwnThread,
}

struct Answers {
    delay: Duration,
    life: Life,
    requests: Arc<AtomicUsize>,
}

impl Server {
    /// A server on a free port. It has a thread and a runtime of its own, so
    /// that busy callers do not slow its answers.
    pub fn start(delay: Duration, life: Life) -> Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let requests = Arc::new(AtomicUsize::new(0));
        let answers = Arc::new(Answers {
            delay,
            life,
            requests: requests.clone(),
        });
        let thread = OwnThread::start(move |stopped| async move {
            tokio::select! {
                outcome = serve(listener, answers) => outcome,
                _ = stopped => Ok(()),
            }
        })?;
        Ok(Self {
            address,
            requests,
            _thread: thread,
        })
    }

    /// `127.0.0.1` and the port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// An address below it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// How many tokens were asked for.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

async fn serve(listener: std::net::TcpListener, answers: Arc<Answers>) -> Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?.tap_io(|connection| {
        // A failure costs a few milliseconds, no more.
        let _ = connection.set_nodelay(true);
    });
    let router = Router::new().fallback(answer).with_state(answers);
    axum::serve(listener, router).await?;
    Ok(())
}

async fn answer(State(answers): State<Arc<Answers>>) -> impl axum::response::IntoResponse {
    let number = answers.requests.fetch_add(1, Ordering::Relaxed);
    if !answers.delay.is_zero() {
        tokio::time::sleep(answers.delay).await;
    }
    let mut body = serde_json::json!({
        "access_token": format!("{number:0>TOKEN_LENGTH$}"),
        "token_type": "Bearer",
        "expires_in": answers.life.expires_in,
    });
    if let Some(refresh_in) = answers.life.refresh_in
        && let Some(members) = body.as_object_mut()
    {
        members.insert("refresh_in".to_owned(), refresh_in.into());
    }
    ([(CONTENT_TYPE, "application/json")], body.to_string())
}
