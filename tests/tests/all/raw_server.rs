//! A server of bytes: it answers with exactly what a test gives it, whether
//! that is HTTP or not, and keeps what arrives.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use perspio::{Client, ClientBuilder};
use perspio_auth::FixedToken;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the clients of these servers must show nowhere.
pub(crate) const TOKEN: &str = "canary-token-canary-token";
pub(crate) const KEY: &str = "canary-key-canary-key";

/// Answers each request, on a connection of its own, with the next of the
/// queued answers, and closes it. A request that finds none gets no answer.
pub(crate) struct RawServer {
    url: String,
    shared: Arc<Shared>,
}

struct Shared {
    answers: Mutex<VecDeque<Answer>>,
    requests: Mutex<Vec<String>>,
    connections: Mutex<usize>,
    /// How many answers have been written, as far as the client took them.
    written: watch::Sender<usize>,
}

/// What a request is answered with.
pub(crate) enum Answer {
    /// These bytes, and the connection is closed.
    Bytes(Vec<u8>),
    /// These bytes, and the connection stays open without a word.
    Stalling(Vec<u8>),
    /// These bytes, and then more without end, as long as the client takes it.
    Endless(Vec<u8>),
}

impl RawServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            answers: Mutex::default(),
            requests: Mutex::default(),
            connections: Mutex::default(),
            written: watch::Sender::new(0),
        });
        let server = shared.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                *lock(&server.connections) += 1;
                tokio::spawn(serve(server.clone(), connection));
            }
        });
        Self { url, shared }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Queues an answer.
    pub(crate) fn queue(&self, answer: Answer) {
        lock(&self.shared.answers).push_back(answer);
    }

    /// Queues a whole answer of HTTP.
    pub(crate) fn queue_http(&self, status: u16, headers: &str, body: &str) {
        self.queue(Answer::Bytes(http(status, headers, body)));
    }

    /// What has arrived, head and body of each request.
    pub(crate) fn requests(&self) -> Vec<String> {
        lock(&self.shared.requests).clone()
    }

    pub(crate) fn connections(&self) -> usize {
        *lock(&self.shared.connections)
    }

    /// Waits until this many answers have been written.
    pub(crate) async fn answered(&self, count: usize) {
        let mut written = self.shared.written.subscribe();
        written.wait_for(|written| *written >= count).await.unwrap();
    }

    /// Forgets what has arrived and what is queued.
    pub(crate) fn clear(&self) {
        lock(&self.shared.answers).clear();
        lock(&self.shared.requests).clear();
    }

    /// A client of this server, for a person who may write.
    pub(crate) fn builder(&self) -> ClientBuilder {
        Client::builder()
            .base_url(self.url())
            .tenant_id("in-test")
            .subscription_key(KEY)
            .credential(FixedToken::new(TOKEN))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An answer of HTTP with a body of known length; `headers` end in line breaks.
pub(crate) fn http(status: u16, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Status\r\nconnection: close\r\ncontent-length: {length}\r\n\
         {headers}\r\n{body}"
    )
    .into_bytes()
}

async fn serve(shared: Arc<Shared>, mut connection: TcpStream) {
    let Some(request) = read(&mut connection).await else {
        return;
    };
    lock(&shared.requests).push(request);
    let answer = lock(&shared.answers).pop_front();
    let Some(Answer::Bytes(bytes) | Answer::Stalling(bytes) | Answer::Endless(bytes)) = &answer
    else {
        return;
    };
    let mut written = connection.write_all(bytes).await;
    while written.is_ok() && matches!(answer, Some(Answer::Endless(_))) {
        written = connection.write_all(&[b'x'; 8192]).await;
    }
    shared.written.send_modify(|written| *written += 1);
    if matches!(answer, Some(Answer::Stalling(_))) {
        // Ends when the client gives up.
        let _ = connection.read(&mut [0; 1]).await;
    }
}

/// A whole request, whose body has a known length.
async fn read(connection: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return Some(text.into_owned());
            }
        }
        let mut piece = [0; 4096];
        let length = connection.read(&mut piece).await.ok()?;
        if length == 0 {
            return None;
        }
        request.extend_from_slice(&piece[..length]);
    }
}
