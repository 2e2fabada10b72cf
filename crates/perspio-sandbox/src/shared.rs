//! What all requests of one sandbox share.

use std::time::Duration;

use tokio::sync::watch;

use crate::clock::SandboxClock;
use crate::endpoint::PerEndpoint;
use crate::fault::{FaultQueue, FaultScript};
use crate::fleet::Fleet;
use crate::hold::Gate;
use crate::identity::SignIns;
use crate::ids::Ids;
use crate::limits::Limits;
use crate::list_shape::ListShape;
use crate::log::RequestLog;
use crate::service::Service;
use crate::token::TokenIssuer;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) service: &'static Service,
    pub(crate) base_url: String,
    pub(crate) authority: String,
    pub(crate) list_shape: ListShape,
    pub(crate) clock: SandboxClock,
    pub(crate) log: RequestLog,
    pub(crate) faults: FaultQueue,
    pub(crate) gates: PerEndpoint<Gate>,
    pub(crate) issuer: TokenIssuer,
    pub(crate) sign_ins: SignIns,
    pub(crate) limits: Limits,
    pub(crate) fleet: Fleet,
    /// The ids of requests.
    pub(crate) ids: Ids,
    /// Queued at the start and after a reset.
    pub(crate) fault_script: FaultScript,
    /// How long every request waits before it is served.
    pub(crate) latency: Duration,
    /// Whether a line for each request is printed to standard error.
    pub(crate) prints_requests: bool,
    /// Changes when a request is recorded or finished, or the sandbox is controlled over HTTP.
    pub(crate) changes: watch::Sender<()>,
    /// Becomes true when the sandbox is dropped.
    pub(crate) stopping: watch::Sender<bool>,
}
