//! What most calls come to: the token is at hand, a slot is free, and the answer
//! is a success. Then no stage has anything to do but this, and a call costs little
//! more than the bare request. Everything else goes through the stages; if the
//! request is out by then, they begin with what came of it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::Extensions;
use perspio_auth::stage::Onward;
use perspio_auth::{Call, SentAlready, Signature};
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Result};

use super::stages::{Stages, insert};
use crate::pace::Slot;
use crate::whole;

/// How far a call has come without the stages.
pub(super) enum AtOnce {
    /// To its end.
    Done(Response),
    /// The request went out, and this came of it, which the stages shall judge.
    Answered(Result<Response>),
    /// The request is not out.
    NotSent,
}

/// A request on its way.
struct Going<F> {
    answer: F,
    signature: Signature,
    slot: Slot,
    began: Option<Duration>,
}

impl Stages {
    /// Sends a request of which nothing is asked beside its own: whose
    /// `extensions` are empty.
    pub(super) async fn at_once(
        &self,
        request: &Request,
        call: Option<Call>,
        extensions: &mut Extensions,
    ) -> AtOnce {
        let Some(going) = self.go(request, call, extensions) else {
            return AtOnce::NotSent;
        };
        let outcome = going.answer.await.map_err(Error::from);
        self.attempt.has_ended(going.began, &outcome, extensions);
        extensions.remove::<Signature>();
        self.pace.answered(going.slot, &outcome);
        let outcome = match outcome {
            Ok(mut answer) if answer.status().is_success() => {
                going.signature.accept();
                match whole::read(&mut answer, self.pace.counter()).await {
                    Ok(()) => {
                        let sent = going.signature.into_sent();
                        answer.extensions_mut().insert(sent);
                        return AtOnce::Done(answer);
                    }
                    Err(broken) => Err(broken.into()),
                }
            }
            Ok(answer) => Ok(self.pace.counted(answer)),
            Err(error) => Err(error),
        };
        extensions.insert(SentAlready(going.signature));
        AtOnce::Answered(outcome)
    }

    /// What there is to do before the request is out, unless it takes waiting.
    fn go(
        &self,
        request: &Request,
        call: Option<Call>,
        extensions: &mut Extensions,
    ) -> Option<Going<impl Future<Output = reqwest::Result<Response>> + use<>>> {
        let mut request = request.try_clone()?;
        let signature = self.sign.sign_at_once(&mut request, call.as_ref())?;
        let slot = self.pace.admit_at_once(&request)?;
        let began = self.attempt.begins();
        if began.is_some() {
            insert(call, extensions);
            extensions.insert(signature.clone());
        }
        Some(Going {
            answer: self.http.execute(request),
            signature,
            slot,
            began,
        })
    }
}

/// What came of a request that is out already: given in the place of sending it.
pub(super) struct OutAlready<'a, N> {
    outcome: Mutex<Option<Result<Response>>>,
    /// Where it goes when it is sent again.
    next: &'a N,
}

impl<'a, N> OutAlready<'a, N> {
    pub(super) fn new(outcome: Option<Result<Response>>, next: &'a N) -> Self {
        Self {
            outcome: Mutex::new(outcome),
            next,
        }
    }
}

impl<N: Onward> Onward for OutAlready<'_, N> {
    async fn send(&self, request: &mut Request, extensions: &mut Extensions) -> Result<Response> {
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
