//! A proxy on this machine between a client and any server, which fails as
//! networks do.

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

/// What is done to the bytes that the server sends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Replies {
    Pass,
    /// None passes until this changes.
    Held,
    /// So many pass, then their connection is cut and this is over.
    CutAfter(usize),
}

/// Ends, with all its connections, when it is dropped.
pub(crate) struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
    _connections: JoinSet<()>,
}

struct State {
    server: String,
    replies: watch::Sender<Replies>,
    /// How often bytes were held back.
    held: watch::Sender<usize>,
    accepted: AtomicUsize,
    closed: watch::Sender<usize>,
}

impl Proxy {
    /// To the server at `server`.
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

    /// How many connections there have been.
    pub(crate) fn accepted(&self) -> usize {
        self.state.accepted.load(Ordering::SeqCst)
    }

    /// Waits until so many connections have been closed.
    pub(crate) async fn closed(&self, count: usize) {
        reaches(&self.state.closed, count).await;
    }

    /// From now on the server's replies are held back.
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

    /// Cuts the connection on which the server replies, when `bytes` of its
    /// replies from now on have passed.
    pub(crate) fn cut_after(&self, bytes: usize) {
        self.state.replies.send_replace(Replies::CutAfter(bytes));
    }
}

/// Waits for that, and fails if it does not come: a busy machine gets its time.
async fn reaches(counter: &watch::Sender<usize>, count: usize) {
    let mut counter = counter.subscribe();
    let reached = counter.wait_for(|now| *now >= count);
    let reached = tokio::time::timeout(LONGEST_WAIT, reached).await;
    drop(reached.expect("it happens").expect("the state is kept"));
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

/// Both ways, until either side hangs up or the connection is cut.
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
            .expect("the state is kept");
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
