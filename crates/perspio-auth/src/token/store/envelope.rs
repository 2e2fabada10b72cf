//! The envelope of stored bytes: a readable first line, followed by encrypted content, or,
//! in a file that was opened as plain text, by plain content.

use aws_lc_rs::aead::NONCE_LEN;
use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use zeroize::Zeroizing;

use super::{Revision, StoreKey, hexadecimal};

/// The version in the first line.
const VERSION: u64 = 1;

/// Why stored bytes cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum EnvelopeError {
    #[error("it is not a token store")]
    NotAStore,
    #[error("it was written by a newer release (version {version}): update this program")]
    Newer { version: u64 },
    #[error(
        "it cannot be opened: the key is not the one that it was written with, or it is damaged"
    )]
    WrongKeyOrDamaged,
    #[error("it is damaged")]
    Damaged,
    #[error("it contains tokens in plain text, and this store is encrypted")]
    PlainText,
    #[error("it is encrypted, and this store is in plain text")]
    Sealed,
    #[error("its content is invalid")]
    Content,
    #[error("it cannot be encrypted")]
    Seal,
    #[error("the random number generator of this machine failed")]
    NoRandomness,
}

impl EnvelopeError {
    /// Returns the message with a next step: `third_party` for bytes of another program, and
    /// `unusable` for bytes of a store that cannot be used.
    pub(super) fn advised(&self, third_party: &str, unusable: &str) -> String {
        match self {
            Self::NotAStore => format!("{self}: {third_party}"),
            Self::PlainText => {
                format!("{self}: open it with FileStore::open_plain_text, or {third_party}")
            }
            Self::Sealed => format!("{self}: open it with FileStore::open, or {third_party}"),
            Self::WrongKeyOrDamaged | Self::Damaged | Self::Content => {
                format!("{self}: {unusable}")
            }
            Self::Newer { .. } | Self::Seal | Self::NoRandomness => self.to_string(),
        }
    }
}

/// A type of envelope, identified by the name in its first line.
#[derive(Clone, Copy)]
pub(super) struct Envelope {
    name: &'static str,
}

impl Envelope {
    pub(super) const fn named(name: &'static str) -> Self {
        Self { name }
    }

    /// Returns the first line.
    fn head(self) -> String {
        format!("{} {VERSION}\n", self.name)
    }

    /// Encrypts `plain` and binds it to `location` and to the version: the result cannot be
    /// opened for another location or after another first line.
    pub(super) fn seal(
        self,
        key: &StoreKey,
        location: &str,
        plain: &[u8],
    ) -> Result<Vec<u8>, EnvelopeError> {
        let head = self.head();
        let sealed = key.seal(associated(&head, location).as_bytes(), plain);
        let sealed = sealed.map_err(|_| EnvelopeError::Seal)?;
        Ok([head.as_bytes(), &sealed].concat())
    }

    /// Decrypts bytes that were sealed for `location`.
    pub(super) fn open(
        self,
        key: &StoreKey,
        location: &str,
        bytes: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        let head = self.head();
        let sealed = self.content(bytes)?;
        key.open(associated(&head, location).as_bytes(), sealed)
            .map_err(|_| EnvelopeError::WrongKeyOrDamaged)
    }

    /// Returns `plain` unencrypted, after a line with its digest, which detects damage.
    pub(super) fn write_plain(self, plain: &[u8]) -> Zeroizing<Vec<u8>> {
        let head = self.head();
        let digest = digest_line(plain);
        // Allocated once: growing would leave copies in memory that are not wiped.
        let mut bytes = Vec::with_capacity(head.len() + digest.len() + plain.len());
        for part in [head.as_bytes(), digest.as_bytes(), plain] {
            bytes.extend_from_slice(part);
        }
        Zeroizing::new(bytes)
    }

    /// Reads bytes that [`Self::write_plain`] has written.
    pub(super) fn read_plain(self, bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        let content = self.content(bytes).map_err(|error| match error {
            EnvelopeError::WrongKeyOrDamaged => EnvelopeError::Damaged,
            other => other,
        })?;
        let parts = content.split_at_checked(2 * SHA256_OUTPUT_LEN + 1);
        let (expected, plain) = parts.ok_or(EnvelopeError::Damaged)?;
        if expected != digest_line(plain).as_bytes() {
            return Err(EnvelopeError::Damaged);
        }
        Ok(Zeroizing::new(plain.to_vec()))
    }

    /// Returns whether bytes begin with the first line of this envelope, in any version.
    pub(super) fn is_named_by(self, bytes: &[u8]) -> bool {
        self.version(bytes).is_some()
    }

    /// Returns the bytes after the first line.
    fn content(self, bytes: &[u8]) -> Result<&[u8], EnvelopeError> {
        bytes
            .strip_prefix(self.head().as_bytes())
            .ok_or_else(|| self.mismatch(bytes))
    }

    /// Returns the revision of sealed bytes: the random bits that each seal begins with.
    pub(super) fn revision(self, bytes: &[u8]) -> Result<Revision, EnvelopeError> {
        let sealed = self.content(bytes)?;
        let random = sealed.get(..NONCE_LEN).and_then(<[u8]>::first_chunk);
        let random = random.ok_or(EnvelopeError::WrongKeyOrDamaged)?;
        Ok(Revision(u64::from_be_bytes(*random)))
    }

    /// Returns why bytes without the current first line cannot be read.
    fn mismatch(self, bytes: &[u8]) -> EnvelopeError {
        match self.version(bytes) {
            Some(version) if version > VERSION => EnvelopeError::Newer { version },
            Some(_) => EnvelopeError::WrongKeyOrDamaged,
            None => EnvelopeError::NotAStore,
        }
    }

    fn version(self, bytes: &[u8]) -> Option<u64> {
        let rest = bytes.strip_prefix(self.name.as_bytes())?;
        let rest = rest.strip_prefix(b" ")?;
        let version = rest.split(|byte| *byte == b'\n').next()?;
        str::from_utf8(version).ok()?.parse().ok()
    }
}

/// Returns the line that detects damage.
fn digest_line(plain: &[u8]) -> String {
    let mut line = hexadecimal(digest(&SHA256, plain).as_ref());
    line.push('\n');
    line
}

fn associated(head: &str, location: &str) -> String {
    format!("{head}{location}")
}
