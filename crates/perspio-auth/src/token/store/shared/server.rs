//! The operations that a server needs to provide for a [`SharedStore`](super::SharedStore).

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

/// A server with two operations on named values, which a
/// [`SharedStore`](super::SharedStore) turns into a token store.
#[async_trait]
pub trait KeyValueServer: fmt::Debug + Send + Sync + 'static {
    /// Returns the address of the server, for errors. It must not contain a password.
    fn address(&self) -> String;

    /// Returns the value of `name`, a short text of visible ASCII characters.
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, ServerError>;

    /// Compares and swaps atomically: if the value of `name` is `old` (`None`: if there is
    /// none), replaces it by `new` (`None`: deletes it). Returns false, and changes nothing,
    /// if there is another value.
    async fn swap(
        &self,
        name: &str,
        old: Option<&[u8]>,
        new: Option<NewValue<'_>>,
    ) -> Result<bool, ServerError>;

    /// Returns whether a value is kept until its lifetime ends; see
    /// [`TokenStore::keeps_refresh_tokens`](crate::TokenStore::keeps_refresh_tokens).
    fn keeps_refresh_tokens(&self) -> bool;
}

/// A value to be stored on a server.
#[derive(Clone, Copy, Debug)]
pub struct NewValue<'a> {
    /// The bytes of the value.
    pub bytes: &'a [u8],
    /// How long the value is needed. The server deletes it soon afterwards, and not before.
    pub lifetime: Duration,
}

/// The failure of a call to a server. The texts contain no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The server cannot be reached, or does not respond. It is not contacted for a moment.
    #[error("{0}")]
    Unavailable(String),
    /// The server has responded with an error.
    #[error("{0}")]
    Rejected(String),
}
