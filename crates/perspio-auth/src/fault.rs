//! Steps of a renewal at which this workspace's tests let their own process die.

/// The variable that names the step.
#[cfg(feature = "fault-points")]
const VARIABLE: &str = "PERSPIO_FAULT_POINT";

/// Ends the process here as `kill -9` would, if the environment asks for it.
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
