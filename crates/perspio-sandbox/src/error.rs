//! Why a sandbox could not start.

use std::io;

/// Why a sandbox could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The port cannot be had: in use, or not permitted. Port 0 takes a free one.
    #[error("the sandbox cannot listen on 127.0.0.1, port {port}")]
    Listen {
        /// The port that was asked for.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// The key that signs access tokens could not be generated.
    #[error("the sandbox could not generate the key that signs its tokens")]
    SigningKey,
}
