//! What a server must do to keep tokens.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

/// What a server must do to become a [`SharedStore`](super::SharedStore): two
/// operations on named values. All the rest stands there.
#[async_trait]
pub trait KeyValueServer: fmt::Debug + Send + Sync + 'static {
    /// Which server it is, for errors; no password.
    fn address(&self) -> String;

    /// The value under `name`, a short text of visible ASCII characters.
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, ServerError>;

    /// In one step, if the value under `name` is `old` (none: if there is
    /// none), puts `new` in its place (none: deletes it). False if it is not.
    async fn swap(
        &self,
        name: &str,
        old: Option<&[u8]>,
        new: Option<NewValue<'_>>,
    ) -> Result<bool, ServerError>;

    /// Whether a value is there for as long as it was meant to be: see
    /// [`TokenStore::keeps_refresh_tokens`](crate::TokenStore::keeps_refresh_tokens).
    fn keeps_refresh_tokens(&self) -> bool;
}

/// A value to be put on a server.
#[derive(Clone, Copy, Debug)]
pub struct NewValue<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// How long it is of use: the server forgets it soon after, and not before.
    pub lifetime: Duration,
}

/// Why a server did not do what it was asked; no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerError {
    /// It cannot be reached, or gives no answer. It is left alone for a moment.
    Away(String),
    /// It answered, and does not do it.
    Refused(String),
}
