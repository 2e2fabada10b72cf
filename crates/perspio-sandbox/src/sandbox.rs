//! The running sandbox.

mod sign_in;

use std::fmt;
use std::sync::Arc;

#[cfg(test)]
use tokio::sync::watch;

use crate::builder::SandboxBuilder;
use crate::clock::SandboxClock;
use crate::credentials::{CLIENT_ID, CLIENT_SECRET, SUBSCRIPTION_KEY, USER_SCOPE};
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::fault::Fault;
use crate::hold::Hold;
use crate::log::{RecordedRequest, RequestLog};
use crate::person::Person;
use crate::server::Server;
use crate::shape::shape;
use crate::shared::Shared;
use crate::token::UserAccess;

pub use sign_in::PageShown;

/// A running identity server with a PerspioTalk (or a dispoGas), on loopback only.
///
/// It serves on its own thread, so it does not depend on the runtime that started it.
///
/// Dropping it closes the port and stops the server: a response that is being sent is
/// finished, and a request that is held, delayed or not yet fully read is cut.
pub struct Sandbox {
    shared: Arc<Shared>,
    server: Server,
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

    pub(crate) fn new(shared: Arc<Shared>, server: Server) -> Self {
        Self { shared, server }
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.shared.base_url
    }

    /// `http://127.0.0.1:PORT/{directory}`: the part before `/oauth2/v2.0`.
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
        self.shared.service.tenant
    }

    /// The subscription key; a constant that says what it is.
    pub fn subscription_key(&self) -> &str {
        SUBSCRIPTION_KEY
    }

    /// The environment variables with which the command `perspio`, or a client of
    /// dispoGas, talks to this sandbox.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        (self.shared.service.variables)(&self.shared)
    }

    /// The clock by which tokens are issued and judged, and requests counted.
    pub fn clock(&self) -> &SandboxClock {
        &self.shared.clock
    }

    /// What was asked of the sandbox so far.
    pub fn log(&self) -> &RequestLog {
        &self.shared.log
    }

    /// Returns how many requests were rejected with 429 because of a limit, for instance
    /// [`rate_limit`](SandboxBuilder::rate_limit); a fault with status 429 does not count.
    pub fn refused(&self) -> u64 {
        self.shared.limits.refused()
    }

    /// Answers the next request of this endpoint with `fault`. Faults are
    /// taken in the order queued, one for each request.
    pub fn queue_fault(&self, endpoint: Endpoint, fault: Fault) {
        self.shared.faults.push(endpoint, 0, fault);
    }

    /// Holds this endpoint's requests back, already recorded, until the [`Hold`] is dropped.
    pub fn hold(&self, endpoint: Endpoint) -> Hold {
        self.shared.gates.get(endpoint).hold()
    }

    /// Revokes every token issued so far, which the API then rejects with 401.
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

    /// Returns a request as text for a snapshot: method and path, headers sorted, body;
    /// a form has a line for each pair.
    ///
    /// The values that this sandbox made up are replaced by their names, each
    /// by its exact text, percent-encoded or not: `[host]`, `[directory]`,
    /// `[client secret]`, `[subscription key]`, `[access token]`, `[id token]`,
    /// `[refresh token]`, `[code]`, `[device code]`. Anything else stays as it was
    /// sent, so that a wrong value shows.
    pub fn shape(&self, request: &RecordedRequest) -> String {
        shape(&self.shared, request)
    }

    #[cfg(test)]
    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Returns a receiver that is closed when the thread has ended.
    #[cfg(test)]
    pub(crate) fn ended(&self) -> watch::Receiver<()> {
        self.server.ended.clone()
    }

    /// Serves until the process ends, or the future is dropped.
    pub async fn wait(mut self) {
        // The sender sends nothing: this fails when the thread drops it.
        let _ = self.server.ended.changed().await;
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
