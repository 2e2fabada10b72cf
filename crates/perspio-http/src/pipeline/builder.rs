//! How a pipeline is set up.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use perspio_auth::clock::{Clock, SystemClock};
use perspio_auth::transport::{Timeouts, http_client};
use perspio_auth::{AuthMiddleware, Credential, Profile, TokenObserver, TokenSource, TokenStore};
use reqwest_middleware::Middleware;

use super::stages::{Stages, Way};
use super::{Pipeline, Shared};
use crate::attempt::Attempt;
use crate::error::Error;
use crate::limits::{Limits, PaceObserver, Pacer, PacerBuilder};
use crate::options::CallOptions;
use crate::pace::Pace;
use crate::redirect::Redirect;
use crate::retry::{Retry, RetryPolicy};

/// Settings of a [`Pipeline`].
#[derive(Clone)]
pub struct PipelineBuilder {
    profile: Profile,
    timeouts: Timeouts,
    options: CallOptions,
    pacing: Pacing,
    pace_observers: Vec<Arc<dyn PaceObserver>>,
    retry: RetryPolicy,
    clock: Arc<dyn Clock>,
    store: Option<Arc<dyn TokenStore>>,
    observers: Vec<Arc<dyn TokenObserver>>,
    middleware: Vec<Arc<dyn Middleware>>,
}

/// What requests are held back by.
#[derive(Clone)]
enum Pacing {
    By(Limits),
    With(Pacer),
}

impl PipelineBuilder {
    pub(super) fn new(profile: Profile) -> Self {
        Self {
            profile,
            timeouts: Timeouts::default(),
            options: CallOptions::default(),
            pacing: Pacing::By(Limits::none()),
            pace_observers: Vec::new(),
            retry: RetryPolicy::default(),
            clock: Arc::new(SystemClock),
            store: None,
            observers: Vec::new(),
            middleware: Vec::new(),
        }
    }

    /// Another API, or the same with other settings.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Other time limits.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// The longest that a call may take in all, beside its other options.
    pub fn timeout(mut self, total: Duration) -> Self {
        self.options = self.options.timeout(total);
        self
    }

    /// What every call asks for, unless it has options of its own.
    pub fn options(mut self, options: CallOptions) -> Self {
        self.options = options;
        self
    }

    /// The limits of the service, which all clones of the pipeline keep to
    /// together; none by default.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.pacing = Pacing::By(limits);
        self
    }

    /// Somebody who is told of waiting. A [`PipelineBuilder::pacer`] has its own.
    pub fn pace_observer(mut self, observer: Arc<dyn PaceObserver>) -> Self {
        self.pace_observers.push(observer);
        self
    }

    /// A budget that other pipelines, or other machines, share.
    pub fn pacer(mut self, pacer: Pacer) -> Self {
        self.pacing = Pacing::With(pacer);
        self
    }

    /// How often and how patiently failed requests are repeated; see [`Retry`].
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Another clock, for tests.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Where tokens are kept; this process's memory by default.
    pub fn store(mut self, store: Arc<dyn TokenStore>) -> Self {
        self.store = Some(store);
        self
    }

    /// Somebody who is told what happens to the tokens.
    pub fn observer(mut self, observer: Arc<dyn TokenObserver>) -> Self {
        self.observers.push(observer);
        self
    }

    /// A stage of the caller's own, in front of repeating and signing: it sees
    /// each request once and without credentials. Several run in the order they are given.
    pub fn with(self, middleware: impl Middleware) -> Self {
        self.with_arc(Arc::new(middleware))
    }

    /// The same for a stage that is shared.
    pub fn with_arc(mut self, middleware: Arc<dyn Middleware>) -> Self {
        self.middleware.push(middleware);
        self
    }

    /// The pipeline, signing with `credential`.
    pub fn build(self, credential: impl Into<Credential>) -> Result<Pipeline, Error> {
        let mut source = TokenSource::builder(&self.profile, credential).clock(self.clock.clone());
        if let Some(store) = &self.store {
            source = source.store(store.clone());
        }
        for observer in &self.observers {
            source = source.observer(observer.clone());
        }
        let source = source.build()?;
        self.build_with(source)
    }

    /// The pipeline, signing with the tokens of `source`, which keeps its own
    /// store, clock and observers.
    pub fn build_with(self, source: TokenSource) -> Result<Pipeline, Error> {
        let http = http_client(
            self.profile.base_url(),
            self.profile.network(),
            self.timeouts,
        )?;
        let pacer = match self.pacing {
            Pacing::By(limits) => {
                let builder = Pacer::builder(limits).clock(self.clock.clone());
                let observers = self.pace_observers.into_iter();
                observers.fold(builder, PacerBuilder::observer).build()
            }
            Pacing::With(pacer) => pacer,
        };
        let stages = Stages {
            retry: Retry::new(&self.profile, self.retry, self.clock.clone()),
            sign: AuthMiddleware::new(&self.profile, source)?,
            redirect: Redirect::new(&self.profile),
            pace: Pace::new(pacer.clone()),
            attempt: Attempt::new(self.clock.clone(), self.timeouts.total),
            http,
        };
        Ok(Pipeline {
            shared: Arc::new(Shared {
                profile: self.profile,
                stages: Way::new(self.middleware, stages),
                clock: self.clock,
                pacer,
            }),
            options: Arc::new(self.options),
        })
    }
}

impl fmt::Debug for PipelineBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PipelineBuilder")
            .field("profile", &self.profile)
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}
