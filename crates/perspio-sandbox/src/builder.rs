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
use crate::limits::{LimitSettings, Limits};
use crate::log::RequestLog;
use crate::sandbox::Sandbox;
use crate::service::Service;
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
    service: Service,
    port: u16,
    assets: usize,
    list_shape: ListShape,
    token_lifetime: Duration,
    rotation: Rotation,
    limits: LimitSettings,
}

impl Default for SandboxBuilder {
    fn default() -> Self {
        Self {
            service: Service::default(),
            port: 0,
            assets: 250,
            list_shape: ListShape::default(),
            token_lifetime: Duration::from_secs(3599),
            rotation: Rotation::default(),
            limits: LimitSettings::default(),
        }
    }
}

impl SandboxBuilder {
    /// Stands in for dispoGas rather than PerspioTalk, as its authentication page
    /// describes it: `GET /account/me` with a token and `X-Tenant-ID`, or 403;
    /// the grants of a code and of a refresh, which must repeat the redirect URI
    /// of the sign-in; tokens of two hours, and [`Rotation::Invalidates`]. To have
    /// other ones, set them after this.
    pub fn dispogas(mut self) -> Self {
        self.service = Service::DispoGas;
        self.token_lifetime = Duration::from_secs(7200);
        self.rotation = Rotation::Invalidates;
        self
    }

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

    /// Lets the application make at most so many requests of the API in any window
    /// of this length; without a limit by default. One more is refused with 429.
    ///
    /// Counted is what has reached the end of its body with a good subscription key,
    /// whatever its answer is; not a request for a path that the API does not have,
    /// and not one that is answered with a [fault](crate::Fault).
    pub fn rate_limit(mut self, requests: u32, window: Duration) -> Self {
        self.limits.rate = Some((requests, window));
        self
    }

    /// The same for the tenant, beside the [rate limit](Self::rate_limit) of its one
    /// application; without a limit by default.
    pub fn quota(mut self, requests: u32, window: Duration) -> Self {
        self.limits.quota = Some((requests, window));
        self
    }

    /// Refuses the tenant's requests with 429 while the bodies of the answers in the
    /// window before them have this many bytes or more; without a limit by default.
    ///
    /// The size of an answer is known only then: the last one may exceed the limit.
    /// It counts whole from the moment that its sending begins.
    pub fn bandwidth(mut self, bytes: u64, window: Duration) -> Self {
        self.limits.bandwidth = Some((bytes, window));
        self
    }

    /// Whether a request that is refused counts as well; by default it does not, as
    /// in Azure API Management: then a refusal proves that the limit was used
    /// up by requests that were answered, and `Retry-After` holds for whoever waits.
    ///
    /// If it counts, whoever keeps asking too early is never let through; `Retry-After`
    /// then says how long not to ask.
    pub fn count_refused(mut self, counts: bool) -> Self {
        self.limits.counts_refused = counts;
        self
    }

    /// The limits that the service documents: 20 requests in 90 seconds for the
    /// application; 10,000 requests and 40 MB (of 1,000,000 bytes) in an hour for
    /// the tenant.
    pub fn documented_limits(self) -> Self {
        let hour = Duration::from_secs(3600);
        self.rate_limit(20, Duration::from_secs(90))
            .quota(10_000, hour)
            .bandwidth(40_000_000, hour)
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
        let issuer = TokenIssuer::new(key, self.service, &authority, self.token_lifetime);
        let shared = Shared {
            service: self.service,
            base_url,
            authority,
            list_shape: self.list_shape,
            clock: SandboxClock::default(),
            log: RequestLog::default(),
            faults: FaultQueue::default(),
            gates: PerEndpoint::default(),
            issuer,
            sign_ins: SignIns::new(self.rotation),
            limits: Limits::new(&self.limits),
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
