//! The signals that end the command.

use crate::failure::Failure;

fn unavailable(cause: &std::io::Error) -> Failure {
    Failure::other(format!("signals cannot be received: {cause}"))
}

#[cfg(unix)]
mod unix {
    use rustix::process::Signal;
    use tokio::signal::unix::{self, SignalKind};

    use super::{Failure, unavailable};

    /// The signals that end the command.
    pub(crate) struct Signals {
        interrupt: unix::Signal,
        terminate: unix::Signal,
        hangup: unix::Signal,
        /// Never waited for: while it is caught, a write beyond the limit of the size of
        /// files is an error and does not end the process.
        _file_size: unix::Signal,
    }

    impl Signals {
        pub(crate) fn listen() -> Result<Self, Failure> {
            let listen = |kind| unix::signal(kind).map_err(|cause| unavailable(&cause));
            Ok(Self {
                interrupt: listen(SignalKind::interrupt())?,
                terminate: listen(SignalKind::terminate())?,
                hangup: listen(SignalKind::hangup())?,
                _file_size: listen(SignalKind::from_raw(Signal::XFSZ.as_raw()))?,
            })
        }

        /// Waits for a signal, and returns its number.
        pub(crate) async fn next(&mut self) -> u8 {
            let signal = tokio::select! {
                _ = self.interrupt.recv() => Signal::INT,
                _ = self.terminate.recv() => Signal::TERM,
                _ = self.hangup.recv() => Signal::HUP,
            };
            u8::try_from(signal.as_raw()).unwrap_or_default()
        }
    }
}

#[cfg(unix)]
pub(crate) use unix::Signals;

#[cfg(not(unix))]
mod elsewhere {
    use super::{Failure, unavailable};

    /// The signals that end the command.
    pub(crate) struct Signals(());

    impl Signals {
        pub(crate) fn listen() -> Result<Self, Failure> {
            Ok(Self(()))
        }

        /// Waits for Ctrl-C, and returns the number of the interrupt signal.
        pub(crate) async fn next(&mut self) -> u8 {
            const INTERRUPT: u8 = 2;
            if let Err(cause) = tokio::signal::ctrl_c().await {
                unavailable(&cause).report();
                std::future::pending::<()>().await;
            }
            INTERRUPT
        }
    }
}

#[cfg(not(unix))]
pub(crate) use elsewhere::Signals;
