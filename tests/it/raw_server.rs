//! A server that responds with exactly the bytes of a test, whether they are HTTP or not,
//! and records the requests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use perspio::{Client, ClientBuilder, ClientBuilderExt};
use perspio_auth::FixedToken;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The credentials of the clients of these servers. No output may contain them.
pub(crate) const TOKEN: &str = "canary-token-canary-token";
pub(crate) const KEY: &str = "canary-key-canary-key";

/// Responds to each request, on its own connection, with the next queued response, and
/// closes the connection. If the queue is empty, it closes the connection without a
/// response.
pub(crate) struct RawServer {
    url: String,
    shared: Arc<Shared>,
}

struct Shared {
    responses: Mutex<VecDeque<RawResponse>>,
    requests: Mutex<Vec<String>>,
    connections: Mutex<usize>,
    /// The number of responses that have been written, or partly if the client did not
    /// read further.
    written: watch::Sender<usize>,
}

/// The response to a request.
pub(crate) enum RawResponse {
    /// Writes these bytes and closes the connection.
    Bytes(Vec<u8>),
    /// Writes these bytes and leaves the connection open.
    Stalling(Vec<u8>),
    /// Writes these bytes and then more, until the client closes the connection.
    Endless(Vec<u8>),
}

impl RawServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            responses: Mutex::default(),
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

    /// Queues a response.
    pub(crate) fn queue(&self, response: RawResponse) {
        lock(&self.shared.responses).push_back(response);
    }

    /// Queues a complete HTTP response.
    pub(crate) fn queue_http(&self, status: u16, headers: &str, body: &str) {
        self.queue(RawResponse::Bytes(http(status, headers, body)));
    }

    /// Returns the head and body of each request.
    pub(crate) fn requests(&self) -> Vec<String> {
        lock(&self.shared.requests).clone()
    }

    pub(crate) fn connections(&self) -> usize {
        *lock(&self.shared.connections)
    }

    /// Waits until this number of responses have been written.
    pub(crate) async fn responded(&self, count: usize) {
        let mut written = self.shared.written.subscribe();
        written.wait_for(|written| *written >= count).await.unwrap();
    }

    /// Deletes the recorded requests and the queued responses.
    pub(crate) fn clear(&self) {
        lock(&self.shared.responses).clear();
        lock(&self.shared.requests).clear();
    }

    /// Returns the settings of a client of this server that may write.
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

/// Returns an HTTP response with a body of known length; `headers` end in line breaks.
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
    let response = lock(&shared.responses).pop_front();
    let Some(
        RawResponse::Bytes(bytes) | RawResponse::Stalling(bytes) | RawResponse::Endless(bytes),
    ) = &response
    else {
        return;
    };
    let mut written = connection.write_all(bytes).await;
    while written.is_ok() && matches!(response, Some(RawResponse::Endless(_))) {
        written = connection.write_all(&[b'x'; 8192]).await;
    }
    shared.written.send_modify(|written| *written += 1);
    if matches!(response, Some(RawResponse::Stalling(_))) {
        // Ends when the client closes the connection.
        let _ = connection.read(&mut [0; 1]).await;
    }
}

/// Reads a complete request, whose body has a known length.
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
