//! Choosing how a sandbox behaves, and starting it.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::SandboxClock;
use crate::credentials::DIRECTORY_ID;
use crate::endpoint::PerEndpoint;
use crate::error::Error;
use crate::fault::{FaultQueue, FaultScript};
use crate::fleet::Fleet;
use crate::identity::{Rotation, SignIns};
use crate::ids::Ids;
use crate::limits::{LimitSettings, Limits};
use crate::list_shape::ListShape;
use crate::log::RequestLog;
use crate::sandbox::Sandbox;
use crate::server::Server;
use crate::service::Service;
use crate::shared::Shared;
use crate::token::{SigningKey, TokenIssuer};

/// Chooses how a [`Sandbox`] behaves.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is started"]
pub struct SandboxBuilder {
    service: &'static Service,
    port: u16,
    assets: usize,
    list_shape: ListShape,
    token_lifetime: Duration,
    rotation: Rotation,
    limits: LimitSettings,
    seed: Option<u64>,
    latency: Duration,
    fault_script: FaultScript,
    prints_requests: bool,
}

impl Default for SandboxBuilder {
    fn default() -> Self {
        Self {
            service: &Service::PERSPIOTALK,
            port: 0,
            assets: 250,
            list_shape: ListShape::default(),
            token_lifetime: Duration::from_secs(3599),
            rotation: Rotation::default(),
            limits: LimitSettings::default(),
            seed: None,
            latency: Duration::ZERO,
            fault_script: FaultScript::default(),
            prints_requests: false,
        }
    }
}

impl SandboxBuilder {
    /// Simulates dispoGas rather than PerspioTalk, as its authentication page
    /// describes it: `GET /account/me` with a token and `X-Tenant-ID`, or 403;
    /// the grants of a code and of a refresh, which must repeat the redirect URI
    /// of the sign-in; tokens of two hours, and [`Rotation::Invalidates`]. To have
    /// other ones, set them after this.
    pub fn dispogas(mut self) -> Self {
        self.service = &Service::DISPOGAS;
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
    /// whatever its response is; not a request for a path that the API does not have,
    /// and not one that is answered with a [fault](crate::Fault).
    pub fn rate_limit(mut self, requests: u32, window: Duration) -> Self {
        self.limits.rate = Some((requests, window));
        self
    }

    /// The same for the tenant, in addition to the [rate limit](Self::rate_limit) of its one
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
    /// up by requests that were answered, and `Retry-After` is exact for a caller that waits.
    ///
    /// If it counts, a caller that keeps asking too early is never admitted; `Retry-After`
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

    /// Sets the seed of the fleet and of the ids of tokens and requests. By default the fleet is
    /// that of seed 0 and the ids are random.
    ///
    /// Authorization codes, refresh tokens, device codes and the signing key are random with a
    /// seed too.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Delays every request of a client by this time, measured by the system's clock; not at
    /// all by default.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Queues the faults of a script at the start, and again after a reset.
    pub fn fault_script(mut self, script: FaultScript) -> Self {
        self.fault_script = script;
        self
    }

    /// Prints a line for each request to standard error once it is finished: the outcome, the
    /// caller, the method and the path. The line contains no secret.
    pub fn print_requests(mut self, print: bool) -> Self {
        self.prints_requests = print;
        self
    }

    /// Starts the sandbox on its own thread. It serves from the moment this returns until it
    /// is dropped, independently of the runtime that started it.
    ///
    /// # Errors
    /// [`Error::Listen`] if the port is not available, [`Error::SigningKey`] if no key can be
    /// generated, [`Error::Thread`] if no thread can be started.
    pub async fn start(self) -> Result<Sandbox, Error> {
        let port = self.port;
        let build = |address, stopping| self.shared(address, stopping);
        let (server, shared) = Server::start(port, build).await?;
        Ok(Sandbox::new(shared, server))
    }

    /// Makes what the requests of a server at `address` share.
    pub(crate) fn shared(
        self,
        address: SocketAddr,
        stopping: watch::Sender<bool>,
    ) -> Result<Shared, Error> {
        let key = SigningKey::of_this_process().ok_or(Error::SigningKey)?;
        let base_url = format!("http://{address}");
        let authority = format!("{base_url}/{DIRECTORY_ID}");
        let issuer = TokenIssuer::new(
            key,
            self.service.audience,
            &authority,
            self.token_lifetime,
            Ids::new(self.seed),
        );
        let faults = FaultQueue::default();
        self.fault_script.queue(&faults);
        Ok(Shared {
            service: self.service,
            base_url,
            authority,
            list_shape: self.list_shape,
            clock: SandboxClock::default(),
            log: RequestLog::default(),
            faults,
            gates: PerEndpoint::default(),
            issuer,
            sign_ins: SignIns::new(self.rotation),
            limits: Limits::new(&self.limits),
            fleet: Fleet::new(self.assets, self.seed.unwrap_or_default()),
            // Another sequence than that of the tokens.
            ids: Ids::new(self.seed.map(|seed| !seed)),
            fault_script: self.fault_script,
            latency: self.latency,
            prints_requests: self.prints_requests,
            changes: watch::Sender::new(()),
            stopping,
        })
    }
}
