//! How the content of a file is protected: a readable first line, followed by
//! sealed or by plain-text records.

use zeroize::Zeroizing;

use crate::token::store::StoreKey;
use crate::token::store::envelope::{Envelope, EnvelopeError};

const SEALED: Envelope = Envelope::named("oauth-tokens");
const PLAIN_TEXT: Envelope = Envelope::named("oauth-tokens plain-text");

/// A file may be moved, so its records are not bound to a name.
const NO_LOCATION: &str = "";

pub(super) enum Protection {
    Sealed(StoreKey),
    PlainText,
}

/// Returns whether the bytes of a file are of another program. A file that is empty or
/// begins with zeros, as after a power failure, is a damaged store.
pub(super) fn are_foreign(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| *first != 0)
        && !SEALED.is_named_by(bytes)
        && !PLAIN_TEXT.is_named_by(bytes)
}

impl Protection {
    /// Returns the content of a file. A file of the other type is rejected, so that
    /// an encrypted file never becomes a plain-text one by mistake, or vice versa.
    pub(super) fn open(&self, bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        match self {
            Self::Sealed(_) if PLAIN_TEXT.is_named_by(bytes) => Err(EnvelopeError::PlainText),
            Self::Sealed(key) => SEALED.open(key, NO_LOCATION, bytes),
            Self::PlainText if SEALED.is_named_by(bytes) => Err(EnvelopeError::Sealed),
            Self::PlainText => PLAIN_TEXT.read_plain(bytes),
        }
    }

    /// Returns the bytes of a file with the content `plain`.
    pub(super) fn close(&self, plain: &[u8]) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        match self {
            Self::Sealed(key) => SEALED.seal(key, NO_LOCATION, plain).map(Zeroizing::new),
            Self::PlainText => Ok(PLAIN_TEXT.write_plain(plain)),
        }
    }
}
