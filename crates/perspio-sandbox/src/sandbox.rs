//! The running sandbox.

mod sign_in;

use std::fmt;
use std::sync::Arc;

use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::builder::SandboxBuilder;
use crate::clock::SandboxClock;
use crate::credentials::{
    CLIENT_ID, CLIENT_SECRET, SUBSCRIPTION_KEY, TENANCY, TENANT_ID, USER_SCOPE,
};
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::fault::Fault;
use crate::hold::Hold;
use crate::log::RequestLog;
use crate::pages::variables;
use crate::person::Person;
use crate::routes::router;
use crate::service::Service;
use crate::shared::Shared;
use crate::token::UserAccess;

pub use sign_in::PageShown;

/// A running identity server with a PerspioTalk (or a dispoGas) behind it, on
/// loopback only.
///
/// Dropping it stops the server: what is being answered is finished, a
/// request that is still held or not yet fully sent is cut.
pub struct Sandbox {
    shared: Arc<Shared>,
    server: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts a sandbox with all defaults, on a free port.
    ///
    /// # Errors
    /// As [`SandboxBuilder::start`].
    pub async fn start() -> Result<Self, Error> {
        Self::builder().start().await
    }

    /// Chooses how the sandbox behaves.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::default()
    }

    pub(crate) fn serve(shared: Arc<Shared>, listener: TcpListener) -> Self {
        let router = router(Arc::clone(&shared));
        let listener = listener.tap_io(|connection| {
            // Small answers should not wait for the peer's acknowledgement; failing is harmless.
            let _ = connection.set_nodelay(true);
        });
        let mut stopping = shared.stopping.subscribe();
        let stop = async move {
            let _ = stopping.wait_for(|stopping| *stopping).await;
        };
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, router)
                .with_graceful_shutdown(stop)
                .await;
        });
        Self {
            shared,
            server: Some(server),
        }
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.shared.base_url
    }

    /// `http://127.0.0.1:PORT/{directory}`: all that stands before `/oauth2/v2.0`.
    pub fn authority(&self) -> &str {
        &self.shared.authority
    }

    /// The client id of the sandbox's one application.
    pub fn client_id(&self) -> &str {
        CLIENT_ID
    }

    /// The secret of that application; a constant that says what it is.
    pub fn client_secret(&self) -> &str {
        CLIENT_SECRET
    }

    /// The Perspio tenant id, the value of the header `tid`; at dispoGas the
    /// tenancy, the value of `X-Tenant-ID`.
    pub fn tenant_id(&self) -> &str {
        match self.shared.service {
            Service::PerspioTalk => TENANT_ID,
            Service::DispoGas => TENANCY,
        }
    }

    /// The subscription key; a constant that says what it is.
    pub fn subscription_key(&self) -> &str {
        SUBSCRIPTION_KEY
    }

    /// The environment variables with which the command `perspio`, or a client of
    /// dispoGas, talks to this sandbox.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        variables(&self.shared)
    }

    /// The clock by which tokens are issued and judged, and requests counted.
    pub fn clock(&self) -> &SandboxClock {
        &self.shared.clock
    }

    /// What was asked of the sandbox so far.
    pub fn log(&self) -> &RequestLog {
        &self.shared.log
    }

    /// How many requests were refused with 429 because of a limit, for instance
    /// [`rate_limit`](SandboxBuilder::rate_limit); those answered 429 by a fault are not counted.
    pub fn refused(&self) -> u64 {
        self.shared.limits.refused()
    }

    /// Answers the next request of this endpoint with `fault`. Faults are
    /// taken in the order queued, one for each request.
    pub fn queue_fault(&self, endpoint: Endpoint, fault: Fault) {
        self.shared.faults.push(endpoint, fault);
    }

    /// Holds this endpoint's requests back, already recorded, until the [`Hold`] is dropped.
    pub fn hold(&self, endpoint: Endpoint) -> Hold {
        self.shared.gates.get(endpoint).hold()
    }

    /// From now on every token issued so far is refused with 401.
    pub fn revoke_tokens(&self) {
        self.shared.issuer.revoke_all();
    }

    /// The access token of a signed-in person, without the sign-in.
    pub fn user_token(&self, access: UserAccess) -> String {
        let now = self.shared.clock.unix_seconds();
        let person = Person::with(access);
        let issuer = &self.shared.issuer;
        issuer.user_token(person, USER_SCOPE, None, now)
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Serves until the process ends, or the task that waits is dropped.
    pub async fn wait(mut self) {
        if let Some(server) = self.server.take() {
            // An error here is a server that panicked: it has ended all the same.
            let _ = server.await;
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.shared.stopping.send_replace(true);
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("base_url", &self.shared.base_url)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
