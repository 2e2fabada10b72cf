//! Steps of a refresh at which the tests of this workspace kill their own process.

/// The environment variable that names the step.
#[cfg(feature = "fault-points")]
const VARIABLE: &str = "AUTH_FAULT_POINT";

/// Kills the process, as `kill -9` does, if the variable names `step`.
#[cfg(feature = "fault-points")]
pub(crate) fn point(step: &str) {
    if std::env::var_os(VARIABLE).is_none_or(|wanted| wanted != step) {
        return;
    }
    #[cfg(unix)]
    {
        use rustix::process::{Signal, getpid, kill_process};
        // A failure leaves the process alive, and the test fails.
        let _ = kill_process(getpid(), Signal::KILL);
    }
    #[cfg(not(unix))]
    std::process::abort();
}

#[cfg(not(feature = "fault-points"))]
pub(crate) fn point(_: &str) {}
