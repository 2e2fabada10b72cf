//! What most calls come to: the token is at hand, a slot is free, and the answer
//! is a success. Then no stage has anything to do but this, and a call costs little
//! more than the bare request. Everything else goes through the stages; if the
//! request is out by then, they begin with what came of it.
//!
//! What every call comes through is `#[inline]`, here and in the stages, and what
//! builds an error is `#[cold]`: while a server is waited for, the caches forget, and
//! each function in a place of its own is fetched anew.

use std::sync::{Mutex, PoisonError};

use http::Extensions;
use perspio_auth::stage::Onward;
use perspio_auth::{Call, SentCredentials};
use reqwest::{Request, Response};
use reqwest_middleware::Error;

use super::stages::Stages;
use crate::limits::Slot;

type Outcome = reqwest_middleware::Result<Response>;

/// A request on its way.
pub(super) struct Going<F> {
    pub(super) answer: F,
    pub(super) sent: SentCredentials,
    pub(super) slot: Slot,
}

/// What came of a request that is out already, which the stages shall judge.
pub(super) struct OutAlready {
    pub(super) outcome: Outcome,
    pub(super) sent: SentCredentials,
}

impl Stages {
    /// Sends a request of which nothing is asked beside its own, unless that takes
    /// waiting. A copy stays, to be sent again.
    #[inline]
    pub(super) fn go(
        &self,
        request: &mut Request,
        call: Option<Call>,
    ) -> Option<Going<impl Future<Output = reqwest::Result<Response>> + use<>>> {
        // What goes out is the original: a copy has no room for more headers.
        let copy = request.try_clone()?;
        let sent = self.sign.sign_at_once(request, call.as_ref())?;
        let slot = self.pace.admit_at_once(request)?;
        let request = std::mem::replace(request, copy);
        Some(Going {
            answer: self.http.execute(request),
            sent,
            slot,
        })
    }

    /// What came of a request that [went](Self::go) out.
    #[inline]
    pub(super) fn arrived(&self, outcome: reqwest::Result<Response>, slot: Slot) -> Outcome {
        let outcome = outcome.map_err(Error::from);
        self.pace.answered(slot, &outcome);
        outcome
    }
}

/// The network, but for a request that is out already: of that it gives what came
/// of it. Where it is sent again, it goes on to `next`.
pub(super) struct UnlessOut<'a, N> {
    outcome: Mutex<Option<Outcome>>,
    next: &'a N,
}

impl<'a, N> UnlessOut<'a, N> {
    pub(super) fn new(outcome: Option<Outcome>, next: &'a N) -> Self {
        Self {
            outcome: Mutex::new(outcome),
            next,
        }
    }
}

impl<N: Onward> Onward for UnlessOut<'_, N> {
    async fn send(&self, request: &mut Request, extensions: &mut Extensions) -> Outcome {
        let outcome = self
            .outcome
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match outcome {
            Some(outcome) => outcome,
            None => self.next.send(request, extensions).await,
        }
    }
}
