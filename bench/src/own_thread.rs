//! A server's own thread and runtime: busy callers do not slow its answers.

use std::future::Future;
use std::thread::JoinHandle;

use anyhow::{Context, Result};
use tokio::sync::oneshot;

/// Runs until it is dropped.
pub(crate) struct OwnThread {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl OwnThread {
    /// Runs what `serve` gives, which ends when its argument says so. What goes
    /// wrong is said at once: callers see a connection that is closed.
    pub(crate) fn start<F: Future<Output = Result<()>>>(
        serve: impl FnOnce(oneshot::Receiver<()>) -> F + Send + 'static,
    ) -> Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("no runtime for a server")?;
        let thread = std::thread::spawn(move || {
            if let Err(error) = runtime.block_on(serve(stopped)) {
                eprintln!("a server has failed: {error:#}");
            }
        });
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for OwnThread {
    fn drop(&mut self) {
        self.stop.take().map(|stop| stop.send(()));
        self.thread.take().map(JoinHandle::join);
    }
}
