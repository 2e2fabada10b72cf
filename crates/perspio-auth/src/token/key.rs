//! The key of a token in a store.

use std::fmt::Write;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256, SHA256_OUTPUT_LEN};
use serde::{Deserialize, Serialize};

/// The key of a token: token endpoint (with its directory), application, user, and
/// scopes. Keys that differ in any of them never share a token.
#[derive(Clone, Debug)]
pub struct TokenKey {
    parts: Arc<KeyParts>,
    /// A hash of the parts for hash maps, file names and jitter.
    number: u64,
    /// A hash of the parts without collisions. Comparing it does not access the parts, which
    /// are elsewhere in memory, so that a look-up among thousands of keys is cheap.
    digest: [u8; SHA256_OUTPUT_LEN],
}

/// Persistent stores write this type: a new member requires a new version of their
/// formats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyParts {
    pub(crate) token_url: String,
    pub(crate) client_id: String,
    pub(crate) user: Option<String>,
    pub(crate) scopes: Vec<String>,
}

impl TokenKey {
    pub(crate) fn from_parts(parts: KeyParts) -> Self {
        let KeyParts {
            token_url,
            client_id,
            user,
            scopes,
        } = &parts;
        let fixed = [Some(&**token_url), Some(&**client_id), user.as_deref()];
        Self {
            number: stable_number(&format!("{parts:?}")),
            digest: digest(fixed.into_iter().chain(scopes.iter().map(|it| Some(&**it)))),
            parts: Arc::new(parts),
        }
    }

    /// Returns the name of the key in a store: 64 hexadecimal digits, a hash that is the
    /// same in every process and release and reveals nothing about the key.
    pub fn name(&self) -> String {
        hexadecimal(&self.digest)
    }

    pub(crate) fn parts(&self) -> &KeyParts {
        &self.parts
    }

    /// Returns a hash that is the same in every process.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }
}

/// Returns a name that is made of several parts, some of which may be missing, for a
/// shared server: 64 hexadecimal digits, a hash that is the same in every process and
/// release and reveals nothing about the parts.
pub fn hashed_name<'a>(parts: impl IntoIterator<Item = Option<&'a str>>) -> String {
    hexadecimal(&digest(parts))
}

fn digest<'a>(parts: impl IntoIterator<Item = Option<&'a str>>) -> [u8; SHA256_OUTPUT_LEN] {
    let mut digest = Context::new(&SHA256);
    for part in parts {
        // Prefixed with its length, so that no two lists have the same digest.
        let part = part.map_or_else(|| "-".to_owned(), |part| format!("{}:{part}", part.len()));
        digest.update(part.as_bytes());
    }
    let mut bytes = [0; SHA256_OUTPUT_LEN];
    bytes.copy_from_slice(digest.finish().as_ref());
    bytes
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// FNV-1a: std's hasher may change from one release to the next.
pub(crate) fn stable_number(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

impl PartialEq for TokenKey {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for TokenKey {}

impl Hash for TokenKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.number);
    }
}
