//! Who makes the calls: this process, or another one.

use std::ffi::OsStr;
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use perspio_bench::{rounds, subscriber};
use perspio_bench::service::Variables;
use tokio::runtime::Runtime;

use crate::process::Process;

/// Makes calls and says what they took.
pub(super) trait Contestant {
    fn one_by_one(&mut self, calls: usize) -> Result<Vec<Duration>>;
    fn at_once(&mut self, tasks: usize, calls: usize) -> Result<Duration>;
}

/// One thread: the server has the other one.
pub(super) fn runtime() -> Result<Runtime> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    Ok(builder.enable_all().build()?)
}

/// All contestants of this process share one runtime, as all clients of a
/// program do.
pub(super) struct Here<C> {
    runtime: Rc<Runtime>,
    call: C,
}

impl<C> Here<C> {
    pub(super) fn new(runtime: &Rc<Runtime>, call: C) -> Self {
        let runtime = runtime.clone();
        Self { runtime, call }
    }
}

impl<C, F> Contestant for Here<C>
where
    C: Fn() -> F + Clone + Send + 'static,
    F: Future<Output = Result<()>> + Send + 'static,
{
    fn one_by_one(&mut self, calls: usize) -> Result<Vec<Duration>> {
        let calls = rounds::one_by_one(calls, &self.call);
        self.runtime.block_on(calls)
    }

    fn at_once(&mut self, tasks: usize, calls: usize) -> Result<Duration> {
        let calls = rounds::shared_out(tasks, calls, self.call.clone());
        self.runtime.block_on(calls)
    }
}

/// The same with an active subscriber of traces.
pub(super) struct Traced<C>(pub(super) C);

impl<C: Contestant> Contestant for Traced<C> {
    fn one_by_one(&mut self, calls: usize) -> Result<Vec<Duration>> {
        let Self(inner) = self;
        tracing::subscriber::with_default(subscriber(), || inner.one_by_one(calls))
    }

    fn at_once(&mut self, tasks: usize, calls: usize) -> Result<Duration> {
        let Self(inner) = self;
        tracing::subscriber::with_default(subscriber(), || inner.at_once(tasks, calls))
    }
}

/// A program that makes calls when it is told to: `bench/openapi`.
pub(super) struct Elsewhere(Process);

impl Elsewhere {
    pub(super) fn start(program: &OsStr, variables: &Variables, token: &str) -> Result<Self> {
        let mut command = Command::new(program);
        command
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .env("OPENAPI_TOKEN", token);
        Ok(Self(Process::start(&mut command)?))
    }

    /// The times that it answers with.
    fn ask(&mut self, question: &str) -> Result<Vec<Duration>> {
        self.0.tell(question)?;
        let line = self.0.line()?;
        let times = line
            .split(' ')
            .map(|time| Ok(Duration::from_nanos(time.parse()?)));
        times.collect()
    }
}

impl Contestant for Elsewhere {
    fn one_by_one(&mut self, calls: usize) -> Result<Vec<Duration>> {
        self.ask(&format!("1 {calls}"))
    }

    fn at_once(&mut self, tasks: usize, calls: usize) -> Result<Duration> {
        Ok(self.ask(&format!("{tasks} {calls}"))?.into_iter().sum())
    }
}
