//! How the content of a file is protected: a line that anybody can read, then
//! sealed records, or records that anybody can read.

use zeroize::Zeroizing;

use crate::store::StoreKey;
use crate::store::envelope::{Envelope, Unreadable};

const SEALED: Envelope = Envelope::named("perspio tokens");
const PLAIN_TEXT: Envelope = Envelope::named("perspio tokens in plain text");

/// A file belongs to no place, since it may be moved.
const NO_PLACE: &str = "";

pub(super) enum Protection {
    Sealed(StoreKey),
    PlainText,
}

impl Protection {
    /// What the bytes of a file hold. A file of the other kind is never opened,
    /// so that none becomes the other by mistake.
    pub(super) fn open(&self, bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unreadable> {
        match self {
            Self::Sealed(_) if PLAIN_TEXT.is_named_by(bytes) => Err(Unreadable::PlainText),
            Self::Sealed(key) => SEALED.open(key, NO_PLACE, bytes),
            Self::PlainText if SEALED.is_named_by(bytes) => Err(Unreadable::Sealed),
            Self::PlainText => PLAIN_TEXT.read_plain(bytes),
        }
    }

    /// The bytes of a file that holds `plain`.
    pub(super) fn close(&self, plain: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unreadable> {
        match self {
            Self::Sealed(key) => SEALED.seal(key, NO_PLACE, plain).map(Zeroizing::new),
            Self::PlainText => Ok(PLAIN_TEXT.write_plain(plain)),
        }
    }
}
