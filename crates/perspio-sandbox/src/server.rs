//! The thread that a sandbox serves on.
//!
//! A sandbox has its own thread and runtime, so that it outlives the runtime that started it
//! and responds while that runtime is blocked.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::serve::{Listener, ListenerExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::{self, Runtime};
use tokio::sync::{oneshot, watch};

use crate::error::Error;
use crate::routes::router;
use crate::shared::Shared;

/// The kernel queues this many connections, so that a thousand clients can connect
/// simultaneously.
const BACKLOG: u32 = 2048;
/// A response that a client has not read after this time is cut.
const GRACE: Duration = Duration::from_secs(5);

/// A running server. Dropping it closes the port; the thread ends when the open responses are
/// sent, or after five seconds.
pub(crate) struct Server {
    stopping: watch::Sender<bool>,
    /// Disconnected once the port is closed. The mutex makes the server `Sync`.
    port_closed: Mutex<mpsc::Receiver<()>>,
    /// Closed once the thread ends.
    pub(crate) ended: watch::Receiver<()>,
}

type Started = Result<(Server, Arc<Shared>), Error>;

impl Server {
    /// Starts a thread that listens on `port`. `build` makes what the requests share, from the
    /// address of the server and the signal that it stops.
    pub(crate) async fn start<B>(port: u16, build: B) -> Started
    where
        B: FnOnce(SocketAddr, watch::Sender<bool>) -> Result<Shared, Error> + Send + 'static,
    {
        let (report, started) = oneshot::channel();
        thread::Builder::new()
            .name("perspio-sandbox".to_owned())
            .spawn(move || run(port, build, report))
            .map_err(Error::Thread)?;
        started.await.map_err(|_| {
            Error::Thread(io::Error::other(
                "the thread ended before the server started",
            ))
        })?
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopping.send_replace(true);
        let port_closed = self.port_closed.get_mut();
        // Independent of every client, because the port is closed before the connections are.
        let _ = port_closed
            .unwrap_or_else(PoisonError::into_inner)
            .recv_timeout(GRACE);
    }
}

fn run<B>(port: u16, build: B, report: oneshot::Sender<Started>)
where
    B: FnOnce(SocketAddr, watch::Sender<bool>) -> Result<Shared, Error>,
{
    let (runtime, listener, shared) = match prepare(port, build) {
        Ok(prepared) => prepared,
        Err(error) => {
            // Fails if the caller no longer waits.
            let _ = report.send(Err(error));
            return;
        }
    };
    let (open, port_closed) = mpsc::channel();
    let port = Port {
        listener,
        _open: open,
    };
    let (_running, ended) = watch::channel(());
    let server = Server {
        stopping: shared.stopping.clone(),
        port_closed: Mutex::new(port_closed),
        ended,
    };
    let router = router(Arc::clone(&shared));
    let stopping = shared.stopping.subscribe();
    if let Err(unwanted) = report.send(Ok((server, shared))) {
        // In this order, because the server waits for its port when it is dropped.
        drop(port);
        drop(unwanted);
        return;
    }
    runtime.block_on(serve(port, router, stopping));
}

fn prepare<B>(port: u16, build: B) -> Result<(Runtime, TcpListener, Arc<Shared>), Error>
where
    B: FnOnce(SocketAddr, watch::Sender<bool>) -> Result<Shared, Error>,
{
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::Thread)?;
    let context = runtime.enter();
    let (listener, address) = listen(port).map_err(|source| Error::Listen { port, source })?;
    drop(context);
    let shared = build(address, watch::Sender::new(false))?;
    Ok((runtime, listener, Arc::new(shared)))
}

async fn serve(port: Port, router: Router, stopping: watch::Receiver<bool>) {
    let port = port.tap_io(|connection| {
        // Small responses should not wait for the peer's acknowledgement; failing is harmless.
        let _ = connection.set_nodelay(true);
    });
    let mut graceful = stopping.clone();
    let mut forced = stopping;
    let server = axum::serve(port, router).with_graceful_shutdown(async move {
        let _ = graceful.wait_for(|stopping| *stopping).await;
    });
    let out_of_time = async {
        let _ = forced.wait_for(|stopping| *stopping).await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        _ = server => {}
        () = out_of_time => {}
    }
}

fn listen(port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    let socket = TcpSocket::new_v4()?;
    // On Unix, the port of a sandbox that has just ended can be reused immediately.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    let listener = socket.listen(BACKLOG)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// The listener, and a channel that disconnects when the listener is closed.
struct Port {
    listener: TcpListener,
    _open: mpsc::Sender<()>,
}

impl Listener for Port {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        Listener::accept(&mut self.listener).await
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;
    use crate::Sandbox;

    #[tokio::test]
    async fn a_start_that_is_given_up_closes_its_port_again() {
        let (report, building) = mpsc::channel();
        let (proceed, proceeding) = mpsc::channel();
        let build = move |address, stopping: watch::Sender<bool>| {
            report.send((address, stopping.subscribe())).unwrap();
            proceeding.recv().unwrap();
            Sandbox::builder().shared(address, stopping)
        };
        assert!(Server::start(0, build).now_or_never().is_none());
        let (address, mut stopping) = building.recv().unwrap();
        proceed.send(()).unwrap();
        stopping.wait_for(|stopping| *stopping).await.unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }
}
