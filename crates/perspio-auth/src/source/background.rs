//! The thread that all token requests of the process run on.
//!
//! A fetch is shared by callers of any runtime. If it ran on the runtime of the caller that
//! started it, it would stop with that runtime, for instance at the end of a test, while
//! callers on other runtimes wait for it. This thread is started by the first token request
//! and lives as long as the process.

use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle};
use tracing::instrument::WithSubscriber;

use crate::oauth::Error;

static RUNTIME: OnceLock<Result<Handle, String>> = OnceLock::new();

/// Returns the runtime of the thread; starts it if necessary.
///
/// # Errors
/// [`Error::Configuration`] if the system does not allow another thread.
pub(super) fn runtime() -> Result<&'static Handle, Error> {
    let runtime = RUNTIME.get_or_init(|| start().map_err(|error| error.to_string()));
    runtime.as_ref().map_err(|reason| {
        Error::configuration(format!(
            "the thread for token requests cannot be started: {reason}"
        ))
    })
}

fn start() -> std::io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    std::thread::Builder::new()
        .name("token-requests".to_owned())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
    Ok(handle)
}

/// Starts `work` on the thread, and returns its outcome. The work is completed even if the
/// returned future is dropped.
///
/// # Errors
/// [`Error::Configuration`] if the thread cannot be started, or `work` panics.
pub(super) fn spawn<T: Send + 'static>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> impl Future<Output = Result<T, Error>> + Send {
    // The caller's subscriber may be the current thread's only.
    let task = runtime().map(|runtime| runtime.spawn(work.with_current_subscriber()));
    async move {
        task?.await.unwrap_or_else(|cause| {
            Err(Error::configuration(format!(
                "the token request was aborted: {cause}"
            )))
        })
    }
}
