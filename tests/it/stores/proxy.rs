//! A proxy between a client and a server, which simulates network failures.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// The treatment of the bytes that the server sends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Replies {
    Pass,
    /// Held back until the state changes.
    Held,
    /// Closes the connection after so many bytes, and then returns to `Pass`.
    CutAfter(usize),
}

/// A proxy, which closes all its connections when it is dropped.
pub(crate) struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
    _connections: JoinSet<()>,
}

struct State {
    server: String,
    replies: watch::Sender<Replies>,
    /// The number of times that bytes were held back.
    held: watch::Sender<usize>,
    accepted: AtomicUsize,
    closed: watch::Sender<usize>,
}

impl Proxy {
    /// Starts a proxy to `server`.
    pub(crate) async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            server,
            replies: watch::Sender::new(Replies::Pass),
            held: watch::Sender::new(0),
            accepted: AtomicUsize::new(0),
            closed: watch::Sender::new(0),
        });
        let mut connections = JoinSet::new();
        connections.spawn(accept(listener, state.clone()));
        Self {
            address,
            state,
            _connections: connections,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the number of accepted connections.
    pub(crate) fn accepted(&self) -> usize {
        self.state.accepted.load(Ordering::SeqCst)
    }

    /// Waits until so many connections have been closed.
    pub(crate) async fn closed(&self, count: usize) {
        reaches(&self.state.closed, count).await;
    }

    /// Holds the server's replies back from now on.
    pub(crate) fn hold(&self) {
        self.state.held.send_replace(0);
        self.state.replies.send_replace(Replies::Held);
    }

    /// Waits until a reply is held back, for the `count`th time since [`Self::hold`].
    pub(crate) async fn held(&self, count: usize) {
        reaches(&self.state.held, count).await;
    }

    /// Lets the replies pass, those that were held back first.
    pub(crate) fn release(&self) {
        self.state.replies.send_replace(Replies::Pass);
    }

    /// Closes the connection after `bytes` of the replies from now on.
    pub(crate) fn cut_after(&self, bytes: usize) {
        self.state.replies.send_replace(Replies::CutAfter(bytes));
    }
}

/// Waits until the counter has reached `count`, and panics if it does not.
async fn reaches(counter: &watch::Sender<usize>, count: usize) {
    let mut counter = counter.subscribe();
    let reached = counter.wait_for(|now| *now >= count);
    let reached = tokio::time::timeout(LONGEST_WAIT, reached).await;
    drop(reached.expect("it happens").expect("the sender exists"));
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    // Dropped with this task, and all of them end.
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        state.accepted.fetch_add(1, Ordering::SeqCst);
        let state = state.clone();
        connections.spawn(async move {
            // An error ends the connection, as on a network.
            let _ = relay(client, &state).await;
            state.closed.send_modify(|closed| *closed += 1);
        });
    }
}

/// Relays in both directions until either side closes the connection.
async fn relay(client: TcpStream, state: &State) -> io::Result<()> {
    let server = TcpStream::connect(&state.server).await?;
    let (mut from_client, to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    tokio::select! {
        ended = tokio::io::copy(&mut from_client, &mut to_server) => ended.map(drop),
        ended = reply(from_server, to_client, state) => ended,
    }
}

async fn reply(
    mut server: impl AsyncRead + Unpin,
    mut client: impl AsyncWrite + Unpin,
    state: &State,
) -> io::Result<()> {
    let mut replies = state.replies.subscribe();
    let mut buffer = [0; 4096];
    loop {
        let length = server.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        if *replies.borrow() == Replies::Held {
            state.held.send_modify(|held| *held += 1);
        }
        let now = *replies
            .wait_for(|replies| *replies != Replies::Held)
            .await
            .expect("the sender exists");
        match now {
            Replies::CutAfter(left) if left < length => {
                state.replies.send_replace(Replies::Pass);
                client.write_all(&buffer[..left]).await?;
                return client.flush().await;
            }
            Replies::CutAfter(left) => {
                state.replies.send_replace(Replies::CutAfter(left - length));
            }
            Replies::Pass | Replies::Held => {}
        }
        client.write_all(&buffer[..length]).await?;
    }
}
