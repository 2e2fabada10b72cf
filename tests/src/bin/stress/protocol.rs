//! The lines that a worker process writes, and times that several processes compare.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{SystemTime, UNIX_EPOCH};

use perspio::profile;
use perspio_auth::endpoint::Endpoint;
use perspio_auth::{Application, Profile};
use serde::{Deserialize, Serialize};

use crate::Failed;

/// One event of a worker process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Event {
    #[serde(default)]
    pub(crate) process: u32,
    /// Microseconds since 1970.
    pub(crate) at: u64,
    pub(crate) what: What,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum What {
    /// The store is prepared, and the refresh token with this fingerprint is spent next.
    Spends { token: String },
    /// The store has returned from a replacement that began at `began`.
    Replaced {
        /// The fingerprint of the refresh token of the record.
        token: Option<String>,
        began: u64,
        is_saved: bool,
    },
    /// A fetch has failed.
    Failed { error: String, needs_sign_in: bool },
    /// Calls since the last such event, and how many of them got an error.
    Calls { made: u64, failed: u64 },
}

/// Returns the time in microseconds since 1970.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_micros()).unwrap_or_default()
}

/// Identifies a token without revealing it.
pub(crate) fn fingerprint(token: &str) -> String {
    let mut hasher = DefaultHasher::new();
    token.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// The profile of an identity server that accepts a refresh token once.
pub(crate) fn strict_profile(authority: &str) -> Result<Profile, Failed> {
    let authority = authority.parse::<Endpoint>()?;
    Ok(profile()
        .with_authority(&authority)
        .with_single_use_refresh_tokens(true))
}

pub(crate) fn application(client_id: &str, secret: &str) -> Application {
    Application::confidential(client_id, secret)
}
