//! What all requests of one sandbox share.

use tokio::sync::watch;

use crate::builder::ListShape;
use crate::clock::SandboxClock;
use crate::endpoint::PerEndpoint;
use crate::fault::FaultQueue;
use crate::fleet::Fleet;
use crate::hold::Gate;
use crate::identity::SignIns;
use crate::limits::Limits;
use crate::log::RequestLog;
use crate::service::Service;
use crate::token::TokenIssuer;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) service: Service,
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
    /// Becomes true when the sandbox is dropped.
    pub(crate) stopping: watch::Sender<bool>,
}
