//! Choosing how a sandbox behaves, and starting it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use crate::clock::SandboxClock;
use crate::credentials::DIRECTORY_ID;
use crate::endpoint::PerEndpoint;
use crate::error::Error;
use crate::fault::FaultQueue;
use crate::fleet::Fleet;
use crate::identity::{Rotation, SignIns};
use crate::log::RequestLog;
use crate::sandbox::Sandbox;
use crate::shared::Shared;
use crate::token::{SigningKey, TokenIssuer};

/// A thousand clients that connect at once must all find room.
const BACKLOG: u32 = 2048;

/// The form of a list; the service does not publish its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ListShape {
    /// A bare array.
    #[default]
    Array,
    /// An object: the array in `member`, and `count`.
    Object {
        /// The name of the member that holds the array.
        member: String,
    },
}

/// Chooses how a [`Sandbox`] behaves.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is started"]
pub struct SandboxBuilder {
    port: u16,
    assets: usize,
    list_shape: ListShape,
    token_lifetime: Duration,
    rotation: Rotation,
}

impl Default for SandboxBuilder {
    fn default() -> Self {
        Self {
            port: 0,
            assets: 250,
            list_shape: ListShape::default(),
            token_lifetime: Duration::from_secs(3599),
            rotation: Rotation::default(),
        }
    }
}

impl SandboxBuilder {
    /// The port on 127.0.0.1; 0, the default, takes a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// How many assets the fleet has; 250 by default.
    pub fn assets(mut self, count: usize) -> Self {
        self.assets = count;
        self
    }

    /// The form of lists; a bare array by default.
    pub fn list_shape(mut self, shape: ListShape) -> Self {
        self.list_shape = shape;
        self
    }

    /// How long an access token lives, in whole seconds; 3599 by default, as Entra's do.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = lifetime;
        self
    }

    /// What a refresh does to the old tokens; [`Rotation::Replaces`] by default.
    pub fn rotation(mut self, rotation: Rotation) -> Self {
        self.rotation = rotation;
        self
    }

    /// Starts the sandbox; it serves from the moment this returns.
    ///
    /// # Errors
    /// [`Error::Listen`] if the port cannot be had, [`Error::SigningKey`] if no key can be made.
    pub async fn start(self) -> Result<Sandbox, Error> {
        // Generating the key keeps a thread busy for a while.
        let key = spawn_blocking(SigningKey::of_this_process)
            .await
            .ok()
            .flatten()
            .ok_or(Error::SigningKey)?;
        let (listener, address) = listen(self.port).map_err(|source| Error::Listen {
            port: self.port,
            source,
        })?;
        let base_url = format!("http://{address}");
        let authority = format!("{base_url}/{DIRECTORY_ID}");
        let issuer = TokenIssuer::new(key, &authority, self.token_lifetime);
        let shared = Shared {
            base_url,
            authority,
            list_shape: self.list_shape,
            clock: SandboxClock::default(),
            log: RequestLog::default(),
            faults: FaultQueue::default(),
            gates: PerEndpoint::default(),
            issuer,
            sign_ins: SignIns::new(self.rotation),
            fleet: Fleet::new(self.assets),
            stopping: watch::Sender::new(false),
        };
        Ok(Sandbox::serve(Arc::new(shared), listener))
    }
}

fn listen(port: u16) -> std::io::Result<(TcpListener, SocketAddr)> {
    let socket = TcpSocket::new_v4()?;
    // On Unix: the port of a sandbox that just ended can be taken again at once.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    let listener = socket.listen(BACKLOG)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}
