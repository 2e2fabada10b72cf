//! Why a sandbox could not start.

use std::io;

/// Why a sandbox could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The port is in use, or not permitted. Port 0 takes a free one.
    #[error("the sandbox cannot listen on 127.0.0.1, port {port}")]
    Listen {
        /// The requested port.
        port: u16,
        /// The error of the system.
        source: io::Error,
    },
    /// The key that signs access tokens could not be generated.
    #[error("the sandbox could not generate the key that signs its tokens")]
    SigningKey,
    /// The thread or the runtime that serves requests could not be started.
    #[error("the sandbox could not start the thread that serves requests")]
    Thread(#[source] io::Error),
}
